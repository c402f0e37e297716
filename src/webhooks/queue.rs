//! Whose turn it is, what is told next, and what follows from its answer.
//!
//! An endpoint is told by one worker at a time, who holds its lease; the lease of a worker that died runs out. The oldest
//! event that is due goes first. One that fails is tried again with growing pauses over about three days, while those
//! behind it go on; an endpoint that answers nothing at all is left alone for a while, so that it is not asked for each.

use super::model::{Attempt, EndpointId, EndpointState, ToldState, WebhookDeliveryId};
use super::sign::{Signed, sign};
use super::store::{self, Health};
use super::{FAILING_MAX, store::ParcelRow};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::operators::alert::{self, Alert, Readers};
use serde_json::{Value, json};

/// Longer than any try may take.
const LEASE: Span = Span::seconds(60);

/// From one try of an event to the next: about three days in all.
const PAUSES: [Span; 9] = [
    Span::seconds(5),
    Span::minutes(5),
    Span::minutes(30),
    Span::hours(2),
    Span::hours(5),
    Span::hours(10),
    Span::hours(14),
    Span::hours(20),
    Span::hours(24),
];
/// An endpoint that fails again and again is left alone for so long.
const ENDPOINT_PAUSE_MAX: Span = Span::minutes(30);

/// Something to tell, signed.
#[derive(Clone, Debug)]
pub struct Parcel {
    pub delivery: WebhookDeliveryId,
    pub url: String,
    pub body: String,
    pub signed: Signed,
    /// How often it was tried before.
    attempts: i64,
}

/// What a try came to.
#[derive(Clone, Debug)]
pub struct Answered {
    /// None: no answer came.
    pub status: Option<u16>,
    /// The beginning of the answer, or why there was none.
    pub answer: String,
    pub began_at: Timestamp,
    pub took_ms: i64,
    /// The endpoint asks for patience.
    pub retry_after: Option<Span>,
}

impl Answered {
    fn is_good(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Endpoints that have something to be told now, and nobody who does.
///
/// # Errors
/// As the database says.
pub async fn due_endpoints(app: &App) -> Result<Vec<EndpointId>, StoreError> {
    store::list_due_endpoints(&mut app.db.read().await?, app.now()).await
}

/// Takes an endpoint for `owner`, or keeps it; false if another has it.
///
/// # Errors
/// As the database says.
pub async fn lease(app: &App, id: EndpointId, owner: &str) -> Result<bool, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let rows = store::lease(&mut tx, now, id, owner, now + LEASE).await?;
    tx.commit().await?;
    Ok(rows == 1)
}

/// # Errors
/// As the database says.
pub async fn give_back(app: &App, id: EndpointId, owner: &str) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::give_back(&mut tx, id, owner).await?;
    tx.commit().await
}

/// What the endpoint is told next, if it is `owner`'s; None if nothing is due.
///
/// # Errors
/// As the database says.
pub async fn next(app: &App, id: EndpointId, owner: &str) -> Result<Option<Parcel>, StoreError> {
    let now = app.now();
    let found = store::next_parcel(&mut app.db.read().await?, now, id, owner).await?;
    Ok(found.map(|row| pack(row, now)))
}

fn pack(row: ParcelRow, now: Timestamp) -> Parcel {
    let data: Value = serde_json::from_str(&row.data).unwrap_or_default();
    let body = json!({ "type": row.kind, "timestamp": row.at.rfc3339_exact(), "data": data }).to_string();
    let old = row.old_secret.filter(|_| row.old_secret_until.is_some_and(|until| until > now));
    let secrets = [Some(row.secret.as_str()), old.as_deref()];
    // The same for every try: by it a receiver knows what it has.
    let id = format!("evt_{}", row.event_id);
    let signed = sign(secrets.into_iter().flatten(), &id, now, &body);
    Parcel { delivery: row.id, url: row.url, body, signed, attempts: row.attempts }
}

/// What is to become of an event and its endpoint.
struct Verdict {
    delivery: ToldState,
    next_at: Timestamp,
    health: Health,
    paused_until: Option<Timestamp>,
    /// It was disabled by this.
    is_end: bool,
}

fn judge(before: Health, tries: i64, answered: &Answered, now: Timestamp) -> Verdict {
    if answered.is_good() {
        let health = Health { state: EndpointState::Active, failing_since: None, failures: 0, ..before };
        return Verdict { delivery: ToldState::Done, next_at: now, health, paused_until: None, is_end: false };
    }
    let failures = before.failures + 1;
    let pause = |tries: i64| usize::try_from(tries - 1).ok().and_then(|index| PAUSES.get(index)).copied();
    let patience = answered.retry_after.map(|wait| wait.min(Span::hours(24)));
    let own = pause(tries).map(|own| patience.map_or(own, |patience| patience.max(own)));
    let endpoint = pause(failures).unwrap_or(ENDPOINT_PAUSE_MAX).min(ENDPOINT_PAUSE_MAX);
    let endpoint = patience.map_or(endpoint, |patience| patience.max(endpoint));
    let is_given_up = own.is_none();
    let failing_since = before.failing_since.or_else(|| is_given_up.then_some(now));
    // 410: whoever was there wants no more.
    let is_over = answered.status == Some(410) || failing_since.is_some_and(|since| now.since(since) >= FAILING_MAX);
    let state = match failing_since {
        _ if is_over => EndpointState::Disabled,
        Some(_) => EndpointState::Failing,
        None => EndpointState::Active,
    };
    Verdict {
        delivery: if is_given_up || is_over { ToldState::Failed } else { ToldState::Due },
        next_at: now + own.unwrap_or(Span::ZERO),
        is_end: is_over && before.state != EndpointState::Disabled,
        health: Health { state, failing_since, failures, ..before },
        paused_until: Some(now + endpoint),
    }
}

