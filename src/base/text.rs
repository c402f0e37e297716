//! Small helpers for text that people read.

/// Runs of white space (no-break spaces and line ends among them) become one space; the ends are trimmed.
pub fn collapse_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Text that may stand in a mail header or on one line: no control characters (C0, C1), no line or paragraph
/// separators, no bidirectional overrides, spaces collapsed.
pub fn one_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .filter(|c| !is_bidi_control(*c))
        .collect();
    collapse_spaces(&clean)
}

/// U+202A to U+202E and U+2066 to U+2069: they would turn round the text that follows them.
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Cuts at a word so that at most `chars_max` characters remain, an ellipsis included.
pub fn cut_at_word(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let head: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    let next_is_space = text.chars().nth(chars_max.saturating_sub(1)).is_some_and(char::is_whitespace);
    let cut = match head.rfind(char::is_whitespace) {
        Some(space) if !next_is_space && space >= head.len() / 2 => &head[..space],
        _ => head.as_str(),
    };
    format!(
        "{}\u{2026}",
        cut.trim_end_matches(
            |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '-' | '\u{2013}' | '\u{2014}')
        )
    )
}

/// `1 story`, `2 stories`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Begins with a capital letter and ends with a full stop, or with what it ends with already.
pub fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{end}", capitalized(text))
}

/// The first letter large.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(char::to_uppercase).into_iter().flatten().collect();
    format!("{first}{}", letters.as_str())
}

/// The candidate nearest to `typed`, if it is near enough to be meant.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|name| (strsim::jaro_winkler(typed, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// Whether a reader would see anything of it: not only spaces and characters of no width.
pub fn has_visible(text: &str) -> bool {
    let is_unseen = |c: char| {
        let is_filler =
            matches!(c, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}');
        let has_no_width = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
        let is_mark = matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e007f}');
        c.is_whitespace() || c.is_control() || is_filler || has_no_width || is_mark
    };
    !text.chars().all(is_unseen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_line_holds_no_way_to_start_another() {
        assert_eq!(one_line("x\r\nBcc: a@b\u{2028}c\u{0}\u{85}d"), "x Bcc: a@b c d");
        assert_eq!(one_line("a\u{202e}b"), "ab");
    }

    #[test]
    fn a_cut_keeps_whole_words_and_says_that_it_cut() {
        assert_eq!(cut_at_word("short", 10), "short");
        assert_eq!(cut_at_word("the harbour, at last, opens", 14), "the harbour\u{2026}");
        assert_eq!(cut_at_word("aaaaaaaaaaaaaaaaaaaa", 5), "aaaa\u{2026}");
        assert!(cut_at_word("\u{e9}\u{e9}\u{e9} \u{e9}\u{e9}\u{e9}", 4).chars().count() <= 4);
    }

    #[test]
    fn a_sentence_begins_large_and_ends_once() {
        assert_eq!(sentence("the edition was sent"), "The edition was sent.");
        assert_eq!(sentence("is it?"), "Is it?");
        assert_eq!(sentence("\u{e9}t\u{e9}."), "\u{c9}t\u{e9}.");
        assert_eq!(capitalized(""), "");
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        assert_eq!(nearest("lisen", ["listen", "tls"]), Some("listen"));
        assert_eq!(nearest("zzz", ["listen", "tls"]), None);
    }
}
