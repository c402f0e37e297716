//! Who lets an edition go out, and what keeps it back.
//!
//! A publication's policy says who approves: the system when the checks are green (`auto`), a person (`manual`), or two
//! persons one after the other who saw the same draft (`four_eyes`). A key of the API is no person: whoever holds it may be
//! one of the two already, so it neither reads nor approves there, and what it changed was changed by whoever made it as
//! well. Whoever has ever changed an edition is neither of the two: drafting it again leaves their subject, preheader and
//! note where they were. Nobody approves over a red check. What asks for
//! attention keeps the system from approving, never a person: that one's approval answers it, and the history says so.

use super::{EditionError, advance, lock_seen, record, said};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::cut_at_word;
use crate::db::Tx;
use crate::editions::breaking;
use crate::editions::checks::{self, Check};
use crate::editions::model::{Edition, EditionEvent, EditionId, EditionState};
use crate::editions::notices::{self, Notice};
use crate::editions::store;
use crate::operators::tokens::{self, TokenId};
use crate::operators::{Actor, Permission};
use crate::publications::{self, Approval};

/// Of all that asks for attention together.
const ATTENTION_CHARS_MAX: usize = 2000;

/// Why somebody cannot approve an edition, and who can.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ApprovalRefusal {
    #[error("a person approves it; the system does not")]
    PersonNeeded,
    #[error(
        "two persons let this publication go out: somebody must read the draft first (`lamplighter edition review`), and \
         somebody else approve it"
    )]
    Unread,
    #[error(
        "it was changed after it was read; somebody must read it again (`lamplighter edition review`), and somebody else \
         approve it"
    )]
    ChangedSinceRead,
    #[error(
        "{who} has read or changed this edition and cannot be the second pair of eyes; somebody else must approve it"
    )]
    SameEyes { who: String },
    #[error(
        "{who} has changed this edition and cannot be who reads it; somebody else must read it (`lamplighter edition review`)"
    )]
    OwnWords { who: String },
    #[error(
        "two persons let this publication go out, and a key of the API is neither of them; log in at the desk and decide there"
    )]
    NoPerson,
    #[error(
        "edition {label} is held back: {why}; approve it first (`lamplighter edition approve {label}`), which lets it go in \
         spite of that"
    )]
    HeldBack { label: String, why: String },
}

/// Approves a draft, if its checks are green.
///
/// # Errors
/// [`EditionError::ChecksFailed`] with every red check; [`EditionError::Approval`] if it takes somebody else.
pub async fn approve(app: &App, actor: Actor, id: EditionId) -> Result<Edition, EditionError> {
    approve_seen(app, actor, id, None).await
}

/// Approves the draft that was seen: of this revision, if one is given.
///
/// # Errors
/// As [`approve`]; [`EditionError::Conflict`] if it was changed since.
pub async fn approve_seen(app: &App, actor: Actor, id: EditionId, seen: Option<i64>) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock_seen(&mut tx, id, seen).await?;
    approve_locked(app, &mut tx, now, actor, &mut edition).await?;
    tx.commit().await?;
    Ok(edition)
}

pub(super) async fn approve_locked(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    edition: &mut Edition,
) -> Result<(), EditionError> {
    if !edition.state.may_become(EditionState::Approved) {
        return Err(EditionError::WrongState { state: edition.state, verb: "approve" });
    }
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    if actor == Actor::System && (publication.approval != Approval::Auto || edition.attention.is_some()) {
        return Err(ApprovalRefusal::PersonNeeded.into());
    }
    if publication.approval == Approval::FourEyes {
        refuse_keys(actor)?;
        second_eyes(edition.state, &events_by_person(tx, edition.id).await?, &actor.label())?;
    }
    breaking::lock_day(tx, edition).await?;
    let red: Vec<Check> = checks::checks(app, tx, edition).await?.into_iter().filter(Check::is_red).collect();
    if !red.is_empty() {
        return Err(EditionError::ChecksFailed(red));
    }
    let reason = match edition.attention.take() {
        Some(attention) => {
            store::set_attention(tx, edition.id, None).await?;
            edition.revision += 1;
            format!("in spite of: {attention}")
        }
        None => String::new(),
    };
    advance(tx, now, actor, edition, EditionState::Approved, "approve", &reason).await?;
    store::set_approval(tx, edition.id, &actor.label(), now).await?;
    (edition.approved_by, edition.approved_at) = (Some(actor.label()), Some(now));
    Ok(())
}

