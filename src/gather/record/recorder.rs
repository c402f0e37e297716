//! The articles of one answer: which of them are known, what changed, what each publication makes of them.

use super::Item;
use super::upheaval::{self, Upheaval};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::gather::alert::Trouble;
use crate::gather::enrich;
use crate::gather::feed::Marks;
use crate::gather::identity;
use crate::gather::meaning;
use crate::gather::model::{ArticleId, CandidateState, ChangeKind};
use crate::gather::rules::{self, Circumstances};
use crate::gather::store::{self, Known, Namesake, NewCandidate, Reader, Source};
use crate::publications::{self, FirstFetch, PublicationId, Section, SourceKind};
use std::collections::{HashMap, HashSet};

/// An article under a new address is looked for among those of so long ago, and so many.
const NAMESAKE_AGE_MAX: Span = Span::days(60);
const NAMESAKES_MAX: i64 = 2_000;
/// So many must be recognised.
const MOVED_MIN: usize = 3;

/// What the database knows of the articles of one answer, and what is added to it.
pub(super) struct Recorder<'a> {
    source: &'a Source,
    started_at: Timestamp,
    keys: HashMap<String, ArticleId>,
    /// Articles that came back under other addresses, by the first key they have now.
    moved: HashMap<String, ArticleId>,
    known: HashMap<ArticleId, Known>,
    candidates: HashSet<(PublicationId, ArticleId)>,
    readers: Vec<(Reader, Vec<Section>)>,
    upheaval: Option<(Upheaval, String)>,
    /// Articles that were known before the quarantine and read differently now, or as they did before it.
    unrevised: usize,
    unchanged: usize,
    pub seen: Vec<ArticleId>,
    pub articles_new: usize,
    pub articles_revised: usize,
}

impl<'a> Recorder<'a> {
    pub async fn new(
        tx: &mut Tx,
        source: &'a Source,
        started_at: Timestamp,
        items: &[Item],
    ) -> Result<Self, StoreError> {
        let keys: Vec<&str> = items.iter().flat_map(|item| item.keys.iter().map(String::as_str)).collect();
        let keys = store::list_keys(tx, &keys).await?;
        let moved = if keys.is_empty() { moved(tx, source, started_at, items).await? } else { HashMap::new() };
        let ids: HashSet<ArticleId> = keys.values().chain(moved.values()).copied().collect();
        let ids: Vec<ArticleId> = ids.into_iter().collect();
        let mut readers = Vec::new();
        for reader in store::list_readers(tx, source.id).await? {
            let sections = publications::list_sections(tx, reader.publication_id).await?;
            readers.push((reader, sections));
        }
        let mut recorder = Self {
            source,
            started_at,
            known: store::list_known(tx, &ids).await?,
            candidates: store::list_candidates(tx, &ids).await?,
            keys,
            moved,
            readers,
            upheaval: None,
            unrevised: 0,
            unchanged: 0,
            seen: Vec::new(),
            articles_new: 0,
            articles_revised: 0,
        };
        recorder.judge(tx, items).await?;
        Ok(recorder)
    }

    /// An operator's release takes the answer as it is, whatever it is.
    async fn judge(&mut self, tx: &mut Tx, items: &[Item]) -> Result<(), StoreError> {
        if self.source.released_at.is_some() || self.source.kind == SourceKind::Push {
            return Ok(());
        }
        let since = self.started_at - Span::days(upheaval::RATE_DAYS);
        let mut answer = upheaval::Answer {
            recent: store::count_seen_since(tx, self.source.id, since).await?,
            ..Default::default()
        };
        for item in items {
            match self.find(item) {
                Some(known) if known.source_id == self.source.id => {
                    answer.known += 1;
                    answer.changed += usize::from(known.content_hash != item.reading.content_hash);
                }
                Some(_) => {}
                None => answer.new += 1,
            }
        }
        self.upheaval = upheaval::judge(answer, self.source.last_success_at, self.started_at);
        Ok(())
    }

    fn find(&self, item: &Item) -> Option<&Known> {
        let moved = || item.keys.first().and_then(|key| self.moved.get(key));
        let id = item.keys.iter().find_map(|key| self.keys.get(key)).or_else(moved)?;
        self.known.get(id)
    }

