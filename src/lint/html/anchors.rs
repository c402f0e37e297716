//! Links: where they lead, what they are called, and whether one of them leads out.

use super::look::Look;
use super::page::{Kind as NodeKind, Page};
use crate::lint::links::{Reach, host, is_shortener, leaves, reach};
use crate::lint::report::{Findings, Kind, Place, Section, Severity, in_all};
use crate::lint::rule::Rule;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Ends by which a word without a scheme is taken for an address; `node.js` is none.
const ENDINGS: &[&str] = &[
    "com", "de", "edu", "es", "eu", "example", "fr", "gov", "info", "int", "io", "net", "news", "org", "ru", "ua",
    "uk", "us",
];

/// Of what a link is called no more is compared, in bytes.
const WORDS_BYTES_MAX: usize = 2000;

/// The addresses that the text part has to name.
pub(super) fn check(
    page: &Page,
    looks: &[Look],
    one_click: Option<&str>,
    kind: Kind,
    found: &mut Findings,
) -> Vec<String> {
    let mut targets: HashMap<String, &str> = HashMap::new();
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut named: HashSet<&str> = HashSet::new();
    let (mut links, mut has_way_out, mut loopbacks) = (Vec::new(), false, Vec::new());
    for (at, link) in page.named("a").chain(page.named("area")) {
        let Some(href) = link.attribute("href").map(str::trim) else { continue };
        let words = words_of(page, at);
        let is_seen = !words.is_empty() && looks.get(at).is_some_and(|look| !look.is_hidden && !look.is_unseen);
        has_way_out |= is_seen && leaves(href, &words, one_click) && reach(href) != Reach::Relative;
        if reach(href) == Reach::Loopback {
            loopbacks.push(href);
        }
        check_target(href, &link.shown(), found);
        check_words(&words, href, found);
        let same = words.to_lowercase();
        if !same.is_empty() && *targets.entry(same.clone()).or_insert(href) != href && told.insert(same) {
            let message = "two links have the same words and lead to different places; say what each leads to";
            found.warning(Rule::SameWords, Place::excerpt(Section::Html, &words), message);
        }
        if !words.is_empty() && !href.is_empty() && reach(href) != Reach::Mailto && named.insert(href) {
            links.push(href.to_owned());
        }
    }
    check_loopbacks(&loopbacks, one_click, found);
    if kind == Kind::Edition && !has_way_out {
        let message = "the HTML has no visible link to unsubscribe, and the law and every provider ask for one; add it";
        found.error(Rule::HtmlUnsubscribe, Place::of(Section::Html), message);
    }
    links
}

/// What it is called: its words, or the description of its picture; nothing if it is decoration.
fn words_of(page: &Page, at: usize) -> String {
    let mut words = String::new();
    for node in page.within(at) {
        if words.len() > WORDS_BYTES_MAX {
            break;
        }
        match &node.kind {
            NodeKind::Words(text) => words.extend(text.chars().take(WORDS_BYTES_MAX)),
            NodeKind::Element(element) if element.name == "img" => {
                words.push(' ');
                words.push_str(element.attribute("alt").unwrap_or_default());
            }
            NodeKind::Element(_) => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Fine in a trial; a mistake in a mail that can be left from everywhere.
fn check_loopbacks(loopbacks: &[&str], one_click: Option<&str>, found: &mut Findings) {
    let Some(first) = loopbacks.first() else { return };
    let is_trial = one_click.is_none_or(|it| reach(it) == Reach::Loopback);
    let severity = if is_trial { Severity::Note } else { Severity::Error };
    let message = format!(
        "a link leads to this very machine, where no reader gets{}; set site.base_url and the sources' addresses \
         before readers get mail",
        in_all(loopbacks.len())
    );
    found.add(severity, Rule::Loopback, Place::excerpt(Section::Html, first), message);
}

fn check_target(href: &str, shown: &str, found: &mut Findings) {
    let place = || Place::excerpt(Section::Html, shown);
    match reach(href) {
        Reach::Https | Reach::Mailto | Reach::Loopback => {}
        Reach::Http => {
            found.warning(
                Rule::LinkHttp,
                place(),
                "a link is http, which programs warn of; write https if the site answers there",
            );
        }
        Reach::Active => {
            found.error(
                Rule::LinkScheme,
                place(),
                "a link runs or holds something itself, and filters refuse that; link to a page",
            );
        }
        Reach::Relative => {
            found.error(
                Rule::LinkScheme,
                place(),
                "a link has no whole address, and a mail has no site around it; write https:// and all",
            );
        }
        Reach::Other => {
            found.warning(
                Rule::LinkScheme,
                place(),
                "a link is neither https nor mailto, and programs drop it; write the words alone",
            );
        }
    }
    if is_shortener(href) {
        let message =
            "a link is shortened, and filters distrust what hides its target; write the address that it leads to";
        found.warning(Rule::Shortener, place(), message);
    }
}

/// Words that are an address must be the one that the link leads to: forged mail lives of the difference.
fn check_words(words: &str, href: &str, found: &mut Findings) {
    let is_one_word = !words.is_empty() && !words.contains(' ');
    let has_scheme = words.starts_with("https://") || words.starts_with("http://");
    let is_name = words.split(['/', ':']).next().is_some_and(|host| {
        host.split_once('.').is_some() && host.rsplit('.').next().is_some_and(|end| ENDINGS.contains(&end))
    });
    if !is_one_word || !(has_scheme || is_name) || words.contains('@') {
        return;
    }
    let said = if has_scheme { words.to_owned() } else { format!("https://{words}") };
    let place = || Place::excerpt(Section::Html, words);
    match (host(&said), host(href)) {
        (Some(said), Some(real)) if said != real && !real.ends_with(&format!(".{said}")) => {
            let message = format!(
                "the words of a link are an address, and it leads to {real}; write the address that it leads to"
            );
            found.error(Rule::LinkText, place(), message);
        }
        _ if has_scheme && words.trim_end_matches('/') != href.trim_end_matches('/') => {
            let message =
                "the words of a link are another address of the same site than it leads to; write that, or words";
            found.warning(Rule::LinkText, place(), message);
        }
        _ => {}
    }
}
