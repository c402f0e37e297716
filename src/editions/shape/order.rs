//! The order that an editor gives: a story that was put somewhere is pinned there and stays there when the others are
//! ranked anew.
//!
//! Pins never share a place: who is put where another one is pinned pushes that one further back.

use super::{Draft, ShapeError};
use crate::app::App;
use crate::editions::model::{Edition, EditionId, Item};
use crate::editions::store;
use crate::editions::verbs::EditionError;
use crate::gather::ArticleId;
use crate::operators::Actor;
use std::collections::BTreeSet;

/// Puts these articles, in this order, at the places from `at` on (1 is the first). All articles of the edition: its
/// whole order.
///
/// # Errors
/// [`EditionError::Shape`] names what is not in the edition, or is named twice.
pub async fn reorder(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    articles: &[ArticleId],
    at: i64,
) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "reorder").await?;
    let before = draft.items().await?;
    let mut items = before.clone();
    for article in articles {
        if items.iter().all(|item| item.article_id != *article) {
            return Err(draft.no_item(*article).into());
        }
    }
    put(&mut items, articles, at)?;
    let mut is_changed = false;
    for (item, _) in items.iter().zip(&before).filter(|(item, before)| item.pinned != before.pinned) {
        store::set_shape(&mut draft.tx, item).await?;
        is_changed = true;
    }
    let ids: Vec<String> = articles.iter().map(|it| format!("article {it}")).collect();
    let changes = if is_changed { vec![format!("from place {at}: {}", ids.join(", "))] } else { Vec::new() };
    draft.keep(app, "reorder", &changes).await
}

/// Moves one story to a place of the order as it stands (1 is the first), as a hand would: everybody else keeps their
/// order. The story is pinned there; those that were pinned before stay pinned where they are by then. A place behind the
/// last one is the last one.
///
/// # Errors
/// [`EditionError::Shape`] if it is not in the edition; [`EditionError::Conflict`] what somebody else changed.
pub async fn move_item(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    article: ArticleId,
    to: i64,
) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "reorder").await?;
    let before = draft.items().await?;
    let mut items = before.clone();
    if !shift(&mut items, article, to) {
        return Err(draft.no_item(article).into());
    }
    let mut changes = Vec::new();
    for (item, _) in items.iter().zip(&before).filter(|(item, before)| item.pinned != before.pinned) {
        store::set_shape(&mut draft.tx, item).await?;
        if item.article_id == article {
            changes.push(format!("article {article} to place {}", item.pinned.unwrap_or(to)));
        }
    }
    draft.keep(app, "reorder", &changes).await
}

/// Sets the pins so that `article` stands at `to` and all others as they did; false if it is not there. `items` stand in
/// their order. Pure.
fn shift(items: &mut [Item], article: ArticleId, to: i64) -> bool {
    let mut order: Vec<ArticleId> = items.iter().map(|item| item.article_id).collect();
    let Some(from) = order.iter().position(|it| *it == article) else { return false };
    let moved = order.remove(from);
    let index = usize::try_from(to.max(1) - 1).unwrap_or(usize::MAX).min(order.len());
    order.insert(index, moved);
    for item in items.iter_mut().filter(|item| item.pinned.is_some() || item.article_id == article) {
        let place = order.iter().position(|it| *it == item.article_id).and_then(|at| i64::try_from(at + 1).ok());
        item.pinned = place;
    }
    true
}

/// Pins these articles at the places from `at` on; pins that are in the way go further back.
pub(super) fn put(items: &mut [Item], articles: &[ArticleId], at: i64) -> Result<(), ShapeError> {
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let wanted = i64::try_from(articles.len()).unwrap_or(i64::MAX);
    if articles.is_empty() {
        return Err(ShapeError::field("articles", "are none; name the articles in their order"));
    }
    if articles.iter().collect::<BTreeSet<_>>().len() < articles.len() {
        return Err(ShapeError::field("articles", "name one of them twice"));
    }
    if at < 1 || at.saturating_add(wanted - 1) > count {
        let problem = format!("must be from 1 to {}: the edition has {count} stories", count - wanted + 1);
        return Err(ShapeError::field("position", problem));
    }
    let mut taken: BTreeSet<i64> = (at..at + wanted).collect();
    let mut others: Vec<&mut Item> =
        items.iter_mut().filter(|item| item.pinned.is_some() && !articles.contains(&item.article_id)).collect();
    others.sort_by_key(|item| (item.pinned, item.position));
    for item in others {
        let mut place = item.pinned.unwrap_or(1);
        while taken.contains(&place) {
            place += 1;
        }
        taken.insert(place);
        item.pinned = Some(place);
    }
    for (article, place) in articles.iter().zip(at..) {
        for item in items.iter_mut().filter(|item| item.article_id == *article) {
            item.pinned = Some(place);
        }
    }
    Ok(())
}

/// What was pinned at a place leaves it: those pinned right behind it move up, so that nothing comes between.
pub(in crate::editions) fn close(items: &mut [Item], place: i64) {
    let mut behind = place + 1;
    while let Some(item) = items.iter_mut().find(|item| item.pinned == Some(behind)) {
        item.pinned = Some(behind - 1);
        behind += 1;
    }
}
