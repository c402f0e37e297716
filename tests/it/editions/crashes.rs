//! The service dies at a step of its evening and is started again: the readers notice nothing.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::editions::EditionState as S;

const READERS: [&str; 3] = ["ada@readers.example", "ben@readers.example", "cleo@readers.example"];

/// Lives through the evening with a crash on the way, and finds everything as if there had been none.
async fn survive(t: Harness, point: CrashPoint, at: &str) {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    for reader in READERS {
        t.subscribe(reader).await;
    }
    paper.publish("Harbour opens");
    paper.publish("Ferry sails");
    t.go_to("2026-11-23 17:50").await;
    t.live_until(at).await;
    t.advance(Span::minutes(1));
    t.faults.arm(point, 1);
    tokio::select! {
        () = t.faults.crashed() => {}
        _ = t.tick() => panic!("{point:?} is not on the way"),
    }
    let t = t.restart().await;
    // The first turn of the polling loop: a fetch that was cut off is due still.
    t.poll().await;
    t.assert_conserved("evening").await;
    t.live_until("2026-11-23 18:40").await;

    let edition = t.edition("2026-11-23").await;
    assert_eq!((edition.state, edition.late), (S::Sent, false));
    assert_eq!(t.headlines("2026-11-23").await, ["Ferry sails", "Harbour opens"]);
    assert_eq!((edition.candidates_count, edition.prepared_count), (Some(3), Some(3)));
    assert_eq!(t.counts(&edition).await.accepted, 3);
    for reader in READERS {
        assert_eq!(t.editions_for(reader).len(), 1, "{reader}");
    }
    t.assert_conserved("evening").await;
}

both_engines! {
    async fn in_the_middle_of_a_fetch(t: Harness) {
        survive(t, CrashPoint::BeforeGatherCommit, "2026-11-23 17:57").await;
    }

    async fn before_the_claim_is_committed(t: Harness) {
        survive(t, CrashPoint::BeforeClaimCommit, "2026-11-23 17:59").await;
    }

    async fn after_the_claim_is_committed(t: Harness) {
        survive(t, CrashPoint::AfterClaimCommit, "2026-11-23 17:59").await;
    }

    async fn before_the_seal_is_committed(t: Harness) {
        survive(t, CrashPoint::BeforeSealCommit, "2026-11-23 18:29").await;
    }

    async fn after_the_seal_is_committed(t: Harness) {
        survive(t, CrashPoint::AfterSealCommit, "2026-11-23 18:29").await;
    }
}
