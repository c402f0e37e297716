//! The parts of a mail (RFC 2046), flat and in order.
//!
//! A multipart without its boundary is one text. Enclosed mails are opened (their parts know that they are enclosed),
//! so that a report inside of a forwarded mail is found; encoded ones are not.

use super::decode;
use super::header::{Fields, split};
use crate::bounces::limits::{DEPTH_MAX, MAIL_BYTES_MAX, PARTS_MAX};

/// One leaf, or an enclosed mail (whose own leaves follow it).
#[derive(Debug)]
pub struct Part<'a> {
    pub fields: Fields,
    /// As `text/plain`, in lower case.
    pub media_type: String,
    pub body: &'a [u8],
    /// How many mails it is enclosed by.
    pub enclosed: usize,
    charset: Option<String>,
}

impl Part<'_> {
    /// The decoded text, at most `TEXT_BYTES_MAX` of it read.
    pub fn text(&self) -> String {
        let bytes = decode::transfer(self.body, self.fields.get("content-transfer-encoding").unwrap_or_default());
        decode::text(&bytes, self.charset.as_deref())
    }

    /// The decoded bytes, at most `TEXT_BYTES_MAX` of them read.
    pub fn bytes(&self) -> Vec<u8> {
        decode::transfer(self.body, self.fields.get("content-transfer-encoding").unwrap_or_default())
    }
}

/// The mail's own fields, and all of its parts.
#[derive(Debug)]
pub struct Parts<'a> {
    pub root: Fields,
    pub parts: Vec<Part<'a>>,
}

/// Line ends of all sorts become line feeds, up to the limit.
pub fn lines(raw: &[u8]) -> Vec<u8> {
    let raw = raw.get(..MAIL_BYTES_MAX).unwrap_or(raw);
    let mut rest = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
    let mut lines = Vec::with_capacity(rest.len());
    while let Some(at) = memchr::memchr(b'\r', rest) {
        lines.extend_from_slice(rest.get(..at).unwrap_or_default());
        lines.push(b'\n');
        let after = rest.get(at + 1..).unwrap_or_default();
        rest = after.strip_prefix(b"\n").unwrap_or(after);
    }
    lines.extend_from_slice(rest);
    lines
}

/// What is still to be read: bytes that begin with a header section.
struct Task<'a> {
    bytes: &'a [u8],
    depth: usize,
    enclosed: usize,
}

/// Reads the parts of a mail whose lines end in line feeds.
pub fn parse(mail: &[u8]) -> Parts<'_> {
    let mut parts = Parts { root: split(mail).0, parts: Vec::new() };
    let mut tasks = vec![Task { bytes: mail, depth: 0, enclosed: 0 }];
    while let Some(task) = tasks.pop() {
        if parts.parts.len() >= PARTS_MAX {
            break;
        }
        let (fields, body) = split(task.bytes);
        let content_type = fields.get("content-type").unwrap_or("text/plain").to_owned();
        let media_type = media_type(&content_type);
        let may_open = task.depth < DEPTH_MAX;
        if may_open && media_type.starts_with("multipart/") {
            let bodies = parameter(&content_type, "boundary").map(|boundary| bodies(body, &boundary));
            if let Some(bodies) = bodies.filter(|bodies| !bodies.is_empty()) {
                let inner =
                    bodies.into_iter().map(|bytes| Task { bytes, depth: task.depth + 1, enclosed: task.enclosed });
                let free = PARTS_MAX.saturating_sub(tasks.len());
                let mut inner: Vec<_> = inner.take(free).collect();
                inner.reverse();
                tasks.append(&mut inner);
                continue;
            }
        }
        if may_open && matches!(media_type.as_str(), "message/rfc822" | "message/global") {
            tasks.push(Task { bytes: body, depth: task.depth + 1, enclosed: task.enclosed + 1 });
        }
        let charset = parameter(&content_type, "charset");
        parts.parts.push(Part { fields, media_type, body, enclosed: task.enclosed, charset });
    }
    parts
}

/// The pieces between a multipart's boundary lines; none, if there is no such line.
fn bodies<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = format!("--{boundary}");
    let finder = memchr::memmem::Finder::new(delimiter.as_bytes());
    let mut bodies = Vec::new();
    let mut start = None;
    let mut at = 0;
    while let Some(found) = body.get(at..).and_then(|rest| finder.find(rest)).map(|found| found + at) {
        let after = found + delimiter.len();
        at = after;
        // Asked first: what follows is looked at once a line, not once an occurrence.
        if found > 0 && body.get(found - 1) != Some(&b'\n') {
            continue;
        }
        let tail = body.get(after..).unwrap_or_default();
        let line = tail.get(..memchr::memchr(b'\n', tail).unwrap_or(tail.len())).unwrap_or_default();
        let is_last = line.starts_with(b"--");
        if !line.strip_prefix(b"--").unwrap_or(line).trim_ascii().is_empty() {
            continue;
        }
        if let Some(start) = start {
            bodies.push(body.get(start..found.saturating_sub(1)).unwrap_or_default());
        }
        start = (!is_last).then_some((after + line.len() + 1).min(body.len()));
        if is_last || bodies.len() >= PARTS_MAX {
            return bodies;
        }
    }
    if let Some(start) = start {
        bodies.push(body.get(start..).unwrap_or_default());
    }
    bodies
}

fn media_type(content_type: &str) -> String {
    content_type.split([';', ' ', '\t']).next().unwrap_or_default().to_ascii_lowercase()
}

/// A parameter of a Content-Type value; RFC 2231 forms do not occur for the ones asked for here.
fn parameter(content_type: &str, name: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let mut at = 0;
    while let Some(found) = lower.get(at..)?.find(name).map(|found| found + at) {
        at = found + name.len();
        let is_word = lower.get(..found)?.ends_with([';', ' ', '\t', '"']);
        let Some(value) = content_type.get(at..)?.trim_start().strip_prefix('=') else { continue };
        if !is_word {
            continue;
        }
        let value = value.trim_start();
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?.replace('\\', ""),
            None => value.split([';', ' ', '\t']).next()?.to_owned(),
        };
        return (!value.is_empty() && value.len() <= 200).then_some(value);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(mail: &str) -> Vec<(String, usize)> {
        parse(mail.as_bytes()).parts.into_iter().map(|part| (part.media_type, part.enclosed)).collect()
    }

    #[test]
    fn parts_are_flat_and_know_their_enclosure() {
        let mail = "Content-Type: multipart/report; BOUNDARY = \"b\"\n\npre\n--b\n\nhello\n--b\nContent-Type: \
                    message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n--b--\nafter";
        let expected = [("text/plain", 0), ("message/rfc822", 0), ("text/plain", 1)];
        assert_eq!(types(mail), expected.map(|(name, enclosed)| (name.to_owned(), enclosed)));
        assert_eq!(parse(mail.as_bytes()).parts[0].body, b"hello");
    }

    #[test]
    fn a_multipart_without_its_boundary_is_one_text() {
        assert_eq!(types("Content-Type: multipart/mixed; boundary=b\n\n--c\n\nx"), [("multipart/mixed".to_owned(), 0)]);
        assert_eq!(types("Content-Type: multipart/mixed\n\nx").len(), 1);
        // A line that only begins like a boundary is none.
        assert_eq!(types("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--bc\n--b--").len(), 1);
    }

    #[test]
    fn all_line_ends_are_one() {
        assert_eq!(lines(b"\xef\xbb\xbf\r\na\r\nb\rc\nd\r\r\n"), b"a\nb\nc\nd\n\n");
    }
}
