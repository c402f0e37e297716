//! An edition on its way, steered in a browser without a script: stopped, held back and ended at one provider, sent again to
//! whom nobody is sure of, corrected; the calendar with a holiday. And two people who press send at the same instant.

use super::tonight::{at_a_draft, says};
use super::visit::Visit;
use crate::harness::{Browser, Look, Newspaper, Newsroom, until};
use lamplighter::config::GroupConfig;
use lamplighter::db::Sql;
use lamplighter::editions::{self, EditionState as S};
use lamplighter::operators::{Actor, Role, create};
use std::time::Duration;

const MONDAY: &str = "2026-11-23";
const PASSWORD: &str = "correct horse battery";
const PATIENCE: Duration = Duration::from_secs(30);
const UNCERTAIN: Sql = Sql::both(
    "UPDATE deliveries SET state = 'uncertain', reason = 'the connection died after the last byte' WHERE id = (SELECT MIN(d.id) FROM deliveries d JOIN subscribers p ON p.id = d.subscriber_id WHERE p.email = 'ada@readers.example')",
);

/// A provider of its own beside everybody else.
fn harbour() -> GroupConfig {
    let domains = vec!["harbour.example".to_owned()];
    GroupConfig {
        name: "harbour".to_owned(),
        domains,
        connections: 0,
        rate: 0,
        per_hour: 0,
        per_day: 0,
        mails_per_connection: 0,
        warm_up: 0,
    }
}

