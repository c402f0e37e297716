//! Text as words, for every comparison in this folder. Pure; linear in the text.
//!
//! A word is a run of letters and digits in lower case; a character of a script that is written without spaces is a
//! word of its own. Dots and commas inside a figure are left out, so that `1,200` and `1200` are one word. Marks and
//! spaces never count: house style is no difference.

use super::lexicon;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What a word tells, for deciding whether a difference matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Weight {
    /// An article, a pronoun, a conjunction.
    Filler,
    Plain,
    /// A name, as far as its capital tells. In a script without capitals every word may be one.
    Name,
    /// Digits, a number in words, a day of the week, a month, a negation, he or she: a text that differs in it says
    /// something else.
    Telling,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    pub text: String,
    pub weight: Weight,
}

/// The words alone.
pub(super) fn split(text: &str) -> Vec<String> {
    runs(text).into_iter().map(|run| run.text).collect()
}

/// The words with what they tell. `language` is BCP 47 and may be empty.
pub(super) fn weigh(text: &str, language: &str) -> Vec<Word> {
    let runs = runs(text);
    let fillers = lexicon::fillers(language);
    let lower: std::collections::HashSet<&str> =
        runs.iter().filter(|it| it.case == Case::Lower).map(|it| it.text.as_str()).collect();
    let weight = |run: &Run| {
        if lexicon::is_telling(&run.text) {
            Weight::Telling
        } else if run.case == Case::None {
            Weight::Name
        } else if fillers.contains(run.text.as_str()) {
            Weight::Filler
        } else if run.case == Case::Upper && !lower.contains(run.text.as_str()) {
            Weight::Name
        } else {
            Weight::Plain
        }
    };
    let weights: Vec<Weight> = runs.iter().map(weight).collect();
    runs.into_iter().zip(weights).map(|(run, weight)| Word { text: run.text, weight }).collect()
}

/// A digest of one word, the same in every process of one build.
pub(super) fn digest(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

/// How many words a reader would count: of a script without spaces, half the characters.
pub(super) fn count(words: &[impl AsRef<str>]) -> usize {
    let dense = words.iter().filter(|it| it.as_ref().chars().next().is_some_and(is_dense)).count();
    words.len() - dense.div_ceil(2)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    None,
}

struct Run {
    text: String,
    case: Case,
}

fn runs(text: &str) -> Vec<Run> {
    let mut out = Vec::with_capacity(text.len() / 6);
    let mut word = String::new();
    let mut case = Case::None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_dense(c) {
            close(&mut out, &mut word, case);
            out.push(Run { text: c.to_string(), case: Case::None });
        } else if c.is_alphanumeric() {
            if word.is_empty() {
                case = if c.is_uppercase() {
                    Case::Upper
                } else if c.is_lowercase() {
                    Case::Lower
                } else {
                    Case::None
                };
            }
            if c.is_ascii() {
                word.push(c.to_ascii_lowercase());
            } else {
                word.extend(c.to_lowercase());
            }
        } else if is_joint(c) && !word.is_empty() {
            // `1,200` is one figure, `don't` one word, `well-known` two.
            let ends_in_digit = word.ends_with(|last: char| last.is_ascii_digit());
            let goes_on = match c {
                '.' | ',' => ends_in_digit && chars.peek().is_some_and(char::is_ascii_digit),
                _ => chars.peek().is_some_and(|next| next.is_alphabetic()),
            };
            if !goes_on {
                close(&mut out, &mut word, case);
            }
        } else if !is_mark(c) {
            close(&mut out, &mut word, case);
        }
    }
    close(&mut out, &mut word, case);
    out
}

fn close(out: &mut Vec<Run>, word: &mut String, case: Case) {
    if !word.is_empty() {
        out.push(Run { text: std::mem::take(word), case });
    }
}

const fn is_joint(c: char) -> bool {
    matches!(c, '.' | ',' | '\'' | '\u{2019}')
}

/// Combining accents, soft hyphens and joiners stand inside words.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Scripts written without spaces: kana, Han, Thai, Lao, Khmer, Burmese.
const fn is_dense(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
        | '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_spaces_and_capitals_are_no_difference() {
        assert_eq!(
            split("\u{201c}The well-known Harbour,\u{201d} he said: 1,200\u{a0}boats."),
            split("the WELL KNOWN harbour he said 1200 boats")
        );
        assert_eq!(split("It's 3.5. Don\u{2019}t"), ["its", "35", "dont"]);
    }

    #[test]
    fn scripts_without_spaces_are_split_into_characters() {
        assert_eq!(split("\u{6771}\u{4eac} 2026"), ["\u{6771}", "\u{4eac}", "2026"]);
        assert_eq!(count(&split("\u{6771}\u{4eac}\u{6771}\u{4eac} two words")), 4);
    }

    #[test]
    fn a_name_is_told_by_its_capital_and_a_beginning_of_a_sentence_is_not() {
        let words = weigh("Fishing is good. The fishing of Norrholm has 12 boats, not three.", "en");
        let weight = |text: &str| words.iter().find(|it| it.text == text).map(|it| it.weight);
        assert_eq!(weight("fishing"), Some(Weight::Plain));
        assert_eq!(weight("norrholm"), Some(Weight::Name));
        assert_eq!(weight("the"), Some(Weight::Filler));
        for text in ["12", "three", "not"] {
            assert_eq!(weight(text), Some(Weight::Telling), "{text}");
        }
    }
}
