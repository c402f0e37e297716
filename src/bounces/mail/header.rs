//! Header fields (RFC 5322 2.2), unfolded; also the field groups of reports, which have the same form.

use super::decode::{cut, lossless, words};
use crate::bounces::limits::{FIELD_BYTES_MAX, HEADER_BYTES_MAX, HEADER_FIELDS_MAX};

/// Fields in their order; names are in lower case.
#[derive(Clone, Default, Debug)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |field| field.0 == name).map(|field| field.1.as_str())
    }

    /// The first value, with its encoded words read; empty without one.
    pub fn text(&self, name: &str) -> String {
        self.get(name).map(words).unwrap_or_default()
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The header section at the start of some lines, and what follows it. Lines that are no fields end the section, too.
pub fn split(bytes: &[u8]) -> (Fields, &[u8]) {
    let mut fields = Fields::default();
    let mut rest = bytes;
    let mut used = 0;
    while used < HEADER_BYTES_MAX {
        let (line, after) = first_line(rest);
        let is_envelope = fields.is_empty() && (line.starts_with(b"From ") || line.starts_with(b">From "));
        if line.is_empty() && !rest.is_empty() {
            return (fields, after);
        }
        if rest.is_empty() || !(is_envelope || take(&mut fields, line)) {
            break;
        }
        used += line.len() + 1;
        rest = after;
    }
    (fields, rest)
}

/// The fields of a text, whatever stands between them.
pub fn fields<'a>(lines: impl Iterator<Item = &'a str>) -> Fields {
    let mut fields = Fields::default();
    for line in lines {
        take(&mut fields, line.as_bytes());
    }
    fields
}

fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', bytes) {
        Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

/// Takes a line in, if it is a field or goes on with one.
fn take(fields: &mut Fields, line: &[u8]) -> bool {
    let line = line.get(..FIELD_BYTES_MAX).unwrap_or(line);
    if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
        let Some((_, value)) = fields.0.last_mut() else { return false };
        if value.len() < FIELD_BYTES_MAX {
            value.push(' ');
            value.push_str(lossless(line).trim());
        }
        return true;
    }
    let Some(at) = memchr::memchr(b':', line.get(..80).unwrap_or(line)) else { return false };
    let name = line.get(..at).unwrap_or_default().trim_ascii_end();
    if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_graphic()) {
        return false;
    }
    if fields.len() < HEADER_FIELDS_MAX {
        let value = lossless(line.get(at + 1..).unwrap_or_default());
        fields.0.push((lossless(name).to_ascii_lowercase(), cut(value.trim(), FIELD_BYTES_MAX).to_owned()));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_unfolded_and_the_body_follows() {
        let (fields, body) = split(b"From x\nSubject: a\n b\nX : =?utf-8?q?=C3=A4?=\n\nbody\n");
        assert_eq!((fields.get("subject"), fields.text("x").as_str()), (Some("a b"), "\u{e4}"));
        assert_eq!(body, b"body\n");
    }

    #[test]
    fn a_text_without_a_header_is_all_body() {
        let (fields, body) = split(b"Sorry, no.\nTo: x\n");
        assert!(fields.is_empty());
        assert_eq!(body, b"Sorry, no.\nTo: x\n");
        assert!(split(b"").0.is_empty() && split(b"\n").0.is_empty());
    }
}
