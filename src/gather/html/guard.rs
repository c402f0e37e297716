//! What a parser of HTML may be given: no input that makes it slow or large.
//!
//! It promises one pass, and to err on the safe side. Three things cost a parser more than their length: elements within
//! elements, many elements, and formatting elements (`<b>`, `<a>`) left open, each of which it opens again in every
//! paragraph that follows (HTML section 13.2.4.3). Held to it by the tests of this folder and of `page`.

use std::collections::HashMap;

/// Open elements at one time; a browser's parser slows down beyond.
const DEPTH_MAX: usize = 400;
/// Formatting elements that may be opened again, all in all: as many as are open at each tag.
const REOPENED_MAX: usize = 150_000;

/// A longer name is no element of HTML.
const NAME_BYTES_MAX: usize = 24;
/// Elements that hold nothing, or that the next of their kind closes.
const NEVER_DEEP: &[&str] = &[
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
    "param", "source", "td", "th", "tr", "track", "wbr",
];
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Whether a parser would take too long over it or make more than `elements_max` elements of it. It may count too many,
/// never too few: an end tag closes only an element of its own name.
pub(crate) fn is_too_costly(markup: &str, elements_max: usize) -> bool {
    let mut open: HashMap<String, usize> = HashMap::new();
    let (mut depth, mut formatting, mut elements, mut reopened) = (0, 0, 0, 0);
    for part in markup.split('<').skip(1) {
        let (is_end, tag) = part.strip_prefix('/').map_or((false, part), |tag| (true, tag));
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let length = tag.bytes().take(NAME_BYTES_MAX).take_while(u8::is_ascii_alphanumeric).count();
        let name = tag.get(..length).unwrap_or_default().to_ascii_lowercase();
        elements += 1;
        let is_formatting = FORMATTING.contains(&name.as_str());
        if is_end {
            if let Some(count) = open.get_mut(&name).filter(|count| **count > 0) {
                *count -= 1;
                depth -= 1;
                formatting -= usize::from(is_formatting);
            }
        } else if !NEVER_DEEP.contains(&name.as_str()) {
            *open.entry(name).or_default() += 1;
            depth += 1;
            formatting += usize::from(is_formatting);
        }
        reopened += formatting;
        if depth > DEPTH_MAX || elements > elements_max || reopened > REOPENED_MAX {
            return true;
        }
    }
    false
}
