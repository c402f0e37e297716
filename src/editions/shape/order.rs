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
    let ids: Vec<String> = articles.iter().map(ToString::to_string).collect();
    let changes = if is_changed { vec![format!("from place {at}: {}", ids.join(", "))] } else { Vec::new() };
    draft.keep(app, "reorder", &changes).await
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
