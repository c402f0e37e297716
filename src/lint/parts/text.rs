//! The text part: for readers of text, and for filters that compare it with the HTML.
//!
//! It is plain (no tags, no entities), its lines are short, it names every address of the HTML, and it says the same.

use crate::lint::html::Seen;
use crate::lint::limits::TEXT_BYTES_MAX;
use crate::lint::links::{Reach, leaves, reach};
use crate::lint::report::{Findings, Kind, Place, Section, Severity, in_all};
use crate::lint::rule::Rule;
use std::collections::{BTreeSet, HashSet};

/// RFC 5322 2.1.1, for whoever reads in a terminal; in characters.
const LINE_CHARS_MAX: usize = 78;
/// Tags that nobody writes about; what a headline may speak of, such as `<i>`, is none of them.
const TAGS: &[&str] =
    &["<a ", "<br", "<div", "<html", "<img", "<p>", "<p ", "</p>", "<span", "<style", "<table", "<td", "<tr"];
const ENTITIES: &[&str] = &["&amp;", "&lt;", "&gt;", "&quot;", "&nbsp;", "&#"];
/// Words shorter than that are in every text.
const WORD_CHARS_MIN: usize = 4;
/// So few words say nothing about likeness.
const WORDS_MIN: usize = 20;

/// `html` is what was seen of the HTML part, if there is one; `one_click` the address in List-Unsubscribe.
pub(in crate::lint) fn check(
    text: &str,
    html: Option<&Seen>,
    one_click: Option<&str>,
    kind: Kind,
    found: &mut Findings,
) {
    let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or(text);
    check_markup(text, html, found);
    check_lines(text, kind, found);
    check_bidi(text, found);
    if kind == Kind::Edition && !text.split_whitespace().any(|word| is_way_out(word, one_click)) {
        let message = "the text part has no address to unsubscribe by, and its readers need one, too; add it";
        found.error(Rule::TextUnsubscribe, Place::of(Section::Text), message);
    }
    if let Some(html) = html {
        check_links(text, html, found);
        check_likeness(text, html, found);
    }
}

fn is_way_out(word: &str, one_click: Option<&str>) -> bool {
    let word = bare(word);
    matches!(reach(word), Reach::Https | Reach::Http | Reach::Loopback | Reach::Mailto) && leaves(word, "", one_click)
}

/// What the HTML shows as words, too, is no markup that was forgotten: an article may be about it.
fn check_markup(text: &str, html: Option<&Seen>, found: &mut Findings) {
    let shown = html.map(|html| html.words.as_str()).unwrap_or_default();
    for (number, line) in text.lines().enumerate() {
        let lower = line.to_ascii_lowercase();
        let tag = TAGS.iter().find(|tag| lower.contains(*tag) && !shown.contains(*tag));
        let entity = ENTITIES.iter().find(|entity| lower.contains(*entity) && !shown.contains(*entity));
        let message = match (tag, entity) {
            (Some(_), _) => "the text part holds HTML, which its readers see raw; write plain words",
            (None, Some(entity)) if *entity != "&#" || has_numeric_entity(&lower) => {
                "the text part holds an entity of HTML, which its readers see raw; write the character itself"
            }
            _ => continue,
        };
        found.warning(Rule::TextMarkup, Place::line(Section::Text, number + 1).quoting(line), message);
    }
}

fn has_numeric_entity(line: &str) -> bool {
    line.split("&#").skip(1).filter_map(|rest| rest.split_once(';')).any(|(number, _)| {
        let number = number.strip_prefix('x').unwrap_or(number);
        !number.is_empty() && number.len() < 8 && number.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// Long lines are a fault of an edition (B7); in a letter of a few lines they are a matter of taste.
fn check_lines(text: &str, kind: Kind, found: &mut Findings) {
    let is_long =
        |line: &str| line.chars().count() > LINE_CHARS_MAX && !line.contains("://") && !line.contains("mailto:");
    let mut long = text.lines().enumerate().filter(|(_, line)| is_long(line));
    if let Some((number, line)) = long.next() {
        let severity = if kind == Kind::Edition { Severity::Warning } else { Severity::Note };
        let count = long.count() + 1;
        let message =
            format!("a line of the text is longer than {LINE_CHARS_MAX} characters{}; wrap it", in_all(count));
        found.add(severity, Rule::TextLine, Place::line(Section::Text, number + 1).quoting(line), message);
    }
}

/// Marks that turn the writing round and are not taken back on the same line.
fn check_bidi(text: &str, found: &mut Findings) {
    for (number, line) in text.lines().enumerate() {
        if turns_round(line) {
            let message = "an invisible mark turns the writing round; take it out, or isolate the words";
            found.warning(Rule::Bidi, Place::line(Section::Text, number + 1).quoting(line), message);
        }
    }
}

/// Embeddings and overrides always; isolates that are not closed.
pub(in crate::lint) fn turns_round(text: &str) -> bool {
    let count = |range: std::ops::RangeInclusive<char>| text.chars().filter(|c| range.contains(c)).count();
    count('\u{202a}'..='\u{202e}') > 0 || count('\u{2066}'..='\u{2068}') != count('\u{2069}'..='\u{2069}')
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| "<>()[]\"'".contains(c)).trim_end_matches(['.', ',', ';', '!'])
}

/// Searches in the whole text, one for each link that does not stand apart, are few.
const SEARCHES_MAX: usize = 100;

fn check_links(text: &str, html: &Seen, found: &mut Findings) {
    let words: HashSet<&str> = text.split_whitespace().flat_map(|word| [word, bare(word)]).collect();
    let missing = html.links.iter().filter(|link| !words.contains(link.as_str()));
    let mut missing = missing.take(SEARCHES_MAX).filter(|link| !text.contains(link.as_str()));
    if let Some(first) = missing.next() {
        let count = missing.count() + 1;
        let message =
            format!("an address of the HTML is not in the text part{}; write each on a line of its own", in_all(count));
        found.warning(Rule::TextLink, Place::excerpt(Section::Text, first), message);
    }
}

fn check_likeness(text: &str, html: &Seen, found: &mut Findings) {
    let of_html = words_of(&html.words);
    let of_text = words_of(text);
    let shared = of_html.intersection(&of_text).count();
    if of_html.len() >= WORDS_MIN && shared * 10 < of_html.len() * 8 {
        let percent = shared * 100 / of_html.len();
        let message = format!(
            "the text has {percent} % of the words of the HTML, and filters expect the same in both; say the same"
        );
        found.warning(Rule::PartsDiffer, Place::of(Section::Text), message);
    }
}

fn words_of(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().nth(WORD_CHARS_MIN - 1).is_some())
        .map(str::to_lowercase)
        .collect()
}
