//! What a worker is answered from memory alone.

use super::groups::GroupId;
use super::handle::{Grant, Rates, Route, Workers};
use super::state::Because;
use super::verdict::Reading;
use crate::base::{Span, Timestamp};
use crate::config::{Config, Overrides};
use crate::delivery::{Failure, FailureClass, Finality, Outcome};
use crate::editions::EditionId;
use std::path::Path;

const NOW: Timestamp = Timestamp::from_seconds(1_795_435_200);

fn rates(more: &str) -> Rates {
    let text = format!(
        "[site]\nname='x'\nbase_url='https://x.example'\npostal_address='x'\n[mail]\nfrom='x@x.example'\n\
         [[relay]]\nurl='smtp://127.0.0.1:25'\nconnections = 10\n[[relay]]\nurl='smtp://127.0.0.1:26'\nmails_per_connection = 0\n{more}"
    );
    Rates::new(&Config::parse(&text, Path::new("x.toml"), &Overrides::default()).unwrap(), "one")
}

fn to(rates: &Rates, domain: &str) -> Route {
    Route { relay: 0, group: rates.groups.id_of(domain), edition: Some(EditionId(7)) }
}

fn accepted() -> Outcome {
    Outcome::Accepted { code: 250, reply: "queued".to_owned() }
}

fn throttled() -> Outcome {
    let reply = "4.7.0 too many messages, slow down".to_owned();
    Outcome::Rejected { code: 450, enhanced: Some("4.7.0".to_owned()), reply, finality: Finality::Transient }
}

fn failed(class: FailureClass) -> Failure {
    Failure::new(class, "127.0.0.1:25", "no")
}

#[test]
fn what_nothing_limits_goes_and_needs_no_database() {
    let rates = rates("");
    for domain in ["gmail.com", "town.example"] {
        for _ in 0..1_000 {
            assert_eq!(rates.take(&to(&rates, domain), NOW), Grant::Now);
        }
        assert_eq!(rates.observe(&to(&rates, domain), &accepted(), NOW), Reading::Accepted);
    }
    let nowhere = Route { relay: 99, group: GroupId(u16::MAX), edition: None };
    assert_eq!(rates.take(&nowhere, NOW), Grant::Now);
    assert_eq!(rates.connections_allowed(99, GroupId::OTHER, NOW), 0);
}

#[test]
fn what_is_limited_waits_for_its_first_leaves_and_asks_for_them() {
    let rates = rates("[[group]]\nname = 'gmail'\nrate = 5\n");
    assert!(matches!(rates.take(&to(&rates, "gmail.com"), NOW), Grant::NotBefore(at) if at > NOW));
    assert!(futures_util::FutureExt::now_or_never(rates.hungry()).is_some());
    assert_eq!(rates.take(&to(&rates, "yahoo.com"), NOW), Grant::Now);
}

#[test]
fn a_throttled_provider_is_left_alone_while_the_others_go_on() {
    let rates = rates("[[group]]\nname = 'yahoo'\nconnections = 8\n");
    let (yahoo, gmail) = (to(&rates, "yahoo.fr"), to(&rates, "gmail.com"));
    assert_eq!(rates.connections_allowed(0, yahoo.group, NOW), 8);
    assert_eq!(rates.observe(&yahoo, &throttled(), NOW), Reading::Throttled);
    let until = NOW + Span::minutes(1);
    assert_eq!(rates.take(&yahoo, NOW), Grant::Closed { until, because: Because::Throttled });
    assert_eq!(rates.group_closed(yahoo.group, NOW), Some((until, Because::Throttled)));
    assert_eq!(rates.connections_allowed(0, yahoo.group, NOW), 0);
    assert_eq!(rates.take(&gmail, NOW), Grant::Now);
    assert_eq!(rates.take(&yahoo, until), Grant::Now);
    assert_eq!(rates.connections_allowed(0, yahoo.group, until), 4, "half of them for one step");
    assert_eq!(rates.connections_allowed(0, gmail.group, until), 10);
}