    pub async fn record(&mut self, tx: &mut Tx, item: &Item) -> Result<(), StoreError> {
        let (id, story_key, is_new) = match self.find(item).cloned() {
            Some(known) => {
                // Two entries of one answer may lead to the same article; the later one in the feed is the older.
                if !self.seen.contains(&known.id) {
                    self.revise(tx, &known, item).await?;
                    let may_mark = known.source_id == self.source.id || self.source.kind == SourceKind::Push;
                    if may_mark && item.marks != (Marks { breaking: known.breaking, sticky: known.sticky }) {
                        store::set_marks(tx, known.id, item.marks, self.started_at).await?;
                    }
                }
                for key in item.keys.iter().filter(|key| !self.keys.contains_key(*key)) {
                    store::add_key(tx, known.id, key, self.started_at).await?;
                }
                if known.gone_at.is_some() {
                    store::set_gone(tx, known.id, None).await?;
                    store::mark_back(tx, known.id, self.started_at).await?;
                }
                (known.id, known.story_key, false)
            }
            None => {
                let id = store::insert_article(tx, self.source.id, self.started_at, &item.reading, &item.keys).await?;
                if item.marks != Marks::default() {
                    store::set_marks(tx, id, item.marks, self.started_at).await?;
                }
                self.articles_new += 1;
                (id, store::story_key(id), true)
            }
        };
        for key in &item.keys {
            self.keys.entry(key.clone()).or_insert(id);
        }
        if !self.seen.contains(&id) {
            self.seen.push(id);
        }
        let waits = self.nominate(tx, id, &story_key, item).await?;
        if is_new && waits && enrich::wants_page(self.source, &item.reading) {
            store::want_page(tx, id, self.started_at, &item.reading.to_json()).await?;
        }
        Ok(())
    }

    async fn revise(&mut self, tx: &mut Tx, known: &Known, item: &Item) -> Result<(), StoreError> {
        let is_overtaken = self.source.last_success_at.is_some_and(|last| last > self.started_at);
        let is_own = known.source_id == self.source.id;
        // Another source that has the whole text where the first had a teaser takes over, but no stranger from the site
        // the article stands on; and that site's own source takes over from a stranger in any case.
        let is_richer = item.reading.word_count > 2 * known.word_count + 50;
        // What the newsroom hands in comes from home, wherever it was read first.
        let is_handed_in = self.source.kind == SourceKind::Push;
        let is_home = is_handed_in || identity::is_at_home(&self.source.url, &known.url);
        let was_home = known.source_url.starts_with("push:") || identity::is_at_home(&known.source_url, &known.url);
        let takes_over = is_handed_in || (is_home && !was_home) || (is_richer && is_home == was_home);
        if is_own && known.content_hash == item.reading.content_hash {
            self.unchanged += usize::from(self.source.quarantined_at.is_none_or(|at| known.first_seen_at < at));
        }
        if known.content_hash == item.reading.content_hash || is_overtaken || !(is_own || takes_over) {
            return Ok(());
        }
        if is_own && self.is_quarantined(known) {
            self.unrevised += 1;
            return Ok(());
        }
        let Some(before) = store::find_article(tx, known.id).await? else { return Ok(()) };
        // What the page said is kept until it has been read anew.
        let page = store::find_page(tx, known.id).await?;
        let reading = enrich::merged(self.source.kind, &item.reading, page.as_ref());
        if store::update_article(tx, known.id, before.revision, self.source.id, &reading).await? == 0 {
            return Ok(());
        }
        let change = super::change_of(&before, &reading);
        if let Some(notice) = change.notice() {
            store::mark_corrected(tx, known.id, notice, self.started_at).await?;
        }
        store::insert_revision(tx, &before, self.started_at, change.kind()).await?;
        if change.kind() != ChangeKind::Typo {
            meaning::unsettle(tx, &[known.id]).await?;
        }
        if page.is_some() || enrich::wants_page(self.source, &item.reading) {
            store::want_page(tx, known.id, self.started_at, &item.reading.to_json()).await?;
        }
        self.articles_revised += 1;
        Ok(())
    }

    fn is_quarantined(&self, known: &Known) -> bool {
        let is_rewritten = matches!(self.upheaval, Some((Upheaval::Rewritten, _)));
        let was_before = self.source.released_at.is_none()
            && self.source.quarantine == Some(Upheaval::Rewritten)
            && self.source.quarantined_at.is_some_and(|at| known.first_seen_at < at);
        is_rewritten || was_before
    }

    /// Gives each publication that reads the source its candidate, unless it has one. Says whether one waits for an
    /// edition.
    async fn nominate(&mut self, tx: &mut Tx, id: ArticleId, story_key: &str, item: &Item) -> Result<bool, StoreError> {
        let mut waits = false;
        let eligible_at = item.embargo_until.map_or(self.started_at, |until| until.max(self.started_at));
        for (reader, sections) in &self.readers {
            if !self.candidates.insert((reader.publication_id, id)) {
                if let Some(until) = item.embargo_until {
                    store::move_embargo(tx, reader.publication_id, id, until, self.started_at).await?;
                }
                continue;
            }
            let (mut state, mut reason) = rules::first_state(
                self.circumstances(reader, item),
                item.reading.published_at.or(item.reading.updated_at),
            );
            if let Some((Upheaval::Flood, words)) = &self.upheaval
                && state == CandidateState::Pool
            {
                (state, reason) = (CandidateState::Held, format!("quarantine: {words}"));
            }
            waits |= matches!(state, CandidateState::Pool | CandidateState::Held);
            let candidate = NewCandidate {
                publication_id: reader.publication_id,
                article_id: id,
                story_key,
                section_id: rules::section(reader.section_id, sections, &item.reading.categories),
                state,
                reason: &reason,
                eligible_at,
            };
            store::insert_candidate(tx, &candidate).await?;
        }
        Ok(waits)
    }

