//! The tables `deliveries`, `delivery_waves`, `delivery_leases`, `delivery_intents` and `delivery_attempts`, the sending
//! side of `outbox`, and the workers in `leases`.
//!
//! Every change of state names the states it comes from: zero rows is an answer. Many rows go by one statement, as JSON.

pub mod audience;
mod content;
mod counts;
#[cfg(test)]
pub(super) mod fixtures;
pub(super) mod intents;
mod leases;
mod listing;
mod outbox;
mod outcomes;
mod report;
mod resend;
mod vitals;
mod waves;
mod workers;

pub(super) use content::find_content;
pub(super) use counts::{add as add_counts, find_due, take};
pub(super) use leases::{
    RangeLease, WaveKey, delete_leases, end_apart, end_deferred, expire, find_apart, find_idle, find_idle_of,
    insert_lease, list_held_back, list_in_doubt, list_owners, list_range, orphan, release_due, suppress, take_due,
    take_returned,
};
pub use listing::AudienceLine;
pub(super) use listing::list_audience;
pub(super) use outbox::{
    OutboxEnd, expire_outbox, finish_outbox, lease_outbox, list_outcomes, recover_outbox, release_outbox, start_outbox,
};
pub(super) use outcomes::{AttemptRow, End, accept, end, insert_attempts, list_open_deliveries};
pub use report::ReasonCount;
pub(super) use report::{
    GroupCount, count_groups, count_maybe_twice, has_readers, list_finished_editions, list_reasons, sum_tallies,
};
pub use resend::UncertainReader;
pub(super) use resend::{count_uncertain, list_uncertain, list_uncertain_addresses, resend};
pub(super) use vitals::{EditionRow, count_outbox, count_schedulers, list_due, list_watched, oldest_due};
pub(super) use waves::{
    CanaryCounts, NewWave, OpenWave, Range, WaveRange, advance, count_canaries, count_going, end_range, find_ended_why,
    find_last_sent, find_open_of, find_over, insert_waves, last_delivery, let_go, list_groups, list_open, list_ranges,
    part, pause_open_group, release_held, set_group_paused, take_group_out,
};
pub use waves::{HeldGroup, list_held_groups};
pub(super) use workers::{beat, keep_beating, list_living, retire, retire_silent, take_turn};

/// Those of all tables.
pub(crate) fn statements() -> Vec<crate::db::Statement> {
    [
        audience::STATEMENTS,
        content::STATEMENTS,
        counts::STATEMENTS,
        intents::STATEMENTS,
        leases::STATEMENTS,
        listing::STATEMENTS,
        outbox::STATEMENTS,
        outcomes::STATEMENTS,
        super::rates::STATEMENTS,
        report::STATEMENTS,
        super::returns::STATEMENTS,
        resend::STATEMENTS,
        vitals::STATEMENTS,
        waves::STATEMENTS,
        workers::STATEMENTS,
    ]
    .concat()
}
