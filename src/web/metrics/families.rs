//! Which numbers there are, their names and what they mean. Pure: from what was read to families. A gauge that an alert
//! looks at is there also while it is 0.

use super::process::Process;
use super::text::Family;
use crate::base::Span;
use crate::config::OTHER;
use crate::delivery::rates::ScopeView;
use crate::delivery::{Counted, Vitals};

/// Relays and groups that are told of.
const SCOPES_MAX: usize = 200;

pub(super) fn families(counted: &Counted, vitals: &Vitals, scopes: &[ScopeView], process: &Process) -> Vec<Family> {
    let mut all = of_editions(counted);
    all.extend(of_service(vitals));
    all.extend(of_returns(vitals));
    all.extend(of_rates(scopes));
    all.extend(of_process(process));
    all
}

fn of_editions(counted: &Counted) -> Vec<Family> {
    let mut deliveries = Family::gauge(
        "lamplighter_deliveries",
        "Readers of an edition that is going out or ended within a day, by where they stand; the states add up to the audience.",
    );
    let mut audience = Family::gauge("lamplighter_audience", "Readers of an edition, frozen at its seal.");
    let mut paused = Family::gauge("lamplighter_edition_paused", "1 if an edition is paused.");
    let (mut waiting, mut deferred, mut uncertain) = (0, 0, 0);
    for edition in &counted.editions {
        let mut counts = crate::delivery::Counts::default();
        for group in &edition.groups {
            counts = counts.and(group.counts);
            deferred += group.deferred;
        }
        let labels = [("edition", edition.label.as_str()), ("publication", edition.publication.as_str())];
        let [label, publication] = labels;
        for (state, count) in counts.states() {
            deliveries.add(&[label, publication, ("state", state)], count);
        }
        audience.add(&labels, counts.audience);
        paused.add(&labels, u8::from(edition.is_paused));
        waiting += counts.waiting;
        uncertain += counts.uncertain;
    }
    vec![
        deliveries,
        audience,
        paused,
        Family::gauge(
            "lamplighter_queue_waiting",
            "Readers of these editions who wait for their turn or their next try.",
        )
        .with(&[], waiting),
        Family::gauge("lamplighter_deliveries_deferred", "Of them, those who were put off until their next try.")
            .with(&[], deferred),
        Family::gauge(
            "lamplighter_uncertain_total",
            "Readers of these editions of whom nobody knows whether the relay took their mail.",
        )
        .with(&[], uncertain),
        Family::gauge("lamplighter_count_seconds", "What counting these editions took the last time.")
            .with(&[], seconds(counted.took)),
    ]
}

fn of_service(vitals: &Vitals) -> Vec<Family> {
    let mut outbox = Family::gauge("lamplighter_outbox", "Single mails that wait or are in hand, by state.");
    for state in ["queued", "deferred", "leased", "started"] {
        let count = vitals.outbox.iter().find(|(it, _)| it == state).map_or(0, |(_, count)| *count);
        outbox.add(&[("state", state)], count);
    }
    let mut late = Family::gauge(
        "lamplighter_edition_late_seconds",
        "How long ago a publication's oldest edition that has not begun to go out should have; 0 if none is late.",
    );
    for (publication, by) in &vitals.late {
        late.add(&[("publication", publication)], by.as_seconds().max(0));
    }
    vec![
        outbox,
        late,
        Family::gauge("lamplighter_oldest_due_seconds", "How long the oldest delivery waits that may go out now.")
            .with(&[], vitals.oldest_due.as_seconds().max(0)),
        Family::gauge("lamplighter_workers_alive", "Workers that spoke within the last seconds, of all processes.")
            .with(&[], vitals.workers),
        Family::gauge("lamplighter_scheduler_leader", "1 if a process is the scheduler.").with(&[], vitals.schedulers),
    ]
}

/// What mailbox providers judge by: Gmail asks for less than 0.001 of complaints, and never 0.003.
fn of_returns(vitals: &Vitals) -> Vec<Family> {
    let mut returned = Family::gauge(
        "lamplighter_returned",
        "What came back within a day, by mail group and class: hard, soft, block, policy, complaint, autoreply, challenge.",
    );
    let is_there = |class: &str| vitals.returned.iter().any(|it| it.mail_group == OTHER && it.class == class);
    for class in ["hard", "soft", "block", "complaint"].into_iter().filter(|class| !is_there(class)) {
        returned.add(&[("group", OTHER), ("class", class)], 0);
    }
    for it in &vitals.returned {
        returned.add(&[("group", it.mail_group.as_str()), ("class", it.class.as_str())], it.count);
    }
    let mut complaints = Family::gauge(
        "lamplighter_complaints",
        "Complaints about the editions of the last seven days that have ended, by mail group.",
    );
    let mut ratio = Family::gauge(
        "lamplighter_complaint_ratio",
        "Of the mails of these editions that were accepted, the share that was complained about.",
    );
    for it in vitals.complaints.iter().filter(|it| it.accepted > 0) {
        let labels = [("group", it.mail_group.as_str())];
        complaints.add(&labels, it.complaints);
        let millionths = it.complaints.saturating_mul(1_000_000) / it.accepted;
        ratio.add(&labels, format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000));
    }
    vec![returned, complaints, ratio]
}

fn of_rates(scopes: &[ScopeView]) -> Vec<Family> {
    let mut relays = Family::gauge("lamplighter_relay_paused", "1 if nothing goes to a relay at the moment.");
    let mut groups = Family::gauge(
        "lamplighter_group_paused",
        "1 if nothing goes to a mail group at the moment, or nothing of an edition that is going out.",
    );
    let mut used = Family::gauge("lamplighter_limit_used", "Mails counted against a limit, by window.");
    let mut limits = Family::gauge("lamplighter_limit_max", "The limit of that window.");
    let told = |it: &&ScopeView| it.scope.starts_with("relay:") || it.scope.starts_with("group:");
    for scope in scopes.iter().filter(told).take(SCOPES_MAX) {
        let is_paused = u8::from(scope.is_paused());
        if let Some(relay) = scope.scope.strip_prefix("relay:") {
            relays.add(&[("relay", relay)], is_paused);
        } else if let Some(group) = scope.scope.strip_prefix("group:") {
            groups.add(&[("group", group)], is_paused);
        }
        let windows = [
            ("hour", u64::from(scope.per_hour), scope.used_hour),
            ("day", u64::from(scope.per_day), scope.used_day),
            ("warm_up_day", scope.warm_up_today.unwrap_or(0), scope.used_today),
        ];
        for (window, limit, count) in windows.into_iter().filter(|(_, limit, _)| *limit > 0) {
            let labels = [("scope", scope.scope.as_str()), ("window", window)];
            used.add(&labels, count);
            limits.add(&labels, limit);
        }
    }
    vec![relays, groups, used, limits]
}

fn of_process(process: &Process) -> Vec<Family> {
    let mut all = vec![
        Family::gauge("lamplighter_build_info", "1; the version is its label.")
            .with(&[("version", env!("CARGO_PKG_VERSION"))], 1),
    ];
    if let Some(bytes) = process.resident_bytes {
        all.push(Family::gauge("process_resident_memory_bytes", "Memory of this process.").with(&[], bytes));
    }
    if let Some(seconds) = process.cpu_seconds {
        all.push(Family::counter("process_cpu_seconds_total", "Time on a processor.").with(&[], seconds));
    }
    all
}

/// `0.312`
fn seconds(span: Span) -> String {
    let millis = span.as_millis().max(0);
    format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000))
}
