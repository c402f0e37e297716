//! Values out of a provider's JSON, bounded; whatever is missing or of another type is none.
//!
//! The depth is bounded by serde_json (128 levels), the size by the body's.

use super::limits::{BODY_BYTES_MAX, ID_BYTES_MAX, VALUES_MAX, WORD_BYTES_MAX};
use super::refused::Refused;
use crate::base::Timestamp;
use crate::base::hash::sha256_hex;
use crate::bounces::find::{hints, one_line};
use crate::bounces::limits::{ADDRESS_BYTES_MAX, FIELD_BYTES_MAX};
use crate::bounces::mail::{Fields, cut, fields};
use crate::bounces::report::Hints;
use serde_json::Value;

pub fn read(body: &[u8]) -> Result<Value, Refused> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Refused::TooBig);
    }
    serde_json::from_slice(body).map_err(|_| Refused::Malformed("it is not JSON; choose JSON at the provider"))
}

pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

pub fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?.as_str().filter(|text| !text.trim().is_empty())
}

/// A text on one line, at most 2 KB; empty without it.
pub fn line(value: &Value, path: &[&str]) -> String {
    text(value, path).map(|text| one_line(cut(text, FIELD_BYTES_MAX))).unwrap_or_default()
}

/// A provider's own word.
pub fn word(value: &Value, path: &[&str]) -> String {
    cut(&line(value, path), WORD_BYTES_MAX).to_owned()
}

/// An address; one that is longer than addresses are is none.
pub fn address(value: &Value, path: &[&str]) -> Option<String> {
    let text = text(value, path)?.trim();
    (text.contains('@') && text.len() <= ADDRESS_BYTES_MAX && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// A whole number, also one that is written with a fraction or between quotes.
pub fn number(value: &Value, path: &[&str]) -> Option<i64> {
    let value = at(value, path)?;
    let float = |number: f64| (number.abs() < 9e15).then_some(number as i64);
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(float)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// An SMTP reply's code; numbers that are none are the provider's own.
pub fn smtp_code(value: &Value, path: &[&str]) -> Option<u16> {
    number(value, path).and_then(|code| u16::try_from(code).ok()).filter(|code| (400..=559).contains(code))
}

pub fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// RFC 3339 to unix seconds.
pub fn seconds(value: &Value, path: &[&str]) -> Option<i64> {
    Timestamp::parse_rfc3339(text(value, path)?.trim()).map(Timestamp::as_seconds)
}

/// The provider's id of an event; where it gives none, a digest of the event.
pub fn id(given: Option<&str>, event: &Value) -> String {
    match given {
        Some(id) if id.len() <= ID_BYTES_MAX && !id.contains(char::is_control) => id.to_owned(),
        Some(id) => sha256_hex(id.as_bytes()),
        None => sha256_hex(event.to_string().as_bytes()),
    }
}

/// The places in which a token of ours may stand, gathered as the fields that they were, or would have been.
#[derive(Default)]
pub struct Places(Vec<String>);

impl Places {
    pub fn field(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|_| self.0.len() < VALUES_MAX) {
            self.0.push(format!("{}: {}", one_line(cut(name, WORD_BYTES_MAX)), one_line(cut(value, FIELD_BYTES_MAX))));
        }
    }

    /// What we gave the mail to carry along: texts, and lists of texts. It is kept as an envelope id, which is the same
    /// thing in SMTP (RFC 3461 4.4).
    pub fn metadata(&mut self, values: Option<&Value>) {
        for value in values.and_then(Value::as_object).into_iter().flatten().map(|(_, value)| value).take(VALUES_MAX) {
            let several = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            several.iter().take(VALUES_MAX).for_each(|one| self.field("Original-Envelope-Id", one.as_str()));
        }
    }

    pub fn hints(&self) -> Hints {
        hints(&Fields::default(), &[fields(self.0.iter().map(String::as_str))], &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_read_in_each_of_their_spellings() {
        let value = json!({"a": 5, "b": 5.9, "c": "5", "d": 1e300, "e": [5]});
        let read = ["a", "b", "c", "d", "e", "f"].map(|key| number(&value, &[key]));
        assert_eq!(read, [Some(5), Some(5), Some(5), None, None, None]);
        assert_eq!(smtp_code(&json!({"code": 605}), &["code"]), None);
    }

    #[test]
    fn an_id_is_always_short_and_the_same_for_the_same_event() {
        let event = json!({"x": 1});
        assert_eq!(id(Some("1-2"), &event), "1-2");
        assert_eq!(id(None, &event), id(None, &json!({"x": 1})));
        assert_eq!(id(Some(&"x".repeat(1000)), &event).len(), 64);
    }

    #[test]
    fn no_value_can_begin_another_field() {
        let mut places = Places::default();
        places.field("X", Some("1\r\nMessage-ID: <forged@x.example>"));
        assert!(places.hints().message_ids.is_empty());
    }
}
