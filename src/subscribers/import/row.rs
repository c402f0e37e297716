//! One row of a list of another service: who it is, what the list says of them, and what they chose there.

use super::formats::{Field, Format, Layout, Says, status};
use crate::base::Span;
use crate::base::Timestamp;
use crate::publications::Section;
use crate::words::Language;
use chrono::{NaiveDate, NaiveDateTime};
use std::borrow::Cow;

/// What was read beside the address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Wanted {
    pub says: Says,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub hour: Option<i64>,
    /// Slugs in editorial order; `None` is all.
    pub sections: Option<Vec<String>>,
    /// When they agreed, by the list.
    pub given_at: Option<Timestamp>,
}

/// Where what stands in a row of this list.
pub(super) struct Columns {
    format: Format,
    email: usize,
    status: Option<usize>,
    left_at: Option<usize>,
    left_why: Option<usize>,
    bounced_at: Option<usize>,
    wants_mail: Option<usize>,
    mail_disabled: Option<usize>,
    language: Option<usize>,
    time_zone: Option<usize>,
    hour: Option<usize>,
    sections: Option<usize>,
    subscribed_at: Option<usize>,
    /// Columns whose mere name says no where they hold anything but a no.
    objections: Vec<(usize, Says)>,
}

/// A cell of such a column that objects to nothing.
const NO_OBJECTION: [&str; 7] = ["0", "false", "no", "n", "f", "-", "none"];

fn cell(record: &csv::ByteRecord, at: Option<usize>) -> Option<Cow<'_, str>> {
    let bytes = record.get(at?)?.trim_ascii();
    if bytes.is_empty() { None } else { Some(String::from_utf8_lossy(bytes)) }
}

impl Columns {
    pub(super) fn of(layout: &Layout) -> Self {
        Self {
            format: layout.format,
            email: layout.place(Field::Email).unwrap_or(0),
            status: layout.place(Field::Status),
            left_at: layout.place(Field::LeftAt),
            left_why: layout.place(Field::LeftWhy),
            bounced_at: layout.place(Field::BouncedAt),
            wants_mail: layout.place(Field::WantsMail),
            mail_disabled: layout.place(Field::MailDisabled),
            language: layout.place(Field::Language),
            time_zone: layout.place(Field::TimeZone),
            hour: layout.place(Field::Hour),
            sections: layout.place(Field::Sections),
            subscribed_at: layout.place(Field::SubscribedAt),
            objections: layout.objections(),
        }
    }

    pub(super) fn email<'a>(&self, record: &'a csv::ByteRecord) -> Cow<'a, str> {
        String::from_utf8_lossy(record.get(self.email).unwrap_or_default())
    }

    /// `None` if the list's word for the status is unknown. What else does not read counts as not said.
    pub(super) fn wanted(&self, record: &csv::ByteRecord, sections: &[Section], now: Timestamp) -> Option<Wanted> {
        Some(Wanted {
            says: self.says(record)?,
            language: cell(record, self.language)
                .and_then(|tag| Language::of_tag(&tag))
                .map(|language| language.code().to_owned()),
            time_zone: cell(record, self.time_zone)
                .and_then(|zone| zone.parse::<chrono_tz::Tz>().ok())
                .map(|zone| zone.name().to_owned()),
            hour: cell(record, self.hour).and_then(|hour| hour.parse().ok()).filter(|hour| (0..24).contains(hour)),
            sections: cell(record, self.sections).and_then(|text| matching(sections, &text)),
            given_at: cell(record, self.subscribed_at).and_then(|text| instant(&text)).filter(|at| {
                let day = Span::days(1);
                *at > Timestamp::EPOCH + day && *at <= now + day
            }),
        })
    }

    fn says(&self, record: &csv::ByteRecord) -> Option<Says> {
        // The gravest word counts, wherever it stands.
        let word = match self.status {
            None => Says::Yes,
            Some(_) => status(self.format, &cell(record, self.status).unwrap_or_default())?,
        };
        let objects = |wanted: Says| {
            self.objections.iter().any(|(at, says)| {
                let object = |it: Cow<'_, str>| !NO_OBJECTION.contains(&it.to_ascii_lowercase().as_str());
                *says == wanted && cell(record, Some(*at)).is_some_and(object)
            })
        };
        if matches!(word, Says::Complained) || objects(Says::Complained) {
            return Some(Says::Complained);
        }
        let left = cell(record, self.left_at).is_some();
        let why = cell(record, self.left_why).unwrap_or_default().to_ascii_lowercase();
        if left && ["abuse", "spam", "complain"].iter().any(|it| why.contains(it)) {
            return Some(Says::Complained);
        }
        if matches!(word, Says::Bounced) || cell(record, self.bounced_at).is_some() || objects(Says::Bounced) {
            return Some(Says::Bounced);
        }
        let is =
            |at, words: [&str; 3]| cell(record, at).is_some_and(|it| words.contains(&it.to_ascii_lowercase().as_str()));
        let no_mail = is(self.wants_mail, ["false", "no", "0"]) || is(self.mail_disabled, ["true", "yes", "1"]);
        Some(if left || no_mail || objects(Says::Left) { Says::Left } else { word })
    }
}

