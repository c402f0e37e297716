//! The columns of our own CSV, which the export writes and the import reads back to the same state.
//!
//! A further column of `subscriptions` has its place in `COLUMNS`, `OwnRow`, its two functions, and in the statements of
//! `store/bulk.rs`; the round trip of `tests/it/subscribers/export.rs` then holds them together. Times are exact to the
//! microsecond. A cell that a spreadsheet would take for a formula gets an apostrophe before it, and so does a cell that
//! begins with one: what is read loses exactly the apostrophe that was put there.

use super::model::{ConsentSource, LeaveAnswer, LeftReason, SubscriptionState};
use crate::base::Timestamp;
use serde::{Deserialize, Serialize};

pub const COLUMNS: &[&str] = &[
    "email",
    "language",
    "created_at",
    "confirmed_at",
    "publication",
    "state",
    "sections",
    "time_zone",
    "hour",
    "breaking",
    "weekday",
    "stories_min",
    "paused_until",
    "subscribed_at",
    "changed_at",
    "left_at",
    "left_reason",
    "left_answer",
    "consents",
];

/// What a file must have to be taken for our own.
const SIGNS: &[&str] = &["email", "publication", "state", "subscribed_at", "consents"];

/// One subscription with its person and its consents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnRow {
    pub email: String,
    pub language: String,
    pub created_at: Timestamp,
    pub confirmed_at: Timestamp,
    /// A slug.
    pub publication: String,
    pub state: SubscriptionState,
    pub sections: Option<Vec<String>>,
    pub time_zone: Option<String>,
    pub hour: Option<i64>,
    pub breaking: bool,
    /// 0 is Monday.
    pub weekday: Option<i64>,
    pub stories_min: Option<i64>,
    pub paused_until: Option<Timestamp>,
    pub subscribed_at: Timestamp,
    pub changed_at: Timestamp,
    pub left_at: Option<Timestamp>,
    pub left_reason: Option<LeftReason>,
    pub left_answer: Option<LeaveAnswer>,
    pub consents: Vec<OwnConsent>,
}

/// In JSON, since a person may have agreed several times.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwnConsent {
    pub source: ConsentSource,
    pub version: String,
    pub text: String,
    pub form_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_network: Option<String>,
    #[serde(with = "exact")]
    pub given_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "exact_option")]
    pub confirmed_at: Option<Timestamp>,
}

mod exact {
    use crate::base::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&at.rfc3339_exact())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse_rfc3339(&text).ok_or_else(|| D::Error::custom("not an instant"))
    }
}

