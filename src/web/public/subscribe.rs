//! `GET|POST /subscribe`: the sign-up form and its answer; `GET /embed/{publication}`: the same for a frame on the
//! newsroom's own pages.
//!
//! The form may be posted from any site, since it acts for nobody who is logged in; it needs no cookie. Whatever the
//! address, the answer is the same page.

use super::form::{SignUpForm, sign_up_error};
use crate::app::App;
use crate::publications::{Publication, find_publication_by_slug, list_publications};
use crate::subscribers::{ConsentSource, SignUp, SignUpError, sign_up};
use crate::web::client::ClientIp;
use crate::web::error::{Error, FieldError};
use crate::web::fields::Fields;
use crate::web::guard::CSP;
use crate::web::page::{Frame, show, show_unlisted};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, ORIGIN, REFERER, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/subscribe.html")]
struct SubscribePage {
    frame: Frame,
    form: SignUpForm,
}

#[derive(Template)]
#[template(path = "public/subscribed.html")]
struct SubscribedPage {
    frame: Frame,
    publication: String,
    hours: u32,
}

pub(super) async fn get_subscribe(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Error> {
    let query = Fields::of_text(&query.unwrap_or_default());
    let form = empty_form(&app, query.get("publication")).await?;
    let frame = Frame::of(&app, &format!("Subscribe to {}", form.name));
    show(StatusCode::OK, &SubscribePage { frame, form })
}

pub(super) async fn get_embed(State(app): State<App>, Path(slug): Path<String>) -> Result<Response, Error> {
    let form = SignUpForm { is_embedded: true, ..empty_form(&app, &slug).await? };
    let frame = Frame::of(&app, &format!("Subscribe to {}", form.name)).unlisted().embedded(true);
    Ok(framed(show_unlisted(StatusCode::OK, &SubscribePage { frame, form })?, true))
}

pub(super) async fn post_subscribe(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Error> {
    let is_embedded = fields.get("embedded") == "1";
    let asked = SignUp {
        publication: fields.filled("publication"),
        sections: fields.all("sections"),
        time_zone: fields.filled("time_zone"),
        breaking: fields.get("breaking") == "1",
        language: fields.filled("language"),
        source: ConsentSource::Form,
        form_url: form_url(&app, &headers),
        ip,
        honeypot: fields.get("leave_this_empty").to_owned(),
        ..SignUp::by_form(fields.get("email"))
    };
    let answer = match sign_up(&app, asked).await {
        Ok(done) => {
            let frame = Frame::of(&app, "Check your mailbox").unlisted().embedded(is_embedded);
            let hours = app.config.limits.confirm_link_hours;
            show_unlisted(StatusCode::OK, &SubscribedPage { frame, publication: done.publication.name.clone(), hours })?
        }
        Err(SignUpError::UnknownPublication) => return Err(unknown_publication()),
        Err(error) => form_again(&app, &fields, sign_up_error(error), is_embedded).await?,
    };
    Ok(framed(answer, is_embedded))
}

/// The form once more, with what was typed and what was wrong with it.
async fn form_again(app: &App, fields: &Fields, error: Error, is_embedded: bool) -> Result<Response, Error> {
    let is_about_the_form = !error.fields.is_empty() || error.retry_after.is_some();
    if !is_about_the_form || error.status.get().is_server_error() {
        return Err(error);
    }
    let chosen = fields.all("sections");
    let mut form = SignUpForm { is_embedded, ..empty_form(app, fields.get("publication")).await? };
    form.email = fields.get("email").chars().take(300).collect();
    for section in &mut form.sections {
        section.is_chosen = chosen.contains(&section.slug);
    }
    form.takes_breaking = fields.get("breaking") == "1";
    form.errors.clone_from(&error.fields);
    if form.errors.is_empty() {
        form.errors.push(FieldError {
            field: "form".into(),
            code: error.code,
            message: error.public.clone().into_owned(),
        });
    }
    let frame = Frame::of(app, "Please check the form").unlisted().embedded(is_embedded);
    let mut response = show_unlisted(error.status.get(), &SubscribePage { frame, form })?;
    if let Some(wait) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_seconds().max(1).unsigned_abs()));
    }
    Ok(response)
}

fn unknown_publication() -> Error {
    let public = "There is no newsletter of this name here. The front page lists all of them.";
    Error::new(StatusCode::NOT_FOUND, "unknown_publication", "No such newsletter", public)
}

async fn empty_form(app: &App, slug: &str) -> Result<SignUpForm, Error> {
    let mut tx = app.db.read().await?;
    let found: Option<Publication> = if slug.is_empty() {
        list_publications(&mut tx).await?.into_iter().next()
    } else {
        find_publication_by_slug(&mut tx, slug).await?
    };
    Ok(SignUpForm::of(&mut tx, &found.ok_or_else(unknown_publication)?).await?)
}

/// The page the form stood on, for the consent record: as far as the browser tells.
fn form_url(app: &App, headers: &HeaderMap) -> String {
    let told = headers.get(REFERER).or_else(|| headers.get(ORIGIN)).and_then(|value| value.to_str().ok());
    match told {
        Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
            // Without its query: that may say more about the visitor than where the form stood.
            url.split(['?', '#']).next().unwrap_or_default().to_owned()
        }
        _ => app.config.site.link("/subscribe"),
    }
}

/// Pages of the embedded form may stand in a frame of any site.
fn framed(mut response: Response, is_embedded: bool) -> Response {
    if is_embedded
        && let Ok(policy) = HeaderValue::from_str(&CSP.replace("frame-ancestors 'none'", "frame-ancestors *"))
    {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        let policy = HeaderName::from_static("cross-origin-opener-policy");
        response.headers_mut().insert(policy, HeaderValue::from_static("unsafe-none"));
    }
    response
}
