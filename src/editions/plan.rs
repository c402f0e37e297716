//! Planning: the next three editions of each slot always stand in the database, and what the clock demands of an open
//! edition is a pure question ([`next_step`]).
//!
//! The scheduler only asks, as often as it likes: a missed tick, a restart, a clock set back or two schedulers change
//! nothing, since every answer comes from the rows, the zone and the time, and every deed is compare-and-set. After a
//! downtime at most one late mail goes out for a publication; older editions are marked missed and their stories stay
//! in the pool.

use super::model::{Edition, EditionId, EditionKind, EditionState};
use super::verbs::{EditionError, SkipReason};
use super::{store, verbs};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::Tx;
use crate::operators::Actor;
use crate::publications::calendar::Occurrence;
use crate::publications::{self, Approval, Publication, Slot};

const PLANNED_AHEAD: usize = 3;
/// Editions that fell due before this are not even recorded as missed.
const LOOK_BACK: Span = Span::days(7);
/// Sources are refreshed from this long before the cutoff.
const COLLECT_BEFORE_CUTOFF: Span = Span::minutes(2);
/// The system approves this long before the send time.
const APPROVE_BEFORE_SEND: Span = Span::minutes(10);
/// A tick that waits for slow sources comes this late; more is a downtime, and makes an edition late.
pub(super) const BETWEEN_TICKS_MAX: Span = Span::minutes(5);

