//! The skeleton: headings that step down one at a time, tables that are for layout and say so, a width that bends.

use super::css::pixels;
use super::page::{Element, Page};
use crate::lint::report::{Findings, Place, Section};
use crate::lint::rule::Rule;

/// What a mail may be wide, in CSS pixels, with some room beside the usual 600.
const WIDTH_MAX: f32 = 640.0;

pub(super) fn check(page: &Page, found: &mut Findings) {
    check_headings(page, found);
    for (at, table) in page.named("table") {
        check_table(page, at, table, found);
    }
    check_width(page, found);
}

fn check_headings(page: &Page, found: &mut Findings) {
    let mut before = 0;
    let mut firsts = 0;
    for (at, heading) in page.elements() {
        let Some(level) = level(&heading.name) else { continue };
        firsts += usize::from(level == 1);
        if before > 0 && level > before + 1 {
            let message = format!(
                "a heading of level {level} follows one of level {before}; skip none, for screen readers go by them"
            );
            found.warning(Rule::Headings, Place::excerpt(Section::Html, page.words(at).trim()), message);
        }
        before = level;
    }
    if firsts != 1 {
        let message = format!("the page has {firsts} headings <h1>; have one, the name of the mail");
        found.warning(Rule::Headings, Place::of(Section::Html), message);
    }
}

fn level(name: &str) -> Option<u32> {
    let level = name.strip_prefix('h').filter(|level| level.len() == 1)?;
    level.parse().ok().filter(|level| (1..=6).contains(level))
}

/// A table with headings of its own holds data, and needs no role.
fn check_table(page: &Page, at: usize, table: &Element, found: &mut Findings) {
    let role = table.attribute("role").unwrap_or_default();
    let place = || Place::excerpt(Section::Html, &table.shown());
    if !["presentation", "none"].contains(&role) {
        let is_data = (at + 1..page.nodes.len().min(at + page.within(at).len()))
            .filter_map(|inner| page.element(inner))
            .any(|element| ["th", "caption"].contains(&element.name.as_str()));
        if !is_data {
            let message = "a table for layout is read out as a table; write role=\"presentation\" on it";
            found.warning(Rule::LayoutTable, place(), message);
        }
        return;
    }
    let missing: Vec<&str> = ["cellpadding", "cellspacing", "border"]
        .into_iter()
        .filter(|name| table.attribute(name) != Some("0"))
        .collect();
    if !missing.is_empty() {
        let message =
            format!("a table for layout has no {}=\"0\", and Outlook draws gaps; write it", missing.join("=\"0\", "));
        found.warning(Rule::LayoutTable, place(), message);
    }
}

/// What is wider than the page pushes it out of a telephone, unless it may shrink.
fn check_width(page: &Page, found: &mut Findings) {
    for (_, element) in page.elements().filter(|(_, it)| ["table", "td", "div", "img"].contains(&it.name.as_str())) {
        let attribute = element.attribute("width").and_then(|width| width.trim().parse::<f32>().ok());
        let style = element.css("width").or_else(|| element.css("min-width")).and_then(pixels);
        let bends = element.css("max-width").is_some() || element.css("width").is_some_and(|it| it.ends_with('%'));
        let widest = style.or(attribute.filter(|_| !bends));
        if widest.is_some_and(|width| width > WIDTH_MAX) {
            let message = "an element is wider than a mail can be; give it a width of at most 600 and \
                           style=\"width:100%;max-width:600px\"";
            found.warning(Rule::Width, Place::excerpt(Section::Html, &element.shown()), message);
        }
    }
}
