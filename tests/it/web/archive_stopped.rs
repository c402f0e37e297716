//! An edition that was stopped: whoever has it finds its page, nobody else is led there.

use super::*;
use crate::harness::both_engines;
use lamplighter::base::Span;
use lamplighter::delivery;
use lamplighter::editions::{self, Edition, EditionState as S, corrections};
use lamplighter::operators::Actor;
use lamplighter::service;

/// At nine in the morning, long after the others.
const LATE: Sql = Sql::both("UPDATE subscriptions SET hour = 9 WHERE id = (SELECT MAX(id) FROM subscriptions)");
const ALL_LATE: Sql = Sql::both("UPDATE subscriptions SET hour = 9");
const UNCERTAIN: Sql =
    Sql::both("UPDATE deliveries SET state = 'uncertain', reason = 'the connection died' WHERE edition_id = $1");
const DETAILS: Sql = Sql::both("SELECT COUNT(*) AS value FROM deliveries WHERE edition_id = $1");

async fn run(t: &Harness, sql: Sql, edition: Option<&Edition>) {
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(sql, edition.map(|it| it.id.0.into()).into_iter().collect()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Ada has Monday's edition, Ben would get it tomorrow, and it is stopped.
async fn stopped_half_way(t: &Harness) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe("ada@readers.example").await;
    t.subscribe("ben@readers.example").await;
    run(t, LATE, None).await;
    paper.publish("Harbour opens");
    t.evening("2026-11-23").await;
    let edition = t.edition("2026-11-23").await;
    assert_eq!((edition.state, t.counts(&edition).await.accepted), (S::Sending, 1));
    delivery::abort(&t.app, Actor::Console, edition.id, "a name is wrong").await.unwrap();
    paper
}

/// The page that a mail says can be viewed in the browser.
fn page_in(mail: &CaughtMail) -> String {
    let link = mail.links.iter().find(|it| it.contains("/archive/evening/")).expect("a link to the page");
    link.strip_prefix("https://news.example").expect("a link of ours").to_owned()
}

async fn get(doors: &Doors, path: &str) -> (u16, String) {
    let answer = doors.get(path).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

both_engines! {
    async fn whoever_got_a_stopped_edition_can_view_it_with_what_was_wrong_and_nobody_else_is_led_there(t: Harness) {
        let mut t = t;
        let paper = stopped_half_way(&t).await;
        let edition = t.edition("2026-11-23").await;
        let article = editions::list_items(&mut t.db().read().await.unwrap(), edition.id).await.unwrap()[0].article_id;
        corrections::correct(&t.app, Actor::Console, edition.id, article, "Monday", "Tuesday").await.unwrap();
        let mail = corrections::draft_correction_mail(&t.app, Actor::Console, edition.id, &[]).await.unwrap();
        delivery::send_now(&t.app, Actor::Console, mail.id).await.unwrap();
        t.run_until_idle().await;
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;

        let doors = Doors::open(&mut t).await;
        let mails = t.editions_for("ada@readers.example");
        let [wrong, about, next] = mails.as_slice() else { panic!("{} mails", mails.len()) };
        let (status, page) = get(&doors, &page_in(wrong)).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("Harbour opens") && page.contains("<h2 id=\"corrections\">") && page.contains("Tuesday"), "{page}");
        assert!(page.contains("<meta name=\"robots\" content=\"noindex\">"), "{page}");
        let answer = doors.get(&page_in(about)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, page_in(wrong).as_str()));
        let (_, other) = get(&doors, &page_in(next)).await;
        assert!(!other.contains("2026-11-23\"") && !other.contains("noindex"), "no way leads to it: {other}");
        for path in ["/archive", "/archive/evening", "/archive/evening/feed.atom", "/archive/evening/feed.json"] {
            let (status, text) = get(&doors, path).await;
            assert!(status == 200 && text.contains("Ferry sails") && !text.contains("evening/2026-11-23"), "{path}: {text}");
        }

        // Also when no more is known of its readers than how many they were.
        t.advance(Span::days(400));
        service::sweep(&t.app).await.unwrap();
        let kept: i64 = t.db().read().await.unwrap().fetch_value(DETAILS, vec![edition.id.0.into()]).await.unwrap();
        assert_eq!((kept, get(&doors, &page_in(wrong)).await.0), (0, 200));
    }

    async fn an_edition_that_was_stopped_before_anybody_got_it_has_no_page(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        run(&t, ALL_LATE, None).await;
        paper.publish("Nobody may know");
        t.evening("2026-11-23").await;
        let edition = t.edition("2026-11-23").await;
        delivery::abort(&t.app, Actor::Console, edition.id, "").await.unwrap();
        let doors = Doors::open(&mut t).await;
        assert_eq!(get(&doors, "/archive/evening/2026-11-23").await.0, 404);
        // A mail that the relay may have taken was a mail with a link.
        run(&t, UNCERTAIN, Some(&edition)).await;
        assert_eq!(get(&doors, "/archive/evening/2026-11-23").await.0, 200);
    }
}
