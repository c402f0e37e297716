//! The running service: a tick that asks what is due, a loop that polls the sources, the workers, the housekeeping, and
//! a graceful stop.
//!
//! It decides nothing: what is due comes from `editions::plan`, what is to be sent from `delivery`. A loop that fails
//! says so in the log and tries again at its next turn; none of them ends the service. Held to it by
//! `tests/it/service/`.

mod backup;
mod housekeeping;
mod inlets;
mod jobs;
mod leader;
mod rehearsal;
mod run;
pub mod simulate;
mod store;
mod tick;
mod ticker;
mod webhooks;

pub use backup::{
    BackUpError, BackUpLook, BackUpRun, BackupFile, KEPT_MAX as BACKUPS_KEPT_MAX, back_up, back_up_here,
    find_last_backup, list_backups, look_at_backup, note_backup,
};
pub use housekeeping::sweep;
pub use jobs::{HouseWork, HouseWorkError, JobName, JobState, JobView, house_work};
pub use rehearsal::{
    FailedRehearsal, RehearsalProblem, Rehearsals, RehearseError, find_last_rehearsals, look_at_rehearsals, rehearse,
};
pub use run::{Roles, RunError, run};
pub use store::BackupNote;
pub(crate) use store::STATEMENTS;
pub use tick::{TickReport, tick};
pub use ticker::Ticker;
pub use webhooks::{run_webhooks, tell_webhooks};
