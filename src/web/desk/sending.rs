//! An edition on its way, or at its end: how far it is, how fast, at which provider, why mails were not taken, and who is uncertain; with
//! the brakes beside it.
//!
//! The numbers are those of the terminal and the API ([`delivery::progress`]); the six places of a reader always add up to
//! the audience. Held to it by `tests/it/desk/sending.rs`.

use super::doors::{Doors, Needs};
use super::frame::{Desk, DeskFrame, Moment, show_desk};
use super::names::Names;
use super::places::Place;
use super::said::{done, refused};
use super::tonight::refusal::in_words;
use super::tonight::{back_until, told};
use super::words::{delivery_in_words, edition_name, reason_in_words, sentence, state_in_words};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::capitalized;
use crate::delivery::{
    self, Counts, DeliveryId, GroupError, Progress, ReasonCount, ResendError, ResendTo, UncertainReader,
};
use crate::editions::{self, Edition, EditionError, EditionId, EditionState};
use crate::operators::Permission;
use crate::publications::find_publication;
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

/// Uncertain readers on a page.
const UNCERTAIN_MAX: i64 = 100;
/// Lines of the history.
const EVENTS_MAX: usize = 30;

pub(super) fn doors() -> Doors {
    const APPROVE: Needs = Needs::Role(Permission::Approve);
    Doors::new().deed("/desk/editions/{id}/steer", APPROVE, post_steer).deed(
        "/desk/editions/{id}/resend",
        APPROVE,
        post_resend,
    )
}

#[derive(Template)]
#[template(path = "desk/sending.html")]
struct SendingPage {
    frame: DeskFrame,
    id: i64,
    publication: String,
    label: String,
    subject: String,
    state: &'static str,
    attention: String,
    is_under_way: bool,
    /// Why it did not go out at all; empty if it did.
    unsent: String,
    is_paused: bool,
    began_at: Option<Moment>,
    ended_at: Option<Moment>,
    counts: Counts,
    rate: String,
    left: String,
    /// Why it stands still, or will, relays first; with where that is set.
    held_back: Vec<Held>,
    groups: Vec<Group>,
    reasons: Vec<ReasonCount>,
    uncertain: Vec<Uncertain>,
    /// Not from the first of them on.
    is_further_on: bool,
    /// After whom the next page of them begins, if there is more.
    uncertain_next: Option<DeliveryId>,
    maybe_twice: i64,
    may_steer: bool,
    may_see_addresses: bool,
    history: Vec<(Moment, String, String)>,
    revision: i64,
    /// Until then it can be brought back.
    back_until: Option<Moment>,
}

impl SendingPage {
    const fn ended(&self) -> i64 {
        self.counts.audience - self.counts.waiting
    }
}

struct Held {
    words: String,
    is_now: bool,
    /// For the page of the relays.
    query: String,
}

fn held_back(progress: &Progress, zone: Tz) -> Vec<Held> {
    let held = |it: &delivery::HeldBack| Held {
        words: sentence(&it.words(until(it, zone).as_deref())),
        is_now: it.is_now,
        query: url::form_urlencoded::Serializer::new(String::new()).append_pair("scope", &it.scope).finish(),
    };
    progress.held_back.iter().map(held).collect()
}

fn until(it: &delivery::HeldBack, zone: Tz) -> Option<String> {
    Some(Moment::of(Timestamp::parse_rfc3339(it.until.as_deref()?)?, zone).said)
}

/// The first of what holds an edition back at this moment, for a page that has no room for all; empty if nothing does.
pub(super) fn held_in_words(held: &[delivery::HeldBack], zone: Tz) -> String {
    held.first().map_or_else(String::new, |it| sentence(&it.words(until(it, zone).as_deref())))
}

/// One provider.
struct Group {
    name: String,
    counts: Counts,
    deferred: i64,
    is_paused: bool,
    rate: String,
    left: String,
}

impl Group {
    /// What can still be held back or ended.
    const fn is_going(&self) -> bool {
        self.counts.waiting > 0
    }
}

