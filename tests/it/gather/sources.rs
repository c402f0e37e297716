//! How a source is asked, and what happens when it does not answer.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::gather::{FetchOutcome, SourceHealth, SourceStatus, list_source_health};

async fn health(t: &Harness) -> SourceHealth {
    list_source_health(&mut t.db().read().await.unwrap()).await.unwrap().remove(0)
}

both_engines! {
    async fn what_has_not_changed_is_not_sent_again(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.advance(Span::minutes(10));
        assert_eq!(t.gather().await.sources[0].outcome, FetchOutcome::Unchanged);
        paper.publish("Ferry sails");
        assert_eq!(t.gather().await.articles_new, 1);
        let asked = paper.asked();
        assert_eq!(asked.iter().map(|it| it.is_conditional()).collect::<Vec<_>>(), [false, true, true]);
        assert!(asked.iter().all(|it| it.path == "/feed"));
        assert!(asked[0].headers["user-agent"].to_str().unwrap().starts_with("Lamplighter/"));
    }

    async fn a_source_is_asked_every_ten_minutes(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for _ in 0..21 {
            t.poll().await;
            t.advance(Span::minutes(1));
        }
        assert_eq!(paper.asked().len(), 3);
    }

    async fn three_failures_make_a_source_a_failing_one_and_one_answer_a_good_one(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.answer_with(500);
        for failures in 1..=3 {
            let report = t.gather().await;
            assert!(!report.is_complete());
            assert_eq!(health(&t).await.failures, failures);
            assert_eq!(health(&t).await.status == SourceStatus::Failing, failures == 3);
            t.advance(Span::minutes(1));
        }
        // It is asked less often now.
        assert_eq!(health(&t).await.next_fetch_at, t.now() + Span::minutes(39));
        paper.recover();
        paper.publish("Harbour opens");
        assert_eq!(t.gather().await.articles_new, 1);
        let it = health(&t).await;
        assert_eq!((it.status, it.failures, it.last_error), (SourceStatus::Ok, 0, None));
    }
}
