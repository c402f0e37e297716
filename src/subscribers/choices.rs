//! What a reader may choose, whoever writes it down: the reader at the sign-up or later, or an operator for them. Pure.

use crate::publications::{Publication, Section};
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

/// # Errors
/// [`ChoiceError::Hour`]
pub(super) fn hour(typed: Option<i64>) -> Result<Option<i64>, ChoiceError> {
    if typed.is_none_or(|hour| (0..24).contains(&hour)) { Ok(typed) } else { Err(ChoiceError::Hour) }
}
