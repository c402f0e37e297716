//! `GET /archive`, `/archive/{publication}`, `/archive/{publication}/{label}`, and the feeds: the editions that were sent; of
//! one that was stopped, its page alone, for those who have the link in a mail.
//!
//! An edition is shown to the byte as it was frozen for the web, without anybody's personal links; what was corrected
//! since, and the ways to the editions beside it, are put around it ([`around`]). It is a mail's HTML with its own styles
//! and the newsroom's pictures, so it gets a policy of its own: no script, no form, no frame.

mod around;
mod feeds;

use crate::app::App;
use crate::base::Timestamp;
use crate::delivery::web_page;
use crate::editions::phrases::Phrases;
use crate::editions::{Edition, EditionId, archive, corrections};
use crate::publications::{Publication, list_publications};
use crate::web::conditional;
use crate::web::error::Error;
use crate::web::locale::Locale;
use crate::web::page::{Frame, show};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, LOCATION, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::collections::BTreeSet;

const EDITION_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; \
                           form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
const HTML: &str = "text/html; charset=utf-8";

#[derive(Template)]
#[template(path = "public/archive.html")]
struct ArchivePage {
    frame: Frame,
    publications: Vec<Shelf>,
}

struct Shelf {
    slug: String,
    name: String,
    description: String,
    /// `None` before the first edition.
    latest: Option<Issue>,
}

#[derive(Template)]
#[template(path = "public/issues.html")]
struct IssuesPage {
    frame: Frame,
    slug: String,
    name: String,
    issues: Vec<Issue>,
    page: i64,
    pages: i64,
    /// `Page 2 of 3`
    place: String,
}

struct Issue {
    label: String,
    subject: String,
    preheader: String,
    /// `Monday, 23 November 2026`, as the mail calls it, in the visitor's language. It may have been sent the day before.
    date: String,
    /// The same for machines.
    day: String,
    is_corrected: bool,
}

impl Issue {
    fn of(edition: Edition, publication: &Publication, locale: &Locale, corrected: &BTreeSet<EditionId>) -> Self {
        let sent: Timestamp = edition.sealed_at.unwrap_or(edition.send_at);
        let date = edition.local_date.parse().unwrap_or_else(|_| sent.in_zone(publication.zone()).date_naive());
        Self {
            date: Phrases::of(locale.language.code()).long_date(date),
            day: date.to_string(),
            is_corrected: corrected.contains(&edition.id),
            label: edition.label,
            subject: edition.subject,
            preheader: edition.preheader,
        }
    }
}

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/archive", get(get_archive))
        .route("/archive/{publication}", get(get_issues))
        .route("/archive/{publication}/feed.atom", get(feeds::get_atom))
        .route("/archive/{publication}/feed.json", get(feeds::get_json))
        .route("/archive/{publication}/{label}", get(get_edition))
}

async fn get_archive(State(app): State<App>, locale: Locale) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let mut publications = Vec::new();
    for it in list_publications(&mut tx).await? {
        let latest = archive::latest(&mut tx, it.id).await?;
        let corrected = corrections::list_corrected(&mut tx, latest.as_slice()).await?;
        let latest = latest.map(|edition| Issue::of(edition, &it, &locale, &corrected));
        publications.push(Shelf { slug: it.slug, name: it.name, description: it.description, latest });
    }
    let frame = Frame::in_language(&app, &locale, &locale.words().say("archive"));
    show(StatusCode::OK, &ArchivePage { frame, publications })
}

#[derive(serde::Deserialize)]
struct Asked {
    /// From 1; whatever is no number is the first.
    page: Option<String>,
}

async fn get_issues(
    State(app): State<App>,
    locale: Locale,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Error> {
    let page = asked.page.and_then(|page| page.parse().ok()).unwrap_or(1);
    let found = archive::list(&mut app.db.read().await?, &slug, page).await?;
    let archive::Issues { publication, editions, corrected, page, pages } = found.ok_or_else(unknown)?;
    let issues = editions.into_iter().map(|edition| Issue::of(edition, &publication, &locale, &corrected)).collect();
    let words = locale.words();
    let title = words.of("archive-of", &publication.name);
    let title = if page > 1 { words.fill("archive-page", &[("title", &title), ("page", &page)]) } else { title };
    let frame = Frame::in_language(&app, &locale, &title);
    let place = words.fill("archive-place", &[("page", &page), ("pages", &pages)]).into_owned();
    let (slug, name) = (publication.slug, publication.name);
    show(StatusCode::OK, &IssuesPage { frame, slug, name, issues, page, pages, place })
}

async fn get_edition(
    State(app): State<App>,
    locale: Locale,
    Path((slug, label)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let found = web_page(&mut app.db.read().await?, &slug, &label).await?;
    let (publication, archived, earlier, later) = match found.ok_or_else(unknown)? {
        archive::Page::Edition { publication, archived, earlier, later } => (publication, archived, earlier, later),
        archive::Page::NoteOn { label } => {
            let path = app.config.site.path(&format!("/archive/{}/{label}", url_part(&slug)));
            return Ok((StatusCode::SEE_OTHER, [(LOCATION, path)]).into_response());
        }
    };
    let neighbours = [&earlier, &later].map(|it| it.as_deref().map(|edition| edition.label.as_str()));
    let page = around::page(&app, &locale, &publication, &archived, neighbours)?;
    // A later edition changes the way onward.
    let modified = later.and_then(|it| it.sealed_at).map_or(archived.updated_at(), |at| at.max(archived.updated_at()));
    let mut response = conditional::answer(&headers, HTML, modified, page);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(EDITION_CSP));
    // Also where nothing is sent again (RFC 9110, 15.4.5).
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    Ok(response)
}

/// As a slug stands in a path.
fn url_part(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn unknown() -> Error {
    Error::known(StatusCode::NOT_FOUND, "unknown_edition").with_link("To the archive", "/archive")
}
