//! The page behind the link in the run-of-show mail: what opens it changes nothing, each button does what it says, and
//! only to the draft that its page showed.

use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::db::Sql;
use lamplighter::editions::{self, EditionState as S};
use lamplighter::operators::Actor;
use reqwest::StatusCode;

const MONDAY: &str = "2026-11-23";
const INES: &str = "ines@newsroom.example";
const BEN: &str = "ben@newsroom.example";

const ADD: Sql = Sql::both(
    "INSERT INTO operators (email, email_key, name, role, password_hash, created_at) VALUES ($1, $1, $2, 'editor', '', 0)",
);
const DISABLE: Sql = Sql::both("UPDATE operators SET disabled_at = 1 WHERE email = $1");

/// Everything that a visit could change, as text.
const EVERYTHING: &[Sql] = &[
    Sql::both(
        "SELECT CAST(id AS TEXT) || state || CAST(revision AS TEXT) || COALESCE(attention, '') || COALESCE(approved_by, '') AS value FROM editions ORDER BY id",
    ),
    Sql::both(
        "SELECT CAST(edition_id AS TEXT) || CAST(article_id AS TEXT) || placement AS value FROM edition_items ORDER BY id",
    ),
    Sql::both("SELECT CAST(article_id AS TEXT) || state AS value FROM candidates ORDER BY article_id"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM edition_events"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM audit_events"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM review_links"),
    Sql::both("SELECT CAST(COUNT(*) AS TEXT) AS value FROM outbox"),
];

async fn everything(t: &Harness) -> Vec<Vec<(String,)>> {
    let mut tx = t.db().read().await.unwrap();
    let mut all = Vec::new();
    for sql in EVERYTHING {
        all.push(tx.fetch_all(*sql, vec![]).await.unwrap());
    }
    all
}

async fn run(t: &Harness, sql: Sql, values: Vec<lamplighter::db::Value>) {
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(sql, values).await.unwrap();
    tx.commit().await.unwrap();
}

/// Monday's draft of two stories, which Ines and Ben were mailed.
async fn drafted(t: &Harness, keys: &str) -> Newspaper {
    run(t, ADD, vec![INES.into(), "Ines Falk".into()]).await;
    run(t, ADD, vec![BEN.into(), "Ben Arkwright".into()]).await;
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with(keys)).await;
    t.subscribe("ada@readers.example").await;
    paper.publish("Harbour opens");
    paper.publish("Ferry sails");
    t.go_to("2026-11-23 17:58").await;
    t.live_until("2026-11-23 18:02").await;
    paper
}

/// The link in this person's newest mail.
fn link(t: &Harness, whom: &str) -> String {
    let mails = t.sink.mails_to(whom);
    mails.last().unwrap().links.iter().find(|it| it.contains("/review/")).cloned().unwrap()
}

/// The page as it opens.
async fn open(doors: &Doors, link: &str) -> String {
    let answer = doors.get(link).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["x-robots-tag"], "noindex, nofollow");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.text().await.unwrap()
}

/// The value of a hidden field of the page.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    page.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap()
}

