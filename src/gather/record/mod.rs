//! One fetch becomes rows: the source's health, articles, revisions, sightings and candidates, in one transaction.
//!
//! It promises: two processes that read the same article at the same time leave one article (its keys are unique; who
//! comes second starts anew and finds it); a crash leaves all of a fetch or nothing; an answer that was overtaken by a
//! newer one revises nothing; only the source an article was read from revises it, so that two sources with different
//! excerpts of one article do not take turns. Held to it by `tests.rs`.

mod recorder;
mod upheaval;

pub(super) use upheaval::Upheaval;

use super::alert::{self, Trouble};
use super::article::{self, Reading};
use super::ask::{Answered, Told};
use super::feed::{Entry, Marks};
use super::identity;
use super::model::{FetchOutcome, SourceStatus};
use super::rules;
use super::store::{self, FetchRow, FetchedMark, Source};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::publications::SourceKind;
use crate::webhooks::{self, Event};
use recorder::Recorder;
use std::collections::HashMap;

/// A transaction that met another process is tried this often.
const TRIES_MAX: usize = 4;

/// Pages of withdrawn articles are looked at again no sooner than this.
const WITHDRAWN_AGAIN: Span = Span::hours(1);

#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub entries: usize,
    pub articles_new: usize,
    pub articles_revised: usize,
    pub skipped: usize,
    /// What changed too much at once to be taken up.
    pub quarantine: Option<String>,
}

/// An entry that is an article, with its permanent keys.
struct Item {
    keys: Vec<String>,
    reading: Reading,
    embargo_until: Option<Timestamp>,
    marks: Marks,
}

pub(super) async fn record(
    app: &App,
    source: &Source,
    started_at: Timestamp,
    result: Answered,
) -> Result<Counts, StoreError> {
    let (items, counts) = match &result {
        Answered::Feed(told) => items(source, &told.entries),
        _ => (Vec::new(), Counts::default()),
    };
    for _ in 1..TRIES_MAX {
        match try_record(app, source, started_at, &result, &items, counts.clone()).await {
            Err(error) if error.is_worth_another_try() => {}
            other => return other,
        }
    }
    try_record(app, source, started_at, &result, &items, counts).await
}

/// The articles of a feed. Entries that share a key are one article, read as the first of them says.
fn items(source: &Source, entries: &[Entry]) -> (Vec<Item>, Counts) {
    let mut counts = Counts { entries: entries.len(), ..Counts::default() };
    let mut items: Vec<Item> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for (entry, keys) in entries.iter().zip(identity::keys_of_all(source.id, entries)) {
        let known = keys.iter().find_map(|key| by_key.get(key).copied());
        let at = match known {
            Some(at) => at,
            None => match article::read(entry.clone()).filter(|_| !keys.is_empty()) {
                Some(reading) => {
                    let Entry { embargo_until, marks, .. } = *entry;
                    items.push(Item { keys: Vec::new(), reading, embargo_until, marks });
                    items.len() - 1
                }
                None => {
                    counts.skipped += 1;
                    continue;
                }
            },
        };
        for key in keys {
            by_key.insert(key.clone(), at);
            if let Some(item) = items.get_mut(at)
                && !item.keys.contains(&key)
            {
                item.keys.push(key);
            }
        }
    }
    if source.kind == SourceKind::Push {
        // A newsroom that hands an article in again means every field of it.
        for item in &mut items {
            let Marks { breaking, sticky } = item.marks;
            let marks = if item.marks == Marks::default() { String::new() } else { format!(" {breaking} {sticky}") };
            item.reading.content_hash = sha256_hex([item.reading.to_json(), marks].concat().as_bytes());
        }
    }
    // Feeds begin with the newest; articles are numbered as they appeared.
    items.reverse();
    (items, counts)
}

