//! The verb: articles that were just recorded are compared with those of the last days and of the archive, and the
//! outcome written: copies folded, links, terms, agencies.
//!
//! It promises: an article is settled once, and its row in `article_terms` says so, so that a crash between recording and
//! settling loses nothing (the next settling takes it up); texts are read and compared outside the writing transaction,
//! and what is folded is decided inside it by the states that then hold; two processes at once fold no two articles into
//! each other, and a claimed article is never folded. A reader of the same database sees all of a batch or nothing.

use super::agency::{agency_of, without_dateline};
use super::fold::fold_into_one;
use super::likeness::{self, Likeness, Measured, Text};
use super::related::{self, Reading};
use super::shingles::{Index, Shingles};
use super::store::{self, LinkKind, TextRow};
use super::terms::{Stemming, Terms};
use super::{lexicon, words};
use crate::app::App;
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::gather::ArticleId;
use std::collections::{HashMap, HashSet};

/// Articles of one batch, one writing transaction.
const BATCH_MAX: usize = 500;
/// Batches of one settling; what is left is for the next one.
const BATCHES_MAX: usize = 20;
/// Articles further apart than this are not the same story, however alike.
const COMPARED_AGE_MAX: Span = Span::days(7);
/// Articles of that time that a batch is compared with, the newest ones.
const COMPARED_MAX: usize = 3_000;
/// Texts in memory at a time.
const PAGE: usize = 100;
/// An archive older than this is not led to.
const ARCHIVE_AGE_MAX: Span = Span::days(365);
/// Articles of the archive, the newest ones.
const ARCHIVE_MAX: usize = 3_000;
/// Updates that one article is linked with, the most alike ones.
const UPDATES_MAX: usize = 10;
/// A transaction that met another process is tried this often.
const TRIES_MAX: usize = 4;

/// What a settling did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Candidates that became part of another article's story.
    pub folded: usize,
    /// Pairs of articles that are alike or related.
    pub linked: usize,
}

/// Settles `new` (anew, where it was settled before) and whatever an earlier run left.
///
/// # Errors
/// As the database says; what was not settled is taken up by the next call.
pub async fn settle(app: &App, new: &[ArticleId]) -> Result<Settled, StoreError> {
    let mut tx = app.db.begin().await?;
    // Some may have been settled with the teaser of a feed before their page was read.
    store::unsettle(&mut tx, new).await?;
    store::unfold(&mut tx, app.now() - COMPARED_AGE_MAX, app.now()).await?;
    tx.commit().await?;
    let mut settled = Settled::default();
    for _ in 0..BATCHES_MAX {
        let Some(plan) = plan(app).await? else { break };
        let done = write(app, &plan).await?;
        settled.folded += done.folded;
        settled.linked += done.linked;
        if plan.articles.len() < BATCH_MAX {
            break;
        }
    }
    if settled != Settled::default() {
        let Settled { folded, linked } = settled;
        tracing::info!(new = new.len(), folded, linked, "settled");
    }
    Ok(settled)
}

/// What is to be written of a batch, if the batch is still to be settled then.
struct Plan {
    articles: Vec<Planned>,
    pairs: Vec<Pair>,
}

struct Planned {
    id: ArticleId,
    agency: Option<&'static str>,
    terms: Terms,
    related: Vec<(ArticleId, u32)>,
}

#[derive(Clone, Copy)]
struct Pair {
    later: ArticleId,
    earlier: ArticleId,
    permille: u32,
    is_copy: bool,
}

/// A pair of articles that share words: a new one, by its place in the index, and another.
struct Near {
    text: usize,
    other: usize,
    permille: u32,
}

/// Texts of a batch and of what came near to one of them.
struct Desk {
    index: Index,
    /// For each text of the index, its place in `rows`.
    in_index: Vec<usize>,
    rows: Vec<TextRow>,
    shingles: HashMap<usize, Shingles>,
    near: Vec<Near>,
}