/// Verbs that leave what is read as it was.
const NO_EDITS: &[&str] = &[
    "draft",
    "draft_again",
    "collect",
    "review",
    "reopen",
    "approve",
    "hold",
    "release",
    "flag",
    "check",
    "announce",
    "remind",
    "send_now",
    "test_send",
];

fn is_edit(event: &EditionEvent) -> bool {
    event.actor != Actor::System.label()
        && matches!(event.from_state, EditionState::Drafted | EditionState::InReview | EditionState::Approved)
        && matches!(event.to_state, EditionState::Drafted | EditionState::InReview)
        && !NO_EDITS.contains(&event.verb.as_str())
}

fn since_draft(events: &[EditionEvent]) -> &[EditionEvent] {
    let is_drafted = |it: &EditionEvent| matches!(it.verb.as_str(), "draft" | "draft_again");
    let drafted = events.iter().rposition(is_drafted).unwrap_or(0);
    events.get(drafted..).unwrap_or_default()
}

/// Whose eyes a key has is not known: it may have been handed to one of the two.
fn refuse_keys(actor: Actor) -> Result<(), ApprovalRefusal> {
    if matches!(actor, Actor::Token { .. }) { Err(ApprovalRefusal::NoPerson) } else { Ok(()) }
}

/// What was done to an edition; what a key did, by whoever made the key.
async fn events_by_person(tx: &mut Tx, id: EditionId) -> Result<Vec<EditionEvent>, EditionError> {
    let mut events = store::list_events(tx, id).await?;
    for event in &mut events {
        let token = event.actor.strip_prefix("token ").and_then(|id| id.parse().ok()).map(TokenId);
        if let Some(token) = token
            && let Some(maker) = tokens::maker_of(tx, token).await?
        {
            event.actor = format!("operator {maker}");
        }
    }
    Ok(events)
}

/// In the whole life of the edition: their words at its top outlive a draft.
fn has_edited(events: &[EditionEvent], who: &str) -> bool {
    events.iter().any(|it| it.actor == who && is_edit(it))
}

/// Whether this person may be the second of two: somebody else has read the draft as it is, and this one has never
/// changed the edition. Pure.
fn second_eyes(state: EditionState, events: &[EditionEvent], who: &str) -> Result<(), ApprovalRefusal> {
    let since = since_draft(events);
    let read = since.iter().rposition(|it| it.verb == "review");
    let (EditionState::InReview, Some(read)) = (state, read) else {
        let was_read = read.is_some_and(|read| since.iter().skip(read).any(is_edit));
        return Err(if was_read { ApprovalRefusal::ChangedSinceRead } else { ApprovalRefusal::Unread });
    };
    if since.iter().skip(read).any(is_edit) {
        return Err(ApprovalRefusal::ChangedSinceRead);
    }
    let is_known = has_edited(events, who) || since[read].actor == who;
    if is_known {
        return Err(ApprovalRefusal::SameEyes { who: who.to_owned() });
    }
    Ok(())
}

