//! What a feed leaves out stands on the article's page.

use crate::harness::{Harness, Newsroom, Site, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::gather::{ArticleHead, ArticleId, list_article_heads};

/// The first article of all.
async fn article(t: &Harness) -> ArticleHead {
    let mut tx = t.db().read().await.unwrap();
    let first = Sql::both("SELECT MIN(id) AS value FROM articles");
    let id: ArticleId = tx.fetch_value(first, vec![]).await.unwrap();
    list_article_heads(&mut tx, &[id]).await.unwrap().remove(0)
}

both_engines! {
    async fn a_teaser_gets_its_picture_author_and_section_from_its_page(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "")).await;
        site.publish("Harbour opens", t.now());
        t.gather().await;
        let it = article(&t).await;
        assert_eq!((it.authors.as_slice(), it.section.as_str()), (["Anna Ray".to_owned()].as_slice(), "World"));
        assert_eq!((it.image_caption.as_str(), it.image_credit.as_str()), ("The quay at noon.", "Bo Lind"));
        assert_eq!(it.image_url, Some(site.url("/pictures/1.jpg")));
        assert!(it.word_count > 100, "the whole text: {}", it.word_count);
        // The page is read once; an edit of the story is reason to read it again.
        t.advance(Span::minutes(10));
        t.gather().await;
        assert_eq!(site.asked_for("/a/story-1"), 1);
        site.edit("Harbour opens", |it| it.text = it.text.replace("Sentence 0", "Revised sentence 0"));
        t.advance(Span::minutes(10));
        assert_eq!(t.gather().await.articles_revised, 1);
        assert_eq!(site.asked_for("/a/story-1"), 2);
        assert_eq!(article(&t).await.image_credit, "Bo Lind");
    }

    async fn a_page_that_cannot_be_read_is_tried_again_and_its_article_stays(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "")).await;
        site.publish("Harbour opens", t.now());
        site.change(|it| it.refuses = Some(("/a/", 500)));
        for _ in 0..40 {
            assert!(t.gather().await.is_complete(), "a page is no source");
            t.advance(Span::minutes(30));
        }
        assert_eq!(site.asked_for("/a/story-1"), 5, "and then left alone");
        assert_eq!(t.candidates().await["pool"], 1);
    }

    async fn a_withdrawn_article_is_gone_and_one_that_comes_back_is_back(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "")).await;
        site.publish("Harbour opens", t.now());
        site.publish("Too early", t.now());
        t.gather().await;
        t.advance(Span::minutes(10));
        site.edit("Too early", |it| it.is_withdrawn = true);
        t.gather().await;
        let candidates = t.candidates().await;
        assert_eq!((candidates["pool"], candidates["gone"]), (1, 1));
        t.assert_conserved("evening").await;
        site.edit("Too early", |it| it.is_withdrawn = false);
        t.advance(Span::minutes(10));
        t.gather().await;
        assert_eq!(t.candidates().await["pool"], 2);
    }

    async fn a_withdrawn_article_leaves_its_draft_before_the_approval(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "")).await;
        t.subscribe("ada@readers.example").await;
        site.publish("Harbour opens", t.now());
        site.publish("Too early", t.now());
        t.go_to("2026-11-23 17:50").await;
        t.live_until("2026-11-23 18:04").await;
        site.edit("Too early", |it| it.is_withdrawn = true);
        t.gather().await;
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        assert_eq!(t.candidates().await.get("gone"), Some(&1));
        t.assert_conserved("evening").await;
    }

    async fn an_article_that_only_left_the_feed_stays(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "")).await;
        site.publish_many("Morning", 9, t.now());
        t.gather().await;
        t.advance(Span::hours(1));
        site.publish_many("Noon", 5, t.now());
        t.gather().await;
        assert_eq!(t.candidates().await["pool"], 14);
    }

    async fn pages_are_not_read_where_the_newsroom_does_not_want_it(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "pages = \"never\"")).await;
        site.publish("Harbour opens", t.now());
        t.gather().await;
        assert_eq!(site.asked(), ["/feed/"]);
    }
}
