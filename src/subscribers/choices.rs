//! What a reader may choose, whoever writes it down: the reader at the sign-up or later, or an operator for them. Pure.

use crate::base::Timestamp;
use crate::publications::{Publication, Section, Slot, calendar};
use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;

/// A choice that the publication does not offer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChoiceError {
    #[error("the publication has no section {0:?}")]
    UnknownSection(String),
    #[error("the time zone is not known; write it like Europe/Paris")]
    UnknownTimeZone,
    #[error("the publication sends no breaking news")]
    NoBreaking,
    #[error("the publication has no edition on that day of the week")]
    Weekday,
    #[error("the number of stories must be a whole number from 2 to 99, or empty")]
    StoriesMin,
    #[error("the pause must end between tomorrow and a year from now")]
    PauseEnd,
    #[error("the hour must be a whole number from 0 to 23")]
    Hour,
}

/// What of an unknown section's name is repeated.
const NAME_CHARS_MAX: usize = 60;

/// The chosen slugs in editorial order; `None` if none or all are chosen.
///
/// # Errors
/// [`ChoiceError::UnknownSection`]
pub(super) fn sections(known: &[Section], chosen: &[String]) -> Result<Option<Vec<String>>, ChoiceError> {
    if let Some(unknown) = chosen.iter().find(|slug| known.iter().all(|section| section.slug != **slug)) {
        return Err(ChoiceError::UnknownSection(unknown.chars().take(NAME_CHARS_MAX).collect()));
    }
    let kept: Vec<String> = known.iter().map(|it| it.slug.clone()).filter(|slug| chosen.contains(slug)).collect();
    Ok(if kept.is_empty() || kept.len() == known.len() { None } else { Some(kept) })
}

/// The zone by its IANA name; `None` for none.
///
/// # Errors
/// [`ChoiceError::UnknownTimeZone`]
pub(super) fn time_zone(typed: Option<&str>) -> Result<Option<String>, ChoiceError> {
    match typed.map(str::trim).filter(|zone| !zone.is_empty()) {
        None => Ok(None),
        Some(zone) => {
            let zone: Tz = zone.parse().map_err(|_| ChoiceError::UnknownTimeZone)?;
            Ok(Some(zone.name().to_owned()))
        }
    }
}

/// Whether breaking news are wanted.
///
/// # Errors
/// [`ChoiceError::NoBreaking`] where there are none.
pub(super) fn breaking(publication: &Publication, wanted: bool) -> Result<bool, ChoiceError> {
    if wanted && !publication.offers_breaking() { Err(ChoiceError::NoBreaking) } else { Ok(wanted) }
}

/// The days of the week on which the slots have editions; 0 is Monday.
pub(super) fn weekdays(slots: &[Slot]) -> Vec<i64> {
    let all = slots.iter().fold(0, |all, slot| all | slot.weekdays);
    (0..7).filter(|day| all & (1 << day) != 0).collect()
}

/// The weekday of which alone the edition is wanted.
///
/// # Errors
/// [`ChoiceError::Weekday`] where none appears: the reader would wait for ever.
pub(super) fn weekday(offered: &[i64], wanted: Option<i64>) -> Result<Option<i64>, ChoiceError> {
    if wanted.is_none_or(|day| offered.contains(&day)) { Ok(wanted) } else { Err(ChoiceError::Weekday) }
}

/// # Errors
/// [`ChoiceError::StoriesMin`]
pub(super) fn stories_min(typed: Option<i64>) -> Result<Option<i64>, ChoiceError> {
    match typed {
        // Every edition has one.
        None | Some(0 | 1) => Ok(None),
        Some(2..=99) => Ok(typed),
        Some(_) => Err(ChoiceError::StoriesMin),
    }
}

/// The days within which a pause must end: tomorrow to a year from now, on the reader's calendar.
pub(super) fn pause_ends(now: Timestamp, zone: Tz) -> (NaiveDate, NaiveDate) {
    let today = now.in_zone(zone).date_naive();
    let after = |days| today.checked_add_days(Days::new(days)).unwrap_or(today);
    (after(1), after(366))
}

/// The first instant of the day (`2026-12-24`) on which mails come again.
///
/// # Errors
/// [`ChoiceError::PauseEnd`]
pub(super) fn pause_end(now: Timestamp, zone: Tz, typed: &str) -> Result<Timestamp, ChoiceError> {
    let day: NaiveDate = typed.trim().parse().map_err(|_| ChoiceError::PauseEnd)?;
    let (first, last) = pause_ends(now, zone);
    if !(first..=last).contains(&day) {
        return Err(ChoiceError::PauseEnd);
    }
    calendar::instant(zone, day.and_time(NaiveTime::MIN)).ok_or(ChoiceError::PauseEnd)
}

/// # Errors
/// [`ChoiceError::Hour`]
pub(super) fn hour(typed: Option<i64>) -> Result<Option<i64>, ChoiceError> {
    if typed.is_none_or(|hour| (0..24).contains(&hour)) { Ok(typed) } else { Err(ChoiceError::Hour) }
}
