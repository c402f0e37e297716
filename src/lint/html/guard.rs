//! Beside what makes any page costly ([`crate::gather::html::guard`]): elements with very many attributes, each of
//! which a parser compares with those before it.
//!
//! Every place where a tag may begin is looked at on its own, since only a parser knows which of them are tags; a tag
//! that has more than [`TAG_BYTES_MAX`] outside quotes, or no end, is too costly without a further look. It may refuse
//! too much, never too little.

use crate::gather::html::guard::is_too_costly as is_too_deep;
use crate::lint::limits::{ATTRIBUTES_MAX, ELEMENTS_MAX, HTML_BYTES_MAX, TAG_BYTES_MAX};

pub(super) fn is_too_costly(html: &str) -> bool {
    html.len() > HTML_BYTES_MAX || is_too_deep(html, ELEMENTS_MAX) || has_too_many_attributes(html.as_bytes())
}

fn has_too_many_attributes(html: &[u8]) -> bool {
    memchr::memchr_iter(b'<', html).any(|at| {
        let rest = html.get(at + 1..).unwrap_or_default();
        rest.first().is_some_and(u8::is_ascii_alphabetic) && attributes(rest).is_none_or(|count| count > ATTRIBUTES_MAX)
    })
}

/// How many the tag has (HTML section 13.2.5.32 and on), more than allowed once it has more; None if it is too long.
fn attributes(tag: &[u8]) -> Option<usize> {
    let is_white = |byte: u8| byte.is_ascii_whitespace() || byte == b'/';
    let mut tag = Scan { rest: tag, budget: TAG_BYTES_MAX };
    tag.until(|byte| is_white(byte) || byte == b'>')?;
    let mut count = 0;
    while count <= ATTRIBUTES_MAX {
        if tag.until(|byte| !is_white(byte))? == b'>' {
            return Some(count);
        }
        count += 1;
        // A name ends at white space, `=` or `>`; an `=` at its beginning is part of it.
        tag.pass();
        tag.until(|byte| is_white(byte) || matches!(byte, b'=' | b'>'))?;
        if tag.until(|byte| !byte.is_ascii_whitespace())? != b'=' {
            continue;
        }
        tag.pass();
        match tag.until(|byte| !byte.is_ascii_whitespace())? {
            quote @ (b'"' | b'\'') => tag.pass_quoted(quote)?,
            _ => _ = tag.until(|byte| byte.is_ascii_whitespace() || byte == b'>')?,
        }
    }
    Some(count)
}

struct Scan<'a> {
    rest: &'a [u8],
    /// Bytes that may be looked at one by one; what stands in quotes is passed over at once.
    budget: usize,
}

impl Scan<'_> {
    /// Goes on to the next byte of a kind, and says which.
    fn until(&mut self, is_wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let window = self.rest.get(..self.rest.len().min(self.budget))?;
        let length = window.iter().position(|byte| is_wanted(*byte))?;
        self.budget -= length;
        self.rest = self.rest.get(length..)?;
        self.rest.first().copied()
    }

    fn pass(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    fn pass_quoted(&mut self, quote: u8) -> Option<()> {
        self.pass();
        let length = memchr::memchr(quote, self.rest)?;
        self.rest = self.rest.get(length + 1..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_counted_as_a_parser_counts_them() {
        for (tag, expected) in [
            ("a>", Some(0)),
            ("a href=\"x>y\" b>", Some(2)),
            ("a href = 'x' b=c/d e/f>", Some(4)),
            ("a =\">", Some(1)),
            ("br/>", Some(0)),
            ("a href=\"", None),
            ("a", None),
        ] {
            assert_eq!(attributes(tag.as_bytes()), expected, "{tag}");
        }
        assert_eq!(attributes(format!("a{}>", " x".repeat(1000)).as_bytes()), Some(ATTRIBUTES_MAX + 1));
    }

    #[test]
    fn a_page_of_attributes_is_refused_wherever_they_stand() {
        let many = format!("<b{}>", " x".repeat(70));
        for html in [many.clone(), format!("<style><a x=\"</style>{many}"), format!("<i a=\">\">{many}")] {
            assert!(is_too_costly(&html), "{html}");
        }
        assert!(!is_too_costly("<p>one <a href=\"x\">two</a>"));
    }
}
