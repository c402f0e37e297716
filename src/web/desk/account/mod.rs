//! `/desk/account`: one's own name, password, second step and sessions.

mod second_step;

use super::caller::{Caller, with_cookies};
use super::doors::{Doors, Needs};
use super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::places::Place;
use super::said::{done, refused};
use super::words::account_refusal;
use crate::app::App;
use crate::operators::accounts::{self, AccountError, PASSWORD_CHARS_MIN};
use crate::operators::session_list::{self, EndOutcome, SessionLine};
use crate::operators::sessions::{SessionId, change_own_password};
use crate::web::error::{Error, FieldError};
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/desk/account", Needs::Session, get_account)
        .deed("/desk/account/name", Needs::Session, post_name)
        .deed("/desk/account/password", Needs::Session, post_password)
        .deed("/desk/account/sessions/{id}/end", Needs::Session, post_end)
        .deed("/desk/account/sessions/end-others", Needs::Session, post_end_others)
        .and(second_step::doors())
}

/// A session as a page shows it.
pub(super) struct SessionRow {
    pub id: i64,
    pub browser: String,
    /// Empty where it is not known.
    pub network: String,
    pub since: Moment,
    pub until: Moment,
    pub is_own: bool,
}

impl SessionRow {
    pub(super) fn of(line: SessionLine, zone: Tz) -> Self {
        Self {
            id: line.id.0,
            browser: line.browser,
            network: line.network,
            since: Moment::of(line.since, zone),
            until: Moment::of(line.until, zone),
            is_own: line.is_own,
        }
    }
}

#[derive(Template)]
#[template(path = "desk/account.html")]
struct AccountPage {
    frame: DeskFrame,
    email: String,
    name: String,
    second_step_since: Option<Moment>,
    is_second_step_required: bool,
    sessions: Vec<SessionRow>,
    chars_min: usize,
    errors: Vec<FieldError>,
}

impl AccountPage {
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|it| it.field == field).map_or("", |it| it.message.as_str())
    }
}

async fn get_account(State(app): State<App>, desk: Desk, caller: Caller) -> Result<Response, Error> {
    page(&app, &desk, &caller, StatusCode::OK, None, Vec::new()).await
}

async fn page(
    app: &App,
    desk: &Desk,
    caller: &Caller,
    status: StatusCode,
    typed_name: Option<String>,
    errors: Vec<FieldError>,
) -> Result<Response, Error> {
    let zone = house_zone(&mut app.db.read().await?).await?;
    let lines = match session_list::list(app, desk.actor(), desk.operator.id, &caller.session).await {
        Ok(lines) => lines,
        Err(error) => return Err(Error::internal(account_refusal(error)?)),
    };
    let page = AccountPage {
        frame: desk.frame(app, "Your account", Place::Account),
        email: desk.operator.email.clone(),
        name: typed_name.unwrap_or_else(|| desk.operator.name.clone()),
        second_step_since: desk.operator.totp_since.map(|at| Moment::of(at, zone)),
        is_second_step_required: app.config.web.require_second_step,
        sessions: lines.into_iter().map(|line| SessionRow::of(line, zone)).collect(),
        chars_min: PASSWORD_CHARS_MIN,
        errors,
    };
    show_desk(status, &page)
}

fn wrong(field: &'static str, message: String) -> Vec<FieldError> {
    vec![FieldError { field: field.into(), code: "refused", message }]
}

async fn post_name(State(app): State<App>, desk: Desk, caller: Caller, fields: Fields) -> Result<Response, Error> {
    match accounts::rename(&app, desk.actor(), desk.operator.id, fields.get("name")).await {
        Ok(()) => Ok(done(&app, "/desk/account", "Your name is changed.")),
        Err(error) => {
            let (typed, told) = (fields.get("name").chars().take(200).collect(), account_refusal(error)?);
            page(&app, &desk, &caller, StatusCode::UNPROCESSABLE_ENTITY, Some(typed), wrong("name", told)).await
        }
    }
}

async fn post_password(State(app): State<App>, desk: Desk, caller: Caller, fields: Fields) -> Result<Response, Error> {
    let (current, password) = (fields.raw("current"), fields.raw("password"));
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    if password != fields.raw("again") {
        let told = "The two new passwords are not the same; type it once more.".to_owned();
        return page(&app, &desk, &caller, status, None, wrong("again", told)).await;
    }
    match change_own_password(&app, desk.actor(), current, password, &caller.visit()).await {
        Ok(it) => {
            let answer = done(&app, "/desk/account", "Your password is changed, and every other session has ended.");
            Ok(with_cookies(&app, &it, answer))
        }
        Err(error) => {
            let at = if matches!(error, AccountError::PasswordLength) { "password" } else { "current" };
            let told = account_refusal(error)?;
            page(&app, &desk, &caller, status, None, wrong(at, told)).await
        }
    }
}

async fn post_end(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    ended(&app, session_list::end(&app, desk.actor(), desk.operator.id, SessionId(id)).await, "/desk/account")
}

async fn post_end_others(State(app): State<App>, desk: Desk, caller: Caller) -> Result<Response, Error> {
    let outcome = session_list::end_others(&app, desk.actor(), desk.operator.id, &caller.session).await;
    ended(&app, outcome, "/desk/account")
}

/// Back to the list, with what has ended.
pub(super) fn ended(app: &App, outcome: Result<EndOutcome, AccountError>, page: &str) -> Result<Response, Error> {
    match outcome {
        Ok(EndOutcome::Ended(1)) => Ok(done(app, page, "The session has ended.")),
        Ok(EndOutcome::Ended(count)) => Ok(done(app, page, &format!("{count} sessions have ended."))),
        Ok(EndOutcome::NotThere) => Ok(refused(app, page, "There is no such session any more.")),
        Err(error) => Ok(refused(app, page, &account_refusal(error)?)),
    }
}
