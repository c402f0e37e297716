//! Readers: joining, choosing, leaving.
//!
//! It promises: nothing but one confirmation goes to an address before its owner confirmed it; whatever the address, a
//! sign-up is answered alike; who left, bounced hard or complained is brought back by nobody but themselves; leaving
//! works for ever and takes effect at once, also for mails that wait in the queue (delivery reads the subscription's
//! state before it sends). It knows no HTTP and no SMTP: mails go into the outbox in the transaction that owes them.
//! A suppression always ends the subscriptions of its address too.
//! Held to it by the tests beside each verb and by `tests/it/subscribers/`.

mod add;
mod choices;
mod confirm;
pub mod consent;
mod erase;
mod export;
#[cfg(test)]
pub(crate) mod fixtures;
mod import;
mod leave;
mod letters;
mod links;
mod list;
mod model;
mod own_csv;
mod preferences;
mod purge;
mod sign_up;
mod store;
mod suppress;
mod suppression_list;

pub use add::{AddError, AddOutcome, add};
pub use choices::ChoiceError;
pub use confirm::{ConfirmOutcome, ConfirmationView, NotMeOutcome, confirm, disown, look_at_confirmation};
pub use erase::{EraseError, Erased, erase};
pub use export::{ExportError, ExportFilter, export};
pub use import::{
    ColumnUse, Field, Format, ImportError, ImportOptions, ImportReport, ImportStatus, Imported, Layout, RowLog,
    RowOutcome, RowReport, import, recognise,
};
pub use leave::{LeaveOutcome, LeaveScope, LeaveView, UndoOutcome, leave, look_at_leaving, undo_leave};
pub use letters::{LatestEdition, Letter, LetterError};
pub use links::{TEST_TOKEN, preferences_link, test_links, unsubscribe_link, unsubscribe_mailto};
pub use list::{Dossier, ListError, ListFilter, SubscriberLine, Who, count_breaking, counts, has_active, list, show};
pub use model::{
    Consent, ConsentSource, LeftReason, Pending, PublicationCounts, Subscriber, SubscriberId, Subscription,
    SubscriptionId, SubscriptionState, SuppressionReason,
};
pub use own_csv::harmless;
pub use preferences::{
    Choices, PreferencesError, PreferencesView, change_preferences, leave_by_preferences, preferences,
};
pub use purge::{Purged, purge};
pub use sign_up::{
    AskAgain, Challenge, MailedLater, PATIENCE, SignUp, SignUpError, SignedUp, issue_challenge, issue_form_token,
    mail_waiting, sign_up,
};
pub use store::suppressions::SuppressionLine;
pub use suppress::{SuppressError, find_suppression, suppress, suppress_in, suppress_until};
pub use suppression_list::{
    RemoveOutcome, Suppressed, SuppressionListError, SuppressionTotals, export_suppressions, import_suppressions,
    list_suppressions, remove_suppression,
};

#[cfg(test)]
mod sign_up_tests;
pub(crate) use store::{JOINING_STATEMENTS, PENDING_STATEMENTS, STATEMENTS, SUPPRESSION_STATEMENTS, list_statements};
