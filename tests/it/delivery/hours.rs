//! Each reader's own hour: at that hour of their own clock, within a day of the edition, over nights in which clocks change.

use super::sealing::{Reader, add};
use crate::harness::{Harness, Newspaper, Newsroom, both_engines, instant};
use chrono_tz::Tz;
use lamplighter::base::{Span, Timestamp};
use lamplighter::editions::EditionState as S;

/// Name, zone, hour.
type Choice = (&'static str, Option<&'static str>, Option<i64>);

const READERS: [Choice; 8] = [
    ("plain", None, None),
    ("london", Some("Europe/London"), Some(7)),
    ("home", None, Some(19)),
    ("one", Some("Europe/London"), Some(1)),
    ("york", Some("America/New_York"), Some(7)),
    ("tokyo", Some("Asia/Tokyo"), Some(21)),
    ("nepal", Some("Asia/Kathmandu"), Some(6)),
    ("lordhowe", Some("Australia/Lord_Howe"), Some(2)),
];

/// A publication in London with these readers, lived through from one instant to another, a quarter of an hour at a time
/// with a story in each.
async fn live(t: &Harness, slots: &[(&str, &str)], readers: &[Choice], from: &str, until: &str) -> Newspaper {
    let zone: Tz = "Europe/London".parse().unwrap();
    let (mut now, end) = (instant(zone, from), instant(zone, until));
    t.clock.set(now);
    let paper = Newspaper::open().await;
    let newsroom = Newsroom::of(&paper).in_zone("Europe/London");
    t.set_up(slots.iter().fold(newsroom, |newsroom, (cutoff, send)| newsroom.slot(cutoff, send))).await;
    let publication = t.publication("evening").await.id.0;
    for (name, zone, hour) in readers {
        let reader = Reader { zone: *zone, hour: *hour, ..Reader::default() };
        add(t.db(), publication, &format!("{name}@readers.example"), reader).await;
    }
    paper.publish("Harbour opens");
    while now <= end {
        t.clock.set(now);
        if now.as_seconds() % 7_200 == 0 {
            paper.publish(&format!("News of {}", now.rfc3339().replace(':', "-")));
        }
        t.tick().await;
        t.run_until_idle().await;
        now = now + Span::minutes(15);
    }
    t.assert_nobody_was_mailed_twice();
    paper
}

fn arrivals(t: &Harness, name: &str) -> Vec<Timestamp> {
    t.editions_for(&format!("{name}@readers.example")).iter().map(|mail| mail.received_at).collect()
}

/// When the mails came, on the reader's own clock.
fn on_their_clock(t: &Harness, (name, zone, _): &Choice) -> Vec<String> {
    let zone: Tz = zone.unwrap_or("Europe/London").parse().unwrap();
    arrivals(t, name).iter().map(|at| at.in_zone(zone).format("%d %H:%M").to_string()).collect()
}

async fn three_evenings(t: &Harness, from: &str, until: &str) -> Vec<(&'static str, Vec<String>)> {
    let _paper = live(t, &[("18:00", "18:30")], &READERS, from, until).await;
    for edition in t.editions_of("evening").await.iter().filter(|it| it.sealed_at.is_some()) {
        let counts = t.counts(edition).await;
        assert_eq!((edition.state, counts.accepted), (S::Sent, 8), "{}: {counts}", edition.label);
    }
    READERS.iter().map(|reader| (reader.0, on_their_clock(t, reader))).collect()
}

fn at(days: [&str; 3], hour: &str) -> Vec<String> {
    days.iter().map(|day| format!("{day} {hour}")).collect()
}

both_engines! {
    async fn in_the_nights_of_autumn_every_hour_is_kept_and_the_doubled_one_comes_once(t: Harness) {
        // London's clocks go back in the night to the 25th, at two.
        let mails = three_evenings(&t, "2026-10-23 17:45", "2026-10-26 18:15").await;
        let expected: [(&str, Vec<String>); 8] = [
            ("plain", at(["23", "24", "25"], "18:30")),
            ("london", at(["24", "25", "26"], "07:00")),
            ("home", at(["23", "24", "25"], "19:00")),
            ("one", at(["24", "25", "26"], "01:00")),
            ("york", at(["24", "25", "26"], "07:00")),
            ("tokyo", at(["24", "25", "26"], "21:00")),
            ("nepal", at(["24", "25", "26"], "06:00")),
            ("lordhowe", at(["25", "26", "27"], "02:00")),
        ];
        // Lord Howe's and Tokyo's hours of the last evening come after the end of this story.
        for ((name, got), (_, want)) in mails.iter().zip(&expected) {
            assert_eq!(got, want, "{name}");
        }
        let one = arrivals(&t, "one");
        assert_eq!(one[1].rfc3339(), "2026-10-25T00:00:00Z", "the first of the two ones");
    }

    async fn in_the_nights_of_spring_the_missing_hour_is_the_first_instant_after_it(t: Harness) {
        // London's clocks go forward in the night to the 29th, at one.
        let mails = three_evenings(&t, "2026-03-27 17:45", "2026-03-30 18:15").await;
        let got = |name: &str| mails.iter().find(|it| it.0 == name).map(|it| it.1.clone()).unwrap();
        assert_eq!(got("plain"), at(["27", "28", "29"], "18:30"));
        assert_eq!(got("london"), at(["28", "29", "30"], "07:00"));
        assert_eq!(got("one"), ["28 01:00", "29 02:00", "30 01:00"]);
        assert_eq!(arrivals(&t, "one")[1].rfc3339(), "2026-03-29T01:00:00Z");
        assert_eq!(got("york"), at(["28", "29", "30"], "07:00"));
        assert_eq!(got("nepal"), at(["28", "29", "30"], "06:00"));
    }

    async fn an_edition_is_sent_when_the_last_has_it_and_the_next_does_not_wait(t: Harness) {
        let readers: [Choice; 2] = [("plain", None, None), ("noon", None, Some(12))];
        let slots = [("18:00", "18:30"), ("07:00", "07:30")];
        let _paper = live(&t, &slots, &readers, "2026-11-23 17:45", "2026-11-24 11:45").await;
        let states = async || {
            let all = t.editions_of("evening").await;
            let sealed: Vec<_> = all.into_iter().filter(|it| it.sealed_at.is_some()).collect();
            sealed.iter().map(|it| (it.label.clone(), it.state)).collect::<Vec<_>>()
        };
        let both = |state| vec![("2026-11-23".to_owned(), state), ("2026-11-24".to_owned(), state)];
        assert_eq!(states().await, both(S::Sending), "one of last evening waits for noon, so does one of this morning");
        assert_eq!((arrivals(&t, "plain").len(), arrivals(&t, "noon").len()), (2, 0));
        t.go_to("2026-11-24 12:00").await;
        t.run_until_idle().await;
        assert_eq!(states().await, both(S::Sent));
        assert_eq!(arrivals(&t, "noon").len(), 2, "both, each once");
    }

    async fn what_could_not_be_sent_before_the_next_edition_began_is_given_up(t: Harness) {
        let readers: [Choice; 2] = [("tempfail-99", None, None), ("plain", None, None)];
        let slots = [("18:00", "18:30"), ("07:00", "07:30")];
        let _paper = live(&t, &slots, &readers, "2026-11-23 17:45", "2026-11-24 07:45").await;
        let evening = t.edition("2026-11-23").await;
        let counts = t.counts(&evening).await;
        assert_eq!((evening.state, counts.accepted, counts.expired, counts.waiting), (S::Sent, 1, 1, 0), "{counts}");
        assert_eq!(t.state_of("2026-11-24").await, S::Sending);
    }
}
