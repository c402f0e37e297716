//! Importing a list: streaming, in batches of 500, each batch one transaction.
//!
//! It promises: a row is imported as confirmed only with a stated source of consent, otherwise it gets an opt-in mail like
//! any sign-up; who left, bounced hard, complained or was suppressed is never brought back, nor is a row whose own list
//! says that its person left; run twice is run once; one bad row refuses itself alone. An interrupted import is resumed
//! by running it again. Reports name a row by its line and a masked address. Reading blocks: give it a file, not a slow
//! stranger.

mod columns;

use super::consent;
use super::model::{Consent, ConsentSource, SubscriptionState, SuppressionReason};
use super::sign_up::{Hourly, Owed, SignUpError, Wanted, Wish, owe};
use super::store::bulk::{self, BulkRow};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::hash::sha256;
use crate::db::{StoreError, Tx};
use crate::mail::{AddressError, EmailAddr};
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::{Publication, find_publication_by_slug};
use columns::{Columns, LineReader};
use std::collections::{HashMap, HashSet};
use std::io::Read;

/// Rows of one transaction.
const BATCH_ROWS: usize = 500;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportStatus {
    /// Active at once; needs a consent text.
    Confirmed,
    /// An opt-in mail to each.
    Pending,
}

#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// A slug.
    pub publication: String,
    /// Where and when these people agreed; kept with each of them.
    pub consent: Option<String>,
    pub status: ImportStatus,
    /// Reports the same, writes nothing.
    pub dry_run: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowOutcome {
    Imported,
    /// An opt-in mail is queued.
    Asked,
    /// An opt-in mail was sent today already.
    AskedBefore,
    AlreadyThere,
    /// Stands on an earlier line of the same file.
    Repeated,
    /// Left this publication before; only they can come back.
    LeftEarlier,
    /// The list itself says that this person left, bounced or complained.
    ListSaysNo,
    Suppressed(SuppressionReason),
    Refused(AddressError),
    /// The line is not readable as CSV.
    Unreadable,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowReport {
    /// 1 is the first line of the file, the header.
    pub line: u64,
    /// Masked; empty where nothing could be read.
    pub address: String,
    pub outcome: RowOutcome,
}

/// Totals; `rows` is the sum of the others.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize)]
pub struct ImportReport {
    pub rows: u64,
    pub imported: u64,
    pub asked: u64,
    pub already_there: u64,
    pub left_earlier: u64,
    pub suppressed: u64,
    pub refused: u64,
}

impl ImportReport {
    fn count(&mut self, outcome: RowOutcome) {
        use RowOutcome as R;
        self.rows += 1;
        let total = match outcome {
            R::Imported => &mut self.imported,
            R::Asked => &mut self.asked,
            R::AlreadyThere | R::Repeated | R::AskedBefore => &mut self.already_there,
            R::LeftEarlier | R::ListSaysNo => &mut self.left_earlier,
            R::Suppressed(_) => &mut self.suppressed,
            R::Refused(_) | R::Unreadable => &mut self.refused,
        };
        *total += 1;
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no publication {0:?}; `lamplighter apply` declares publications")]
    UnknownPublication(String),
    #[error(
        "importing people as confirmed needs the source of their consent: --consent \"where and when they agreed\"; \
         without it, import them as pending and each gets an opt-in mail"
    )]
    ConsentMissing,
    #[error("the file cannot be read: {0}")]
    Read(#[from] csv::Error),
    #[error("the file is empty")]
    Empty,
    #[error(
        "the first line is no header: it holds an address; put a line with the names of the columns before it, such as `email`"
    )]
    NoHeader,
    #[error(transparent)]
    SignUp(#[from] SignUpError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Imports a CSV file with a header line. `on_row` hears of every row, in order within a batch.
///
/// # Errors
/// [`ImportError`]; batches committed before it stay.
pub async fn import(
    app: &App,
    actor: Actor,
    reader: impl Read + Send,
    options: &ImportOptions,
    on_row: &mut (dyn FnMut(&RowReport) + Send),
) -> Result<ImportReport, ImportError> {
    actor.require(Permission::ManageSubscribers)?;
    let consent = options.consent.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if options.status == ImportStatus::Confirmed && consent.is_none() {
        return Err(ImportError::ConsentMissing);
    }
    let publication = find_publication_by_slug(&mut app.db.read().await?, &options.publication)
        .await?
        .ok_or_else(|| ImportError::UnknownPublication(options.publication.clone()))?;

    let mut lines = LineReader::open(reader)?;
    let columns = lines.columns()?.ok_or(ImportError::Empty)?;
    if lines.header_is_a_row()? {
        return Err(ImportError::NoHeader);
    }
    let mut run = Run { app, options, publication, consent, seen: HashSet::new(), report: ImportReport::default() };
    loop {
        let batch = lines.batch(BATCH_ROWS);
        if batch.is_empty() {
            break;
        }
        run.batch(&columns, batch, on_row).await?;
    }
    let report = run.report;
    if !options.dry_run {
        let mut tx = app.db.begin().await?;
        let detail = serde_json::json!({ "report": report, "consent": consent });
        let subject = ("publication", Some(run.publication.id.0));
        audit::record(&mut tx, app.now(), actor, "import_subscribers", subject, detail).await?;
        tx.commit().await?;
    }
    Ok(report)
}

struct Run<'a> {
    app: &'a App,
    options: &'a ImportOptions,
    publication: Publication,
    consent: Option<&'a str>,
    /// The first half of a digest of every address so far: 16 bytes a row.
    seen: HashSet<u128>,
    report: ImportReport,
}