    fn circumstances(&self, reader: &Reader, item: &Item) -> Circumstances {
        let own = self.source.last_success_at.filter(|last| *last >= reader.added_at);
        // A standby's first answer is no first sight of the section: what the others showed until they failed is known.
        let last_good_fetch_at = if reader.standby { own.or(reader.section_success_at) } else { own };
        // A plain sitemap names what has been there for years beside what is new.
        let is_undated = item.reading.published_at.or(item.reading.updated_at).is_none();
        let is_any_page = self.source.kind == SourceKind::Sitemap && is_undated;
        Circumstances {
            last_good_fetch_at,
            // What a newsroom sends is meant to be read.
            first_fetch: match self.source.kind {
                SourceKind::Push => FirstFetch::News,
                _ if is_any_page && reader.first_fetch == FirstFetch::Auto => FirstFetch::Baseline,
                _ => reader.first_fetch,
            },
            has_sealed: reader.editions_sealed > 0,
        }
    }

    pub fn upheaval_words(&self) -> Option<String> {
        self.upheaval.as_ref().map(|(_, reason)| reason.clone())
    }

    /// An upheaval is told when it begins.
    pub fn trouble(&self) -> Option<Trouble> {
        let (_, reason) = self.upheaval.as_ref().filter(|_| self.source.quarantined_at.is_none())?;
        Some(Trouble::Upheaval { reason: reason.clone() })
    }

    /// Leaves the sightings, and what an upheaval means for the source.
    pub async fn finish(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        store::set_story_keys(tx, &self.seen).await?;
        store::upsert_sightings(tx, &self.seen, self.source.id, self.started_at).await?;
        match &self.upheaval {
            Some((kind, reason)) => {
                store::quarantine(tx, self.source.id, now, *kind, reason).await?;
                tracing::warn!(source = self.source.id.0, %kind, reason, "too much changed at once");
            }
            // What was rewritten reads as it did before: it was a slip, and is over.
            None if self.source.quarantine == Some(Upheaval::Rewritten)
                && self.unrevised == 0
                && self.unchanged > 0 =>
            {
                store::unquarantine(tx, self.source.id).await?;
            }
            None => {}
        }
        if self.source.kind == SourceKind::Feed
            && let Some(oldest) = self.seen.iter().min()
        {
            let again = now - super::WITHDRAWN_AGAIN;
            store::want_withdrawn(tx, self.source.id, *oldest, self.started_at, again).await?;
        }
        Ok(())
    }
}

/// After a move to another system every guid and address is new; the articles are not. Recognised is what has the same
/// headline and the same text or date as exactly one article of the source.
async fn moved(
    tx: &mut Tx,
    source: &Source,
    now: Timestamp,
    items: &[Item],
) -> Result<HashMap<String, ArticleId>, StoreError> {
    if source.last_success_at.is_none() || source.kind == SourceKind::Push || items.is_empty() {
        return Ok(HashMap::new());
    }
    let mut by_title: HashMap<String, Option<Namesake>> = HashMap::new();
    for namesake in store::list_namesakes(tx, source.id, now - NAMESAKE_AGE_MAX, NAMESAKES_MAX).await? {
        let title = namesake.title.to_lowercase();
        by_title.entry(title).and_modify(|it| *it = None).or_insert(Some(namesake));
    }
    let same = |item: &Item| {
        let found = by_title.get(&item.reading.title.to_lowercase())?.as_ref()?;
        let is_same_text = found.content_hash == item.reading.content_hash;
        let is_same_date = found.published_at.is_some() && found.published_at == item.reading.published_at;
        (is_same_text || is_same_date).then_some(found.id)
    };
    let found: HashMap<String, ArticleId> =
        items.iter().filter_map(|item| Some((item.keys.first()?.clone(), same(item)?))).collect();
    // One headline that stands for another day's numbers is no move: most of what is shown must be recognised.
    let is_move = found.len() >= MOVED_MIN && found.len() * 2 >= items.len();
    Ok(if is_move { found } else { HashMap::new() })
}
