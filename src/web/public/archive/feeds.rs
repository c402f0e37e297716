//! `GET /archive/{publication}/feed.atom` (RFC 4287) and `/feed.json` (JSON Feed 1.1): the newest editions in full, for
//! readers who would rather not give an address. An entry's id never changes, wherever the service moves; `updated` does
//! when something was corrected.

use super::around::{Note, inside_body, notes};
use super::unknown;
use crate::app::App;
use crate::base::Timestamp;
use crate::base::hash::sha256_hex;
use crate::editions::archive::{self, Archived};
use crate::editions::phrases::Phrases;
use crate::publications::Publication;
use crate::web::conditional;
use crate::web::error::Error;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

const ATOM: &str = "application/atom+xml; charset=utf-8";
const JSON_FEED: &str = "application/feed+json; charset=utf-8";

#[derive(Template)]
#[template(path = "public/feed.xml")]
struct AtomFeed<'a> {
    feed: &'a Feed,
}

struct Feed {
    id: String,
    title: String,
    subtitle: String,
    language: String,
    author: String,
    author_url: String,
    home: String,
    itself: String,
    updated: String,
    updated_at: Timestamp,
    entries: Vec<Entry>,
}

struct Entry {
    id: String,
    title: String,
    url: String,
    summary: String,
    html: String,
    published: String,
    updated: String,
}

#[derive(Template)]
#[template(path = "public/feed_notes.html")]
struct Notes {
    notes: Vec<Note>,
    w: &'static Phrases,
}

pub(super) async fn get_atom(
    State(app): State<App>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let feed = load(&app, &slug, "feed.atom").await?;
    let text = without_forbidden(&AtomFeed { feed: &feed }.render()?);
    Ok(conditional::answer(&headers, ATOM, feed.updated_at, text))
}

pub(super) async fn get_json(
    State(app): State<App>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let feed = load(&app, &slug, "feed.json").await?;
    let authors = json!([{ "name": feed.author, "url": feed.author_url }]);
    let items: Vec<_> = feed
        .entries
        .iter()
        .map(|it| {
            json!({
                "id": it.id, "url": it.url, "title": it.title, "summary": it.summary, "content_html": it.html,
                "date_published": it.published, "date_modified": it.updated,
            })
        })
        .collect();
    let text = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": feed.title, "description": feed.subtitle,
        "home_page_url": feed.home, "feed_url": feed.itself, "language": feed.language, "authors": authors,
        "items": items,
    });
    Ok(conditional::answer(&headers, JSON_FEED, feed.updated_at, text.to_string()))
}

async fn load(app: &App, slug: &str, file: &str) -> Result<Feed, Error> {
    let (publication, editions) = archive::feed(&mut app.db.read().await?, slug).await?.ok_or_else(unknown)?;
    let home = app.config.site.link(&format!("/archive/{}", publication.slug));
    let updated_at = editions.iter().map(Archived::updated_at).fold(publication.created_at, Timestamp::max);
    let entries = editions.iter().map(|it| entry(&publication, it, &home)).collect::<Result<_, askama::Error>>()?;
    Ok(Feed {
        id: urn(&publication, ""),
        title: publication.name.clone(),
        subtitle: publication.description.clone(),
        language: publication.language.clone(),
        author: publication.site_name.clone(),
        author_url: publication.site_url.clone(),
        itself: format!("{home}/{file}"),
        home,
        updated: updated_at.rfc3339(),
        updated_at,
        entries,
    })
}

fn entry(publication: &Publication, it: &Archived, home: &str) -> Result<Entry, askama::Error> {
    let (notes, w) = (notes(publication, &it.corrections), Phrases::of(&publication.language));
    let notes = Notes { notes, w }.render()?;
    Ok(Entry {
        id: urn(publication, &it.edition.label),
        title: it.edition.subject.clone(),
        url: format!("{home}/{}", it.edition.label),
        summary: it.edition.preheader.clone(),
        html: format!("{notes}{}", inside_body(&it.variant.html)),
        published: it.sent_at().rfc3339(),
        updated: it.updated_at().rfc3339(),
    })
}

/// A name that is the same for ever: of the publication, its beginning and the edition, and of no address, for those move.
/// A UUID of the eighth version (RFC 9562, 5.8) made of their digest.
fn urn(publication: &Publication, label: &str) -> String {
    let made_of = format!("{}\n{}\n{label}", publication.slug, publication.created_at.as_micros());
    let digest = sha256_hex(made_of.as_bytes());
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

/// XML 1.0 has no way to write these at all.
fn without_forbidden(text: &str) -> String {
    let is_allowed = |c: &char| {
        matches!(c, '\t' | '\n' | '\r') || !(c.is_control() && *c < '\u{80}' || matches!(c, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars().filter(is_allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::without_forbidden;

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(without_forbidden("a\u{0}\u{8}\u{b}b\tc\n\u{e9}\u{fffe}\u{85}"), "ab\tc\n\u{e9}\u{85}");
    }
}
