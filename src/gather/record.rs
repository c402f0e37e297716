//! One fetch becomes rows: the source's health, articles, revisions, sightings and candidates, in one transaction.
//!
//! It promises: two processes that read the same article at the same time leave one article (its keys are unique; who
//! comes second starts anew and finds it); a crash leaves all of a fetch or nothing; an answer that was overtaken by a
//! newer one revises nothing; only the source an article was read from revises it, so that two sources with different
//! excerpts of one article do not take turns. Held to it by `tests.rs`.

use super::article::{self, Reading};
use super::feed::Feed;
use super::fetch::Validators;
use super::identity;
use super::model::{ArticleId, FetchOutcome};
use super::rules::{self, Circumstances};
use super::store::{self, FetchRow, FetchedMark, Known, NewCandidate, Reader, Source};
use crate::app::App;
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::publications::{self, PublicationId, Section};
use std::collections::{HashMap, HashSet};

/// A transaction that met another process is tried this often.
const TRIES_MAX: usize = 4;

/// What came of asking a source.
pub(super) enum Answered {
    Feed { feed: Feed, validators: Validators, body_hash: String, http_status: u16 },
    Unchanged { http_status: u16 },
    Failed { error: String, http_status: Option<u16>, patience: Option<Span> },
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub entries: usize,
    pub articles_new: usize,
    pub articles_revised: usize,
    pub skipped: usize,
}

/// An entry that is an article, with its permanent keys.
struct Item {
    keys: Vec<String>,
    reading: Reading,
}

pub(super) async fn record(
    app: &App,
    source: &Source,
    started_at: Timestamp,
    result: Answered,
) -> Result<Counts, StoreError> {
    let (items, counts) = match &result {
        Answered::Feed { feed, .. } => items(source, feed),
        _ => (Vec::new(), Counts::default()),
    };
    for _ in 1..TRIES_MAX {
        match try_record(app, source, started_at, &result, &items, counts).await {
            Err(StoreError::Conflict) => {}
            Err(StoreError::Unavailable(error)) if is_rolled_back(&error) => {}
            other => return other,
        }
    }
    try_record(app, source, started_at, &result, &items, counts).await
}

/// PostgreSQL's class 40: a deadlock with a neighbour, from which the engine saved itself.
fn is_rolled_back(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|it| it.code()).is_some_and(|code| code.starts_with("40"))
}

