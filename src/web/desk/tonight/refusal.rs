//! A verb's refusal in the words of the desk.

use crate::app::App;
use crate::editions::{EditionError, EditionEvent, joined};
use crate::web::desk::names::Names;
use crate::web::desk::words::{at_desk, long_date, sentence, state_in_words};
use crate::web::error::Error;

/// What an editor is told; what is no refusal (a database that is away, a missing permission) comes back as an error.
///
/// # Errors
/// As described.
pub(in crate::web::desk) async fn in_words(app: &App, error: EditionError) -> Result<String, Error> {
    Ok(match error {
        EditionError::Conflict(conflict) => {
            let names = Names::of_events(&mut app.db.read().await?, &conflict.changes).await?;
            let told = |it: &EditionEvent| format!("{}: {}", names.of_label(&it.actor), names.what(it));
            let changes: Vec<String> = conflict.changes.iter().map(told).collect();
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
