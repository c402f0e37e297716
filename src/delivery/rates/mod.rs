//! Rates and replies: how fast mails go to a relay, a provider and of an edition, what answers slow them down, and when
//! a run is stopped.
//!
//! Limits (connections, mails a second, in any hour, in any day, a warm-up's day) belong to a scope: a relay, a group of
//! recipients at one provider, an edition. Their state is in the database and shared by all workers; each holds leaves
//! for the next half second in memory ([`Rates`]), so that a mail that nothing limits costs nothing worth naming.
//!
//! Promises: over all workers no rate and no window is ever exceeded, whoever dies when; a provider that asks for
//! patience slows its group and fails nobody; a relay that fails is left alone by all, and tried by one after another;
//! what an operator sets holds within a second. It does not promise that a limit is reached: leaves of a dead worker are
//! lost, and a window is free again up to one of its buckets late. A worker's pauses reach the others with its next
//! [`Rates::flush`]. Held to it by the tests beside each file and by `tests/it/delivery/rates.rs`.

mod brake;
mod groups;
mod handle;
mod health;
mod limits;
mod live;
mod pace;
mod refill;
mod reserve;
mod runs;
mod scope;
mod snapshot;
mod state;
mod store;
mod verdict;
mod warm_up;

#[cfg(test)]
mod handle_tests;
#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod verdict_tests;

pub use brake::{Brake, BrakeScope, Cause, Counts, RunCounts, judge};
pub use groups::{GroupId, Groups};
pub use handle::{Grant, Rates, Route, Workers};
pub use limits::{Limits, Live};
pub use live::{
    ClearOutcome, LimitChange, LimitError, ResumeOutcome, clear_limit, find_scope, forget_run, hold, pause_scope,
    resume_scope, set_limit, spread,
};
pub use refill::prune;
pub use scope::ScopeName;
pub(crate) use snapshot::survey_for_all;
pub(super) use snapshot::survey_in;
pub use snapshot::{Closed, ScopeView, survey};
pub use state::{Because, Used};
pub use store::find_version;
pub(super) use store::{STATEMENTS, count_returned};
pub use verdict::{Reading, Verdict, verdict};
pub use warm_up::cap;
