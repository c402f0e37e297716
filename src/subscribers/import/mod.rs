//! Importing a list: streaming, in batches, each batch one transaction; the next rows are read while the database is at
//! work on the last ones.
//!
//! It promises: a row is imported as confirmed only with a stated source of consent, otherwise it gets an opt-in mail like
//! any sign-up, and a row that its own list calls unconfirmed is never imported as confirmed; who left, bounced hard,
//! complained or was suppressed is never brought back, and whoever the list itself says so of is remembered, so that no
//! later list brings them in; run twice is run once; one bad row refuses itself alone; a dry run reports the same row by
//! row and writes nothing; what does not read of a row that is taken is named, with what stands instead; memory does not
//! grow with the list. An import that was interrupted, even by `kill -9`, goes on
//! where it stopped when the same command is given again, and ends with the totals and the report of one that never was.
//! Our own export comes back to the same state. Reports name a row by its line and a masked address. It does not merge:
//! whoever is here already keeps what they chose here. Reading blocks: give it a file, not a slow stranger.
//! Held to it by `tests.rs` and by `tests/it/subscribers/{import,export}.rs`.

pub(super) mod blank;
mod ask;
mod chunk;
mod day;
mod formats;
mod judge;
mod outcome;
mod progress;
mod reader;
mod row;
mod seen;
mod unread;

pub use formats::{ColumnUse, Field, Format, Layout, column_keeps_out};
pub use outcome::{ImportReport, RowLog, RowOutcome, RowReport};
pub use unread::{UNREAD_STEP, Unread, UnreadValue};

use super::import_jobs;
use super::model::SuppressionReason;
use super::store::import_jobs::ImportJobId;
use super::store::{self, people};
use crate::app::App;
use crate::base::hash::hex;
use crate::db::StoreError;
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::{Publication, Section, list_publications, list_sections};
use chunk::{Reading, Source};
use judge::Judge;
use progress::Account;
use reader::LineReader;
use seen::Seen;
use std::collections::HashMap;
use std::io::{Read, Seek};

/// Rows of one transaction. Each touches the indexes by address anywhere, so that a transaction rewrites them nearly
/// whole, however few rows it has: four times as many rows are a third of the bytes. Another writer waits for half a
/// second.
const BATCH_ROWS: usize = 20_000;
/// Rows that are asked about and written with a few statements, and are in memory at once.
const CHUNK_ROWS: usize = 5_000;
/// Rows of one transaction where each row needs statements of its own: nobody waits long for the database meanwhile.
const ASKED_BATCH_ROWS: usize = 250;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportStatus {
    /// Active at once; needs a consent text.
    Confirmed,
    /// An opt-in mail to each.
    Pending,
}

#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// A slug; `None` is the only one there is, and for our own export whatever each row says.
    pub publication: Option<String>,
    /// Where and when these people agreed; kept with each of them.
    pub consent: Option<String>,
    pub status: ImportStatus,
    /// Reports the same, writes nothing.
    pub dry_run: bool,
    /// Columns by their names in the file, and what they are to be taken for.
    pub columns: Vec<(String, Field)>,
    /// Rows of one transaction; `None` is what has been measured to be fast.
    pub batch_rows: Option<usize>,
}

#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no publication {0:?}; `lamplighter apply` declares publications")]
    UnknownPublication(String),
    #[error("there are several publications, or none; name one with --publication")]
    WhichPublication,
    #[error(
        "importing people as confirmed needs the source of their consent: --consent \"where and when they agreed\"; \
         without it, import them as pending and each gets an opt-in mail"
    )]
    ConsentMissing,
    #[error("the file cannot be read: {0}")]
    Read(#[from] csv::Error),
    #[error("the file or the report cannot be read or written: {0}")]
    File(#[from] std::io::Error),
    #[error("the file is empty")]
    Empty,
    #[error(
        "the first line is no header: it holds an address; put a line with the names of the columns before it, such as `email`"
    )]
    NoHeader,
    #[error("the file has no column {0:?}; its first line names the columns")]
    UnknownColumn(String),
    #[error("another process is importing this very file; wait for it to end")]
    AtWork,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The reason for which a service's word for a status keeps somebody from being mailed.
