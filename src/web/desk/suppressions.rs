//! `GET /desk/suppressions`: whom nobody may mail, and why; adding to it, and lifting what the newsroom itself said.

use super::doors::{Doors, Needs};
use super::form::Choice;
use super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::places::Place;
use super::said::done;
use super::subscribers::{Problem, dated, export, person, suppress_reasons, suppression_in_words, why_suppressed};
use crate::app::App;
use crate::base::Timestamp;
use crate::mail::EmailAddr;
use crate::operators::Permission;
use crate::subscribers::{
    InTheirNameError, SuppressionEntry, SuppressionListError, SuppressionReason, latest_suppressions, suppress_because,
};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

const ROWS: usize = 50;

pub(super) fn doors() -> Doors {
    const MANAGE: Needs = Needs::Role(Permission::ManageSubscribers);
    Doors::new()
        .page("/desk/suppressions", Needs::Role(Permission::View), get_suppressions)
        .deed("/desk/suppressions", MANAGE, post_suppression)
        .deed("/desk/suppressions/lift", MANAGE, post_lift)
        .deed("/desk/suppressions/export", MANAGE, export::post_export_suppressions)
}

#[derive(Template)]
#[template(path = "desk/suppressions.html")]
struct SuppressionsPage {
    frame: DeskFrame,
    may_manage: bool,
    problems: Vec<Problem>,
    email: String,
    until: String,
    suppress_reasons: Vec<Choice>,
    because: String,
    reasons: Vec<Choice>,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
    has_filter: bool,
}

struct Row {
    hash: String,
    short: String,
    reader: Option<(i64, String)>,
    why: &'static str,
    under: Option<&'static str>,
    since: Moment,
    until: Option<Moment>,
    may_lift: bool,
}

async fn get_suppressions(State(app): State<App>, desk: Desk, RawQuery(query): RawQuery) -> Result<Response, Error> {
    let fields = Fields::of_text(query.as_deref().unwrap_or_default());
    show(&app, &desk, &fields, Vec::new()).await
}

async fn show(app: &App, desk: &Desk, fields: &Fields, problems: Vec<Problem>) -> Result<Response, Error> {
    let may_manage = desk.may(Permission::ManageSubscribers);
    let zone = house_zone(&mut app.db.read().await?).await?;
    let reason = SuppressionReason::parse(fields.get("reason"));
    let before = before_of(fields.get("before"));
    let before = before.as_ref().map(|(at, hash)| (*at, hash.as_str()));
    let mut found = match may_manage {
        true => match latest_suppressions(app, desk.actor(), reason, before, ROWS + 1).await {
            Ok(found) => found,
            Err(SuppressionListError::Forbidden(error)) => return Err(error.into()),
            Err(SuppressionListError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(Error::internal(error)),
        },
        false => Vec::new(),
    };
    let has_more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| has_more).map(|it| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(reason) = reason {
            query.append_pair("reason", reason.as_str());
        }
        query.append_pair("before", &format!("{}.{}", it.line.created_at.as_micros(), it.line.address_hash));
        query.finish()
    });
    let chosen = fields.get("reason");
    let reasons = std::iter::once(Choice::new("", "Any", chosen))
        .chain(SuppressionReason::ALL.iter().map(|it| Choice::new(it.as_str(), suppression_in_words(*it), chosen)))
        .collect();
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = SuppressionsPage {
        frame: desk.frame(app, "Suppressions", Place::Suppressions),
        may_manage,
        problems,
        email: fields.get("email").to_owned(),
        until: fields.get("until").to_owned(),
        suppress_reasons: suppress_reasons(fields.get("why")),
        because: fields.get("because").to_owned(),
        reasons,
        rows: found.into_iter().map(|it| row(it, zone)).collect(),
        next,
        is_first: before.is_none(),
        has_filter: reason.is_some(),
    };
    show_desk(status, &page)
}

/// The line that a page goes on after: its time and its hash.
fn before_of(text: &str) -> Option<(Timestamp, String)> {
    let (at, hash) = text.split_once('.')?;
    Some((Timestamp::from_micros(at.parse().ok()?), hash.to_owned()))
}

fn row(it: SuppressionEntry, zone: Tz) -> Row {
    let line = it.line;
    Row {
        short: line.address_hash.chars().take(12).collect(),
        hash: line.address_hash,
        reader: it.reader.map(|(id, email)| (id.0, email)),
        why: suppression_in_words(line.reason),
        under: line.under.map(suppression_in_words),
        since: dated(line.created_at, zone),
        until: line.expires_at.map(|at| dated(at, zone)),
        may_lift: line.reason == SuppressionReason::Operator,
    }
}

async fn post_suppression(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    desk.require(Permission::ManageSubscribers)?;
    let zone = house_zone(&mut app.db.read().await?).await?;
    let email = match EmailAddr::parse(fields.get("email")) {
        Ok(email) => email,
        Err(error) => return show(&app, &desk, &fields, vec![Problem::new("email", error)]).await,
    };
    let until = match fields.filled("until") {
        None => None,
        Some(typed) => match person::day_of(&typed, zone).filter(|at| *at > app.now()) {
            Some(at) => Some(at),
            None => {
                let problem = Problem::new("until", "write a day in the future, like 2027-01-31, or none");
                return show(&app, &desk, &fields, vec![problem]).await;
            }
        },
    };
    match suppress_because(&app, desk.actor(), &email, until, Some(&why_suppressed(&fields))).await {
        Ok(ended) => {
            let ended = if ended == 1 { "1 subscription".to_owned() } else { format!("{ended} subscriptions") };
            Ok(done(
                &app,
                "/desk/suppressions",
                &format!("Suppressed. Nothing is mailed to this address; {ended} ended."),
            ))
        }
        Err(InTheirNameError::Forbidden(error)) => Err(error.into()),
        Err(InTheirNameError::Store(error)) => Err(error.into()),
        Err(error) => show(&app, &desk, &fields, vec![Problem::new("add-why", error)]).await,
    }
}

async fn post_lift(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    person::lift(&app, &desk, fields.get("hash"), "/desk/suppressions").await
}
