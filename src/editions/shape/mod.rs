//! Shaping: what an editor changes of a draft before it goes out.
//!
//! Each verb is one transaction and says which revision it was made from; if the edition has another one by then, it is a
//! [`Conflict`](super::Conflict) that says what was changed since, and nothing is done; words that nobody else touched are
//! saved all the same ([`beside`]). Whatever is changed, the draft is settled anew, its revision counts up by one, and the
//! history says who did what. A change of a draft that was read or approved takes that word back: it is a draft again. A
//! change that changes nothing leaves no trace. Held to it by `tests/it/editions/shaping.rs`.

mod beside;
mod edition;
mod embargo;
mod image;
mod intents;
mod item;
mod members;
mod order;
mod renew;
mod text;

pub use beside::{Seen, edition_marks, item_marks, present_marks};
pub use edition::{EditionChange, SubjectChange, change_edition, change_edition_wherever};
pub(crate) use embargo::obey_embargoes;
pub(super) use embargo::refuse_embargoed;
pub use image::ImageChange;
pub(super) use intents::carry as carry_intents;
pub use intents::{IntentChange, clear_intent, list_intents, set_intent};
pub use item::{ItemChange, Pin, Place, change_item, change_item_wherever};
pub(super) use members::takes_articles;
pub use members::{Removal, add, remove, take_in};
pub(super) use order::close;
pub use order::{move_item, reorder};
pub use renew::{list_changed, refresh, rerank};

use super::model::{Edition, EditionId, EditionState, Item};
use super::verbs::{EditionError, lock_seen, record};
use super::{compose, store};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::nearest;
use crate::db::Tx;
use crate::gather::ArticleId;
use crate::operators::{Actor, Permission};
use crate::publications::{self, Publication, Section};

/// Why a draft cannot be changed like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// One value of what was asked is not right.
    #[error("{field} {problem}")]
    Field { field: &'static str, problem: String },
    #[error("article {article} is not in edition {label}; `lamplighter edition items` lists what is")]
    NotAnItem { article: ArticleId, label: String },
    #[error("article {article} is not one of {publication}'s; `lamplighter article list` shows those that are")]
    NotACandidate { article: ArticleId, publication: String },
    #[error("article {article} is under embargo until {}; nobody sees it before", until.rfc3339())]
    Embargo { article: ArticleId, until: Timestamp },
    #[error("article {article} {why}")]
    NotNow { article: ArticleId, why: String },
}

impl ShapeError {
    fn field(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Field { field, problem: problem.into() }
    }
}

/// A draft that is being changed: its row is locked until [`Draft::keep`], or until it is dropped unchanged.
struct Draft {
    tx: Tx,
    now: Timestamp,
    actor: Actor,
    edition: Edition,
    publication: Publication,
}

impl Draft {
    async fn open(
        app: &App,
        actor: Actor,
        id: EditionId,
        seen: Option<i64>,
        verb: &'static str,
    ) -> Result<Self, EditionError> {
        use EditionState as S;
        Self::open_in(app, actor, id, seen, verb, &[S::Drafted, S::InReview, S::Approved]).await
    }

    async fn open_in(
        app: &App,
        actor: Actor,
        id: EditionId,
        seen: Option<i64>,
        verb: &'static str,
        states: &[EditionState],
    ) -> Result<Self, EditionError> {
        actor.require(Permission::Edit)?;
        let now = app.now();
        let mut tx = app.db.begin().await?;
        let edition = lock_seen(&mut tx, id, seen).await?;
        if !states.contains(&edition.state) {
            return Err(EditionError::WrongState { state: edition.state, verb });
        }
        let publication =
            publications::find_publication(&mut tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
        Ok(Self { tx, now, actor, edition, publication })
    }

    async fn items(&mut self) -> Result<Vec<Item>, EditionError> {
        Ok(store::list_items(&mut self.tx, self.edition.id).await?)
    }

    fn no_item(&self, article: ArticleId) -> ShapeError {
        ShapeError::NotAnItem { article, label: self.edition.label.clone() }
    }

    /// Settles the draft, takes back who read and approved it, counts the revision, writes the history, commits.
    /// Without changes it does none of this.
    async fn keep(mut self, app: &App, verb: &'static str, changes: &[String]) -> Result<Edition, EditionError> {
        if changes.is_empty() {
            return Ok(self.edition);
        }
        let (tx, edition) = (&mut self.tx, &mut self.edition);
        compose::settle(app, tx, &self.publication, edition).await?;
        let from = mark_changed(tx, edition).await?;
        let what = changes.join("; ") + taken_back(from);
        record(tx, self.now, self.actor, edition, from, verb, &what).await?;
        self.tx.commit().await?;
        Ok(self.edition)
    }

    /// The same for an edition that has no draft yet.
    async fn keep_intents(mut self, verb: &'static str, changes: &[String]) -> Result<Edition, EditionError> {
        if changes.is_empty() {
            return Ok(self.edition);
        }
        let (tx, edition) = (&mut self.tx, &mut self.edition);
        if store::mark_intended(tx, edition.id, edition.revision).await? == 0 {
            return Err(EditionError::Stale);
        }
        edition.revision += 1;
        record(tx, self.now, self.actor, edition, edition.state, verb, &changes.join("; ")).await?;
        self.tx.commit().await?;
        Ok(self.edition)
    }
}

/// A draft was changed: takes back who read and approved it, and counts the revision. Answers the state it was in.
pub(super) async fn mark_changed(tx: &mut Tx, edition: &mut Edition) -> Result<EditionState, EditionError> {
    if store::mark_edited(tx, edition.id, edition.revision).await? == 0 {
        return Err(EditionError::Stale);
    }
    let from = std::mem::replace(&mut edition.state, EditionState::Drafted);
    edition.revision += 1;
    (edition.reviewed_by, edition.reviewed_at) = (None, None);
    (edition.approved_by, edition.approved_at) = (None, None);
    Ok(from)
}

/// What the history says of whose word a change takes back, of a draft that was in this state.
pub(super) const fn taken_back(from: EditionState) -> &'static str {
    match from {
        EditionState::Approved => "; the approval is void",
        EditionState::InReview => "; it must be read again",
        _ => "",
    }
}

/// The section of this slug; the empty slug is no section.
async fn section(tx: &mut Tx, publication: &Publication, slug: &str) -> Result<Option<Section>, EditionError> {
    if slug.is_empty() {
        return Ok(None);
    }
    let sections = publications::list_sections(tx, publication.id).await?;
    let found = sections.iter().find(|section| section.slug == slug).cloned();
    if found.is_none() {
        let slugs: Vec<&str> = sections.iter().map(|section| section.slug.as_str()).collect();
        let hint = match nearest(slug, slugs.iter().copied()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("there are: {}", slugs.join(", ")),
        };
        return Err(ShapeError::field("section", format!("{slug:?} is none of {}'s; {hint}", publication.slug)).into());
    }
    Ok(found)
}

/// Why something is done, in a line; `None` is empty.
pub(super) fn reason(text: &str) -> Result<Option<String>, ShapeError> {
    text::line("reason", text, text::REASON_CHARS_MAX)
}
