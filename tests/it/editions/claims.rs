//! An article is in one edition, never two, and never lost.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{self, Cutoff, EditionError, EditionState as S};
use lamplighter::operators::Actor;

both_engines! {
    async fn a_claim_cannot_be_replayed(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        t.go_to("2026-11-23 18:00").await;
        t.tick().await;
        paper.publish("Ferry sails");
        t.gather().await;
        let edition = t.edition("2026-11-23").await;
        let again = editions::claim(&t.app, Actor::System, edition.id, Cutoff::Now { late: false }).await;
        assert!(matches!(again, Err(EditionError::WrongState { state: S::Drafted, .. })), "{again:?}");
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        assert_eq!(t.candidates().await.get("pool"), Some(&1));
        t.assert_conserved("evening").await;
    }
}
