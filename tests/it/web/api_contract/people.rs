//! Readers as a program handles them: found, helped, brought in, asked, erased, suppressed, counted.

use super::super::active;
use super::Client;
use crate::harness::Harness;
use serde_json::{Value, json};

pub(super) async fn readers(api: &Client) {
    let dora = json!({ "email": "dora@readers.example", "publication": "evening", "consent": "at the fair" });
    assert_eq!(api.ask("POST", "/api/v1/subscribers", dora).await.0, 201);
    let first = api.get("/api/v1/subscribers?limit=2").await;
    let rest = api.get(&format!("/api/v1/subscribers?cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!(first["subscribers"].as_array().unwrap().len() + rest["subscribers"].as_array().unwrap().len(), 3);
    assert_eq!(rest["subscribers"][0]["email"], "dora@readers.example");
    api.get(&format!("/api/v1/subscribers/{}", rest["subscribers"][0]["subscriber_id"])).await;
    let by = |email: &str| json!({ "email": email });
    let found = api.ask("POST", "/api/v1/subscribers/search", json!({ "text": "dora", "state": "active" })).await.1;
    assert_eq!((found["readers"].as_array().unwrap().len(), &found["total_at_least"]), (1, &json!(1)), "{found}");
    let own = format!("/api/v1/subscriptions/{}", found["readers"][0]["subscriptions"][0]["id"]);
    let (status, body) =
        api.ask("PUT", &format!("{own}/choices"), json!({ "breaking": false, "because": "asked by letter" })).await;
    assert_eq!((status, &body["changed"]), (200, &json!(false)), "it was so before: {body}");
    let chosen = json!({ "weekday": 4, "because": "asked by letter" });
    assert_eq!(api.ask("PUT", &format!("{own}/choices"), chosen.clone()).await.1["changed"], true);
    assert_eq!(api.ask("PUT", &format!("{own}/choices"), chosen).await.1["changed"], false);
    let pause = |until: Value| json!({ "until": until, "because": "asked by letter" });
    // One answer each: as many requests under keys of their own.
    for (turn, (until, changed)) in
        [(json!("2026-12-24"), true), (json!("2026-12-24"), false), (Value::Null, true), (Value::Null, false)]
            .into_iter()
            .enumerate()
    {
        let path = format!("{own}/pause");
        let answer = api.send("POST", &path, &[("idempotency-key", &format!("pause-{turn}"))], pause(until)).await;
        let (status, body) = api.told.judge("POST", &path, answer).await;
        assert_eq!((status, &body["changed"]), (200, &json!(changed)), "{turn}: {body}");
    }
    assert_eq!(api.ask("POST", &format!("{own}/leave"), json!({ "because": "" })).await.0, 422);
    assert_eq!(
        api.ask("POST", &format!("{own}/leave"), json!({ "because": "asked by letter" })).await.1["changed"],
        true
    );
    let exported = api.ask("POST", "/api/v1/subscribers/export?state=active", Value::Null).await;
    assert!(exported.1.as_str().unwrap().contains("anna@readers.example"), "{exported:?}");
    imports(api).await;
    sign_ups(api).await;
    assert_eq!(api.ask("POST", "/api/v1/subscribers/find", by("dora@readers.example")).await.0, 200);
    assert_eq!(api.ask("POST", "/api/v1/subscribers/erase", by("dora@readers.example")).await.1["found"], "subscriber");
    assert_eq!(api.ask("POST", "/api/v1/subscribers/find", by("nobody@readers.example")).await.0, 404);
    assert_eq!(api.ask("POST", "/api/v1/subscribers/find", by("nobody")).await.0, 422);
    let eva = |because: &str| json!({ "email": "eva@readers.example", "because": because });
    assert_eq!(api.ask("POST", "/api/v1/suppressions", eva("wrote from eva@readers.example")).await.0, 422);
    assert_eq!(api.ask("POST", "/api/v1/suppressions", eva("asked by letter")).await.0, 201);
    assert_eq!(api.ask("POST", "/api/v1/suppressions", by("fay@readers.example")).await.0, 201);
    let page = api.get("/api/v1/suppressions?reason=operator&limit=1").await;
    let rest = format!("/api/v1/suppressions?reason=operator&limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = api.get(&rest).await;
    assert_ne!(page["suppressions"][0]["address_hash"], rest["suppressions"][0]["address_hash"]);
    assert_eq!((rest["suppressions"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));
    let foreign = api.get("/api/v1/subscribers?limit=1").await["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(api.ask("GET", &format!("/api/v1/suppressions?cursor={foreign}"), Value::Null).await.0, 400);
    let exported = api.ask("POST", "/api/v1/suppressions/export", Value::Null).await.1;
    let exported = exported.as_str().unwrap();
    assert!(exported.contains(page["suppressions"][0]["address_hash"].as_str().unwrap()), "{exported}");
    assert!(!exported.contains("@readers.example"));
    // By the address, and by the digest that the list shows.
    assert_eq!(api.ask("POST", "/api/v1/suppressions/lift", by("eva@readers.example")).await.1["lifted"], true);
    let left = api.get("/api/v1/suppressions?reason=operator").await["suppressions"].clone();
    let digest = json!({ "address_hash": left[0]["address_hash"] });
    assert_eq!(api.ask("POST", "/api/v1/suppressions/lift", digest).await.1["lifted"], true);
    assert_eq!(api.get("/api/v1/suppressions?reason=operator").await["suppressions"], json!([]));
    assert_eq!(api.ask("POST", "/api/v1/suppressions/lift", json!({})).await.0, 422);
    assert_eq!(api.ask("POST", "/api/v1/suppressions/lift", by("dora@readers.example")).await.0, 409);
    api.get("/api/v1/returns?class=hard").await;
    api.get("/api/v1/returns/figures").await;
}

async fn imports(api: &Client) {
    let upload = api
        .doors
        .post("/api/v1/imports?name=old.csv")
        .header("authorization", &api.key)
        .header("content-type", "text/csv");
    let made = upload.body("email\nold@readers.example\n").send().await.unwrap();
    let (status, made) = api.told.judge("POST", "/api/v1/imports", made).await;
    assert_eq!((status, &made["state"], &made["file_name"]), (201, &json!("uploaded"), &json!("old.csv")), "{made}");
    let path = format!("/api/v1/imports/{}", made["id"]);
    api.get(&path).await;
    let second = api
        .doors
        .post("/api/v1/imports")
        .header("authorization", &api.key)
        .header("content-type", "text/csv")
        .body("email\nolder@readers.example\n");
    assert_eq!(api.told.judge("POST", "/api/v1/imports", second.send().await.unwrap()).await.0, 201);
    let newest = api.get("/api/v1/imports?limit=1").await;
    assert_ne!(newest["imports"][0]["id"], made["id"], "the newest first");
    let older = api.get(&format!("/api/v1/imports?limit=1&cursor={}", newest["next_cursor"].as_str().unwrap())).await;
    assert_eq!((&older["imports"][0]["id"], &older["next_cursor"]), (&made["id"], &Value::Null));
    assert_eq!(
        api.ask("POST", &format!("{path}/try"), json!({ "publication": "evening", "confirmed": true })).await.0,
        422
    );
    let (status, body) = api.ask("POST", &format!("{path}/try"), json!({ "publication": "evening" })).await;
    assert_eq!((status, &body["state"]), (202, &json!("checking")), "{body}");
    let go = json!({ "changed_at": body["changed_at"] });
    assert_eq!(api.ask("POST", &format!("{path}/start"), go).await.0, 409, "not before it was tried");
    let (status, late) = api.ask("POST", &format!("{path}/start"), json!({ "changed_at": 1 })).await;
    assert_eq!((status, &late["code"]), (409, &json!("tried_again")), "{late}");
    assert_eq!(api.ask("POST", &format!("{path}/cancel"), Value::Null).await.0, 202);
}

async fn sign_ups(api: &Client) {
    let before = api.get("/api/v1/sign-ups").await["sign_ups"].as_array().unwrap().len();
    let gina = json!({ "email": "gina@readers.example", "publication": "evening" });
    assert_eq!(api.ask("POST", "/api/v1/sign-ups", gina).await, (202, json!({ "outcome": "asked" })));
    let hugo = json!({ "email": "hugo@readers.example", "publication": "evening" });
    assert_eq!(api.ask("POST", "/api/v1/sign-ups", hugo).await.0, 202);
    let page = api.get("/api/v1/sign-ups?publication=evening&limit=1").await;
    assert_eq!(page["sign_ups"][0]["email"], "hugo@readers.example", "the newest first: {page}");
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = api.get(&format!("/api/v1/sign-ups?publication=evening&limit=1&cursor={cursor}")).await;
    assert_eq!(next["sign_ups"][0]["email"], "gina@readers.example");
    assert_eq!(api.get("/api/v1/sign-ups").await["sign_ups"].as_array().unwrap().len(), before + 2);
    assert_eq!(api.ask("GET", "/api/v1/sign-ups?publication=nowhere", Value::Null).await.0, 404);
    let again = format!("/api/v1/sign-ups/{}/ask", next["sign_ups"][0]["id"]);
    assert_eq!(api.ask("POST", &again, Value::Null).await, (202, json!({ "outcome": "later" })), "not again so soon");
    assert_eq!(api.ask("POST", "/api/v1/sign-ups/999999/ask", Value::Null).await.1["code"], "not_waiting");
    let wrong = json!({ "email": "gina", "publication": "evening" });
    assert_eq!(api.ask("POST", "/api/v1/sign-ups", wrong).await.1["errors"][0]["field"], "email");
    let nowhere = json!({ "email": "gina@readers.example", "publication": "evening", "sections": ["gardens"] });
    assert_eq!(api.ask("POST", "/api/v1/sign-ups", nowhere).await.1["errors"][0]["field"], "sections");
}

pub(super) async fn numbers(t: &Harness, api: &Client) {
    lamplighter::subscribers::count_readers(&t.app).await.unwrap();
    let growth = api.get("/api/v1/publications/evening/growth?days=7").await;
    let today = growth["days"].as_array().unwrap().last().unwrap();
    assert_eq!((&today["day"], &today["active"]), (&json!("2026-11-23"), &json!(active(t).await)), "{growth}");
    let interest = api.get("/api/v1/publications/evening/interest").await;
    assert_eq!((&interest["days"][0]["section"], &interest["days"][0]["readers"]), (&json!(""), &today["active"]));
    assert_eq!(api.ask("GET", "/api/v1/publications/nowhere/growth", Value::Null).await.0, 404);
    assert_eq!(api.ask("GET", "/api/v1/publications/evening/growth?days=0", Value::Null).await.0, 400);
}
