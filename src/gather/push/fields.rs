//! The fields of one article as it was handed in, read one by one: each mistake is named, and none hides another.

use crate::base::Timestamp;
use crate::base::text::nearest;
use crate::gather::identity::display_url;
use serde_json::{Map, Value};

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = FieldProblem)]
pub struct Problem {
    /// `articles[2].image.url`
    pub field: String,
    /// For machines; stable.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

/// An address longer than this opens in no mail program, in bytes.
const URL_BYTES_MAX: usize = 2048;

/// Mistakes named of one article: nobody corrects more at a time.
const PROBLEMS_MAX: usize = 20;
/// Names taken from one list.
const NAMES_MAX: usize = 200;

/// One JSON object and the mistakes found in it so far.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// Put before each field's name.
    place: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Fields<'a> {
    /// Names every field that is not in `known`.
    pub(super) fn new(
        object: &'a Map<String, Value>,
        place: &'a str,
        known: &[&str],
        problems: &'a mut Vec<Problem>,
    ) -> Self {
        let mut it = Self { object, place, problems };
        for name in object.keys().filter(|name| !known.contains(&name.as_str())).take(PROBLEMS_MAX) {
            let name: String = crate::base::text::one_line(name).chars().take(60).collect();
            let meant = nearest(&name, known.iter().copied());
            let meant = meant.map_or_else(|| "leave it out".to_owned(), |meant| format!("did you mean {meant:?}?"));
            it.problem(&name, "unknown", format!("there is no such field; {meant}"));
        }
        it
    }

    pub(super) fn problem(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { field: format!("{}{name}", self.place), code, message: message.into() });
        }
    }

    /// `null` is as good as nothing.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Text without control characters, trimmed; `None` if there is none.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) => Some(clean(text)).filter(|text| !text.is_empty()),
            _ => {
                self.problem(name, "type", "must be a text");
                None
            }
        }
    }

    /// The newsroom's own number or name of the article.
    pub(super) fn id(&mut self, name: &str, chars_max: usize) -> Option<String> {
        let id = match self.value(name)? {
            Value::Number(number) => number.to_string(),
            _ => self.text(name)?,
        };
        if id.chars().count() > chars_max || id.contains(['\n', '\t']) {
            self.problem(name, "id", format!("must be one line of at most {chars_max} characters"));
            return None;
        }
        Some(id)
    }

    /// An address that a reader may be sent to.
    pub(super) fn link(&mut self, name: &str) -> Option<String> {
        let link = self.text(name)?;
        let is_right = link.len() <= URL_BYTES_MAX && !link.contains(char::is_whitespace);
        if !is_right || display_url(&link).is_none() {
            let message = "must be a whole web address of at most 2048 bytes, such as https://news.example/harbour";
            self.problem(name, "address", message);
            return None;
        }
        Some(link)
    }

    /// RFC 3339, with its zone.
    pub(super) fn time(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name)?;
        match chrono::DateTime::parse_from_rfc3339(&text) {
            Ok(at) => Some(at.into()),
            Err(_) => {
                let message = "must be a time with its zone (RFC 3339), such as 2026-11-23T18:00:00+01:00";
                self.problem(name, "time", message);
                None
            }
        }
    }

    /// True or false; false if there is none.
    pub(super) fn yes(&mut self, name: &str) -> bool {
        match self.value(name) {
            None => false,
            Some(Value::Bool(yes)) => *yes,
            Some(_) => {
                self.problem(name, "type", "must be true or false");
                false
            }
        }
    }

    /// A list of names: texts, or objects with a `name`; a single one need not be in a list.
    pub(super) fn names(&mut self, name: &str) -> Vec<String> {
        let listed = match self.value(name) {
            None => return Vec::new(),
            Some(Value::Array(list)) => list.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        let mut names = Vec::new();
        for (at, one) in listed.iter().take(NAMES_MAX).enumerate() {
            match one.as_str().or_else(|| one.get("name")?.as_str()) {
                Some(text) => names.push(crate::gather::feed::plain(&clean(text))),
                None => self.problem(&format!("{name}[{at}]"), "type", "must be a text"),
            }
        }
        names.retain(|it| !it.is_empty());
        names
    }

    /// A language tag by its form alone (BCP 47): `en`, `pt-BR`.
    pub(super) fn language(&mut self, name: &str) -> Option<String> {
        let tag = self.text(name)?;
        let mut parts = tag.split('-');
        let is_primary = |it: &str| (2..=8).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_part = |it: &str| (1..=8).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if tag.len() > 35 || !parts.next().is_some_and(is_primary) || !parts.all(is_part) {
            self.problem(name, "language", "must be a language tag (BCP 47), such as en or pt-BR");
            return None;
        }
        Some(tag)
    }

    /// An object inside this one.
    pub(super) fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        let value = self.value(name)?;
        if value.as_object().is_none() {
            self.problem(name, "type", "must be an object");
        }
        value.as_object()
    }

    /// What stands before the names of an object's own fields.
    pub(super) fn place(&self, name: &str) -> String {
        format!("{}{name}.", self.place)
    }

    pub(super) fn inside<'b>(
        &'b mut self,
        object: &'b Map<String, Value>,
        place: &'b str,
        known: &[&str],
    ) -> Fields<'b> {
        Fields::new(object, place, known, self.problems)
    }
}

/// Neither a mail nor a database takes every character that JSON can write.
fn clean(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim().to_owned()
}