#[test]
fn a_small_domains_throttle_stops_nobody_and_five_in_a_row_are_the_relays() {
    let rates = rates("");
    let town = to(&rates, "town.example");
    for _ in 0..4 {
        assert_eq!(rates.observe(&town, &throttled(), NOW), Reading::Throttled);
    }
    assert_eq!(rates.take(&town, NOW), Grant::Now);
    rates.observe(&town, &accepted(), NOW);
    for _ in 0..4 {
        rates.observe(&town, &throttled(), NOW);
    }
    assert_eq!(rates.take(&town, NOW), Grant::Now);
    rates.observe(&town, &throttled(), NOW);
    assert!(matches!(rates.take(&town, NOW), Grant::Closed { because: Because::RelayFails, .. }));
}

#[test]
fn a_relay_that_failed_is_tried_by_one_connection_until_it_answers() {
    let rates = rates("");
    let route = to(&rates, "town.example");
    rates.connection_failed(0, &failed(FailureClass::Login), NOW);
    let end = NOW + Span::seconds(15);
    assert_eq!(rates.relay_closed(0, NOW), Some((end, Because::RelayFails)));
    assert_eq!(rates.relay_closed(1, NOW), None);
    assert_eq!(rates.take(&Route { relay: 1, ..route }, NOW), Grant::Now);
    assert_eq!(rates.connections_allowed(0, route.group, end), 1);
    rates.observe(&route, &accepted(), end);
    assert_eq!(rates.connections_allowed(0, route.group, end), 10);
}

#[test]
fn a_mail_that_may_be_with_the_relay_counts_as_a_lost_connection() {
    let rates = rates("");
    let route = to(&rates, "town.example");
    for _ in 0..3 {
        assert_eq!(rates.relay_closed(0, NOW), None);
        assert_eq!(rates.observe(&route, &Outcome::Uncertain { why: "gone".to_owned() }, NOW), Reading::Unclear);
    }
    assert!(rates.relay_closed(0, NOW).is_some());
}

#[test]
fn workers_share_connections_and_all_parts_are_the_whole() {
    let rates = rates("[[group]]\nname = 'gmail'\nconnections = 5\nmails_per_connection = 20\n");
    let gmail = rates.groups.id_of("gmail.com");
    for (count, limit_gmail, limit_other) in [(1, 5, 10), (3, 5, 10), (4, 5, 10), (7, 5, 10)] {
        let parts = |group: GroupId| -> u32 {
            (0..count)
                .map(|rank| {
                    rates.set_workers(Workers { count, rank });
                    rates.connections_allowed(0, group, NOW)
                })
                .sum()
        };
        assert_eq!((parts(gmail), parts(GroupId::OTHER)), (limit_gmail, limit_other), "{count} workers");
    }
    assert_eq!(rates.mails_per_connection(0, gmail), Some(20));
    assert_eq!(rates.mails_per_connection(0, GroupId::OTHER), Some(100));
    assert_eq!(rates.mails_per_connection(1, GroupId::OTHER), None);
}

#[test]
fn the_run_is_counted_and_the_brake_names_the_provider() {
    let rates = rates("");
    let block = |code: u16| Outcome::Rejected {
        code,
        enhanced: Some("5.7.1".to_owned()),
        reply: "5.7.1 blocked, see the list of Spamhaus".to_owned(),
        finality: Finality::Permanent,
    };
    for _ in 0..19 {
        assert_eq!(rates.observe(&to(&rates, "gmail.com"), &block(550), NOW), Reading::PolicyBlock);
        rates.observe(&to(&rates, "town.example"), &accepted(), NOW);
    }
    assert_eq!(rates.brakes(), []);
    rates.observe(&to(&rates, "gmail.com"), &block(554), NOW);
    let [(edition, brake)] = &rates.brakes()[..] else { panic!() };
    assert_eq!((*edition, brake.scope.clone()), (EditionId(7), super::BrakeScope::Group("gmail".to_owned())));
    assert_eq!(rates.run(EditionId(7)).groups.len(), 2);
}