/// Keeps what a try came to, and what follows from it.
///
/// # Errors
/// As the database says.
pub async fn finish(app: &App, id: EndpointId, parcel: &Parcel, answered: &Answered) -> Result<(), StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    // It may have been removed meanwhile.
    let Some(before) = store::lock_health(&mut tx, id).await? else { return Ok(()) };
    let attempt = Attempt {
        at: answered.began_at,
        took_ms: answered.took_ms,
        status: answered.status.map(i64::from),
        answer: answered.answer.clone(),
    };
    let was_disabled = before.state == EndpointState::Disabled;
    store::insert_attempt(&mut tx, parcel.delivery, &attempt).await?;
    if before.url != parcel.url && !answered.is_good() {
        // It was moved while the old address was asked: what that one answered counts for nothing.
        return tx.commit().await;
    }
    let verdict = judge(before, parcel.attempts + 1, answered, now);
    store::mark_delivery(&mut tx, parcel.delivery, verdict.delivery, verdict.next_at).await?;
    // Whoever disabled it meanwhile meant it.
    if !was_disabled {
        store::set_health(&mut tx, id, &verdict.health, verdict.paused_until).await?;
    }
    if verdict.is_end {
        store::disable(&mut tx, id).await?;
        tell(app, &mut tx, now, &verdict.health.name, answered).await?;
    }
    tx.commit().await?;
    if verdict.is_end {
        tracing::warn!(webhook = id.0, "a webhook was disabled");
        app.wake.outbox();
    }
    Ok(())
}

async fn tell(app: &App, tx: &mut Tx, now: Timestamp, name: &str, answered: &Answered) -> Result<(), StoreError> {
    let what = match answered.status {
        Some(410) => format!("The program behind {name:?} says that it is gone for good (410)."),
        Some(status) => format!("{name:?} has failed for more than a week. Its last answer was {status}."),
        None => format!("{name:?} has failed for more than a week: {}.", answered.answer),
    };
    let alert = Alert {
        heading: format!("The webhook {name} is disabled"),
        what,
        details: Vec::new(),
        next_step: "mend the program, enable the webhook at the desk, and let it be told again what it missed."
            .to_owned(),
        link: app.config.site.link("/desk/webhooks"),
        link_label: "Open the webhooks",
    };
    alert::tell(app, tx, now, Readers::Admins, &alert).await
}

/// Forgets events that happened before, with what became of them; what still waits is kept.
///
/// # Errors
/// As the database says.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    store::prune_events(tx, before).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> Answered {
        let (answer, began_at) = (String::new(), Timestamp::EPOCH);
        Answered { status: Some(status), answer, began_at, took_ms: 3, retry_after: None }
    }

    fn health(failures: i64, failing_since: Option<Timestamp>) -> Health {
        let state = if failing_since.is_some() { EndpointState::Failing } else { EndpointState::Active };
        let url = "https://cms.news.example/hook".to_owned();
        Health { name: "cms".to_owned(), url, state, failing_since, failures }
    }

    #[test]
    fn the_pauses_grow_and_end_after_three_days() {
        let sum = PAUSES.iter().map(|it| it.as_seconds()).sum::<i64>();
        assert!((3 * 86_400..4 * 86_400).contains(&sum), "{sum}");
        assert!(PAUSES.is_sorted());
        let now = Timestamp::from_seconds(1_000_000);
        let first = judge(health(0, None), 1, &answered(500), now);
        assert_eq!((first.delivery, first.next_at), (ToldState::Due, now + Span::seconds(5)));
        let last = judge(health(9, None), 10, &answered(500), now);
        assert_eq!((last.delivery, last.health.state), (ToldState::Failed, EndpointState::Failing));
        assert_eq!(last.paused_until, Some(now + ENDPOINT_PAUSE_MAX));
    }

    #[test]
    fn a_good_answer_mends_everything_and_a_410_ends_it() {
        let now = Timestamp::from_seconds(1_000_000);
        let good = judge(health(9, Some(now)), 3, &answered(204), now);
        assert_eq!(
            (good.delivery, good.health.state, good.health.failures),
            (ToldState::Done, EndpointState::Active, 0)
        );
        let gone = judge(health(0, None), 1, &answered(410), now);
        assert!(gone.is_end && gone.health.state == EndpointState::Disabled);
        let old = judge(health(30, Some(now - FAILING_MAX)), 1, &answered(500), now);
        assert!(old.is_end && old.delivery == ToldState::Failed);
        let redirected = judge(health(0, None), 1, &answered(302), now);
        assert_eq!(redirected.delivery, ToldState::Due, "nothing is followed");
    }

    #[test]
    fn an_endpoint_that_asks_for_patience_has_it() {
        let now = Timestamp::from_seconds(1_000_000);
        let asked = Answered { retry_after: Some(Span::hours(3)), ..answered(429) };
        let verdict = judge(health(0, None), 1, &asked, now);
        assert_eq!((verdict.next_at, verdict.paused_until), (now + Span::hours(3), Some(now + Span::hours(3))));
    }
}
