//! Articles that the newsroom's own program hands in, from the request to the edition.

use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::hash::{hex, hmac_sha256, sha256_hex};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::config::Secret;
use lamplighter::db::Sql;
use lamplighter::gather::push::{PushOutcome, PushedArticle, push_articles};
use lamplighter::operators::Actor;
use lamplighter::operators::idempotency::{self, Begun, IdempotencyKey};
use lamplighter::operators::tokens::{self, Scope};
use serde_json::{Value, json};

const COUNT_ARTICLES: Sql = Sql::both("SELECT COUNT(*) AS value FROM articles");

fn article(title: &str) -> Value {
    let slug = title.to_lowercase().replace(' ', "-");
    json!({
        "id": slug, "url": format!("https://gazette.example/{slug}"), "title": title, "section": "Local",
        "content_html": format!("<p>{title}, says the harbour master. More will be known tomorrow.</p>"),
    })
}

async fn push(t: &Harness, body: Value) -> Vec<PushedArticle> {
    push_articles(&t.app, Actor::Console, body).await.unwrap()
}

fn outcomes(results: &[PushedArticle]) -> Vec<PushOutcome> {
    results.iter().map(|it| it.outcome).collect()
}

async fn count_articles(t: &Harness) -> i64 {
    t.db().read().await.unwrap().fetch_value(COUNT_ARTICLES, vec![]).await.unwrap()
}

async fn bearer(t: &Harness) -> String {
    format!("Bearer {}", tokens::create(&t.app, Actor::Console, "cms", &[Scope::Write]).await.unwrap())
}

