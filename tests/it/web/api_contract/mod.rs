//! The API keeps what it says of itself: every route is described and every description has a route, and the answers of a
//! whole evening are as their schemas say.

mod house;
mod newsroom;
mod people;

use crate::harness::{Doors, Harness, Newspaper, Newsroom, OpenApi, both_engines};
use lamplighter::operators::Actor;
use lamplighter::operators::tokens::{self, Scope};
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
        assert_eq!(signed_up.0, 202, "{signed_up:?}");
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
        // From an old revision: what waits is wanted further down.
        for verb in ["take-in", "draft-again"] {
            let (status, told) = api.ask("POST", &format!("{draft}/{verb}"), json!({ "revision": 1 })).await;
            assert_eq!((status, &told["code"]), (409, &json!("conflict")), "{verb}: {told}");
        }
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
            assert_eq!((verb, status), (verb, 200), "{body}");
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
        assert_eq!(api.get(&draft).await["edition"]["is_corrected"], json!(false));
        assert_eq!(api.ask("POST", &format!("{draft}/corrections"), words).await.0, 201);
        let looked = api.get(&draft).await;
        let listed = api.get("/api/v1/editions").await;
        let listed = listed["editions"].as_array().unwrap().iter().find(|it| it["id"] == looked["edition"]["id"]);
        assert_eq!((&looked["edition"]["is_corrected"], listed), (&json!(true), Some(&looked["edition"])));
        api.get(&format!("{draft}/corrections")).await;
        let all = api.get("/api/v1/corrections?limit=1").await;
        assert_eq!((&all["corrections"][0]["now_reads"], &all["next_cursor"]), (&json!("one o'clock"), &Value::Null));
        assert_eq!(api.ask("POST", &format!("{draft}/correction-mail"), Value::Null).await.0, 201);
        let extra = json!({ "publication": "evening", "extra": true });
        assert_eq!(api.ask("POST", "/api/v1/editions", extra).await.0, 200);
        let news = json!({ "article": ferry });
        assert_eq!(api.ask("POST", "/api/v1/editions/breaking", news.clone()).await.1["code"], "nobody_chose");
        let readers = api.ask("POST", "/api/v1/subscribers/search", json!({ "text": "anna" })).await.1;
        let anna = format!("/api/v1/subscriptions/{}/choices", readers["readers"][0]["subscriptions"][0]["id"]);
        let choice = json!({ "breaking": true, "because": "asked by letter" });
        assert_eq!(api.ask("PUT", &anna, choice).await.1["changed"], true);
        let answer = api.send("POST", "/api/v1/editions/breaking", &[("idempotency-key", "news")], news).await;
        let (status, broken) = api.told.judge("POST", "/api/v1/editions/breaking", answer).await;
        assert_eq!((status, &broken["edition"]["kind"]), (201, &json!("breaking")), "{broken}");
        let later = format!("/api/v1/editions/{}", t.edition("2026-11-24").await.id);
        assert_eq!(api.ask("POST", &format!("{later}/skip"), json!({ "reason": "strike" })).await.0, 200);
        assert_eq!(api.ask("POST", &format!("{later}/cancel"), Value::Null).await.0, 409);
        let (status, body) = api.ask("POST", &format!("{later}/bring-back"), Value::Null).await;
        assert_eq!((status, &body["edition"]["state"]), (200, &json!("planned")), "{body}");
        house::webhooks(&t, &api).await;
        newsroom::set_up(&api).await;
        newsroom::sources(&api, &paper.feed()).await;
        people::readers(&api).await;
        people::numbers(&t, &api).await;
        house::house(&t, &api).await;
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
        for (path, body) in [("%FF/sections", json!({ "name": "Sport" })), ("%ED%A0%80/slots", Value::Null)] {
            let path = format!("/api/v1/publications/{path}");
            let answer = api.send("POST", &path, &[("idempotency-key", "no text")], body).await;
            assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (400, &"application/problem+json".parse().unwrap()), "{path}");
        }
        let two = json!({ "note": "Dear readers", "revision": 1 });
        let answer = api.send("PATCH", &draft, &[("if-match", "\"2\"")], two.clone()).await;
        assert_eq!(api.told.judge("PATCH", &draft, answer).await.1["code"], "two_revisions");
        let answer = api.send("PATCH", &draft, &[("if-match", "\"1\"")], two).await;
        assert_ne!(api.told.judge("PATCH", &draft, answer).await.0, 400, "they say the same");
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
