//! The words that frame an edition: subject, preheader, bylines. Pure.

use crate::base::text::{cut_at_word, one_line};

/// A headline in a subject stays readable on a phone up to here.
const SUBJECT_HEADLINE_CHARS_MAX: usize = 70;
const PREHEADER_CHARS_MAX: usize = 110;
const READING_WORDS_PER_MINUTE: usize = 265;

/// `<Name>: <short title of the top story>`; never the same as `last` (the previous edition's subject).
pub fn subject(publication: &str, headlines: &[&str], last: Option<&str>) -> String {
    let of = |headline: &str| {
        let clean = without_reply_prefix(&one_line(headline));
        one_line(&format!("{publication}: {}", cut_at_word(&clean, SUBJECT_HEADLINE_CHARS_MAX)))
    };
    let mut all = headlines.iter().map(|headline| of(headline));
    let first = all.next().unwrap_or_else(|| publication.to_owned());
    if last == Some(first.as_str()) { all.next().unwrap_or(first) } else { first }
}

/// `Also, <2nd>; <3rd>`: the visible first line of the mail.
pub fn preheader(others: &[&str]) -> String {
    let mut line = String::new();
    for headline in others {
        let headline = one_line(headline);
        let next = if line.is_empty() { format!("Also, {headline}") } else { format!("{line}; {headline}") };
        if !line.is_empty() && next.chars().count() > PREHEADER_CHARS_MAX {
            break;
        }
        line = next;
    }
    cut_at_word(&line, PREHEADER_CHARS_MAX)
}

/// A subject must not pretend to be an answer (Gmail sender guidelines).
fn without_reply_prefix(headline: &str) -> String {
    let mut rest = headline.trim();
    loop {
        let lower = rest.to_lowercase();
        let Some(prefix) = ["re:", "fwd:", "fw:", "aw:", "wg:"].iter().find(|prefix| lower.starts_with(**prefix))
        else {
            return rest.to_owned();
        };
        rest = rest.get(prefix.len()..).unwrap_or_default().trim_start();
    }
}

/// `Ada Example and Ben Sample`; empty without authors. The word before the names is the template's.
pub fn byline(authors: &[String]) -> String {
    match authors {
        [] => String::new(),
        [one] => one.clone(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// Whole minutes, at least one.
pub fn reading_minutes(words: usize) -> usize {
    words.div_ceil(READING_WORDS_PER_MINUTE).max(1)
}

/// The direction in which a language is written, by its primary subtag.
pub fn direction(language: &str) -> &'static str {
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if matches!(primary.as_str(), "ar" | "he" | "iw" | "fa" | "ur" | "yi" | "ps" | "sd" | "ug" | "dv" | "ckb") {
        "rtl"
    } else {
        "ltr"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_the_paper_and_its_top_story() {
        assert_eq!(subject("The Lamp", &["Harbour opens", "Bridge closes"], None), "The Lamp: Harbour opens");
        let long = "word ".repeat(60);
        assert!(subject("The Lamp", &[&long], None).chars().count() <= 10 + SUBJECT_HEADLINE_CHARS_MAX);
    }

    #[test]
    fn two_evenings_never_carry_the_same_subject() {
        let last = "The Lamp: Harbour opens";
        assert_eq!(subject("The Lamp", &["Harbour opens", "Bridge closes"], Some(last)), "The Lamp: Bridge closes");
    }

    #[test]
    fn a_subject_is_no_answer_and_no_second_header() {
        assert_eq!(subject("L", &["RE: Fwd: news\r\nBcc: x@y.example"], None), "L: news Bcc: x@y.example");
    }

    #[test]
    fn the_preheader_holds_what_fits() {
        assert_eq!(preheader(&["one", "two"]), "Also, one; two");
        assert_eq!(preheader(&[]), "");
        let many: Vec<_> = std::iter::repeat_n("a headline of some length", 9).collect();
        assert!(preheader(&many).chars().count() <= PREHEADER_CHARS_MAX);
    }

    #[test]
    fn bylines_and_minutes_read_well() {
        let names = |list: &[&str]| byline(&list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["A", "B", "C"]), "A, B and C");
        assert_eq!(names(&[]), "");
        assert_eq!((reading_minutes(0), reading_minutes(266)), (1, 2));
        assert_eq!((direction("ar-EG"), direction("de")), ("rtl", "ltr"));
    }
}
