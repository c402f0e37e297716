//! A parameter of a path or a query: what may stand in it. It is checked and described by the same value.

use crate::publications::calendar::typed_day;
use serde_json::{Value, json};

/// What a parameter may be.
#[derive(Clone, Debug)]
pub(in crate::web::api) enum Kind {
    /// One to so many characters.
    Text {
        chars_max: usize,
    },
    Whole {
        min: i64,
        max: i64,
    },
    Flag,
    /// A date of the years that editions are of, such as 2026-11-23.
    Date,
    Word(Vec<&'static str>),
}

#[derive(Clone, Debug)]
pub(in crate::web::api) struct Parameter {
    pub name: &'static str,
    pub kind: Kind,
    pub about: &'static str,
    pub is_required: bool,
}

/// How many lines an answer has at most.
pub(in crate::web::api) const LIMIT: &str = "limit";
/// Where an answer begins.
pub(in crate::web::api) const CURSOR: &str = "cursor";

impl Parameter {
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, about, is_required: false }
    }

    /// What is wrong with a value; None if nothing is.
    pub fn problem(&self, value: &str) -> Option<String> {
        match &self.kind {
            Kind::Text { chars_max } => {
                let chars = value.chars().count();
                (!(1..=*chars_max).contains(&chars) || value.contains('\0'))
                    .then(|| format!("has 1 to {chars_max} characters"))
            }
            Kind::Whole { min, max } => {
                let is_plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
                let number = value.parse::<i64>().ok().filter(|_| is_plain);
                number.is_none_or(|it| it < *min || it > *max).then(|| match *max {
                    i64::MAX => format!("is a whole number, {min} or more"),
                    max => format!("is a whole number from {min} to {max}"),
                })
            }
            Kind::Flag => (!matches!(value, "true" | "false")).then(|| "is true or false".to_owned()),
            Kind::Date => {
                let is_date = value.len() == 10 && typed_day(value).is_some();
                (!is_date).then(|| "is a date from 1970 to 2999, written like 2026-11-23".to_owned())
            }
            Kind::Word(words) => {
                (!words.contains(&value)).then(|| match crate::base::text::nearest(value, words.iter().copied()) {
                    Some(meant) => format!("is one of: {}; did you mean {meant:?}?", words.join(", ")),
                    None => format!("is one of: {}", words.join(", ")),
                })
            }
        }
    }

    pub fn schema(&self) -> Value {
        match &self.kind {
            Kind::Text { chars_max } => {
                json!({ "type": "string", "minLength": 1, "maxLength": chars_max, "pattern": "^[^\\u0000]+$" })
            }
            Kind::Whole { min, max } => {
                let mut schema = json!({ "type": "integer", "format": "int64", "minimum": min });
                if let (Some(object), true) = (schema.as_object_mut(), *max < i64::MAX) {
                    object.insert("maximum".to_owned(), json!(max));
                }
                schema
            }
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Date => {
                json!({ "type": "string", "format": "date", "pattern": "^(19[7-9][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}$" })
            }
            Kind::Word(words) => json!({ "type": "string", "enum": words }),
        }
    }

    /// Something that may stand there.
    pub fn example(&self) -> String {
        match &self.kind {
            Kind::Text { .. } if self.name == "slug" => "evening".to_owned(),
            Kind::Text { .. } => "...".to_owned(),
            Kind::Whole { min, .. } => (*min).max(1).to_string(),
            Kind::Flag => "true".to_owned(),
            Kind::Date => "2026-11-23".to_owned(),
            Kind::Word(words) => words.first().copied().unwrap_or_default().to_owned(),
        }
    }
}

/// The words of a list, as they are written.
pub(in crate::web::api) fn words(all: impl IntoIterator<Item = &'static str>) -> Kind {
    Kind::Word(all.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_described_is_what_is_taken() {
        let whole = Parameter::new("id", Kind::Whole { min: 1, max: i64::MAX }, "");
        for wrong in ["0", "-1", "x", "", "1.0", "+1", " 1", "99999999999999999999"] {
            assert!(whole.problem(wrong).is_some(), "{wrong:?}");
        }
        assert_eq!(whole.problem("7"), None);
        let date = Parameter::new("from", Kind::Date, "");
        assert!(date.problem("2026-02-30").is_some() && date.problem("2026-2-3").is_some());
        assert_eq!(date.problem("2026-02-28"), None);
        for wrong in ["9999-12-31", "1969-12-31", "3000-01-01", "+999-01-01", " 2026-1-1", "2026-11-2 "] {
            assert!(date.problem(wrong).is_some(), "{wrong:?}");
        }
        let word = Parameter::new("state", words(["sent", "drafted"]), "");
        assert_eq!(word.problem("draftd").as_deref(), Some("is one of: sent, drafted; did you mean \"drafted\"?"));
        let text = Parameter::new("q", Kind::Text { chars_max: 3 }, "");
        assert!(text.problem("").is_some() && text.problem("abcd").is_some() && text.problem("\0").is_some());
        assert_eq!(text.problem("äöü"), None);
    }
}
