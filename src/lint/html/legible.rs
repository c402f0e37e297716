//! Whether the words can be read: their size, their lines, their contrast, and whether they are seen at all.
//!
//! Equal faults are told once, with a count. The answer is the words that a reader sees.

use super::look::{Line, Look};
use super::page::{Kind, Page};
use crate::lint::report::{Findings, Place, Section, in_all};
use crate::lint::rule::Rule;
use std::collections::BTreeMap;

const FONT_PIXELS_MIN: f32 = 14.0;
const LINE_HEIGHT_MIN: f32 = 1.4;
/// Invisible characters in a row by which a hidden first line is padded.
const PADDING_CHARS_MAX: usize = 10;

/// Faults that are alike: how many, and the words of the first.
type Faults = BTreeMap<(Rule, String), (usize, String)>;

pub(super) fn check(page: &Page, looks: &[Look], found: &mut Findings) -> String {
    let mut faults = Faults::new();
    let mut seen = String::new();
    for (node, look) in page.nodes.iter().zip(looks) {
        match &node.kind {
            Kind::Element(element) if !look.is_unseen && is_block(&element.name) => seen.push('\n'),
            Kind::Element(_) => {}
            Kind::Words(words) => {
                check_words(words, *look, &mut faults);
                if !look.is_unseen && !look.is_hidden {
                    seen.push_str(words);
                }
            }
        }
    }
    for ((rule, message), (count, words)) in faults {
        let (what, next) = message.split_once("; ").unwrap_or((&message, ""));
        found.warning(rule, Place::excerpt(Section::Html, &words), format!("{what}{}; {next}", in_all(count)));
    }
    seen
}

fn is_block(name: &str) -> bool {
    ["br", "div", "p", "td", "tr", "table", "li", "h1", "h2", "h3", "h4", "h5", "h6"].contains(&name)
}

fn check_words(words: &str, look: Look, faults: &mut Faults) {
    let mut tell = |rule: Rule, message: String| {
        faults.entry((rule, message)).or_insert_with(|| (0, words.trim().chars().take(200).collect())).0 += 1;
    };
    if look.is_unseen {
        return;
    }
    if is_padding(words) {
        let message =
            "invisible characters pad a line, which Gmail takes for a trick; open with a visible line instead";
        tell(Rule::HiddenText, message.to_owned());
    }
    if words.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return;
    }
    let is_tiny = look.size.is_some_and(|size| size < 2.0);
    let is_of_the_ground = look.color.is_some() && look.color == look.ground;
    if look.is_hidden || is_tiny || is_of_the_ground {
        let message = "words are hidden from the reader, which Gmail takes for a trick; show them, or take them out";
        tell(Rule::HiddenText, message.to_owned());
        return;
    }
    if let Some(size) = look.size.filter(|size| *size < FONT_PIXELS_MIN) {
        tell(Rule::FontSize, format!("words are {size} pixels high; make them {FONT_PIXELS_MIN} or more"));
    }
    let times = match (look.line, look.size) {
        (Some(Line::Times(times)), _) => Some(times),
        (Some(Line::Pixels(line)), Some(size)) => Some(line / size),
        _ => None,
    };
    if let Some(times) = times.filter(|it| *it < LINE_HEIGHT_MIN - 0.005 && !look.is_short && !look.is_large()) {
        tell(
            Rule::LineHeight,
            format!("lines are {times:.2} times as high as their words; make it {LINE_HEIGHT_MIN} or more"),
        );
    }
    if let (Some(color), Some(ground)) = (look.color, look.ground) {
        let (contrast, needed) = (color.contrast(ground), look.needed_contrast());
        if contrast < needed {
            let message =
                format!("words of {color} on {ground} have a contrast of {contrast:.1}; make it {needed} or more");
            tell(Rule::Contrast, message);
        }
    }
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{2007}')
}

/// Many of them, with nothing but blanks between.
fn is_padding(words: &str) -> bool {
    let mut run = 0;
    words.chars().any(|c| {
        if is_invisible(c) {
            run += 1;
        } else if !c.is_whitespace() {
            run = 0;
        }
        run > PADDING_CHARS_MAX
    })
}
