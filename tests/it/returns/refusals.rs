//! Replies heard while sending go through the same judge.

use super::{BEN, evening, newsroom};
use crate::harness::{Harness, both_engines};
use lamplighter::base::CrashPoint;
use lamplighter::delivery::returns::{Effect, settle_refusals};
use lamplighter::subscribers::SuppressionReason;

const DEAD: &str = "at-rcpt-550@readers.example";
const BLOCKED: &str = "policy@readers.example";
const REFUSED_MAIL: &str = "at-dot-554@readers.example";

both_engines! {
    async fn v8_an_address_that_the_relay_calls_dead_is_suppressed_at_once(t: Harness) {
        // Its confirmation is pressed all the same: the harness knows the link.
        let paper = newsroom(&t, &[BEN]).await;
        import(&t, &[DEAD]).await;
        evening(&t, &paper, "2026-11-23").await;
        assert_eq!(t.suppressed(DEAD).await, Some(SuppressionReason::HardBounce));
        assert!(!t.is_active(DEAD).await && t.is_active(BEN).await);
        let kept = t.came_back().await;
        assert_eq!((kept.len(), kept[0].effect, kept[0].class.as_str()), (1, Effect::Suppressed, "hard"), "{kept:?}");
        assert!(!kept[0].reply.contains('@'), "{kept:?}");
        assert_eq!(settle_refusals(&t.app).await.unwrap(), 0, "once");
    }

    async fn t5_what_is_ours_is_not_held_against_the_reader(t: Harness) {
        let paper = newsroom(&t, &[BEN]).await;
        import(&t, &[BLOCKED, REFUSED_MAIL]).await;
        evening(&t, &paper, "2026-11-23").await;
        evening(&t, &paper, "2026-11-25").await;
        for reader in [BLOCKED, REFUSED_MAIL, BEN] {
            assert!(t.is_active(reader).await && t.suppressed(reader).await.is_none(), "{reader}");
        }
        let kept = t.came_back().await;
        assert!(kept.iter().any(|it| it.class == "block") && kept.iter().all(|it| it.effect == Effect::Noted), "{kept:?}");
    }

    async fn a_crash_between_the_answer_and_what_follows_loses_neither(t: Harness) {
        let paper = newsroom(&t, &[BEN]).await;
        import(&t, &[DEAD]).await;
        paper.publish_in("World", "News");
        t.faults.arm(CrashPoint::BeforeRefusalCommit, 1);
        tokio::select! {
            () = t.evening("2026-11-23") => panic!("it does not come to its end"),
            () = t.faults.crashed() => {}
        }
        let t = t.restart().await;
        assert_eq!((t.suppressed(DEAD).await, t.came_back().await.len()), (None, 0), "neither the effect nor the mark");
        assert_eq!(settle_refusals(&t.app).await.unwrap(), 1);
        assert_eq!((t.suppressed(DEAD).await, t.came_back().await.len()), (Some(SuppressionReason::HardBounce), 1));
    }
}

/// Addresses that take no confirmation come by a list.
async fn import(t: &Harness, readers: &[&str]) {
    for reader in readers {
        let email = lamplighter::mail::EmailAddr::parse(reader).unwrap();
        lamplighter::subscribers::add(&t.app, lamplighter::operators::Actor::Console, "evening", email, &[], true)
            .await
            .unwrap();
    }
}
