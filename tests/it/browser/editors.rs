//! An editor's evening on a phone: the link in the mail, the draft, a story dropped, a hold, an approval; without scripts.

use super::readers::FAINT;
use crate::harness::{Browser, Doors, Harness, Look, Newspaper, Newsroom, TestDatabase, until};
use lamplighter::db::{Engine, Sql};
use lamplighter::editions::EditionState as S;
use std::sync::Arc;
use std::time::Duration;

const INES: &str = "ines@newsroom.example";
const MONDAY: &str = "2026-11-23";
const PATIENCE: Duration = Duration::from_secs(60);
const ADD: Sql = Sql::both(
    "INSERT INTO operators (email, email_key, name, role, password_hash, created_at) VALUES ($1, $1, 'Ines Falk', 'editor', '', 0)",
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_editor_decides_on_a_phone_in_the_dark_without_scripts() {
    let Some(browser) = Browser::open().await else { return };
    let Some(database) = TestDatabase::migrated(Engine::Sqlite).await else { return };
    let mut t = <Harness as crate::harness::Stage>::set(Arc::new(database)).await;
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(ADD, vec![INES.into()]).await.unwrap();
    tx.commit().await.unwrap();
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with("approval = \"manual\"")).await;
    t.subscribe("ada@readers.example").await;
    let long = "Unverzichtbarkeitserklaerungsverordnungsentwurfsfassung in the council of the harbour town of Saltmere";
    for title in [long, "Ferry sails", "Bridge closes"] {
        paper.publish(title);
    }
    t.go_to("2026-11-23 17:58").await;
    t.live_until("2026-11-23 18:02").await;
    let link = t.sink.mails_to(INES)[0].links.iter().find(|it| it.contains("/review/")).cloned().unwrap();
    let doors = Doors::open(&mut t).await;

    for (width, look) in [(320, Look::Light), (1280, Look::Light), (1280, Look::Dark), (320, Look::Dark)] {
        browser.look(width, 640, look).await;
        browser.goto(&doors.url(&link)).await;
        let overflow = browser.run("return document.documentElement.scrollWidth - innerWidth").await;
        assert!(overflow.as_i64().is_some_and(|pixels| pixels <= 0), "at {width} it is {overflow} too wide");
        assert_eq!(browser.run(FAINT).await, "", "{look:?} {width}");
    }
    browser.without_javascript().await;
    // What tells the next page from the one before; only then are its words read.
    let shows = async |selector: &str, count: usize, words: &str| {
        until(words, PATIENCE, async || browser.count(selector).await == count).await;
        let text = browser.text("main").await;
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    };
    browser.goto(&doors.url(&link)).await;
    shows(".issues li", 3, "It waits for a person.").await;
    browser.click(".issues li:last-child button[value=back]").await;
    shows(".issues li", 2, "The story is out; it waits for the next edition.").await;
    browser.fill("#reason", "the court decides at seven").await;
    browser.click("button[value=hold]").await;
    shows(".attention", 1, "Please look at it: the court decides at seven").await;
    browser.click("button[value=approve]").await;
    shows("button[value=reopen]", 1, "It is approved and goes out at 18:30 (UTC).").await;
    assert_eq!(t.state_of(MONDAY).await, S::Approved);
    t.live_until("2026-11-23 18:34").await;
    browser.goto(&doors.url(&link)).await;
    shows("main form", 0, "This edition is closed").await;
}
