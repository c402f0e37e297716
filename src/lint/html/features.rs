//! What the page uses of HTML and CSS that not every program has.
//!
//! What carries the layout is a fault (C2), what has a good substitute is a remark, and of the rest only the list of
//! programs is told. A rule within `@media` may be an addition for those that have it, so it weighs less there.

use super::css::{Declaration, Sheet};
use super::page::{Element, Page};
use crate::lint::report::{Findings, Place, Section, Severity, Support};
use crate::lint::rule::Rule;
use crate::lint::support::fact;
use std::collections::BTreeMap;

/// Where a feature was seen first, and whether it is used outside of `@media`.
struct Use {
    excerpt: String,
    is_plain: bool,
}

#[derive(Default)]
struct Uses(BTreeMap<&'static str, Use>);

impl Uses {
    fn add(&mut self, feature: &'static str, is_plain: bool, excerpt: impl FnOnce() -> String) {
        let usage = self.0.entry(feature).or_insert_with(|| Use { excerpt: excerpt(), is_plain });
        usage.is_plain |= is_plain;
    }

    fn add_declaration(&mut self, declaration: &Declaration, is_plain: bool) {
        let Declaration { property, value, .. } = declaration;
        let shown = || format!("{property}:{value}");
        for feature in of_property(property, value).into_iter().chain(of_value(value)) {
            self.add(feature, is_plain, shown);
        }
    }
}

pub(super) fn check(page: &Page, sheet: &Sheet, found: &mut Findings) -> Vec<Support> {
    let mut uses = Uses::default();
    for (_, element) in page.elements() {
        for feature in of_element(element) {
            uses.add(feature, true, || element.shown());
        }
        for declaration in &element.style {
            uses.add_declaration(declaration, true);
        }
    }
    add_sheet(sheet, &mut uses);
    let known = uses.0.iter().filter_map(|(feature, usage)| Some((fact(feature)?, usage)));
    let mut support = Vec::new();
    for (fact, usage) in known {
        let told = fact.support();
        let severity = match fact.severity {
            Some(Severity::Error) if !usage.is_plain => Some(Severity::Warning),
            severity => severity,
        };
        if let Some(severity) = severity {
            let (rule, lacking) = match severity {
                Severity::Note => (Rule::ClientSupport, &told.unsupported_in),
                Severity::Error | Severity::Warning => (Rule::ForeignCss, &told.unsupported_in),
            };
            let message = format!("{} is unknown to {}; {}", fact.feature, lacking.join(", "), told.note);
            found.add(severity, rule, Place::excerpt(Section::Html, &usage.excerpt), message);
        }
        support.push(told);
    }
    support
}

fn add_sheet(sheet: &Sheet, uses: &mut Uses) {
    for statement in &sheet.statements {
        if statement.starts_with("@import") {
            uses.add("@import", true, || statement.clone());
        }
    }
    for rule in &sheet.rules {
        let is_plain = rule.condition.is_empty();
        for (beginning, feature) in [("@media", "@media"), ("@supports", "@supports")] {
            if rule.condition.starts_with(beginning) {
                uses.add(feature, true, || rule.condition.clone());
            }
        }
        if rule.condition.contains("prefers-color-scheme") {
            uses.add("prefers-color-scheme", true, || rule.condition.clone());
        }
        for (mark, feature) in [
            ("@font-face", "@font-face"),
            ("@keyframes", "animation"),
            (":hover", ":hover"),
            (":before", "::before, ::after"),
            (":after", "::before, ::after"),
            ("[", "attribute selectors"),
        ] {
            if rule.selector.contains(mark) {
                uses.add(feature, is_plain, || rule.selector.clone());
            }
        }
        for declaration in &rule.declarations {
            uses.add_declaration(declaration, is_plain);
        }
    }
}

fn of_property(property: &str, value: &str) -> Option<&'static str> {
    Some(match (property, value) {
        ("display", "flex" | "inline-flex") => "flex",
        ("display", "grid" | "inline-grid") => "grid",
        ("display", "none") => "display:none",
        ("position", value) if value != "static" => "position",
        ("background-image" | "background" | "list-style-image", value) if value.contains("url(") => "background-image",
        ("object-fit" | "object-position", _) => "object-fit",
        ("float", value) if value != "none" => "float",
        ("visibility", "hidden" | "collapse") => "visibility",
        ("max-width", value) if value != "none" => "max-width",
        ("overflow" | "overflow-x" | "overflow-y", value) if value != "visible" => "overflow",
        ("white-space", value) if value != "normal" => "white-space",
        ("height", value) if value != "auto" => "height",
        ("filter" | "backdrop-filter", _) => "filter",
        ("overflow-wrap" | "word-wrap", _) => "overflow-wrap",
        _ => return of_name(property),
    })
}

