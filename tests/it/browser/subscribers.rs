//! Readers at the desk, in a browser: found, opened, suppressed and lifted; added, erased and taken out; a list brought in
//! without a script.

use super::visit::Visit;
use crate::harness::{Newspaper, Newsroom};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::{Actor, Role, create};
use lamplighter::service;
use lamplighter::subscribers::{self, SuppressionReason};
const PASSWORD: &str = "correct horse battery";

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
    create(&visit.t.app, Actor::Console, "ed@news.example", "Ed", Role::Editor, PASSWORD).await.unwrap();
    Some(visit)
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
    visit.browser.fill("#suppress-why", "They asked for it").await;
    visit.browser.click("#care + details button").await;
    visit.says("Suppressed. Nothing is mailed to this address; 1 subscription ended.").await;
    assert_eq!(visit.active().await, 1, "cleo");
    visit.browser.click(".notice.bad button").await;
    visit.says("Lifted. The address may be mailed again").await;
    assert_eq!(visit.browser.count(".notice.bad").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_script_readers_are_added_taken_out_and_erased() {
    let Some(visit) = newsroom().await else { return };
    let browser = &visit.browser;
    let folder = tempfile::tempdir().unwrap();
    visit.log_in().await;
    browser.without_javascript().await;
    browser.download_into(folder.path()).await;
    // One who is asked, one who has agreed.
    visit.open("/desk/subscribers/add").await;
    browser.fill("#email", "eve@readers.example").await;
    browser.click("main form .button").await;
    visit.says("A mail with a link to confirm is on its way").await;
    visit.says("eve@readers.example").await;
    visit.t.run_until_idle().await;
    assert_eq!(visit.t.sink.mails_to("eve@readers.example").len(), 1);
    visit.open("/desk/subscribers/add").await;
    browser.fill("#email", "finn@readers").await;
    browser.click("input[value=agreed]").await;
    browser.click("main form .button").await;
    visit.holds("document.querySelector('.error-summary') != null").await;
    browser.fill("#email", ".example").await;
    browser.fill("#consent", "Spring fair 2026, on paper").await;
    browser.click("main form .button").await;
    visit.says("Added. The next edition reaches them.").await;
    // Out as a file.
    browser.click("form[action$='/export'] button").await;
    let files = || std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().path()).collect::<Vec<_>>();
    // The browser keeps the name with an empty file until it has the whole.
    let whole = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|it| it == "csv") && path.metadata().is_ok_and(|it| it.len() > 0)
    };
    crate::harness::until("the export", std::time::Duration::from_secs(60), async || files().iter().any(whole)).await;
    let exported = std::fs::read_to_string(files().into_iter().find(|it| whole(it)).unwrap()).unwrap();
    assert!(exported.contains("finn@readers.example") && exported.contains("Spring fair 2026"), "{exported}");
    // Forgotten, once the address was typed as it is.
    browser.click("tbody a").await;
    visit.reads("finn@readers.example").await;
    browser.click("#care ~ details:last-of-type summary").await;
    browser.fill("#erase-address", "finn@readers").await;
    browser.click("form[action$='/erase'] button").await;
    visit.says("nothing was erased").await;
    browser.fill("#erase-address", ".example").await;
    browser.click("form[action$='/erase'] button").await;
    visit.holds("document.querySelector('.notice.good') != null").await;
    visit.open("/desk/subscribers?q=finn").await;
    visit.holds("document.querySelector('#q').value == 'finn' && document.querySelector('tbody a') == null").await;
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
    assert!(
        told.contains("Is suppressed (marked a mail as spam).") && told.contains("Lines that need a look"),
        "{told}"
    );
    let before = visit.active().await;
    visit.browser.click("#report ~ form button").await;
    visit.says("The import runs").await;
    assert!(subscribers::work_once(&visit.t.app, "one").await.unwrap());
    visit.browser.click("progress + p a").await;
    visit.says("What became of it").await;
    assert_eq!(visit.active().await, before + 1, "eve alone");
}

impl crate::harness::Harness {
    /// A month of numbers, as if they had been counted.
    pub(super) async fn seed_growth(&self) {
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
