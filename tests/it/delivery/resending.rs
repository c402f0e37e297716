//! The uncertain, sent again by an operator: they alone, with the same Message-ID, while there is time.

use super::engine::{counted, sealed};
use crate::harness::{Doors, Harness, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::delivery::{self, ResendError, ResendTo};
use lamplighter::editions::{self, EditionError, EditionId, EditionState};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::operators::{Actor, OperatorId, Role};
use serde_json::{Value, json};

/// The relay hangs up at the final dot, the first time with the mail and the other times without.
const TAKEN: &str = "accept-then-drop@x.example";
const LOST: &str = "at-dot-drop-1@x.example";
const TRAIL: Sql = Sql::both("SELECT COUNT(*) AS value FROM audit_events WHERE verb = 'resend'");

async fn sent(t: &Harness) -> EditionId {
    let addresses = ["anna@x.example", TAKEN, LOST].map(str::to_owned);
    let edition = sealed(t, "hold", &addresses).await;
    for _ in 0..20 {
        t.run_until_idle().await;
        if counted(t.db(), edition).await.waiting == 0 {
            break;
        }
        t.advance(Span::minutes(1));
    }
    let counts = counted(t.db(), edition).await;
    assert_eq!((counts.accepted, counts.uncertain), (1, 2), "{counts}");
    assert_eq!(state(t, edition).await, EditionState::Sent);
    edition
}

async fn state(t: &Harness, edition: EditionId) -> EditionState {
    editions::find_edition(&mut t.db().read().await.unwrap(), edition).await.unwrap().unwrap().state
}

fn these(addresses: &[&str]) -> ResendTo {
    ResendTo::These(addresses.iter().map(|it| EmailAddr::parse(it).unwrap()).collect())
}

both_engines! {
    async fn one_who_is_uncertain_gets_it_again_and_nobody_else(t: Harness) {
        let edition = sent(&t).await;
        let resent = delivery::resend_uncertain(&t.app, Actor::Console, edition, &these(&[LOST, LOST])).await.unwrap();
        assert_eq!((resent.readers, resent.uncertain, resent.edition.state), (1, 1, EditionState::Sending));
        t.advance(Span::minutes(1));
        t.run_until_idle().await;
        let counts = counted(t.db(), edition).await;
        assert_eq!((counts.audience, counts.accepted, counts.uncertain), (3, 2, 1), "{counts}");
        assert_eq!(state(&t, edition).await, EditionState::Sent);
        assert_eq!((t.sink.mails_to(LOST).len(), t.sink.mails_to("anna@x.example").len(), t.sink.mails_to(TAKEN).len()), (1, 1, 1));
    }

    async fn all_of_them_get_it_again_with_the_same_message_id(t: Harness) {
        let edition = sent(&t).await;
        let maybe_twice = async || delivery::count_maybe_twice(&mut t.db().read().await.unwrap(), edition).await.unwrap();
        assert_eq!(maybe_twice().await, 0);
        let resent = delivery::resend_uncertain(&t.app, Actor::Console, edition, &ResendTo::All).await.unwrap();
        assert_eq!((resent.readers, resent.uncertain), (2, 0));
        for _ in 0..3 {
            t.advance(Span::minutes(1));
            t.run_until_idle().await;
        }
        let copies = t.sink.mails_to(TAKEN);
        assert_eq!(copies.len(), 2, "whoever had it has it twice: that is the price");
        assert_eq!(copies[0].message_id, copies[1].message_id);
        let counts = counted(t.db(), edition).await;
        assert_eq!((counts.accepted, counts.uncertain, counts.waiting), (2, 1, 0), "{counts}");
        assert_eq!(maybe_twice().await, 1, "who was accepted after an attempt of which nobody knows");
        let trail: i64 = t.db().read().await.unwrap().fetch_value(TRAIL, vec![]).await.unwrap();
        assert_eq!(trail, 1);
    }

    async fn what_cannot_be_sent_again_is_refused_in_words_and_changes_nothing(t: Harness) {
        let edition = sent(&t).await;
        let resend = async |actor: Actor, to: ResendTo| delivery::resend_uncertain(&t.app, actor, edition, &to).await.unwrap_err();
        let stranger = resend(Actor::Console, these(&[LOST, "anna@x.example", "nobody@x.example"])).await;
        assert!(matches!(&stranger, ResendError::NotUncertain(who) if who.len() == 2), "{stranger}");
        assert!(!stranger.to_string().contains("anna@"), "masked: {stranger}");
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        // Nor are they told who of these addresses is uncertain.
        for to in [ResendTo::All, these(&[LOST]), these(&["anna@x.example"])] {
            let refused = resend(viewer, to).await;
            assert!(matches!(refused, ResendError::Edition(EditionError::Forbidden(_))), "{refused}");
        }
        t.advance(Span::hours(25));
        let late = resend(Actor::Console, ResendTo::All).await;
        assert!(matches!(late, ResendError::Expired(2)), "{late}");
        assert_eq!(state(&t, edition).await, EditionState::Sent);
        assert_eq!(counted(t.db(), edition).await.uncertain, 2);
        let other = delivery::resend_uncertain(&t.app, Actor::Console, EditionId(99), &ResendTo::All).await.unwrap_err();
        assert!(matches!(other, ResendError::Edition(EditionError::Unknown)), "{other}");
    }

    async fn the_api_wants_a_key_for_it_and_to_know_whom(t: Harness) {
        let mut t = t;
        let edition = sent(&t).await;
        let doors = Doors::open(&mut t).await;
        let token = tokens::create(&t.app, Actor::Console, "k", &[Scope::Send]).await.unwrap();
        let bearer = format!("Bearer {token}");
        let ask = async |key: &str, body: Value| {
            let request = doors.post(&format!("/api/v1/editions/{edition}/resend")).header("authorization", &bearer).json(&body);
            let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        };
        assert_eq!(ask("", json!({ "all": true })).await.1["code"], "idempotency_key_required");
        assert_eq!(ask("a", json!({})).await.0, 422);
        assert_eq!(ask("b", json!({ "all": true, "to": [LOST] })).await.0, 422);
        assert_eq!(ask("c", json!({ "to": ["anna@x.example"] })).await.1["code"], "not_uncertain");
        let first = ask("d", json!({ "to": [LOST] })).await;
        assert_eq!((first.0, &first.1["resent"], &first.1["uncertain"]), (202, &json!(1), &json!(1)), "{first:?}");
        assert_eq!(ask("d", json!({ "to": [LOST] })).await, first, "the same request is the same answer");
        t.run_until_idle().await;
        assert_eq!(t.sink.mails_to(LOST).len(), 1);
    }
}
