//! Pause, resume, abort, send: by the real program against a relay, and by the API; each takes hold at once.

use super::*;
use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{self, EditionState};
use lamplighter::operators::Actor;
use lamplighter::operators::tokens::{self, Scope};
use serde_json::json;
use std::sync::Arc;

/// A command takes hold within a second: what four connections send in it to a relay that takes 25 ms a mail, and what
/// hangs in the air then.
const SENT_MEANWHILE_MAX: u64 = 4 * 1_000 / 25 + 4;
const AUDIENCE: u64 = 1_000;

both_engines! {
    async fn a_pause_holds_the_rest_back_a_resume_goes_on_and_an_abort_ends_it(database: Arc<TestDatabase>) {
        let sink = relay();
        let readers = readers(1_000, 25);
        let place = sealed(&database, &sink, &readers).await;
        let db = database.connect().await;
        let (service, _) = place.serve(&[]).await;
        until_taken(&sink, 20).await;
        place.run(&["edition", "pause", "--reason", "a name is wrong"]).await.ok();
        let paused_at = sink.ledger().accepted;
        until("what was in hand is given back", PATIENCE, async || count(&db, IN_HAND).await == 0).await;
        let quiet = sink.ledger().accepted;
        assert!(quiet <= paused_at + SENT_MEANWHILE_MAX, "{paused_at} when it was paused, {quiet} after");
        let waiting = place.run(&["edition", "send", "--now", "--wait"]).await.with_code(1);
        waiting.tells(&["paused", "edition resume"]);
        assert_eq!(sink.ledger().accepted, quiet, "a pause holds for every process");

        place.run(&["edition", "resume"]).await.ok();
        until_taken(&sink, quiet + 20).await;
        let said = place.run(&["edition", "abort", "--reason", "the story is wrong"]).await.ok();
        let aborted_at = sink.ledger().accepted;
        assert!(said.out.contains("= audience 1000"), "{said}");
        until("what was in flight is counted", PATIENCE, async || count(&db, IN_HAND).await == 0).await;
        until_all_ended(&db).await;
        let report = ledger(&place).await;
        assert_eq!(report["edition"]["state"], "aborted");
        let counts = &report["deliveries"];
        assert!(sink.ledger().accepted <= aborted_at + SENT_MEANWHILE_MAX);
        assert_eq!(counts["accepted"], sink.ledger().accepted, "{counts}");
        assert_eq!(counts["expired"].as_u64(), Some(AUDIENCE - sink.ledger().accepted), "{counts}");
        let reasons = report["reasons"].to_string();
        assert!(reasons.contains("aborted: the story is wrong"), "{reasons}");
        place.run(&["edition", "resume"]).await.with_code(1).tells(&["no edition is being sent"]);
        service.terminate(PATIENCE).await.ok();
        db.close().await;
    }

    async fn one_provider_is_held_back_and_gone_on_with_by_name(database: Arc<TestDatabase>) {
        let sink = relay();
        let readers = readers(12, 1);
        let place = sealed(&database, &sink, &readers).await;
        place.run(&["edition", "pause", "--group", "nowhere"]).await.with_code(1).tells(&["nowhere", "its groups: other"]);
        let said = place.run(&["edition", "pause", "--group", "other", "--reason", "slow"]).await.ok();
        assert!(said.out.contains("paused for other") && said.out.contains("--group other"), "{said}");
        place.run(&["edition", "send", "--now", "--wait"]).await.with_code(1);
        assert_eq!(sink.ledger().accepted, 0);
        let said = place.run(&["edition", "report"]).await.ok();
        assert!(said.out.contains("12  wait at other, paused"), "{said}");
        let listed = place.run(&["edition", "list"]).await.ok();
        assert!(listed.out.contains("sending, paused at other"), "{listed}");
        let held = place.run(&["limit", "list"]).await.ok();
        assert!(held.out.contains("group:other") && held.out.contains("held back by edition"), "{held}");
        place.run(&["edition", "pause"]).await.ok();
        let listed = place.run(&["edition", "list"]).await.ok();
        assert!(listed.out.contains("sending, paused ") && !listed.out.contains("paused at"), "{listed}");
        place.run(&["edition", "resume"]).await.ok();
        place.run(&["edition", "resume", "--group", "other"]).await.ok();
        place.run(&["edition", "send", "--now", "--wait"]).await.ok();
        assert_eq!(sink.ledger().accepted, 12);
        place.run(&["edition", "resend", "--uncertain"]).await.with_code(2).tells(&["--all", "--to ADDRESS"]);
        let id = ledger(&place).await["edition"]["label"].as_str().expect("a label").to_owned();
        for command in [&["edition", "send", &id][..], &["edition", "send", &id, "--now"], &["edition", "pause", &id, "--group", "other"]] {
            let refused = place.run(command).await.with_code(1);
            refused.tells(&["the edition was sent: it cannot be ", "edition show"]);
        }
        place.run(&["edition", "resend", "--uncertain", "--all"]).await.with_code(1).tells(&["nobody of this edition is uncertain"]);
        let progress = &ledger(&place).await["progress"];
        assert_eq!((&progress["groups"][0]["group"], &progress["groups"][0]["accepted"]), (&json!("other"), &json!(12)), "{progress}");
        let said = place.run(&["subscriber", "show", &readers[0]]).await.ok();
        assert!(said.out.contains("relay") && said.out.contains("250"), "{said}");
    }

    async fn after_ctrl_c_it_says_what_goes_on_and_the_next_command_goes_on(database: Arc<TestDatabase>) {
        let sink = relay();
        let readers = readers(200, 25);
        let place = drafted(&database, &sink, &readers).await;
        let sending = place.start(&["edition", "send", "--now", "--wait"]);
        until_taken(&sink, 20).await;
        let said = sending.interrupt(PATIENCE).await.with_code(1);
        assert!(said.out.contains("stopped; nobody is lost") && said.out.contains("--now --wait"), "{said}");
        assert!(said.out.contains("uncertain 0 = audience 200"), "what was in flight was finished\n{said}");
        let db = database.connect().await;
        assert_eq!(count(&db, IN_HAND).await, 0);
        let said = place.run(&["edition", "send", "--now", "--wait"]).await.ok();
        assert!(said.out.contains("accepted 200 + suppressed 0 + failed 0 + expired 0 + waiting 0 + uncertain 0 = audience 200"), "{said}");
        assert_eq!(compare(&readers, &states(&db).await, &sink), 0);
        db.close().await;
    }

    async fn by_the_api_of_two_who_press_at_once_one_sends(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.go_to("2026-11-23 17:58").await;
        t.live_until("2026-11-23 18:05").await;
        let edition = t.edition("2026-11-23").await;
        let doors = Doors::open(&mut t).await;
        let mut keys = Vec::new();
        for name in ["one", "two"] {
            keys.push(format!("Bearer {}", tokens::create(&t.app, Actor::Console, name, &[Scope::Send]).await.unwrap()));
        }
        let path = |verb: &str| format!("/api/v1/editions/{}/{verb}", edition.id);
        let ask = |verb: &str, token: &str, key: &str, body: Value| {
            let request = doors.post(&path(verb)).header("authorization", token).json(&body);
            let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
            async move {
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
            }
        };
        let now = || json!({ "now": true });
        assert_eq!(ask("send", &keys[0], "", now()).await.1["code"], "idempotency_key_required");
        assert_eq!(ask("pause", &keys[0], "", json!({})).await.0, 409, "it is not being sent");
        let (status, refused) = ask("send", &keys[0], "old", json!({ "now": true, "revision": edition.revision - 1 })).await;
        assert_eq!((status, &refused["code"]), (409, &json!("conflict")), "{refused}");
        let (one, two) = tokio::join!(ask("send", &keys[0], "a", now()), ask("send", &keys[1], "a", now()));
        let mut both = [one, two];
        both.sort_by_key(|it| it.0);
        assert_eq!((both[0].0, both[1].0), (202, 409), "{both:?}");
        assert_eq!((&both[0].1["prepared"], &both[1].1["code"]), (&json!(1), &json!("wrong_state")));

        let (status, paused) = ask("pause", &keys[0], "", json!({ "reason": "a name is wrong" })).await;
        assert_eq!((status, &paused["deliveries"]["waiting"]), (200, &json!(1)), "{paused}");
        t.run_until_idle().await;
        assert!(t.editions_for("ada@readers.example").is_empty());
        assert_eq!(ask("resume", &keys[1], "", json!({})).await.0, 200);
        t.run_until_idle().await;
        assert_eq!(t.editions_for("ada@readers.example").len(), 1);
        assert_eq!(ask("abort", &keys[1], "", json!({ "reason": "too late" })).await.0, 409, "it is sent");
        assert_eq!(t.state_of("2026-11-23").await, EditionState::Sent);
        let events = editions::list_events(&mut t.db().read().await.unwrap(), edition.id).await.unwrap();
        let verbs: Vec<&str> = events.iter().map(|it| it.verb.as_str()).collect();
        assert_eq!(verbs.iter().filter(|it| ["pause", "resume", "seal", "abort"].contains(it)).count(), 3, "{verbs:?}");

        // A program that means today alone sends no edition of a later day; one that says now has said it.
        paper.publish("Ferry sails");
        t.gather().await;
        t.tick().await;
        let tomorrow = t.edition("2026-11-24").await.id;
        editions::claim(&t.app, Actor::Console, tomorrow, editions::Cutoff::Now { late: false }).await.unwrap();
        let send = async |key: &str, body: Value| {
            let path = format!("/api/v1/editions/{tomorrow}/send");
            let request = doors.post(&path).header("authorization", &keys[0]).header("idempotency-key", key).json(&body);
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        };
        let (status, refused) = send("t1", json!({ "now": true, "only_today": true })).await;
        assert_eq!((status, &refused["code"]), (409, &json!("ahead_of_its_day")), "{refused}");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("2026-11-24") && detail.contains("ahead of its day"), "{detail}");
        let (status, sent) = send("t2", now()).await;
        assert_eq!((status, &sent["prepared"]), (202, &json!(1)), "{sent}");
    }
}
