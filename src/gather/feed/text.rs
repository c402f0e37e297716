//! Plain text from what stands in titles and names: tags out, references resolved, one line.

use super::entities::unescape;
use crate::base::text::{collapse_spaces, one_line};
use unicode_normalization::UnicodeNormalization as _;

/// A title is cut behind this many characters: longer ones are text that went astray.
const TITLE_CHARS_MAX: usize = 1000;

/// HTML's elements; other words in angle brackets are text.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "center",
    "cite",
    "code",
    "col",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "li",
    "link",
    "mark",
    "meta",
    "nobr",
    "noscript",
    "object",
    "ol",
    "p",
    "param",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// Elements without content (HTML section 13.1.2).
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// A title or name: tags out, unescaped until stable (twice at most), composed (NFC), spaces collapsed, no soft hyphens.
pub(in crate::gather) fn plain(markup: &str) -> String {
    let mut text = strip_tags(markup);
    for _ in 0..2 {
        let next = undo_double_encoding(unescape(&text));
        if next == text {
            break;
        }
        // Markup that was escaped twice: a tag and its end.
        text = if next.contains("</") { strip_tags(&next) } else { next };
    }
    tidy(&text)
}

/// A title that is declared to be plain text. Publishers often declare so and write HTML: a tag with its end says so.
pub(super) fn plain_unless_markup(text: &str) -> String {
    let has_reference = unescape(text) != text;
    if text.contains("</") || has_reference { plain(text) } else { tidy(text) }
}

/// UTF-8 that was read as windows-1252 and written as UTF-8 again, as it was meant. Text that was never treated so does
/// not look like it: the bytes of its characters beyond ASCII would have to be whole sequences of UTF-8.
pub(super) fn undo_double_encoding(text: String) -> String {
    // All sequences of UTF-8 begin with a byte that is a letter with an accent in windows-1252.
    if !text.contains(|c: char| ('\u{c2}'..='\u{f4}').contains(&c)) {
        return text;
    }
    let (bytes, _, has_others) = encoding_rs::WINDOWS_1252.encode(&text);
    if has_others {
        return text;
    }
    match std::str::from_utf8(&bytes) {
        Ok(meant) => meant.to_owned(),
        Err(_) => text,
    }
}

fn tidy(text: &str) -> String {
    let composed: String = text.nfc().filter(|c| !matches!(c, '\u{ad}' | '\u{200b}' | '\u{feff}')).collect();
    let line = one_line(&composed);
    if line.len() <= TITLE_CHARS_MAX { line } else { crate::base::text::cut_at_word(&line, TITLE_CHARS_MAX) }
}

/// The text of markup without its structure, however long.
pub(in crate::gather) fn without_markup(markup: &str) -> String {
    collapse_spaces(&unescape(&strip_tags(markup)))
}

/// Takes out HTML's tags and comments; a tag that breaks the line leaves a space. One pass, linear.
fn strip_tags(markup: &str) -> String {
    let mut out = String::with_capacity(markup.len());
    let mut rest = markup;
    let mut comment_may_end = true;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        if comment_may_end && tag.starts_with("<!--") {
            match tag.find("-->") {
                Some(end) => rest = &tag[end + 3..],
                None => {
                    comment_may_end = false;
                    rest = tag;
                }
            }
            if comment_may_end {
                continue;
            }
        }
        let Some(end) = tag.find('>') else {
            out.push_str(tag);
            return out;
        };
        let inside = tag[1..end].trim_start_matches('/');
        let name_end = inside.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inside.len());
        let name = inside[..name_end].to_ascii_lowercase();
        if matches!(name.as_str(), "script" | "style") && !tag.starts_with("</") {
            rest = behind_end_tag(&tag[end + 1..], &name);
        } else if ELEMENTS.binary_search(&name.as_str()).is_ok() {
            if is_break(&name) {
                out.push(' ');
            }
            rest = &tag[end + 1..];
        } else {
            out.push('<');
            rest = &tag[1..];
        }
    }
    out.push_str(rest);
    out
}

/// What follows the element's end tag; nothing if there is none, as in a browser.
fn behind_end_tag<'a>(inside: &'a str, name: &str) -> &'a str {
    let mut rest = inside;
    while let Some((_, tag)) = rest.split_once("</") {
        if tag.get(..name.len()).is_some_and(|written| written.eq_ignore_ascii_case(name)) {
            return tag.split_once('>').map_or("", |(_, after)| after);
        }
        rest = tag;
    }
    ""
}

fn is_break(name: &str) -> bool {
    matches!(name, "br" | "p" | "div" | "li" | "tr" | "td" | "hr" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_elements_are_in_order() {
        assert!(ELEMENTS.is_sorted());
    }

    #[test]
    fn a_title_is_plain_text() {
        assert_eq!(plain("  <b>Tom</b>\n&amp; Jerry&#8217;s&nbsp;day"), "Tom & Jerry\u{2019}s day");
        assert_eq!(plain("AT&amp;amp;T"), "AT&T");
        assert_eq!(plain("three times &amp;amp;amp;"), "three times &amp;");
        assert_eq!(plain("e\u{301}t\u{e9} soft\u{ad}hyphen"), "\u{e9}t\u{e9} softhyphen");
        assert_eq!(plain("5 < 6 and <foo> stays, a<br>b"), "5 < 6 and <foo> stays, a b");
        assert_eq!(plain("&lt;em&gt;twice&lt;/em&gt; escaped"), "twice escaped");
        assert_eq!(plain("Why &lt;table&gt; is back"), "Why <table> is back");
        assert_eq!(plain("open <b"), "open <b");
        assert_eq!(plain("caf\u{c3}\u{a9} \u{e2}\u{20ac}\u{a6}"), "caf\u{e9} \u{2026}");
        assert_eq!(plain("S\u{c3}O PAULO"), "S\u{c3}O PAULO");
    }

    #[test]
    fn a_script_in_a_title_is_no_text() {
        assert_eq!(plain("safe<script>alert('</b>')</SCRIPT > title"), "safe title");
        assert_eq!(plain("safe&lt;script&gt;alert(1)&lt;/script&gt;"), "safe");
        assert_eq!(plain("safe<style>b{}</style><script>alert(1)"), "safe");
        assert_eq!(plain_unless_markup("safe <script src=x></script>"), "safe");
    }

    #[test]
    fn text_declared_as_text_is_believed_unless_it_closes_a_tag() {
        assert_eq!(plain_unless_markup("Why <b> is bold"), "Why <b> is bold");
        assert_eq!(plain_unless_markup("<b>Bold</b>"), "Bold");
        assert_eq!(plain_unless_markup("Q&amp;A"), "Q&A");
    }
}
