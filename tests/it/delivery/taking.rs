//! What a worker asks for and what it gets: no more than it has hands for. What it takes beyond that is in nobody's hands: it
//! is its own by the database, so that nobody else takes it, and it knows nothing of it.

use super::steering::in_two_groups;
use crate::harness::{Harness, both_engines};
use lamplighter::base::Span;
use lamplighter::db::{Sql, Value};
use lamplighter::delivery;
use lamplighter::editions::{self, EditionId, EditionState};
use lamplighter::operators::Actor;

/// Ranges that were given back after the engine had looked at its tables: PostgreSQL expects few of them then, and runs a
/// subquery for each.
const FREE: &[Sql] = &[
    Sql::both(
        "INSERT INTO delivery_leases (edition_id, wave, first_id, last_id, owner) SELECT d.edition_id, d.wave, d.id, d.id, 'gone' FROM deliveries d WHERE d.edition_id = $1 AND d.state = 'queued'",
    ),
    Sql::both("UPDATE delivery_waves SET next_id = last_id + 1 WHERE edition_id = $1"),
];
const LOOKED_AT: Sql = Sql::both("ANALYZE");
const GIVEN_BACK: Sql = Sql::both("UPDATE delivery_leases SET owner = NULL WHERE edition_id = $1");
const DUE: Sql = Sql::both("UPDATE deliveries SET state = 'deferred' WHERE edition_id = $1");
const OWNED: Sql = Sql::both("SELECT COUNT(*) AS value FROM delivery_leases WHERE owner IS NOT NULL");
const LEASED: Sql = Sql::both("SELECT COUNT(*) AS value FROM deliveries WHERE state = 'leased'");
const FOUND: Sql = Sql::both("SELECT COUNT(*) AS value FROM delivery_leases WHERE edition_id = $1");

fn statement(name: &str) -> Sql {
    let found = lamplighter::statements().into_iter().find(|it| it.name.ends_with(name));
    found.unwrap_or_else(|| panic!("no statement {name}")).sql
}

async fn forty(t: &Harness) -> EditionId {
    let addresses: Vec<String> = (0..40).map(|n| format!("reader-{n}@x.example")).collect();
    in_two_groups(t, &addresses).await
}

async fn count(t: &Harness, sql: Sql, values: Vec<Value>) -> i64 {
    t.db().read().await.unwrap().fetch_value(sql, values).await.unwrap()
}

async fn execute(t: &Harness, sql: Sql, values: Vec<Value>) {
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(sql, values).await.unwrap();
    tx.commit().await.unwrap();
}

/// Everybody is in a range of their own, and nobody holds one.
async fn give_back(t: &Harness, edition: EditionId) {
    for sql in FREE {
        execute(t, *sql, vec![edition.0.into()]).await;
    }
    execute(t, LOOKED_AT, vec![]).await;
    execute(t, GIVEN_BACK, vec![edition.0.into()]).await;
}

both_engines! {
    async fn of_many_that_are_free_as_many_are_taken_as_were_asked_for(t: Harness) {
        let edition = forty(&t).await;
        give_back(&t, edition).await;
        assert_eq!(count(&t, FOUND, vec![edition.0.into()]).await, 40);
        let asked = |limit: i64| vec!["a worker".into(), t.now().into(), "[]".into(), limit.into()];
        for taken in 1..=3 {
            execute(&t, statement("TAKE_RETURNED"), asked(1)).await;
            assert_eq!(count(&t, OWNED, vec![]).await, taken);
        }
        execute(&t, DUE, vec![edition.0.into()]).await;
        execute(&t, statement("TAKE_DUE"), asked(7)).await;
        assert_eq!(count(&t, LEASED, vec![]).await, 7);
    }

    async fn whoever_is_in_ranges_that_were_given_back_is_mailed(t: Harness) {
        let edition = forty(&t).await;
        give_back(&t, edition).await;
        delivery::pause_group(&t.app, Actor::Console, edition, "gmail", "").await.unwrap();
        t.run_until_idle().await;
        delivery::resume_group(&t.app, Actor::Console, edition, "gmail").await.unwrap();
        t.run_until_idle().await;
        t.advance(Span::minutes(1));
        let mut tx = t.db().read().await.unwrap();
        assert_eq!(editions::find_edition(&mut tx, edition).await.unwrap().unwrap().state, EditionState::Sent);
        assert_eq!(delivery::counts(&mut tx, edition).await.unwrap().accepted, 40);
        t.assert_nobody_was_mailed_twice();
    }
}
