//! The pool: what becomes of an article before an edition takes it, decided by an editor.
//!
//! An article is in one state at each publication that knows it, whoever moves it; a move names the state that it
//! expects, so that of two editors, or an editor and a claim, one is told what the other did. Twice is once. Each move
//! keeps who, why and what it was before.

mod look;

pub use look::{ArticlePage, PoolPage, ToldArticle, ToldPage, article_page, list};

use super::shape::{self, ShapeError};
use super::store::{self, CandidateRow, Move};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::StoreError;
use crate::gather::{ArticleId, CandidateState};
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::Publication;

#[derive(Debug, thiserror::Error)]
pub enum PoolError {
    #[error("there is no article {article}; `lamplighter article list` shows those that there are")]
    NoArticle { article: ArticleId },
    #[error("{publication} does not know article {article}; `lamplighter article list` shows those that it knows")]
    NotACandidate { article: ArticleId, publication: String },
    /// It is in another state than the verb is for.
    #[error("article {article} is {state}{}: it cannot be {verb} now{next}", because(.reason))]
    WrongState { article: ArticleId, state: CandidateState, reason: String, verb: &'static str, next: String },
    #[error(transparent)]
    Field(#[from] ShapeError),
    #[error("the article was moved by somebody else meanwhile; look at it again")]
    Stale,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}

/// What became of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    Now,
    /// It was there already.
    Before,
}

/// What an editor does with an article that no edition has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolVerb {
    /// It waits for an editor and is in no edition until it is released.
    Hold,
    /// The next edition takes it, however old it is.
    Release,
    /// No edition takes it.
    Dismiss,
    /// It was dismissed; the next edition takes it.
    Restore,
}

impl PoolVerb {
    pub const WORDS: &'static [&'static str] = &["hold", "release", "dismiss", "restore"];

    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "hold" => Self::Hold,
            "release" => Self::Release,
            "dismiss" => Self::Dismiss,
            "restore" => Self::Restore,
            _ => return None,
        })
    }

    const fn from(self) -> &'static [CandidateState] {
        match self {
            Self::Hold => &[CandidateState::Pool],
            Self::Release => &[CandidateState::Held],
            Self::Dismiss => &[CandidateState::Pool, CandidateState::Held],
            Self::Restore => &[CandidateState::Dismissed],
        }
    }

    const fn to(self) -> CandidateState {
        match self {
            Self::Hold => CandidateState::Held,
            Self::Release | Self::Restore => CandidateState::Pool,
            Self::Dismiss => CandidateState::Dismissed,
        }
    }

    /// It was held, it was released.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Hold => "held",
            Self::Release => "released",
            Self::Dismiss => "dismissed",
            Self::Restore => "restored",
        }
    }

    const fn event(self) -> &'static str {
        match self {
            Self::Hold => "hold_article",
            Self::Release => "release_article",
            Self::Dismiss => "dismiss_article",
            Self::Restore => "restore_article",
        }
    }

    /// What is released counts as news from now on; an embargo stays.
    fn eligible_at(self, before: Timestamp, now: Timestamp) -> Timestamp {
        if self.to() == CandidateState::Pool { before.max(now) } else { before }
    }
}

/// Moves an article of a publication.
///
/// # Errors
/// [`PoolError::WrongState`] says what it is instead and what to do.
pub async fn move_article(
    app: &App,
    actor: Actor,
    publication: &Publication,
    article: ArticleId,
    verb: PoolVerb,
    reason: &str,
) -> Result<Moved, PoolError> {
    actor.require(Permission::Edit)?;
    let reason = shape::reason(reason)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let Some(before) = store::lock_candidate(&mut tx, publication.id, article).await? else {
        return Err(PoolError::NotACandidate { article, publication: publication.slug.clone() });
    };
    if before.state == verb.to() {
        return Ok(Moved::Before);
    }
    if !verb.from().contains(&before.state) {
        return Err(wrong_state(article, verb, before));
    }
    let why = reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let to = Move {
        from: before.state,
        to: verb.to(),
        reason: &format!("{} by {}{why}", verb.done(), actor.label()),
        eligible_at: verb.eligible_at(before.eligible_at, now),
    };
    if store::move_candidate(&mut tx, now, publication.id, article, &to).await? == 0 {
        return Err(PoolError::Stale);
    }
    let detail = serde_json::json!({
        "publication": publication.slug, "from": before.state, "to": to.to, "was": before.reason, "reason": reason,
    });
    audit::record(&mut tx, now, actor, verb.event(), ("article", Some(article.0)), detail).await?;
    tx.commit().await?;
    tracing::info!(article = article.0, publication = %publication.slug, verb = verb.event(), "article");
    Ok(Moved::Now)
}

fn wrong_state(article: ArticleId, verb: PoolVerb, it: CandidateRow) -> PoolError {
    let next = match (it.state, verb) {
        (CandidateState::Claimed, PoolVerb::Dismiss) => {
            format!("; as long as its edition is a draft, `lamplighter edition remove {article} --dismiss` does it")
        }
        (CandidateState::Claimed, _) => {
            format!("; as long as its edition is a draft, `lamplighter edition remove {article}` takes it out")
        }
        (CandidateState::Baseline | CandidateState::Dismissed, PoolVerb::Hold | PoolVerb::Dismiss) => {
            "; no edition takes it as it is".to_owned()
        }
        (CandidateState::Baseline, _) => format!("; `lamplighter edition add {article}` puts it into a draft"),
        (CandidateState::Pool, _) => "; it is in the pool, and the next edition takes it".to_owned(),
        (CandidateState::Held, _) => format!("; `lamplighter article release {article}` lets it go"),
        (CandidateState::Dismissed, _) => format!("; `lamplighter article restore {article}` takes that back"),
        (CandidateState::Folded, _) => {
            format!("; `lamplighter article show {article}` names the article that stands for it")
        }
        (CandidateState::Gone, _) => String::new(),
    };
    PoolError::WrongState { article, state: it.state, reason: it.reason, verb: verb.done(), next }
}
