//! The same day on two fresh databases becomes the same edition, to the byte.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{self, Variant};

/// The evening of a paper on one database, with readers who chose differently.
async fn evening(t: &Harness, paper: &Newspaper) -> (Option<String>, Vec<Variant>) {
    t.set_up(Newsroom::of(paper).with("full_items_max = 4\nheadline_items_max = 3")).await;
    t.subscribe("all@readers.example").await;
    t.subscribe_to("evening", "local@readers.example", &["local"]).await;
    t.evening("2026-11-23").await;
    let edition = t.edition("2026-11-23").await;
    let mut variants = Vec::new();
    let mut tx = t.db().read().await.unwrap();
    for key in ["web", "all"] {
        variants.push(editions::find_variant(&mut tx, edition.id, key).await.unwrap().unwrap());
    }
    (edition.content_hash, variants)
}

both_engines! {
    async fn the_same_inputs_give_the_same_bytes(t: Harness) {
        let paper = Newspaper::open().await;
        for number in 0..10 {
            paper.publish_in(["World", "Local", "Sport", ""][number % 4], &format!("Story {number}"));
        }
        let first = evening(&t, &paper).await;
        // Another database, and another stream of chance.
        let other = t.another_house().await.restart().await;
        let second = evening(&other, &paper).await;
        assert!(first.0.is_some());
        assert_eq!(first.0, second.0);
        for (one, same) in first.1.iter().zip(&second.1) {
            assert_eq!((&one.key, &one.subject, &one.text, &one.html), (&same.key, &same.subject, &same.text, &same.html));
        }
    }
}
