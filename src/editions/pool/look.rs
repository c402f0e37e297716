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
use crate::publications::{Publication, SourceKind};
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

/// A line of a page as it is told: times in RFC 3339.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ToldArticle {
    pub article_id: ArticleId,
    pub title: String,
    pub url: String,
    pub state: CandidateState,
    /// Why it is that.
    pub reason: String,
    pub section: Option<String>,
    pub source: String,
    /// The label of the edition that has it.
    pub edition: Option<String>,
    /// Nobody may see it before.
    pub embargoed_until: Option<String>,
    pub eligible_at: String,
    pub changed_at: String,
    pub first_seen_at: String,
    pub published_at: Option<String>,
}

impl PoolPage {
    pub fn told(&self) -> Vec<ToldArticle> {
        let line = |it: &PoolLine| ToldArticle {
            article_id: it.article_id,
            title: it.title.clone(),
            url: it.url.clone(),
            state: it.state,
            reason: it.reason.clone(),
            section: it.section.clone(),
            source: it.source.clone(),
            edition: it.edition.clone(),
            embargoed_until: it.embargoed_until(self.now).map(Timestamp::rfc3339),
            eligible_at: it.eligible_at.rfc3339(),
            changed_at: it.changed_at.rfc3339(),
            first_seen_at: it.first_seen_at.rfc3339(),
            published_at: it.published_at.map(Timestamp::rfc3339),
        };
        self.lines.iter().map(line).collect()
    }

    pub fn json(&self) -> Value {
        json!({ "articles": self.told(), "next_before": self.next_before })
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

/// What an article is to one publication.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ToldStanding {
    pub publication: String,
    pub state: CandidateState,
    pub reason: String,
    pub section: Option<String>,
    pub embargoed_until: Option<String>,
    pub eligible_at: String,
    pub changed_at: String,
}

/// A source that showed an article.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ToldSighting {
    pub source: String,
    pub kind: SourceKind,
    pub first_seen_at: String,
    pub last_seen_at: String,
}

/// What was done to an article.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ToldEvent {
    pub at: String,
    pub actor: String,
    pub verb: String,
    pub detail: Value,
}

/// Everything about one article as it is told: times in RFC 3339.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ToldPage {
    pub id: ArticleId,
    pub story_key: String,
    pub url: String,
    pub title: String,
    pub dek: String,
    pub excerpt: String,
    pub authors: Vec<String>,
    pub section: String,
    pub categories: Vec<String>,
    pub language: String,
    pub word_count: i64,
    pub revision: i64,
    /// Empty if it is the newsroom's own.
    pub agency: String,
    pub published_at: Option<String>,
    pub updated_at: Option<String>,
    pub first_seen_at: String,
    pub gone_at: Option<String>,
    /// Its source's own; empty without one.
    pub correction: String,
    pub corrected_at: Option<String>,
    pub publications: Vec<ToldStanding>,
    pub keys: Vec<String>,
    pub sources: Vec<ToldSighting>,
    /// Others that tell the same story.
    pub same_story: Vec<Retelling>,
    pub links: Vec<ArticleLink>,
    pub images: Vec<Image>,
    pub editions: Vec<Appearance>,
    /// The latest first.
    pub events: Vec<ToldEvent>,
}

impl ArticlePage {
    pub fn told(&self) -> ToldPage {
        let it = self.article.clone();
        let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
        let standing = |it: &Standing| ToldStanding {
            publication: it.publication.clone(),
            state: it.state,
            reason: it.reason.clone(),
            section: it.section.clone(),
            embargoed_until: time(it.embargoed_until(self.now)),
            eligible_at: it.eligible_at.rfc3339(),
            changed_at: it.changed_at.rfc3339(),
        };
        let sighting = |it: &Sighting| ToldSighting {
            source: it.source.clone(),
            kind: it.kind,
            first_seen_at: it.first_seen_at.rfc3339(),
            last_seen_at: it.last_seen_at.rfc3339(),
        };
        let event = |it: &AuditEvent| ToldEvent {
            at: it.at.rfc3339(),
            actor: it.actor(),
            verb: it.verb.clone(),
            detail: serde_json::from_str(&it.detail).unwrap_or_default(),
        };
        ToldPage {
            id: it.id,
            story_key: it.story_key,
            url: it.url,
            title: it.title,
            dek: it.dek,
            excerpt: it.excerpt,
            authors: it.authors,
            section: it.section,
            categories: it.categories,
            language: it.language,
            word_count: it.word_count,
            revision: it.revision,
            agency: it.agency,
            published_at: time(it.published_at),
            updated_at: time(it.updated_at),
            first_seen_at: it.first_seen_at.rfc3339(),
            gone_at: time(it.gone_at),
            correction: it.correction,
            corrected_at: time(it.corrected_at),
            publications: self.standings.iter().map(standing).collect(),
            keys: self.keys.clone(),
            sources: self.sightings.iter().map(sighting).collect(),
            same_story: self.retellings.clone(),
            links: self.links.clone(),
            images: self.images.clone(),
            editions: self.appearances.clone(),
            events: self.events.iter().map(event).collect(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::to_value(self.told()).unwrap_or_default()
    }
}
