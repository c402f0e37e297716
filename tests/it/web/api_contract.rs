//! The API keeps what it says of itself: every route is described and every description has a route, and the answers of a
//! whole evening are as their schemas say.

use crate::harness::{Doors, Harness, Newspaper, Newsroom, OpenApi, Receiver, both_engines};
use lamplighter::operators::Actor;
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::service::tell_webhooks;
use reqwest::Response;
use serde_json::{Value, json};
use std::collections::HashSet;

/// A program with every scope, which judges each answer.
struct Client {
    doors: Doors,
    told: OpenApi,
    key: String,
}

impl Client {
    async fn open(t: &mut Harness) -> Self {
        let doors = Doors::open(t).await;
        let key = tokens::create(&t.app, Actor::Console, "all", Scope::ALL).await.unwrap();
        Self { told: OpenApi::of(&doors).await, doors, key: format!("Bearer {key}") }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Response {
        let mut request = self.doors.request(method, path).header("authorization", &self.key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let key = format!("{method}{path}{body}").replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let key: String = key.chars().take(255).collect();
        let headers: &[(&str, &str)] = if method == "POST" { &[("idempotency-key", &key)] } else { &[] };
        self.told.judge(method, path, self.send(method, path, headers, body).await).await
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

async fn evening(t: &mut Harness) -> (Client, Newspaper) {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).push_source("Desk")).await;
    for reader in ["anna@readers.example", "ben@readers.example"] {
        t.subscribe(reader).await;
    }
    for title in ["Harbour opens", "Ferry sails", "Mayor speaks"] {
        paper.publish(title);
    }
    t.go_to("2026-11-23 17:58").await;
    t.tick().await;
    t.go_to("2026-11-23 18:00").await;
    t.tick().await;
    (Client::open(t).await, paper)
}

async fn webhooks(t: &Harness, api: &Client) {
    let receiver = Receiver::open().await;
    let new = json!({ "name": "cms", "url": receiver.url(), "events": ["edition.sent"] });
    let (status, made) = api.ask("POST", "/api/v1/webhooks", new.clone()).await;
    assert!(status == 201 && made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    let again = api.send("POST", "/api/v1/webhooks", &[("idempotency-key", "other")], new).await;
    assert_eq!(api.told.judge("POST", "/api/v1/webhooks", again).await.1["code"], "exists");
    let path = format!("/api/v1/webhooks/{}", made["webhook"]["id"]);
    assert!(!api.get("/api/v1/webhooks").await.to_string().contains("whsec_"));
    assert_eq!(api.ask("PATCH", &path, json!({ "events": [] })).await.0, 200);
    assert_eq!(api.ask("PATCH", &path, json!({ "url": "nowhere" })).await.0, 422);
    assert_eq!(api.ask("POST", &format!("{path}/test"), Value::Null).await.0, 202);
    tell_webhooks(&t.app).await.unwrap();
    let told = api.get(&format!("{path}/deliveries?limit=1")).await;
    assert_eq!(told["deliveries"][0]["last_status"], 200);
    api.get(&format!("{path}/deliveries/{}", told["deliveries"][0]["id"])).await;
    let (status, body) =
        api.ask("POST", &format!("{path}/replay"), json!({ "delivery": told["deliveries"][0]["id"] })).await;
    assert_eq!((status, &body["events"]), (202, &json!(1)));
    assert_eq!(api.ask("POST", &format!("{path}/replay"), json!({ "since": "yesterday" })).await.0, 422);
    assert_eq!(api.ask("POST", &format!("{path}/rotate"), Value::Null).await.0, 200);
    api.get(&path).await;
    assert_eq!(api.ask("DELETE", &path, Value::Null).await.0, 200);
    assert_eq!(api.ask("GET", &path, Value::Null).await.0, 404);
}

async fn set_up(api: &Client) {
    let of = |body: &Value, key: &str| body[key].as_str().unwrap().to_owned();
    let (status, made) = api.ask("POST", "/api/v1/publications", json!({ "name": "The Morning" })).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("/api/v1/publications/{}", of(&made, "slug"));
    let change = json!({ "version": made["version"], "change": { "description": "Early" } });
    let (status, changed) = api.ask("PATCH", &path, change.clone()).await;
    assert_eq!((status, &changed["description"]), (200, &json!("Early")));
    assert_eq!(api.ask("PATCH", &path, change).await.0, 409, "from a version that is gone");
    let wrong = json!({ "version": changed["version"], "change": { "time_zone": "Atlantis" } });
    let (status, refused) = api.ask("PATCH", &path, wrong).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("time_zone")));
    let (status, with) = api.ask("POST", &format!("{path}/sections"), json!({ "name": "Sport" })).await;
    assert_eq!(status, 201, "{with}");
    let section = &with["sections"][0];
    let one = format!("{path}/sections/{}", section["id"]);
    let change = json!({ "version": section["version"], "change": { "name": "Sports" } });
    let (status, with) = api.ask("PATCH", &one, change).await;
    assert_eq!((status, &with["sections"][0]["name"]), (200, &json!("Sports")));
    assert_eq!(
        api.ask("DELETE", &format!("{one}?version={}", of(&with["sections"][0], "version")), Value::Null).await.0,
        200
    );
    let (status, with) = api
        .ask(
            "POST",
            &format!("{path}/slots"),
            json!({ "name": "noon", "change": { "cutoff": "11:30", "send": "12:00" } }),
        )
        .await;
    assert_eq!(status, 201, "{with}");
    let slot = with["slots"].as_array().unwrap().iter().find(|it| it["name"] == "noon").unwrap().clone();
    let one = format!("{path}/slots/{}", slot["id"]);
    let (status, with) =
        api.ask("PATCH", &one, json!({ "version": slot["version"], "change": { "send": "12:15" } })).await;
    assert_eq!(status, 200, "{with}");
    let slot = with["slots"].as_array().unwrap().iter().find(|it| it["name"] == "noon").unwrap().clone();
    assert_eq!(slot["send"], "12:15");
    assert_eq!(api.ask("DELETE", &format!("{one}?version={}", of(&slot, "version")), Value::Null).await.0, 200);
}

async fn sources(api: &Client) {
    let all = api.get("/api/v1/sources").await;
    let first = format!("/api/v1/sources/{}", all["sources"][0]["id"]);
    api.get(&first).await;
    assert_eq!(api.ask("POST", &format!("{first}/gather"), Value::Null).await.0, 200);
    assert_eq!(api.ask("POST", &format!("{first}/pause"), Value::Null).await.1["changed"], true);
    assert_eq!(api.ask("POST", &format!("{first}/resume"), Value::Null).await.1["changed"], true);
    assert_eq!(api.ask("POST", &format!("{first}/release"), Value::Null).await.1["changed"], false);
    assert_eq!(api.ask("DELETE", &first, Value::Null).await.0, 409, "a file declares it");
    let new = json!({ "publication": "evening", "url": "https://site.example/more", "name": "More" });
    let (status, made) = api.ask("POST", "/api/v1/sources", new).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(api.ask("POST", "/api/v1/sources", json!({ "publication": "evening", "kind": "fed" })).await.0, 422);
    assert_eq!(api.ask("DELETE", &format!("/api/v1/sources/{}", made["id"]), Value::Null).await.0, 200);
    assert_eq!(api.ask("POST", "/api/v1/sources/999999/pause", Value::Null).await.0, 404);
}

async fn readers(api: &Client) {
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
    assert_eq!(status, 200, "{body}");
    let (status, body) =
        api.ask("POST", &format!("{own}/pause"), json!({ "until": "2026-12-24", "because": "asked by letter" })).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(api.ask("POST", &format!("{own}/leave"), json!({ "because": "" })).await.0, 422);
    assert_eq!(
        api.ask("POST", &format!("{own}/leave"), json!({ "because": "asked by letter" })).await.1["changed"],
        true
    );
    let exported = api.ask("POST", "/api/v1/subscribers/export?state=active", Value::Null).await;
    assert!(exported.1.as_str().unwrap().contains("anna@readers.example"), "{exported:?}");
    imports(api).await;
    assert_eq!(api.ask("POST", "/api/v1/subscribers/find", by("dora@readers.example")).await.0, 200);
    assert_eq!(api.ask("POST", "/api/v1/subscribers/erase", by("dora@readers.example")).await.1["found"], "subscriber");
    assert_eq!(api.ask("POST", "/api/v1/subscribers/find", by("nobody@readers.example")).await.0, 404);
    assert_eq!(api.ask("POST", "/api/v1/subscribers/find", by("nobody")).await.0, 422);
    assert_eq!(api.ask("POST", "/api/v1/suppressions", by("eva@readers.example")).await.0, 201);
    assert!(!api.get("/api/v1/suppressions?reason=operator").await["suppressions"].as_array().unwrap().is_empty());
    assert_eq!(api.ask("POST", "/api/v1/suppressions/lift", by("eva@readers.example")).await.1["lifted"], true);
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
    assert_eq!(api.get("/api/v1/imports").await["imports"].as_array().unwrap().len(), 1);
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

async fn house(api: &Client) {
    let limits = api.get("/api/v1/house/limits").await;
    let scope = limits["limits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["scope"].as_str().unwrap())
        .find(|it| it.starts_with("group:"));
    let scope = scope.unwrap().replace(':', "%3A");
    let path = format!("/api/v1/house/limits?scope={scope}");
    assert_eq!(api.ask("PATCH", &path, json!({ "rate": 10 })).await.1["limit"]["rate"], 10);
    assert_eq!(api.ask("PATCH", &path, json!({ "rat": 10 })).await.0, 422);
    assert_eq!(api.ask("PATCH", "/api/v1/house/limits?scope=group%3Anobody", json!({ "rate": 10 })).await.0, 404);
    assert_eq!(api.ask("DELETE", &path, Value::Null).await.0, 200);
    let paused = format!("/api/v1/house/limits/pause?scope={scope}");
    assert!(api.ask("POST", &paused, json!({ "minutes": 30 })).await.1["limit"]["closed"].is_object());
    assert_eq!(api.ask("POST", &format!("/api/v1/house/limits/resume?scope={scope}"), Value::Null).await.0, 200);
    api.get("/api/v1/house/checks").await;
    let (status, _) = api.ask("POST", "/api/v1/house/checks", Value::Null).await;
    assert_eq!(status, 202);
    assert_eq!(api.get("/api/v1/house/checks").await["visit"]["is_running"], true);
    assert!(matches!(api.ask("POST", "/api/v1/house/backups", Value::Null).await.0, 202 | 409));
    api.get("/api/v1/house/backups").await;
    api.get("/api/v1/house/jobs").await;
    let first = api.get("/api/v1/events?limit=2").await;
    let next = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("/api/v1/events?limit=2&cursor={next}")).await;
    assert_ne!(first["events"][1]["id"], second["events"][0]["id"]);
    let all = api.get("/api/v1/events?subject=edition&who=console&limit=100").await;
    assert!(all["events"].as_array().unwrap().iter().all(|it| it["subject_kind"] == "edition"), "{all}");
    assert!(!all.to_string().contains("@readers.example"));
}

both_engines! {
    async fn the_answers_of_an_evening_are_as_they_are_described(t: Harness) {
        let mut t = t;
        let (api, paper) = evening(&mut t).await;
        let id = t.edition("2026-11-23").await.id;
        let draft = format!("/api/v1/editions/{id}");
        api.get("/api/v1/publications").await;
        api.get("/api/v1/publications/evening").await;
        api.get("/api/v1/subscriptions/form").await;
        api.get("/api/v1/subscriptions/challenge").await;
        let first = api.get("/api/v1/editions?limit=1").await;
        let next = api.get(&format!("/api/v1/editions?cursor={}", first["next_cursor"].as_str().unwrap())).await;
        assert_ne!(first["editions"][0]["id"], next["editions"][0]["id"]);
        let signed_up = api.ask("POST", "/api/v1/subscriptions", json!({ "email": "carla@readers.example" })).await;
        assert!(matches!(signed_up.0, 202 | 422 | 429), "{signed_up:?}");
        let pushed = json!([{ "id": "1", "url": "https://site.example/quay", "title": "Quay reopens" }, { "id": "2", "title": 7 }]);
        assert_eq!(api.ask("POST", "/api/v1/articles", pushed).await.0, 201);
        paper.publish("Bridge closes");
        t.gather().await;
        let (ferry, bridge) = (t.article("Ferry sails").await, t.article("Bridge closes").await);
        let pool = "/api/v1/publications/evening/articles";
        let page = api.get(&format!("{pool}?limit=2")).await;
        api.get(&format!("{pool}?limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).await;
        assert_eq!(api.ask("POST", &format!("{pool}/{bridge}/hold"), json!({ "reason": "wait" })).await.0, 200);
        api.get(&format!("/api/v1/articles/{bridge}")).await;
        // Shaping.
        let body = api.get(&draft).await;
        let item = format!("{draft}/items/{ferry}");
        let revision = |body: &Value| body["edition"]["revision"].clone();
        let shaped = |step: &'static str, (status, body): (u16, Value)| {
            assert!(matches!(status, 200 | 201), "{step}: {body}");
            body
        };
        let change = json!({ "headline": "The ferry is back", "image": "none", "pinned": 1, "revision": revision(&body) });
        let body = shaped("item", api.ask("PATCH", &item, change).await);
        let change = json!({ "note": "Dear readers", "revision": revision(&body) });
        let body = shaped("note", api.ask("PATCH", &draft, change).await);
        let body = shaped("order", api.ask("PUT", &format!("{draft}/order"), json!({ "articles": [ferry], "revision": revision(&body) })).await);
        let body = shaped("rerank", api.ask("POST", &format!("{draft}/rerank"), json!({ "revision": revision(&body) })).await);
        let body = shaped("refresh", api.ask("POST", &format!("{item}/refresh"), json!({ "revision": revision(&body) })).await);
        let body = shaped("remove", api.ask("DELETE", &format!("{item}?revision={}", revision(&body)), Value::Null).await);
        let add = json!({ "article_id": ferry, "position": 1, "revision": revision(&body) });
        shaped("add", api.ask("POST", &format!("{draft}/items"), add).await);
        api.get(&format!("{draft}/items")).await;
        api.get(&format!("{draft}/preview")).await;
        api.get(&format!("{draft}/report")).await;
        api.get(&format!("{draft}/why?article={ferry}")).await;
        assert_eq!(api.ask("GET", &format!("{draft}/why"), Value::Null).await.0, 400);
        let tomorrow = format!("/api/v1/editions/{}/intents", t.edition("2026-11-24").await.id);
        api.get(&tomorrow).await;
        let if_any = [("if-match", "*")];
        for (method, body) in [("PUT", json!({ "pinned": 1 })), ("DELETE", Value::Null)] {
            let path = format!("{tomorrow}/{bridge}");
            let answer = api.send(method, &path, &if_any, body).await;
            assert_eq!(api.told.judge(method, &path, answer).await.0, 200);
        }
        // Its life.
        for (turn, verb) in ["check", "hold", "release", "approve", "reopen", "review", "approve"].into_iter().enumerate() {
            let (status, body) = api.ask("POST", &format!("{draft}/{verb}"), json!({ "reason": format!("because {turn}") })).await;
            assert!(status < 500 || status == 502, "{verb}: {body}");
        }
        let test = json!({ "to": ["desk@news.example"] });
        assert_eq!(api.ask("POST", &format!("{draft}/test-send"), test).await.0, 202);
        let (status, body) = api.ask("POST", &format!("{draft}/send"), json!({ "now": true })).await;
        assert_eq!(status, 202, "{body}");
        for verb in ["pause", "resume"] {
            let (status, body) = api.ask("POST", &format!("{draft}/{verb}"), json!({ "reason": "look" })).await;
            assert_eq!(status, 200, "{body}");
        }
        t.run_until_idle().await;
        t.tick().await;
        api.get(&draft).await;
        api.get(&format!("{draft}/report")).await;
        let accepted = api.get(&format!("{draft}/deliveries?state=accepted&limit=1")).await;
        let rest = api.get(&format!("{draft}/deliveries?state=accepted&cursor={}", accepted["next_cursor"].as_str().unwrap())).await;
        assert_eq!((rest["deliveries"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));
        assert_ne!(accepted["deliveries"][0]["subscriber_id"], rest["deliveries"][0]["subscriber_id"]);
        assert_eq!(api.get(&format!("{draft}/deliveries?group=nobody")).await["deliveries"], json!([]));
        assert_eq!(api.ask("POST", &format!("{draft}/resend"), json!({ "all": true })).await.0, 409);
        assert_eq!(api.ask("POST", &format!("{draft}/abort"), Value::Null).await.0, 409);
        let words = json!({ "article_id": ferry, "was": "noon", "is": "one o'clock" });
        assert_eq!(api.ask("POST", &format!("{draft}/corrections"), words).await.0, 201);
        api.get(&format!("{draft}/corrections")).await;
        assert_eq!(api.ask("POST", &format!("{draft}/correction-mail"), Value::Null).await.0, 201);
        let extra = json!({ "publication": "evening", "extra": true });
        api.ask("POST", "/api/v1/editions", extra).await;
        api.ask("POST", "/api/v1/editions/breaking", json!({ "article": ferry })).await;
        let later = format!("/api/v1/editions/{}", t.edition("2026-11-24").await.id);
        assert_eq!(api.ask("POST", &format!("{later}/skip"), json!({ "reason": "strike" })).await.0, 200);
        assert_eq!(api.ask("POST", &format!("{later}/cancel"), Value::Null).await.0, 409);
        webhooks(&t, &api).await;
        set_up(&api).await;
        sources(&api).await;
        readers(&api).await;
        house(&api).await;
        assert_eq!(api.told.unasked(), [""; 0], "every operation was judged");
    }

    async fn every_read_is_validated_and_every_mistake_is_a_problem(t: Harness) {
        let mut t = t;
        let (api, _paper) = evening(&mut t).await;
        let draft = format!("/api/v1/editions/{}", t.edition("2026-11-23").await.id);
        for path in ["/api/v1/publications", draft.as_str(), "/api/v1/editions"] {
            let etag = api.send("GET", path, &[], Value::Null).await.headers()["etag"].to_str().unwrap().to_owned();
            let known = api.send("GET", path, &[("if-none-match", &etag)], Value::Null).await;
            assert_eq!((known.headers()["etag"].to_str().unwrap(), known.status().as_u16()), (etag.as_str(), 304));
            let other = api.send("GET", path, &[("if-none-match", "\"other\"")], Value::Null).await;
            assert_eq!(other.status(), 200);
            let head = api.send("HEAD", path, &[], Value::Null).await;
            assert_eq!((head.status().as_u16(), head.headers()["etag"].to_str().unwrap()), (200, etag.as_str()));
            assert_eq!(head.text().await.unwrap(), "");
        }
        let page = api.get("/api/v1/editions?limit=1").await;
        let foreign = page["next_cursor"].as_str().unwrap();
        let refused = [
            ("GET", "/api/v1/editions?stat=sent".to_owned(), 400, "parameters"),
            ("GET", "/api/v1/editions?state=sent&state=sent".to_owned(), 400, "parameters"),
            ("GET", "/api/v1/editions?limit=0".to_owned(), 400, "parameters"),
            ("GET", "/api/v1/editions?from=2026-02-30".to_owned(), 400, "parameters"),
            ("GET", "/api/v1/editions?cursor=x".to_owned(), 400, "cursor"),
            ("GET", format!("/api/v1/publications/evening/articles?cursor={foreign}"), 400, "cursor"),
            ("GET", "/api/v1/editions/seven".to_owned(), 400, "path"),
            ("GET", "/api/v1/editions/999999".to_owned(), 404, "unknown_edition"),
            ("GET", "/api/v1/nothing".to_owned(), 404, "not_found"),
            ("POST", "/api/v1/publications/evening/articles/1/keep".to_owned(), 404, "not_found"),
            ("DELETE", "/api/v1/editions".to_owned(), 405, "method_not_allowed"),
            ("POST", format!("{draft}/send"), 400, "idempotency_key_required"),
        ];
        for (method, path, status, code) in refused {
            let answer = api.send(method, &path, &[], Value::Null).await;
            assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
            if status == 405 {
                let mut allowed: Vec<&str> = answer.headers()["allow"].to_str().unwrap().split(',').collect();
                allowed.sort_unstable();
                assert_eq!(allowed, ["GET", "HEAD", "POST"]);
            }
            let told = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap();
            assert_eq!((told, body["code"].as_str().unwrap()), (status, code), "{path}: {body}");
        }
        let body: Value = api.send("GET", "/api/v1/editions?stat=sent", &[], Value::Null).await.json().await.unwrap();
        assert!(body["detail"].as_str().unwrap().contains("did you mean \"state\"?"), "{body}");
        let text = api.doors.post(&format!("{draft}/hold")).header("authorization", &api.key).header("content-type", "text/plain");
        assert_eq!(text.body("hold").send().await.unwrap().status(), 415);
        let long = json!({ "reason": "x".repeat(100_000) });
        assert_eq!(api.send("POST", &format!("{draft}/hold"), &[], long).await.status(), 413);
        assert_eq!(api.doors.get("/api/v1/editions?stat=x").send().await.unwrap().status(), 401, "who it is comes first");
    }

    async fn a_post_that_is_repeated_is_carried_out_once(t: Harness) {
        let mut t = t;
        let (api, paper) = evening(&mut t).await;
        paper.publish("Bridge closes");
        t.gather().await;
        let path = format!("/api/v1/publications/evening/articles/{}/hold", t.article("Bridge closes").await);
        let key = [("idempotency-key", "4711")];
        let hold = async || api.send("POST", &path, &key, json!({ "reason": "wait" })).await;
        let first = hold().await;
        assert!(first.headers().get("idempotent-replayed").is_none());
        let first = api.told.judge("POST", &path, first).await;
        assert_eq!(first.1["changed"], json!(true));
        let again = hold().await;
        assert_eq!(again.headers()["idempotent-replayed"], "true");
        assert_eq!(api.told.judge("POST", &path, again).await, first, "the first answer, and not that it was so before");
        let other = api.send("POST", &path, &key, json!({ "reason": "longer" })).await;
        assert_eq!(api.told.judge("POST", &path, other).await.1["code"], "idempotency_key_reuse");
    }

    async fn each_operation_is_described_in_full_and_asks_for_its_key(t: Harness) {
        let mut t = t;
        let doors = Doors::open(&mut t).await;
        let told = OpenApi::of(&doors).await;
        let powerless = tokens::create(&t.app, Actor::Console, "none", &[Scope::Read]).await.unwrap();
        let mut ids = HashSet::new();
        for (method, path, it) in told.operations() {
            let name = format!("{method} {path}");
            assert!(ids.insert(it["operationId"].as_str().unwrap().to_owned()), "{name}: the id is taken");
            for key in ["summary", "description"] {
                assert!(it[key].as_str().is_some_and(|text| text.len() > 3), "{name} has no {key}");
            }
            assert!(it["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2')), "{name}");
            let body = &it["requestBody"];
            if body["required"] == true && body["content"]["application/json"].is_object() {
                let content = &body["content"]["application/json"];
                let mut wrong = Vec::new();
                told.check(&content["schema"], &content["example"], "", &mut wrong);
                assert!(wrong.is_empty(), "{name}: its own example does not fit: {wrong:?}");
            }
            let asked = path.replace("{id}", "1").replace("{article}", "1").replace("{slug}", "evening").replace("{verb}", "hold").replace("{delivery}", "1");
            let Some(scope) = it["security"][0]["key"][0].as_str() else { continue };
            let needed: Vec<String> = it["parameters"].as_array().unwrap().iter().filter(|it| it["in"] == "query" && it["required"] == true)
                .map(|it| format!("{}=1", it["name"].as_str().unwrap())).collect();
            let asked = if needed.is_empty() { asked } else { format!("{asked}?{}", needed.join("&")) };
            assert_eq!(doors.request(&method, &asked).send().await.unwrap().status(), 401, "{name}");
            if scope != "read" {
                let request = doors.request(&method, &asked).header("authorization", format!("Bearer {powerless}"));
                assert_eq!(request.send().await.unwrap().status(), 403, "{name}");
            }
        }
        assert!(ids.len() >= 30);
        let page = doors.get("/api/docs").send().await.unwrap().text().await.unwrap();
        for id in ids {
            assert!(page.contains(&format!("id=\"{id}\"")), "{id} is not on the page");
        }
        assert!(!page.contains("<script"));
    }
}
