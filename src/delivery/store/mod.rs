//! The tables `deliveries` and `delivery_attempts`, the sending side of `outbox`, and the workers in `leases`.
//!
//! Every change of state names the state it comes from and, once a worker holds the row, the worker: zero rows is an
//! answer. Many rows go by one statement, their numbers as JSON.

mod attempts;
pub mod audience;
mod content;
mod counts;
#[cfg(test)]
pub(super) mod fixtures;
mod outbox;
mod queue;
mod report;
mod workers;

pub(super) use attempts::{AttemptRow, upsert_attempts};
pub(super) use content::find_content;
pub(super) use counts::{add as add_counts, find_due, take};
pub(super) use outbox::{
    OutboxEnd, expire_outbox, finish_outbox, lease_outbox, list_outcomes, recover_outbox, release_outbox, start_outbox,
};
pub(super) use queue::{
    End, StartedRow, expire, finish, finish_accepted, lease, recover_leased, recover_started, release, release_all,
    start, suppress,
};
pub use report::ReasonCount;
pub(super) use report::{count_states, list_finished_editions, list_reasons};
pub(super) use workers::{beat, forget_silent, retire};

/// Those of all tables.
pub(crate) fn statements() -> Vec<crate::db::Statement> {
    [
        attempts::STATEMENTS,
        audience::STATEMENTS,
        content::STATEMENTS,
        counts::STATEMENTS,
        outbox::STATEMENTS,
        queue::STATEMENTS,
        super::rates::STATEMENTS,
        report::STATEMENTS,
        workers::STATEMENTS,
    ]
    .concat()
}
