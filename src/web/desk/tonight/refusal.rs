//! A verb's refusal in the words of the desk.

use crate::editions::{EditionError, joined};
use crate::web::desk::names::Names;
use crate::web::desk::words::{at_desk, long_date, sentence, state_in_words};
use crate::web::error::Error;

/// What an editor is told; what is no refusal (a database that is away, a missing permission) comes back as an error.
///
/// # Errors
/// As described.
pub(in crate::web::desk) fn in_words(error: EditionError) -> Result<String, Error> {
    Ok(match error {
        EditionError::Conflict(conflict) => {
            // Who it was stands in the history of the page that follows.
            let names = Names::default();
            let changes: Vec<String> = conflict.changes.iter().map(|it| names.what(it)).collect();
            let what = if changes.is_empty() { String::new() } else { format!(" What changed: {}.", changes.join("; ")) };
            format!(
                "Somebody changed the edition after this page was opened, so nothing was done.{what} Look at it as it is \
                 now, and press again if you still want to."
            )
        }
        EditionError::Stale => {
            "Somebody changed the edition at the same moment, so nothing was done. Look at it as it is now, and press again \
             if you still want to."
                .to_owned()
        }
        EditionError::ChecksFailed(red) => format!("It cannot go out as it is: {}.", at_desk(&joined(&red))),
        EditionError::Ahead { day } => format!(
            "Nothing was sent: this is the edition of {}. Tick that it is to go out today, then send.",
            long_date(&day)
        ),
        EditionError::WrongState { state, .. } => {
            format!("The edition is {} by now, so that is not possible any more.", state_in_words(state))
        }
        EditionError::Approval(refusal) => sentence(&refusal.to_string()),
        EditionError::Shape(error) => sentence(&error.to_string()),
        EditionError::NotBack(refusal) => sentence(&refusal.to_string()),
        EditionError::Web(error) => sentence(&error.to_string()),
        EditionError::Unknown => return Err(Error::not_found().with_link("To all editions", "/desk/editions")),
        EditionError::Forbidden(forbidden) => return Err(forbidden.into()),
        EditionError::Store(error) => return Err(error.into()),
        EditionError::Render(error) => return Err(Error::internal(error)),
    })
}
