//! Programs of the newsroom are told what happens: signed, in order, at least once, and without the address of a reader.

use crate::harness::{Doors, Harness, Newspaper, Newsroom, Receiver, both_engines};
use crate::subscribers::plans_of;
use lamplighter::base::Span;
use lamplighter::db::{Engine, Sql};
use lamplighter::operators::{Actor, OperatorId, Role, accounts, audit};
use lamplighter::service::{run_webhooks, sweep, tell_webhooks};
use lamplighter::webhooks::{
    self, Change, Endpoint, EndpointState, Event, EventKind, NewEndpoint, ReplayScope, ToldState,
};
use serde_json::json;
use std::collections::HashSet;

async fn add(t: &Harness, receiver: &Receiver, events: &[EventKind]) -> (Endpoint, String) {
    let new = NewEndpoint { name: "cms".to_owned(), url: receiver.url().to_owned(), events: events.to_vec() };
    webhooks::add(&t.app, Actor::Console, &new).await.unwrap()
}

async fn happens(t: &Harness, number: i64) {
    let mut tx = t.db().begin().await.unwrap();
    let event = Event { kind: EventKind::SourceFailing, data: json!({ "source_id": number }) };
    webhooks::record(&mut tx, t.now(), &event).await.unwrap();
    tx.commit().await.unwrap();
}

async fn state(t: &Harness, it: &Endpoint) -> Endpoint {
    webhooks::find(&t.app, Actor::Console, it.id).await.unwrap()
}

const NOT_FOUND: Sql = Sql::both("UPDATE webhook_attempts SET status = 404, answer = 'nothing at /hooks/s3cret'");
const LET_IN: Sql = Sql::both("UPDATE webhook_endpoints SET url = 'https://169.254.169.254/latest'");

