//! Words that an editor writes, made fit for a mail: lengths in characters, one line where one line is read. Pure.
//!
//! What is too long or holds a line break where none can be is refused, never cut: the editor decides what goes.

use super::ShapeError;
use crate::base::text::{cut_at_word, has_visible, one_line};
use crate::editions::words::without_reply_prefix;

pub const HEADLINE_CHARS_MAX: usize = 200;
pub const EXCERPT_CHARS_MAX: usize = 600;
/// Of one story.
pub const ITEM_NOTE_CHARS_MAX: usize = 1000;
/// The editor's note above the stories, in Markdown.
pub const NOTE_CHARS_MAX: usize = 4000;
pub const SUBJECT_CHARS_MAX: usize = 150;
/// It is the visible first line of the mail.
pub const PREHEADER_CHARS_MAX: usize = 150;
pub const REASON_CHARS_MAX: usize = 300;
/// Of a text that the history quotes.
const QUOTED_CHARS_MAX: usize = 80;

/// One line; `None` is empty.
pub fn line(field: &'static str, text: &str, chars_max: usize) -> Result<Option<String>, ShapeError> {
    let text = text.trim();
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(ShapeError::field(field, "is one line; it holds a line break or a control character"));
    }
    let clean = one_line(text);
    within(field, &clean, chars_max)?;
    if !clean.is_empty() && !has_visible(&clean) {
        return Err(ShapeError::field(field, "holds nothing that a reader would see"));
    }
    Ok(Some(clean).filter(|clean| !clean.is_empty()))
}

/// Several lines; `None` is empty.
pub fn lines(field: &'static str, text: &str, chars_max: usize) -> Result<Option<String>, ShapeError> {
    let text = text.replace("\r\n", "\n");
    if let Some(bad) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        let code = u32::from(bad);
        return Err(ShapeError::field(field, format!("holds the control character U+{code:04X}; take it out")));
    }
    let clean: String = text.trim().chars().filter(|c| !crate::base::text::is_bidi_control(*c)).collect();
    within(field, &clean, chars_max)?;
    Ok(Some(clean).filter(|clean| !clean.is_empty()))
}

fn within(field: &'static str, text: &str, chars_max: usize) -> Result<(), ShapeError> {
    match text.chars().count() {
        chars if chars > chars_max => {
            Err(ShapeError::field(field, format!("has {chars} characters; {chars_max} are the most")))
        }
        _ => Ok(()),
    }
}

/// A subject must not pretend to be an answer (Gmail sender guidelines).
pub fn subject(text: &str) -> Result<Option<String>, ShapeError> {
    let subject = line("subject", text, SUBJECT_CHARS_MAX)?;
    let seen =
        |it: &String| it.chars().filter(|c| has_visible(c.encode_utf8(&mut [0; 4])) || *c == ' ').collect::<String>();
    let pretends = |it: &String| without_reply_prefix(&seen(it)) != seen(it).trim();
    match subject {
        Some(it) if pretends(&it) => Err(ShapeError::field(
            "subject",
            "must not begin like an answer (Re:, Fwd:); mail hosts hold that against it",
        )),
        other => Ok(other),
    }
}

/// As the history quotes it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", cut_at_word(&one_line(text), QUOTED_CHARS_MAX))
}

/// `headline: "Old" -> "New"`; `without` is said where there is none.
pub fn change_of(name: &str, without: &str, before: Option<&str>, after: Option<&str>) -> String {
    let told = |text: Option<&str>| text.map_or_else(|| without.to_owned(), quoted);
    format!("{name}: {} -> {}", told(before), told(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_line_of_a_certain_length() {
        assert_eq!(line("headline", "  Harbour opens ", 200), Ok(Some("Harbour opens".to_owned())));
        assert_eq!(line("headline", "   ", 200), Ok(None));
        for hostile in ["a\nb", "a\r\nBcc: b", "a\u{0}", "a\u{2028}b", "a\u{1b}[2J"] {
            let refused = line("headline", hostile, 200).unwrap_err().to_string();
            assert!(refused.contains("headline is one line"), "{refused}");
        }
        let refused = line("headline", &"\u{e9}".repeat(201), 200).unwrap_err().to_string();
        assert_eq!(refused, "headline has 201 characters; 200 are the most");
        assert_eq!(line("headline", &"\u{e9}".repeat(200), 200).map(|it| it.is_some()), Ok(true));
        assert_eq!(line("headline", "a\u{202e}b", 200), Ok(Some("ab".to_owned())));
    }

    #[test]
    fn a_note_has_lines_and_nothing_that_moves_a_cursor() {
        assert_eq!(
            lines("note", "Dear readers,\r\n\r\n**good** evening.\n", 100),
            Ok(Some("Dear readers,\n\n**good** evening.".to_owned()))
        );
        assert!(lines("note", "a\u{1b}[2Jb", 100).unwrap_err().to_string().contains("U+001B"));
        assert_eq!(lines("note", " \n ", 100), Ok(None));
    }

    #[test]
    fn a_subject_does_not_pretend_to_be_an_answer() {
        for feigned in
            ["RE: your order", "Re[2]: x", "RE : x", "SV: x", "AW : x", "re\u{200b}: x", "\u{ff32}\u{ff45}: x"]
        {
            assert!(subject(feigned).is_err(), "{feigned}");
        }
        assert!(subject("\u{200b}\u{3164}").unwrap_err().to_string().contains("nothing that a reader would see"));
        assert_eq!(subject("Remarkable: it opens"), Ok(Some("Remarkable: it opens".to_owned())));
    }
}
