//! What is known of one article, for those who look at it.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::article::Reading;
use crate::gather::html::Image;
use crate::gather::model::{Article, ArticleId};
use crate::publications::SourceKind;

statements! {
    FIND_ARTICLE = "SELECT * FROM articles WHERE id = $1";
    LIST_KEYS = "SELECT key AS value FROM article_keys WHERE article_id = $1 ORDER BY created_at, key LIMIT $2";
    LIST_SIGHTINGS = "SELECT s.name AS source, s.kind, g.first_seen_at, g.last_seen_at FROM sightings g JOIN sources s ON s.id = g.source_id WHERE g.article_id = $1 ORDER BY g.first_seen_at, s.id LIMIT $2";
    LIST_STORY = "SELECT o.id, o.title, o.url, s.name AS source FROM articles a JOIN articles o ON o.story_key = a.story_key AND o.id <> a.id JOIN sources s ON s.id = o.source_id WHERE a.id = $1 ORDER BY o.id LIMIT $2";
    FIND_READINGS = "SELECT source_reading, page_reading FROM article_pages WHERE article_id = $1";
    LIST_EARLIER = "SELECT content AS value FROM article_revisions WHERE article_id = $1 ORDER BY number DESC LIMIT $2";
}

/// Rows of each list.
const SHOWN_MAX: i64 = 50;

/// # Errors
/// As the database says.
pub async fn look_up_article(tx: &mut Tx, id: ArticleId) -> Result<Option<Article>, StoreError> {
    tx.fetch_optional(FIND_ARTICLE, args![id]).await
}

/// The permanent keys by which an article is recognised.
///
/// # Errors
/// As the database says.
pub async fn list_article_keys(tx: &mut Tx, id: ArticleId) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = tx.fetch_all(LIST_KEYS, args![id, SHOWN_MAX]).await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

row! {
    /// A source that showed an article.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct Sighting {
        pub source: String,
        pub kind: SourceKind,
        pub first_seen_at: Timestamp,
        pub last_seen_at: Timestamp,
    }
}

/// The first to show it first.
///
/// # Errors
/// As the database says.
pub async fn list_sightings(tx: &mut Tx, id: ArticleId) -> Result<Vec<Sighting>, StoreError> {
    tx.fetch_all(LIST_SIGHTINGS, args![id, SHOWN_MAX]).await
}

row! {
    /// Another article that tells the same story.
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct Retelling {
        pub id: ArticleId,
        pub title: String,
        pub url: String,
        pub source: String,
    }
}

/// The articles that an article was folded with.
///
/// # Errors
/// As the database says.
pub async fn list_retellings(tx: &mut Tx, id: ArticleId) -> Result<Vec<Retelling>, StoreError> {
    tx.fetch_all(LIST_STORY, args![id, SHOWN_MAX]).await
}

row! {
    struct Readings {
        source_reading: String,
        page_reading: Option<String>,
    }
}

/// Every image that an article has had: as it reads now, on its page, in its source, and earlier; each address once.
///
/// # Errors
/// As the database says.
pub async fn list_images(tx: &mut Tx, id: ArticleId) -> Result<Vec<Image>, StoreError> {
    let article = look_up_article(tx, id).await?;
    let readings: Option<Readings> = tx.fetch_optional(FIND_READINGS, args![id]).await?;
    let earlier: Vec<(String,)> = tx.fetch_all(LIST_EARLIER, args![id, SHOWN_MAX]).await?;
    let mut all: Vec<Image> = article.as_ref().and_then(|it| Reading::of(it).image).into_iter().collect();
    let texts = readings.into_iter().flat_map(|it| [it.page_reading, Some(it.source_reading)]).flatten();
    all.extend(texts.filter_map(|text| Reading::from_json(&text)?.image));
    all.extend(earlier.iter().filter_map(|(text,)| image_of(text)));
    let mut known = std::collections::HashSet::new();
    all.retain(|it| known.insert(it.url.clone()));
    Ok(all)
}

/// The image in an article that was kept as JSON.
fn image_of(article: &str) -> Option<Image> {
    let article: serde_json::Value = serde_json::from_str(article).ok()?;
    let text = |name: &str| article.get(name).and_then(|it| it.as_str()).unwrap_or_default().to_owned();
    let url = article.get("image_url")?.as_str()?.to_owned();
    Some(Image { url, alt: text("image_alt"), caption: text("image_caption"), credit: text("image_credit") })
}
