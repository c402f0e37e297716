//! An embargo that comes after the claim: the newsroom says of an article that a draft has already that nobody may see it
//! before a certain time. The draft gives it up at the next tick, and until then it is neither shown nor sealed.

use super::{Draft, ShapeError, members, order};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::Tx;
use crate::editions::model::{Edition, EditionId, EditionState};
use crate::editions::store;
use crate::editions::verbs::{self, EditionError};
use crate::gather::CandidateState;
use crate::operators::Actor;

/// Gives up what has come under embargo; `None` if nothing has. An approval is void by it.
///
/// # Errors
/// As the database says; the next tick tries again.
pub(crate) async fn obey_embargoes(app: &App, edition: &Edition) -> Result<Option<Edition>, EditionError> {
    let is_draft = matches!(edition.state, EditionState::Drafted | EditionState::InReview | EditionState::Approved);
    if !is_draft || store::list_embargoed(&mut app.db.read().await?, edition.id, app.now()).await?.is_empty() {
        return Ok(None);
    }
    let mut draft = Draft::open(app, Actor::System, edition.id, Some(edition.revision), "embargo").await?;
    let embargoed = store::list_embargoed(&mut draft.tx, edition.id, draft.now).await?;
    let mut items = draft.items().await?;
    let mut changes = Vec::new();
    for it in &embargoed {
        let Some(index) = items.iter().position(|item| item.article_id == it.article_id) else { continue };
        let item = items.remove(index);
        if let Some(place) = item.pinned {
            order::close(&mut items, place);
        }
        store::delete_item(&mut draft.tx, item.id).await?;
        if let Some(claim) = store::find_claim_of(&mut draft.tx, edition.id, it.article_id).await? {
            store::delete_claim(&mut draft.tx, claim.id).await?;
            let reason = format!("came under embargo while edition {} had it", draft.edition.label);
            let to = if claim.taken_from == CandidateState::Held { CandidateState::Held } else { CandidateState::Pool };
            let publication = draft.publication.id;
            store::release_candidate(&mut draft.tx, draft.now, publication, it.article_id, to, &reason).await?;
        }
        changes.push(format!("article {} is under embargo until {}", it.article_id, it.eligible_at.rfc3339()));
    }
    // What is about one story has nothing left to say, and gives back the right to say it once.
    if items.is_empty() && !members::takes_articles(&draft.edition) {
        let Draft { mut tx, now, mut edition, .. } = draft;
        verbs::cancel_locked(app, &mut tx, now, &mut edition, &changes.join("; ")).await?;
        tx.commit().await?;
        app.wake.outbox();
        return Ok(Some(edition));
    }
    for item in &items {
        store::set_shape(&mut draft.tx, item).await?;
    }
    draft.keep(app, "embargo", &changes).await.map(Some)
}

/// Nothing of the edition may be under embargo where it is shown.
///
/// # Errors
/// [`ShapeError::Embargo`]
pub(in crate::editions) async fn refuse_embargoed(
    tx: &mut Tx,
    id: EditionId,
    now: Timestamp,
) -> Result<(), EditionError> {
    match store::list_embargoed(tx, id, now).await?.first() {
        Some(it) => Err(ShapeError::Embargo { article: it.article_id, until: it.eligible_at }.into()),
        None => Ok(()),
    }
}
