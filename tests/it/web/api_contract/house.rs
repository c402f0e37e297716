//! The house as a program sees it: webhooks, limits, checks, backups, jobs, the trail.

use super::Client;
use crate::harness::{Harness, Receiver, until};
use lamplighter::db::Engine;
use lamplighter::service::tell_webhooks;
use serde_json::{Value, json};
use std::time::Duration;

/// The checks give up after a minute and a half.
const PATIENCE: Duration = Duration::from_secs(100);

pub(super) async fn webhooks(t: &Harness, api: &Client) {
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

pub(super) async fn house(t: &Harness, api: &Client) {
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
    // What they find is asked at the end: they take their time, beside all this.
    // Two files, each in a state of its own: SQLite is one, PostgreSQL is copied by its own program.
    let is_file = t.db().engine() == Engine::Sqlite;
    let (status, told) = api.ask("POST", "/api/v1/house/backups", Value::Null).await;
    assert_eq!(status, if is_file { 202 } else { 409 }, "{told}");
    assert_eq!(api.ask("POST", "/api/v1/house/backups/note", Value::Null).await.0, 201);
    let backups = api.get("/api/v1/house/backups").await;
    assert_eq!((&backups["can_copy"], &backups["error"]), (&json!(is_file), &Value::Null), "{backups}");
    let noted = backups["backups"].as_array().unwrap().iter().filter(|it| it["bytes"].is_null()).count();
    assert_eq!(noted, 1, "{backups}");
    let jobs = api.get("/api/v1/house/jobs").await;
    let names: Vec<&str> = jobs["jobs"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["scheduler", "polling", "sign_ups", "webhooks", "imports", "housekeeping"]);
    let first = api.get("/api/v1/events?limit=2").await;
    let next = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("/api/v1/events?limit=2&cursor={next}")).await;
    assert_ne!(first["events"][1]["id"], second["events"][0]["id"]);
    let all = api.get("/api/v1/events?subject=edition&who=console&limit=100").await;
    assert!(all["events"].as_array().unwrap().iter().all(|it| it["subject_kind"] == "edition"), "{all}");
    assert!(!all.to_string().contains("@readers.example"));
    let visit = async || api.get("/api/v1/house/checks").await["visit"].clone();
    until("the checks are over", PATIENCE, async || visit().await["is_running"] == false).await;
    let visit = visit().await;
    assert!(visit["ended_at"].is_i64() && visit["error"].is_null(), "{visit}");
    let findings = visit["findings"].as_array().unwrap();
    let told = |check: &str| findings.iter().any(|it| it["check"].as_str().is_some_and(|it| it.contains(check)));
    assert!(told("database") && !visit["summary"].as_str().unwrap().is_empty(), "{visit}");
}
