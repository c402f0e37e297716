//! The checks that stand before an approval: what keeps an edition from going out, each with its next step.

use super::breaking;
use super::model::{Edition, EditionState, Placement};
use super::render::{self, Frame};
use super::store;
use super::verbs::EditionError;
use crate::app::App;
use crate::base::limits::EDITION_BYTES_MAX;
use crate::config::is_loopback;
use crate::db::Tx;
use crate::gather::{self, ArticleId};
use crate::subscribers;

/// What keeps an edition from going out, each with its next step; empty is green.
pub(super) async fn checks(app: &App, tx: &mut Tx, edition: &Edition) -> Result<Vec<String>, EditionError> {
    let items = store::list_items(tx, edition.id).await?;
    let mut red = Vec::new();
    let shown = items.iter().filter(|item| item.placement != Placement::Hidden).count();
    if shown == 0 {
        red.push("it holds no story; draft it again once there is one".to_owned());
    }
    red.extend(breaking::day_is_full(tx, edition).await?);
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
