//! `GET /archive`, `/archive/{publication}`, `/archive/{publication}/{label}`: the editions that were sent.
//!
//! An edition is shown to the byte as it was frozen for the web, without anybody's personal links. It is a mail's HTML with
//! its own styles and the newsroom's pictures, so it gets a policy of its own: no script, no form, no frame.

use crate::app::App;
use crate::base::Timestamp;
use crate::base::time::long_date;
use crate::editions::{Edition, archive};
use crate::publications::{Publication, list_publications};
use crate::web::error::Error;
use crate::web::page::{Frame, html, show};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;

const EDITION_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; \
                           form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

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
}

struct Issue {
    label: String,
    subject: String,
    preheader: String,
    /// `Monday, 23 November 2026`, in the publication's zone.
    date: String,
    /// RFC 3339, for machines.
    sent_at: String,
}

impl Issue {
    fn of(edition: Edition, publication: &Publication) -> Self {
        let sent: Timestamp = edition.sealed_at.unwrap_or(edition.send_at);
        Self {
            date: long_date(sent.in_zone(publication.zone()).date_naive()),
            sent_at: sent.rfc3339(),
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
        .route("/archive/{publication}/{label}", get(get_edition))
}

async fn get_archive(State(app): State<App>) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let mut publications = Vec::new();
    for it in list_publications(&mut tx).await? {
        let latest = archive::latest(&mut tx, it.id).await?.map(|edition| Issue::of(edition, &it));
        publications.push(Shelf { slug: it.slug, name: it.name, description: it.description, latest });
    }
    show(StatusCode::OK, &ArchivePage { frame: Frame::of(&app, "Archive"), publications })
}

async fn get_issues(State(app): State<App>, Path(slug): Path<String>) -> Result<Response, Error> {
    let found = archive::list(&mut app.db.read().await?, &slug).await?;
    let (publication, editions) = found.ok_or_else(unknown)?;
    let issues = editions.into_iter().map(|edition| Issue::of(edition, &publication)).collect();
    let frame = Frame::of(&app, &format!("Archive of {}", publication.name));
    show(StatusCode::OK, &IssuesPage { frame, slug: publication.slug, name: publication.name, issues })
}

async fn get_edition(State(app): State<App>, Path((slug, label)): Path<(String, String)>) -> Result<Response, Error> {
    let found = archive::page(&mut app.db.read().await?, &slug, &label).await?;
    let (_, variant) = found.ok_or_else(unknown)?;
    let mut response = html(StatusCode::OK, variant.html);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(EDITION_CSP));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(response)
}

fn unknown() -> Error {
    let public = "There is no edition at this address. The archive lists all that were sent.";
    Error::new(StatusCode::NOT_FOUND, "unknown_edition", "No such edition", public)
        .with_link("To the archive", "/archive")
}