async fn plan(app: &App) -> Result<Option<Plan>, StoreError> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let ids = store::list_unsettled(&mut tx, now - ARCHIVE_AGE_MAX, BATCH_MAX).await?;
    if ids.is_empty() {
        return Ok(None);
    }
    let mut desk = Desk {
        index: Index::default(),
        in_index: Vec::new(),
        rows: Vec::new(),
        shingles: HashMap::new(),
        near: Vec::new(),
    };
    let mut stemming = Stemming::default();
    let mut readings = Vec::with_capacity(ids.len());
    let mut articles = Vec::with_capacity(ids.len());
    for page in ids.chunks(PAGE) {
        for row in store::list_texts(&mut tx, page).await? {
            let words = words_of(&row);
            let terms = stemming.terms(&row.title, &words, &row.language);
            let agency = agency_of(&row.authors, &row.body_text);
            articles.push(Planned { id: row.id, agency, terms: terms.clone(), related: Vec::new() });
            readings.push(Reading {
                id: row.id,
                story_key: row.story_key.clone(),
                language: lexicon::primary(&row.language),
                at: related::dated(row.published_at, row.first_seen_at),
                terms,
            });
            desk.add_new(row, &words);
        }
    }
    let batch: HashSet<ArticleId> = ids.iter().copied().collect();
    let seen_since = desk.rows.iter().map(|row| row.first_seen_at).min().unwrap_or(now) - COMPARED_AGE_MAX;
    let mut others = store::list_window(&mut tx, seen_since, COMPARED_MAX + ids.len()).await?;
    others.retain(|id| !batch.contains(id));
    for page in others.chunks(PAGE) {
        for row in store::list_texts(&mut tx, page).await? {
            desk.add_other(row);
        }
    }
    let pairs = desk.pairs();
    let archive = archive(&mut tx, now).await?;
    tx.commit().await?;
    let same_story = pairs.iter().map(|it| (it.later, it.earlier)).collect();
    for (article, related) in articles.iter_mut().zip(related::related(&readings, &archive, &same_story)) {
        article.related = related;
    }
    Ok(Some(Plan { articles, pairs }))
}

async fn archive(tx: &mut Tx, now: Timestamp) -> Result<Vec<Reading>, StoreError> {
    let rows = store::list_terms(tx, now - ARCHIVE_AGE_MAX, ARCHIVE_MAX).await?;
    let reading = |row: store::TermsRow| {
        let terms = serde_json::from_str(&row.terms).map_err(|error| StoreError::Corrupt(format!("terms: {error}")))?;
        Ok(Reading {
            id: row.article_id,
            story_key: row.story_key,
            language: lexicon::primary(&row.language),
            at: related::dated(row.published_at, row.first_seen_at),
            terms,
        })
    };
    rows.into_iter().map(reading).collect()
}

impl Desk {
    fn add_new(&mut self, row: TextRow, words: &[String]) {
        let shingles = shingles_of(words);
        let place = self.rows.len();
        if let Some(shingles) = shingles {
            let overlaps = self.index.add(row.source_id.0, shingles);
            self.in_index.push(place);
            let near = overlaps.iter().filter(|it| it.permille >= likeness::UPDATE_PERMILLE_MIN);
            self.near.extend(near.map(|it| Near { text: it.text, other: place, permille: it.permille }));
        }
        self.rows.push(row);
    }

    fn add_other(&mut self, row: TextRow) {
        let Some(shingles) = shingles_of(&words_of(&row)) else { return };
        let place = self.rows.len();
        let overlaps = self.index.overlaps(row.source_id.0, &shingles);
        let before = self.near.len();
        let near = overlaps.iter().filter(|it| it.permille >= likeness::UPDATE_PERMILLE_MIN);
        self.near.extend(near.map(|it| Near { text: it.text, other: place, permille: it.permille }));
        if self.near.len() > before {
            self.shingles.insert(place, shingles);
            self.rows.push(row);
        }
    }