/// A row that nothing in the file itself speaks against.
struct Good {
    at: usize,
    email: EmailAddr,
    bulk: BulkRow,
}

impl Run<'_> {
    async fn batch(
        &mut self,
        columns: &Columns,
        lines: Vec<(u64, Option<csv::ByteRecord>)>,
        on_row: &mut (dyn FnMut(&RowReport) + Send),
    ) -> Result<(), ImportError> {
        let now = self.app.now();
        let mut reports = Vec::with_capacity(lines.len());
        let mut good = Vec::new();
        for (line, record) in lines {
            let at = reports.len();
            let (address, outcome) = self.read_row(columns, record.as_ref(), at, &mut good);
            reports.push(RowReport { line, address, outcome });
        }
        if !good.is_empty() {
            let mut tx = if self.options.dry_run { self.app.db.read().await? } else { self.app.db.begin().await? };
            self.judge(&mut tx, now, good, &mut reports).await?;
            if !self.options.dry_run {
                tx.commit().await?;
                self.app.wake.outbox();
            }
        }
        for report in &reports {
            self.report.count(report.outcome);
            on_row(report);
        }
        Ok(())
    }

    fn read_row(
        &mut self,
        columns: &Columns,
        record: Option<&csv::ByteRecord>,
        at: usize,
        good: &mut Vec<Good>,
    ) -> (String, RowOutcome) {
        let Some(record) = record else { return (String::new(), RowOutcome::Unreadable) };
        let email = match EmailAddr::parse(&columns.email(record)) {
            Ok(email) => email,
            Err(error) => return (String::new(), RowOutcome::Refused(error)),
        };
        let address = email.masked();
        let key = email.key();
        let mut half = [0; 16];
        half.copy_from_slice(&sha256(key.as_bytes())[..16]);
        if !self.seen.insert(u128::from_be_bytes(half)) {
            return (address, RowOutcome::Repeated);
        }
        if columns.says_no(record) {
            return (address, RowOutcome::ListSaysNo);
        }
        let hash = self.app.keys.fingerprint(&key);
        good.push(Good { at, bulk: BulkRow { email: email.expose(), key, hash }, email });
        (address, RowOutcome::Imported)
    }

    /// Asks the database about the batch, imports what may be, and corrects the reports of the rest.
    async fn judge(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        good: Vec<Good>,
        reports: &mut [RowReport],
    ) -> Result<(), ImportError> {
        let (mut ats, mut emails, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for it in good {
            ats.push(it.at);
            emails.push(it.email);
            rows.push(it.bulk);
        }
        let known: HashMap<String, SubscriptionState> = bulk::find_states(tx, &rows, self.publication.id)
            .await?
            .into_iter()
            .map(|it| (it.email_key, it.state))
            .collect();
        let suppressed: HashMap<String, SuppressionReason> =
            bulk::find_suppressed(tx, now, &rows).await?.into_iter().map(|it| (it.address_hash, it.reason)).collect();
        let mut fresh = Vec::new();
        for ((at, email), row) in ats.into_iter().zip(emails).zip(rows) {
            let outcome = match (suppressed.get(&row.hash), known.get(&row.key)) {
                (Some(reason), _) => RowOutcome::Suppressed(*reason),
                (None, Some(SubscriptionState::Left)) => RowOutcome::LeftEarlier,
                (None, Some(SubscriptionState::Active)) => RowOutcome::AlreadyThere,
                (None, None) if self.options.status == ImportStatus::Pending => self.ask(tx, now, &email).await?,
                (None, None) => {
                    fresh.push(row);
                    RowOutcome::Imported
                }
            };
            if let Some(report) = reports.get_mut(at) {
                report.outcome = outcome;
            }
        }
        if let (false, Some(consent)) = (self.options.dry_run || fresh.is_empty(), self.consent) {
            let language = &self.publication.language;
            bulk::insert_confirmed(tx, now, &fresh, self.publication.id, language, consent).await?;
        }
        Ok(())
    }

    async fn ask(&self, tx: &mut Tx, now: Timestamp, email: &EmailAddr) -> Result<RowOutcome, ImportError> {
        if self.options.dry_run {
            return Ok(RowOutcome::Asked);
        }
        let wish = Wish {
            sections: None,
            time_zone: None,
            hour: None,
            breaking: false,
            language: self.publication.language.clone(),
        };
        let given = Consent {
            publication_id: self.publication.id,
            source: ConsentSource::Import,
            text_version: consent::version(&wish.language),
            text: consent::text(&self.publication, &wish.language),
            form_url: String::new(),
            ip_prefix: None,
            given_at: now,
            confirmed_at: None,
            confirmed_ip_prefix: None,
        };
        let wanted = Wanted { email: email.clone(), wish, given, hourly: Hourly::Uncapped };
        let owed = owe(self.app, tx, now, &[wanted]).await?;
        Ok(match owed.first() {
            Some(Owed::Mail) => RowOutcome::Asked,
            Some(Owed::Later | Owed::Nothing) | None => RowOutcome::AskedBefore,
        })
    }
}

#[cfg(test)]
mod tests;
