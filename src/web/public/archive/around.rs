//! What stands around a frozen edition when it is shown: feeds to subscribe to, ways to the editions beside it, and what
//! has been corrected since. The stored bytes stay as they were sealed.

use crate::app::App;
use crate::base::Timestamp;
use crate::editions::archive::Archived;
use crate::editions::corrections::CorrectionNote;
use crate::editions::phrases::Phrases;
use crate::gather::language::direction;
use crate::publications::Publication;
use crate::web::locale::Locale;
use crate::words::Words;
use askama::Template;

/// A correction as it stands on the page of the edition that was wrong.
pub(super) struct Note {
    pub headline: String,
    pub url: String,
    pub was: String,
    pub is: String,
    /// `Monday, 23 November 2026, 18:30 CET (Europe/Berlin)`
    pub date: String,
    /// RFC 3339, for machines.
    pub at: String,
}

/// In the newsroom's zone, which is named: the note may be read anywhere.
pub(super) fn notes(publication: &Publication, corrections: &[CorrectionNote]) -> Vec<Note> {
    let note = |it: &CorrectionNote| Note {
        headline: it.title.clone(),
        url: it.url.clone(),
        was: it.was.clone(),
        is: it.now_reads.clone(),
        date: said(it.noted_at, publication),
        at: it.noted_at.rfc3339(),
    };
    corrections.iter().map(note).collect()
}

fn said(at: Timestamp, publication: &Publication) -> String {
    let zone = publication.zone();
    let local = at.in_zone(zone);
    let date = Phrases::of(&publication.language).long_date(local.date_naive());
    format!("{date}, {} ({zone})", local.format("%H:%M %Z"))
}

#[derive(Template)]
#[template(path = "public/edition_head.html")]
struct Head<'a> {
    name: &'a str,
    base: &'a str,
    slug: &'a str,
    canonical: String,
    /// Search engines hold it out to nobody either.
    is_unlisted: bool,
    earlier: Option<&'a str>,
    later: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "public/edition_top.html")]
struct Top<'a> {
    base: &'a str,
    slug: &'a str,
    earlier: Option<&'a str>,
    later: Option<&'a str>,
    notes: Vec<Note>,
    /// What is said of them, in the language of the publication.
    w: &'static Phrases,
    language: &'a str,
    dir: &'static str,
    /// The ways are said in the visitor's language.
    words: Words,
    subscribe: String,
    all: String,
}

/// The edition as it is shown to the public; `neighbours` are the labels of the earlier and the later one.
pub(super) fn page(
    app: &App,
    locale: &Locale,
    publication: &Publication,
    archived: &Archived,
    neighbours: [Option<&str>; 2],
) -> Result<String, askama::Error> {
    let [earlier, later] = neighbours;
    let (name, slug) = (publication.name.as_str(), publication.slug.as_str());
    let base = app.config.site.path("");
    let base = base.as_str();
    let canonical = app.config.site.link(&format!("/archive/{slug}/{}", archived.edition.label));
    let head = Head { name, base, slug, canonical, is_unlisted: archived.is_unlisted(), earlier, later }.render()?;
    let notes = notes(publication, &archived.corrections);
    let (language, w) = (publication.language.as_str(), Phrases::of(&publication.language));
    let (words, dir) = (locale.words(), direction(language));
    let all = words.of("archive-all", name).into_owned();
    let subscribe = words.say("archive-subscribe").into_owned();
    let top = Top { base, slug, earlier, later, notes, w, language, dir, words, subscribe, all }.render()?;
    Ok(framed(&archived.variant.html, &head, &top))
}

/// Puts `head` at the end of the head and `top` at the beginning of the body. Everything from a feed is escaped in the
/// frozen page, so that the first tag of each kind is the page's own.
fn framed(html: &str, head: &str, top: &str) -> String {
    let (head_at, body_at) = (html.find("</head>"), body_start(html));
    let mut out = String::with_capacity(html.len() + head.len() + top.len());
    let body_at = body_at.unwrap_or(0);
    let head_at = head_at.filter(|at| *at <= body_at);
    let cut = head_at.unwrap_or(0);
    out.push_str(html.get(..cut).unwrap_or_default());
    if head_at.is_some() {
        out.push_str(head);
    }
    out.push_str(html.get(cut..body_at).unwrap_or_default());
    out.push_str(top);
    out.push_str(html.get(body_at..).unwrap_or_default());
    out
}

/// Where the body's content begins.
fn body_start(html: &str) -> Option<usize> {
    let tag = html.find("<body")?;
    let length = html.get(tag..)?.find('>')?;
    Some(tag + length + 1)
}

/// What stands between the body's tags: for a feed, which brings a page of its own.
pub(super) fn inside_body(html: &str) -> &str {
    let start = body_start(html).unwrap_or(0);
    let end = html.rfind("</body>").filter(|end| *end >= start).unwrap_or(html.len());
    html.get(start..end).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frozen_bytes_are_all_there_in_their_order() {
        let frozen = "<html><head><title>x</title></head><body class=\"page\">Words</body></html>";
        let page = framed(frozen, "[HEAD]", "[TOP]");
        assert_eq!(page, "<html><head><title>x</title>[HEAD]</head><body class=\"page\">[TOP]Words</body></html>");
        assert_eq!(page.replace("[HEAD]", "").replace("[TOP]", ""), frozen);
        assert_eq!(inside_body(frozen), "Words");
        assert_eq!(
            (framed("bare words", "[HEAD]", "[TOP]").as_str(), inside_body("bare")),
            ("[TOP]bare words", "bare")
        );
    }
}
