//! Where sentences end. A dot behind "Mr", "U.S." or a figure ends none.
//!
//! Made for news prose in languages that end sentences with `.`, `!`, `?` or their CJK forms. Where a dot may be both (an
//! abbreviation at the end of a sentence), the next word decides; in doubt the sentence goes on, since a sentence too long
//! reads better than half a one.

use std::ops::Range;

/// The sentences of a text whose spaces are collapsed, as byte ranges in order, without the spaces between.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    while let Some((offset, mark)) = text.get(at..).and_then(|rest| rest.char_indices().find(|(_, c)| is_mark(*c))) {
        let dot = at + offset;
        let mut end = dot + mark.len_utf8();
        // Further marks, and the quotes and brackets that close behind them.
        let tail = text.get(end..).unwrap_or_default();
        end += tail.chars().take_while(|c| is_mark(*c) || is_closing(*c)).map(char::len_utf8).sum::<usize>();
        at = end;
        if ends_here(text, begin, dot, end, mark) {
            out.push(begin..end);
            let space = text.get(end..).unwrap_or_default();
            begin = end + (space.len() - space.trim_start().len());
            at = begin;
        }
    }
    if text.get(begin..).is_some_and(|rest| !rest.trim().is_empty()) {
        out.push(begin..begin + text.get(begin..).unwrap_or_default().trim_end().len());
    }
    out
}

const fn is_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '\u{2026}' | '\u{3002}' | '\u{ff01}' | '\u{ff1f}' | '\u{61f}' | '\u{964}')
}

const fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '\u{201d}' | '\u{2019}' | '\u{bb}' | '\u{300d}' | '\u{300f}')
}

fn ends_here(text: &str, begin: usize, dot: usize, end: usize, mark: char) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    let Some(next) = rest.chars().next() else { return true };
    if matches!(mark, '\u{3002}' | '\u{ff01}' | '\u{ff1f}') {
        return true;
    }
    if !next.is_whitespace() {
        return false;
    }
    let following = rest.trim_start();
    let first = following.trim_start_matches(|c: char| is_opening(c)).chars().next();
    let Some(first) = first else { return true };
    // A quotation that ends within a sentence goes on in lower case: "Why?" he asked.
    if first.is_lowercase() || matches!(first, ',' | ';' | ':') {
        return false;
    }
    if mark != '.' || text.get(dot + 1..end).is_some_and(|more| more.contains(['.', '!', '?'])) {
        return true;
    }
    let before = text.get(begin..dot).unwrap_or_default();
    let word = before.rsplit(|c: char| c.is_whitespace() || is_opening(c) || c == '-').next().unwrap_or_default();
    let next_word = following.split(|c: char| !c.is_alphanumeric() && c != '\'').next().unwrap_or_default();
    !is_abbreviation(word, next_word, first)
}

const fn is_opening(c: char) -> bool {
    matches!(c, '"' | '\'' | '(' | '[' | '\u{201c}' | '\u{2018}' | '\u{ab}' | '\u{201e}' | '\u{300c}')
}

/// Titles and such, which never end a sentence.
const NEVER_LAST: &[&str] = &[
    "adm", "approx", "art", "bzw", "capt", "cf", "cmdr", "col", "cpl", "dept", "dr", "e.g", "fig", "fr", "gen", "gov",
    "hon", "i.e", "lt", "maj", "messrs", "mme", "mr", "mrs", "ms", "mt", "no", "nr", "op", "pp", "pres", "prof", "rep",
    "rev", "sen", "sgt", "sr", "st", "ste", "supt", "u.a", "v", "vol", "vs", "z.b",
];
/// Words that a sentence may end with.
const MAYBE_LAST: &[&str] = &[
    "a.m", "ave", "blvd", "bros", "co", "corp", "dec", "est", "etc", "feb", "inc", "jan", "jr", "ltd", "nov", "oct",
    "p.m", "aug", "apr", "sept", "sep", "ph.d", "rd", "sq",
];
/// Words that begin a sentence far more often than they continue a name.
const BEGINNINGS: &[&str] = &[
    "A",
    "After",
    "All",
    "Also",
    "Although",
    "An",
    "And",
    "As",
    "At",
    "Because",
    "Before",
    "But",
    "By",
    "During",
    "Each",
    "For",
    "From",
    "Has",
    "Have",
    "He",
    "Her",
    "Here",
    "His",
    "How",
    "However",
    "I",
    "If",
    "In",
    "Is",
    "It",
    "Its",
    "Many",
    "Meanwhile",
    "More",
    "Most",
    "My",
    "No",
    "Not",
    "Now",
    "On",
    "Once",
    "One",
    "Or",
    "Our",
    "Police",
    "She",
    "Since",
    "So",
    "Some",
    "That",
    "The",
    "Their",
    "Then",
    "There",
    "These",
    "They",
    "This",
    "Those",
    "Though",
    "To",
    "Under",
    "Until",
    "Was",
    "We",
    "What",
    "When",
    "Where",
    "Which",
    "While",
    "Who",
    "Why",
    "With",
    "You",
];

fn is_abbreviation(word: &str, next_word: &str, first: char) -> bool {
    let lower = word.to_lowercase();
    let goes_on = || !BEGINNINGS.contains(&next_word);
    if NEVER_LAST.contains(&lower.as_str()) {
        // "No." is a number before a figure, and a whole answer otherwise.
        return if matches!(lower.as_str(), "no" | "nr" | "art" | "v") {
            first.is_numeric() || lower == "v"
        } else {
            true
        };
    }
    if MAYBE_LAST.contains(&lower.as_str()) {
        return goes_on();
    }
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    // U.S., D.C., J.R.R.
    let is_acronym =
        word.contains('.') && letters.all(char::is_uppercase) && word.split('.').all(|part| part.chars().count() <= 2);
    (is_initial && word != "I") || (is_acronym && goes_on())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn abbreviations_and_figures_end_no_sentence() {
        for text in [
            "Mr. Smith met Sen. Jones at 3.5 percent of the U.S. Army budget.",
            "J. Edgar Ray of Acme Corp. Europe said so at 5 p.m. Monday.",
            "Gov. Lee, Dr. Ode and St. John's met on Jan. 5, e.g. No. 10 of the list.",
            "\u{201c}Why?\u{201d} he asked.",
            "The firm Foo.com grew.",
        ] {
            assert_eq!(split(text), [text]);
        }
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        assert_eq!(split("He left the U.S. The army stayed."), ["He left the U.S.", "The army stayed."]);
        assert_eq!(
            split("It is over! Is it? Yes\u{2026} So he said."),
            ["It is over!", "Is it?", "Yes\u{2026}", "So he said."]
        );
        assert_eq!(
            split("\u{201c}We go.\u{201d} \u{201c}We stay.\u{201d}"),
            ["\u{201c}We go.\u{201d}", "\u{201c}We stay.\u{201d}"]
        );
        assert_eq!(
            split("\u{6771}\u{4eac}\u{3002}\u{5927}\u{962a}\u{3002}"),
            ["\u{6771}\u{4eac}\u{3002}", "\u{5927}\u{962a}\u{3002}"]
        );
        assert_eq!(split("No. He did not."), ["No.", "He did not."]);
        assert_eq!(split("A tail without end"), ["A tail without end"]);
    }
}
