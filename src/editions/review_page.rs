//! Deciding about an edition by the link in a mail: whose link it is, what it shows, and what its buttons do.
//!
//! The link is one operator's own and acts in that name, with the role that the account has now. It works until the
//! edition is sealed or has ended. Looking changes nothing.

use super::model::{Edition, EditionEvent, EditionId};
use super::summary::{self, Summary};
use super::verbs::{self, EditionError};
use super::{Removal, plan, shape, store};
use crate::app::{App, Purpose};
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::gather::ArticleId;
use crate::operators::alert::{self, Readers};
use crate::operators::{Actor, Operator, OperatorId};
use crate::publications::{self, Publication};

/// `{base_url}/review/{token}`: an operator's own link to an edition; the same for ever.
pub(super) async fn link(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    edition: EditionId,
    operator: OperatorId,
) -> Result<String, EditionError> {
    let number = store::review_link(tx, now, edition, operator).await?;
    Ok(app.config.site.link(&format!("/review/{}", app.keys.sign(Purpose::Review, number))))
}

#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("this link is not one of ours")]
    Invalid,
    #[error("this account may not decide about editions any more")]
    NotAllowed,
    #[error(transparent)]
    Edition(#[from] EditionError),
}

impl From<StoreError> for ReviewError {
    fn from(error: StoreError) -> Self {
        Self::Edition(error.into())
    }
}

/// What the page shows.
pub struct ReviewView {
    /// Whose link it is.
    pub reader: Operator,
    pub publication: Publication,
    pub edition: Edition,
    pub summary: Summary,
    /// What was done to the edition, the earliest first.
    pub events: Vec<EditionEvent>,
    /// Everybody who may be named in them.
    pub people: Vec<Operator>,
    /// When the system approves it, if it does.
    pub approves_at: Option<Timestamp>,
}

async fn of_token(app: &App, tx: &mut Tx, token: &str) -> Result<(Operator, Vec<Operator>, EditionId), ReviewError> {
    let number = app.keys.verify(Purpose::Review, token).ok_or(ReviewError::Invalid)?;
    let link = store::find_review_link(tx, number).await?.ok_or(ReviewError::Invalid)?;
    let people = alert::list_readers(tx, Readers::Editors).await?;
    let reader = people.iter().find(|it| it.id == link.operator_id).cloned().ok_or(ReviewError::NotAllowed)?;
    Ok((reader, people, link.edition_id))
}

/// # Errors
/// [`ReviewError::Invalid`] for a link that is none, [`ReviewError::NotAllowed`] if its account was disabled.
pub async fn look_at_review(app: &App, token: &str) -> Result<ReviewView, ReviewError> {
    let mut tx = app.db.read().await?;
    let (reader, people, id) = of_token(app, &mut tx, token).await?;
    let edition = store::find_edition(&mut tx, id).await?.ok_or(ReviewError::Invalid)?;
    let publication =
        publications::find_publication(&mut tx, edition.publication_id).await?.ok_or(ReviewError::Invalid)?;
    let summary = summary::load(app, &mut tx, &publication, &edition).await?;
    let events = store::list_events(&mut tx, id).await?;
    let approves_at = plan::approves_at(&edition, publication.approval);
    Ok(ReviewView { reader, publication, edition, summary, events, people, approves_at })
}

/// What a button of the page does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    Approve,
    MarkRead,
    Reopen,
    Hold {
        reason: String,
    },
    Release,
    Skip {
        reason: String,
    },
    /// Takes a story out.
    Drop {
        article: ArticleId,
        to: Removal,
    },
}

/// Does what a button says, to the edition that its page showed: of this revision.
///
/// # Errors
/// As [`look_at_review`] and the verbs; [`EditionError::Conflict`] if the edition was changed since.
pub async fn decide(app: &App, token: &str, seen: i64, decision: &Decision) -> Result<Edition, ReviewError> {
    let mut tx = app.db.read().await?;
    let (reader, _, id) = of_token(app, &mut tx, token).await?;
    drop(tx);
    let actor = Actor::Operator { id: reader.id, role: reader.role };
    let seen = Some(seen);
    Ok(match decision {
        Decision::Approve => verbs::approve_seen(app, actor, id, seen).await?,
        Decision::MarkRead => verbs::review(app, actor, id, seen).await?,
        Decision::Reopen => verbs::reopen(app, actor, id, "", seen).await?,
        Decision::Hold { reason } => verbs::hold(app, actor, id, reason, seen).await?,
        Decision::Release => verbs::release(app, actor, id, seen).await?,
        Decision::Skip { reason } => verbs::skip(app, actor, id, reason, seen).await?,
        Decision::Drop { article, to } => shape::remove(app, actor, id, seen, *article, to).await?,
    })
}