/// Features that a property is, whatever its value.
fn of_name(property: &str) -> Option<&'static str> {
    const SAME: &[&str] = &[
        "transform",
        "animation",
        "opacity",
        "gap",
        "border-radius",
        "box-shadow",
        "text-shadow",
        "min-width",
        "max-height",
        "min-height",
        "box-sizing",
        "word-break",
        "hyphens",
        "color-scheme",
    ];
    if property.starts_with("--") {
        return Some("variables");
    }
    if ["margin-inline", "padding-inline", "margin-block", "padding-block", "inset"]
        .iter()
        .any(|it| property.starts_with(it))
    {
        return Some("logical margins");
    }
    SAME.iter().find(|name| **name == property).copied()
}

fn of_value(value: &str) -> impl Iterator<Item = &'static str> {
    const FUNCTIONS: &[(&str, &str)] = &[
        ("var(", "variables"),
        ("linear-gradient(", "linear-gradient"),
        ("clamp(", "clamp(), min(), max()"),
        ("min(", "clamp(), min(), max()"),
        ("max(", "clamp(), min(), max()"),
        ("calc(", "calc()"),
        ("rgba(", "rgba()"),
        ("lab(", "modern colours"),
        ("lch(", "modern colours"),
        ("color-mix(", "modern colours"),
    ];
    const UNITS: &[(&str, &str)] = &[("rem", "rem"), ("vw", "vw, vh"), ("vh", "vw, vh")];
    let functions = FUNCTIONS.iter().filter(|(name, _)| value.contains(name)).map(|(_, feature)| *feature);
    let is_number = |text: &str| text.ends_with(|c: char| c.is_ascii_digit()) && !text.contains("url(");
    let words = value.split([' ', ',', '(', ')', '/']);
    let units = words.flat_map(move |word| {
        UNITS
            .iter()
            .filter(move |(unit, _)| word.strip_suffix(unit).is_some_and(is_number))
            .map(|(_, feature)| *feature)
    });
    functions.chain(units)
}

fn of_element(element: &Element) -> Vec<&'static str> {
    let mut all = Vec::new();
    all.extend(match element.name.as_str() {
        "link" => Some("<link>"),
        "picture" | "source" => Some("<picture>"),
        "svg" => Some("<svg>"),
        "video" => Some("<video>"),
        "audio" => Some("<audio>"),
        "article" | "section" | "header" | "footer" | "main" | "nav" | "aside" => Some("sections"),
        _ => None,
    });
    if element.attribute("srcset").is_some() {
        all.push("srcset");
    }
    if element.attribute("background").is_some_and(|it| !it.is_empty()) {
        all.push("background-image");
    }
    if element.attribute("aria-label").is_some() {
        all.push("aria-label");
    }
    let source = element.attribute("src").and_then(|it| it.split(['?', '#']).next()).unwrap_or_default();
    for (ending, feature) in [(".webp", "webp"), (".svg", "svg picture"), (".avif", "avif")] {
        if source.to_ascii_lowercase().ends_with(ending) {
            all.push(feature);
        }
    }
    all
}
