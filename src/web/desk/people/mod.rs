//! `/desk/people`: the newsroom's accounts, for administrators.
//!
//! A new account comes with a one-time link, which is shown on the answer that made it and on no other page.

mod person;

use super::doors::{Doors, Needs};
use super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::places::Place;
use super::words::account_refusal;
use crate::app::App;
use crate::operators::accounts::{self, AccountError, Person};
use crate::operators::{Permission, Role, links};
use crate::web::error::{Error, FieldError};
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

const NEEDS: Needs = Needs::Role(Permission::ManageAccounts);

pub(super) fn doors() -> Doors {
    Doors::new().page("/desk/people", NEEDS, get_people).deed("/desk/people", NEEDS, post_people).and(person::doors())
}

/// An account in a list.
struct PersonRow {
    id: i64,
    name: String,
    email: String,
    role: &'static str,
    state: &'static str,
    is_shut: bool,
    has_second_step: bool,
    sessions: i64,
    since: Moment,
}

impl PersonRow {
    fn of(person: Person, zone: Tz) -> Self {
        let it = person.operator;
        Self {
            id: it.id.0,
            role: it.role.as_str(),
            state: state_of(it.is_disabled(), it.has_password(), person.link_until.is_some()),
            is_shut: it.is_disabled(),
            has_second_step: it.has_second_step(),
            sessions: person.sessions,
            since: Moment::of(it.created_at, zone),
            name: it.name,
            email: it.email,
        }
    }
}

const fn state_of(is_disabled: bool, has_password: bool, has_link: bool) -> &'static str {
    match (is_disabled, has_password, has_link) {
        (true, _, _) => "disabled",
        (false, true, _) => "active",
        (false, false, true) => "invited",
        (false, false, false) => "link expired",
    }
}

/// What each role is for, where one is chosen.
pub(super) struct RoleChoice {
    pub value: &'static str,
    pub about: &'static str,
    pub is_chosen: bool,
}

pub(super) fn roles(chosen: Role) -> Vec<RoleChoice> {
    let choice = |role: &Role| RoleChoice {
        value: role.as_str(),
        about: match role {
            Role::Admin => "everything, the set-up and these accounts included",
            Role::Editor => "shapes, approves and sends editions, and manages readers",
            Role::Approver => "approves, holds and sends editions, and changes nothing of what they say",
            Role::Viewer => "looks at everything, and changes nothing",
        },
        is_chosen: *role == chosen,
    };
    Role::ALL.iter().map(choice).collect()
}

#[derive(Template)]
#[template(path = "desk/people.html")]
struct PeoplePage {
    frame: DeskFrame,
    people: Vec<PersonRow>,
    roles: Vec<RoleChoice>,
    email: String,
    name: String,
    errors: Vec<FieldError>,
}

impl PeoplePage {
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|it| it.field == field).map_or("", |it| it.message.as_str())
    }
}

/// A link, shown this once.
#[derive(Template)]
#[template(path = "desk/person_link.html")]
struct LinkPage {
    frame: DeskFrame,
    id: i64,
    name: String,
    link: String,
    is_new: bool,
}

pub(super) fn link_page(
    app: &App,
    desk: &Desk,
    id: i64,
    name: &str,
    token: &str,
    is_new: bool,
) -> Result<Response, Error> {
    let frame = desk.frame(app, "A link to hand over", Place::People);
    let link = links::address(app, token);
    show_desk(StatusCode::OK, &LinkPage { frame, id, name: name.to_owned(), link, is_new })
}

async fn get_people(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    page(&app, &desk, StatusCode::OK, &Fields::of_text(""), Vec::new()).await
}

async fn page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    typed: &Fields,
    errors: Vec<FieldError>,
) -> Result<Response, Error> {
    let people = match accounts::list_people(app, desk.actor()).await {
        Ok(people) => people,
        Err(error) => return Err(Error::internal(account_refusal(error)?)),
    };
    let zone = house_zone(&mut app.db.read().await?).await?;
    let page = PeoplePage {
        frame: desk.frame(app, "People", Place::People),
        people: people.into_iter().map(|it| PersonRow::of(it, zone)).collect(),
        roles: roles(Role::parse(typed.get("role")).unwrap_or(Role::Editor)),
        email: typed.get("email").chars().take(300).collect(),
        name: typed.get("name").chars().take(200).collect(),
        errors,
    };
    show_desk(status, &page)
}

async fn post_people(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    let (email, name) = (fields.get("email"), fields.get("name"));
    let Some(role) = Role::parse(fields.get("role")) else {
        let wrong = FieldError { field: "role".into(), code: "missing", message: "Choose a role.".to_owned() };
        desk.require(Permission::ManageAccounts)?;
        return page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, &fields, vec![wrong]).await;
    };
    match accounts::invite(&app, desk.actor(), email, name, role).await {
        Ok(it) => link_page(&app, &desk, it.id.0, name, &it.token, true),
        Err(error) => {
            let field = match &error {
                AccountError::NameMissing | AccountError::NameLength => "name",
                _ => "email",
            };
            let message = account_refusal(error)?;
            let wrong = FieldError { field: field.into(), code: "refused", message };
            page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, &fields, vec![wrong]).await
        }
    }
}
