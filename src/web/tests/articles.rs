//! `POST /api/v1/articles`, and the key and the idempotency that stand before it.

use super::*;
use crate::base::limits::PUSH_BYTES_MAX;
use crate::operators::Actor;
use crate::operators::tokens::{self, Scope};
use serde_json::json;

const PATH: &str = "/api/v1/articles";

async fn house() -> (TestHouse, String) {
    let house = TestHouse::open().await;
    house.insert("sources", "(id, name, kind, url, created_at, status, next_fetch_at) VALUES (1, 'Desk', 'push', 'push:Desk', 0, 'new', 0)").await;
    house
        .insert(
            "publication_sources",
            "(publication_id, source_id, position, first_fetch, added_at) VALUES (1, 1, 0, 'news', 0)",
        )
        .await;
    let bearer = key(&house, "cms", &[Scope::Write]).await;
    (house, bearer)
}

async fn key(house: &TestHouse, name: &str, scopes: &[Scope]) -> String {
    format!("Bearer {}", tokens::create(&house.app, Actor::Console, name, scopes).await.unwrap())
}

async fn push(house: &TestHouse, bearer: &str, more: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let headers = [&[JSON, ("authorization", bearer)], more].concat();
    ask(house, "POST", PATH, &headers, body).await
}

fn harbour(title: &str) -> String {
    json!({ "id": 17, "url": "https://site.example/harbour", "title": title }).to_string()
}

#[tokio::test]
async fn only_a_key_with_the_scope_hands_in_articles() {
    let (house, bearer) = house().await;
    let nobody = ask(&house, "POST", PATH, &[JSON], harbour("Harbour opens")).await;
    assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, "Bearer realm=\"lamplighter\""));
    assert_eq!(nobody.header("content-type"), "application/problem+json");
    for wrong in ["Bearer lamp_guess", "Bearer ", "Basic bGFtcDpsYW1w", "lamp_guess"] {
        let answer = push(&house, wrong, &[], harbour("Harbour opens")).await;
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(answer.header("www-authenticate").starts_with("Bearer ") && !answer.text.contains("lamp_guess"));
    }
    let reader = key(&house, "reader", &[Scope::Read, Scope::Send]).await;
    let refused = push(&house, &reader, &[], harbour("Harbour opens")).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (403, Some("insufficient_scope")));
    assert!(refused.header("www-authenticate").contains("scope=\"write\""));
    assert_eq!(house.count("articles").await, 0);

    assert_eq!(push(&house, &bearer, &[], harbour("Harbour opens")).await.status, 201);
    assert_eq!(house.text("actor_kind", "audit_events WHERE verb = 'push_articles'").await, "token");
    tokens::revoke(&house.app, Actor::Console, "cms").await.unwrap();
    assert_eq!(push(&house, &bearer, &[], harbour("Harbour opens")).await.status, 401);
}

#[tokio::test]
async fn each_article_has_its_outcome_and_a_bad_one_hinders_no_other() {
    let (house, bearer) = house().await;
    let batch = json!([
        { "id": 17, "url": "https://site.example/harbour", "title": "Harbour opens" },
        { "id": 18, "url": "ferry", "title": "Ferry sails" },
        { "id": 17, "url": "https://site.example/harbour-again", "title": "Harbour opens again" },
        { "url": "https://site.example/regatta", "title": "Regatta won" },
        { "id": 19, "url": "https://site.example/mayor", "title": "Mayor speaks", "source": "Dusk" },
    ]);
    let answer = push(&house, &bearer, &[], batch.to_string()).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["created"], &told["refused"]), (201, &json!(2), &json!(3)));
    let outcomes: Vec<&str> =
        told["articles"].as_array().unwrap().iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["created", "refused", "refused", "created", "refused"]);
    assert_eq!(told["articles"][1]["errors"][0]["field"], "articles[1].url");
    assert_eq!(told["articles"][2]["errors"][0]["code"], "duplicate");
    assert!(told["articles"][4]["errors"][0]["message"].as_str().unwrap().contains("did you mean \"Desk\"?"));
    assert!(told["articles"][0]["article_id"].is_i64() && told["articles"][0]["id"] == "17");

    let again = push(&house, &bearer, &[], harbour("Harbour opens at last")).await;
    assert_eq!((again.status, &again.json()["articles"][0]["outcome"]), (200, &json!("revised")));
    let same = push(&house, &bearer, &[], harbour("Harbour opens at last")).await;
    assert_eq!((same.status, &same.json()["unchanged"]), (200, &json!(1)));
    assert_eq!(house.count("articles").await, 2);
    assert_eq!(house.count("candidates WHERE state = 'pool'").await, 2);

    let none = push(&house, &bearer, &[], json!([{ "title": "x" }, { "id": [] }]).to_string()).await;
    assert_eq!((none.status, none.header("content-type")), (422, "application/problem+json"));
    let fields: Vec<String> =
        none.json()["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap().to_owned()).collect();
    assert_eq!(fields, ["articles[0].url", "articles[1].id", "articles[1].url", "articles[1].title"]);
}

