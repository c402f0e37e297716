//! Looking at the pool, and at one article: what it is to each publication, and why.

use super::PoolError;
use crate::app::App;
use crate::base::Timestamp;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::editions::store::{self, Appearance, PoolLine, Standing};
use crate::gather::html::Image;
use crate::gather::meaning::{ArticleLink, list_links};
use crate::gather::{self, Article, ArticleId, CandidateState, Retelling, Sighting};
use crate::operators::audit::{self, AuditEvent};
use crate::operators::{Actor, Permission};
use crate::publications::Publication;
use serde_json::{Value, json};

/// Lines of a page, unless more or fewer are asked for.
const PAGE_ROWS: i64 = 50;
/// Editions and events shown of one article.
const SHOWN_MAX: i64 = 50;

/// A page of a publication's articles, the newest first.
#[derive(Clone, Debug)]
pub struct PoolPage {
    pub lines: Vec<PoolLine>,
    /// The next page is before this one; `None` at the end.
    pub next_before: Option<ArticleId>,
    pub now: Timestamp,
}

/// A publication's articles in one state, or all of them.
///
/// # Errors
/// [`PoolError::Forbidden`]
pub async fn list(
    app: &App,
    actor: Actor,
    publication: &Publication,
    state: Option<CandidateState>,
    before: Option<ArticleId>,
    limit: Option<i64>,
) -> Result<PoolPage, PoolError> {
    actor.require(Permission::View)?;
    let limit = limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX);
    let mut tx = app.db.read().await?;
    let mut lines = store::list_pool(&mut tx, publication.id, state, before, limit + 1).await?;
    let count = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_end = lines.len() <= count;
    lines.truncate(count);
    let next_before = if is_end { None } else { lines.last().map(|line| line.article_id) };
    Ok(PoolPage { lines, next_before, now: app.now() })
}

impl PoolLine {
    /// Nobody may see it before.
    pub fn embargoed_until(&self, now: Timestamp) -> Option<Timestamp> {
        (self.eligible_at > now).then_some(self.eligible_at)
    }
}

impl PoolPage {
    /// Times in RFC 3339.
    pub fn json(&self) -> Value {
        let line = |it: &PoolLine| {
            json!({
                "article_id": it.article_id, "title": it.title, "url": it.url, "state": it.state, "reason": it.reason,
                "section": it.section, "source": it.source, "edition": it.edition,
                "embargoed_until": it.embargoed_until(self.now).map(Timestamp::rfc3339),
                "eligible_at": it.eligible_at.rfc3339(), "changed_at": it.changed_at.rfc3339(),
                "first_seen_at": it.first_seen_at.rfc3339(), "published_at": it.published_at.map(Timestamp::rfc3339),
            })
        };
        json!({ "articles": self.lines.iter().map(line).collect::<Vec<_>>(), "next_before": self.next_before })
    }
}

/// Everything about one article.
#[derive(Clone, Debug)]
pub struct ArticlePage {
    pub article: Article,
    pub standings: Vec<Standing>,
    pub keys: Vec<String>,
    pub sightings: Vec<Sighting>,
    /// Others that tell the same story.
    pub retellings: Vec<Retelling>,
    pub links: Vec<ArticleLink>,
    pub images: Vec<Image>,
    pub appearances: Vec<Appearance>,
    /// What was done to it, the latest first.
    pub events: Vec<AuditEvent>,
    pub now: Timestamp,
}

/// One article, what it is to each publication and why, who showed it, what it resembles, and where it appeared.
///
/// # Errors
/// [`PoolError::NoArticle`]
pub async fn article_page(app: &App, actor: Actor, id: ArticleId) -> Result<ArticlePage, PoolError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    let article = gather::look_up_article(&mut tx, id).await?.ok_or(PoolError::NoArticle { article: id })?;
    Ok(ArticlePage {
        article,
        standings: store::list_standings(&mut tx, id).await?,
        keys: gather::list_article_keys(&mut tx, id).await?,
        sightings: gather::list_sightings(&mut tx, id).await?,
        retellings: gather::list_retellings(&mut tx, id).await?,
        links: list_links(&mut tx, id).await?,
        images: gather::list_images(&mut tx, id).await?,
        appearances: store::list_appearances(&mut tx, id, SHOWN_MAX).await?,
        events: audit::list(&mut tx, ("article", id.0), SHOWN_MAX).await?,
        now: app.now(),
    })
}

impl Standing {
    /// Nobody may see it before.
    pub fn embargoed_until(&self, now: Timestamp) -> Option<Timestamp> {
        (self.eligible_at > now).then_some(self.eligible_at)
    }
}

impl ArticlePage {
    /// Times in RFC 3339.
    pub fn json(&self) -> Value {
        let it = &self.article;
        let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
        let standing = |it: &Standing| {
            json!({
                "publication": it.publication, "state": it.state, "reason": it.reason, "section": it.section,
                "embargoed_until": time(it.embargoed_until(self.now)), "eligible_at": it.eligible_at.rfc3339(),
                "changed_at": it.changed_at.rfc3339(),
            })
        };
        let sighting = |it: &Sighting| {
            let (first, last) = (it.first_seen_at.rfc3339(), it.last_seen_at.rfc3339());
            json!({ "source": it.source, "kind": it.kind, "first_seen_at": first, "last_seen_at": last })
        };
        let event = |it: &AuditEvent| {
            let detail: Value = serde_json::from_str(&it.detail).unwrap_or_default();
            json!({ "at": it.at.rfc3339(), "actor": it.actor(), "verb": it.verb, "detail": detail })
        };
        json!({
            "id": it.id, "story_key": it.story_key, "url": it.url, "title": it.title, "dek": it.dek,
            "excerpt": it.excerpt, "authors": it.authors, "section": it.section, "categories": it.categories,
            "language": it.language, "word_count": it.word_count, "revision": it.revision, "agency": it.agency,
            "published_at": time(it.published_at), "updated_at": time(it.updated_at),
            "first_seen_at": it.first_seen_at.rfc3339(), "gone_at": time(it.gone_at),
            "correction": it.correction, "corrected_at": time(it.corrected_at),
            "publications": self.standings.iter().map(standing).collect::<Vec<_>>(),
            "keys": self.keys, "sources": self.sightings.iter().map(sighting).collect::<Vec<_>>(),
            "same_story": self.retellings, "links": self.links, "images": self.images, "editions": self.appearances,
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
        })
    }
}
