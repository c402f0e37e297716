//! `GET|POST /preferences/{token}`: everything a reader may choose, and the ways to pause, to go elsewhere and to leave.
//!
//! One form a wish; what its button says is `action`, and `publication` names the newsletter (without it, that of the link).
//! After a change the page says what was before and what is now. Held to it by `tests/it/subscribers/preferences.rs`.

mod page;
mod told;

use super::form::field_and_code;
use super::unsubscribe;
use crate::app::App;
use crate::subscribers::{
    Change, ChangeError, ChoiceError, Choices, JoinError, LeaveOutcome, LeaveScope, PersonalError, PreferencesError,
    TEST_TOKEN, ask_for_personal_link, ask_to_change_address, change_preferences, choose_language, join_by_preferences,
    leave_by_preferences, pause, preferences, resume, unsubscribe_link,
};
use crate::web::error::{Error, FieldError};
use crate::web::fields::Fields;
use crate::web::locale::Locale;
use crate::web::page::show_unlisted;
use crate::words::Language;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};

/// What the page says at its head.
#[derive(Default)]
struct Said {
    notice: String,
    changes: Vec<String>,
    errors: Vec<FieldError>,
}

impl Said {
    fn notice(text: impl Into<String>) -> Self {
        Self { notice: text.into(), ..Self::default() }
    }

    /// `field` as the page's ids name it.
    fn error(field: String, code: &'static str, message: impl Into<String>) -> Self {
        let errors = vec![FieldError { field: field.into(), code, message: message.into() }];
        Self { errors, ..Self::default() }
    }
}

pub(super) async fn get_preferences(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
) -> Result<Response, Error> {
    if token == TEST_TOKEN {
        return unsubscribe::test_link(&app);
    }
    show(&app, &token, locale, async |_| Ok(Said::default())).await
}

pub(super) async fn post_preferences(
    State(app): State<App>,
    Path(token): Path<String>,
    locale: Locale,
    fields: Fields,
) -> Result<Response, Error> {
    if token == TEST_TOKEN {
        return unsubscribe::test_link(&app);
    }
    match fields.get("action") {
        "leave" => return leave(&app, &token, &fields, LeaveScope::One).await,
        "leave_all" => return leave(&app, &token, &fields, LeaveScope::All).await,
        "language" => {
            let Some(language) = Language::of_tag(fields.get("language")) else { return Err(Error::bad_link()) };
            let was = choose_language(&app, &token, language).await?;
            let here = Locale { language, is_chosen: false, ..locale };
            return show(&app, &token, here, async |locale| Ok(told::language(locale.words(), was, language))).await;
        }
        _ => {}
    }
    show(&app, &token, locale, async |locale| act(&app, &token, locale, &fields).await).await
}

/// Does what the reader asks, then shows the page as it is now.
async fn show(
    app: &App,
    token: &str,
    locale: Locale,
    act: impl AsyncFnOnce(&Locale) -> Result<Said, Error>,
) -> Result<Response, Error> {
    let view = preferences(app, token).await?;
    let locale = locale.of_reader(&view.language);
    let said = act(&locale).await?;
    let status = if said.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = preferences(app, token).await?;
    show_unlisted(status, &page::page(app, &locale, token, view, said))
}

