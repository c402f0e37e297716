//! The desk on an evening when an edition is on its way: nothing hides beside the edge, what goes on comes first, and what
//! is wrong is seen.

use super::readers::FAINT;
use super::visit::Visit;
use crate::harness::{Look, Newspaper, Newsroom};
use lamplighter::db::Sql;
use lamplighter::editions::EditionId;
use lamplighter::operators::{Actor, Role, create};
use std::path::Path;

/// Of some thirty readers twelve still wait, for one provider is held back, and some are in trouble.
const UNDER_WAY: &[Sql] = &[
    Sql::both("UPDATE editions SET state = 'sending', finished_at = NULL WHERE id = $1"),
    Sql::both(
        "UPDATE deliveries SET state = 'deferred', reason = '451 4.7.1 try again later', finished_at = NULL WHERE edition_id = $1 AND id IN (SELECT id FROM deliveries WHERE edition_id = $1 ORDER BY id LIMIT 12)",
    ),
    Sql::both(
        "UPDATE deliveries SET state = 'failed', reason = '550 5.1.1 no such user here' WHERE edition_id = $1 AND id = (SELECT MAX(id) FROM deliveries WHERE edition_id = $1)",
    ),
    Sql::both(
        "UPDATE deliveries SET state = 'uncertain', reason = 'the connection died after the last byte' WHERE edition_id = $1 AND id = (SELECT MAX(id) - 1 FROM deliveries WHERE edition_id = $1)",
    ),
    Sql::both(
        "INSERT INTO delivery_counts (edition_id, state, reason, count) VALUES ($1, 'accepted', '', 912345), ($1, 'suppressed', 'left', 1234)",
    ),
    Sql::both("UPDATE delivery_waves SET paused_at = 7 WHERE edition_id = $1"),
];

async fn evening() -> Option<(Visit, EditionId)> {
    let paper = Newspaper::open().await;
    let visit = Visit::at(&Newsroom::of(&paper).with("description = \"What the harbour did today, and why.\"")).await?;
    for reader in 0..30 {
        visit.t.subscribe(&format!("reader-{reader}@readers.example")).await;
    }
    for title in ["Harbour opens after eleven years of works on the outer pier", "Bridge closes", "Ferry sails"] {
        paper.publish(title);
    }
    visit.t.evening("2026-11-23").await;
    paper.publish("Council meets about the tide gauge, the market hall and the tram line to the north");
    visit.t.evening("2026-11-24").await;
    create(&visit.t.app, Actor::Console, "ed@news.example", "Ed", Role::Editor, "correct horse battery").await.unwrap();
    let edition = visit.t.edition("2026-11-24").await.id;
    let mut tx = visit.t.db().begin().await.unwrap();
    for sql in UNDER_WAY {
        tx.execute(*sql, vec![edition.0.into()]).await.unwrap();
    }
    tx.commit().await.unwrap();
    visit.log_in().await;
    Some((visit, edition))
}

/// How far the widest table reaches beyond what is seen of it.
const HIDDEN: &str = "return Math.max(0, ...[...document.querySelectorAll('.scroll')].filter(e => !e.closest('details')).map(e => e.scrollWidth - e.clientWidth), document.documentElement.scrollWidth - innerWidth)";
const PLACE: &str = "const at = s => document.querySelector(s).getBoundingClientRect().top; return at('#report-deliveries') < at('#report-stories')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_on_its_way_is_seen_at_a_glance_on_a_phone_and_on_a_desk() {
    let Some((visit, edition)) = evening().await else { return };
    let browser = &visit.browser;
    for (width, look) in [(1280, Look::Light), (1280, Look::Dark), (360, Look::Light), (360, Look::Dark)] {
        browser.look(width, 900, look).await;
        visit.open("/desk").await;
        assert_eq!(browser.run(HIDDEN).await, 0, "the overview at {width}");
        assert_eq!(browser.run(FAINT).await, "", "{look:?} {width}");
        let told = browser.text("main").await;
        assert!(told.contains("Tuesday 24 November 2026 is on its way, paused at "), "{told}");
        assert!(told.contains("913597 of 913609 readers are done with, 12 wait"), "{told}");
        assert_eq!(browser.count("progress").await, 1);
        visit.open(&format!("/desk/editions/{edition}")).await;
        assert_eq!(browser.run(HIDDEN).await, 0, "the edition at {width}");
        assert_eq!(browser.run(FAINT).await, "", "{look:?} {width}");
        assert_eq!(browser.count("dd.warn").await, 2, "who failed, and who is uncertain");
        visit.open(&format!("/desk/editions/{edition}/report")).await;
        assert_eq!(browser.run(FAINT).await, "", "{look:?} {width}");
        assert_eq!(browser.run(PLACE).await, true, "what goes on stands before the stories");
        assert_eq!(browser.count("dd.warn").await, 2);
        assert!(!browser.text("main").await.contains("Subjects to choose from"), "it was chosen");
    }
}

/// Pictures for whoever changes the look: `cargo test --test it browser::desk -- --ignored` writes them into
/// `target/screenshots/`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes pictures into target/screenshots"]
async fn screenshots_of_the_desk() {
    let Some((visit, edition)) = evening().await else { return };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&target).unwrap();
    for (page, link) in [("desk", "/desk".to_owned()), ("report", format!("/desk/editions/{edition}/report"))] {
        for (width, look) in [(360, Look::Light), (360, Look::Dark), (1280, Look::Light), (1280, Look::Dark)] {
            visit.browser.look(width, 1400, look).await;
            visit.open(&link).await;
            let file = format!("{page}-{width}-{}.png", if look == Look::Dark { "dark" } else { "light" });
            std::fs::write(target.join(file), visit.browser.picture().await).unwrap();
        }
    }
}