both_engines! {
    async fn what_is_handed_in_stands_in_tonights_edition(t: Harness) {
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        t.subscribe("ada@readers.example").await;
        let pushed = push(&t, json!([article("Harbour opens"), article("Ferry sails")])).await;
        assert_eq!(outcomes(&pushed), [PushOutcome::Created, PushOutcome::Created]);
        assert!(pushed[0].article_id < pushed[1].article_id, "numbered in the order of the request");
        let mut edited = article("Harbour opens");
        edited["title"] = json!("Harbour opens at last");
        edited["url"] = json!("https://gazette.example/harbour-opens-at-last");
        let again = push(&t, edited).await;
        assert_eq!((again[0].outcome, again[0].article_id), (PushOutcome::Revised, pushed[0].article_id));
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Ferry sails", "Harbour opens at last"]);
        let mail = &t.editions_for("ada@readers.example")[0];
        assert!(mail.text.contains("says the harbour master"), "{}", mail.text);
        t.assert_conserved("evening").await;
    }

    async fn an_article_under_embargo_waits_for_its_evening(t: Harness) {
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        t.subscribe("ada@readers.example").await;
        let mut secret = article("Budget is out");
        secret["embargo_until"] = json!("2026-11-23T18:00:00Z");
        let mut early = article("Mayor resigns");
        early["embargo_until"] = json!("2026-11-23T17:59:59Z");
        push(&t, json!([secret, early, article("Harbour opens")])).await;
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens", "Mayor resigns"], "the cutoff is at 18:00");
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Budget is out"]);
        t.assert_conserved("evening").await;
    }

    async fn one_article_handed_in_by_two_programs_at_once_is_one(t: Harness) {
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        let other = t.another_process().await;
        for number in 0..5 {
            let title = format!("Story {number}");
            let (one, two) = tokio::join!(
                push_articles(&t.app, Actor::Console, article(&title)),
                push_articles(&other, Actor::Console, article(&title)),
            );
            let (one, two) = (one.unwrap().remove(0), two.unwrap().remove(0));
            assert_eq!(one.article_id, two.article_id);
            let created = [one.outcome, two.outcome].iter().filter(|it| **it == PushOutcome::Created).count();
            assert_eq!(created, 1, "{one:?} {two:?}");
        }
        assert_eq!(count_articles(&t).await, 5);
        t.assert_conserved("evening").await;
    }

    async fn what_the_feed_has_already_is_no_second_article(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).push_source("Desk")).await;
        paper.publish("Harbour opens");
        t.gather().await;
        let pushed = push(&t, article("Harbour opens")).await;
        assert!(pushed[0].outcome != PushOutcome::Created && pushed[0].article_id.is_some(), "{pushed:?}");
        assert_eq!(count_articles(&t).await, 1);
        t.assert_conserved("evening").await;
    }

    async fn a_hundred_hostile_articles_are_taken_and_neutralised(t: Harness) {
        t.set_up(Newsroom::empty().with("full_items_max = 30").with("headline_items_max = 100").push_source("Desk")).await;
        t.subscribe("ada@readers.example").await;
        let all: Vec<Value> = (0..100)
            .map(|number| {
                json!({
                    "id": number, "url": format!("https://gazette.example/{number}"),
                    "title": format!("<script>alert({number})</script>Story\u{0} {number}\r\nBcc: eve@readers.example"),
                    "content_html": "<p>Text.</p><script>steal()</script><img src=x onerror=steal()><style>*{display:none}</style>",
                })
            })
            .collect();
        let pushed = push(&t, json!({ "articles": all })).await;
        assert!(outcomes(&pushed).iter().all(|it| *it == PushOutcome::Created), "{pushed:?}");
        assert_eq!(count_articles(&t).await, 100);
        t.evening("2026-11-23").await;
        let mail = &t.editions_for("ada@readers.example")[0];
        for hostile in ["<script", "onerror", "steal()"] {
            assert!(!mail.html.contains(hostile) && !mail.text.contains(hostile), "{hostile}");
        }
        assert!(mail.header("Bcc").is_none() && mail.envelope_to == ["ada@readers.example"]);
        t.assert_conserved("evening").await;
    }

    async fn a_crash_before_the_commit_leaves_nothing_and_the_next_try_everything(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        t.faults.arm(CrashPoint::BeforeGatherCommit, 1);
        let (app, faults) = (t.app.clone(), t.faults.clone());
        t.spawn(async move {
            let _ = push_articles(&app, Actor::Console, json!([article("Harbour opens"), article("Ferry sails")])).await;
        });
        faults.crashed().await;
        let t = t.restart().await;
        assert_eq!(count_articles(&t).await, 0);
        let pushed = push(&t, json!([article("Harbour opens"), article("Ferry sails")])).await;
        assert_eq!(outcomes(&pushed), [PushOutcome::Created, PushOutcome::Created]);
        t.assert_conserved("evening").await;
    }

    async fn requests_with_one_key_at_the_same_time_are_carried_out_once(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        let (doors, bearer) = (Doors::open(&mut t).await, bearer(&t).await);
        let send = || {
            let request = doors.post("/api/v1/articles").header("authorization", &bearer);
            request.header("idempotency-key", "one").json(&article("Harbour opens")).send()
        };
        let answers = futures_util::future::join_all((0..8).map(|_| send())).await;
        let mut created = 0;
        for answer in answers {
            let answer = answer.unwrap();
            match answer.status().as_u16() {
                201 if !answer.headers().contains_key("idempotent-replayed") => created += 1,
                201 => {}
                409 => assert!(answer.headers().contains_key("retry-after")),
                other => panic!("{other}"),
            }
        }
        assert_eq!((created, count_articles(&t).await), (1, 1));
        let replayed = send().await.unwrap();
        assert_eq!((replayed.status().as_u16(), &replayed.headers()["idempotent-replayed"]), (201, &"true".parse().unwrap()));
    }

    async fn a_process_that_died_before_its_answer_doubles_nothing(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        let (doors, bearer) = (Doors::open(&mut t).await, bearer(&t).await);
        let body = article("Harbour opens").to_string();
        // As far as it came: the key taken up, the article kept, the answer not.
        let key = IdempotencyKey::parse("one").unwrap();
        let token = tokens::list(&t.app, Actor::Console).await.unwrap()[0].id;
        let request_hash = sha256_hex(format!("POST /api/v1/articles\0{body}").as_bytes());
        assert_eq!(idempotency::begin(&t.app, token, &key, &request_hash).await.unwrap(), Begun::Ours);
        let lost = push(&t, article("Harbour opens")).await;
        let send = || {
            let request = doors.post("/api/v1/articles").header("authorization", &bearer).body(body.clone());
            request.header("idempotency-key", "one").header("content-type", "application/json").send()
        };
        assert_eq!(send().await.unwrap().status(), 409);
        t.advance(idempotency::UNDER_WAY_MAX + Span::seconds(1));
        let again = send().await.unwrap();
        assert_eq!(again.status(), 200);
        let again: Value = again.json().await.unwrap();
        assert_eq!(again["articles"][0]["outcome"], "unchanged");
        assert_eq!(again["articles"][0]["article_id"], lost[0].article_id.unwrap().0);
        assert_eq!(count_articles(&t).await, 1);
    }

    async fn a_publish_hook_brings_the_article_before_its_time(t: Harness) {
        const SECRET: &str = "a secret of the harbour";
        let mut t = t.restart_with(|config| config.hooks.publish_secret = Some(Secret::new(SECRET))).await;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.poll().await;
        t.advance(Span::minutes(1));
        paper.publish("Harbour opens");
        assert_eq!(t.poll().await.articles_new, 0, "it is not time yet");
        let doors = Doors::open(&mut t).await;
        let body = "{\"post\": 17}";
        let time = (t.now().as_micros() / 1_000_000).to_string();
        let signature = hex(&hmac_sha256(SECRET.as_bytes(), format!("{time}.{body}").as_bytes()));
        let ring = |signature: String| {
            let request = doors.post("/hooks/publish").header("x-lamplighter-timestamp", &time).body(body);
            request.header("x-lamplighter-signature", format!("sha256={signature}")).send()
        };
        assert_eq!(ring("00".repeat(32)).await.unwrap().status(), 403);
        assert_eq!(t.poll().await.articles_new, 0);
        assert_eq!(ring(signature).await.unwrap().status(), 202);
        assert_eq!(t.poll().await.articles_new, 1);
    }
}
