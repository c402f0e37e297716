//! The list in numbers, by day.

use super::{ADA, unsubscribe_token};
use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::{Actor, OperatorId, Role};
use lamplighter::service;
use lamplighter::subscribers::{self, Growth, LeaveScope, SuppressionReason};

const WHO: Actor = Actor::Console;

async fn growth(t: &Harness) -> Growth {
    subscribers::growth(&t.app, WHO, "evening", 30).await.unwrap()
}

both_engines! {
    async fn days_are_counted_and_keep_their_numbers_when_people_are_forgotten(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe_to("evening", ADA, &["world", "sport"]).await;
        for who in ["ben", "cleo", "dan", "eve"] {
            t.subscribe(&format!("{who}@readers.example")).await;
        }
        service::sweep(&t.app).await.unwrap();
        t.advance(Span::days(1));
        subscribers::leave(&t.app, &unsubscribe_token(&t, ADA).await, LeaveScope::One).await.unwrap();
        let email = |who: &str| EmailAddr::parse(&format!("{who}@readers.example")).unwrap();
        subscribers::suppress(&t.app, WHO, &email("ben"), SuppressionReason::HardBounce).await.unwrap();
        subscribers::suppress(&t.app, WHO, &email("cleo"), SuppressionReason::Complaint).await.unwrap();
        service::sweep(&t.app).await.unwrap();
        subscribers::erase(&t.app, WHO, &email("dan")).await.unwrap();
        service::sweep(&t.app).await.unwrap();
        service::sweep(&t.app).await.unwrap();
        let days = growth(&t).await.days;
        assert_eq!(days.len(), 2);
        let (first, second) = (&days[0], &days[1]);
        assert_eq!((first.day.as_str(), first.joined, first.active, first.is_rebuilt), ("2026-11-23", 5, Some(5), false));
        assert_eq!((second.left_count, second.bounced, second.complained, second.erased), (1, 1, 1, 1));
        assert_eq!(second.active, Some(1));
        // The one who left is forgotten; the day on which they joined and left is not.
        t.advance(Span::days(20));
        subscribers::erase(&t.app, WHO, &email("ada")).await.unwrap();
        service::sweep(&t.app).await.unwrap();
        let days = growth(&t).await.days;
        let kept = |day: &str| days.iter().find(|it| it.day == day).unwrap().clone();
        assert_eq!((kept("2026-11-23").joined, kept("2026-11-24").left_count), (5, 1));
        assert!(kept("2026-11-30").is_rebuilt && kept("2026-11-30").active == Some(1));
    }

    async fn interest_is_told_by_section_and_a_viewer_may_see_it(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe_to("evening", ADA, &["world", "sport"]).await;
        t.subscribe_to("evening", "ben@readers.example", &["sport"]).await;
        t.subscribe("cleo@readers.example").await;
        subscribers::count_readers(&t.app).await.unwrap();
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        let interest = subscribers::interest(&t.app, viewer, "evening", 7).await.unwrap();
        let told: Vec<(&str, i64)> = interest.days.iter().map(|it| (it.section.as_str(), it.readers)).collect();
        assert_eq!(told, [("", 1), ("sport", 2), ("world", 1)]);
        assert!(subscribers::growth(&t.app, Actor::Visitor, "evening", 7).await.is_err());
        assert!(subscribers::growth(&t.app, viewer, "noon", 7).await.is_err());
    }
}
