//! What the verbs of accounts refuse, in the words of the desk.

use crate::operators::AccountError;
use crate::operators::second_step::SecondStepError;
use crate::web::error::Error;

pub(in crate::web::desk) use super::tonight::sentence;

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
