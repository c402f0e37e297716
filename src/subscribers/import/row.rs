//! One row of a list of another service: who it is, what the list says of them, and what they chose there.

use super::day::instant;
use super::formats::{Field, Format, Layout, Says, status};
use super::unread::{Unread, UnreadValue};
use crate::base::Span;
use crate::base::Timestamp;
use crate::publications::Section;
use crate::words::Language;
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

    /// Whether the address is written in letters that we read.
    pub(super) fn is_email_readable(&self, record: &csv::ByteRecord) -> bool {
        std::str::from_utf8(record.get(self.email).unwrap_or_default()).is_ok()
    }

    /// `None` if the list's word for the status is unknown. What else does not read counts as not said, and is told.
    pub(super) fn wanted(
        &self,
        record: &csv::ByteRecord,
        sections: &[Section],
        now: Timestamp,
        unread: &mut Vec<Unread>,
    ) -> Option<Wanted> {
        let says = self.says(record)?;
        let mut tell = |what, value: &str| unread.push(Unread::of(what, value));
        let language = cell(record, self.language).and_then(|tag| {
            let known = Language::of_tag(&tag).map(|language| language.code().to_owned());
            known.or_else(|| {
                tell(UnreadValue::Language, &tag);
                None
            })
        });
        let time_zone = cell(record, self.time_zone).and_then(|zone| {
            let known = zone.parse::<chrono_tz::Tz>().ok().map(|zone| zone.name().to_owned());
            known.or_else(|| {
                tell(UnreadValue::TimeZone, &zone);
                None
            })
        });
        let hour = cell(record, self.hour).and_then(|hour| {
            let known = hour.parse().ok().filter(|hour| (0..24).contains(hour));
            known.or_else(|| {
                tell(UnreadValue::Hour, &hour);
                None
            })
        });
        let sections = cell(record, self.sections).and_then(|text| {
            let (named, unknown) = matching(sections, &text);
            // Tags of a service say more of a reader than what they read.
            if unknown.is_empty() || (named.is_some() && self.format != Format::Other) {
                return named.unwrap_or_default();
            }
            let what = if named.is_some() { UnreadValue::SomeSections } else { UnreadValue::NoSection };
            tell(what, &unknown.join(", "));
            named.unwrap_or_default()
        });
        let given_at = cell(record, self.subscribed_at).and_then(|text| {
            let day = Span::days(1);
            let read = instant(&text).map_err(UnreadValue::from).and_then(|at| {
                let is_possible = at > Timestamp::EPOCH + day && at <= now + day;
                if is_possible { Ok(at) } else { Err(UnreadValue::NoSuchDay) }
            });
            read.map_err(|what| tell(what, &text)).ok()
        });
        Some(Wanted { says, language, time_zone, hour, sections, given_at })
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

/// The sections that a list of tags names, by slug, name or alias: `None` if it names none, `Some(None)` if it names all;
/// and the tags that are the name of none.
fn matching<'a>(sections: &[Section], tags: &'a str) -> (Option<Option<Vec<String>>>, Vec<&'a str>) {
    let tags = tags.split([',', ';', '|', '[', ']', '"']).map(str::trim).filter(|tag| !tag.is_empty());
    let names = |section: &Section, tag: &str| {
        let names = [&section.slug, &section.name];
        names.into_iter().chain(&section.aliases).any(|name| name.to_lowercase() == tag)
    };
    let (mut is_named, mut unknown) = (vec![false; sections.len()], Vec::new());
    for tag in tags {
        let (lower, mut is_known) = (tag.to_lowercase(), false);
        for (section, is_named) in sections.iter().zip(&mut is_named) {
            if names(section, &lower) {
                (*is_named, is_known) = (true, true);
            }
        }
        if !is_known {
            unknown.push(tag);
        }
    }
    let named = sections.iter().zip(&is_named).filter(|(_, is_named)| **is_named);
    let named: Vec<String> = named.map(|(section, _)| section.slug.clone()).collect();
    let named = match named.len() {
        0 => None,
        all if all == sections.len() => Some(None),
        _ => Some(Some(named)),
    };
    (named, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(header: &str, row: &str) -> Option<Says> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let columns = Columns::of(&Layout::of(&header, &[]).unwrap());
        let record = csv::ByteRecord::from(row.split(',').collect::<Vec<_>>());
        columns.wanted(&record, &[], Timestamp::from_seconds(1_800_000_000), &mut Vec::new()).map(|it| it.says)
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
}