#[tokio::test]
async fn what_is_no_batch_is_refused_with_the_next_step() {
    let (house, bearer) = house().await;
    let status = async |body: &str| {
        let answer = push(&house, &bearer, &[], body.to_owned()).await;
        (answer.status, answer.json()["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(status("{\"id\": ").await, (400, "syntax".to_owned()));
    assert_eq!(status(&"[".repeat(5_000)).await, (400, "syntax".to_owned()));
    assert_eq!(status("[]").await, (422, "no_articles".to_owned()));
    assert_eq!(status(&json!(vec![json!({}); 101]).to_string()).await, (422, "too_many_articles".to_owned()));
    assert_eq!(status(&" ".repeat(PUSH_BYTES_MAX + 1)).await, (413, "too_large".to_owned()));
    let form = ask(&house, "POST", PATH, &[FORM, ("authorization", &bearer)], "title=x").await;
    assert_eq!(form.status, 415);
    house.change("sources", "paused_at = 1").await;
    let paused = push(&house, &bearer, &[], harbour("Harbour opens")).await;
    assert_eq!((paused.status, &paused.json()["errors"][0]["code"]), (422, &json!("paused")));
    house.change("sources", "archived_at = 1").await;
    assert_eq!(status(&harbour("Harbour opens")).await, (422, "no_push_source".to_owned()));
    assert_eq!(house.count("articles").await, 0);
}

#[tokio::test]
async fn a_request_that_is_sent_again_under_its_key_gets_its_first_answer() {
    let (house, bearer) = house().await;
    let keyed = [("idempotency-key", "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"")];
    let first = push(&house, &bearer, &keyed, harbour("Harbour opens")).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));
    let again = push(&house, &bearer, &keyed, harbour("Harbour opens")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!(
        (again.text, again.headers["content-type"].clone()),
        (first.text, first.headers["content-type"].clone())
    );
    assert_eq!(house.count("audit_events WHERE verb = 'push_articles'").await, 1);

    let other = push(&house, &bearer, &keyed, harbour("Ferry sails")).await;
    assert_eq!((other.status, other.json()["code"].as_str()), (422, Some("idempotency_key_reuse")));
    let others = key(&house, "wire", &[Scope::Write]).await;
    let theirs = push(&house, &others, &keyed, harbour("Harbour opens")).await;
    assert_eq!((theirs.status, theirs.header("idempotent-replayed")), (200, ""), "a key is one token's own");
    assert_eq!(push(&house, &bearer, &[("idempotency-key", "")], harbour("x")).await.status, 400);

    // Nothing was done under this one: the corrected request may have it.
    let keyed = [("idempotency-key", "two")];
    assert_eq!(push(&house, &bearer, &keyed, harbour("")).await.status, 422);
    assert_eq!(push(&house, &bearer, &keyed, harbour("Harbour opens at last")).await.status, 200);

    house.insert("idempotency_keys", "(token_id, key, request_hash, http_status, answer, created_at) SELECT token_id, 'three', request_hash, 0, '', created_at FROM idempotency_keys WHERE key = 'two'").await;
    let busy = push(&house, &bearer, &[("idempotency-key", "three")], harbour("Harbour opens at last")).await;
    assert_eq!((busy.status, busy.header("retry-after")), (409, "2"));
    assert_eq!(house.text("title", "articles").await, "Harbour opens at last");
}

#[tokio::test]
async fn two_articles_of_one_headline_stay_two() {
    let (house, bearer) = house().await;
    let weather = |id: i64, text: &str| {
        let url = format!("https://site.example/weather-{id}");
        json!({ "id": id, "url": url, "title": "Weather", "content_text": text, "published": "2026-11-23T06:00:00Z" })
    };
    assert_eq!(push(&house, &bearer, &[], weather(1, "Rain in the north.").to_string()).await.status, 201);
    house.advance(crate::base::Span::minutes(1));
    assert_eq!(push(&house, &bearer, &[], weather(2, "Sun in the south.").to_string()).await.status, 201);
    assert_eq!(house.count("articles").await, 2);
}