pub(super) fn status_word(word: &str) -> Option<SuppressionReason> {
    formats::status(Format::Other, word).and_then(judge::against)
}

/// What an import came to.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Imported {
    /// Of all rows, those of an interrupted run before included.
    #[serde(flatten)]
    pub report: ImportReport,
    pub layout: Layout,
    /// How many rows an interrupted run had done.
    pub resumed_after: u64,
}

/// Which columns of a file would be read, and as what.
///
/// # Errors
/// As [`import`] for a file that it would not begin with.
pub fn recognise(reader: impl Read + Seek + Send, columns: &[(String, Field)]) -> Result<Layout, ImportError> {
    let mut lines = LineReader::open(reader)?;
    layout_of(&mut lines, columns)
}

/// The service whose export a header is; `None` for our own and for one of no known service.
pub(super) fn service_of(header: &[String]) -> Option<Format> {
    let format = Layout::of(header, &[]).ok()?.format;
    (!matches!(format, Format::Other | Format::Lamplighter)).then_some(format)
}

fn layout_of<R: Read + Seek>(lines: &mut LineReader<R>, columns: &[(String, Field)]) -> Result<Layout, ImportError> {
    let header = lines.header()?;
    if header.is_empty() {
        return Err(ImportError::Empty);
    }
    // Whoever stands in a first line that is no header would be lost in silence.
    if header.iter().any(|cell| cell.contains('@')) {
        return Err(ImportError::NoHeader);
    }
    Layout::of(&header, columns).map_err(ImportError::UnknownColumn)
}

