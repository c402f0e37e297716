//! From claimed articles to a draft: stories as they read now, ranked, placed, named, and within the size that mailbox
//! providers show whole. Also the checks that stand before an approval.

use super::model::{Edition, EditionState, Item, Placement, Story};
use super::rank::{self, Candidate, Ranked, Room};
use super::render::{self, Frame};
use super::store::{self, ClaimedArticle};
use super::verbs::EditionError;
use super::words;
use crate::app::App;
use crate::base::limits::{EDITION_BYTES_AIM, EDITION_BYTES_MAX};
use crate::config::is_loopback;
use crate::db::Tx;
use crate::gather::html::Image;
use crate::gather::{self, ArticleHead, ArticleId};
use crate::publications::{self, Publication};
use crate::subscribers;
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
    let room = Room {
        full: usize::try_from(publication.full_items_max).unwrap_or(1).max(1),
        headlines: usize::try_from(publication.headline_items_max).unwrap_or(0),
    };
    let ranked = rank::rank(candidates, &sections, edition.cutoff_at, room);
    for (item, position) in ranked.iter().zip(1..) {
        store::insert_item(tx, edition.id, position, item).await?;
    }
    name(tx, publication, edition, &ranked).await?;
    fit(app, tx, edition).await
}

async fn name(
    tx: &mut Tx,
    publication: &Publication,
    edition: &mut Edition,
    ranked: &[Ranked],
) -> Result<(), EditionError> {
    let headlines: Vec<&str> = ranked.iter().map(|item| item.candidate.story.title.as_str()).collect();
    let last = store::last_subject(tx, publication.id).await?;
    edition.subject = words::subject(&publication.name, &headlines, last.as_deref());
    edition.preheader = words::preheader(headlines.get(1..).unwrap_or_default());
    Ok(store::set_words(tx, edition.id, &edition.subject, &edition.preheader).await?)
}

/// Demotes full stories to headlines, and headlines to the count of "and more", from the end, until the mail is within
/// the size aimed at. The report says so: the placement stands in the item.
async fn fit(app: &App, tx: &mut Tx, edition: &Edition) -> Result<(), EditionError> {
    let frame = Frame::load(app, tx, edition).await?;
    let mut items = store::list_items(tx, edition.id).await?;
    let before: Vec<Placement> = items.iter().map(|item| item.placement).collect();
    while render::size(&frame, edition, &items)? > EDITION_BYTES_AIM {
        let Some(item) = next_to_demote(&mut items) else { break };
        item.placement = if item.placement == Placement::Full { Placement::Headline } else { Placement::Overflow };
    }
    for (item, _) in items.iter().zip(before).filter(|(item, before)| item.placement != *before) {
        store::set_placement(tx, item).await?;
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

fn story(article: ArticleHead) -> Story {
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

/// What keeps an edition from going out, each with its next step; empty is green.
pub(super) async fn checks(app: &App, tx: &mut Tx, edition: &Edition) -> Result<Vec<String>, EditionError> {
    let items = store::list_items(tx, edition.id).await?;
    let mut red = Vec::new();
    let shown = items.iter().filter(|item| item.placement != Placement::Hidden).count();
    if shown == 0 {
        red.push("it holds no story; draft it again once there is one".to_owned());
    }
    let readers = subscribers::counts(tx, app.now()).await?;
    if readers.iter().all(|it| it.publication_id != edition.publication_id || it.active == 0) {
        red.push("nobody is subscribed yet, and its stories would be used up; add somebody with `lamplighter subscriber add`, or let readers sign up".to_owned());
    }
    if edition.subject.trim().is_empty() {
        red.push("it has no subject".to_owned());
    }
    if edition.state == EditionState::Drafted || edition.state == EditionState::InReview {
        let frame = Frame::load(app, tx, edition).await?;
        let bytes = render::size(&frame, edition, &items)?;
        if bytes > EDITION_BYTES_MAX {
            red.push(format!(
                "its HTML is {bytes} bytes and mailbox providers clip at {EDITION_BYTES_MAX}; set full_items_max lower"
            ));
        }
    }
    let ids: Vec<ArticleId> =
        items.iter().filter(|item| item.placement != Placement::Hidden).map(|item| item.article_id).collect();
    for title in gather::list_withdrawn(tx, &ids).await? {
        red.push(format!(
            "{title:?} was withdrawn by its source: `lamplighter edition cancel`, then `lamplighter edition draft`"
        ));
    }
    if !app.config.site.is_loopback() {
        for item in items.iter().filter(|item| url::Url::parse(&item.story.url).is_ok_and(|url| is_loopback(&url))) {
            red.push(format!("article {} links to this very machine: {}", item.article_id, item.story.url));
        }
    }
    Ok(red)
}