    /// What each new article copies (the likest) and updates.
    fn pairs(&self) -> Vec<Pair> {
        let mut texts: HashMap<usize, Text> = HashMap::new();
        let mut found: Vec<(usize, Pair)> = Vec::new();
        let mut near: Vec<&Near> = self.near.iter().collect();
        near.sort_by_key(|it| (it.text, std::cmp::Reverse(it.permille), it.other));
        let mut kept: HashMap<usize, (bool, usize)> = HashMap::new();
        for it in near {
            let Some((own, place)) = self.in_index.get(it.text).and_then(|at| Some((self.rows.get(*at)?, *at))) else {
                continue;
            };
            let Some(other) = self.rows.get(it.other) else { continue };
            let (earlier, later) = if order(own) <= order(other) { (own, other) } else { (other, own) };
            let has = kept.entry(it.text).or_default();
            if later.first_seen_at.since(earlier.first_seen_at) > COMPARED_AGE_MAX || has.1 >= UPDATES_MAX {
                continue;
            }
            for (place, row) in [(place, own), (it.other, other)] {
                texts.entry(place).or_insert_with(|| text(row));
            }
            let (Some(a), Some(b)) = (texts.get(&place), texts.get(&it.other)) else { continue };
            let likeness = likeness::judge(a, b, self.measure(it));
            has.1 += usize::from(likeness != Likeness::Unrelated);
            if likeness != Likeness::Unrelated {
                let is_copy = likeness == Likeness::Copy;
                let pair = Pair { later: later.id, earlier: earlier.id, permille: it.permille, is_copy };
                found.push((it.text, pair));
            }
        }
        found.into_iter().map(|(_, pair)| pair).collect()
    }

    fn measure(&self, it: &Near) -> Measured {
        let in_index = || {
            // Places grow with the texts.
            let text = self.in_index.binary_search(&it.other).ok()?;
            self.index.shingles(text)
        };
        let Some(other) = self.shingles.get(&it.other).or_else(in_index) else {
            return Measured { permille: it.permille, own_shared: 0, own_permille: 0 };
        };
        let (own_shared, own_permille) = self.index.without_furniture(it.text, other);
        Measured { permille: it.permille, own_shared, own_permille }
    }
}

fn words_of(row: &TextRow) -> Vec<String> {
    let mut words = words::split(without_dateline(&row.body_text));
    words.truncate(likeness::WORDS_MAX);
    words
}

fn shingles_of(words: &[String]) -> Option<Shingles> {
    (words::count(words) >= likeness::WORDS_MIN).then(|| Shingles::of(words))
}

/// Earlier is who was seen first.
fn order(row: &TextRow) -> (Timestamp, ArticleId) {
    (row.first_seen_at, row.id)
}

fn text(row: &TextRow) -> Text {
    Text::of(row.source_id.0, row.first_seen_at, &row.title, &row.body_text, &row.language)
}

async fn write(app: &App, plan: &Plan) -> Result<Settled, StoreError> {
    for _ in 1..TRIES_MAX {
        match try_write(app, plan).await {
            Err(error) if error.is_worth_another_try() => {}
            other => return other,
        }
    }
    try_write(app, plan).await
}

async fn try_write(app: &App, plan: &Plan) -> Result<Settled, StoreError> {
    let now = app.now();
    let mut settled = Settled::default();
    let mut tx = app.db.begin().await?;
    store::lock_settling(&mut tx).await?;
    // What another process settled meanwhile is done: it saw whatever this one saw.
    let mut fresh: HashSet<ArticleId> = HashSet::new();
    for it in &plan.articles {
        if !store::insert_terms(&mut tx, it.id, &it.terms).await? {
            continue;
        }
        fresh.insert(it.id);
        store::set_agency(&mut tx, it.id, it.agency.unwrap_or_default()).await?;
        store::delete_related(&mut tx, it.id).await?;
        for (other, score) in &it.related {
            store::upsert_link(&mut tx, it.id, *other, LinkKind::Related, *score, now).await?;
            settled.linked += 1;
        }
    }
    for pair in plan.pairs.iter().filter(|it| fresh.contains(&it.later) || fresh.contains(&it.earlier)) {
        let kind = if pair.is_copy { LinkKind::Copy } else { LinkKind::Update };
        store::upsert_link(&mut tx, pair.later, pair.earlier, kind, pair.permille, now).await?;
        settled.linked += 1;
        if pair.is_copy {
            settled.folded += fold_into_one(&mut tx, now, pair.earlier, pair.later).await?;
        }
    }
    app.context.faults.hit(CrashPoint::BeforeSettleCommit).await;
    tx.commit().await?;
    Ok(settled)
}