/// Somebody has read the draft: the first of two pairs of eyes.
///
/// # Errors
/// [`EditionError::WrongState`] unless it is a draft that nobody has read; [`EditionError::Approval`] where two persons let
/// an edition go out, for one who has changed it.
pub async fn review(app: &App, actor: Actor, id: EditionId, seen: Option<i64>) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    if actor == Actor::System {
        return Err(ApprovalRefusal::PersonNeeded.into());
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock_seen(&mut tx, id, seen).await?;
    if edition.state == EditionState::Approved {
        return Err(EditionError::WrongState { state: edition.state, verb: "review" });
    }
    let publication =
        publications::find_publication(&mut tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    let who = actor.label();
    if publication.approval == Approval::FourEyes {
        refuse_keys(actor)?;
        if has_edited(&events_by_person(&mut tx, id).await?, &who) {
            return Err(ApprovalRefusal::OwnWords { who }.into());
        }
    }
    advance(&mut tx, now, actor, &mut edition, EditionState::InReview, "review", "").await?;
    store::set_review(&mut tx, id, &actor.label(), now).await?;
    (edition.reviewed_by, edition.reviewed_at) = (Some(actor.label()), Some(now));
    tx.commit().await?;
    Ok(edition)
}

/// Takes a reading or an approval back: the edition is a draft again. The system does not approve what a person has
/// taken back.
///
/// # Errors
/// [`EditionError::WrongState`] unless it was read or approved.
pub async fn reopen(
    app: &App,
    actor: Actor,
    id: EditionId,
    reason: &str,
    seen: Option<i64>,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock_seen(&mut tx, id, seen).await?;
    let was_approved = edition.state == EditionState::Approved;
    let reason = said(reason);
    to_draft(&mut tx, now, actor, &mut edition, "reopen", &reason).await?;
    if was_approved {
        let why = if reason.is_empty() { "its approval was taken back".to_owned() } else { reason };
        keep_back(app, &mut tx, now, &mut edition, &why).await?;
    }
    tx.commit().await?;
    app.wake.outbox();
    Ok(edition)
}

/// What was read or approved is a draft again, and has nobody's word.
pub(in crate::editions) async fn to_draft(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    edition: &mut Edition,
    verb: &'static str,
    reason: &str,
) -> Result<(), EditionError> {
    advance(tx, now, actor, edition, EditionState::Drafted, verb, reason).await?;
    store::clear_eyes(tx, edition.id).await?;
    (edition.reviewed_by, edition.reviewed_at) = (None, None);
    (edition.approved_by, edition.approved_at) = (None, None);
    Ok(())
}

/// Sets the attention, after what is there already, and tells the editors.
pub(in crate::editions) async fn keep_back(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    edition: &mut Edition,
    why: &str,
) -> Result<(), EditionError> {
    let all = match edition.attention.take() {
        Some(before) if before.contains(why) => before,
        Some(before) => cut_at_word(&format!("{before}; {why}"), ATTENTION_CHARS_MAX),
        None => why.to_owned(),
    };
    store::set_attention(tx, edition.id, Some(&all)).await?;
    edition.revision += 1;
    edition.attention = Some(all);
    if now >= edition.send_at {
        // This mail says what the reminder would say.
        store::set_reminded(tx, edition.id, now).await?;
    }
    notices::tell(app, tx, now, edition, &Notice::Attention).await
}

/// Holds an edition back, whatever its policy: the system does not approve it, and an approval that it has is void. An
/// edition that has no draft yet is drafted as always. The system itself does so when something is odd.
///
/// # Errors
/// [`EditionError::WrongState`] once it is sealed or has ended.
pub async fn hold(
    app: &App,
    actor: Actor,
    id: EditionId,
    reason: &str,
    seen: Option<i64>,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock_seen(&mut tx, id, seen).await?;
    if !edition.state.is_open() {
        return Err(EditionError::WrongState { state: edition.state, verb: "hold" });
    }
    let reason = if actor == Actor::System { reason.to_owned() } else { said(reason) };
    let why = if reason.is_empty() { "an editor holds it back".to_owned() } else { reason };
    let is_known = edition.attention.as_ref().is_some_and(|attention| attention.contains(&why));
    if actor == Actor::System && is_known && edition.state != EditionState::Approved {
        // Once said, nobody is told twice.
        return Ok(edition);
    }
    let verb = if actor == Actor::System { "flag" } else { "hold" };
    if edition.state == EditionState::Approved {
        to_draft(&mut tx, now, actor, &mut edition, verb, &why).await?;
        keep_back(app, &mut tx, now, &mut edition, &why).await?;
    } else {
        keep_back(app, &mut tx, now, &mut edition, &why).await?;
        record(&mut tx, now, actor, &edition, edition.state, verb, &why).await?;
    }
    tx.commit().await?;
    app.wake.outbox();
    Ok(edition)
}

/// Nothing keeps the edition back any more: the system approves it in time if that is the publication's policy.
///
/// # Errors
/// [`EditionError::WrongState`] once it is sealed or has ended.
pub async fn release(app: &App, actor: Actor, id: EditionId, seen: Option<i64>) -> Result<Edition, EditionError> {
    actor.require(Permission::Approve)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut edition = lock_seen(&mut tx, id, seen).await?;
    if !edition.state.is_open() {
        return Err(EditionError::WrongState { state: edition.state, verb: "release" });
    }
    if let Some(attention) = edition.attention.take() {
        store::set_attention(&mut tx, id, None).await?;
        edition.revision += 1;
        record(&mut tx, now, actor, &edition, edition.state, "release", &format!("no longer: {attention}")).await?;
    }
    tx.commit().await?;
    Ok(edition)
}

/// Marks an edition as one that needs a person, and says why: the system approves it no more, people still may.
///
/// # Errors
/// As [`hold`].
pub async fn flag(app: &App, actor: Actor, id: EditionId, why: &str) -> Result<(), EditionError> {
    hold(app, actor, id, why, None).await.map(drop)
}

/// Tells the editors, once, that the send time has come and nobody has approved the edition.
///
/// # Errors
/// As the database says.
pub(crate) async fn remind(app: &App, id: EditionId) -> Result<(), EditionError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let edition = lock_seen(&mut tx, id, None).await?;
    if store::set_reminded(&mut tx, id, now).await? > 0 {
        notices::tell(app, &mut tx, now, &edition, &Notice::Unapproved).await?;
        record(&mut tx, now, Actor::System, &edition, edition.state, "remind", "nobody has approved it").await?;
        tx.commit().await?;
        app.wake.outbox();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use EditionState as S;

    fn event(verb: &str, actor: &str, from_state: S, to_state: S) -> EditionEvent {
        EditionEvent {
            at: Timestamp::EPOCH,
            actor: actor.into(),
            verb: verb.into(),
            from_state,
            to_state,
            reason: String::new(),
            revision: 1,
        }
    }

    fn read_by_one() -> Vec<EditionEvent> {
        vec![
            event("draft", "system", S::Collecting, S::Drafted),
            event("headline", "operator 2", S::Drafted, S::Drafted),
            event("review", "operator 1", S::Drafted, S::InReview),
        ]
    }

    #[test]
    fn a_third_person_may_approve_what_one_wrote_and_another_read() {
        let events = read_by_one();
        assert_eq!(second_eyes(S::InReview, &events, "operator 3"), Ok(()));
        for who in ["operator 1", "operator 2"] {
            let refused = second_eyes(S::InReview, &events, who);
            assert!(matches!(refused, Err(ApprovalRefusal::SameEyes { .. })), "{who}");
        }
    }

    #[test]
    fn an_unread_draft_and_one_that_was_changed_since_are_told_apart() {
        let mut events = read_by_one();
        assert_eq!(second_eyes(S::Drafted, &events[..2], "operator 3"), Err(ApprovalRefusal::Unread));
        events.push(event("reorder", "operator 2", S::InReview, S::InReview));
        assert_eq!(second_eyes(S::InReview, &events, "operator 3"), Err(ApprovalRefusal::ChangedSinceRead));
        events[3] = event("headline", "operator 2", S::InReview, S::Drafted);
        assert_eq!(second_eyes(S::Drafted, &events, "operator 3"), Err(ApprovalRefusal::ChangedSinceRead));
        events.push(event("review", "operator 1", S::Drafted, S::InReview));
        assert_eq!(second_eyes(S::InReview, &events, "operator 3"), Ok(()));
    }

    #[test]
    fn who_changed_an_earlier_draft_is_not_the_second_and_who_only_read_it_may_be() {
        let mut events = vec![
            event("edit", "operator 3", S::Drafted, S::Drafted),
            event("review", "operator 4", S::Drafted, S::InReview),
            event("skip", "operator 3", S::InReview, S::Skipped),
            event("bring_back", "operator 3", S::Skipped, S::Planned),
        ];
        events.extend(read_by_one());
        let refused = second_eyes(S::InReview, &events, "operator 3");
        assert!(matches!(refused, Err(ApprovalRefusal::SameEyes { .. })), "{refused:?}");
        assert_eq!(second_eyes(S::InReview, &events, "operator 4"), Ok(()));
    }
}
