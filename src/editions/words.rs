//! The words that frame an edition: subject, preheader. Pure.

use super::phrases::Phrases;
use crate::base::text::{cut_at_word, one_line};
use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// What a mailbox shows of a subject.
const SUBJECT_CHARS_MAX: usize = 70;
/// A headline keeps this much beside the longest name of a publication.
const SUBJECT_HEADLINE_CHARS_MIN: usize = 40;
/// A clause that is shorter says too little.
const CLAUSE_CHARS_MIN: usize = 35;
const PREHEADER_CHARS_MIN: usize = 40;
const PREHEADER_CHARS_MAX: usize = 110;
const SUBJECTS: usize = 3;

/// What of a story can stand in a subject or a preheader.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    pub headline: &'a str,
    pub excerpt: &'a str,
}

/// Three different subjects, the best one first: `<Name>: <short title of the top story>`. None of them is `last`, the
/// subject of the edition before.
pub fn subjects(
    publication: &str,
    phrases: &Phrases,
    date: Option<NaiveDate>,
    stories: &[Words<'_>],
    last: Option<&str>,
) -> Vec<String> {
    let name = one_line(publication);
    let headline = |index: usize| {
        let clean = stories.get(index).map(|story| without_reply_prefix(&one_line(story.headline)));
        clean.filter(|clean| !clean.is_empty())
    };
    let under = |masthead: &str, headline: &str| {
        let room = SUBJECT_CHARS_MAX.saturating_sub(seen_chars(masthead) + 2).max(SUBJECT_HEADLINE_CHARS_MIN);
        format!("{masthead}: {}", short(headline, room))
    };
    let dated = date.map(|date| format!("{name}, {}", phrases.short_date(date)));
    let top = headline(0);
    let candidates = [
        top.as_deref().map(|top| under(&name, top)),
        headline(1).map(|second| under(&name, &second)),
        top.as_deref().map(|top| short(top, SUBJECT_CHARS_MAX)),
        headline(2).map(|third| under(&name, &third)),
        dated.as_deref().zip(top.as_deref()).map(|(dated, top)| under(dated, top)),
        dated.clone(),
        Some(name),
    ];
    let is_last = |subject: &String| last.is_some_and(|last| one_line(last).to_lowercase() == subject.to_lowercase());
    let mut found: Vec<String> = Vec::with_capacity(SUBJECTS);
    let fallback = candidates.last().cloned().flatten();
    for subject in candidates.into_iter().flatten() {
        if found.len() < SUBJECTS && !is_last(&subject) && !found.contains(&subject) {
            found.push(subject);
        }
    }
    if found.is_empty() {
        found.extend(fallback);
    }
    found
}

/// Whether a subject speaks of the story of this headline, as [`subjects`] would cut it.
pub fn names(subject: &str, headline: &str) -> bool {
    let clean = without_reply_prefix(&one_line(headline));
    // No cut is shorter than a clause, and a word may be cut off its end.
    let head: String = clean.chars().take(CLAUSE_CHARS_MIN / 2).collect();
    !head.is_empty() && subject.contains(head.trim_end())
}

/// `Also, <2nd>; <3rd>`: the visible first line of the mail. Where the headlines are too short for a line, the excerpt
/// goes on; where there is no second story, that of the top story speaks.
pub fn preheader(phrases: &Phrases, stories: &[Words<'_>]) -> String {
    let clean: Vec<String> =
        stories.iter().skip(1).map(|it| one_line(it.headline)).filter(|it| !it.is_empty()).collect();
    let excerpt = |index: usize| one_line(stories.get(index).map_or("", |story| story.excerpt));
    let mut joined = String::new();
    for headline in &clean {
        let next = if joined.is_empty() { headline.clone() } else { format!("{joined}; {headline}") };
        let is_enough = seen_chars(&phrases.also(&joined)) >= PREHEADER_CHARS_MIN;
        if is_enough && !joined.is_empty() && seen_chars(&phrases.also(&next)) > PREHEADER_CHARS_MAX {
            break;
        }
        joined = next;
    }
    if joined.is_empty() {
        return cut(&excerpt(0), PREHEADER_CHARS_MAX);
    }
    let line = phrases.also(&joined);
    let more = excerpt(1);
    if seen_chars(&line) >= PREHEADER_CHARS_MIN || more.is_empty() {
        return cut(&line, PREHEADER_CHARS_MAX);
    }
    let stop = if line.ends_with(['.', '!', '?', '\u{2026}', '\u{3002}']) { "" } else { "." };
    cut(&format!("{line}{stop} {more}"), PREHEADER_CHARS_MAX)
}

/// A headline in at most so many characters as a reader counts them: whole, or cut after a clause, or at a word with an
/// ellipsis. A clause that ends in a comma keeps the ellipsis: what follows may turn its meaning.
pub fn short(headline: &str, chars_max: usize) -> String {
    if seen_chars(headline) <= chars_max {
        return headline.to_owned();
    }
    let head = seen_head(headline, chars_max);
    let clause = CLAUSE_ENDS.iter().filter_map(|(end, keep)| {
        let at = head.rfind(end)? + keep;
        let clause = headline.get(..at)?.trim_end();
        (seen_chars(clause) >= CLAUSE_CHARS_MIN.min(chars_max)).then(|| clause.to_owned())
    });
    clause.max_by_key(String::len).unwrap_or_else(|| cut(headline, chars_max))
}

/// What ends a clause, and how many bytes of it stay.
const CLAUSE_ENDS: &[(&str, usize)] = &[
    (". ", 0),
    ("; ", 0),
    (": ", 0),
    ("? ", 1),
    ("! ", 1),
    (" \u{2013} ", 0),
    (" \u{2014} ", 0),
    (" - ", 0),
    (" | ", 0),
    ("\u{3002}", 0),
    ("\u{ff1f}", 3),
    ("\u{ff01}", 3),
];

fn cut(text: &str, chars_max: usize) -> String {
    if seen_chars(text) <= chars_max {
        return text.to_owned();
    }
    // The ellipsis takes one; marks that nobody sees as characters come on top.
    let head = seen_head(text, chars_max.saturating_sub(1));
    cut_at_word(text, head.chars().count() + 1)
}

/// Characters as a reader counts them: an accent that is written apart, a joiner or a variation is none.
fn seen_chars(text: &str) -> usize {
    text.chars().filter(|c| is_seen(*c)).count()
}

/// The longest beginning of so many characters as a reader counts them; never ends inside one.
fn seen_head(text: &str, chars_max: usize) -> &str {
    let mut seen = 0;
    let mut joined = false;
    for (at, c) in text.char_indices() {
        if is_seen(c) {
            // What a joiner ties to the one before is part of it.
            if seen >= chars_max && !joined {
                return text.get(..at).unwrap_or(text);
            }
            seen += 1;
        }
        joined = c == '\u{200d}';
    }
    text
}

fn is_seen(c: char) -> bool {
    !(is_combining_mark(c)
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}'))
}

/// What mail programs of several languages put before an answer or a mail that is passed on.
const REPLY_PREFIXES: &[&str] = &[
    "re",
    "fw",
    "fwd",
    "aw",
    "wg",
    "sv",
    "vs",
    "vb",
    "tr",
    "rv",
    "enc",
    "res",
    "antw",
    "doorst",
    "odp",
    "pd",
    "ynt",
    "ilt",
    "rif",
    "inoltro",
    "vl",
    "\u{3b1}\u{3c0}",
    "\u{3c0}\u{3c1}\u{3b8}",
    "\u{43e}\u{442}\u{432}",
    "\u{43f}\u{435}\u{440}\u{435}\u{441}\u{43b}",
    "\u{56de}\u{590d}",
    "\u{56de}\u{8986}",
    "\u{8f6c}\u{53d1}",
    "\u{8f49}\u{5bc4}",
    "\u{8fd4}\u{4fe1}",
    "\u{8ee2}\u{9001}",
    "\u{d68c}\u{c2e0}",
    "\u{c804}\u{b2ec}",
    "\u{5d4}\u{5e9}\u{5d1}",
    "\u{5d4}\u{5d5}\u{5e2}\u{5d1}\u{5e8}",
    "\u{631}\u{62f}",
];

/// A subject must not pretend to be an answer (Gmail sender guidelines): `Re:`, `RE[2]:`, `Fwd :`, `AW:`, `回复：`.
pub(super) fn without_reply_prefix(headline: &str) -> String {
    let mut rest = headline.trim();
    while let Some((before, after)) = rest.split_once([':', '\u{ff1a}']) {
        let word: String = before.nfkc().flat_map(char::to_lowercase).collect();
        let word = word.trim_matches(|c: char| !c.is_alphabetic());
        if before.chars().count() > 16 || !REPLY_PREFIXES.contains(&word) {
            break;
        }
        rest = after.trim_start();
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests;