struct Uncertain {
    id: DeliveryId,
    address: String,
    reason: String,
    at: Option<Moment>,
    /// Its time is over.
    is_too_late: bool,
}

/// The parts that the page of an edition on its way and that of one that was sent have in common; the uncertain `after` a
/// delivery.
pub(super) async fn show(app: &App, desk: &Desk, edition: &Edition, after: DeliveryId) -> Result<Response, Error> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let publication = find_publication(&mut tx, edition.publication_id).await?.ok_or_else(Error::not_found)?;
    let zone = publication.zone();
    let progress = delivery::progress(app, &mut tx, edition).await?;
    let maybe_twice = delivery::count_maybe_twice(&mut tx, edition.id).await?;
    let reasons = delivery::list_reasons(&mut tx, edition.id).await?;
    let events = editions::list_events(&mut tx, edition.id).await?;
    let names = Names::of_events(&mut tx, &events).await?;
    drop(tx);
    let counts = progress.counts();
    let may_see_addresses = desk.may(Permission::ManageSubscribers);
    let (uncertain, uncertain_next) = uncertain_page(app, desk, edition.id, after, counts).await?;
    let uncertain = uncertain.into_iter().map(|it| Uncertain {
        id: it.id,
        address: it.email,
        reason: it.reason,
        at: it.finished_at.map(|at| Moment::of(at, zone)),
        is_too_late: it.expires_at <= now,
    });
    let is_under_way = matches!(edition.state, EditionState::Sealed | EditionState::Sending);
    let page = SendingPage {
        frame: desk.frame(app, &format!("{}, {}", publication.name, edition_name(&edition.label)), Place::Editions),
        id: edition.id.0,
        revision: edition.revision,
        back_until: back_until(app, desk, &publication, edition),
        publication: publication.name,
        label: edition_name(&edition.label),
        subject: edition.subject.clone(),
        state: state_in_words(edition.state),
        attention: super::words::at_desk(edition.attention.as_deref().unwrap_or_default()),
        is_under_way,
        unsent: unsent(edition),
        is_paused: edition.paused_at.is_some(),
        began_at: edition.sealed_at.map(|at| Moment::of(at, zone)),
        ended_at: edition.finished_at.map(|at| Moment::of(at, zone)),
        counts,
        rate: rate(progress.pace),
        left: progress.pace.left().unwrap_or_default(),
        held_back: held_back(&progress, zone),
        groups: groups(&progress, edition),
        reasons,
        uncertain: uncertain.collect(),
        is_further_on: after.0 > 0 && counts.uncertain > 0,
        uncertain_next,
        maybe_twice,
        may_steer: desk.may(Permission::Approve),
        may_see_addresses,
        history: history(&events, &names, zone),
    };
    show_desk(StatusCode::OK, &page)
}

fn unsent(edition: &Edition) -> String {
    if edition.sealed_at.is_some() || !edition.state.is_end() {
        return String::new();
    }
    let state = capitalized(state_in_words(edition.state));
    let because =
        if edition.reason.is_empty() { String::new() } else { format!(": {}", reason_in_words(&edition.reason)) };
    format!("{state}{because}.")
}

async fn uncertain_page(
    app: &App,
    desk: &Desk,
    id: EditionId,
    after: DeliveryId,
    counts: Counts,
) -> Result<(Vec<UncertainReader>, Option<DeliveryId>), Error> {
    if counts.uncertain == 0 {
        return Ok((Vec::new(), None));
    }
    let mut found = delivery::list_uncertain(app, desk.actor(), id, after, UNCERTAIN_MAX + 1).await.map_err(told)?;
    let rows = usize::try_from(UNCERTAIN_MAX).unwrap_or(usize::MAX);
    let has_more = found.len() > rows;
    found.truncate(rows);
    let next = found.last().filter(|_| has_more).map(|it| it.id);
    Ok((found, next))
}

fn rate(pace: delivery::Pace) -> String {
    pace.rate_per_s.map_or_else(String::new, |rate| format!("{rate:.1} a second"))
}

