//! Readers at the desk, in a browser: found, opened, suppressed and lifted; a list brought in without a script; pages and
//! plots judged by axe by day and by night, on the smallest screen.

use super::readers::FAINT;
use super::visit::Visit;
use crate::harness::axe::ADVICE;
use crate::harness::{Axe, Look, Newspaper, Newsroom, until};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::{Actor, Role, create};
use lamplighter::service;
use lamplighter::subscribers::{self, SuppressionReason};
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

async fn newsroom() -> Option<Visit> {
    let paper = Newspaper::open().await;
    let visit = Visit::at(&Newsroom::of(&paper)).await?;
    for reader in ["ada", "ben", "cleo"] {
        visit.t.subscribe(&format!("{reader}@readers.example")).await;
    }
    visit.t.sign_up("evening", "dan@readers.example", &[]).await;
    paper.publish("Harbour opens");
    visit.t.evening("2026-11-23").await;
    let ben = EmailAddr::parse("ben@readers.example").unwrap();
    subscribers::suppress(&visit.t.app, Actor::Console, &ben, SuppressionReason::Complaint).await.unwrap();
    service::sweep(&visit.t.app).await.unwrap();
    create(&visit.t.app, Actor::Console, "ed@news.example", "Ed", Role::Editor, "correct horse battery").await.unwrap();
    Some(visit)
}

