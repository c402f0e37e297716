//! From claimed articles to a draft: stories as they read now, ranked, placed, named, and within the size that mailbox
//! providers show whole.

use super::model::{Edition, Item, ItemId, Origin, Placement, Story};
use super::rank::{self, Candidate, Ranked, Room};
use super::render::{self, Frame};
use super::shape;
use super::store::{self, ClaimedArticle};
use super::verbs::EditionError;
use super::words;
use crate::app::App;
use crate::base::limits::EDITION_BYTES_AIM;
use crate::db::Tx;
use crate::gather::html::Image;
use crate::gather::{self, ArticleHead, ArticleId};
use crate::publications::{self, Publication};
use std::collections::HashMap;

/// Related articles that are found for a story that lists none.
const RELATED_MAX: usize = 3;

/// Writes the items of an edition that has just claimed these articles, and its subject and preheader.
pub(super) async fn compose(
    app: &App,
    tx: &mut Tx,
    publication: &Publication,
    edition: &mut Edition,
    claimed: &[ClaimedArticle],
) -> Result<(), EditionError> {
    let ranked = judge(tx, publication, edition, claimed).await?;
    for (item, position) in ranked.iter().zip(1..) {
        store::insert_item(tx, edition.id, position, item, Origin::Claim).await?;
    }
    shape::carry_intents(tx, edition).await?;
    settle(app, tx, publication, edition).await
}

/// What each of these articles scores, as it is now.
pub(super) async fn judge(
    tx: &mut Tx,
    publication: &Publication,
    edition: &Edition,
    claimed: &[ClaimedArticle],
) -> Result<Vec<Ranked>, EditionError> {
    let sections = publications::list_sections(tx, publication.id).await?;
    let ids: Vec<ArticleId> = claimed.iter().map(|it| it.article_id).collect();
    let mut articles = gather::list_article_heads(tx, &ids).await?;
    // What the newsroom lists itself goes before what its archive suggests.
    let mut related = gather::meaning::list_related(tx, publication.id, &ids, RELATED_MAX).await?;
    for article in articles.iter_mut().filter(|it| it.related.is_empty()) {
        article.related = related.remove(&article.id).unwrap_or_default();
    }
    let section_of: HashMap<ArticleId, _> = claimed.iter().map(|it| (it.article_id, it.section_id)).collect();
    let candidates = articles
        .into_iter()
        .map(|article| Candidate {
            article_id: article.id,
            section_id: section_of.get(&article.id).copied().flatten(),
            first_seen_at: article.first_seen_at,
            story: story(article),
        })
        .collect();
    Ok(rank::rank(candidates, &sections, edition.cutoff_at, Room::of(publication)))
}

/// Derives anew what no editor has set: the places by order and room, the subject, the preheader, what is demoted for
/// the size. To be called after every change of the items; the caller counts the revision.
pub(super) async fn settle(
    app: &App,
    tx: &mut Tx,
    publication: &Publication,
    edition: &mut Edition,
) -> Result<(), EditionError> {
    let mut items = store::list_items(tx, edition.id).await?;
    let before: HashMap<ItemId, (i64, Placement)> =
        items.iter().map(|item| (item.id, (item.position, item.placement))).collect();
    obey_pins(&mut items);
    place(publication, &mut items);
    name(tx, publication, edition, &items).await?;
    fit(app, tx, edition, &mut items).await?;
    for item in items.iter().filter(|item| before.get(&item.id) != Some(&(item.position, item.placement))) {
        store::set_placement(tx, item).await?;
    }
    Ok(())
}

/// Pinned items stand at their places, the others keep their order around them.
fn obey_pins(items: &mut Vec<Item>) {
    let (mut pinned, free): (Vec<Item>, Vec<Item>) = items.drain(..).partition(|item| item.pinned.is_some());
    pinned.sort_by_key(|item| (item.pinned, item.article_id));
    items.extend(free);
    for item in pinned {
        let index = item.pinned.and_then(|place| usize::try_from(place - 1).ok()).unwrap_or(0).min(items.len());
        items.insert(index, item);
    }
    for (item, position) in items.iter_mut().zip(1..) {
        item.position = position;
    }
}

fn place(publication: &Publication, items: &mut [Item]) {
    let room = Room::of(publication);
    let is_free = |item: &&mut Item| item.placement_by.is_none() && item.placement != Placement::Missed;
    let has_top = items.iter().any(|item| item.placement_by.is_some() && item.placement == Placement::Top);
    for (index, item) in items.iter_mut().filter(is_free).enumerate() {
        item.placement = rank::place(index + usize::from(has_top), room);
    }
}

async fn name(
    tx: &mut Tx,
    publication: &Publication,
    edition: &mut Edition,
    items: &[Item],
) -> Result<(), EditionError> {
    let headlines: Vec<&str> = items
        .iter()
        .filter(|item| item.placement != Placement::Hidden)
        .map(|item| item.headline.as_deref().unwrap_or(&item.story.title))
        .collect();
    let last = store::last_subject(tx, publication.id).await?;
    if edition.subject_by.is_none() {
        edition.subject = words::subject(&publication.name, &headlines, last.as_deref());
    }
    if edition.preheader_by.is_none() {
        edition.preheader = words::preheader(headlines.get(1..).unwrap_or_default());
    }
    Ok(store::set_words(tx, edition.id, &edition.subject, &edition.preheader).await?)
}

/// Demotes full stories to headlines, and headlines to the count of "and more", from the end, until the mail is within
/// the size aimed at. The report says so: the placement stands in the item.
async fn fit(app: &App, tx: &mut Tx, edition: &Edition, items: &mut [Item]) -> Result<(), EditionError> {
    let frame = Frame::load(app, tx, edition).await?;
    while render::size(&frame, edition, items)? > EDITION_BYTES_AIM {
        let Some(item) = next_to_demote(items) else { break };
        item.placement = if item.placement == Placement::Full { Placement::Headline } else { Placement::Overflow };
    }
    Ok(())
}

/// The last full story first: five full ones say more than five headlines.
fn next_to_demote(items: &mut [Item]) -> Option<&mut Item> {
    let full = items.iter().filter(|item| item.placement == Placement::Full).count();
    let wanted = if full >= 5 { Placement::Full } else { Placement::Headline };
    let index = items
        .iter()
        .rposition(|item| item.placement == wanted)
        .or_else(|| items.iter().rposition(|item| item.placement == Placement::Full))?;
    items.get_mut(index)
}

/// What an edition keeps of an article.
pub(super) fn story(article: ArticleHead) -> Story {
    let image = article.image_url.map(|url| Image {
        url,
        alt: article.image_alt,
        caption: article.image_caption,
        credit: article.image_credit,
    });
    Story {
        title: article.title,
        url: article.url,
        excerpt: article.excerpt,
        authors: article.authors,
        section: article.section,
        language: article.language,
        word_count: article.word_count,
        published_at: article.published_at,
        image,
        related: article.related,
    }
}
