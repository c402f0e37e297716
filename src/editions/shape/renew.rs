//! Ranking a draft anew, and taking over what an article says by now.
//!
//! A draft keeps the words that it was drafted with, so that nothing changes under an editor's eyes. What the article
//! says since is listed, and taken over by a verb.

use super::Draft;
use super::text::change_of;
use crate::app::App;
use crate::base::text::counted;
use crate::db::{StoreError, Tx};
use crate::editions::compose;
use crate::editions::model::{Edition, EditionId, Item, Story};
use crate::editions::store::{self, ClaimedArticle};
use crate::editions::verbs::EditionError;
use crate::gather::{self, ArticleId};
use crate::operators::Actor;
use std::collections::HashMap;

/// Scores every story anew, by what its article and its section are now. Pins, places and words that an editor gave stay.
///
/// # Errors
/// [`EditionError::WrongState`] unless it is a draft.
pub async fn rerank(app: &App, actor: Actor, id: EditionId, seen: Option<i64>) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "rerank").await?;
    let items = draft.items().await?;
    let articles: Vec<ClaimedArticle> =
        items.iter().map(|item| ClaimedArticle { article_id: item.article_id, section_id: item.section_id }).collect();
    let judged = compose::judge(&mut draft.tx, &draft.publication, &draft.edition, &articles).await?;
    let mut changed = 0;
    for it in &judged {
        let item = items.iter().find(|item| item.article_id == it.candidate.article_id);
        if let Some(item) = item.filter(|item| item.score_parts.without_pin() != it.score_parts) {
            store::set_score(&mut draft.tx, item.id, it.score_millis, &it.score_parts).await?;
            changed += 1;
        }
    }
    let changes = match changed {
        0 => Vec::new(),
        _ => vec![format!("{} scored otherwise", counted(changed, "story", "stories"))],
    };
    draft.keep(app, "rerank", &changes).await
}

/// Takes over what an article says now: headline, excerpt, image and all else that no editor has written.
///
/// # Errors
/// [`EditionError::Shape`] if it is not in.
pub async fn refresh(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    article: ArticleId,
) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "refresh").await?;
    let items = draft.items().await?;
    let Some(item) = items.iter().find(|item| item.article_id == article) else {
        return Err(draft.no_item(article).into());
    };
    let mut stories = present(&mut draft.tx, &[article]).await?;
    let mut changes = Vec::new();
    if let Some(mut story) = stories.remove(&article) {
        // What the archive suggested at the claim is not the article's own and stays.
        if story.related.is_empty() {
            story.related.clone_from(&item.story.related);
        }
        let fields = differences(&item.story, &story);
        if !fields.is_empty() {
            let mut change = format!("article {article} as it reads now: {}", fields.join(", "));
            if item.story.title != story.title {
                change = format!("{change}; {}", change_of("title", "", Some(&item.story.title), Some(&story.title)));
            }
            changes.push(change);
            store::set_story(&mut draft.tx, item.id, &story).await?;
        }
    }
    draft.keep(app, "refresh", &changes).await
}

/// What articles say otherwise by now than in these items, by the names of the fields.
///
/// # Errors
/// As the database says.
pub async fn list_changed(tx: &mut Tx, items: &[Item]) -> Result<HashMap<ArticleId, Vec<&'static str>>, StoreError> {
    let ids: Vec<ArticleId> = items.iter().map(|item| item.article_id).collect();
    let now = present(tx, &ids).await?;
    Ok(items
        .iter()
        .filter_map(|item| Some((item.article_id, differences(&item.story, now.get(&item.article_id)?))))
        .filter(|(_, fields)| !fields.is_empty())
        .collect())
}

async fn present(tx: &mut Tx, ids: &[ArticleId]) -> Result<HashMap<ArticleId, Story>, StoreError> {
    let heads = gather::list_article_heads(tx, ids).await?;
    Ok(heads.into_iter().map(|head| (head.id, compose::story(head))).collect())
}

/// What the mail shows of a story; its related reading aside, which is partly the archive's.
fn differences(before: &Story, now: &Story) -> Vec<&'static str> {
    [
        ("title", before.title != now.title),
        ("excerpt", before.excerpt != now.excerpt),
        ("image", before.image != now.image),
        ("authors", before.authors != now.authors),
        ("url", before.url != now.url),
        ("section", before.section != now.section),
        ("length", before.word_count != now.word_count),
    ]
    .into_iter()
    .filter_map(|(name, is_other)| is_other.then_some(name))
    .collect()
}