fn groups(progress: &Progress, edition: &Edition) -> Vec<Group> {
    let is_still = |it: &delivery::GroupProgress| {
        let scope = format!("group:{}", it.counts.group);
        edition.paused_at.is_some()
            || it.counts.is_paused
            || progress.held_back.iter().any(|held| held.is_now && held.scope == scope)
    };
    let group = |it: &delivery::GroupProgress| Group {
        name: if it.counts.group.is_empty() { "earlier".to_owned() } else { it.counts.group.clone() },
        counts: it.counts.counts,
        deferred: it.counts.deferred,
        is_paused: it.counts.is_paused,
        rate: if is_still(it) { String::new() } else { rate(it.pace) },
        left: it.pace.left().unwrap_or_default(),
    };
    progress.groups.iter().map(group).collect()
}

fn history(events: &[editions::EditionEvent], names: &Names, zone: Tz) -> Vec<(Moment, String, String)> {
    let line = |it: &editions::EditionEvent| (Moment::of(it.at, zone), names.of_label(&it.actor), names.what(it));
    events.iter().rev().take(EVENTS_MAX).map(line).collect()
}

/// `action`: `pause`, `resume`, `abort`; with `group`, of that provider alone. To end something takes `sure`.
async fn post_steer(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let back = format!("/desk/editions/{id}");
    let (actor, id, group) = (desk.actor(), EditionId(id), fields.filled("group"));
    let reason: String = fields.get("reason").chars().take(300).collect();
    let at = group.as_ref().map(|group| format!(" at {group}")).unwrap_or_default();
    let action = fields.get("action");
    if action == "abort" && fields.get("sure") != "yes" {
        return Ok(refused(&app, &back, "Nothing was ended: tick that you are sure, then end it."));
    }
    let (result, said) = match (action, &group) {
        ("pause", None) => (editions::pause(&app, actor, id, &reason).await.map_err(GroupError::from), "Paused"),
        ("pause", Some(group)) => (delivery::pause_group(&app, actor, id, group, &reason).await, "Paused"),
        ("resume", None) => (delivery::resume(&app, actor, id).await.map_err(GroupError::from), "Going on"),
        ("resume", Some(group)) => (delivery::resume_group(&app, actor, id, group).await, "Going on"),
        ("abort", None) => (delivery::abort(&app, actor, id, &reason).await.map_err(GroupError::from), "Ended"),
        ("abort", Some(group)) => (delivery::abort_group(&app, actor, id, group, &reason).await, "Ended"),
        _ => {
            let public = "The form came without its button. Please open the edition again and press a button.";
            let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "no_button", "Nothing was done", public);
            return Err(error.with_link("To the edition", back));
        }
    };
    let more = if action == "abort" { " Whoever waited gets this edition no more." } else { "" };
    match result {
        Ok(_) => Ok(done(&app, &back, &format!("{said}{at}.{more}"))),
        Err(GroupError::Edition(error)) => Ok(refused(&app, &back, &in_words(&app, error).await?)),
        Err(error) => Ok(refused(&app, &back, &sentence(&error.to_string()))),
    }
}

/// `which`: `all`, or `these` with one `delivery` for each.
async fn post_resend(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let back = format!("/desk/editions/{id}#uncertain");
    let to = if fields.get("which") == "all" {
        ResendTo::All
    } else {
        let ids: Vec<DeliveryId> =
            fields.all("delivery").iter().filter_map(|it| it.parse().ok().map(DeliveryId)).collect();
        if ids.is_empty() {
            return Ok(refused(&app, &back, "Nobody was chosen: tick whom to send it to again."));
        }
        ResendTo::Deliveries(ids)
    };
    match delivery::resend_uncertain(&app, desk.actor(), EditionId(id), &to).await {
        Ok(resent) => {
            let text = format!("{} of them get it again; some may have it twice by then.", resent.readers);
            Ok(done(&app, &back, &text))
        }
        Err(ResendError::Edition(EditionError::Forbidden(error))) => Err(error.into()),
        Err(ResendError::Edition(error)) => Ok(refused(&app, &back, &in_words(&app, error).await?)),
        Err(error) => Ok(refused(&app, &back, &sentence(&error.to_string()))),
    }
}
