//! What came back, in numbers.

use super::{complaint, edition_of, evening, mailbox_full, newsroom, redacted_head, unknown_user, with_provider};
use crate::harness::{Harness, both_engines};
use lamplighter::delivery::returns::{DayFigures, figures};
use lamplighter::operators::Actor;

const READERS: [&str; 5] =
    ["a@harbour.example", "b@harbour.example", "c@harbour.example", "d@harbour.example", "e@readers.example"];

fn day<'a>(days: &'a [DayFigures], day: &str, group: &str) -> &'a DayFigures {
    days.iter().find(|it| it.day == day && it.group == group).unwrap_or_else(|| panic!("{day} {group}: {days:?}"))
}

both_engines! {
    async fn a8_the_complaint_rate_of_each_provider_and_day_is_known(t: Harness) {
        let t = with_provider(t).await;
        let paper = newsroom(&t, &READERS).await;
        evening(&t, &paper, "2026-11-23").await;
        let head = redacted_head(&edition_of(&t, "a@harbour.example"));
        t.comes_back(&complaint("abuse", &head), "fbl@news.example").await;
        t.bounces("e@readers.example", &unknown_user("e@readers.example")).await;
        t.comes_back(&unknown_user("victim@harbour.example"), "forged@bounces.news.example").await;
        evening(&t, &paper, "2026-11-24").await;
        t.bounces("b@harbour.example", &mailbox_full("b@harbour.example")).await;
        let told = figures(&t.app, Actor::Console, 30).await.unwrap();
        let harbour = day(&told.days, "2026-11-23", "harbour");
        assert_eq!((harbour.accepted, harbour.complaints, harbour.complaint_percent), (4, 1, Some(25.0)));
        let other = day(&told.days, "2026-11-23", "other");
        assert_eq!((other.accepted, other.hard, other.complaint_percent), (1, 1, Some(0.0)));
        let next = day(&told.days, "2026-11-24", "harbour");
        assert_eq!((next.accepted, next.soft, next.complaints), (3, 1, 0));
        assert_eq!(told.unproved, 1);
        let causes: Vec<_> = told.causes.iter().map(|it| (it.domain.as_str(), it.class.as_str(), it.count)).collect();
        assert!(causes.contains(&("harbour.example", "complaint", 1)) && causes.contains(&("readers.example", "hard", 1)), "{causes:?}");
    }

    async fn what_came_back_is_forgotten_in_time_and_shown_to_the_reader_until_then(t: Harness) {
        let t = with_provider(t).await;
        let paper = newsroom(&t, &["a@harbour.example", "b@harbour.example"]).await;
        evening(&t, &paper, "2026-11-23").await;
        t.bounces("a@harbour.example", &mailbox_full("a@harbour.example")).await;
        let who = lamplighter::subscribers::Who::Address(lamplighter::mail::EmailAddr::parse("a@harbour.example").unwrap());
        let data = lamplighter::subscribers::dossier(&t.app, Actor::Console, &who).await.unwrap().unwrap();
        assert_eq!(data["came_back"][0]["class"], "soft", "{data}");
        let email = lamplighter::mail::EmailAddr::parse("a@harbour.example").unwrap();
        lamplighter::subscribers::erase(&t.app, Actor::Console, &email).await.unwrap();
        let kept = t.came_back().await;
        assert_eq!((kept.len(), kept[0].subscriber_id, kept[0].domain.as_str(), kept[0].reply.as_str()), (1, None, "", ""));
        t.advance(lamplighter::base::Span::days(91));
        lamplighter::service::sweep(&t.app).await.unwrap();
        assert!(t.came_back().await.is_empty());
    }
}
