//! The words of the desk: one place for what the program calls otherwise.
//!
//! A deed, a state, a check, a field of the trail has a name for programs; here it gets the one that people read, the same on
//! every page. Refusals of verbs are made sentences, and where they name a command, the desk's own page or button is named
//! instead. Held to it by the tests of each file, which go through all that the program can say.

mod checks;
mod console;
mod deeds;
mod editions;

pub(in crate::web::desk) use checks::name_of_check;
pub(in crate::web::desk) use console::at_desk;
pub(in crate::web::desk) use deeds::{
    DEEDS, SUBJECTS, deed, field_name, nothing_in_words, subject_name, value_in_words,
};
pub(in crate::web::desk) use editions::{
    candidates_in_words, delivery_in_words, edition_name, kind_in_words, long_date, place_in_words, reason_in_words,
    state_of_word, verdict_in_words, who_has_it,
};

pub(in crate::web) use editions::state_in_words;

use crate::operators::AccountError;
use crate::operators::second_step::SecondStepError;
use crate::web::error::Error;

/// What a verb says, as the desk says it: a sentence, without commands.
pub(in crate::web::desk) fn sentence(text: &str) -> String {
    crate::base::text::sentence(&at_desk(text))
}

/// What somebody is told; what is no refusal (a database that is away, a missing permission) comes back as an error.
///
/// # Errors
/// As described.
pub(in crate::web) fn account_refusal(error: AccountError) -> Result<String, Error> {
    Ok(match error {
        AccountError::Exists => {
            "There is an account with this address already. Choose it in the list above.".to_owned()
        }
        AccountError::Unknown => return Err(Error::not_found().with_link("To the people", "/desk/people")),
        AccountError::Forbidden(forbidden) => return Err(forbidden.into()),
        AccountError::Store(error) => return Err(error.into()),
        AccountError::Hash(error) => return Err(Error::internal(error)),
        told => sentence(&told.to_string()),
    })
}

/// The same of the second step.
///
/// # Errors
/// As [`account_refusal`].
pub(in crate::web) fn second_step_refusal(error: SecondStepError) -> Result<String, Error> {
    match error {
        SecondStepError::Account(error) => account_refusal(error),
        SecondStepError::Forbidden(forbidden) => Err(forbidden.into()),
        SecondStepError::Store(error) => Err(error.into()),
        told => Ok(sentence(&told.to_string())),
    }
}