async fn act(app: &App, token: &str, locale: &Locale, fields: &Fields) -> Result<Said, Error> {
    let words = locale.words();
    let slug = fields.filled("publication");
    let slug = slug.as_deref();
    let done = match fields.get("action") {
        "pause" => pause(app, token, slug, fields.get("until")).await,
        "resume" => resume(app, token, slug).await,
        "join" => {
            return match join_by_preferences(app, token, slug.unwrap_or_default()).await {
                Ok(publication) => Ok(Said::notice(words.of("prefs-joined", &publication.name))),
                Err(JoinError::Link(error)) => Err(error.into()),
                Err(JoinError::SignUp(error)) => Err(super::sign_up_error(error)),
                Err(JoinError::Store(error)) => Err(error.into()),
            };
        }
        "address" => {
            return match ask_to_change_address(app, token, fields.get("email")).await {
                Ok(()) => Ok(Said::notice(words.say("prefs-address-asked"))),
                Err(ChangeError::Address(reason)) => {
                    Ok(Said::error("email".to_owned(), reason.code(), words.say("prefs-address-wrong")))
                }
                Err(ChangeError::TooOften) => {
                    Ok(Said::error("email".to_owned(), "too_often", words.say("prefs-too-often")))
                }
                Err(ChangeError::Link(error)) => Err(error.into()),
                Err(ChangeError::Template(error)) => Err(error.into()),
                Err(ChangeError::Store(error)) => Err(error.into()),
            };
        }
        "own" => {
            return match ask_for_personal_link(app, token).await {
                Ok(()) => Ok(Said::notice(words.say("prefs-own-sent"))),
                Err(PersonalError::TooOften) => {
                    Ok(Said::error("own-title".to_owned(), "too_often", words.say("prefs-too-often")))
                }
                Err(error) => Err(error.into()),
            };
        }
        _ => change_preferences(app, token, slug, &choices(fields)).await,
    };
    match done {
        Ok(Change { before, after }) => Ok(told::change(words, &before, &after)),
        Err(PreferencesError::Choice(reason)) => {
            let (field, code) = field_and_code(&reason);
            let field = slug.map_or_else(|| field.to_owned(), |slug| format!("{field}-{slug}"));
            Ok(Said::error(field, code, told::mistake(words, &reason)))
        }
        Err(error) => Err(error.into()),
    }
}

fn choices(fields: &Fields) -> Choices {
    // A number that does not read, or is out of range, is refused by the verb.
    let number = |name: &str| fields.filled(name).map(|typed| typed.parse().unwrap_or(-1));
    Choices {
        sections: fields.all("sections"),
        hour: number("hour"),
        time_zone: fields.filled("time_zone"),
        breaking: fields.get("breaking") == "1",
        weekday: number("weekday"),
        stories_min: number("stories_min"),
    }
}

/// Leaves and goes on to the page behind the unsubscribe link, where the undo is.
async fn leave(app: &App, token: &str, fields: &Fields, scope: LeaveScope) -> Result<Response, Error> {
    let slug = fields.filled("publication");
    let (outcome, id) = leave_by_preferences(app, token, slug.as_deref(), scope).await?;
    match outcome {
        LeaveOutcome::Left { .. } | LeaveOutcome::AlreadyLeft { .. } => {
            let link = unsubscribe_link(app, id.0);
            // Without the host: a page opened under another name of this service may not be sent elsewhere by its form.
            let origin = app.config.site.base_url.origin().ascii_serialization();
            let link = link.strip_prefix(&origin).map(str::to_owned).unwrap_or(link);
            Ok((StatusCode::SEE_OTHER, [(LOCATION, link)]).into_response())
        }
        LeaveOutcome::Invalid => Err(Error::bad_link()),
    }
}

impl From<PreferencesError> for Error {
    fn from(error: PreferencesError) -> Self {
        match error {
            PreferencesError::Invalid | PreferencesError::Choice(ChoiceError::UnknownSection(_)) => Self::bad_link(),
            PreferencesError::Gone => Self::known(StatusCode::GONE, "nobody_kept").with_link("Sign up again", "/"),
            PreferencesError::Left | PreferencesError::Choice(_) => {
                let public = "You have left this newsletter, so there is nothing to choose. You are welcome to sign \
                              up again.";
                Self::new(StatusCode::GONE, "subscription_ended", "This subscription has ended", public)
            }
            PreferencesError::Store(error) => error.into(),
        }
    }
}

impl From<PersonalError> for Error {
    fn from(error: PersonalError) -> Self {
        match error {
            PersonalError::Link(error) => error.into(),
            PersonalError::Gone | PersonalError::Invalid => Self::bad_link(),
            PersonalError::TooOften => Self::too_many(crate::base::Span::days(1)),
            PersonalError::Template(error) => error.into(),
            PersonalError::Store(error) => error.into(),
        }
    }
}
