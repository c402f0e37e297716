//! Pages to look at the mails that the test sink caught: a list, and one mail as HTML, text, source and links.
//!
//! A caught mail is somebody else's markup. Its HTML is served at an address of its own under a sandbox without scripts,
//! forms or the pages' origin, and shown in a frame that is sandboxed again; images may load from the web, as they would
//! in a mail program. The pages need no JavaScript. They are for trials on one's own machine: there is no login, and
//! who may reach the listener may read every mail. Held to it by `mailbox/tests.rs`.

#[cfg(test)]
mod tests;

use crate::base::Timestamp;
use crate::sink::{CaughtMail, Sink};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

/// For the mail itself: no script, no form, no frame; links open a new window, outside the sandbox.
const MAIL_POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
                           img-src http: https: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'self'";
/// For the pages around it.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; \
                           form-action 'none'; frame-ancestors 'self'";
/// Mails shown in the list, the newest first.
const LIST_MAX: usize = 500;
/// Of a mail's source; the rest is told by its size.
const SOURCE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The ways to look at a mail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Html,
    Text,
    Source,
    Links,
}

/// A line of the list.
struct Line {
    id: u64,
    from: String,
    to: String,
    /// The envelope's, to which a bounce would come.
    sender: String,
    subject: String,
    received: String,
    size: String,
}

#[derive(Template)]
#[template(path = "mailbox/list.html")]
struct ListPage {
    lines: Vec<Line>,
    total: usize,
}

#[derive(Template)]
#[template(path = "mailbox/mail.html")]
struct MailPage<'a> {
    mail: &'a CaughtMail,
    line: Line,
    tab: Tab,
    source: String,
    source_is_cut: bool,
}

#[derive(Template)]
#[template(path = "mailbox/missing.html")]
struct MissingPage;

impl Tab {
    const ALL: [Self; 4] = [Self::Html, Self::Text, Self::Source, Self::Links];

    /// Behind the mail's address.
    const fn path(self) -> &'static str {
        match self {
            Self::Html => "",
            Self::Text => "/text",
            Self::Source => "/source",
            Self::Links => "/links",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Text => "Text",
            Self::Source => "Source",
            Self::Links => "Links",
        }
    }
}

impl Line {
    fn new(mail: &CaughtMail) -> Self {
        let or = |text: &str, otherwise: &str| if text.trim().is_empty() { otherwise } else { text }.to_owned();
        Self {
            id: mail.id,
            from: or(&mail.from, &or(&mail.envelope_from, "nobody")),
            to: mail.envelope_to.join(", "),
            sender: or(&mail.envelope_from, "nobody"),
            subject: or(&mail.subject, "(no subject)"),
            received: clock_time(mail.received_at),
            size: size(mail.raw.len()),
        }
    }
}

/// The viewer: `/` lists, `/mails/{id}` and what stands under it show one.
pub fn router(sink: Arc<Sink>) -> Router {
    Router::new()
        .route("/", get(get_list))
        .route("/mails", get(get_list))
        .route("/mails/{id}", get(|sink, id| get_mail(sink, id, Tab::Html)))
        .route("/mails/{id}/text", get(|sink, id| get_mail(sink, id, Tab::Text)))
        .route("/mails/{id}/source", get(|sink, id| get_mail(sink, id, Tab::Source)))
        .route("/mails/{id}/links", get(|sink, id| get_mail(sink, id, Tab::Links)))
        .route("/mails/{id}/html", get(get_mail_html))
        .route("/mails/{id}/raw", get(get_mail_raw))
        .fallback(async || missing())
        .with_state(sink)
}

async fn get_list(State(sink): State<Arc<Sink>>) -> Response {
    let mails = sink.mails();
    let lines = mails.iter().rev().take(LIST_MAX).map(|mail| Line::new(mail)).collect();
    page(StatusCode::OK, &ListPage { lines, total: mails.len() })
}

async fn get_mail(State(sink): State<Arc<Sink>>, Path(id): Path<String>, tab: Tab) -> Response {
    let Some(mail) = find(&sink, &id) else { return missing() };
    let shown = mail.raw.get(..SOURCE_BYTES_MAX).unwrap_or(&mail.raw);
    let source = if tab == Tab::Source { String::from_utf8_lossy(shown).into_owned() } else { String::new() };
    let source_is_cut = shown.len() < mail.raw.len();
    page(StatusCode::OK, &MailPage { mail: &mail, line: Line::new(&mail), tab, source, source_is_cut })
}

/// The HTML part alone, as the frame shows it.
async fn get_mail_html(State(sink): State<Arc<Sink>>, Path(id): Path<String>) -> Response {
    let Some(mail) = find(&sink, &id) else { return missing() };
    let mut answer = Html(mail.html.clone()).into_response();
    guard(&mut answer, MAIL_POLICY);
    answer
}

/// The mail as it was sent, to be saved.
async fn get_mail_raw(State(sink): State<Arc<Sink>>, Path(id): Path<String>) -> Response {
    let Some(mail) = find(&sink, &id) else { return missing() };
    let name = format!("attachment; filename=\"mail-{}.eml\"", mail.id);
    let headers = [(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, name)];
    let mut answer = (headers, mail.raw.clone()).into_response();
    guard(&mut answer, MAIL_POLICY);
    answer
}

fn find(sink: &Sink, id: &str) -> Option<Arc<CaughtMail>> {
    let id: u64 = id.parse().ok()?;
    sink.mails().into_iter().find(|mail| mail.id == id)
}

fn missing() -> Response {
    page(StatusCode::NOT_FOUND, &MissingPage)
}

fn page(status: StatusCode, page: &impl Template) -> Response {
    let mut answer = match page.render() {
        Ok(page) => (status, Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    guard(&mut answer, PAGE_POLICY);
    answer
}

fn guard(answer: &mut Response, policy: &'static str) {
    let headers: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in headers {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// UTC, to the second.
fn clock_time(at: Timestamp) -> String {
    at.utc().format("%-d %b %Y, %H:%M:%S UTC").to_string()
}

fn size(bytes: usize) -> String {
    if bytes < 1024 { format!("{bytes} bytes") } else { format!("{} KB", bytes.div_ceil(1024)) }
}