/// Brings the planned editions of every slot in line with the set-up.
///
/// # Errors
/// As the database says; nothing is half done.
pub async fn plan(app: &App) -> Result<(), EditionError> {
    let now = app.now();
    // Nearly always all is in line already, and nobody is kept from writing.
    if find_changes(&mut app.db.read().await?, now).await?.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    let changes = find_changes(&mut tx, now).await?;
    for (slot, it) in &changes.new {
        insert(&mut tx, now, slot, it).await?;
    }
    for (id, it) in &changes.retimed {
        store::retime(&mut tx, *id, it.cutoff_at, it.send_at, it.latest_send_at).await?;
    }
    tx.commit().await?;
    for (edition, reason) in changes.dropped {
        match verbs::skip_for(app, (&edition).into(), &reason).await {
            // Whoever changed it meanwhile is asked again at the next tick.
            Ok(_) | Err(EditionError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// When an edition of a slot is due.
pub(super) struct Times {
    date: String,
    pub cutoff_at: Timestamp,
    pub send_at: Timestamp,
    pub latest_send_at: Timestamp,
}

impl Times {
    fn new(publication: &Publication, it: &Occurrence) -> Self {
        let limit = Span::minutes(publication.late_send_limit_minutes);
        Self {
            date: it.date.to_string(),
            cutoff_at: it.cutoff_at,
            send_at: it.send_at,
            latest_send_at: it.latest_send_at.unwrap_or(it.send_at + limit),
        }
    }
}

/// What is not in line with the set-up.
#[derive(Default)]
struct Changes {
    new: Vec<(Slot, Times)>,
    retimed: Vec<(EditionId, Times)>,
    dropped: Vec<(Edition, SkipReason)>,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.new.is_empty() && self.retimed.is_empty() && self.dropped.is_empty()
    }
}

async fn find_changes(tx: &mut Tx, now: Timestamp) -> Result<Changes, EditionError> {
    let mut changes = Changes::default();
    for publication in publications::list_publications(tx).await? {
        let slots = publications::list_slots(tx, publication.id).await?;
        for slot in &slots {
            // What fell due while nobody was here gets its row too: at most one goes out late, the others are seen as
            // missed.
            let due = slot.between(slot.created_at.max(now - LOOK_BACK), now);
            for it in due.into_iter().chain(slot.upcoming(now, PLANNED_AHEAD)) {
                let times = Times::new(&publication, &it);
                if !store::is_planned(tx, publication.id, slot.id, &times.date).await? {
                    changes.new.push((slot.clone(), times));
                }
            }
        }
        for edition in store::list_open(tx, publication.id).await? {
            if let Some(reason) = dropped(&edition, &slots, now) {
                changes.dropped.push((edition, reason));
            } else if let Some(times) = retimed(now, &publication, &slots, &edition) {
                changes.retimed.push((edition.id, times));
            }
        }
    }
    Ok(changes)
}

async fn insert(tx: &mut Tx, now: Timestamp, slot: &Slot, it: &Times) -> Result<(), EditionError> {
    let new = store::NewEdition {
        publication_id: slot.publication_id,
        slot_id: Some(slot.id),
        kind: EditionKind::Regular,
        local_date: &it.date,
        cutoff_at: it.cutoff_at,
        send_at: it.send_at,
        latest_send_at: it.latest_send_at,
    };
    store::insert_edition(tx, now, &new).await?;
    Ok(())
}

fn occurrence(edition: &Edition, slots: &[Slot]) -> Option<Occurrence> {
    let slot = slots.iter().find(|slot| Some(slot.id) == edition.slot_id)?;
    slot.on(edition.local_date.parse().ok()?)
}

/// As the calendar has it now; `None` if it has none on that day any more.
pub(super) fn times_of(publication: &Publication, edition: &Edition, slots: &[Slot]) -> Option<Times> {
    Some(Times::new(publication, &occurrence(edition, slots)?))
}

/// Why a planned date is no longer one of its slot, if it is not.
fn dropped(edition: &Edition, slots: &[Slot], now: Timestamp) -> Option<SkipReason> {
    let is_planned = edition.state == EditionState::Planned && edition.slot_id.is_some() && edition.cutoff_at > now;
    if !is_planned || occurrence(edition, slots).is_some() {
        return None;
    }
    let slot = slots.iter().find(|slot| Some(slot.id) == edition.slot_id);
    let is_holiday = slot.is_some_and(|slot| slot.holidays.contains(&edition.local_date));
    Some(if is_holiday { SkipReason::Holiday } else { SkipReason::NoSlot })
}

/// The slot's times were changed, or the zone's rules: planned editions follow, but for one that would then lie in the
/// past: today's keeps the time it had, since a change of the set-up must not send a mail at once.
fn retimed(now: Timestamp, publication: &Publication, slots: &[Slot], edition: &Edition) -> Option<Times> {
    let it = Times::new(publication, &occurrence(edition, slots)?);
    let is_other =
        (edition.cutoff_at, edition.send_at, edition.latest_send_at) != (it.cutoff_at, it.send_at, it.latest_send_at);
    let is_to_come = edition.state == EditionState::Planned && edition.cutoff_at > now && it.cutoff_at > now;
    (is_to_come && is_other).then_some(it)
}

/// The clock went forward at once, from one instant to another: what fell due in between is held back until a person has
/// looked at it.
///
/// # Errors
/// As the database says; some may be held back by then, and a second call holds the rest.
pub async fn doubt_clock(app: &App, from: Timestamp, to: Timestamp) -> Result<(), EditionError> {
    plan(app).await?;
    let mut tx = app.db.read().await?;
    let mut doubtful = Vec::new();
    for publication in publications::list_publications(&mut tx).await? {
        let open = store::list_open(&mut tx, publication.id).await?;
        doubtful.extend(open.into_iter().filter(|it| fell_due(it, from, to)).map(|it| it.id));
    }
    drop(tx);
    let why = format!(
        "the clock of this machine went forward at once, from {} to {}: look whether it is right",
        from.rfc3339(),
        to.rfc3339()
    );
    for id in doubtful {
        match verbs::hold(app, Actor::System, id, &why, None).await {
            Ok(_) | Err(EditionError::WrongState { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether a deed of the service on this edition fell due in `(from, to]`. Pure.
fn fell_due(edition: &Edition, from: Timestamp, to: Timestamp) -> bool {
    let is_between = |at: Timestamp| at > from && at <= to;
    let is_next = |at: Timestamp| at > from && at - APPROVE_BEFORE_SEND <= to;
    match edition.state {
        EditionState::Planned | EditionState::Collecting => is_between(edition.cutoff_at),
        EditionState::Drafted | EditionState::InReview | EditionState::Approved => is_next(edition.send_at),
        _ => false,
    }
}

const ONE_IS_ENOUGH: &str = "a newer edition is due; after a downtime one late mail is enough";

/// A later edition of the publication that is due and has no draft.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Newer {
    None,
    /// It can still go out on time.
    PastCutoff,
    /// It is late itself: the service was away.
    PastSend,
}

/// What the clock demands of an open edition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Wait,
    /// Refresh the sources, unconditionally.
    Collect,
    /// Draft from what was collected by the cutoff.
    Claim,
    /// Draft from what is there now: the service was away at the cutoff.
    ClaimLate,
    Approve,
    /// The web is asked about the draft before a person's approval, or after it.
    Check,
    /// The send time has come and nobody has approved it: the editors are told.
    Remind,
    Seal,
    /// Too late; the stories stay in the pool.
    Miss(&'static str),
}

/// Pure.
pub fn next_step(edition: &Edition, approval: Approval, newer: Newer, now: Timestamp) -> Step {
    use EditionState as S;
    let too_late = now > edition.latest_send_at;
    let late = now > edition.send_at + BETWEEN_TICKS_MAX;
    // A draft that a downtime kept from going out makes way as well. On time, a newer edition has its draft by then.
    let overtaken = late && newer == Newer::PastSend && edition.slot_id.is_some();
    match edition.state {
        S::Planned | S::Collecting if now >= edition.cutoff_at => {
            if too_late {
                Step::Miss("the service was away past the latest send time")
            } else if late && newer != Newer::None {
                Step::Miss(ONE_IS_ENOUGH)
            } else if late {
                Step::ClaimLate
            } else {
                Step::Claim
            }
        }
        S::Planned if now >= edition.cutoff_at - COLLECT_BEFORE_CUTOFF => Step::Collect,
        S::Drafted | S::InReview if too_late => Step::Miss("nobody approved it in time"),
        // What cannot wait does not: it was made a moment ago.
        S::Drafted
            if edition.kind == EditionKind::Breaking && approval == Approval::Auto && edition.attention.is_none() =>
        {
            Step::Approve
        }
        // A draft made by hand outside any slot waits for a person.
        S::Drafted | S::InReview if edition.slot_id.is_some() && now >= edition.send_at - APPROVE_BEFORE_SEND => {
            if approval == Approval::Auto && edition.attention.is_none() {
                if overtaken { Step::Miss(ONE_IS_ENOUGH) } else { Step::Approve }
            } else if now >= edition.send_at && edition.reminded_at.is_none() {
                Step::Remind
            } else if edition.findings_revision != Some(edition.revision) {
                Step::Check
            } else {
                Step::Wait
            }
        }
        S::Approved if too_late => Step::Miss("it was approved, and the service was away past the latest send time"),
        S::Approved if overtaken => Step::Miss(ONE_IS_ENOUGH),
        S::Approved if now >= edition.send_at => Step::Seal,
        S::Approved
            if edition.findings_revision != Some(edition.revision) && now >= edition.send_at - APPROVE_BEFORE_SEND =>
        {
            Step::Check
        }
        _ => Step::Wait,
    }
}

/// When the system approves an edition, if nothing comes between.
pub(super) fn approves_at(edition: &Edition, approval: Approval) -> Option<Timestamp> {
    let is_draft = matches!(edition.state, EditionState::Drafted | EditionState::InReview);
    (is_draft && approval == Approval::Auto && edition.slot_id.is_some() && edition.attention.is_none())
        .then(|| edition.send_at - APPROVE_BEFORE_SEND)
}

/// How far the newest of the later editions is that are due and have no draft.
pub fn newer(edition: &Edition, open: &[Edition], now: Timestamp) -> Newer {
    let due: Vec<&Edition> = open
        .iter()
        .filter(|other| matches!(other.state, EditionState::Planned | EditionState::Collecting))
        .filter(|other| other.cutoff_at <= now && (other.cutoff_at, other.id) > (edition.cutoff_at, edition.id))
        .collect();
    match due.iter().any(|other| other.send_at + BETWEEN_TICKS_MAX < now) {
        true => Newer::PastSend,
        false if due.is_empty() => Newer::None,
        false => Newer::PastCutoff,
    }
}

/// The sources are being refreshed.
///
/// # Errors
/// [`EditionError::WrongState`] if the edition is no longer planned.
pub async fn begin_collecting(app: &App, edition: &Edition) -> Result<(), EditionError> {
    let mut tx = app.db.begin().await?;
    let mut edition = verbs::lock(&mut tx, edition.id).await?;
    verbs::advance(&mut tx, app.now(), Actor::System, &mut edition, EditionState::Collecting, "collect", "").await?;
    tx.commit().await?;
    Ok(())
}

/// Every source has answered, or the barrier's time is over: the claim need not ask again.
///
/// # Errors
/// As the database says.
pub async fn end_collecting(app: &App, edition: &Edition) -> Result<(), EditionError> {
    let mut tx = app.db.begin().await?;
    store::set_collected(&mut tx, edition.id, app.now()).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editions::EditionId;
    use crate::editions::fixtures::{CUTOFF, slot_edition as edition};

    fn step(state: EditionState, minutes: i64) -> Step {
        next_step(&edition(state), Approval::Auto, Newer::None, CUTOFF + Span::minutes(minutes))
    }

    #[test]
    fn an_evening_takes_its_steps_in_time() {
        use EditionState as S;
        assert_eq!(step(S::Planned, -3), Step::Wait);
        assert_eq!(step(S::Planned, -2), Step::Collect);
        assert_eq!(step(S::Collecting, -1), Step::Wait);
        assert_eq!(step(S::Collecting, 0), Step::Claim);
        assert_eq!(step(S::Drafted, 19), Step::Wait);
        assert_eq!(step(S::Drafted, 20), Step::Approve);
        assert_eq!(step(S::Approved, 19), Step::Wait);
        assert_eq!(step(S::Approved, 29), Step::Check);
        assert_eq!(step(S::Approved, 30), Step::Seal);
        assert_eq!(step(S::Sealed, 30), Step::Wait);
    }

    #[test]
    fn after_a_downtime_the_newest_goes_out_late_and_the_rest_is_missed() {
        use EditionState as S;
        assert_eq!(step(S::Planned, 36), Step::ClaimLate);
        let at = CUTOFF + Span::minutes(36);
        for newer in [Newer::PastCutoff, Newer::PastSend] {
            assert!(matches!(next_step(&edition(S::Planned), Approval::Auto, newer, at), Step::Miss(_)), "{newer:?}");
        }
        for state in [S::Drafted, S::Approved] {
            let old = |newer| next_step(&edition(state), Approval::Auto, newer, at);
            assert!(matches!(old(Newer::PastSend), Step::Miss(_)), "{state}");
            // The next slot's cutoff is this one's send time: nothing is late.
            assert!(!matches!(old(Newer::PastCutoff), Step::Miss(_)), "{state}");
        }
        for state in [S::Planned, S::Collecting, S::Drafted, S::InReview, S::Approved] {
            assert!(matches!(step(state, 211), Step::Miss(_)), "{state}");
        }
    }

    #[test]
    fn what_a_jump_of_the_clock_makes_due_is_known() {
        use EditionState as S;
        let at = |minutes| CUTOFF + Span::minutes(minutes);
        let due = |state, from, to| fell_due(&edition(state), at(from), at(to));
        assert!(due(S::Planned, -90, 0) && due(S::Planned, -90, 600));
        assert!(!due(S::Planned, -90, -1) && !due(S::Planned, 0, 90));
        for state in [S::Drafted, S::InReview, S::Approved] {
            assert!(due(state, 5, 20), "{state}: the system would approve it");
            assert!(due(state, 5, 90), "{state}");
            assert!(!due(state, 5, 19) && !due(state, 30, 95), "{state}");
        }
        assert!(!due(S::Sending, -90, 90) && !due(S::Missed, -90, 90));
    }

    #[test]
    fn two_slots_of_one_minute_both_go_out_on_time() {
        let due = next_step(&edition(EditionState::Planned), Approval::Auto, Newer::PastCutoff, CUTOFF);
        assert_eq!(due, Step::Claim);
    }

    #[test]
    fn who_waits_for_a_person_is_asked_once_and_told_once() {
        let at = |minutes| CUTOFF + Span::minutes(minutes);
        let mut draft = edition(EditionState::Drafted);
        let step = |draft: &Edition, minutes| next_step(draft, Approval::FourEyes, Newer::None, at(minutes));
        assert_eq!((step(&draft, 19), step(&draft, 20)), (Step::Wait, Step::Check));
        draft.findings_revision = Some(1);
        assert_eq!((step(&draft, 29), step(&draft, 30)), (Step::Wait, Step::Remind));
        draft.reminded_at = Some(at(30));
        assert_eq!((step(&draft, 31), step(&draft, 200)), (Step::Wait, Step::Wait));
        assert!(matches!(step(&draft, 211), Step::Miss(_)));
        let approved = edition(EditionState::Approved);
        assert_eq!((step(&approved, 20), step(&approved, 30)), (Step::Check, Step::Seal));
        // What an editor of an auto publication has read goes out by itself, too.
        let read = edition(EditionState::InReview);
        assert_eq!(next_step(&read, Approval::Auto, Newer::None, at(20)), Step::Approve);
    }

    #[test]
    fn breaking_news_go_out_at_once_where_the_system_approves_and_make_nothing_late() {
        use EditionState as S;
        let breaking = |state| Edition {
            kind: EditionKind::Breaking,
            slot_id: None,
            send_at: CUTOFF,
            latest_send_at: CUTOFF + Span::hours(2),
            ..edition(state)
        };
        let step = |edition: &Edition, approval| next_step(edition, approval, Newer::None, CUTOFF);
        assert_eq!(step(&breaking(S::Drafted), Approval::Auto), Step::Approve);
        assert_eq!(step(&breaking(S::Drafted), Approval::Manual), Step::Wait);
        let by_hand = Edition { attention: Some("made by an editor".into()), ..breaking(S::Drafted) };
        assert_eq!(step(&by_hand, Approval::Auto), Step::Wait);
        assert_eq!(step(&breaking(S::Approved), Approval::Manual), Step::Seal);
        let evening = Edition { cutoff_at: CUTOFF - Span::hours(1), ..edition(S::Planned) };
        let all = [Edition { id: EditionId(2), ..breaking(S::Drafted) }];
        assert_eq!(newer(&evening, &all, CUTOFF + Span::hours(1)), Newer::None);
    }

    #[test]
    fn without_a_person_nothing_manual_extra_or_doubtful_goes_out() {
        let at = CUTOFF + Span::minutes(29);
        let draft = Edition { findings_revision: Some(1), ..edition(EditionState::Drafted) };
        assert_eq!(next_step(&draft, Approval::Manual, Newer::None, at), Step::Wait);
        let extra = Edition { slot_id: None, ..draft.clone() };
        assert_eq!(next_step(&extra, Approval::Auto, Newer::None, at), Step::Wait);
        let doubtful = Edition { attention: Some("ten times the usual count".into()), ..draft };
        assert_eq!(next_step(&doubtful, Approval::Auto, Newer::None, at), Step::Wait);
    }
}
