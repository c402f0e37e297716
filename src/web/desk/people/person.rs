//! `/desk/people/{id}`: one account: its role, its link, its second step, its sessions, and whether it is open.

use super::{NEEDS, RoleChoice, link_page, roles, state_of};
use crate::app::App;
use crate::operators::accounts::{self, AccountError};
use crate::operators::second_step;
use crate::operators::session_list;
use crate::operators::sessions::SessionId;
use crate::operators::standing::{self, StandingOutcome};
use crate::operators::{OperatorId, Role, links};
use crate::web::desk::account::{SessionRow, ended};
use crate::web::desk::doors::Doors;
use crate::web::desk::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use crate::web::desk::places::Place;
use crate::web::desk::said::{done, refused};
use crate::web::desk::words::{account_refusal, second_step_refusal};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(super) fn doors() -> Doors {
    Doors::new()
        .page("/desk/people/{id}", NEEDS, get_person)
        .deed("/desk/people/{id}/role", NEEDS, post_role)
        .deed("/desk/people/{id}/disable", NEEDS, post_disable)
        .deed("/desk/people/{id}/enable", NEEDS, post_enable)
        .deed("/desk/people/{id}/link", NEEDS, post_link)
        .deed("/desk/people/{id}/reset-second-step", NEEDS, post_reset)
        .deed("/desk/people/{id}/sessions/end", NEEDS, post_end_all)
        .deed("/desk/people/{id}/sessions/{session}/end", NEEDS, post_end)
}

#[derive(Template)]
#[template(path = "desk/person.html")]
struct PersonPage {
    frame: DeskFrame,
    id: i64,
    name: String,
    email: String,
    role: &'static str,
    state: &'static str,
    is_disabled: bool,
    has_password: bool,
    is_self: bool,
    since: Moment,
    second_step_since: Option<Moment>,
    link_until: Option<Moment>,
    roles: Vec<RoleChoice>,
    sessions: Vec<SessionRow>,
}

fn page_of(id: i64) -> String {
    format!("/desk/people/{id}")
}

async fn get_person(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let found = async {
        let people = accounts::list_people(&app, desk.actor()).await?;
        let person = people.into_iter().find(|it| it.operator.id.0 == id).ok_or(AccountError::Unknown)?;
        let lines = session_list::list(&app, desk.actor(), OperatorId(id), "").await?;
        Ok::<_, AccountError>((person, lines))
    };
    let (person, lines) = match found.await {
        Ok(found) => found,
        Err(error) => return Err(Error::internal(account_refusal(error)?)),
    };
    let zone = house_zone(&mut app.db.read().await?).await?;
    let it = person.operator;
    let page = PersonPage {
        frame: desk.frame(&app, &it.name, Place::People),
        id,
        role: it.role.as_str(),
        state: state_of(it.is_disabled(), it.has_password(), person.link_until.is_some()),
        is_disabled: it.is_disabled(),
        has_password: it.has_password(),
        is_self: it.id == desk.operator.id,
        since: Moment::of(it.created_at, zone),
        second_step_since: it.totp_since.map(|at| Moment::of(at, zone)),
        link_until: person.link_until.map(|at| Moment::of(at, zone)),
        roles: roles(it.role),
        sessions: lines.into_iter().map(|line| SessionRow::of(line, zone)).collect(),
        name: it.name,
        email: it.email,
    };
    show_desk(StatusCode::OK, &page)
}

fn told(
    app: &App,
    id: i64,
    outcome: Result<StandingOutcome, AccountError>,
    changed: &str,
    already: &str,
) -> Result<Response, Error> {
    match outcome {
        Ok(StandingOutcome::Changed) => Ok(done(app, &page_of(id), changed)),
        Ok(StandingOutcome::AlreadySo) => Ok(done(app, &page_of(id), already)),
        Err(error) => Ok(refused(app, &page_of(id), &account_refusal(error)?)),
    }
}

async fn post_role(State(app): State<App>, desk: Desk, Path(id): Path<i64>, fields: Fields) -> Result<Response, Error> {
    let Some(role) = Role::parse(fields.get("role")) else {
        desk.require(crate::operators::Permission::ManageAccounts)?;
        return Ok(refused(&app, &page_of(id), "Choose a role, then press the button."));
    };
    let outcome = standing::change_role(&app, desk.actor(), OperatorId(id), role).await;
    let changed = format!("The role is {role} now, and the sessions have ended: they log in once more.");
    told(&app, id, outcome, &changed, "That is the role already.")
}

async fn post_disable(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let outcome = standing::disable(&app, desk.actor(), OperatorId(id)).await;
    told(&app, id, outcome, "The account is disabled, and its sessions have ended.", "It is disabled already.")
}

async fn post_enable(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let outcome = standing::enable(&app, desk.actor(), OperatorId(id)).await;
    told(&app, id, outcome, "The account is enabled: its person can log in again.", "It is enabled already.")
}

async fn post_link(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let made = async {
        let token = links::make(&app, desk.actor(), OperatorId(id)).await?;
        Ok::<_, AccountError>((accounts::find(&app, desk.actor(), OperatorId(id)).await?, token))
    };
    match made.await {
        Ok((account, token)) => link_page(&app, &desk, id, &account.name, &token, false),
        Err(error) => Ok(refused(&app, &page_of(id), &account_refusal(error)?)),
    }
}

async fn post_reset(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    match second_step::reset(&app, desk.actor(), OperatorId(id)).await {
        Ok(()) => Ok(done(&app, &page_of(id), "The second step is off, and the sessions have ended.")),
        Err(error) => Ok(refused(&app, &page_of(id), &second_step_refusal(error)?)),
    }
}

async fn post_end(
    State(app): State<App>,
    desk: Desk,
    Path((id, session)): Path<(i64, i64)>,
) -> Result<Response, Error> {
    let outcome = session_list::end(&app, desk.actor(), OperatorId(id), SessionId(session)).await;
    ended(&app, outcome, &page_of(id))
}

async fn post_end_all(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let outcome = session_list::end_others(&app, desk.actor(), OperatorId(id), "").await;
    ended(&app, outcome, &page_of(id))
}
