//! A value of a row that does not read: the row is taken all the same, and this says of which value, and what stands
//! instead.
//!
//! Nothing that a list says is dropped in silence: each is told with its line, and counted, in a trial as in the real
//! import, by whichever door the list came in. Held to it by `tests.rs` and `tests/it/subscribers/unread_values.rs`.

use super::day::Unclear;
use crate::base::text::one_line;

/// Of a stranger's word.
const VALUE_CHARS_MAX: usize = 40;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum UnreadValue {
    NoDay,
    TwoDays,
    /// In the future, or before there was anything to sign up for.
    NoSuchDay,
    /// None of the sections that the row names is one of ours.
    NoSection,
    /// Some are, some are not.
    SomeSections,
    Language,
    TimeZone,
    Hour,
}

impl UnreadValue {
    /// For programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoDay => "day_unreadable",
            Self::TwoDays => "day_ambiguous",
            Self::NoSuchDay => "day_impossible",
            Self::NoSection => "sections_unknown",
            Self::SomeSections => "some_sections_unknown",
            Self::Language => "language_unknown",
            Self::TimeZone => "time_zone_unknown",
            Self::Hour => "hour_unreadable",
        }
    }

    /// What is wrong with it, and what was done instead.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NoDay => "when they signed up does not read as a day; the day of the import stands instead",
            Self::TwoDays => "when they signed up could be two days; the day of the import stands instead",
            Self::NoSuchDay => "when they signed up lies ahead or before 1970; the day of the import stands instead",
            Self::NoSection => "no section here has such a name; they get every section",
            Self::SomeSections => "a section has no such name here; they get the others that the list names",
            Self::Language => "this language is not spoken here; they get the publication's own",
            Self::TimeZone => "this time zone is not known; the publication's own stands instead",
            Self::Hour => "this is no hour of the day; they get it when it goes out",
        }
    }

    /// What it says of when they agreed; that counts for nothing where they are asked.
    pub(super) const fn is_day(self) -> bool {
        matches!(self, Self::NoDay | Self::TwoDays | Self::NoSuchDay)
    }
}

impl From<Unclear> for UnreadValue {
    fn from(unclear: Unclear) -> Self {
        match unclear {
            Unclear::TwoDays => Self::TwoDays,
            Unclear::NoDay => Self::NoDay,
        }
    }
}

/// One of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    pub what: UnreadValue,
    /// As the list has it, of one line, cut; an address is not repeated.
    pub value: String,
}

impl Unread {
    pub(super) fn of(what: UnreadValue, value: &str) -> Self {
        let value = if value.contains('@') {
            "an address".to_owned()
        } else {
            one_line(value).chars().take(VALUE_CHARS_MAX).collect()
        };
        Self { what, value }
    }

    /// With the value that it is about.
    pub fn told(&self) -> String {
        format!("\u{201c}{}\u{201d}: {}", self.value, self.what.reason())
    }
}

/// What to do about such a row.
pub const UNREAD_STEP: &str = "correct the list before it is imported, or leave it at that";
