//! `/desk/keys`: the keys of the API, for administrators.
//!
//! A key is shown on the answer that made it, and on no other page; it never stands in an address.

use super::days::day_begins;
use super::doors::{Doors, Needs};
use super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::places::Place;
use super::said::{done, refused};
use super::words::sentence;
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::Permission;
use crate::operators::tokens::{self, RevokeOutcome, Scope, TokenError, TokenId, TokenLine};
use crate::web::error::{Error, FieldError};
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

const NEEDS: Needs = Needs::Role(Permission::ManageAccounts);

pub(super) fn doors() -> Doors {
    Doors::new().page("/desk/keys", NEEDS, get_keys).deed("/desk/keys", NEEDS, post_keys).deed(
        "/desk/keys/{id}/revoke",
        NEEDS,
        post_revoke,
    )
}

struct KeyRow {
    id: i64,
    name: String,
    scopes: String,
    made_at: Moment,
    made_by: String,
    last_used_at: Option<Moment>,
    expires_at: Option<Moment>,
    is_expired: bool,
}

impl KeyRow {
    fn of(it: TokenLine, now: Timestamp, zone: Tz) -> Self {
        let scopes: Vec<&str> = it.scopes.iter().map(|scope| scope.as_str()).collect();
        Self {
            id: it.id.0,
            scopes: scopes.join(", "),
            made_at: Moment::of(it.created_at, zone),
            made_by: it.made_by.unwrap_or_else(|| "the command line".to_owned()),
            last_used_at: it.last_used_at.map(|at| Moment::of(at, zone)),
            is_expired: it.expires_at.is_some_and(|at| at <= now),
            expires_at: it.expires_at.map(|at| Moment::of(at, zone)),
            name: it.name,
        }
    }
}

struct ScopeChoice {
    value: &'static str,
    about: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "desk/keys.html")]
struct KeysPage {
    frame: DeskFrame,
    keys: Vec<KeyRow>,
    scopes: Vec<ScopeChoice>,
    zone: String,
    name: String,
    until: String,
    errors: Vec<FieldError>,
    /// Shown this once.
    made: Option<String>,
}

impl KeysPage {
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|it| it.field == field).map_or("", |it| it.message.as_str())
    }
}

async fn get_keys(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    page(&app, &desk, StatusCode::OK, &Fields::of_text(""), Vec::new(), None).await
}

async fn page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    typed: &Fields,
    errors: Vec<FieldError>,
    made: Option<String>,
) -> Result<Response, Error> {
    let keys = match tokens::list(app, desk.actor()).await {
        Ok(keys) => keys,
        Err(error) => return Err(told(error).1),
    };
    let (now, zone) = (app.now(), house_zone(&mut app.db.read().await?).await?);
    let chosen = typed.all("scope");
    let scope = |scope: &Scope| ScopeChoice {
        value: scope.as_str(),
        about: match scope {
            Scope::Read => "looks at editions, readers' figures and reports",
            Scope::Write => "hands in articles, adds and removes readers",
            Scope::Send => "shapes, approves and sends editions",
            Scope::Configure => "changes publications, sources and limits; never accounts or keys",
        },
        is_chosen: chosen.iter().any(|it| it == scope.as_str()),
    };
    let page = KeysPage {
        frame: desk.frame(app, "API keys", Place::Keys),
        keys: keys.into_iter().map(|it| KeyRow::of(it, now, zone)).collect(),
        scopes: Scope::ALL.iter().map(scope).collect(),
        zone: zone.name().to_owned(),
        name: typed.get("name").chars().take(200).collect(),
        until: typed.get("until").chars().take(20).collect(),
        errors,
        made,
    };
    show_desk(status, &page)
}

/// The field that a refusal is about, and the refusal as an error where it is about none.
fn told(error: TokenError) -> (&'static str, Error) {
    let refusal = |words: String| Error::new(StatusCode::UNPROCESSABLE_ENTITY, "key", "Nothing was done", words);
    match error {
        TokenError::Forbidden(forbidden) => ("", forbidden.into()),
        TokenError::Store(error) => ("", error.into()),
        TokenError::Exists => {
            let words = "There is a key of this name already. Choose another, or revoke the old one first.";
            ("name", refusal(words.to_owned()))
        }
        TokenError::NameMissing | TokenError::NameLength => ("name", refusal(sentence(&error.to_string()))),
        TokenError::ScopeMissing => ("scope", refusal("Choose at least one of these.".to_owned())),
        TokenError::Expired => ("until", refusal(sentence(&error.to_string()))),
    }
}

async fn post_keys(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    let scopes: Vec<Scope> = fields.all("scope").iter().filter_map(|word| Scope::parse(word)).collect();
    let zone = house_zone(&mut app.db.read().await?).await?;
    // It works through the day that is named.
    let until = fields.filled("until").map(|text| day_begins(&text, 1, zone));
    let refused = async |field: &'static str, message: String| {
        let wrong = vec![FieldError { field: field.into(), code: "refused", message }];
        page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, &fields, wrong, None).await
    };
    let until = match until {
        Some(None) => return refused("until", "Write the day like 2027-01-31, or leave it empty.".to_owned()).await,
        Some(Some(at)) => Some(at),
        None => None,
    };
    match tokens::create_until(&app, desk.actor(), fields.get("name"), &scopes, until).await {
        Ok(text) => page(&app, &desk, StatusCode::OK, &Fields::of_text(""), Vec::new(), Some(text)).await,
        Err(error) => match told(error) {
            ("", error) => Err(error),
            (field, error) => refused(field, error.public.clone().into_owned()).await,
        },
    }
}

async fn post_revoke(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let outcome = async {
        match tokens::name_of(&app, desk.actor(), TokenId(id)).await? {
            Some(name) => tokens::revoke(&app, desk.actor(), &name).await,
            None => Ok(RevokeOutcome::NotThere),
        }
    };
    match outcome.await {
        Ok(RevokeOutcome::Revoked) => Ok(done(&app, "/desk/keys", "The key is revoked, and opens nothing any more.")),
        Ok(RevokeOutcome::NotThere) => Ok(refused(&app, "/desk/keys", "This key was revoked before.")),
        Err(error) => Err(told(error).1),
    }
}
