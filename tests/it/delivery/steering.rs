//! One mail group of an edition held back, gone on with, ended: it alone, at once, and on record.

use super::engine::{counted, people, sealed};
use crate::harness::{Doors, Harness, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::delivery::{self, GroupCounts, GroupError};
use lamplighter::editions::{self, EditionError, EditionId, EditionState};
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::operators::{Actor, OperatorId, Role};
use serde_json::{Value, json};

const SPLIT: &[Sql] = &[
    Sql::both(
        "UPDATE deliveries SET wave = 2 WHERE edition_id = $1 AND id > (SELECT MIN(id) + 3 FROM deliveries WHERE edition_id = $1)",
    ),
    Sql::both(
        "INSERT INTO delivery_waves (edition_id, number, mail_group, rank, not_before, expires_at, first_id, last_id, next_id, readers) SELECT edition_id, 2, 'other', 2, not_before, expires_at, first_id + 4, last_id, first_id + 4, readers - 4 FROM delivery_waves WHERE edition_id = $1",
    ),
    Sql::both(
        "UPDATE delivery_waves SET mail_group = 'gmail', last_id = first_id + 3, readers = 4 WHERE edition_id = $1 AND number = 1",
    ),
];
const RUNS: Sql = Sql::both(
    "INSERT INTO rate_runs (edition_id, mail_group, attempts, hard, policy, changed_at) VALUES ($1, 'gmail', 100, 50, 0, 0)",
);
const COUNT_RUNS: Sql = Sql::both("SELECT COUNT(*) AS value FROM rate_runs WHERE edition_id = $1");
const TRAIL: Sql = Sql::both(
    "SELECT COUNT(*) AS value FROM audit_events WHERE verb IN ('pause_group', 'resume_group', 'abort_group')",
);

const HELD_MEANWHILE: &[Sql] = &[
    Sql::both(
        "UPDATE deliveries SET state = 'queued', reason = '' WHERE edition_id = $1 AND wave = 1 AND id < (SELECT MIN(id) + 2 FROM deliveries WHERE edition_id = $1)",
    ),
    Sql::both(
        "UPDATE deliveries SET state = 'deferred', reason = 'try later' WHERE edition_id = $1 AND wave = 1 AND id = (SELECT MIN(id) + 2 FROM deliveries WHERE edition_id = $1)",
    ),
    Sql::both(
        "INSERT INTO delivery_leases (edition_id, wave, first_id, last_id, owner) SELECT edition_id, number, first_id, first_id + 1, NULL FROM delivery_waves WHERE edition_id = $1 AND number = 1",
    ),
];
const PUT_OFF: Sql =
    Sql::both("UPDATE deliveries SET state = 'deferred', reason = 'try later' WHERE edition_id = $1 AND wave = 2");

/// Four readers at gmail, the others elsewhere.
pub(super) async fn in_two_groups(t: &Harness, addresses: &[String]) -> EditionId {
    let edition = sealed(t, "hold", addresses).await;
    let mut tx = t.db().begin().await.unwrap();
    for sql in SPLIT {
        tx.execute(*sql, vec![edition.0.into()]).await.unwrap();
    }
    tx.commit().await.unwrap();
    edition
}

pub(super) async fn groups(t: &Harness, edition: EditionId) -> Vec<GroupCounts> {
    let mut tx = t.db().read().await.unwrap();
    let groups = delivery::counts_by_group(&mut tx, &[edition], t.now() - Span::seconds(30)).await.unwrap();
    groups.into_values().next().unwrap_or_default()
}

async fn state(t: &Harness, edition: EditionId) -> EditionState {
    editions::find_edition(&mut t.db().read().await.unwrap(), edition).await.unwrap().unwrap().state
}

async fn count(t: &Harness, sql: Sql, values: Vec<lamplighter::db::Value>) -> i64 {
    t.db().read().await.unwrap().fetch_value(sql, values).await.unwrap()
}

both_engines! {
    async fn a_paused_group_waits_while_everybody_else_is_mailed_and_goes_on(t: Harness) {
        let edition = in_two_groups(&t, &people(10)).await;
        let app = &t.app;
        delivery::pause_group(app, Actor::Console, edition, "gmail", "they ask for patience").await.unwrap();
        t.run_until_idle().await;
        let all = groups(&t, edition).await;
        let told: Vec<_> = all.iter().map(|it| (it.group.as_str(), it.is_paused, it.counts.accepted, it.counts.waiting)).collect();
        assert_eq!(told, [("gmail", true, 0, 4), ("other", false, 6, 0)]);
        assert_eq!((t.sink.mails().len(), state(&t, edition).await), (6, EditionState::Sending));
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(RUNS, vec![edition.0.into()]).await.unwrap();
        tx.commit().await.unwrap();
        delivery::resume_group(app, Actor::Console, edition, "gmail").await.unwrap();
        assert_eq!(count(&t, COUNT_RUNS, vec![edition.0.into()]).await, 0, "the brake judges anew");
        t.run_until_idle().await;
        assert_eq!(counted(t.db(), edition).await.accepted, 10);
        assert_eq!(state(&t, edition).await, EditionState::Sent);
        assert_eq!(count(&t, TRAIL, vec![]).await, 2);
        let events = editions::list_events(&mut t.db().read().await.unwrap(), edition).await.unwrap();
        assert!(events.iter().any(|it| it.verb == "pause_group" && it.reason == "gmail: they ask for patience"), "{events:?}");
        t.assert_nobody_was_mailed_twice();
    }

    async fn an_ended_group_stays_ended_and_the_sums_hold(t: Harness) {
        let edition = in_two_groups(&t, &people(10)).await;
        delivery::abort_group(&t.app, Actor::Console, edition, "gmail", "blocked").await.unwrap();
        for again in [
            delivery::abort_group(&t.app, Actor::Console, edition, "gmail", "once more").await,
            delivery::resume_group(&t.app, Actor::Console, edition, "gmail").await,
            delivery::pause_group(&t.app, Actor::Console, edition, "gmail", "").await,
        ] {
            let refused = again.unwrap_err();
            assert!(matches!(&refused, GroupError::Ended { group } if group == "gmail"), "{refused}");
            assert!(refused.to_string().contains("was ended") && refused.to_string().contains("edition show"), "{refused}");
        }
        assert_eq!(count(&t, TRAIL, vec![]).await, 1, "what was refused is not on record");
        t.run_until_idle().await;
        let counts = counted(t.db(), edition).await;
        assert_eq!((counts.audience, counts.accepted, counts.expired, counts.waiting), (10, 6, 4, 0));
        assert_eq!(state(&t, edition).await, EditionState::Sent);
        let reasons = delivery::list_reasons(&mut t.db().read().await.unwrap(), edition).await.unwrap();
        assert_eq!(reasons[0].reason, "aborted for gmail: blocked", "{reasons:?}");
    }

    async fn what_comes_back_of_an_ended_group_or_edition_ends_at_once_with_its_reason(t: Harness) {
        let edition = in_two_groups(&t, &people(10)).await;
        delivery::abort_group(&t.app, Actor::Console, edition, "gmail", "blocked").await.unwrap();
        // As if a worker had held them meanwhile: one range, and one mail that the relay put off.
        let mut tx = t.db().begin().await.unwrap();
        for sql in HELD_MEANWHILE {
            tx.execute(*sql, vec![edition.0.into()]).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(counted(t.db(), edition).await.waiting, 6 + 3);
        delivery::tidy(&t.app).await.unwrap();
        let counts = counted(t.db(), edition).await;
        assert_eq!((counts.expired, counts.waiting), (4, 6), "others wait on");
        let reasons = delivery::list_reasons(&mut t.db().read().await.unwrap(), edition).await.unwrap();
        assert_eq!((reasons.len(), reasons[0].reason.as_str(), reasons[0].count), (1, "aborted for gmail: blocked", 4));
        editions::pause(&t.app, Actor::Console, edition, "").await.unwrap();
        delivery::pause_group(&t.app, Actor::Console, edition, "other", "").await.unwrap();
        delivery::abort(&t.app, Actor::Console, edition, "wrong story").await.unwrap();
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(PUT_OFF, vec![edition.0.into()]).await.unwrap();
        tx.commit().await.unwrap();
        delivery::tidy(&t.app).await.unwrap();
        let counts = counted(t.db(), edition).await;
        assert_eq!((counts.expired, counts.waiting), (10, 0));
        let reasons = delivery::list_reasons(&mut t.db().read().await.unwrap(), edition).await.unwrap();
        assert_eq!((reasons[0].reason.as_str(), reasons[0].count), ("aborted: wrong story", 6));
        let ended = editions::find_edition(&mut t.db().read().await.unwrap(), edition).await.unwrap().unwrap();
        assert_eq!((ended.state, ended.paused_at), (EditionState::Aborted, None), "what has ended is not paused");
        assert!(groups(&t, edition).await.iter().all(|it| !it.is_paused));
    }

    async fn a_group_that_nobody_is_in_and_somebody_who_may_not_are_refused(t: Harness) {
        let edition = in_two_groups(&t, &people(10)).await;
        let error = delivery::pause_group(&t.app, Actor::Console, edition, "gmial", "").await.unwrap_err();
        assert!(matches!(&error, GroupError::UnknownGroup { known, .. } if *known == ["gmail", "other"]), "{error}");
        assert!(error.to_string().contains("its groups: gmail, other"), "{error}");
        let reader = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        for refused in [
            delivery::pause_group(&t.app, reader, edition, "gmail", "").await,
            delivery::resume_group(&t.app, reader, edition, "gmail").await,
            delivery::abort_group(&t.app, reader, edition, "gmail", "").await,
        ] {
            assert!(matches!(refused, Err(GroupError::Edition(EditionError::Forbidden(_)))), "{refused:?}");
        }
        t.run_until_idle().await;
        let late = delivery::pause_group(&t.app, Actor::Console, edition, "gmail", "").await;
        assert!(matches!(late, Err(GroupError::Edition(EditionError::WrongState { .. }))), "{late:?}");
        assert_eq!(count(&t, TRAIL, vec![]).await, 0);
    }

    async fn the_api_steers_groups_and_tells_how_each_stands(t: Harness) {
        let mut t = t;
        let edition = in_two_groups(&t, &people(16)).await;
        let doors = Doors::open(&mut t).await;
        let key = tokens::create(&t.app, Actor::Console, "k", &[Scope::Read, Scope::Write, Scope::Send]).await.unwrap();
        let bearer = format!("Bearer {key}");
        let path = |verb: &str| format!("/api/v1/editions/{edition}{verb}");
        let ask = async |verb: &str, body: Value| {
            let answer = doors.post(&path(verb)).header("authorization", &bearer).json(&body).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        };
        let (status, paused) = ask("/pause", json!({ "group": "gmail", "reason": "slow" })).await;
        assert_eq!((status, &paused["edition"]["paused_at"], &paused["deliveries"]["waiting"]), (200, &Value::Null, &json!(16)));
        let gmail = &paused["progress"]["groups"][0];
        assert_eq!((&gmail["group"], &gmail["is_paused"]), (&json!("gmail"), &json!(true)), "{paused}");
        assert_eq!(ask("/pause", json!({ "group": "nowhere" })).await.1["code"], "unknown_group");
        t.run_until_idle().await;
        t.advance(Span::seconds(10));
        let told = doors.get(&path("")).header("authorization", &bearer).send().await.unwrap().json::<Value>().await.unwrap();
        let (counts, progress) = (&told["deliveries"], &told["progress"]);
        assert_eq!((&counts["accepted"], &counts["waiting"], &counts["audience"]), (&json!(12), &json!(4), &json!(16)));
        let gmail = &progress["groups"][0];
        assert_eq!((&gmail["group"], &gmail["is_paused"], &gmail["waiting"]), (&json!("gmail"), &json!(true), &json!(4)), "{told}");
        assert_eq!((&gmail["rate_per_s"], &gmail["eta_s"]), (&Value::Null, &Value::Null));
        assert_eq!(ask("/resume", json!({ "gruop": "gmail" })).await.0, 422, "not the whole edition by a slip");
        assert_eq!(ask("/resume", json!({ "group": "gmail" })).await.0, 200);
        t.run_until_idle().await;
        assert_eq!(ask("/abort", json!({ "group": "gmail" })).await.0, 409, "it is sent");
        assert_eq!(t.sink.mails().len(), 16);
    }
}
