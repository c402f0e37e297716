//! A busy day: more articles than the feed holds.

use crate::harness::{Harness, Manner, Newsroom, Site, both_engines};
use lamplighter::base::Span;
use lamplighter::gather::{SourceReport, list_recent_gaps};

async fn opened(t: &Harness, manner: Manner) -> Site {
    let site = Site::offering(manner).await;
    t.set_up(Newsroom::empty().source(&site.feed(), "pages = \"never\"")).await;
    site.publish_many("Morning", 3, t.now());
    t.gather().await;
    site.forget_questions();
    t.advance(Span::hours(3));
    site
}

async fn gathered(t: &Harness) -> SourceReport {
    t.gather().await.sources.remove(0)
}

async fn gaps(t: &Harness) -> usize {
    let id = t.publication("evening").await.id;
    list_recent_gaps(&mut t.db().read().await.unwrap(), id, t.now() - Span::days(1)).await.unwrap().len()
}

both_engines! {
    async fn what_the_feed_no_longer_holds_comes_from_the_api(t: Harness) {
        let site = opened(&t, Manner { api: true, ..Manner::default() }).await;
        site.publish_many("Noon", 34, t.now());
        let report = gathered(&t).await;
        assert_eq!((report.articles_new, report.backfilled, report.gap), (34, 24, None), "{:?}", site.asked());
        assert_eq!(t.candidates().await["pool"], 37);
        t.assert_conserved("evening").await;
    }

    async fn what_the_feed_no_longer_holds_comes_from_its_further_pages(t: Harness) {
        let site = opened(&t, Manner { pages: true, ..Manner::default() }).await;
        site.publish_many("Noon", 34, t.now());
        let report = gathered(&t).await;
        assert_eq!((report.articles_new, report.backfilled, report.gap), (34, 24, None), "{:?}", site.asked());
        // The fourth page held a known one: nobody asked for a fifth.
        assert_eq!(site.asked_for("/feed/?paged="), 3);
    }

    async fn what_the_feed_no_longer_holds_comes_from_the_news_sitemap(t: Harness) {
        let site = opened(&t, Manner { sitemap: true, ..Manner::default() }).await;
        site.publish_many("Noon", 34, t.now());
        let report = gathered(&t).await;
        assert_eq!((report.articles_new, report.backfilled, report.gap), (34, 24, None), "{:?}", site.asked());
    }

    async fn a_gap_that_cannot_be_closed_is_told_once_and_kept_in_mind(t: Harness) {
        lamplighter::operators::create(
            &t.app, lamplighter::operators::Actor::Console, "chief@news.example", "Chief",
            lamplighter::operators::Role::Admin, "a long enough password",
        ).await.unwrap();
        let site = opened(&t, Manner::default()).await;
        site.publish_many("Noon", 34, t.now());
        let report = gathered(&t).await;
        assert_eq!((report.articles_new, report.backfilled), (10, 0));
        assert!(report.gap.is_some_and(|gap| gap.contains("may be missing")));
        assert_eq!(gaps(&t).await, 1);
        t.run_until_idle().await;
        let mails = t.sink.mails_to("chief@news.example");
        assert_eq!(mails.len(), 1);
        assert!(mails[0].subject.contains("may be missing"), "{}", mails[0].subject);
        t.advance(Span::minutes(10));
        assert_eq!(gathered(&t).await.gap, None, "what is known now is no gap");
        assert_eq!(gaps(&t).await, 1);
    }

    async fn ten_new_ones_above_a_known_one_are_no_overflow(t: Harness) {
        let site = opened(&t, Manner { api: true, feed_size: 11, ..Manner::default() }).await;
        site.publish_many("Noon", 10, t.now());
        let report = gathered(&t).await;
        assert_eq!((report.articles_new, report.backfilled, report.gap), (10, 0, None));
        assert_eq!(site.asked().len(), 1, "nothing else is asked: {:?}", site.asked());
    }
}