/// The sections that a list of tags names, by slug, name or alias; `None` if it names none or all.
fn matching(sections: &[Section], tags: &str) -> Option<Vec<String>> {
    let tags: Vec<String> = tags
        .split([',', ';', '|', '[', ']', '"'])
        .map(|tag| tag.trim().to_lowercase())
        .filter(|tag| !tag.is_empty())
        .collect();
    let is_named = |section: &Section| {
        let names = [&section.slug, &section.name];
        names.into_iter().chain(&section.aliases).any(|name| tags.contains(&name.to_lowercase()))
    };
    let named: Vec<String> = sections.iter().filter(|it| is_named(it)).map(|it| it.slug.clone()).collect();
    if named.is_empty() || named.len() == sections.len() { None } else { Some(named) }
}

/// The ways in which services write an instant; without a zone it is UTC.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    if let Some(at) = Timestamp::parse_rfc3339(text) {
        return Some(at);
    }
    for format in ["%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%d %H:%M:%S%.f%#z"] {
        if let Ok(at) = chrono::DateTime::parse_from_str(text, format) {
            return Some(at.into());
        }
    }
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
            return Some(at.and_utc().into());
        }
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    date.and_hms_opt(0, 0, 0).map(|at| at.and_utc().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(header: &str, row: &str) -> Option<Says> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let columns = Columns::of(&Layout::of(&header, &[]).unwrap());
        let record = csv::ByteRecord::from(row.split(',').collect::<Vec<_>>());
        columns.wanted(&record, &[], Timestamp::from_seconds(1_800_000_000)).map(|it| it.says)
    }

    #[test]
    fn what_a_service_writes_beside_those_who_must_not_be_mailed_is_understood() {
        let substack = "email,active_subscription,expiry,email_disabled,created_at";
        assert_eq!(says(substack, "a@b.example,false,,false,"), Some(Says::Yes));
        assert_eq!(says(substack, "a@b.example,true,,true,"), Some(Says::Left));
        let mailchimp = "Email Address,LEID,EUID,UNSUB_TIME,UNSUB_REASON,CLEAN_TIME";
        assert_eq!(says(mailchimp, "a@b.example,1,x,2024-01-01 10:00:00,Marked as abuse,"), Some(Says::Complained));
        assert_eq!(says(mailchimp, "a@b.example,1,x,2024-01-01 10:00:00,NORMAL,"), Some(Says::Left));
        assert_eq!(says(mailchimp, "a@b.example,1,x,,,2024-01-01 10:00:00"), Some(Says::Bounced));
        assert_eq!(says("email,type", "a@b.example,free"), Some(Says::Yes));
        assert_eq!(says("email,status", "a@b.example,whatever"), None);
    }

    #[test]
    fn an_instant_is_read_as_services_write_it() {
        let noon = Timestamp::parse_rfc3339("2024-03-14T12:00:00Z");
        for text in [
            "2024-03-14 12:00:00",
            "2024-03-14T12:00:00.000Z",
            "2024-03-14 12:00:00.000000 +0000",
            "2024-03-14 12:00:00+00:00",
            "2024-03-14 12:00:00.0 +0000 UTC",
            "2024-03-14T14:00:00+02:00",
        ] {
            assert_eq!(instant(text), noon, "{text}");
        }
        assert_eq!(instant("yesterday"), None);
    }
}
