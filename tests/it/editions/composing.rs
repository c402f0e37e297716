//! What goes in, and where it stands: the order, the words of the head, what a missed edition left over, and what those
//! read who chose a part.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{self, EditionState as S, Item, Origin, Placement as P};
use std::collections::BTreeSet;

const ADA: &str = "ada@readers.example";

async fn items(t: &Harness, label: &str) -> Vec<Item> {
    let edition = t.edition(label).await;
    editions::list_items(&mut t.db().read().await.unwrap(), edition.id).await.unwrap()
}

fn places(items: &[Item]) -> Vec<(&str, P)> {
    items.iter().map(|item| (item.story.title.as_str(), item.placement)).collect()
}

both_engines! {
    async fn a_story_that_two_sources_tell_is_worth_more_and_the_score_says_so(t: Harness) {
        let (paper, other) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper).source(&other.feed(), "")).await;
        t.subscribe(ADA).await;
        for title in ["Harbour opens", "Bridge closes", "Choir sings"] {
            paper.publish(title);
        }
        // The same address in another feed: the same article, seen twice.
        other.publish("Bridge closes");
        t.evening("2026-11-23").await;
        let items = items(&t, "2026-11-23").await;
        assert_eq!((items[0].story.title.as_str(), items[0].placement), ("Bridge closes", P::Top));
        assert_eq!(items[0].score_parts.0["sources"], 150);
        assert!(items[1..].iter().all(|item| !item.score_parts.0.contains_key("sources")));
        for item in &items {
            assert_eq!(item.score_millis, item.score_parts.0.values().sum::<i64>());
        }
    }

    async fn what_a_missed_edition_left_over_stands_apart_from_the_news(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        for number in 1..=5 {
            paper.publish(&format!("Old story {number}"));
        }
        t.gather().await;
        t.tick().await;
        // Nobody was there that evening, nor the next.
        t.go_to("2026-11-25 12:00").await;
        let t = t.restart().await;
        paper.publish("Ferry sails");
        t.evening("2026-11-25").await;
        assert_eq!((t.state_of("2026-11-23").await, t.state_of("2026-11-24").await), (S::Missed, S::Missed));
        let found = items(&t, "2026-11-25").await;
        assert_eq!(found[0].story.title, "Ferry sails");
        let count = |placement| found.iter().filter(|item| item.placement == placement).count();
        assert_eq!((count(P::Top), count(P::Missed), count(P::Headline)), (1, 3, 2));
        for item in &found[1..] {
            assert_eq!((item.origin, item.placement_reason.as_str()), (Origin::CarriedOver, "its own edition was missed"));
        }
        let mail = &t.editions_for(ADA)[0];
        let heading = mail.text.find("IN CASE YOU MISSED IT").unwrap();
        assert!(mail.text.find("Ferry sails").unwrap() < heading && mail.text.matches("Old story").count() >= 5);
        assert!(mail.html.contains("In case you missed it"));
        // It is news no more, and the next evening has its own.
        paper.publish("Choir sings");
        t.evening("2026-11-26").await;
        assert_eq!(places(&items(&t, "2026-11-26").await), [("Choir sings", P::Top)]);
        t.assert_conserved("evening").await;
    }

    async fn with_nothing_fresh_what_was_missed_is_the_news(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        paper.publish("Old story");
        t.gather().await;
        t.tick().await;
        t.go_to("2026-11-24 12:00").await;
        let t = t.restart().await;
        t.evening("2026-11-24").await;
        assert_eq!(places(&items(&t, "2026-11-24").await), [("Old story", P::Top)]);
        assert!(!t.editions_for(ADA)[0].text.contains("IN CASE YOU MISSED IT"));
    }

    async fn two_evenings_running_never_have_the_same_subject(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        for (day, slug) in [("2026-11-23", "one"), ("2026-11-24", "two"), ("2026-11-25", "three")] {
            paper.publish("The day in pictures");
            paper.edit("The day in pictures", |story| {
                story.url = format!("https://gazette.example/pictures-{slug}");
                story.guid = format!("pictures {slug}");
                story.text = format!("What the photographers saw on day {slug}, from the harbour to the hill. {slug} again.");
            });
            t.evening(day).await;
            paper.take_down("The day in pictures");
        }
        let subjects: Vec<String> = t.editions_for(ADA).iter().map(|mail| mail.subject.clone()).collect();
        assert_eq!(subjects.len(), 3);
        assert!(subjects.windows(2).all(|pair| pair[0] != pair[1]), "{subjects:?}");
        let edition = t.edition("2026-11-25").await;
        let distinct: BTreeSet<&String> = edition.subjects.iter().collect();
        assert_eq!((distinct.len(), edition.subjects.contains(&edition.subject)), (3, true), "{:?}", edition.subjects);
    }

    async fn who_chose_a_part_reads_of_nothing_else_in_the_head_of_the_mail(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("all@readers.example").await;
        t.subscribe_to("evening", "sport@readers.example", &["sport"]).await;
        for (category, title) in [("World", "Summit ends in the night"), ("Local", "Bridge closes for repairs"), ("Sport", "Regatta won by a length")] {
            paper.publish_in(category, title);
        }
        t.evening("2026-11-23").await;
        let first_line = |reader: &str| {
            let mail = &t.editions_for(&format!("{reader}@readers.example"))[0];
            (mail.subject.clone(), mail.text.lines().next().unwrap_or_default().to_owned(), mail.text.clone())
        };
        let (subject, line, text) = first_line("all");
        assert!(subject.ends_with("Summit ends in the night"));
        assert!(line.starts_with("Also, Bridge closes for repairs; Regatta won"), "{line}");
        assert!(text.contains("3 stories"));
        let (subject, line, text) = first_line("sport");
        assert!(subject.ends_with("Summit ends in the night"), "the top story goes to all");
        assert!(line.starts_with("Also, Regatta won by a length"), "{line}");
        assert!(!text.contains("Bridge") && text.contains("2 stories"));
    }

    async fn a_top_story_that_does_not_go_to_all_does_not_name_the_mail_of_those_without_it(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("top_story_to_all = false")).await;
        t.subscribe_to("evening", "sport@readers.example", &["sport"]).await;
        t.subscribe_to("evening", "local@readers.example", &["local"]).await;
        for (category, title) in [("World", "Summit ends"), ("Sport", "Regatta won"), ("Sport", "Race lost")] {
            paper.publish_in(category, title);
        }
        t.evening("2026-11-23").await;
        let mails = t.editions_for("sport@readers.example");
        assert_eq!(mails.len(), 1);
        assert!(["Regatta won", "Race lost"].iter().any(|title| mails[0].subject.ends_with(title)), "{}", mails[0].subject);
        assert!(!mails[0].text.contains("Summit") && !mails[0].html.contains("Summit"));
        assert!(mails[0].html.contains("2 stories"));
        assert!(t.editions_for("local@readers.example").is_empty(), "nothing left is no mail");
    }
}
