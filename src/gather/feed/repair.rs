//! What is wrong with so many documents that it is put right before they are tokenized: control characters go, and a `<`
//! that begins no markup is escaped.
//!
//! The rest (bare `&`, HTML's entity names, end tags that match nothing, a cut tail) is borne by the tokenizer's caller.
//! One pass, linear.

use super::entities;

/// The text, and what was repaired.
pub(super) fn repair(text: &str) -> (std::borrow::Cow<'_, str>, Option<String>) {
    let has_control = text.chars().any(is_refused);
    if !has_control && !has_stray_bracket(text) {
        return (text.into(), None);
    }
    let clean: String = text.chars().filter(|c| !is_dropped(*c)).map(meant).collect();
    let mut out = String::with_capacity(clean.len() + 16);
    let brackets = escape_stray_brackets(&clean, &mut |piece| out.push_str(piece));
    let what = match (has_control, brackets) {
        (true, 0) => "control characters",
        (false, _) => "a '<' that begins no tag",
        (true, _) => "control characters and a '<' that begins no tag",
    };
    (out.into(), Some(what.to_owned()))
}

/// XML 1.0 section 2.2, without the surrogates that cannot occur here.
const fn is_dropped(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' | '\u{feff}')
}

fn is_refused(c: char) -> bool {
    is_dropped(c) || meant(c) != c
}

/// The control characters U+0080 to U+009F are bytes of windows-1252 that went through a converter for ISO 8859-1.
fn meant(c: char) -> char {
    match c {
        '\u{80}'..='\u{84}' | '\u{86}'..='\u{9f}' => entities::resolve_number(u32::from(c)),
        _ => c,
    }
}

fn has_stray_bracket(text: &str) -> bool {
    escape_stray_brackets(text, &mut |_| ()) > 0
}

/// Hands `text` on in pieces; answers how many brackets it escaped. CDATA and comments are copied as they are.
fn escape_stray_brackets(text: &str, write: &mut impl FnMut(&str)) -> usize {
    let mut escaped = 0;
    let mut rest = text;
    // Once an end mark is not found, it is not looked for again: that keeps this linear.
    let (mut cdata_may_end, mut comment_may_end) = (true, true);
    while let Some(at) = rest.find('<') {
        write(&rest[..at]);
        rest = &rest[at..];
        let whole = if rest.starts_with("<![CDATA[") && cdata_may_end {
            let end = rest.find("]]>").map(|end| end + 3);
            cdata_may_end = end.is_some();
            end
        } else if rest.starts_with("<!--") && comment_may_end {
            let end = rest.find("-->").map(|end| end + 3);
            comment_may_end = end.is_some();
            end
        } else {
            None
        };
        if let Some(end) = whole {
            write(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let next = rest.chars().nth(1);
        if next.is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | ':' | '/' | '!' | '?')) || next.is_none() {
            write("<");
        } else {
            write("&lt;");
            escaped += 1;
        }
        rest = &rest[1..];
    }
    write(rest);
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_in_text_is_escaped_and_one_in_cdata_is_not() {
        let (text, what) = repair("<a>5 < 6<![CDATA[7 < 8]]><!-- 9 < 10 --></a>");
        assert_eq!(text, "<a>5 &lt; 6<![CDATA[7 < 8]]><!-- 9 < 10 --></a>");
        assert!(what.is_some());
    }

    #[test]
    fn control_characters_go_and_a_sound_text_is_not_copied() {
        assert_eq!(repair("<a>don\u{92}t</a>").0, "<a>don\u{2019}t</a>");
        assert_eq!(repair("<a>x\u{0}\u{1b}y\tz</a>").0, "<a>xy\tz</a>");
        assert!(matches!(repair("<a>\u{e9}</a>"), (std::borrow::Cow::Borrowed(_), None)));
    }
}