/// Imports a CSV file with a header line. `log` hears of every row, in order; of an import that goes on after an
/// interruption, of the rows after it.
///
/// # Errors
/// [`ImportError`]; batches committed before it stay, and the same call goes on after them.
pub async fn import(
    app: &App,
    actor: Actor,
    reader: impl Read + Seek + Send,
    options: &ImportOptions,
    log: &mut (dyn RowLog + '_),
) -> Result<Imported, ImportError> {
    import_as_job(app, actor, reader, options, log, None).await
}

/// The same for a list that was brought to the desk: its job ends in the transaction that ends the import.
pub(super) async fn import_as_job(
    app: &App,
    actor: Actor,
    mut reader: impl Read + Seek + Send,
    options: &ImportOptions,
    log: &mut (dyn RowLog + '_),
    job: Option<ImportJobId>,
) -> Result<Imported, ImportError> {
    actor.require(Permission::ManageSubscribers)?;
    let consent = options.consent.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let (digest, rows_max) = reader::digest(&mut reader)?;
    let mut lines = LineReader::open(reader)?;
    let layout = layout_of(&mut lines, &options.columns)?;
    let is_own = layout.format == Format::Lamplighter;
    if !is_own && options.status == ImportStatus::Confirmed && consent.is_none() {
        return Err(ImportError::ConsentMissing);
    }
    let targets = Targets::find(app, options.publication.as_deref(), is_own).await?;
    let (status, is_dry) = (options.status, options.dry_run);
    let must_remember = is_dry || status == ImportStatus::Pending;
    let seen = must_remember.then(|| Seen::open(rows_max, &hex(&app.context.random.bytes::<16>()))).transpose()?;
    let publication = targets.only.as_ref();
    let judge = Judge { app, actor, publication, status, consent, is_dry, seen };
    let reading = Reading::of(&layout, &lines.header()?);
    let mut account = Account::open(app, &digest, options, &targets, lines.place()).await?;
    app.db.expect_great_change().await?;
    if account.resumed_after() > 0 {
        lines.go_to(account.place())?;
    }
    log.go_back_to(account.report_bytes())?;
    log.recall(account.log());
    let usual = if status == ImportStatus::Pending && !is_own { ASKED_BATCH_ROWS } else { BATCH_ROWS };
    let rows_max = options.batch_rows.unwrap_or(usual).max(1);
    let mut source = Source { app, targets: &targets, reading, lines, rows_max: rows_max.min(CHUNK_ROWS) };
    let mut next = source.next().await;
    loop {
        let mut chunk = next?;
        if chunk.reports.is_empty() {
            break;
        }
        let mut tx = if options.dry_run { app.db.read().await? } else { app.db.begin().await? };
        if !options.dry_run {
            people::hold_along(&mut tx).await?;
        }
        let mut rows = 0;
        loop {
            rows += chunk.reports.len();
            let entries = std::mem::take(&mut chunk.entries);
            let (judged, following) = tokio::join!(judge.judge(&mut tx, app.now(), entries), source.next());
            next = following;
            for (at, outcome) in judged? {
                if let Some(report) = chunk.reports.get_mut(at) {
                    report.outcome = outcome;
                }
            }
            for report in &mut chunk.reports {
                report.settle();
                account.count(report);
                log.row(report)?;
            }
            match next {
                Ok(it) if !it.reports.is_empty() && rows + it.reports.len() <= rows_max => chunk = it,
                other => {
                    next = other;
                    break;
                }
            }
        }
        if !options.dry_run {
            let kept = (log.keep()?, log.remember());
            account.advance(&mut tx, chunk.end, kept).await?;
            tx.commit().await?;
            if status == ImportStatus::Pending {
                app.wake.outbox();
            }
        }
    }
    log.keep()?;
    let report = account.totals();
    if !options.dry_run {
        let mut tx = app.db.begin().await?;
        account.finish(&mut tx, app.now()).await?;
        let detail = serde_json::json!({ "report": report, "format": layout.format, "consent": consent });
        let subject = ("publication", publication.map(|it| it.id.0));
        audit::record(&mut tx, app.now(), actor, "import_subscribers", subject, detail).await?;
        if let Some(job) = job {
            let told = import_jobs::end_of(log.remember(), report, &layout);
            let rows = i64::try_from(report.rows).unwrap_or(i64::MAX);
            if store::import_jobs::done(&mut tx, app.now(), job, &told, rows).await? == 0 {
                return Err(ImportError::AtWork);
            }
        }
        tx.commit().await?;
    }
    Ok(Imported { report, layout, resumed_after: account.resumed_after() })
}

/// For which publications people are imported.
struct Targets {
    /// Of a list of another service.
    only: Option<Publication>,
    sections: Vec<Section>,
    /// Of our own export, by slug.
    by_slug: HashMap<String, Publication>,
    /// The first of them: an account belongs to one.
    first: Publication,
}

impl Targets {
    async fn find(app: &App, slug: Option<&str>, is_own: bool) -> Result<Self, ImportError> {
        let mut tx = app.db.read().await?;
        let mut all = list_publications(&mut tx).await?;
        if let Some(slug) = slug {
            all.retain(|it| it.slug == slug);
            if all.is_empty() {
                return Err(ImportError::UnknownPublication(slug.to_owned()));
            }
        }
        let first = all.first().cloned().ok_or(ImportError::WhichPublication)?;
        if is_own {
            let by_slug = all.into_iter().map(|it| (it.slug.clone(), it)).collect();
            return Ok(Self { only: None, sections: Vec::new(), by_slug, first });
        }
        if all.len() > 1 {
            return Err(ImportError::WhichPublication);
        }
        let sections = list_sections(&mut tx, first.id).await?;
        Ok(Self { only: Some(first.clone()), sections, by_slug: HashMap::new(), first })
    }
}

#[cfg(test)]
mod tests;
