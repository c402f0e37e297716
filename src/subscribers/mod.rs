//! Readers: joining, choosing, leaving.
//!
//! It promises: nothing but one confirmation goes to an address before its owner confirmed it; whatever the address, a
//! sign-up is answered alike; who left, bounced hard or complained is brought back by nobody but themselves; leaving
//! works for ever and takes effect at once, also for mails that wait in the queue (delivery reads the subscription's
//! state before it sends). It knows no HTTP and no SMTP: mails go into the outbox in the transaction that owes them.
//! A suppression always ends the subscriptions of its address too.
//! Held to it by the tests beside each verb and by `tests/it/subscribers/`.

mod add;
mod address_change;
mod choices;
mod confirm;
pub mod consent;
mod dossier;
mod erase;
mod export;
#[cfg(test)]
pub(crate) mod fixtures;
mod import;
mod import_jobs;
mod in_their_name;
mod leave;
mod leave_mail;
mod letters;
mod links;
mod list;
mod model;
mod numbered;
mod own_csv;
mod person;
mod personal;
mod preferences;
mod purge;
mod reader;
mod reader_mails;
mod search;
mod sign_up;
mod store;
mod suppress;
mod suppression_list;
mod tally;
mod waiting;

pub use add::{AddError, AddOutcome, add, add_with_consent};
pub use address_change::{
    AddressChangeView, CHANGE_LINK_LIFE, ChangeError, ChangeState, End, ask_to_change_address, look_at_address_change,
    press_address_change, stop_address_change,
};
pub use choices::ChoiceError;
pub use confirm::{ConfirmOutcome, ConfirmationView, NotMeOutcome, confirm, disown, look_at_confirmation};
pub use dossier::dossier;
pub use erase::{EraseError, Erased, erase};
pub use export::{ExportError, ExportFilter, export};
pub use import::{
    ColumnUse, Field, Format, ImportError, ImportOptions, ImportReport, ImportStatus, Imported, Layout, RowLog,
    RowOutcome, RowReport, UNREAD_STEP, Unread, UnreadValue, column_keeps_out, import, recognise,
};
pub use import_jobs::{
    BadLine, IMPORT_BYTES_MAX, IMPORT_ROWS_MAX, ImportJob, ImportJobError, ImportJobId, JobChoice, JobReport, JobState,
    JobView, Outcome, UnreadCount, Upload, begin_upload, cancel_import, import_job, list_import_jobs, start_import,
    try_import, work_once,
};
pub use in_their_name::{
    AskError, AskOutcome, ErasePersonError, InTheirNameError, Whose, ask_again, ask_to_confirm, choose_for,
    erase_person, leave_for, pause_for, suppress_because, suppress_person,
};
pub use leave::{
    LeaveOutcome, LeaveScope, LeaveView, UndoOutcome, language_behind, leave, leave_all_in, look_at_leaving, say_why,
    undo_leave,
};
pub use leave_mail::{MailEnvelope, MailedLeave, leave_by_mail};
pub use letters::{LatestEdition, Letter, LetterError};
pub use links::{TEST_TOKEN, links_with, preferences_link, test_links, unsubscribe_link, unsubscribe_mailto};
pub use list::{Dossier, ListError, ListFilter, SubscriberLine, Who, count_breaking, counts, has_active, list, show};
pub use model::{
    Consent, ConsentSource, LeaveAnswer, LeftReason, Pending, PendingId, PublicationCounts, Subscriber, SubscriberId,
    Subscription, SubscriptionId, SubscriptionState, SuppressionReason,
};
pub use numbered::{KnownReader, ReaderNumber, reader_number, readers_behind};
pub use own_csv::harmless;
pub use person::{Moment, MomentKind, Person, person};
pub use personal::{
    ConsentLine, PERSONAL_LINK_LIFE, PersonalError, PersonalView, ask_for_personal_link, erase_by_link,
    look_at_personal, mail_receipt, personal_data,
};
pub use preferences::{
    Card, Change, Choices, JoinError, PreferencesError, PreferencesView, change_preferences, choose_language,
    join_by_preferences, leave_by_preferences, pause, preferences, resume,
};
pub use purge::{Purged, purge};
pub use reader::{find_reader, find_reader_by_address, find_reader_of};
pub use search::{
    FOUND_ROWS_MAX, FoundPage, FoundReader, FoundSubscription, ReaderState, SearchError, SearchFilter, Total, Trouble,
    Waiting, search,
};
pub use sign_up::{
    AskAgain, Challenge, MailedLater, PATIENCE, SignUp, SignUpError, SignedUp, issue_challenge, issue_form_token,
    mail_waiting, sign_up,
};
pub use store::suppressions::SuppressionLine;
pub use suppress::{SuppressError, find_suppression, suppress, suppress_in, suppress_until};
pub use suppression_list::{
    RemoveOutcome, SUPPRESSION_ROWS_MAX, Suppressed, SuppressionEntry, SuppressionListError, SuppressionTotals,
    export_suppressions, import_suppressions, latest_suppressions, list_suppressions, remove_suppression,
};
pub use tally::{Growth, Interest, ReaderDay, SectionDay, TallyError, count_readers, growth, interest};

#[cfg(test)]
mod owed_tests;
#[cfg(test)]
mod sign_up_tests;
pub(crate) use store::{
    CHANGE_STATEMENTS, JOINING_STATEMENTS, PENDING_STATEMENTS, PERSONAL_STATEMENTS, STATEMENTS, SUPPRESSION_STATEMENTS,
    desk_statements, list_statements,
};
