//! Shaping by the API: revisions as `ETag`, conflicts that say what was changed, mistakes that are all named.

use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::gather::ArticleId;
use lamplighter::operators::Actor;
use lamplighter::operators::tokens::{self, Scope};
use reqwest::Response;
use serde_json::{Value, json};

/// A draft of three stories, and a program that may change it.
struct Desk {
    doors: Doors,
    paper: Newspaper,
    key: String,
    /// `/api/v1/editions/7`
    draft: String,
    ferry: ArticleId,
}

impl Desk {
    async fn open(t: &mut Harness) -> Self {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for title in ["Harbour opens", "Ferry sails", "Mayor speaks"] {
            paper.publish(title);
        }
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        t.go_to("2026-11-23 18:00").await;
        t.tick().await;
        let doors = Doors::open(t).await;
        let key = key(t, "desk", &[Scope::Read, Scope::Send]).await;
        let draft = format!("/api/v1/editions/{}", t.edition("2026-11-23").await.id);
        Self { doors, paper, key, draft, ferry: t.article("Ferry sails").await }
    }

    async fn get(&self, path: &str) -> Response {
        self.doors.get(path).header("authorization", &self.key).send().await.unwrap()
    }

    /// With an `If-Match`, unless it is empty.
    async fn ask(&self, method: &str, path: &str, if_match: &str, body: Value) -> Response {
        let mut request = self.doors.request(method, path).header("authorization", &self.key);
        if !if_match.is_empty() {
            request = request.header("if-match", if_match);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        request.send().await.unwrap()
    }

    async fn tag(&self) -> String {
        tag(&self.get(&self.draft).await)
    }

    fn item(&self) -> String {
        format!("{}/items/{}", self.draft, self.ferry)
    }
}

async fn key(t: &Harness, name: &str, scopes: &[Scope]) -> String {
    format!("Bearer {}", tokens::create(&t.app, Actor::Console, name, scopes).await.unwrap())
}

fn tag(answer: &Response) -> String {
    answer.headers()["etag"].to_str().unwrap().to_owned()
}

/// The status, and the body as JSON.
async fn told(answer: Response) -> (u16, Value) {
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn item_of(body: &Value, article: ArticleId) -> Value {
    let items = body["items"].as_array().unwrap();
    items.iter().find(|item| item["article_id"] == article.0).unwrap_or_else(|| panic!("{body}")).clone()
}

both_engines! {
    async fn a_change_names_its_revision_and_an_old_one_is_told_what_was_changed(t: Harness) {
        let mut t = t;
        let desk = Desk::open(&mut t).await;
        let first = desk.tag().await;
        let change = json!({ "headline": "The ferry is back" });
        let (status, body) = told(desk.ask("PATCH", &desk.item(), "", change.clone()).await).await;
        assert_eq!((status, &body["code"]), (428, &json!("revision_required")));
        let done = desk.ask("PATCH", &desk.item(), &first, change).await;
        let second = tag(&done);
        let (status, body) = told(done).await;
        assert_eq!((status, &item_of(&body, desk.ferry)["headline"]), (200, &json!("The ferry is back")));
        assert_eq!(second, format!("\"{}\"", body["edition"]["revision"]));
        assert_ne!(first, second);
        let (status, body) = told(desk.ask("PATCH", &desk.draft, &first, json!({ "note": "Dear readers" })).await).await;
        assert_eq!((status, &body["code"]), (409, &json!("conflict")));
        let detail = body["detail"].as_str().unwrap();
        assert!(detail.contains("edit_item by token") && detail.contains("The ferry is back"), "{body}");
        assert_eq!(body["errors"][0]["message"], second.trim_matches('"'), "the present revision");
        assert_eq!(t.edition("2026-11-23").await.note, "", "nothing of it was done");
        let revision: i64 = second.trim_matches('"').parse().unwrap();
        let (status, body) = told(desk.ask("PATCH", &desk.draft, "", json!({ "note": "Dear readers", "revision": revision })).await).await;
        assert_eq!((status, &body["edition"]["note"]), (200, &json!("Dear readers")));
        let (status, _) = told(desk.ask("PATCH", &desk.draft, "*", json!({ "note": null })).await).await;
        assert_eq!((status, t.edition("2026-11-23").await.note), (200, String::new()));
        let (status, body) = told(desk.ask("PATCH", &desk.draft, "\"x\"", json!({ "note": "x" })).await).await;
        assert_eq!((status, &body["code"]), (400, &json!("if_match")));
    }

    async fn of_many_changes_from_one_revision_one_is_made(t: Harness) {
        let mut t = t;
        let desk = Desk::open(&mut t).await;
        let tag = desk.tag().await;
        let (path, tag) = (desk.item(), tag.as_str());
        let all = (0..8).map(|number| desk.ask("PATCH", &path, tag, json!({ "note": format!("note {number}") })));
        let mut statuses = Vec::new();
        for answer in futures_util::future::join_all(all).await {
            statuses.push(answer.status().as_u16());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    }

    async fn every_mistake_is_named_and_nothing_is_done(t: Harness) {
        let mut t = t;
        let desk = Desk::open(&mut t).await;
        let tag = desk.tag().await;
        let wrong = json!({ "headlin": "x", "place": "middle", "pinned": "first", "image": { "alt": "x" }, "section": 7 });
        let (status, body) = told(desk.ask("PATCH", &desk.item(), &tag, wrong).await).await;
        assert_eq!(status, 422);
        let fields: Vec<&str> = body["errors"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
        for field in ["headlin", "place", "pinned", "image.url", "section"] {
            assert!(fields.contains(&field), "{field}: {body}");
        }
        assert!(body.to_string().contains("did you mean \\\"headline\\\"?"), "{body}");
        for (change, field) in [
            (json!({ "headline": "x".repeat(201) }), "headline"),
            (json!({ "headline": "a\nb" }), "headline"),
            (json!({ "section": "wrold" }), "section"),
            (json!({ "pinned": 9 }), "position"),
            (json!({ "image": { "url": "http://elsewhere.example/x.png", "alt": "x" } }), "image"),
            (json!({ "image": { "url": "https://elsewhere.example/x.png" } }), "alt"),
        ] {
            let (status, body) = told(desk.ask("PATCH", &desk.item(), &tag, change.clone()).await).await;
            assert_eq!((status, &body["errors"][0]["field"]), (422, &json!(field)), "{change}: {body}");
        }
        let (status, body) = told(desk.ask("PATCH", &desk.draft, &tag, json!({ "subject": "Re: hello" })).await).await;
        assert_eq!((status, &body["errors"][0]["field"]), (422, &json!("subject")));
        assert_eq!(desk.ask("PATCH", &format!("{}/items/1", desk.draft), &tag, json!({ "note": "x" })).await.status(), 404);
        assert_eq!(desk.ask("PATCH", "/api/v1/editions/1", &tag, json!({ "note": "x" })).await.status(), 404);
        assert_eq!(desk.tag().await, tag);
    }

    async fn a_key_needs_the_scope(t: Harness) {
        let mut t = t;
        let desk = Desk::open(&mut t).await;
        let tag = desk.tag().await;
        let looking = key(&t, "looking", &[Scope::Read, Scope::Write]).await;
        for (method, path) in [("PATCH", desk.item()), ("PATCH", desk.draft.clone()), ("DELETE", desk.item()), ("PUT", format!("{}/order", desk.draft)), ("POST", format!("{}/rerank", desk.draft)), ("POST", format!("/api/v1/publications/evening/articles/{}/hold", desk.ferry))] {
            let request = || desk.doors.request(method, &path).header("if-match", &tag).json(&json!({}));
            assert_eq!(request().send().await.unwrap().status(), 401, "{method} {path}");
            let refused = request().header("authorization", &looking).send().await.unwrap();
            assert_eq!(refused.status(), 403, "{method} {path}");
            assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("scope=\"send\""));
        }
        assert_eq!(desk.tag().await, tag);
    }

    async fn stories_are_put_in_order_taken_in_and_taken_out(t: Harness) {
        let mut t = t;
        let desk = Desk::open(&mut t).await;
        desk.paper.publish("Bridge closes");
        t.advance(lamplighter::base::Span::minutes(1));
        t.gather().await;
        let bridge = t.article("Bridge closes").await;
        let added = desk.ask("POST", &format!("{}/items", desk.draft), &desk.tag().await, json!({ "article_id": bridge, "position": 1 })).await;
        let tag = tag(&added);
        let (status, body) = told(added).await;
        assert_eq!((status, &item_of(&body, bridge)["origin"], &item_of(&body, bridge)["position"]), (201, &json!("late"), &json!(1)));
        let order = json!({ "articles": [desk.ferry, bridge] });
        let (status, body) = told(desk.ask("PUT", &format!("{}/order", desk.draft), &tag, order).await).await;
        assert_eq!((status, &item_of(&body, desk.ferry)["position"], &item_of(&body, bridge)["position"]), (200, &json!(1), &json!(2)));
        let gone = desk.ask("DELETE", &format!("{}?dismiss=true&reason=an%20advertisement", desk.item()), "", Value::Null).await;
        assert_eq!(gone.status(), 428);
        let (status, body) = told(desk.ask("DELETE", &format!("{}?dismiss=true&reason=an%20advertisement", desk.item()), &desk.tag().await, Value::Null).await).await;
        assert_eq!((status, body["items"].as_array().unwrap().len()), (200, 3));
        t.assert_conserved("evening").await;
        let (status, body) = told(desk.ask("POST", &format!("{}/rerank", desk.draft), "*", Value::Null).await).await;
        assert_eq!((status, &item_of(&body, bridge)["position"]), (200, &json!(1)), "it moved up");
        let preview: Value = desk.get(&format!("{}/preview", desk.draft)).await.json().await.unwrap();
        assert!(preview["text"].as_str().unwrap().contains("Bridge closes") && !preview["html"].as_str().unwrap().contains("Ferry"));
        let (status, body) = told(desk.ask("POST", &format!("{}/items", desk.draft), "*", json!({ "article_id": 1 })).await).await;
        assert_eq!((status, &body["code"]), (404, &json!("unknown_article")));
    }

    async fn a_story_says_what_its_article_says_otherwise_by_now(t: Harness) {
        let mut t = t;
        let desk = Desk::open(&mut t).await;
        desk.paper.edit("Ferry sails", |it| it.title = "Ferry sails at nine".to_owned());
        t.advance(lamplighter::base::Span::minutes(1));
        t.gather().await;
        let body: Value = desk.get(&format!("{}/items", desk.draft)).await.json().await.unwrap();
        assert_eq!(item_of(&body, desk.ferry)["changed"], json!(["title"]));
        let (status, body) = told(desk.ask("POST", &format!("{}/refresh", desk.item()), &desk.tag().await, Value::Null).await).await;
        assert_eq!((status, &item_of(&body, desk.ferry)["story"]["title"]), (200, &json!("Ferry sails at nine")));
        assert_eq!(item_of(&body, desk.ferry)["changed"], json!([]));
        let (_, body) = told(desk.ask("PATCH", &desk.item(), "*", json!({ "image": "none", "place": "hidden", "headline": "x" })).await).await;
        let item = item_of(&body, desk.ferry);
        assert_eq!((&item["image"], &item["placement"]), (&json!("none"), &json!("hidden")));
        assert!(item["placement_by"].as_str().unwrap().starts_with("token "), "{item}");
        let (_, body) = told(desk.ask("PATCH", &desk.item(), "*", json!({ "image": null, "place": null, "headline": null })).await).await;
        let item = item_of(&body, desk.ferry);
        assert_eq!((&item["image"], &item["placement_by"], &item["headline"]), (&Value::Null, &Value::Null, &Value::Null));
    }

    async fn what_is_wanted_before_the_draft_is_kept_and_taken_back(t: Harness) {
        let mut t = t;
        let desk = Desk::open(&mut t).await;
        desk.paper.publish("Bridge closes");
        t.gather().await;
        let bridge = t.article("Bridge closes").await;
        let tomorrow = format!("/api/v1/editions/{}/intents", t.edition("2026-11-24").await.id);
        let tag_of_tomorrow = tag(&desk.get(&tomorrow).await);
        let path = format!("{tomorrow}/{bridge}");
        let (status, body) = told(desk.ask("PUT", &path, &tag_of_tomorrow, json!({ "pinned": 1, "note": "See page 3" })).await).await;
        assert_eq!((status, &body["intents"][0]["pinned"], &body["intents"][0]["note"]), (200, &json!(1), &json!("See page 3")));
        assert_eq!(desk.ask("PUT", &path, &tag_of_tomorrow, json!({ "pinned": 2 })).await.status(), 409);
        assert_eq!(desk.ask("PUT", &path, "*", json!({ "hold": true })).await.status(), 422);
        let (status, body) = told(desk.ask("DELETE", &path, "*", Value::Null).await).await;
        assert_eq!((status, &body["intents"]), (200, &json!([])));
        let (status, body) = told(desk.ask("PUT", &format!("{}/intents/{}", desk.draft, desk.ferry), "*", json!({ "pinned": 1 })).await).await;
        assert_eq!((status, &body["code"]), (409, &json!("wrong_state")));
    }

    async fn the_pool_is_looked_at_and_decided_about(t: Harness) {
        let mut t = t;
        let desk = Desk::open(&mut t).await;
        desk.paper.publish("Bridge closes");
        t.gather().await;
        let bridge = t.article("Bridge closes").await;
        let pool = "/api/v1/publications/evening/articles";
        let body: Value = desk.get(&format!("{pool}?state=pool")).await.json().await.unwrap();
        assert_eq!((body["articles"].as_array().unwrap().len(), &body["articles"][0]["article_id"]), (1, &json!(bridge)));
        let body: Value = desk.get(&format!("{pool}?limit=3")).await.json().await.unwrap();
        assert_eq!((body["articles"].as_array().unwrap().len(), body["next_cursor"].is_string()), (3, true));
        assert_eq!(body["articles"][1]["edition"], "2026-11-23");
        let (status, body) = told(desk.get(&format!("{pool}?state=helt")).await).await;
        assert!(status == 400 && body["detail"].as_str().unwrap().contains("\"held\""), "{body}");
        assert_eq!(desk.get("/api/v1/publications/morning/articles").await.status(), 404);
        let decide = |article: ArticleId, verb: &'static str| {
            let desk = &desk;
            async move { told(desk.ask("POST", &format!("{pool}/{article}/{verb}"), "", json!({ "reason": "wait" })).await).await }
        };
        let (status, body) = decide(bridge, "hold").await;
        assert_eq!((status, &body["changed"]), (200, &json!(true)));
        assert_eq!(decide(bridge, "hold").await.1["changed"], json!(false));
        let (status, body) = decide(desk.ferry, "dismiss").await;
        assert_eq!((status, &body["code"]), (409, &json!("wrong_state")));
        assert!(body["detail"].as_str().unwrap().contains("edition remove"), "{body}");
        assert_eq!(decide(bridge, "keep").await.0, 404);
        assert_eq!(decide(ArticleId(1), "hold").await.0, 404);
        let page: Value = desk.get(&format!("/api/v1/articles/{bridge}")).await.json().await.unwrap();
        assert_eq!((&page["publications"][0]["state"], &page["events"][0]["verb"]), (&json!("held"), &json!("hold_article")));
        let made = desk.ask("POST", "/api/v1/editions", "", json!({ "publication": "evening", "extra": true })).await;
        assert_eq!(told(made).await.1["code"], "empty", "what is held is in no draft");
        decide(bridge, "release").await;
        let (status, body) = told(desk.ask("POST", "/api/v1/editions", "", json!({ "publication": "evening", "extra": true })).await).await;
        assert_eq!((status, &body["edition"]["kind"], body["items"].as_array().unwrap().len()), (200, &json!("extra"), 1));
        t.assert_conserved("evening").await;
    }
}