mod exact_option {
    use crate::base::Timestamp;
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::exact::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        super::exact::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
pub(super) fn header() -> Vec<String> {
    COLUMNS.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) fn is_header(names: &[String]) -> bool {
    SIGNS.iter().all(|sign| names.iter().any(|name| name == sign))
}

/// A cell that no spreadsheet takes for a formula.
pub fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell from which [`harmless`] made this one.
pub(super) fn as_meant(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

impl OwnRow {
    /// The cells in the order of [`COLUMNS`].
    pub(super) fn cells(&self) -> Vec<String> {
        let at = |at: Timestamp| at.rfc3339_exact();
        let number = |it: Option<i64>| it.map(|it| it.to_string()).unwrap_or_default();
        let consents = serde_json::to_string(&self.consents).unwrap_or_default();
        [
            self.email.clone(),
            self.language.clone(),
            at(self.created_at),
            at(self.confirmed_at),
            self.publication.clone(),
            self.state.to_string(),
            self.sections.as_ref().map(|slugs| slugs.join(" ")).unwrap_or_default(),
            self.time_zone.clone().unwrap_or_default(),
            number(self.hour),
            if self.breaking { "yes" } else { "no" }.to_owned(),
            number(self.weekday),
            number(self.stories_min),
            self.paused_until.map(at).unwrap_or_default(),
            at(self.subscribed_at),
            at(self.changed_at),
            self.left_at.map(at).unwrap_or_default(),
            self.left_reason.map(|reason| reason.to_string()).unwrap_or_default(),
            self.left_answer.map(|answer| answer.to_string()).unwrap_or_default(),
            consents,
        ]
        .iter()
        .map(|cell| harmless(cell))
        .collect()
    }
}

/// Where the columns of one file stand.
pub(super) struct OwnColumns(Vec<Option<usize>>);

impl OwnColumns {
    pub(super) fn of(header: &[String]) -> Self {
        Self(COLUMNS.iter().map(|column| header.iter().position(|name| name == column)).collect())
    }

    /// # Errors
    /// The column that does not read.
    pub(super) fn read(&self, record: &csv::ByteRecord) -> Result<OwnRow, &'static str> {
        let cell = |column: &'static str| -> Result<Option<&str>, &'static str> {
            let at = COLUMNS.iter().position(|name| *name == column).and_then(|at| self.0.get(at).copied().flatten());
            let bytes = at.and_then(|at| record.get(at)).unwrap_or_default();
            let text = as_meant(std::str::from_utf8(bytes).map_err(|_| column)?);
            Ok(if text.is_empty() { None } else { Some(text) })
        };
        let some = |column| cell(column)?.ok_or(column);
        let optional = |column| match cell(column)? {
            None => Ok(None),
            Some(text) => Timestamp::parse_rfc3339(text).map(Some).ok_or(column),
        };
        let instant = |column| optional(column)?.ok_or(column);
        let state = SubscriptionState::parse(some("state")?).ok_or("state")?;
        let number = |column| match cell(column)? {
            None => Ok(None),
            Some(text) => text.parse::<i64>().map(Some).map_err(|_| column),
        };
        let zone = cell("time_zone")?;
        let row = OwnRow {
            email: some("email")?.to_owned(),
            language: some("language")?.to_owned(),
            created_at: instant("created_at")?,
            confirmed_at: instant("confirmed_at")?,
            publication: some("publication")?.to_owned(),
            state,
            sections: cell("sections")?.map(|slugs| slugs.split_whitespace().map(str::to_owned).collect()),
            time_zone: super::choices::time_zone(zone).map_err(|_| "time_zone")?.and(zone.map(str::to_owned)),
            hour: super::choices::hour(number("hour")?).map_err(|_| "hour")?,
            breaking: match cell("breaking")? {
                Some("yes") => true,
                Some("no") | None => false,
                Some(_) => return Err("breaking"),
            },
            // Which days there are editions is the publication's, today: any day of the week reads.
            weekday: super::choices::weekday(&[0, 1, 2, 3, 4, 5, 6], number("weekday")?).map_err(|_| "weekday")?,
            stories_min: super::choices::stories_min(number("stories_min")?).map_err(|_| "stories_min")?,
            paused_until: optional("paused_until")?,
            subscribed_at: instant("subscribed_at")?,
            changed_at: instant("changed_at")?,
            left_at: optional("left_at")?,
            left_reason: match cell("left_reason")? {
                None => None,
                Some(word) => Some(LeftReason::parse(word).ok_or("left_reason")?),
            },
            left_answer: match cell("left_answer")? {
                None => None,
                Some(word) => Some(LeaveAnswer::parse(word).ok_or("left_answer")?),
            },
            consents: serde_json::from_str(some("consents")?).map_err(|_| "consents")?,
        };
        // Whoever is mailed has agreed; who left did so at some time.
        match row.state {
            SubscriptionState::Active if row.consents.is_empty() => Err("consents"),
            SubscriptionState::Active if row.left_at.is_some() || row.left_reason.is_some() => Err("left_at"),
            SubscriptionState::Left if row.left_at.is_none() => Err("left_at"),
            _ => Ok(row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_made_harmless_is_read_as_it_was_meant(cell in "[=+@'\t\r-]{0,3}\\PC{0,10}") {
            let written = harmless(&cell);
            prop_assert_eq!(as_meant(&written), &cell);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