async fn press(doors: &Doors, link: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let answer = doors.post(link).form(fields).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

both_engines! {
    async fn opening_the_link_changes_nothing_however_often_and_by_whomever(mut t: Harness) {
        let _paper = drafted(&t, "").await;
        let doors = Doors::open(&mut t).await;
        let link = link(&t, INES);
        let before = everything(&t).await;
        for _ in 0..5 {
            let page = open(&doors, &link).await;
            assert!(page.contains("Opened as Ines Falk") && page.contains("Harbour opens"), "{page}");
            assert!(!page.contains("<script"));
            assert_eq!(doors.head(&link).send().await.unwrap().status(), StatusCode::OK);
        }
        for (name, value) in [("sec-purpose", "prefetch"), ("purpose", "prefetch")] {
            let revision = t.edition(MONDAY).await.revision.to_string();
            let ahead = doors.post(&link).header(name, value).form(&[("action", "approve"), ("revision", &revision)]);
            assert_eq!(ahead.send().await.unwrap().status(), StatusCode::FORBIDDEN);
        }
        let (status, _) = press(&doors, &link, &[("revision", "1")]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(everything(&t).await, before);
    }

    async fn a_press_approves_in_the_name_of_whose_link_it_is(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"").await;
        let doors = Doors::open(&mut t).await;
        let link = link(&t, INES);
        let page = open(&doors, &link).await;
        assert!(page.contains("It waits for a person."), "{page}");
        let (status, page) = press(&doors, &link, &[("action", "approve"), ("revision", field(&page, "revision"))]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Approved.") && page.contains("goes out at 18:30 (UTC)"), "{page}");
        let approved = t.edition(MONDAY).await;
        assert_eq!(approved.state, S::Approved);
        assert!(approved.approved_by.unwrap().starts_with("operator "));
        t.live_until("2026-11-23 18:34").await;
        assert_eq!(t.editions_mailed().len(), 1);
    }

    async fn two_persons_with_a_link_each_are_four_eyes(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"four_eyes\"").await;
        let doors = Doors::open(&mut t).await;
        let (ines, ben) = (link(&t, INES), link(&t, BEN));
        let page = open(&doors, &ines).await;
        assert!(page.contains("I have read it") && !page.contains("value=\"approve\""), "{page}");
        let (_, page) = press(&doors, &ines, &[("action", "read"), ("revision", field(&page, "revision"))]).await;
        assert!(page.contains("Somebody has read it."), "{page}");
        // The same person once more.
        let (status, page) = press(&doors, &ines, &[("action", "approve"), ("revision", field(&page, "revision"))]).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("cannot be the second pair of eyes"), "{page}");
        let page = open(&doors, &ben).await;
        let (status, _) = press(&doors, &ben, &[("action", "approve"), ("revision", field(&page, "revision"))]).await;
        assert_eq!((status, t.state_of(MONDAY).await), (StatusCode::OK, S::Approved));
    }

    async fn a_button_of_a_page_that_is_older_than_the_edition_does_nothing_and_says_why(mut t: Harness) {
        let _paper = drafted(&t, "").await;
        let doors = Doors::open(&mut t).await;
        let (ines, ben) = (link(&t, INES), link(&t, BEN));
        let (old, page) = (open(&doors, &ines).await, open(&doors, &ben).await);
        let fields = [("action", "hold"), ("reason", "a name is wrong"), ("revision", field(&page, "revision"))];
        let (status, page) = press(&doors, &ben, &fields).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("a name is wrong"), "{page}");
        let (status, page) = press(&doors, &ines, &[("action", "approve"), ("revision", field(&old, "revision"))]).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(page.contains("Nothing was done") && page.contains("Ben Arkwright: hold: a name is wrong"), "{page}");
        assert_eq!(t.state_of(MONDAY).await, S::Drafted);
        // The page that said so is the present one: pressed again, it acts.
        let (status, _) = press(&doors, &ines, &[("action", "release"), ("revision", field(&page, "revision"))]).await;
        assert_eq!((status, t.edition(MONDAY).await.attention), (StatusCode::OK, None));
    }

    async fn a_story_is_dropped_for_tonight_or_for_good(mut t: Harness) {
        let _paper = drafted(&t, "").await;
        let doors = Doors::open(&mut t).await;
        let link = link(&t, INES);
        let article = |title: &str, items: &[editions::Item]| {
            items.iter().find(|it| it.story.title == title).unwrap().article_id.to_string()
        };
        let items = t.items_of(MONDAY).await;
        let page = open(&doors, &link).await;
        let ferry = article("Ferry sails", &items);
        let fields = [("action", "back"), ("article", ferry.as_str()), ("revision", field(&page, "revision"))];
        let (status, page) = press(&doors, &link, &fields).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert_eq!(t.headlines(MONDAY).await, ["Harbour opens"]);
        assert_eq!(t.candidates().await.get("pool"), Some(&1));
        let harbour = article("Harbour opens", &items);
        let fields = [("action", "dismiss"), ("article", harbour.as_str()), ("revision", field(&page, "revision"))];
        let (status, page) = press(&doors, &link, &fields).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page.contains("it holds no story"), "{page}");
        assert_eq!(t.candidates().await.get("dismissed"), Some(&1));
        t.assert_conserved("evening").await;
    }

    async fn a_link_ends_with_the_account_and_with_the_edition(mut t: Harness) {
        let _paper = drafted(&t, "").await;
        let doors = Doors::open(&mut t).await;
        let (ines, ben) = (link(&t, INES), link(&t, BEN));
        run(&t, DISABLE, vec![BEN.into()]).await;
        let answer = doors.get(&ben).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert!(answer.text().await.unwrap().contains("disabled"));
        let revision = t.edition(MONDAY).await.revision.to_string();
        let (status, _) = press(&doors, &ben, &[("action", "approve"), ("revision", &revision)]).await;
        assert_eq!((status, t.state_of(MONDAY).await), (StatusCode::FORBIDDEN, S::Drafted));
        let page = open(&doors, &ines).await;
        t.live_until("2026-11-23 18:40").await;
        let sent = open(&doors, &ines).await;
        assert!(sent.contains("This edition is closed") && !sent.contains("<button"), "{sent}");
        let (status, _) = press(&doors, &ines, &[("action", "hold"), ("revision", field(&page, "revision"))]).await;
        assert_eq!(status, StatusCode::CONFLICT);
        for forged in ["https://news.example/review/garbage", "https://news.example/review/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
            assert_eq!(doors.get(forged).send().await.unwrap().status(), StatusCode::NOT_FOUND);
        }
        // Another purpose's token opens nothing here.
        let token = t.app.keys.sign(lamplighter::app::Purpose::Unsubscribe, 1);
        let other = format!("https://news.example/review/{token}");
        assert_eq!(doors.get(&other).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }

    async fn the_api_moves_an_edition_as_the_page_does(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"").await;
        let doors = Doors::open(&mut t).await;
        let key = lamplighter::operators::tokens::create(
            &t.app,
            Actor::Console,
            "desk",
            &[lamplighter::operators::tokens::Scope::Read, lamplighter::operators::tokens::Scope::Send],
        )
        .await
        .unwrap();
        let id = t.edition(MONDAY).await.id;
        let post = |verb: &str, body: serde_json::Value| {
            let request = doors.post(&format!("/api/v1/editions/{id}/{verb}")).bearer_auth(&key).json(&body);
            async move {
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap())
            }
        };
        let (status, seen) = post("hold", serde_json::json!({ "reason": "a name" })).await;
        assert_eq!((status, seen["edition"]["attention"].as_str()), (200, Some("a name")), "{seen}");
        let revision = seen["edition"]["revision"].as_i64().unwrap();
        let (status, problem) = post("approve", serde_json::json!({ "revision": revision - 1 })).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("conflict")), "{problem}");
        let (status, done) = post("approve", serde_json::json!({ "revision": revision })).await;
        assert_eq!((status, done["edition"]["state"].as_str()), (200, Some("approved")), "{done}");
        assert!(done["checks"].as_array().unwrap().is_empty());
        let (status, _) = post("reopen", serde_json::json!({})).await;
        assert_eq!((status, t.state_of(MONDAY).await), (200, S::Drafted));
        let (status, _) = post("release", serde_json::json!({})).await;
        assert_eq!((status, t.edition(MONDAY).await.attention), (200, None));
        let (status, checked) = post("check", serde_json::json!({})).await;
        assert_eq!(status, 200, "{checked}");
        let (status, _) = post("review", serde_json::json!({})).await;
        assert_eq!((status, t.state_of(MONDAY).await), (200, S::InReview));
        let (status, problem) = post("skip", serde_json::json!({ "why": "typo" })).await;
        assert_eq!(status, 422, "{problem}");
        let (status, _) = post("skip", serde_json::json!({ "reason": "a strike" })).await;
        assert_eq!((status, t.state_of(MONDAY).await), (200, S::Skipped));
        let (status, problem) = post("cancel", serde_json::json!({})).await;
        assert_eq!((status, problem["code"].as_str()), (409, Some("wrong_state")), "{problem}");
        let bare = doors.post(&format!("/api/v1/editions/{id}/approve")).send().await.unwrap();
        assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    }
}