both_engines! {
    async fn an_evening_is_told_in_order_and_signed_and_names_nobody(t: Harness) {
        let mut t = t;
        let (receiver, paper) = (Receiver::open().await, Newspaper::open().await);
        let (it, secret) = add(&t, &receiver, &[]).await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("anna@readers.example").await;
        paper.publish("Harbour opens");
        paper.publish("Ferry sails");
        t.evening("2026-11-23").await;
        let doors = Doors::open(&mut t).await;
        let leave = t.sink.mails_to("anna@readers.example").last().unwrap().header("List-Unsubscribe").unwrap().to_owned();
        let leave = leave.split(['<', '>']).find(|it| it.starts_with("https://")).unwrap().to_owned();
        let one_click = doors.post(&leave).header("content-type", "application/x-www-form-urlencoded").body("List-Unsubscribe=One-Click");
        assert!(one_click.send().await.unwrap().status().is_success());
        while tell_webhooks(&t.app).await.unwrap() > 0 {}
        let told = receiver.take();
        let kinds: Vec<String> = told.iter().map(|it| it.kind()).collect();
        let evening = ["subscription.confirmed", "edition.drafted", "edition.approved", "edition.sealed", "edition.sent", "subscription.left"];
        assert_eq!(kinds, evening);
        for it in &told {
            assert!(it.is_signed_by(&secret), "{it:?}");
            assert!(!it.body.contains('@') && !it.body.contains("anna"), "{}", it.body);
        }
        assert_eq!(told.iter().map(|it| &it.id).collect::<HashSet<_>>().len(), told.len());
        assert_eq!(told[4].json()["data"]["label"], "2026-11-23");
        assert_eq!(state(&t, &it).await.waiting, 0);
        let kept = webhooks::list_deliveries(&t.app, Actor::Console, it.id, None, None, 10).await.unwrap();
        let answer = kept[0].last_answer.as_deref().unwrap();
        assert!(answer.starts_with("answered 200 x") && answer.len() <= webhooks::ANSWER_BYTES_MAX, "{answer}");
    }

    async fn what_was_rolled_back_is_told_to_nobody_and_what_was_not_chosen_neither(t: Harness) {
        let receiver = Receiver::open().await;
        add(&t, &receiver, &[EventKind::EditionSent]).await;
        happens(&t, 1).await;
        let mut tx = t.db().begin().await.unwrap();
        webhooks::record(&mut tx, t.now(), &Event { kind: EventKind::EditionSent, data: json!({}) }).await.unwrap();
        drop(tx);
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 0);
        assert!(receiver.take().is_empty());
    }

    async fn a_failed_event_is_tried_again_with_growing_pauses_and_keeps_its_number(t: Harness) {
        let receiver = Receiver::open().await;
        let (it, _) = add(&t, &receiver, &[]).await;
        receiver.answer(&[500, 302]);
        happens(&t, 1).await;
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 1);
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 0, "not at once");
        t.advance(Span::seconds(5));
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 1);
        t.advance(Span::seconds(299));
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 0);
        t.advance(Span::seconds(1));
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 1);
        let told = receiver.take();
        assert_eq!(told.len(), 3);
        assert!(told.iter().all(|it| it.id == told[0].id && it.body == told[0].body));
        assert_ne!(told[0].timestamp, told[1].timestamp);
        let kept = webhooks::list_deliveries(&t.app, Actor::Console, it.id, None, None, 10).await.unwrap();
        assert_eq!((kept[0].state, kept[0].attempts, kept[0].last_status), (ToldState::Done, 3, Some(200)));
        let tries = webhooks::list_attempts(&t.app, Actor::Console, it.id, kept[0].id).await.unwrap();
        assert_eq!(tries.iter().map(|it| it.status).collect::<Vec<_>>(), [Some(200), Some(302), Some(500)]);
        assert_eq!(state(&t, &it).await.failures, 0);
    }

    async fn two_workers_tell_each_event_once_and_one_that_died_is_followed(t: Harness) {
        let receiver = Receiver::open().await;
        let (it, _) = add(&t, &receiver, &[]).await;
        for number in 0..20 {
            happens(&t, number).await;
        }
        let other = t.another_process().await;
        let (one, two) = tokio::join!(tell_webhooks(&t.app), tell_webhooks(&other));
        assert_eq!(one.unwrap() + two.unwrap(), 20);
        let numbers: Vec<i64> = receiver.take().iter().map(|it| it.json()["data"]["source_id"].as_i64().unwrap()).collect();
        assert_eq!(numbers, (0..20).collect::<Vec<_>>(), "each once, in their order");
        happens(&t, 20).await;
        assert!(webhooks::lease(&t.app, it.id, "killed").await.unwrap());
        let t = t.restart().await;
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 0, "its lease holds");
        t.advance(Span::seconds(60));
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 1);
        assert_eq!(receiver.take().len(), 1);
    }

    async fn an_endpoint_that_fails_for_days_is_disabled_and_told_later_what_it_missed(t: Harness) {
        let receiver = Receiver::open().await;
        accounts::create(&t.app, Actor::Console, "ada@news.example", "Ada", Role::Admin, "correct horse battery").await.unwrap();
        let (it, _) = add(&t, &receiver, &[]).await;
        receiver.always(Some(500));
        happens(&t, 1).await;
        let begin = t.now();
        let mut seen = vec![EndpointState::Active];
        for hour in 0..24 * 12 {
            if hour == 24 * 4 || hour == 24 * 6 {
                happens(&t, 2).await;
            }
            tell_webhooks(&t.app).await.unwrap();
            let now = state(&t, &it).await;
            if seen.last() != Some(&now.state) {
                seen.push(now.state);
            }
            if now.state == EndpointState::Disabled {
                break;
            }
            t.advance(Span::hours(1));
        }
        assert_eq!(seen, [EndpointState::Active, EndpointState::Failing, EndpointState::Disabled]);
        t.run_until_idle().await;
        let mail = t.sink.mails_to("ada@news.example").last().unwrap().clone();
        assert!(mail.header("Subject").unwrap().contains("The webhook cms is disabled"));
        let tries = receiver.take().len();
        assert!((10..60).contains(&tries), "{tries}");
        happens(&t, 4).await;
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 0);
        let refused = webhooks::replay(&t.app, Actor::Console, it.id, ReplayScope::Since(begin)).await.unwrap_err();
        assert!(refused.to_string().contains("enable it first"));
        receiver.always(None);
        let enabled = Change { enabled: Some(true), ..Change::default() };
        webhooks::change(&t.app, Actor::Console, it.id, &enabled).await.unwrap();
        let again = webhooks::replay(&t.app, Actor::Console, it.id, ReplayScope::Since(begin)).await.unwrap();
        assert_eq!(again, 4);
        tell_webhooks(&t.app).await.unwrap();
        let numbers: Vec<i64> = receiver.take().iter().map(|it| it.json()["data"]["source_id"].as_i64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 2, 4]);
        let kept = webhooks::list_deliveries(&t.app, Actor::Console, it.id, None, None, 10).await.unwrap();
        webhooks::replay(&t.app, Actor::Console, it.id, ReplayScope::One(kept[3].id)).await.unwrap();
        tell_webhooks(&t.app).await.unwrap();
        assert_eq!(receiver.take()[0].json()["data"]["source_id"], 1);
    }

    async fn an_endpoint_that_does_not_answer_keeps_nobody_waiting(t: Harness) {
        let mut t = t;
        // Nobody takes what comes to it: the connection stands, and no answer comes.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Receiver::open().await;
        let url = format!("http://{}/hook", silent.local_addr().unwrap());
        webhooks::add(&t.app, Actor::Console, &NewEndpoint { name: "silent".to_owned(), url, events: Vec::new() }).await.unwrap();
        add(&t, &receiver, &[]).await;
        let app = t.app.clone();
        t.spawn(async move { run_webhooks(&app).await });
        for number in 1..=3 {
            happens(&t, number).await;
            // The answer that never comes is waited for during 15 seconds of the real clock.
            let told = tokio::time::timeout(std::time::Duration::from_secs(8), async {
                while receiver.count() == 0 {
                    t.advance(Span::seconds(2));
                    let _ = tokio::time::timeout(std::time::Duration::from_millis(5), std::future::pending::<()>()).await;
                }
            });
            told.await.expect("its turn comes");
            assert_eq!(receiver.take()[0].json()["data"]["source_id"], number);
        }
    }

    async fn a_new_address_begins_afresh(t: Harness) {
        let (old, receiver) = (Receiver::open().await, Receiver::open().await);
        let (it, _) = add(&t, &old, &[]).await;
        old.always(Some(500));
        happens(&t, 1).await;
        for _ in 0..4 {
            tell_webhooks(&t.app).await.unwrap();
            t.advance(Span::hours(3));
        }
        tell_webhooks(&t.app).await.unwrap();
        let failing = state(&t, &it).await;
        assert!(failing.failures > 0 && failing.paused_until.is_some_and(|until| until > t.now()), "{failing:?}");
        let moved = Change { url: Some(receiver.url().to_owned()), ..Change::default() };
        let after = webhooks::change(&t.app, Actor::Console, it.id, &moved).await.unwrap();
        assert_eq!((after.failures, after.failing_since, after.paused_until, after.state), (0, None, None, EndpointState::Active));
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 1, "at once");
        assert_eq!(receiver.take().len(), 1);
    }

    async fn the_whole_address_is_for_those_who_could_change_it(t: Harness) {
        let secret = "https://cms.news.example/hooks/s3cret?key=hidden";
        let new = NewEndpoint { name: "cms".to_owned(), url: secret.to_owned(), events: Vec::new() };
        let (it, _) = webhooks::add(&t.app, Actor::Console, &new).await.unwrap();
        let as_role = |role| Actor::Operator { id: OperatorId(1), role };
        for role in [Role::Viewer, Role::Approver, Role::Editor] {
            let all = webhooks::list(&t.app, as_role(role)).await.unwrap();
            assert_eq!(all[0].url, "https://cms.news.example/***");
            assert_eq!(webhooks::find(&t.app, as_role(role), it.id).await.unwrap().url, all[0].url);
        }
        assert_eq!(webhooks::find(&t.app, as_role(Role::Admin), it.id).await.unwrap().url, secret);
        let mut tx = t.db().read().await.unwrap();
        let trail = audit::list(&mut tx, ("webhook", it.id.0), 9).await.unwrap();
        assert!(!trail.is_empty() && trail.iter().all(|it| !it.detail.contains("s3cret")));
    }

    async fn what_an_endpoint_answered_is_for_those_who_could_change_it(t: Harness) {
        let receiver = Receiver::open().await;
        let (it, _) = add(&t, &receiver, &[]).await;
        happens(&t, 1).await;
        assert_eq!(tell_webhooks(&t.app).await.unwrap(), 1);
        let mut tx = t.db().begin().await.unwrap();
        // As a page that says that nothing is there.
        assert_eq!(tx.execute(NOT_FOUND, vec![]).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let as_role = |role| Actor::Operator { id: OperatorId(1), role };
        let mut shown = Vec::new();
        for role in [Role::Viewer, Role::Approver, Role::Editor, Role::Admin] {
            let told = webhooks::list_deliveries(&t.app, as_role(role), it.id, None, None, 9).await.unwrap().remove(0);
            let tried = webhooks::list_attempts(&t.app, as_role(role), it.id, told.id).await.unwrap().remove(0);
            assert_eq!((told.last_status, tried.status), (Some(404), Some(404)), "{role:?}");
            shown.push((told.last_answer, tried.answer));
        }
        let words = "nothing at /hooks/s3cret".to_owned();
        let hidden = (None, String::new());
        assert_eq!(shown, [hidden.clone(), hidden.clone(), hidden, (Some(words.clone()), words)]);
    }

    async fn what_was_told_is_listed_along_an_index(t: Harness) {
        for (name, plan) in plans_of(&t, "webhooks::store::").await {
            if !name.ends_with("LIST_DELIVERIES") {
                continue;
            }
            let plan = plan.join("\n");
            assert!(!plan.contains("SCAN d") && !plan.contains("Seq Scan") && !plan.contains("TEMP B-TREE"), "{name}:\n{plan}");
            // PostgreSQL weighs the few rows of a test; what it has is the same index.
            assert!(t.db().engine() == Engine::Postgres || plan.contains("webhook_deliveries_by_endpoint"), "{name}:\n{plan}");
            return;
        }
        panic!("LIST_DELIVERIES is a statement of the store");
    }

    async fn a_secret_is_changed_without_losing_an_event(t: Harness) {
        let receiver = Receiver::open().await;
        let (it, first) = add(&t, &receiver, &[]).await;
        let second = webhooks::rotate(&t.app, Actor::Console, it.id).await.unwrap();
        webhooks::send_test(&t.app, Actor::Console, it.id).await.unwrap();
        tell_webhooks(&t.app).await.unwrap();
        let told = receiver.take().remove(0);
        assert!(told.is_signed_by(&first) && told.is_signed_by(&second) && first != second);
        assert_eq!(told.kind(), "test");
        t.advance(webhooks::OLD_SECRET_LIFE);
        webhooks::send_test(&t.app, Actor::Console, it.id).await.unwrap();
        tell_webhooks(&t.app).await.unwrap();
        let told = receiver.take().remove(0);
        assert!(!told.is_signed_by(&first) && told.is_signed_by(&second));
    }

    async fn a_private_network_is_out_of_reach_and_old_events_are_forgotten(t: Harness) {
        let new = |url: &str| NewEndpoint { name: "inside".to_owned(), url: url.to_owned(), events: Vec::new() };
        for wrong in ["http://cms.news.example/hook", "ftp://cms.news.example", "https://u:p@cms.news.example/", "x"] {
            assert!(webhooks::add(&t.app, Actor::Console, &new(wrong)).await.is_err(), "{wrong}");
        }
        for private in ["https://169.254.169.254/latest", "https://10.1.2.3/", "https://[fd12:3456::1]/hook", "https://[::ffff:10.0.0.1]/"] {
            let refused = webhooks::add(&t.app, Actor::Console, &new(private)).await.unwrap_err();
            assert!(refused.to_string().contains("private_networks"), "{private}: {refused}");
        }
        // Where a name leads is seen when it is told, and so is an address that was let in before.
        let (it, _) = webhooks::add(&t.app, Actor::Console, &new("https://cms.news.example/latest")).await.unwrap();
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(LET_IN, vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let moved = Change { url: Some("https://192.168.0.1/".to_owned()), ..Change::default() };
        assert!(webhooks::change(&t.app, Actor::Console, it.id, &moved).await.is_err());
        happens(&t, 1).await;
        tell_webhooks(&t.app).await.unwrap();
        let kept = webhooks::list_deliveries(&t.app, Actor::Console, it.id, None, None, 10).await.unwrap();
        assert!(kept[0].last_answer.as_deref().unwrap().contains("private address"), "{kept:?}");
        assert_eq!(kept[0].last_status, None);
        let disabled = Change { enabled: Some(false), ..Change::default() };
        webhooks::change(&t.app, Actor::Console, it.id, &disabled).await.unwrap();
        t.advance(Span::days(29));
        sweep(&t.app).await.unwrap();
        assert_eq!(webhooks::list_deliveries(&t.app, Actor::Console, it.id, None, None, 10).await.unwrap().len(), 1);
        t.advance(Span::days(2));
        sweep(&t.app).await.unwrap();
        assert!(webhooks::list_deliveries(&t.app, Actor::Console, it.id, None, None, 10).await.unwrap().is_empty());
    }
}
