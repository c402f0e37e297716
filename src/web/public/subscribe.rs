//! `GET|POST /subscribe`: a publication's own page with its sign-up, and the answer; `GET /embed/{publication}`: the form
//! alone, for a frame on the newsroom's own pages (`?theme=light` or `dark`, else as the reader's device likes).
//!
//! The form may be posted from any site, since it acts for nobody who is logged in; it needs no cookie. Whatever the
//! address, the answer is the same page ([`super::subscribed`]).

use super::form::{SignUpForm, sign_up_error};
use super::schedule::schedule;
use super::subscribed;
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::editions::archive;
use crate::editions::phrases::Phrases;
use crate::publications::{Publication, find_publication_by_slug, list_publications, list_slots};
use crate::subscribers::{ConsentSource, SignUp, SignUpError, sign_up};
use crate::web::client::ClientIp;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::guard::policy;
use crate::web::locale::Locale;
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
    about: About,
}

/// What a publication's own page tells beside the form.
#[derive(Default)]
struct About {
    schedule: String,
    latest: Option<Latest>,
}

struct Latest {
    label: String,
    subject: String,
    date: String,
}

pub(super) async fn get_subscribe(
    State(app): State<App>,
    locale: Locale,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = Fields::of_text(&query.unwrap_or_default());
    let mut tx = app.db.read().await?;
    let publication = find(&mut tx, query.get("publication")).await?;
    let form = SignUpForm::of(&app, &mut tx, &publication, locale.words()).await?;
    let about = about(&mut tx, &publication, &locale).await?;
    let frame = Frame::in_language(&app, &locale, &locale.words().of("subscribe-to", &form.name));
    show(StatusCode::OK, &SubscribePage { frame, form, about })
}

pub(super) async fn get_embed(
    State(app): State<App>,
    locale: Locale,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = Fields::of_text(&query.unwrap_or_default());
    let mut tx = app.db.read().await?;
    let publication = find_publication_by_slug(&mut tx, &slug).await?.ok_or_else(unknown_publication)?;
    let form = SignUpForm::of(&app, &mut tx, &publication, locale.words()).await?;
    let form = SignUpForm { is_embedded: true, hours: Vec::new(), regions: Vec::new(), ..form };
    let title = locale.words().of("subscribe-to", &form.name);
    let frame = Frame::in_language(&app, &locale, &title).unlisted().embedded(true).themed(query.get("theme"));
    let page = SubscribePage { frame, form, about: About::default() };
    Ok(framed(&app, show_unlisted(StatusCode::OK, &page)?, true))
}

pub(super) async fn post_subscribe(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    locale: Locale,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Error> {
    let is_embedded = fields.get("embedded") == "1";
    // The answer speaks the language of the form, and its switch leads back to the form.
    let locale = locale.of_reader(fields.get("language")).at(&form_path(fields.get("publication")));
    let asked = SignUp {
        publication: fields.filled("publication"),
        sections: fields.all("sections"),
        time_zone: fields.filled("time_zone"),
        hour: hour(&fields),
        breaking: fields.get("breaking") == "1",
        language: fields.filled("language"),
        source: ConsentSource::Form,
        form_url: form_url(&app, &headers),
        ip,
        honeypot: fields.get("leave_this_empty").to_owned(),
        form_token: fields.filled("form_token"),
        proof: fields.filled("altcha"),
        ..SignUp::by_form(fields.get("email"))
    };
    let answer = match sign_up(&app, asked).await {
        Ok(done) => subscribed::page(&app, &locale, &done.publication, &fields)?,
        Err(SignUpError::UnknownPublication) => return Err(unknown_publication()),
        Err(error) => form_again(&app, &locale, &fields, sign_up_error(error), is_embedded).await?,
    };
    Ok(framed(&app, answer, is_embedded))
}

/// A number out of range is refused by the verb, as is whatever is no number.
fn hour(fields: &Fields) -> Option<i64> {
    match fields.get("hour") {
        "" => None,
        typed => Some(typed.parse().unwrap_or(-1)),
    }
}

/// The form once more, with what was typed and what was wrong with it.
async fn form_again(
    app: &App,
    locale: &Locale,
    fields: &Fields,
    error: Error,
    is_embedded: bool,
) -> Result<Response, Error> {
    let is_about_the_form = !error.fields.is_empty() || error.retry_after.is_some();
    if !is_about_the_form || error.status.get().is_server_error() {
        return Err(error);
    }
    let words = locale.words();
    let mut tx = app.db.read().await?;
    let publication = find(&mut tx, fields.get("publication")).await?;
    let form = SignUpForm { is_embedded, ..SignUpForm::of(app, &mut tx, &publication, words).await? };
    let about = if is_embedded { About::default() } else { about(&mut tx, &publication, locale).await? };
    let mut form = form.filled(fields, &error, words);
    if is_embedded {
        (form.hours, form.regions) = (Vec::new(), Vec::new());
    }
    let frame = Frame::in_language(app, locale, &words.say("form-check")).unlisted().embedded(is_embedded);
    let frame = frame.themed(fields.get("theme"));
    let mut response = show_unlisted(error.status.get(), &SubscribePage { frame, form, about })?;
    if let Some(wait) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_seconds().max(1).unsigned_abs()));
    }
    Ok(response)
}

fn unknown_publication() -> Error {
    Error::known(StatusCode::NOT_FOUND, "unknown_publication")
}

/// By its slug; without one the newsroom's first.
async fn find(tx: &mut Tx, slug: &str) -> Result<Publication, Error> {
    let found = if slug.is_empty() {
        list_publications(tx).await?.into_iter().next()
    } else {
        find_publication_by_slug(tx, slug).await?
    };
    found.ok_or_else(unknown_publication)
}

async fn about(tx: &mut Tx, publication: &Publication, locale: &Locale) -> Result<About, StoreError> {
    let schedule = schedule(&list_slots(tx, publication.id).await?, locale.words());
    let latest = archive::latest(tx, publication.id).await?.map(|it| {
        let sent = it.sealed_at.unwrap_or(it.send_at).in_zone(publication.zone()).date_naive();
        Latest { date: Phrases::of(locale.language.code()).long_date(sent), label: it.label, subject: it.subject }
    });
    Ok(About { schedule, latest })
}

/// Where the form of a publication stands, below the base URL.
pub(super) fn form_path(slug: &str) -> String {
    if slug.is_empty() {
        return "/subscribe".to_owned();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("publication", slug).finish();
    format!("/subscribe?{query}")
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
fn framed(app: &App, mut response: Response, is_embedded: bool) -> Response {
    if is_embedded
        && let Ok(policy) = HeaderValue::from_str(&policy(app).replace("frame-ancestors 'none'", "frame-ancestors *"))
    {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        let policy = HeaderName::from_static("cross-origin-opener-policy");
        response.headers_mut().insert(policy, HeaderValue::from_static("unsafe-none"));
    }
    response
}
