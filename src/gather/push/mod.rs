//! Articles that the newsroom's own program hands in, and its hint that there is something new to fetch.
//!
//! It promises: an article handed in twice, with another headline or by two programs at the same time, stays one article
//! (its `id` and its address are permanent keys); one bad article hinders no other of the same request, and each answer
//! names every field that is wrong; nothing that is handed in is shown as markup. What becomes of an article is decided
//! where those of every other source are ([`super::record`]). Articles cannot be withdrawn here. Held to it by `tests.rs`
//! and by `tests/it/gather/push.rs`.

mod fields;
mod hint;
mod read;
mod store;
#[cfg(test)]
mod tests;

pub use hint::{Hint, HintError, hint};
pub(crate) use store::STATEMENTS;

use self::read::{Item, Problem};
use self::store::PushSource;
use super::ask::{Answered, Told};
use super::model::ArticleId;
use super::record::record;
use super::store as articles;
use super::{identity, meaning};
use crate::app::App;
use crate::base::limits::PUSH_ARTICLES_MAX;
use crate::base::text::nearest;
use crate::db::{StoreError, text_enum};
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::SourceId;
use serde_json::Value;
use std::collections::HashMap;

text_enum! {
    pub enum PushOutcome {
        /// Not seen before.
        Created = "created",
        /// Known, and its words have changed.
        Revised = "revised",
        /// Known as it is; or another source's reading of it counts.
        Unchanged = "unchanged",
        /// Not taken, for the reasons given.
        Refused = "refused",
    }
}

/// What became of one article of a request.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PushedArticle {
    /// Its place in the request, from 0.
    pub index: usize,
    /// As the newsroom wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_id: Option<ArticleId>,
    pub outcome: PushOutcome,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Problem>,
}

