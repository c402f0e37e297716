//! What no mail may hold: whatever runs, loads a page of its own or asks for input. Filters refuse it, programs drop
//! it.
//!
//! What is only not shown everywhere is the matter of [`super::features`].

use super::css::Sheet;
use super::page::{Element, Page};
use crate::lint::links::{Reach, reach};
use crate::lint::report::{Findings, Place, Section};
use crate::lint::rule::Rule;

const RUNS: &[&str] = &["script", "iframe", "frame", "frameset", "object", "embed", "applet", "portal", "base"];
const ASKS: &[&str] = &["form", "input", "button", "select", "textarea"];
/// Attributes that hold an address, beside the `href` of links and the `src` of pictures.
const ADDRESSES: &[&str] = &["action", "formaction", "xlink:href", "background", "poster", "data"];

pub(super) fn check(page: &Page, sheet: &Sheet, found: &mut Findings) {
    for (_, element) in page.elements() {
        if let Some(message) = fault(element) {
            found.error(Rule::ActiveContent, Place::excerpt(Section::Html, &element.shown()), message);
        }
    }
    let inline = page.elements().flat_map(|(_, element)| &element.style);
    let of_sheet = sheet.rules.iter().flat_map(|rule| &rule.declarations);
    let runs =
        |value: &str| value.contains("expression(") || value.contains("javascript:") || value.contains("-moz-binding");
    if let Some(declaration) = inline.chain(of_sheet).find(|it| runs(&it.value) || it.property == "behavior") {
        let message = "a style runs a program, which filters refuse; take it out";
        found.error(Rule::ActiveContent, Place::excerpt(Section::Html, &declaration.value), message);
    }
}

fn fault(element: &Element) -> Option<&'static str> {
    let name = element.name.as_str();
    let is_refresh =
        name == "meta" && element.attribute("http-equiv").is_some_and(|it| it.trim().eq_ignore_ascii_case("refresh"));
    if RUNS.contains(&name) || is_refresh {
        return Some("the page holds what runs or loads by itself, and filters refuse that; take it out");
    }
    if ASKS.contains(&name) {
        return Some("the page asks for input, which mail programs drop or warn of; link to a page that asks");
    }
    let listens = |name: &str| name.len() > 2 && name.starts_with("on");
    if element.attributes.iter().any(|(name, _)| listens(name) || name == "srcdoc") {
        return Some("an attribute runs a program, and filters refuse that; take it out");
    }
    let runs = |(name, value): &(String, String)| ADDRESSES.contains(&name.as_str()) && reach(value) == Reach::Active;
    element.attributes.iter().any(runs).then_some("an attribute runs or holds something itself; take it out")
}
