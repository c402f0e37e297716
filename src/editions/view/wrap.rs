//! Plain text in lines of at most 78 columns (RFC 5322 section 2.1.1; format=flowed is not used).
//!
//! A URL is never broken, however long: it stands alone on a longer line. Everything else is: at spaces, and where a
//! script has none, between characters. Held to it by the tests below and those of the edition view.

use crate::base::text::is_bidi_control;

/// Columns of a line.
pub const COLUMNS_MAX: usize = 76;

/// Spaces kept at the start of a line.
const MARGIN_MAX: usize = 2;

/// Wraps every line; a bullet's further lines stand under its text. At most one blank line in a row.
pub fn wrap_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32);
    let mut blank_before = true;
    for line in text.lines() {
        let line = line.trim_end();
        let blank = line.is_empty();
        if !(blank && blank_before) {
            wrap_line(line, &mut out);
            out.push('\n');
        }
        blank_before = blank;
    }
    let length = out.trim_end().len();
    out.truncate(length);
    out.push('\n');
    out
}

fn wrap_line(line: &str, out: &mut String) {
    let body = line.trim_start_matches(' ');
    let margin = (line.len() - body.len()).min(MARGIN_MAX);
    let indent = margin + if body.starts_with("- ") { 2 } else { 0 };
    out.extend(std::iter::repeat_n(' ', margin));
    let mut column = margin;
    let mut at_start = true;
    for word in body.split(' ').filter(|word| !word.is_empty()) {
        let width = columns(word);
        if !at_start {
            if column + 1 + width <= COLUMNS_MAX {
                out.push(' ');
                column += 1;
            } else {
                column = start_line(out, indent);
            }
        }
        at_start = false;
        if width + column <= COLUMNS_MAX || word.contains("://") {
            out.push_str(word);
            column += width;
        } else {
            for c in word.chars() {
                if column + columns_of(c) > COLUMNS_MAX {
                    column = start_line(out, indent);
                }
                out.push(c);
                column += columns_of(c);
            }
        }
    }
}

fn start_line(out: &mut String, indent: usize) -> usize {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
    indent
}

fn columns(word: &str) -> usize {
    word.chars().map(columns_of).sum()
}

/// East Asian wide characters and emoji take two columns; combining marks are counted as one, which errs on the
/// narrow side.
const fn columns_of(c: char) -> usize {
    match c {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// Takes out what a mail must not carry: control characters but the line end (C1 among them, which make Gmail clip a
/// mail), and the marks that turn the direction of all that follows.
pub fn without_controls(text: &str) -> String {
    let spaced = text.chars().map(|c| if c == '\t' { ' ' } else { c });
    spaced.filter(|c| *c == '\n' || !(c.is_control() || is_bidi_control(*c))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_url_is_never_broken_and_stands_alone() {
        let url = format!("https://news.example/{}", "a".repeat(120));
        let text = wrap_lines(&format!("Read it here, in full and for ever, because it matters: {url} and more"));
        assert!(text.lines().any(|line| line == url), "{text}");
    }

    #[test]
    fn a_bullet_hangs() {
        let text = wrap_lines(&format!("- {}", "word ".repeat(30)));
        assert!(text.lines().skip(1).all(|line| line.starts_with("  word")), "{text}");
    }

    #[test]
    fn text_without_spaces_is_broken_between_characters() {
        let text = wrap_lines(&"\u{6e2f}".repeat(100));
        assert_eq!(text.lines().next().unwrap().chars().count(), COLUMNS_MAX / 2);
        assert_eq!(text.chars().filter(|c| *c == '\u{6e2f}').count(), 100);
    }

    #[test]
    fn controls_and_direction_marks_are_taken_out() {
        assert_eq!(without_controls("a\u{92}b\u{0}c\r\n\u{202e}d\te"), "abc\nd e");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_long(text in "[ a-z\u{e9}\u{6e2f}\n-]{0,400}") {
            let wrapped = wrap_lines(&text);
            let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&wrapped), bare(&text));
            for line in wrapped.lines() {
                prop_assert!(columns(line) <= COLUMNS_MAX, "{:?}", line);
            }
        }
    }
}
