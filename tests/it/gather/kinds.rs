//! Sources that are no feeds.

use crate::harness::{Harness, Manner, Newsroom, Site, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;

/// Titles of all articles, in the order of the alphabet.
async fn titles(t: &Harness) -> Vec<String> {
    let all = Sql::both("SELECT title AS value FROM articles ORDER BY title");
    let rows: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(all, vec![]).await.unwrap();
    rows.into_iter().map(|(title,)| title).collect()
}

both_engines! {
    async fn an_api_tells_all_that_was_published_since_it_was_asked(t: Harness) {
        let site = Site::offering(Manner { api: true, ..Manner::default() }).await;
        t.set_up(Newsroom::empty().source(&site.url("/"), "kind = \"wordpress\"")).await;
        site.publish_many("Morning", 3, t.now());
        t.gather().await;
        t.advance(Span::hours(2));
        site.publish_many("Noon", 140, t.now());
        let report = t.gather().await;
        assert_eq!((report.articles_new, report.sources[0].gap.clone()), (140, None));
        assert!(site.asked_for("/wp-json/wp/v2/posts?") >= 3, "page by page: {:?}", site.asked());
        t.assert_conserved("evening").await;
    }

    async fn an_article_that_a_feed_and_an_api_show_is_one(t: Harness) {
        let site = Site::offering(Manner { api: true, ..Manner::default() }).await;
        t.set_up(Newsroom::empty().source(&site.url("/"), "kind = \"wordpress\"").source(&site.feed(), "")).await;
        site.publish_many("Morning", 3, t.now());
        assert_eq!(t.gather().await.articles_new, 3);
        assert_eq!(t.gather().await.articles_revised, 0);
        assert_eq!(t.candidates().await["pool"], 3);
    }

    async fn a_news_sitemap_gives_headlines_and_the_pages_the_rest(t: Harness) {
        let site = Site::offering(Manner { sitemap: true, ..Manner::default() }).await;
        t.set_up(Newsroom::empty().source(&site.url("/news-sitemap.xml"), "kind = \"sitemap\"")).await;
        site.publish("Harbour opens", t.now());
        site.publish("Old times", t.now() - Span::days(20));
        assert_eq!(t.gather().await.articles_new, 1, "what is old is no news");
        assert_eq!(site.asked_for("/a/story-1/"), 1);
        assert_eq!(titles(&t).await, ["Harbour opens"]);
    }

    async fn a_plain_sitemap_gives_addresses_and_the_pages_their_headlines(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.url("/sitemap.xml"), "kind = \"sitemap\"")).await;
        site.publish("Harbour opens", t.now());
        t.gather().await;
        assert_eq!(titles(&t).await, ["About our newsroom", "Harbour opens"]);
        let candidates = t.candidates().await;
        assert_eq!((candidates["pool"], candidates["baseline"]), (1, 1), "what names no day was there before");
        t.advance(Span::hours(1));
        site.publish("Ferry sails", t.now());
        assert_eq!(t.gather().await.articles_new, 1);
        assert_eq!(t.candidates().await["pool"], 2);
    }

    async fn a_section_front_gives_links_and_the_pages_the_rest(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.url("/world/"), "kind = \"page\"")).await;
        site.publish_many("Morning", 4, t.now());
        t.gather().await;
        assert_eq!(titles(&t).await, ["Morning 1", "Morning 2", "Morning 3", "Morning 4"], "the pages' own headlines");
        t.advance(Span::hours(1));
        site.publish("Ferry sails", t.now());
        assert_eq!(t.gather().await.articles_new, 1);
        t.assert_conserved("evening").await;
    }

    async fn an_article_is_filed_when_its_section_is_declared_later(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().without_sections().source(&site.feed(), "")).await;
        site.publish("Harbour opens", t.now());
        t.gather().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "")).await;
        t.gather().await;
        let filed = Sql::both("SELECT COUNT(*) AS value FROM candidates c JOIN sections s ON s.id = c.section_id WHERE s.slug = 'world'");
        let count: i64 = t.db().read().await.unwrap().fetch_value(filed, vec![]).await.unwrap();
        assert_eq!(count, 1);
    }
}
