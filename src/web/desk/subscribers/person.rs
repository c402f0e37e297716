//! `GET /desk/subscribers/{id}`: one reader, what stands with them, what happened, and what can be done in their name.

use super::super::form::Choice;
use super::{
    Chip, Problem, dated, day, left_in_words, standing, suppress_reasons, suppression_in_words, why_suppressed,
};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::capitalized;
use crate::operators::Permission;
use crate::publications::calendar;
use crate::subscribers::{
    self, Card, Choices, ErasePersonError, InTheirNameError, MomentKind, Person, RemoveOutcome, SubscriberId,
    SubscriptionId, Suppressed, SuppressionListError, SuppressionReason, Whose, choose_for, erase_person, leave_for,
    pause_for, remove_suppression, suppress_person,
};
use crate::web::desk::form::language_name;
use crate::web::desk::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use crate::web::desk::places::Place;
use crate::web::desk::said::{done, refused};
use crate::web::desk::words::{edition_name, sentence};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveTime;
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "desk/subscribers/person.html")]
struct PersonPage {
    frame: DeskFrame,
    id: i64,
    email: String,
    language: String,
    since: Moment,
    confirmed: Moment,
    suppression: Option<SuppressionBox>,
    cards: Vec<CardBox>,
    moments: Vec<MomentRow>,
    /// Not the newest page.
    is_older: bool,
    next: Option<i64>,
    problems: Vec<Problem>,
    suppress_reasons: Vec<Choice>,
    /// Typed for an erasure, and refused.
    typed_address: String,
    /// The same for a suppression.
    suppressing: Option<Suppressing>,
    zone: String,
}

struct Suppressing {
    because: String,
    until: String,
}

struct SuppressionBox {
    hash: String,
    why: String,
    since: Moment,
    until: Option<Moment>,
    /// An operator takes back what an operator said.
    may_lift: bool,
    /// What stands again then.
    under: Option<&'static str>,
}

struct CardBox {
    id: i64,
    name: String,
    chip: Chip,
    is_active: bool,
    choices: String,
    joined: Moment,
    left: Option<(Moment, String)>,
    paused_until: Option<String>,
    pause_from: String,
    pause_to: String,
    sections: Vec<Choice>,
    weekdays: Vec<Choice>,
    hours: Vec<Choice>,
    stories_min: String,
    offers_breaking: bool,
    breaking: bool,
    zone: String,
    /// Which of its forms was refused: it stands open, with what was typed.
    open: &'static str,
    because: String,
    until: String,
}

