//! From claimed articles to a draft: stories as they read now, ranked, placed, named, and within the size that mailbox
//! providers show whole.

use super::model::{Edition, EditionKind, Item, ItemId, Origin, Story};
use super::phrases::Phrases;
use super::place::{self, Room};
use super::rank::{self, Candidate, Ranked, Scale};
use super::render::Frame;
use super::store::{self, ClaimedArticle};
use super::verbs::EditionError;
use super::words::{self, Words};
use super::{breaking, fit, render, shape};
use crate::app::App;
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
    // What breaks leads its mail, however long it has waited for that.
    let left_over = match edition.kind {
        EditionKind::Breaking => Vec::new(),
        _ => store::list_left_over(tx, edition).await?,
    };
    for (item, position) in ranked.iter().zip(1..) {
        let is_left_over = left_over.binary_search(&item.candidate.article_id).is_ok();
        let origin = if is_left_over { Origin::CarriedOver } else { Origin::Claim };
        store::insert_item(tx, edition.id, position, item, origin).await?;
    }
    shape::carry_intents(tx, edition).await?;
    settle(app, tx, publication, edition).await
}

/// What each of these articles scores, as it is now, in their order.
pub(super) async fn judge(
    tx: &mut Tx,
    publication: &Publication,
    edition: &Edition,
    claimed: &[ClaimedArticle],
) -> Result<Vec<Ranked>, EditionError> {
    let sections = publications::list_sections(tx, publication.id).await?;
    let slots = publications::list_slots(tx, publication.id).await?;
    let ids: Vec<ArticleId> = claimed.iter().map(|it| it.article_id).collect();
    let mut articles = gather::list_article_heads(tx, &ids).await?;
    // What the newsroom lists itself goes before what its archive suggests.
    let mut related = gather::meaning::list_related(tx, publication.id, &ids, RELATED_MAX).await?;
    for article in articles.iter_mut().filter(|it| it.related.is_empty()) {
        article.related = related.remove(&article.id).unwrap_or_default();
    }
    let coverage = gather::count_sources_of_stories(tx, &ids, edition.cutoff_at).await?;
    let section_of: HashMap<ArticleId, _> = claimed.iter().map(|it| (it.article_id, it.section_id)).collect();
    let candidate = |article: ArticleHead| Candidate {
        article_id: article.id,
        section_id: section_of.get(&article.id).copied().flatten(),
        source_id: article.source_id,
        first_seen_at: article.first_seen_at,
        sources: coverage.get(&article.id).copied().unwrap_or(1),
        breaking: article.breaking,
        sticky: article.sticky,
        story: story(article),
    };
    let candidates = articles.into_iter().map(candidate).collect();
    Ok(rank::rank(candidates, &Scale::of(&sections, &slots, edition.cutoff_at)))
}

/// Derives anew what no editor has set: the order by score and pins, the places by order and room, the subjects, the
/// preheader, what is demoted for the size. To be called after every change of the items; the caller counts the
/// revision.
pub(super) async fn settle(
    app: &App,
    tx: &mut Tx,
    publication: &Publication,
    edition: &mut Edition,
) -> Result<(), EditionError> {
    let mut items = store::list_items(tx, edition.id).await?;
    let before: HashMap<ItemId, Item> = items.iter().map(|item| (item.id, item.clone())).collect();
    place::arrange(&mut items, Room::of(publication));
    let frame = Frame::load(app, tx, edition).await?;
    let last = store::last_subject(tx, publication.id).await?;
    name(&frame, edition, &items, last.as_deref());
    fit::fit(&frame, edition, &mut items)?;
    store::set_words(tx, edition).await?;
    for item in items.iter().filter(|item| before.get(&item.id).is_none_or(|before| has_moved(before, item))) {
        store::set_place(tx, item).await?;
    }
    Ok(())
}

fn has_moved(before: &Item, after: &Item) -> bool {
    let place = |item: &Item| (item.position, item.placement, item.score_millis);
    place(before) != place(after) || before.placement_reason != after.placement_reason
}

fn name(frame: &Frame, edition: &mut Edition, items: &[Item], last: Option<&str>) {
    let stories: Vec<Words<'_>> = render::read_first(items).map(render::words_of).collect();
    let phrases = Phrases::of(&frame.publication.language);
    let mut subjects =
        words::subjects(&frame.publication.name, phrases, edition.local_date.parse().ok(), &stories, last);
    if let (EditionKind::Breaking, Some(story)) = (edition.kind, stories.first()) {
        subjects.insert(0, breaking::subject(&frame.publication.language, story.headline));
    }
    if edition.subject_by.is_none() {
        edition.subject = subjects.first().cloned().unwrap_or_default();
    } else if !subjects.contains(&edition.subject) {
        subjects.insert(0, edition.subject.clone());
    }
    edition.subjects = subjects;
    if edition.preheader_by.is_none() {
        edition.preheader = words::preheader(phrases, &after_subject(stories, &edition.subject));
    }
}

/// The story that the subject names stands first, whichever it is: the line under the subject names others.
fn after_subject<'a>(mut stories: Vec<Words<'a>>, subject: &str) -> Vec<Words<'a>> {
    if let Some(named) = stories.iter().position(|it| words::names(subject, it.headline)) {
        stories[..=named].rotate_right(1);
    }
    stories
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
