//! What stands around the words: the type of document, its language, its head, its style sheet.

use super::page::{Element, Page};
use crate::lint::report::{Findings, Kind, Place, Section};
use crate::lint::rule::Rule;

/// Gmail drops a sheet that is larger.
const SHEET_BYTES_MAX: usize = 16 * 1024;

/// All of them in one; those in conditional comments are Outlook's own and not among them.
pub(super) fn style_sheets(page: &Page) -> String {
    page.named("style").map(|(at, _)| page.words(at)).collect::<Vec<_>>().join("\n")
}

pub(super) fn check(html: &str, page: &Page, kind: Kind, found: &mut Findings) {
    let beginning = html.trim_start().get(..14).unwrap_or_default();
    if !beginning.eq_ignore_ascii_case("<!doctype html") {
        let message = "the page does not begin with <!DOCTYPE html>, and programs fall back to old ways; begin it so";
        found.warning(Rule::Doctype, Place::of(Section::Html), message);
    }
    check_language(page, kind, found);
    check_head(page, found);
    check_sheets(page, found);
}

fn check_language(page: &Page, kind: Kind, found: &mut Findings) {
    let root = page.named("html").next().map(|(_, element)| element);
    let lang = root.and_then(|root| root.attribute("lang")).unwrap_or_default();
    let is_tag = |lang: &str| {
        lang.starts_with(|c: char| c.is_ascii_alphabetic())
            && lang.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if !is_tag(lang) {
        let message =
            "<html> has no lang, so a screen reader guesses how to speak; write lang=\"en\" or whichever it is";
        found.warning(Rule::Language, Place::of(Section::Html), message);
    }
    let dir = root.and_then(|root| root.attribute("dir")).unwrap_or_default();
    if !["ltr", "rtl", "auto"].contains(&dir.to_ascii_lowercase().as_str()) {
        let message = "<html> has no dir; write dir=\"ltr\", or \"rtl\" for what is written from right to left";
        found.warning(Rule::Direction, Place::of(Section::Html), message);
    }
    // Gmail puts a div in the place of the body, and what <html> says is lost.
    let wrapper = page.named("body").next().and_then(|(body, _)| {
        page.elements().map(|(at, element)| (page.parent(at), element)).find(|(parent, _)| *parent == Some(body))
    });
    if kind == Kind::Edition && !lang.is_empty() && wrapper.is_some_and(|(_, first)| first.attribute("lang").is_none())
    {
        let message =
            "the first element of the body has no lang, and Gmail drops that of <html>; repeat lang and dir there";
        found.warning(Rule::Language, Place::of(Section::Html), message);
    }
}

fn check_head(page: &Page, found: &mut Findings) {
    let place = || Place::of(Section::Html);
    let title = page.named("title").next().map(|(at, _)| page.words(at)).unwrap_or_default();
    if title.trim().is_empty() {
        found.warning(
            Rule::Title,
            place(),
            "the page has no <title>, which tabs and screen readers say; repeat the subject there",
        );
    }
    let metas: Vec<&Element> = page.named("meta").map(|(_, element)| element).collect();
    let charset = metas.iter().find_map(|meta| meta.attribute("charset"));
    let equivalent = metas.iter().find_map(|meta| {
        let is_type = meta.attribute("http-equiv").is_some_and(|it| it.eq_ignore_ascii_case("content-type"));
        meta.attribute("content").filter(|_| is_type)
    });
    if !charset.or(equivalent).is_some_and(|it| it.to_ascii_lowercase().contains("utf-8")) {
        found.warning(
            Rule::MetaCharset,
            place(),
            "the page does not name its character set; write <meta charset=\"utf-8\"> first in its head",
        );
    }
    if content(&metas, "viewport").is_none() {
        let message = "the page has no viewport, so telephones show it tiny; write <meta name=\"viewport\" \
                       content=\"width=device-width,initial-scale=1\">";
        found.warning(Rule::Viewport, place(), message);
    }
    for name in ["color-scheme", "supported-color-schemes"] {
        if !content(&metas, name).is_some_and(|it| it.contains("dark")) {
            let message = format!(
                "<meta name=\"{name}\" content=\"light dark\"> is missing, and programs darken the page on their \
                 own; add it"
            );
            found.warning(Rule::DarkScheme, place(), message);
        }
    }
}

fn content<'a>(metas: &[&'a Element], name: &str) -> Option<&'a str> {
    let meta = metas.iter().find(|meta| meta.attribute("name").is_some_and(|it| it.eq_ignore_ascii_case(name)))?;
    meta.attribute("content")
}

fn check_sheets(page: &Page, found: &mut Findings) {
    let mut bytes = 0;
    for (at, _) in page.named("style") {
        bytes += page.words(at).len();
        if !page.ancestors(at).any(|element| element.name == "head") {
            let message = "a <style> stands in the body, where Gmail and others drop it; move it into the head";
            found.warning(Rule::StyleSheet, Place::of(Section::Html), message);
        }
    }
    if bytes > SHEET_BYTES_MAX {
        let message =
            format!("the style sheets are {bytes} bytes, and Gmail drops what is over {SHEET_BYTES_MAX}; style inline");
        found.warning(Rule::StyleSheet, Place::of(Section::Html), message);
    }
}
