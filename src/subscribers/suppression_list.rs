//! The suppression list as operators handle it: looked at, added to, taken from, carried in and out.
//!
//! It promises: an operator takes back what an operator said, and nothing else: who left, bounced, complained or asked to be
//! erased comes back by their own new sign-up alone, and such a reason survives an operator's that was put over it. The
//! list holds keyed digests: nobody reads an address from it, and it means something under the same key alone, so an
//! export carries a sign of its key and an import under another is refused whole. A list with addresses in it may come from
//! anywhere. Run twice is run once. Held to it by `tests/it/subscribers/suppressions.rs`.

use super::import::status_word;
use super::import::{Format, service_of};
use super::model::{SubscriberId, SuppressionReason};
use super::own_csv::as_meant;
use super::store::search;
use super::store::suppressions::{self, SuppressionLine};
use super::suppress::{Why, suppress_until_in};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::operators::{Actor, Forbidden, Permission, audit};
use std::collections::HashMap;
use std::io::{Read, Write};

/// Rows of one transaction, or read at once.
const BATCH_ROWS: usize = 500;
const COLUMNS: [&str; 6] = ["hash", "reason", "under", "created_at", "expires_at", "key"];

#[derive(Debug, thiserror::Error)]
pub enum SuppressionListError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the list cannot be read or written: {0}")]
    Csv(#[from] csv::Error),
    #[error("the list cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error(
        "the list has neither a column email nor the columns hash and key of our own export; its first line names the columns"
    )]
    NoColumn,
    #[error(
        "this is an export of {0} with everybody in it: `lamplighter subscriber import` remembers those it says no to; for \
         a list of suppressions keep the rows of those alone, with the columns email and reason"
    )]
    WholeList(Format),
    #[error(
        "line {0}: these hashes were made under the key of another installation and mean nobody here; export the list again \
         from this installation, or import addresses"
    )]
    OtherKey(u64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whom a suppression belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Suppressed {
    Address(EmailAddr),
    /// As the list shows it.
    Hash(String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RemoveOutcome {
    /// Nothing stands against the address any more; whoever was ended by it comes back by the sign-up form.
    Removed,
    /// What lay beneath stands again.
    Uncovered(SuppressionReason),
    NotThere,
    /// Not an operator's: only the person's own new sign-up lifts it.
    NotYours(SuppressionReason),
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SuppressionTotals {
    pub rows: u64,
    pub suppressed: u64,
    pub already_there: u64,
    pub refused: u64,
    /// Subscriptions that ended by it.
    pub ended: u64,
}

/// Lines of one page.
pub const SUPPRESSION_ROWS_MAX: usize = BATCH_ROWS;

/// A page of the list in the order of the hashes, and the hash after which the next one begins, if there is more.
///
/// # Errors
/// [`SuppressionListError`]
pub async fn list_suppressions(
    app: &App,
    actor: Actor,
    reason: Option<SuppressionReason>,
    after: &str,
    limit: usize,
) -> Result<(Vec<SuppressionLine>, Option<String>), SuppressionListError> {
    actor.require(Permission::ManageSubscribers)?;
    let limit = limit.clamp(1, SUPPRESSION_ROWS_MAX);
    let mut lines = suppressions::list(&mut app.db.read().await?, app.now(), after, reason, limit + 1).await?;
    let has_more = lines.len() > limit;
    lines.truncate(limit);
    let next = lines.last().filter(|_| has_more).map(|it| it.address_hash.clone());
    Ok((lines, next))
}

/// One suppressed address of a page, with the person if their address is still kept.
#[derive(Clone, Debug)]
pub struct SuppressionEntry {
    pub line: SuppressionLine,
    pub reader: Option<(SubscriberId, String)>,
}

/// A page of the list, the newest first, before one of its lines (its time and hash).
///
/// # Errors
/// [`SuppressionListError`]
pub async fn latest_suppressions(
    app: &App,
    actor: Actor,
    reason: Option<SuppressionReason>,
    before: Option<(Timestamp, &str)>,
    limit: usize,
) -> Result<Vec<SuppressionEntry>, SuppressionListError> {
    actor.require(Permission::ManageSubscribers)?;
    let before = before.unwrap_or((Timestamp::from_micros(i64::MAX), ""));
    let mut tx = app.db.read().await?;
    let lines = search::list_suppressions(&mut tx, app.now(), before, reason, limit.clamp(1, BATCH_ROWS)).await?;
    let hashes: Vec<&str> = lines.iter().map(|it| it.address_hash.as_str()).collect();
    let known = search::list_by_hash(&mut tx, &hashes).await?;
    let mut known: HashMap<String, (SubscriberId, String)> =
        known.into_iter().map(|it| (it.address_hash, (it.id, it.email))).collect();
    let entry = |line: SuppressionLine| SuppressionEntry { reader: known.remove(&line.address_hash), line };
    Ok(lines.into_iter().map(entry).collect())
}

/// Takes back an operator's suppression.
///
/// # Errors
/// [`SuppressionListError`]
pub async fn remove_suppression(
    app: &App,
    actor: Actor,
    who: &Suppressed,
) -> Result<RemoveOutcome, SuppressionListError> {
    actor.require(Permission::ManageSubscribers)?;
    let now = app.now();
    let hash = match who {
        Suppressed::Address(email) => app.keys.fingerprint(&email.key()),
        Suppressed::Hash(hash) => hash.clone(),
    };
    let mut tx = app.db.begin().await?;
    let Some(before) = suppressions::find(&mut tx, now, &hash).await? else { return Ok(RemoveOutcome::NotThere) };
    if suppressions::remove(&mut tx, &hash).await? == 0 {
        return Ok(RemoveOutcome::NotYours(before));
    }
    let left = suppressions::find(&mut tx, now, &hash).await?;
    let detail = serde_json::json!({ "reason": before, "left": left });
    audit::record(&mut tx, now, actor, "remove_suppression", ("suppression", None), detail).await?;
    tx.commit().await?;
    Ok(left.map_or(RemoveOutcome::Removed, RemoveOutcome::Uncovered))
}

/// A sign of the key under which the hashes were made; nothing can be made with it.
fn key_sign(app: &App) -> String {
    app.keys.fingerprint("the suppression list").chars().take(16).collect()
}

/// Writes what is in force; answers how many rows.
///
/// # Errors
/// [`SuppressionListError`]
pub async fn export_suppressions(
    app: &App,
    actor: Actor,
    out: &mut (dyn Write + Send),
) -> Result<u64, SuppressionListError> {
    actor.require(Permission::ManageSubscribers)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    audit::record(&mut tx, now, actor, "export_suppressions", ("suppression", None), serde_json::json!({})).await?;
    tx.commit().await?;
    let sign = key_sign(app);
    let mut tx = app.db.read().await?;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let (mut rows, mut after) = (0, String::new());
    loop {
        let page = suppressions::list(&mut tx, now, &after, None, BATCH_ROWS).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.address_hash);
        rows += page.len() as u64;
        for it in page {
            csv.write_record([
                it.address_hash.as_str(),
                it.reason.as_str(),
                it.under.map_or("", SuppressionReason::as_str),
                &it.created_at.rfc3339_exact(),
                &it.expires_at.map(Timestamp::rfc3339_exact).unwrap_or_default(),
                &sign,
            ])?;
        }
    }
    csv.flush()?;
    Ok(rows)
}

/// A row as it reads, or why not.
type Parsed = Result<Row, &'static str>;

struct Row {
    who: Suppressed,
    reason: SuppressionReason,
    under: Option<SuppressionReason>,
    created_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// Adds the rows of a CSV file with a header: addresses (`email`, with `reason` and `expires_at` where there are such
/// columns; without a reason it is the operator's), or hashes of our own export. `on_refused` hears of rows that do not
/// read, by their lines.
///
/// # Errors
/// [`SuppressionListError`]; batches committed before it stay.
pub async fn import_suppressions(
    app: &App,
    actor: Actor,
    reader: impl Read + Send,
    on_refused: &mut (dyn FnMut(u64, &str) + Send),
) -> Result<SuppressionTotals, SuppressionListError> {
    actor.require(Permission::ManageSubscribers)?;
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
    let header: Vec<String> =
        csv.byte_headers()?.iter().map(|it| String::from_utf8_lossy(it).trim().to_lowercase()).collect();
    let columns = Columns::of(&header).ok_or(SuppressionListError::NoColumn)?;
    if let Some(service) = service_of(&header).filter(|_| !header.iter().any(|it| it == "reason")) {
        return Err(SuppressionListError::WholeList(service));
    }
    let sign = key_sign(app);
    let mut totals = SuppressionTotals::default();
    let mut records = csv.byte_records();
    loop {
        let mut rows = Vec::new();
        for record in records.by_ref().take(BATCH_ROWS) {
            let record = record?;
            let line = record.position().map_or(0, csv::Position::line);
            if columns.hash.is_some() && columns.cell(&record, columns.key) != sign {
                return Err(SuppressionListError::OtherKey(line));
            }
            rows.push((line, columns.read(&record)));
        }
        if rows.is_empty() {
            break;
        }
        let now = app.now();
        let mut tx = app.db.begin().await?;
        for (line, parsed) in rows {
            totals.rows += 1;
            match parsed {
                Ok(row) => apply(app, &mut tx, now, actor, &row, &mut totals).await?,
                Err(why) => {
                    totals.refused += 1;
                    on_refused(line, why);
                }
            }
        }
        tx.commit().await?;
    }
    let mut tx = app.db.begin().await?;
    let detail = serde_json::json!({ "report": totals });
    audit::record(&mut tx, app.now(), actor, "import_suppressions", ("suppression", None), detail).await?;
    tx.commit().await?;
    Ok(totals)
}

async fn apply(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    row: &Row,
    totals: &mut SuppressionTotals,
) -> Result<(), StoreError> {
    let hash = match &row.who {
        Suppressed::Address(email) => app.keys.fingerprint(&email.key()),
        Suppressed::Hash(hash) => hash.clone(),
    };
    if row.under.is_none() && row.expires_at.is_some_and(|at| at <= now) {
        totals.already_there += 1;
        return Ok(());
    }
    // What stands is at least as grave, or the same.
    if let Some(before) = suppressions::find(tx, now, &hash).await?
        && (before == row.reason || (row.reason == SuppressionReason::Left && row.expires_at.is_none()))
    {
        totals.already_there += 1;
        return Ok(());
    }
    totals.suppressed += 1;
    totals.ended += match &row.who {
        Suppressed::Address(email) => {
            let why = Why { reason: row.reason, expires_at: row.expires_at, because: "" };
            suppress_until_in(app, tx, now, actor, email, why).await?
        }
        Suppressed::Hash(hash) => {
            let at = row.created_at.unwrap_or(now);
            if let Some(under) = row.under {
                suppressions::upsert(tx, at, hash, under, None).await?;
            }
            suppressions::upsert(tx, at, hash, row.reason, row.expires_at).await?;
            suppressions::leave_by_hash(tx, now, hash, row.reason).await?
        }
    };
    Ok(())
}

/// Where what stands.
struct Columns {
    email: Option<usize>,
    hash: Option<usize>,
    key: Option<usize>,
    reason: Option<usize>,
    under: Option<usize>,
    created_at: Option<usize>,
    expires_at: Option<usize>,
}

impl Columns {
    fn of(header: &[String]) -> Option<Self> {
        let place = |names: &[&str]| header.iter().position(|name| names.contains(&name.as_str()));
        let it = Self {
            email: place(&["email", "e-mail", "email address", "address", "mail"]),
            hash: place(&["hash"]),
            key: place(&["key"]),
            reason: place(&["reason", "status", "type"]),
            under: place(&["under"]),
            created_at: place(&["created_at"]),
            expires_at: place(&["expires_at", "until"]),
        };
        (it.email.is_some() || (it.hash.is_some() && it.key.is_some())).then_some(it)
    }

    fn cell(&self, record: &csv::ByteRecord, at: Option<usize>) -> String {
        let bytes = at.and_then(|at| record.get(at)).unwrap_or_default().trim_ascii();
        as_meant(&String::from_utf8_lossy(bytes)).to_owned()
    }

    fn read(&self, record: &csv::ByteRecord) -> Parsed {
        let instant = |at, why: &'static str| match self.cell(record, at) {
            text if text.is_empty() => Ok(None),
            text => Timestamp::parse_rfc3339(&text).map(Some).ok_or(why),
        };
        let reason = |at| match self.cell(record, at) {
            word if word.is_empty() => Ok(None),
            word => SuppressionReason::parse(&word)
                .or_else(|| status_word(&word))
                .map(Some)
                .ok_or("the reason is not known; write left, hard_bounce, complaint, erased, operator or not_me"),
        };
        let hash = self.cell(record, self.hash);
        let who = if hash.is_empty() {
            let typed = self.cell(record, self.email);
            Suppressed::Address(EmailAddr::parse(&typed).map_err(|_| "the address does not read")?)
        } else if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Suppressed::Hash(hash.to_ascii_lowercase())
        } else {
            return Err("the hash does not read");
        };
        Ok(Row {
            who,
            reason: reason(self.reason)?.unwrap_or(SuppressionReason::Operator),
            under: reason(self.under)?,
            created_at: instant(self.created_at, "created_at does not read; write it like 2027-01-31T00:00:00Z")?,
            expires_at: instant(self.expires_at, "expires_at does not read; write it like 2027-01-31T00:00:00Z")?,
        })
    }
}
