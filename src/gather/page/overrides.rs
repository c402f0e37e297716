//! Where an operator says where a thing stands on the pages of a source, that place is believed, field by field.
//!
//! A selector that finds nothing leaves the field as it was read without: a redesign of a site must not empty its articles.

use super::{PageReading, authors, body, fields};
use crate::base::Selectors;
use crate::base::text::collapse_spaces;
use crate::gather::feed::plain;
use crate::gather::html::{Image, image};
use dom_query::{Document, Matcher, NodeRef};
use url::Url;

/// Elements that one selector may find.
const MATCHES_MAX: usize = 1000;

/// Takes out what is to be removed.
pub(super) fn remove(document: &Document, selectors: &Selectors) {
    for matcher in selectors.remove.iter().filter_map(|it| Matcher::new(it).ok()) {
        document.select_matcher(&matcher).remove();
    }
}

/// A selector that finds nothing on a page.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unmatched {
    /// As in [`Selectors`].
    pub field: &'static str,
    pub selector: String,
}

/// What is removed is removed, as it is before a page is read; `links` is for pages that list articles.
pub(super) fn unmatched(document: &Document, selectors: &Selectors) -> Vec<Unmatched> {
    let finds = |it: &str| Matcher::new(it).is_ok_and(|matcher| document.select_matcher(&matcher).exists());
    let note = |field, selector: &String| Unmatched { field, selector: selector.clone() };
    let idle = selectors.remove.iter().filter(|it| !finds(it)).map(|it| note("remove", it));
    let mut out: Vec<Unmatched> = idle.collect();
    remove(document, selectors);
    for (field, selector) in selectors.fields() {
        if field != "links" && !finds(selector) {
            out.push(note(field, selector));
        }
    }
    out
}

fn found<'a>(document: &'a Document, selector: Option<&String>) -> Vec<NodeRef<'a>> {
    let Some(matcher) = selector.and_then(|it| Matcher::new(it).ok()) else { return Vec::new() };
    document.select_matcher(&matcher).nodes().iter().take(MATCHES_MAX).copied().collect()
}

fn text(node: &NodeRef<'_>) -> String {
    let content = node.attr("content").map(|it| it.to_string()).filter(|it| !it.trim().is_empty());
    plain(&content.unwrap_or_else(|| node.inner_html().to_string()))
}

fn first_text(document: &Document, selector: Option<&String>) -> Option<String> {
    found(document, selector).iter().map(text).find(|it| !it.is_empty())
}

/// The text of what is marked as the body.
pub(super) fn body(document: &Document, selectors: &Selectors) -> Option<String> {
    let nodes = found(document, selectors.body.as_ref());
    let outer = nodes.iter().filter(|node| !nodes.iter().any(|other| other.id != node.id && is_inside(node, other)));
    let parts: Vec<String> = outer.map(|node| body::text_of(*node)).filter(|it| !it.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn is_inside(node: &NodeRef<'_>, other: &NodeRef<'_>) -> bool {
    node.ancestors_it(None).any(|it| it.id == other.id)
}

pub(super) fn apply(document: &Document, selectors: &Selectors, url: Option<&Url>, reading: &mut PageReading) {
    if let Some(title) = first_text(document, selectors.title.as_ref()) {
        reading.title = title;
    }
    let lines: Vec<String> = found(document, selectors.authors.as_ref()).iter().map(text).collect();
    let named = authors::tidy(&lines);
    if !named.is_empty() {
        reading.authors = named;
    }
    let published = found(document, selectors.published.as_ref()).into_iter().find_map(|node| {
        let stated = node.attr("datetime").and_then(|it| fields::date(&it));
        stated.or_else(|| fields::date(&text(&node)))
    });
    reading.published = published.or(reading.published);
    if let Some(section) = first_text(document, selectors.section.as_ref()) {
        reading.categories.retain(|it| it.to_lowercase() != section.to_lowercase());
        reading.categories.insert(0, section.clone());
        reading.section = section;
    }
    let picture = found(document, selectors.image.as_ref())
        .into_iter()
        .find_map(|node| if node.has_name("img") { image::read(&node, url) } else { image_within(&node, url) });
    reading.image = picture.or(reading.image.take());
    let caption = first_text(document, selectors.caption.as_ref());
    let credit = first_text(document, selectors.credit.as_ref());
    if let Some(image) = &mut reading.image {
        describe(image, caption, credit);
    }
}

fn describe(image: &mut Image, caption: Option<String>, credit: Option<String>) {
    if let Some(credit) = credit {
        image.credit = image::without_lead_in(&credit);
        // A credit that stands inside the caption is said once.
        if let Some(caption) = &caption {
            image.caption = collapse_spaces(&caption.replacen(&credit, "", 1));
        }
    } else if let Some(caption) = caption {
        image.caption = caption;
    }
}

fn image_within(node: &NodeRef<'_>, url: Option<&Url>) -> Option<Image> {
    node.descendants_it().filter(|it| it.has_name("img")).take(MATCHES_MAX).find_map(|it| image::read(&it, url))
}