fn editions_to(visit: &Visit, reader: &str) -> usize {
    visit.t.sink.mails_to(reader).iter().filter(|mail| mail.header("List-Unsubscribe").is_some()).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edition_on_its_way_is_steered_corrected_and_planned_around_without_a_script() {
    let paper = Newspaper::open().await;
    let newsroom = Newsroom::of(&paper).with("approval = \"manual\"");
    let Some(visit) = Visit::with(&newsroom, |config| config.groups.push(harbour())).await else { return };
    let (t, browser) = (&visit.t, &visit.browser);
    for reader in ["ada@readers.example", "ben@readers.example", "cleo@harbour.example", "dan@harbour.example"] {
        t.subscribe(reader).await;
    }
    for title in ["Harbour opens", "Ferry sails"] {
        paper.publish(title);
    }
    for minute in ["17:58", "18:00"] {
        t.go_to(&format!("{MONDAY} {minute}")).await;
        t.tick().await;
    }
    create(&t.app, Actor::Console, "ed@news.example", "Ed", Role::Admin, PASSWORD).await.unwrap();
    visit.log_in().await;
    browser.without_javascript().await;
    browser.look(360, 900, Look::Light).await;
    visit.open("/desk").await;
    browser.click("button[value=approve]").await;
    says(&visit, "Approved").await;
    browser.click("#send details summary").await;
    browser.click("#send input[name=sure]").await;
    browser.click("#send details button").await;
    says(&visit, "Sending has begun, to 4 readers").await;
    // Stopped before the first mail, and gone on with at one provider alone.
    browser.fill("#why", "a typo").await;
    browser.click("#steer button[value=pause]").await;
    says(&visit, "Paused.").await;
    t.run_until_idle().await;
    assert_eq!(editions_to(&visit, "ada@readers.example"), 0);
    browser.click("#groups button[aria-label='Pause harbour']").await;
    says(&visit, "Paused at harbour.").await;
    browser.click("#steer button[value=resume]").await;
    says(&visit, "Going on.").await;
    t.run_until_idle().await;
    assert_eq!((editions_to(&visit, "ada@readers.example"), editions_to(&visit, "cleo@harbour.example")), (1, 0));
    // Ended there, once somebody is sure.
    let here = browser.url().await;
    browser.goto(&here).await;
    visit.says("2 of 4 readers are done with, 2 wait").await;
    browser.click("#steer details summary").await;
    browser.fill("#ended", "At harbour").await;
    browser.click("#steer input[name=sure]").await;
    browser.click("#steer button[value=abort]").await;
    says(&visit, "at harbour. Whoever waited gets this edition no more.").await;
    t.run_until_idle().await;
    t.tick().await;
    assert_eq!(t.edition(MONDAY).await.state, S::Sent);
    assert_eq!(editions_to(&visit, "dan@harbour.example"), 0);
    // Of one nobody is sure.
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(UNCERTAIN, vec![]).await.unwrap();
    tx.commit().await.unwrap();
    browser.goto(&here).await;
    browser.click("#uncertain input[name=delivery]").await;
    browser.click("#uncertain button[value=these]").await;
    says(&visit, "1 of them get it again; some may have it twice by then.").await;
    t.live_until(&format!("{MONDAY} 18:20")).await;
    assert_eq!((editions_to(&visit, "ada@readers.example"), editions_to(&visit, "ben@readers.example")), (2, 1));
    // What was wrong in it.
    let edition = t.edition(MONDAY).await;
    visit.open(&format!("/desk/editions/{}", edition.id)).await;
    browser.click("a[href$='/corrections']:not([href='/desk/corrections'])").await;
    visit.says("Nothing of this edition was corrected.").await;
    browser.fill("#article", "Ferry sails").await;
    browser.fill("#was", "It sails at noon.").await;
    browser.fill("#is", "It sails at one o'clock.").await;
    browser.click("main form.stack button").await;
    says(&visit, "Noted. Its page on the web shows it at once").await;
    browser.click("form[action$='/correction-mail'] button").await;
    says(&visit, "Drafted: a mail to those alone who got what was wrong").await;
    visit.open("/archive/evening/2026-11-23").await;
    assert!(browser.text("body").await.contains("It sails at one o'clock."), "readers are told");
    visit.open("/desk/corrections").await;
    visit.says("It sails at noon.").await;
    // A day off, and the calendar knows.
    visit.open("/desk/calendar?month=2026-12").await;
    let day = async || {
        browser.run("return document.querySelector('time[datetime=\"2026-12-24\"]').closest('td').textContent.replace(/\\s+/g, ' ').trim()").await
    };
    assert!(day().await.as_str().unwrap().ends_with(", due"), "{}", day().await);
    browser.run("document.querySelector('#day-off').value = '2026-12-24'").await;
    browser.click("button[value=off]").await;
    says(&visit, "Thursday 24 December 2026 is a day without an edition.").await;
    assert!(day().await.as_str().unwrap().ends_with("24 holiday"), "{}", day().await);
}

/// The draft's page, with the button under the pointer.
async fn about_to_send(browser: &Browser, visit: &Visit) {
    let page = format!("/desk/editions/{}", visit.t.edition(MONDAY).await.id);
    browser.goto(&visit.doors.url(&page)).await;
    browser.click("#send details summary").await;
    browser.click("#send input[name=sure]").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_press_send_at_the_same_instant_send_once() {
    let Some((visit, _paper)) = at_a_draft().await else { return };
    let Some(other) = Browser::open().await else { return };
    create(&visit.t.app, Actor::Console, "vi@news.example", "Vi", Role::Approver, PASSWORD).await.unwrap();
    visit.log_in().await;
    other.goto(&visit.doors.url("/desk/login")).await;
    other.fill("#email", "vi@news.example").await;
    other.fill("#password", PASSWORD).await;
    other.click("main button").await;
    assert!(other.count(".bar-who").await > 0, "logged in");
    let id = visit.t.edition(MONDAY).await.id;
    editions::approve(&visit.t.app, Actor::Console, id).await.unwrap();
    about_to_send(&visit.browser, &visit).await;
    about_to_send(&other, &visit).await;
    let button = "#send details button";
    tokio::join!(visit.browser.click(button), other.click(button));
    let mut said = Vec::new();
    for browser in [&visit.browser, &other] {
        said.push(browser.text(".notice.good, .notice.bad").await);
    }
    let sent = said.iter().filter(|it| it.contains("Sending has begun, to 1 reader")).count();
    assert_eq!(sent, 1, "one is told so, the other what became of it: {said:?}");
    // Both look on, and what can be done changes before their eyes; what one of them types is left alone.
    let here = visit.doors.url(&format!("/desk/editions/{id}"));
    tokio::join!(visit.browser.goto(&here), other.goto(&here));
    assert_eq!((visit.browser.count("#steer button[value=pause]").await, other.count("#steer").await), (1, 1));
    other.fill("#why", "half a thou").await;
    visit.t.live_until("2026-11-23 18:20").await;
    for browser in [&visit.browser, &other] {
        until("its end", PATIENCE, async || browser.text("#state").await == "sent").await;
        assert!(browser.text("#progress").await.contains("1 of 1 readers are done with"));
    }
    assert_eq!((visit.browser.count("#steer").await, other.count("#steer").await), (0, 1));
    assert_eq!(editions_to(&visit, "ada@readers.example"), 1);
    let events = editions::list_events(&mut visit.t.db().read().await.unwrap(), id).await.unwrap();
    assert_eq!(events.iter().filter(|it| it.verb == "seal").count(), 1, "{events:?}");
}
