//! What is news, what is a change, and what was known before.

use crate::harness::{Harness, Loopback, Newspaper, Newsroom, both_engines, rss};
use lamplighter::base::Span;
use lamplighter::editions;

both_engines! {
    async fn a_change_is_a_revision_of_the_same_article(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        assert_eq!(t.gather().await.articles_new, 1);
        paper.edit("Harbour opens", |it| it.text.push_str(" The mayor spoke."));
        let report = t.gather().await;
        assert_eq!((report.articles_new, report.articles_revised), (0, 1));
        assert_eq!(t.gather().await.articles_revised, 0);
        t.assert_conserved("evening").await;
    }

    async fn a_story_in_two_sources_stands_once_in_the_mail(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::empty().source(&paper.feed(), "").source(&paper.feed_of("sport"), "section = \"sport\"")).await;
        t.subscribe("ada@readers.example").await;
        paper.publish_in("sport", "Regatta won");
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens", "Regatta won"]);
        let text = &t.editions_for("ada@readers.example")[0].text;
        assert_eq!(text.matches("https://gazette.example/regatta-won").count(), 1, "{text}");
        t.assert_conserved("evening").await;
    }

    async fn a_source_added_to_a_running_newsroom_brings_no_old_news(t: Harness) {
        let (paper, other) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        for number in 0..5 {
            other.publish(&format!("Old story {number}"));
        }
        t.set_up(Newsroom::of(&paper).source(&other.feed(), "")).await;
        t.gather().await;
        assert_eq!(t.candidates().await.get("baseline"), Some(&5));
        other.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        t.assert_conserved("evening").await;
    }

    async fn an_old_story_that_turns_up_late_is_held_and_a_recent_one_is_not(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.advance(Span::minutes(10));
        paper.publish_dated("Found in the archive", t.now() - Span::days(30));
        paper.publish_dated("Filed yesterday", t.now() - Span::days(1));
        paper.publish_dated("Dated tomorrow", t.now() + Span::days(1));
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Dated tomorrow", "Filed yesterday", "Harbour opens"]);
        assert_eq!(t.candidates().await.get("held"), Some(&1));
        t.assert_conserved("evening").await;
    }

    async fn a_story_that_is_taken_down_and_put_back_is_no_news(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        paper.take_down("Harbour opens");
        t.gather().await;
        paper.publish("Harbour opens");
        t.evening("2026-11-24").await;
        assert_eq!(t.candidates().await.values().sum::<i64>(), 1);
        t.assert_conserved("evening").await;
    }

    async fn an_article_of_an_endless_address_is_taken_in_and_known_again(t: Harness) {
        // Nothing that an index would compress.
        let tail: String = (0..200_u32).map(|n| lamplighter::base::hash::sha256_hex(&n.to_be_bytes())).collect();
        let link = format!("https://news.example/{tail}");
        let feed = rss(1).replace("https://news.example/ferry/1", &link);
        let site = Loopback::serve([("feed.xml".to_owned(), "application/rss+xml".to_owned(), feed.into_bytes())]).await;
        t.set_up(Newsroom::empty().source(&site.url("feed.xml"), "pages = \"never\"")).await;
        assert_eq!(t.gather().await.articles_new, 1);
        t.tick().await;
        let edition = t.editions_of("evening").await.remove(0);
        let why = editions::report::why(&mut t.db().read().await.unwrap(), edition.id, &link).await.unwrap();
        assert!(why.article.is_some(), "it is found by its address: {}", why.answer);
    }
}