async fn try_record(
    app: &App,
    source: &Source,
    started_at: Timestamp,
    result: &Answered,
    items: &[Item],
    mut counts: Counts,
) -> Result<Counts, StoreError> {
    let mut tx = app.db.begin().await?;
    // The row is the lock: two processes record one source one after the other.
    let Some(now_source) = store::lock_source(&mut tx, source.id).await? else { return Ok(counts) };
    let finished_at = app.now();
    let success_at = now_source.last_success_at.map_or(started_at, |last| last.max(started_at));
    let mut row = FetchRow {
        started_at,
        finished_at,
        outcome: FetchOutcome::Unchanged,
        http_status: None,
        entries: counts.entries,
        articles_new: 0,
        articles_revised: 0,
        backfilled: 0,
        bozo: None,
        error: None,
    };
    let next_fetch_at = finished_at + rules::POLL_EVERY;
    let mut troubles = Vec::new();
    let is_good = !matches!(result, Answered::Failed { .. });
    if is_good && now_source.status == SourceStatus::Failing {
        troubles.push(Trouble::Back);
    }
    match result {
        Answered::Feed(told) => {
            let mut recorder = Recorder::new(&mut tx, &now_source, started_at, items).await?;
            for item in items {
                recorder.record(&mut tx, item).await?;
            }
            recorder.finish(&mut tx, finished_at).await?;
            troubles.extend(recorder.trouble());
            counts.quarantine = recorder.upheaval_words();
            (counts.articles_new, counts.articles_revised) = (recorder.articles_new, recorder.articles_revised);
            // What did not come is asked for again: to the next question this one was none.
            let success_at = now_source.last_success_at.filter(|_| told.is_incomplete).unwrap_or(success_at);
            let gap = mark(&mut tx, &now_source, told, started_at, success_at, next_fetch_at).await?;
            row.outcome = FetchOutcome::Fetched;
            row.http_status = Some(i64::from(told.http_status));
            (row.articles_new, row.articles_revised) = (counts.articles_new, counts.articles_revised);
            row.backfilled = told.backfilled;
            row.bozo = told.bozo.as_deref();
            troubles.extend(moved_for_good(&now_source, told, started_at));
            troubles.extend(gap.map(|reason| Trouble::Gap { reason }));
        }
        Answered::Unchanged { http_status } => {
            store::mark_unchanged(&mut tx, source.id, started_at, success_at, next_fetch_at).await?;
            row.http_status = Some(i64::from(*http_status));
        }
        Answered::Failed { error, http_status, patience } => {
            // A server that asks for patience is not failing.
            let failures = now_source.failures + i64::from(patience.is_none());
            let status = rules::status_after_failure(now_source.status, failures);
            let wait = patience.map_or_else(|| rules::back_off(failures), |wait| wait.max(rules::POLL_EVERY));
            if failures == rules::FAILURES_MAX && patience.is_none() {
                troubles.push(Trouble::Failing { error: error.clone() });
            }
            store::mark_failed(&mut tx, source.id, status, failures, started_at, finished_at + wait, error).await?;
            row.outcome = FetchOutcome::Failed;
            row.http_status = http_status.map(i64::from);
            row.error = Some(error);
        }
    }
    store::insert_fetch(&mut tx, source.id, &row).await?;
    for trouble in &troubles {
        alert::tell(app, &mut tx, finished_at, &now_source.name, trouble).await?;
        if let Some(kind) = trouble.told_as() {
            let data = serde_json::json!({ "source_id": source.id, "name": now_source.name });
            webhooks::record(&mut tx, finished_at, &Event { kind, data }).await?;
        }
    }
    app.context.faults.hit(CrashPoint::BeforeGatherCommit).await;
    tx.commit().await?;
    if !troubles.is_empty() {
        app.wake.outbox();
    }
    Ok(counts)
}

/// What a good answer leaves behind at its source. Answers why articles may be missing if that is news: a source that
/// overflows at every fetch is told of once, not at each.
async fn mark(
    tx: &mut Tx,
    source: &Source,
    told: &Told,
    started_at: Timestamp,
    success_at: Timestamp,
    next_fetch_at: Timestamp,
) -> Result<Option<String>, StoreError> {
    let mark = FetchedMark {
        attempt_at: started_at,
        success_at,
        next_fetch_at,
        etag: told.validators.etag.as_deref(),
        last_modified: told.validators.last_modified.as_deref(),
        validators_at: started_at,
        body_hash: &told.body_hash,
    };
    store::mark_fetched(tx, source.id, &mark).await?;
    store::mark_moved(tx, source.id, told.moved_to.as_deref(), started_at).await?;
    let Some(reason) = told.gap.clone() else { return Ok(None) };
    let is_new = match source.last_success_at {
        Some(last) => store::keep_gap(tx, source.id, last, started_at, &reason).await?,
        None => true,
    };
    Ok(is_new.then_some(reason))
}

/// A site that says so for as long as [`rules::MOVED_AFTER`] means it; it is told once.
fn moved_for_good(source: &Source, told: &Told, now: Timestamp) -> Option<Trouble> {
    let to = told.moved_to.clone().filter(|to| source.moved_to.as_ref() == Some(to))?;
    let believed_at = source.moved_since? + rules::MOVED_AFTER;
    let is_first = now >= believed_at && source.last_success_at.is_none_or(|last| last < believed_at);
    is_first.then_some(Trouble::Moved { to })
}

/// What the step from the stored reading to the new one is.
fn change_of(before: &super::model::Article, after: &Reading) -> super::meaning::Change {
    let words = |title: &str, dek: &str, body: &str| super::meaning::Words {
        title: title.to_owned(),
        dek: dek.to_owned(),
        body: body.to_owned(),
    };
    super::meaning::change_of(
        &words(&before.title, &before.dek, &before.body_text),
        &words(&after.title, &after.dek, &after.body_text),
    )
}