struct MomentRow {
    at: Moment,
    tone: &'static str,
    kind: &'static str,
    what: String,
    facts: Vec<(&'static str, String)>,
    edition_id: Option<i64>,
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Mistake {
    problems: Vec<Problem>,
    /// The form, and all of its fields.
    typed: Option<(&'static str, Fields)>,
}

const CHOICES: &str = "choices";
const PAUSE: &str = "pause";
const LEAVE: &str = "leave";
const SUPPRESS: &str = "suppress";
const ERASE: &str = "erase";

impl Mistake {
    fn typed_in(&self, form: &str) -> Option<&Fields> {
        self.typed.as_ref().filter(|(it, _)| *it == form).map(|(_, fields)| fields)
    }
}

pub(super) async fn get_person(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let fields = Fields::of_text(query.as_deref().unwrap_or_default());
    let before = fields.get("before").parse().ok().map(Timestamp::from_micros);
    show(&app, &desk, SubscriberId(id), before, StatusCode::OK, Mistake::default()).await
}

fn gone() -> Error {
    let public = "Nobody is kept under this number any more. They were erased or forgotten, or the link is an old one.";
    Error::new(StatusCode::NOT_FOUND, "unknown_subscriber", "This reader is not here", public)
        .with_link("To all subscribers", "/desk/subscribers")
}

async fn show(
    app: &App,
    desk: &Desk,
    id: SubscriberId,
    before: Option<Timestamp>,
    status: StatusCode,
    mistake: Mistake,
) -> Result<Response, Error> {
    let found = subscribers::person(app, desk.actor(), id, before).await.map_err(|error| match error {
        subscribers::ListError::Forbidden(error) => Error::from(error),
        subscribers::ListError::Store(error) => error.into(),
        other => Error::internal(other),
    })?;
    let it = found.ok_or_else(gone)?;
    let zone = house_zone(&mut app.db.read().await?).await?;
    let page = PersonPage {
        frame: desk.frame(app, &it.email, Place::Subscribers),
        id: id.0,
        since: dated(it.created_at, zone),
        confirmed: dated(it.confirmed_at, zone),
        suppression: suppression_box(&it, zone),
        cards: it.cards.iter().map(|card| card_box(card, app.now(), &mistake)).collect(),
        moments: it.moments.iter().map(|moment| moment_row(moment, zone)).collect(),
        is_older: before.is_some(),
        next: it.next.map(Timestamp::as_micros),
        email: it.email,
        language: language_name(&it.language),
        suppress_reasons: suppress_reasons(mistake.typed_in(SUPPRESS).map_or("", |it| it.get("why"))),
        suppressing: mistake
            .typed_in(SUPPRESS)
            .map(|it| Suppressing { because: it.get("because").to_owned(), until: it.get("until").to_owned() }),
        typed_address: mistake
            .typed_in(ERASE)
            .map(|it| it.get("address").chars().take(320).collect())
            .unwrap_or_default(),
        problems: mistake.problems,
        zone: zone.name().to_owned(),
    };
    show_desk(status, &page)
}

fn suppression_box(it: &Person, zone: Tz) -> Option<SuppressionBox> {
    let line = it.suppression.as_ref()?;
    Some(SuppressionBox {
        hash: line.address_hash.clone(),
        why: suppression_in_words(line.reason).to_owned(),
        since: dated(line.created_at, zone),
        until: line.expires_at.map(|at| dated(at, zone)),
        may_lift: line.reason == SuppressionReason::Operator,
        under: line.under.map(suppression_in_words),
    })
}

fn card_box(card: &Card, now: Timestamp, mistake: &Mistake) -> CardBox {
    let it = &card.subscription;
    let zone = card.zone();
    let typed = mistake.typed.as_ref().filter(|(_, fields)| fields.get("subscription") == it.id.to_string());
    let choices = typed.filter(|(form, _)| *form == CHOICES).map(|(_, fields)| fields);
    let or_typed = |name: &str, kept: String| choices.map_or(kept, |typed| typed.get(name).to_owned());
    let chosen_day = or_typed("weekday", it.weekday.map(|day| day.to_string()).unwrap_or_default());
    let chosen_hour = or_typed("hour", it.hour.map(|hour| hour.to_string()).unwrap_or_default());
    let takes = |slug: &str| {
        choices.map_or_else(|| card.takes(slug), |typed| typed.all("sections").iter().any(|it| it == slug))
    };
    let weekday = |day: &i64| usize::try_from(*day).ok().and_then(|day| WEEKDAYS.get(day)).copied().unwrap_or("");
    let names: Vec<&str> =
        card.sections.iter().filter(|section| card.takes(&section.slug)).map(|section| section.name.as_str()).collect();
    let mut said = vec![if it.sections.is_none() { "every section".to_owned() } else { names.join(", ") }];
    said.push(it.hour.map_or_else(|| "when the edition goes out".to_owned(), |hour| format!("at {hour:02}:00")));
    said.extend(it.weekday.as_ref().map(|day| format!("on {} alone", weekday(day))));
    said.extend(it.stories_min.map(|count| format!("with {count} stories or more")));
    if it.breaking {
        said.push("breaking news at once".to_owned());
    }
    let any = |text: &str, chosen: &str| Choice::new("", text, chosen);
    let day_only = |at: Timestamp| at.in_zone(zone).format("%-d %B %Y").to_string();
    CardBox {
        id: it.id.0,
        name: card.publication.name.clone(),
        chip: standing(&card.publication.name, it.state, it.left_reason, it.paused_until, now),
        is_active: it.is_active(),
        choices: said.join("; "),
        joined: day(it.created_at, zone),
        left: it.left_at.map(|at| (dated(at, zone), capitalized(left_in_words(it.left_reason)))),
        paused_until: card.paused_until.map(day_only),
        pause_from: card.pause_ends.0.to_string(),
        pause_to: card.pause_ends.1.to_string(),
        sections: card
            .sections
            .iter()
            .map(|section| Choice {
                value: section.slug.clone(),
                name: section.name.clone(),
                is_chosen: takes(&section.slug),
            })
            .collect(),
        weekdays: std::iter::once(any("Every edition", &chosen_day))
            .chain(card.weekdays.iter().map(|day| Choice::new(day.to_string(), weekday(day), &chosen_day)))
            .collect(),
        hours: std::iter::once(any("When the edition goes out", &chosen_hour))
            .chain((0..24).map(|hour| Choice::new(hour.to_string(), format!("{hour:02}:00"), &chosen_hour)))
            .collect(),
        stories_min: or_typed("stories_min", it.stories_min.map(|count| count.to_string()).unwrap_or_default()),
        offers_breaking: card.publication.offers_breaking(),
        breaking: choices.map_or(it.breaking, |typed| !typed.get("breaking").is_empty()),
        zone: or_typed("time_zone", zone.name().to_owned()),
        open: typed.map_or("", |(form, _)| *form),
        because: typed.map(|(_, fields)| fields.get("because").to_owned()).unwrap_or_default(),
        until: typed.map(|(_, fields)| fields.get("until").to_owned()).unwrap_or_default(),
    }
}

fn moment_row(it: &subscribers::Moment, zone: Tz) -> MomentRow {
    MomentRow {
        at: dated(it.at, zone),
        tone: match (it.is_trouble, it.kind) {
            (true, _) => "bad",
            (false, MomentKind::Consent) => "good",
            _ => "",
        },
        kind: match it.kind {
            MomentKind::Consent => "Consent",
            MomentKind::Change => "Change",
            MomentKind::Delivery => "Delivery",
            MomentKind::LeftOut => "Left out",
            MomentKind::CameBack => "Came back",
            MomentKind::Mail => "Mail",
        },
        what: if it.edition_id.is_some() { with_edition_name(&it.what) } else { it.what.clone() },
        facts: it.facts.iter().map(|(name, value)| (*name, with_day(value, zone))).collect(),
        edition_id: it.edition_id,
    }
}

/// `The Lamp, 2026-11-23: was accepted` by the name of its edition.
fn with_edition_name(what: &str) -> String {
    let parts = what.split_once(": ").and_then(|(head, tail)| Some((head.rsplit_once(", ")?, tail)));
    parts.map_or_else(|| what.to_owned(), |((name, label), tail)| format!("{name}, {}: {tail}", edition_name(label)))
}

/// A fact; of one that is an instant, when that was by the newsroom's clock.
fn with_day(value: &str, zone: Tz) -> String {
    let at = chrono::DateTime::parse_from_rfc3339(value).ok();
    at.map_or_else(|| value.to_owned(), |at| dated(Timestamp::from_micros(at.timestamp_micros()), zone).said)
}

fn page_of(id: i64) -> String {
    format!("/desk/subscribers/{id}")
}

/// What came of a deed in the reader's name.
async fn told<T>(
    app: &App,
    desk: &Desk,
    id: i64,
    (form, field, fields): (&'static str, &str, Fields),
    outcome: Result<T, InTheirNameError>,
    said: impl FnOnce(T) -> String,
) -> Result<Response, Error> {
    match outcome {
        Ok(it) => Ok(done(app, &page_of(id), &said(it))),
        Err(InTheirNameError::Forbidden(error)) => Err(error.into()),
        Err(InTheirNameError::Store(error)) => Err(error.into()),
        Err(InTheirNameError::Unknown) => Err(gone()),
        Err(error) => {
            let problems = vec![Problem::new(field, error)];
            let mistake = Mistake { problems, typed: Some((form, fields)) };
            show(app, desk, SubscriberId(id), None, StatusCode::UNPROCESSABLE_ENTITY, mistake).await
        }
    }
}

/// One of the reader whose page it is.
fn subscription(id: i64, fields: &Fields) -> Whose {
    let subscription = SubscriptionId(fields.get("subscription").parse().unwrap_or(0));
    Whose { subscription, reader: Some(SubscriberId(id)) }
}

/// `POST /desk/subscribers/{id}/choices`
pub(super) async fn post_choices(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let of = subscription(id, &fields);
    // A number that does not read is none that may be chosen: the verb says so.
    let number = |name: &str| fields.filled(name).map(|text| text.parse::<i64>().unwrap_or(-1));
    let wanted = Choices {
        sections: fields.all("sections"),
        hour: number("hour"),
        time_zone: fields.filled("time_zone"),
        breaking: !fields.get("breaking").is_empty(),
        weekday: number("weekday"),
        stories_min: number("stories_min"),
    };
    let outcome = choose_for(&app, desk.actor(), of, &wanted, fields.get("because")).await;
    let field = format!("because-choices-{}", of.subscription);
    told(&app, &desk, id, (CHOICES, &field, fields), outcome, |change| {
        format!("Changed. {} comes as chosen from the next edition on.", change.after.publication.name)
    })
    .await
}

/// `POST /desk/subscribers/{id}/pause`: until a day, or no more.
pub(super) async fn post_pause(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let of = subscription(id, &fields);
    let until = (fields.get("action") != "resume").then(|| fields.get("until"));
    let outcome = pause_for(&app, desk.actor(), of, until, fields.get("because")).await;
    let field = format!("because-pause-{}", of.subscription);
    told(&app, &desk, id, (PAUSE, &field, fields), outcome, |change| match change.after.paused_until {
        Some(_) => "Paused. It goes on by itself on that day.".to_owned(),
        None => "The pause is over. The next edition comes again.".to_owned(),
    })
    .await
}

/// `POST /desk/subscribers/{id}/leave`
pub(super) async fn post_leave(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let of = subscription(id, &fields);
    let outcome = leave_for(&app, desk.actor(), of, fields.get("because")).await;
    let field = format!("because-leave-{}", of.subscription);
    told(&app, &desk, id, (LEAVE, &field, fields), outcome, |left| {
        let said = if left { "Ended. Nothing of it comes any more." } else { "It had ended before." };
        said.to_owned()
    })
    .await
}

/// `POST /desk/subscribers/{id}/suppress`: for good, or until a day.
pub(super) async fn post_suppress(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    desk.require(Permission::ManageSubscribers)?;
    let zone = house_zone(&mut app.db.read().await?).await?;
    let until = match fields.filled("until") {
        None => None,
        Some(typed) => match day_of(&typed, zone).filter(|at| *at > app.now()) {
            Some(at) => Some(at),
            None => {
                let problems =
                    vec![Problem::new("suppress-until", "write a day in the future, like 2027-01-31, or none")];
                let mistake = Mistake { problems, typed: Some((SUPPRESS, fields)) };
                return show(&app, &desk, SubscriberId(id), None, StatusCode::UNPROCESSABLE_ENTITY, mistake).await;
            }
        },
    };
    let because = why_suppressed(&fields);
    let outcome = suppress_person(&app, desk.actor(), SubscriberId(id), until, &because).await;
    told(&app, &desk, id, (SUPPRESS, "suppress-why", fields), outcome, |ended| {
        let ended = if ended == 1 { "1 subscription".to_owned() } else { format!("{ended} subscriptions") };
        format!("Suppressed. Nothing is mailed to this address; {ended} ended.")
    })
    .await
}

pub(in crate::web::desk) fn day_of(typed: &str, zone: Tz) -> Option<Timestamp> {
    let day = calendar::typed_day(typed)?;
    calendar::instant(zone, day.and_time(NaiveTime::MIN))
}

/// `POST /desk/subscribers/{id}/lift`
pub(super) async fn post_lift(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    lift(&app, &desk, fields.get("hash"), &page_of(id)).await
}

/// Takes a suppression away, and says what that means; or why not.
pub(in crate::web::desk) async fn lift(app: &App, desk: &Desk, hash: &str, back: &str) -> Result<Response, Error> {
    let who = Suppressed::Hash(hash.to_owned());
    Ok(match remove_suppression(app, desk.actor(), &who).await {
        Ok(RemoveOutcome::Removed) => done(
            app,
            back,
            "Lifted. The address may be mailed again; subscriptions that ended stay ended until the reader signs up anew.",
        ),
        Ok(RemoveOutcome::Uncovered(reason)) => done(
            app,
            back,
            &format!(
                "Our own suppression is lifted. Another one stands beneath it: {}. Only the reader can lift that, by signing up anew.",
                suppression_in_words(reason)
            ),
        ),
        Ok(RemoveOutcome::NotThere) => refused(app, back, "Nothing stands against this address any more."),
        Ok(RemoveOutcome::NotYours(reason)) => refused(
            app,
            back,
            &format!(
                "This cannot be lifted here, because the reason is theirs: {}. Only the reader can lift it, by signing up and confirming anew.",
                suppression_in_words(reason)
            ),
        ),
        Err(SuppressionListError::Forbidden(error)) => return Err(error.into()),
        Err(SuppressionListError::Store(error)) => return Err(error.into()),
        Err(error) => refused(app, back, &sentence(&error.to_string())),
    })
}

/// `POST /desk/subscribers/{id}/erase`
pub(super) async fn post_erase(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    match erase_person(&app, desk.actor(), SubscriberId(id), fields.get("address")).await {
        Ok(_) => Ok(done(
            &app,
            "/desk/subscribers",
            "Erased. Everything that named this person is gone; a digest keeps old lists from bringing them back.",
        )),
        Err(error @ ErasePersonError::Mistyped) => {
            let problems = vec![Problem::new("erase-address", error)];
            let mistake = Mistake { problems, typed: Some((ERASE, fields)) };
            show(&app, &desk, SubscriberId(id), None, StatusCode::UNPROCESSABLE_ENTITY, mistake).await
        }
        Err(ErasePersonError::Unknown) => Err(gone()),
        Err(ErasePersonError::Forbidden(error)) => Err(error.into()),
        Err(ErasePersonError::Store(error)) => Err(error.into()),
        Err(error) => Err(Error::internal(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_is_told_by_the_name_of_its_edition_and_an_instant_by_the_newsrooms_clock() {
        let told = with_edition_name("The Lamp, Late, 2026-11-23: was accepted by the relay");
        assert_eq!(told, "The Lamp, Late, Monday 23 November 2026: was accepted by the relay");
        assert_eq!(with_edition_name("something else"), "something else");
        assert_eq!(with_day("2026-11-23T18:30:00Z", chrono_tz::Europe::Berlin), "23 Nov 2026, 19:30 CET");
        assert_eq!(with_day("by letter", Tz::UTC), "by letter");
    }
}