#[derive(Debug, thiserror::Error)]
pub enum PushError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the body holds no article; send one as an object, several as a list or as {{\"articles\": [...]}}")]
    NoArticles,
    #[error("the body holds {0} articles; send at most {PUSH_ARTICLES_MAX} at a time")]
    TooMany(usize),
    #[error(
        "no source takes articles that are handed in; declare one of kind = \"push\" in newsroom.toml and run `lamplighter apply newsroom.toml`"
    )]
    NoSource,
    #[error("the articles could not be read: {0}")]
    Reading(tokio::task::JoinError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes the articles of a request: one object, a list of them, or `{"articles": [...]}`. Each has its own outcome, in the
/// order of the request; those of one source are kept in one transaction.
///
/// Of two requests that bring the same new articles at the same moment, both may call those created that only one made.
///
/// # Errors
/// [`PushError`]; a request that holds nothing to keep is none: its articles are then all refused.
pub async fn push_articles(app: &App, actor: Actor, body: Value) -> Result<Vec<PushedArticle>, PushError> {
    actor.require(Permission::AddArticles)?;
    let now = app.now();
    // Reading HTML is work for the processor.
    let read = tokio::task::spawn_blocking(move || read::batch(body, now)).await;
    let mut items = read.map_err(PushError::Reading)??;
    let sources = store::list_push_sources(&mut app.db.read().await?).await?;
    if sources.is_empty() {
        return Err(PushError::NoSource);
    }
    let mut of_source: Vec<(SourceId, Vec<usize>)> = Vec::new();
    let mut taken: HashMap<(SourceId, String), usize> = HashMap::new();
    for index in 0..items.len() {
        let Some(item) = items.get_mut(index) else { continue };
        let Some(source) = assign(item, &sources) else { continue };
        if let Some(first) = address(item, source, index, &mut taken) {
            item.refuse("id", "duplicate", format!("the same article stands at index {first}; send it once"));
        } else if item.problems.is_empty() {
            match of_source.iter_mut().find(|(id, _)| *id == source) {
                Some((_, indices)) => indices.push(index),
                None => of_source.push((source, vec![index])),
            }
        }
    }
    let mut results: Vec<PushedArticle> = items.iter_mut().enumerate().map(refused).collect();
    for (source, indices) in of_source {
        take(app, actor, source, &items, &indices, &mut results).await?;
    }
    Ok(results)
}

fn refused((index, item): (usize, &mut Item)) -> PushedArticle {
    let errors = std::mem::take(&mut item.problems);
    PushedArticle { index, id: item.id.clone(), article_id: None, outcome: PushOutcome::Refused, errors }
}

/// The source that takes an article: the one it names, or the only one there is.
fn assign(item: &mut Item, sources: &[PushSource]) -> Option<SourceId> {
    let names = || sources.iter().map(|it| it.name.as_str());
    let source = match (&item.source, sources) {
        (None, [only]) => only,
        (None, _) => {
            let all = names().collect::<Vec<_>>().join(", ");
            item.refuse("source", "missing", format!("several sources take articles; name one of: {all}"));
            return None;
        }
        (Some(name), _) => match sources.iter().find(|it| it.name.to_lowercase() == name.to_lowercase()) {
            Some(found) => found,
            None => {
                let meant = nearest(name, names()).map(|it| format!("; did you mean {it:?}?")).unwrap_or_default();
                item.refuse("source", "unknown", format!("no source of this name takes articles{meant}"));
                return None;
            }
        },
    };
    if source.paused_at.is_some() {
        let message = format!("the source {:?} is paused; an operator can resume it", source.name);
        item.refuse("source", "paused", message);
    }
    Some(source.id)
}

/// Gives an article its permanent keys. `Some` is the index of an earlier article of the request that has one of them.
fn address(
    item: &mut Item,
    source: SourceId,
    index: usize,
    taken: &mut HashMap<(SourceId, String), usize>,
) -> Option<usize> {
    if let Some(id) = &item.id {
        item.entry.keys = vec![format!("push:{source}:{id}")];
    }
    let keys = identity::keys(source, &item.entry);
    let first = keys.iter().find_map(|key| taken.get(&(source, key.clone())).copied());
    for key in keys {
        taken.entry((source, key)).or_insert(index);
    }
    first
}

/// Keeps the articles of one source and says what became of each.
async fn take(
    app: &App,
    actor: Actor,
    source: SourceId,
    items: &[Item],
    indices: &[usize],
    results: &mut [PushedArticle],
) -> Result<(), PushError> {
    let wanted: Vec<(usize, &Item)> = indices.iter().filter_map(|at| Some((*at, items.get(*at)?))).collect();
    let keys: Vec<Vec<String>> = wanted.iter().map(|(_, item)| identity::keys(source, &item.entry)).collect();
    let all_keys: Vec<&str> = keys.iter().flatten().map(String::as_str).collect();
    let started_at = app.now();

    let mut tx = app.db.begin().await?;
    let Some(row) = articles::lock_source(&mut tx, source).await? else { return Err(PushError::NoSource) };
    let before = known(&mut tx, &all_keys).await?;
    // Written ahead of the deed, so that none goes without its doer.
    let detail = serde_json::json!({ "articles": wanted.len() });
    audit::record(&mut tx, started_at, actor, "push_articles", ("source", Some(source.0)), detail).await?;
    tx.commit().await?;

    // As in a feed, the newest stands first.
    let entries = wanted.iter().rev().map(|(_, item)| item.entry.clone()).collect();
    let told = Told { entries, http_status: 200, ..Told::default() };
    let counts = record(app, &row, started_at, Answered::Feed(Box::new(told))).await?;
    meaning::settle(app, &[]).await?;
    let after = known(&mut app.db.read().await?, &all_keys).await?;
    for ((index, item), keys) in wanted.iter().zip(&keys) {
        let Some(result) = results.get_mut(*index) else { continue };
        let found = |articles: &Known| keys.iter().find_map(|key| articles.get(key).copied());
        let Some((article_id, revision)) = found(&after) else {
            let message = "there is nothing to read in this article, or nothing permanent to know it by again";
            result.errors.push(item.problem("title", "unreadable", message));
            continue;
        };
        result.article_id = Some(article_id);
        result.outcome = match found(&before) {
            None if counts.articles_new > 0 => PushOutcome::Created,
            Some((_, earlier)) if earlier != revision => PushOutcome::Revised,
            None | Some(_) => PushOutcome::Unchanged,
        };
    }
    Ok(())
}

/// Articles by their keys, with their revisions.
type Known = HashMap<String, (ArticleId, i64)>;

async fn known(tx: &mut crate::db::Tx, keys: &[&str]) -> Result<Known, StoreError> {
    let by_key = articles::list_keys(tx, keys).await?;
    let ids: Vec<ArticleId> = by_key.values().copied().collect();
    let revisions = store::list_revisions(tx, &ids).await?;
    let with_revision = by_key.into_iter().map(|(key, id)| (key, (id, revisions.get(&id).copied().unwrap_or(0))));
    Ok(with_revision.collect())
}
