//! Nights in which the clocks change: each local date has its edition once, at the right instant.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines, instant};
use chrono_tz::Tz;
use lamplighter::base::Span;
use lamplighter::editions::EditionState as S;

/// Lives through two days around a change of the clocks with a story on each; answers when the mails arrived, in UTC.
async fn live(t: &Harness, zone: &str, slot: (&str, &str), from: &str, until: &str) -> Vec<String> {
    let at: Tz = zone.parse().unwrap();
    let (mut now, end) = (instant(at, from), instant(at, until));
    t.clock.set(now);
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).in_zone(zone).slot(slot.0, slot.1)).await;
    t.subscribe("ada@readers.example").await;
    while now <= end {
        t.clock.set(now);
        paper.publish(&format!("News of {}", now.rfc3339().replace(':', "-")));
        t.tick().await;
        t.run_until_idle().await;
        now = now + Span::minutes(15);
    }
    for edition in t.editions_of("evening").await {
        assert!(matches!(edition.state, S::Sent | S::Planned | S::Collecting), "{}: {}", edition.label, edition.state);
        assert!(!edition.late, "{}", edition.label);
    }
    t.assert_nobody_was_mailed_twice();
    t.assert_conserved("evening").await;
    t.editions_for("ada@readers.example").iter().map(|mail| mail.received_at.rfc3339()).collect()
}

both_engines! {
    async fn london_in_spring(t: Harness) {
        let mails = live(&t, "Europe/London", ("18:00", "18:30"), "2026-03-28 17:00", "2026-03-29 22:00").await;
        assert_eq!(mails, ["2026-03-28T18:30:00Z", "2026-03-29T17:30:00Z"]);
    }

    async fn london_in_autumn(t: Harness) {
        let mails = live(&t, "Europe/London", ("18:00", "18:30"), "2026-10-24 17:00", "2026-10-25 22:00").await;
        assert_eq!(mails, ["2026-10-24T17:30:00Z", "2026-10-25T18:30:00Z"]);
    }

    async fn new_york_in_spring_and_autumn(t: Harness) {
        let mails = live(&t, "America/New_York", ("18:00", "18:30"), "2026-03-07 17:00", "2026-03-08 22:00").await;
        assert_eq!(mails, ["2026-03-07T23:30:00Z", "2026-03-08T22:30:00Z"]);
        t.sink.clear_mails();
        t.go_to("2026-10-31 17:00").await;
        t.tick().await;
        for date in ["2026-10-31", "2026-11-01"] {
            t.go_to(&format!("{date} 18:30")).await;
            t.tick().await;
        }
        let due: Vec<String> = t.editions_of("evening").await.iter().map(|it| it.send_at.rfc3339()).collect();
        for send_at in ["2026-10-31T22:30:00Z", "2026-11-01T23:30:00Z"] {
            assert_eq!(due.iter().filter(|it| *it == send_at).count(), 1, "{due:?}");
        }
    }

    async fn a_slot_in_the_hour_that_is_left_out_runs_once_right_after_it(t: Harness) {
        let mails = live(&t, "Europe/London", ("01:15", "01:30"), "2026-03-28 00:45", "2026-03-30 00:30").await;
        assert_eq!(mails, ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z"]);
    }

    async fn a_slot_in_the_hour_that_comes_twice_runs_at_its_first_time_alone(t: Harness) {
        let mails = live(&t, "Europe/London", ("01:15", "01:30"), "2026-10-24 00:45", "2026-10-26 00:30").await;
        assert_eq!(mails, ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z"]);
    }
}
