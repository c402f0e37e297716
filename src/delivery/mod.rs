//! Delivery: from a sealed edition to every person of its audience, through relays, with an account of each.
//!
//! Promises: every person of the frozen audience ends in exactly one of accepted, suppressed, failed, expired or
//! uncertain, each with its reason; nobody is sent an edition twice unless the connection died between our final dot
//! and the relay's answer, and those are named. "Accepted" is by the relay; exactly once over SMTP does not exist.
//!
//! The audience is cut into waves ([`waves`]); workers lease ranges of them ([`queue`]), their connections chain mail after
//! mail ([`connection`], [`session`]), one writer commits what became of them ([`ledger`]). The intent is on record before
//! the deed ([`journal`]), the outcome after the answer; what a worker held that is gone is free again, and what it was in
//! the middle of is uncertain ([`recovery`]). The outbox's single mails go the same way. Who the audience is, and what
//! they read, was decided before. Held to it by `worker_tests.rs`, `crash_tests.rs` and `tests/it/delivery/`.

mod canary;
mod closing;
mod connection;
mod dispatch;
mod doubt;
mod engine;
mod finish;
mod forget;
mod governor;
mod held_back;
mod holdings;
mod job;
mod journal;
mod ledger;
mod listing;
mod look;
mod masking;
mod message;
mod model;
mod outcome;
mod progress;
mod queue;
pub mod rates;
mod recovery;
mod report;
mod resending;
mod retry;
pub mod returns;
mod run_report;
mod seal;
mod session;
mod steering;
mod store;
mod test_send;
mod vitals;
mod waves;
mod web_page;
mod window;
mod worker;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod worker_tests;

pub use engine::{Settings, hello_name};
pub use finish::finish_editions;
pub use forget::forget_deliveries;
pub use governor::{RelayTrouble, list_relay_troubles};
pub use held_back::{HeldBack, list_held_back};
pub use listing::{AudienceFilter, AudienceLine, list_audience};
pub use look::{RelayLook, look_at_relay};
pub use model::{AttemptOutcome, DeliveryId, DeliveryState};
pub use outcome::{Failure, FailureClass, Finality, Outcome};
pub use progress::{GroupProgress, Pace, Progress, pause_after, progress};
pub use recovery::{Tidied, tidy};
pub use report::{
    Counts, GroupCounts, ReasonCount, count_maybe_twice, count_readers_of, counts, counts_by_group, counts_of_all,
    list_reasons,
};
pub use resending::{ResendError, ResendTo, Resent, UncertainReader, list_uncertain, resend_uncertain};
pub use run_report::{Audience as SealedAudience, RunReport, run_report};
pub use seal::{SealReport, abort, count_who_got, seal, send_now, send_now_as_said};
pub use session::{Offered, Timeouts, tls_settings};
pub use steering::{GroupError, abort_group, pause_group, paused_in_words, resume, resume_group};
pub use store::audience::{Audience, Exclusion, count_exclusions};
pub(crate) use store::statements;
pub use store::{HeldGroup, list_held_groups};
pub use test_send::{TestSendError, TestSent, outcomes_of, test_send};
pub use vitals::{Counted, Vitals, WatchedEdition, count_watched, list_workers, vitals};
pub use web_page::web_page;
pub use worker::{run_until_idle, run_until_idle_or, run_until_idle_with, run_workers, run_workers_with};