/// The articles of a feed. Entries that share a key are one article, read as the first of them says.
fn items(source: &Source, feed: &Feed) -> (Vec<Item>, Counts) {
    let mut counts = Counts { entries: feed.entries.len(), ..Counts::default() };
    let mut items: Vec<Item> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for (entry, keys) in feed.entries.iter().zip(identity::keys_of_all(source.id, &feed.entries)) {
        let known = keys.iter().find_map(|key| by_key.get(key).copied());
        let at = match known {
            Some(at) => at,
            None => match article::read(entry.clone()).filter(|_| !keys.is_empty()) {
                Some(reading) => {
                    items.push(Item { keys: Vec::new(), reading });
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
        bozo: None,
        error: None,
    };
    let next_fetch_at = finished_at + rules::POLL_EVERY;
    match result {
        Answered::Feed { feed, validators, body_hash, http_status } => {
            let mut recorder = Recorder::new(&mut tx, &now_source, started_at, items).await?;
            for item in items {
                recorder.record(&mut tx, item).await?;
            }
            store::upsert_sightings(&mut tx, &recorder.seen, source.id, started_at).await?;
            (counts.articles_new, counts.articles_revised) = (recorder.articles_new, recorder.articles_revised);
            let mark = FetchedMark {
                attempt_at: started_at,
                success_at,
                next_fetch_at,
                etag: validators.etag.as_deref(),
                last_modified: validators.last_modified.as_deref(),
                validators_at: started_at,
                body_hash,
            };
            store::mark_fetched(&mut tx, source.id, &mark).await?;
            row.outcome = FetchOutcome::Fetched;
            row.http_status = Some(i64::from(*http_status));
            (row.articles_new, row.articles_revised) = (counts.articles_new, counts.articles_revised);
            row.bozo = feed.bozo.as_deref();
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
            store::mark_failed(&mut tx, source.id, status, failures, started_at, finished_at + wait, error).await?;
            row.outcome = FetchOutcome::Failed;
            row.http_status = http_status.map(i64::from);
            row.error = Some(error);
        }
    }
    store::insert_fetch(&mut tx, source.id, &row).await?;
    app.context.faults.hit(CrashPoint::BeforeGatherCommit).await;
    tx.commit().await?;
    Ok(counts)
}

/// What the database knows of the articles of one feed, and what is added to it.
struct Recorder<'a> {
    source: &'a Source,
    started_at: Timestamp,
    keys: HashMap<String, ArticleId>,
    known: HashMap<ArticleId, Known>,
    candidates: HashSet<(PublicationId, ArticleId)>,
    readers: Vec<(Reader, Vec<Section>)>,
    seen: Vec<ArticleId>,
    articles_new: usize,
    articles_revised: usize,
}

impl<'a> Recorder<'a> {
    async fn new(tx: &mut Tx, source: &'a Source, started_at: Timestamp, items: &[Item]) -> Result<Self, StoreError> {
        let keys: Vec<&str> = items.iter().flat_map(|item| item.keys.iter().map(String::as_str)).collect();
        let keys = store::list_keys(tx, &keys).await?;
        let ids: Vec<ArticleId> = keys.values().copied().collect::<HashSet<_>>().into_iter().collect();
        let mut readers = Vec::new();
        for reader in store::list_readers(tx, source.id).await? {
            let sections = publications::list_sections(tx, reader.publication_id).await?;
            readers.push((reader, sections));
        }
        Ok(Self {
            source,
            started_at,
            known: store::list_known(tx, &ids).await?,
            candidates: store::list_candidates(tx, &ids).await?,
            keys,
            readers,
            seen: Vec::new(),
            articles_new: 0,
            articles_revised: 0,
        })
    }

    async fn record(&mut self, tx: &mut Tx, item: &Item) -> Result<(), StoreError> {
        let found = item.keys.iter().find_map(|key| self.keys.get(key).copied());
        let (id, story_key) = match found.and_then(|id| self.known.get(&id).cloned()) {
            Some(known) => {
                // Two entries of one answer may lead to the same article; the later one in the feed is the older.
                if !self.seen.contains(&known.id) {
                    self.revise(tx, &known, item).await?;
                }
                for key in item.keys.iter().filter(|key| !self.keys.contains_key(*key)) {
                    store::add_key(tx, known.id, key, self.started_at).await?;
                }
                (known.id, known.story_key)
            }
            None => {
                let id = store::insert_article(tx, self.source.id, self.started_at, &item.reading, &item.keys).await?;
                self.articles_new += 1;
                (id, store::story_key(id))
            }
        };
        for key in &item.keys {
            self.keys.entry(key.clone()).or_insert(id);
        }
        if !self.seen.contains(&id) {
            self.seen.push(id);
        }
        self.nominate(tx, id, &story_key, &item.reading).await
    }

    async fn revise(&mut self, tx: &mut Tx, known: &Known, item: &Item) -> Result<(), StoreError> {
        let is_overtaken = self.source.last_success_at.is_some_and(|last| last > self.started_at);
        let is_own = known.source_id == self.source.id;
        // Another source that has the whole text where the first had a teaser takes over, but no stranger from the site
        // the article stands on; and that site's own source takes over from a stranger in any case.
        let is_richer = item.reading.word_count > 2 * known.word_count + 50;
        let is_home = identity::is_at_home(&self.source.url, &known.url);
        let was_home = identity::is_at_home(&known.source_url, &known.url);
        let takes_over = (is_home && !was_home) || (is_richer && is_home == was_home);
        if known.content_hash == item.reading.content_hash || is_overtaken || !(is_own || takes_over) {
            return Ok(());
        }
        let Some(before) = store::find_article(tx, known.id).await? else { return Ok(()) };
        if store::update_article(tx, known.id, before.revision, self.source.id, &item.reading).await? == 1 {
            store::insert_revision(tx, &before, self.started_at).await?;
            self.articles_revised += 1;
        }
        Ok(())
    }

    /// Gives each publication that reads the source its candidate, unless it has one.
    async fn nominate(
        &mut self,
        tx: &mut Tx,
        id: ArticleId,
        story_key: &str,
        reading: &Reading,
    ) -> Result<(), StoreError> {
        for (reader, sections) in &self.readers {
            if !self.candidates.insert((reader.publication_id, id)) {
                continue;
            }
            let circumstances = Circumstances {
                last_good_fetch_at: self.source.last_success_at.filter(|last| *last >= reader.added_at),
                first_fetch: reader.first_fetch,
                has_sealed: reader.editions_sealed > 0,
            };
            let (state, reason) = rules::first_state(circumstances, reading.published_at.or(reading.updated_at));
            let candidate = NewCandidate {
                publication_id: reader.publication_id,
                article_id: id,
                story_key,
                section_id: rules::section(reader.section_id, sections, &reading.categories),
                state,
                reason: &reason,
                eligible_at: self.started_at,
            };
            store::insert_candidate(tx, &candidate).await?;
        }
        Ok(())
    }
}