impl Visit {
    /// Until the page says this.
    async fn says(&self, text: &str) {
        until(text, PATIENCE, async || self.browser.text("main").await.contains(text)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_is_found_suppressed_and_lifted_again() {
    let Some(visit) = newsroom().await else { return };
    visit.log_in().await;
    visit.open("/desk/subscribers").await;
    visit.browser.fill("#q", "ADA").await;
    visit.browser.click("form[role=search] button").await;
    visit.says("1 reader").await;
    visit.browser.click("tbody a").await;
    visit.reads("ada@readers.example").await;
    visit.says("Confirmed The Lamp by the link in their mail").await;
    visit.browser.click("#care + details summary").await;
    visit.browser.click("#care + details button").await;
    visit.says("Suppressed. Nothing is mailed to this address; 1 subscription ended.").await;
    assert_eq!(visit.active().await, 1, "cleo");
    visit.browser.click(".notice.bad button").await;
    visit.says("Lifted. The address may be mailed again").await;
    assert_eq!(visit.browser.count(".notice.bad").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_a_list_is_brought_in() {
    let Some(visit) = newsroom().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fair.csv");
    std::fs::write(&file, "email,name\neve@readers.example,Eve\nben@readers.example,Ben\nnobody,X\n").unwrap();
    visit.log_in().await;
    visit.browser.without_javascript().await;
    visit.open("/desk/subscribers/imports").await;
    visit.browser.fill("#file", &file.display().to_string()).await;
    visit.browser.click("form[enctype] button").await;
    visit.says("The file is here. Nobody was written down yet.").await;
    visit.browser.click("input[value=agreed]").await;
    visit.browser.fill("#consent", "Spring fair 2026, on paper").await;
    visit.browser.click("#choose + form button").await;
    visit.says("0 of about 3 rows").await;
    assert!(subscribers::work_once(&visit.t.app, "one").await.unwrap());
    visit.browser.click("progress + p a").await;
    visit.says("What would become of it").await;
    let told = visit.browser.text("main").await;
    assert!(told.contains("Is suppressed (complaint).") && told.contains("Lines that need a look"), "{told}");
    let before = visit.active().await;
    visit.browser.click("#report ~ form button").await;
    visit.says("The import runs").await;
    assert!(subscribers::work_once(&visit.t.app, "one").await.unwrap());
    visit.browser.click("progress + p a").await;
    visit.says("What became of it").await;
    assert_eq!(visit.active().await, before + 1, "eve alone");
}

/// Pages of readers, each in a state that has something to show.
async fn pages(visit: &Visit) -> Vec<String> {
    let mut upload = subscribers::begin_upload(&visit.t.app, Actor::Console, "fair.csv").await.unwrap();
    upload.take(b"email\neve@readers.example\nnobody\n").await.unwrap();
    let job = upload.finish().await.unwrap();
    let choice = subscribers::JobChoice {
        publication: Some("evening".to_owned()),
        is_confirmed: true,
        consent: "on paper".to_owned(),
    };
    subscribers::try_import(&visit.t.app, Actor::Console, job, &choice).await.unwrap();
    subscribers::work_once(&visit.t.app, "one").await.unwrap();
    let reader = "SELECT id AS value FROM subscribers WHERE email LIKE 'ben%'";
    let mut tx = visit.t.db().read().await.unwrap();
    let reader: i64 = tx.fetch_value(lamplighter::db::Sql::both(reader), vec![]).await.unwrap();
    vec![
        "/desk/subscribers".to_owned(),
        "/desk/subscribers?q=da&section=sport".to_owned(),
        "/desk/subscribers?q=nobody-here".to_owned(),
        format!("/desk/subscribers/{reader}"),
        "/desk/subscribers/add".to_owned(),
        "/desk/subscribers/imports".to_owned(),
        format!("/desk/subscribers/imports/{job}"),
        "/desk/suppressions".to_owned(),
        "/desk/growth".to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_wrong_with_the_pages_of_readers_by_day_and_by_night() {
    let Some(axe) = Axe::find() else { return };
    let Some(visit) = newsroom().await else { return };
    visit.log_in().await;
    let mut wrong = Vec::new();
    for page in pages(&visit).await {
        visit.open(&page).await;
        // What is folded up is looked at too.
        visit.browser.run("document.querySelectorAll('details').forEach(it => it.open = true); return 1").await;
        axe.enter(&visit.browser).await;
        for look in [Look::Light, Look::Dark] {
            visit.browser.look(320, 640, look).await;
            let found = axe.violations(&visit.browser, ADVICE).await;
            if !found.is_empty() {
                wrong.push(format!("{page} {look:?}\n{found}"));
            }
            if visit.overflow().await > 0 {
                wrong.push(format!("{page} is {} pixels too wide", visit.overflow().await));
            }
            let faint = visit.browser.run(FAINT).await;
            if faint != "" {
                wrong.push(format!("{page} {look:?} is faint: {faint}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Pictures for whoever changes the look: `cargo test --test it browser::subscribers -- --ignored` writes them into
/// `target/screenshots/`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes pictures into target/screenshots"]
async fn screenshots_of_the_pages_of_readers() {
    let Some(visit) = newsroom().await else { return };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&target).unwrap();
    visit.t.seed_growth().await;
    visit.log_in().await;
    for (n, page) in pages(&visit).await.iter().enumerate() {
        for (width, look) in [(360, Look::Light), (1280, Look::Light), (1280, Look::Dark)] {
            visit.browser.look(width, 1400, look).await;
            visit.open(page).await;
            let shade = if look == Look::Dark { "dark" } else { "light" };
            let name = page.trim_start_matches('/').replace(['/', '?', '=', '&'], "-");
            std::fs::write(target.join(format!("{n}-{name}-{width}-{shade}.png")), visit.browser.picture().await)
                .unwrap();
        }
    }
}

impl crate::harness::Harness {
    /// A month of numbers, as if they had been counted.
    async fn seed_growth(&self) {
        const DAYS: &str = "INSERT INTO reader_days (publication_id, day, asked, joined, returned, left_count, bounced, complained, removed, erased, active, is_rebuilt, counted_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 28) SELECT (SELECT MIN(id) FROM publications), date('2026-11-23', '-' || i || ' days'), i % 7 + 9, i % 7 + 5, i % 3, i % 5, i % 4, i % 2, i % 6 = 0, i % 9 = 0, 12400 - i * 41 + (i * i) % 90, i > 20, 1795456800000000 FROM n WHERE TRUE ON CONFLICT DO NOTHING";
        const SECTIONS: &str = "INSERT INTO section_days (publication_id, section, day, readers) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 28) SELECT (SELECT MIN(id) FROM publications), s.value, date('2026-11-23', '-' || i || ' days'), 400 * length(s.value) + (28 - i) * length(s.value) * 3 FROM n CROSS JOIN json_each('[\"\",\"world\",\"sport\",\"local\"]') s WHERE TRUE ON CONFLICT DO NOTHING";
        const TALLIES: &str = "INSERT INTO delivery_tallies (edition_id, mail_group, accepted) SELECT e.id, g.value, 2000 FROM editions e CROSS JOIN json_each('[\"gmail\",\"outlook\",\"yahoo\"]') g";
        let mut tx = self.db().begin().await.unwrap();
        for sql in [DAYS, SECTIONS, TALLIES] {
            tx.execute(lamplighter::db::Sql::both(sql), vec![]).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}
