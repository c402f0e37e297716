//! Passing failures: counted over weeks, forgotten with a delivery.

use super::{ADA, BEN, evening, mailbox_full, newsroom};
use crate::harness::{Harness, both_engines};
use lamplighter::delivery::returns::Effect;
use lamplighter::subscribers::SuppressionReason;

both_engines! {
    async fn v8_a_mailbox_that_stays_full_for_weeks_is_suppressed(t: Harness) {
        let paper = newsroom(&t, &[ADA, BEN]).await;
        let mut effects = Vec::new();
        for date in ["2026-11-23", "2026-12-01", "2026-12-10"] {
            evening(&t, &paper, date).await;
            effects.push(t.bounces(ADA, &mailbox_full(ADA)).await);
        }
        assert_eq!(effects, [Effect::Counted, Effect::Counted, Effect::Suppressed]);
        assert_eq!(t.suppressed(ADA).await, Some(SuppressionReason::HardBounce));
        assert!(t.is_active(BEN).await);
    }

    async fn an_edition_that_was_delivered_in_between_begins_anew(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        assert_eq!(t.bounces(ADA, &mailbox_full(ADA)).await, Effect::Counted);
        evening(&t, &paper, "2026-12-01").await;
        for date in ["2026-12-10", "2026-12-11"] {
            evening(&t, &paper, date).await;
            assert_eq!(t.bounces(ADA, &mailbox_full(ADA)).await, Effect::Counted, "{date}");
        }
        assert!(t.is_active(ADA).await, "two in a row since the one that arrived");
    }
}
