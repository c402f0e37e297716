//! `GET|POST /preferences/{token}`: sections, hour and zone; and the way to leave.

use super::form::{SectionChoice, field_and_code};
use crate::app::App;
use crate::subscribers::{
    Choices, LeaveOutcome, LeaveScope, PreferencesError, PreferencesView, TEST_TOKEN, change_preferences,
    leave_by_preferences, preferences, unsubscribe_link,
};
use crate::web::error::{Error, FieldError};
use crate::web::fields::Fields;
use crate::web::page::{Frame, show_unlisted};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};

#[derive(Template)]
#[template(path = "public/preferences.html")]
struct PreferencesPage {
    frame: Frame,
    token: String,
    publication: String,
    address: String,
    sections: Vec<SectionChoice>,
    hours: Vec<HourChoice>,
    zones: Vec<ZoneChoice>,
    publication_zone: String,
    offers_breaking: bool,
    takes_breaking: bool,
    is_saved: bool,
    has_others: bool,
    errors: Vec<FieldError>,
}

struct HourChoice {
    hour: i64,
    label: String,
    is_chosen: bool,
}

struct ZoneChoice {
    name: &'static str,
    is_chosen: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notice {
    None,
    Saved,
}

pub(super) async fn get_preferences(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    if token == TEST_TOKEN {
        return super::unsubscribe::test_link(&app);
    }
    let view = preferences(&app, &token).await.map_err(|error| told(&error))?;
    if !view.is_active() {
        return Err(ended(&view.publication.slug));
    }
    show_unlisted(StatusCode::OK, &page(&app, token, view, Notice::None, Vec::new()))
}

pub(super) async fn post_preferences(
    State(app): State<App>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    if token == TEST_TOKEN {
        return super::unsubscribe::test_link(&app);
    }
    match fields.get("action") {
        "leave" => return leave(&app, &token, LeaveScope::One).await,
        "leave_all" => return leave(&app, &token, LeaveScope::All).await,
        _ => {}
    }
    let hour = match fields.get("hour") {
        "" => None,
        // A number out of range is refused by the verb, in the same words.
        typed => Some(typed.parse().unwrap_or(-1)),
    };
    let choices = Choices {
        sections: fields.all("sections"),
        hour,
        time_zone: fields.filled("time_zone"),
        breaking: fields.get("breaking") == "1",
    };
    match change_preferences(&app, &token, &choices).await {
        Ok(view) => show_unlisted(StatusCode::OK, &page(&app, token, view, Notice::Saved, Vec::new())),
        Err(PreferencesError::Choice(reason)) => {
            let (field, code) = field_and_code(&reason);
            let mistake = FieldError { field: field.into(), code, message: format!("Please check: {reason}.") };
            let view = preferences(&app, &token).await.map_err(|error| told(&error))?;
            show_unlisted(StatusCode::UNPROCESSABLE_ENTITY, &page(&app, token, view, Notice::None, vec![mistake]))
        }
        Err(error) => Err(told(&error)),
    }
}

/// Leaves and goes on to the page behind the unsubscribe link, where the undo is.
async fn leave(app: &App, token: &str, scope: LeaveScope) -> Result<Response, Error> {
    let view = preferences(app, token).await.map_err(|error| told(&error))?;
    match leave_by_preferences(app, token, scope).await? {
        LeaveOutcome::Left { .. } | LeaveOutcome::AlreadyLeft { .. } => {
            let link = unsubscribe_link(app, view.subscription.id.0);
            // Without the host: a page opened under another name of this service may not be sent elsewhere by its form.
            let origin = app.config.site.base_url.origin().ascii_serialization();
            let link = link.strip_prefix(&origin).map(str::to_owned).unwrap_or(link);
            Ok((StatusCode::SEE_OTHER, [(LOCATION, link)]).into_response())
        }
        LeaveOutcome::Invalid => Err(Error::bad_link()),
    }
}

fn page(app: &App, token: String, view: PreferencesView, notice: Notice, errors: Vec<FieldError>) -> PreferencesPage {
    let sections = view
        .sections
        .iter()
        .map(|it| SectionChoice { slug: it.slug.clone(), name: it.name.clone(), is_chosen: view.takes(&it.slug) })
        .collect();
    let hours = (0..24)
        .map(|hour| HourChoice {
            hour,
            label: format!("{hour:02}:00"),
            is_chosen: view.subscription.hour == Some(hour),
        })
        .collect();
    let chosen_zone = view.subscription.time_zone.as_deref();
    let zones = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .filter(|name| name.contains('/') && !name.starts_with("Etc/") || chosen_zone == Some(name))
        .map(|name| ZoneChoice { name, is_chosen: chosen_zone == Some(name) })
        .collect();
    let offers_breaking = view.publication.offers_breaking();
    PreferencesPage {
        offers_breaking,
        frame: Frame::of(app, "Your choices").unlisted(),
        token,
        publication: view.publication.name,
        address: view.masked_address,
        sections,
        hours,
        zones,
        publication_zone: view.publication.time_zone,
        takes_breaking: view.subscription.breaking,
        is_saved: notice == Notice::Saved,
        has_others: view.has_others,
        errors,
    }
}

fn told(error: &PreferencesError) -> Error {
    match error {
        PreferencesError::Left => ended(""),
        PreferencesError::Store(crate::db::StoreError::Unavailable(cause)) => Error::unavailable(cause),
        PreferencesError::Store(cause) => Error::internal(cause),
        _ => Error::bad_link(),
    }
}

fn ended(slug: &str) -> Error {
    let path = if slug.is_empty() { "/".to_owned() } else { format!("/subscribe?publication={slug}") };
    let public = "You have left this newsletter, so there is nothing to choose. You are welcome to sign up again.";
    Error::new(StatusCode::GONE, "subscription_ended", "This subscription has ended", public)
        .with_link("Sign up again", path)
}
