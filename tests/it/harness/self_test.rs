//! The stage itself holds.

use super::{Harness, both_engines};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::db::{Db, Sql};

const INSERT: Sql = Sql::both("INSERT INTO leases (name, owner, until_at) VALUES ($1, 'somebody', 0)");
const COUNT: Sql = Sql::both("SELECT COUNT(*) AS value FROM leases");

async fn insert(db: &Db, name: &str) {
    let mut tx = db.begin().await.unwrap();
    tx.execute(INSERT, vec![name.into()]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn count(db: &Db) -> i64 {
    db.read().await.unwrap().fetch_value(COUNT, vec![]).await.unwrap()
}

both_engines! {
    async fn a_restart_keeps_the_database_and_the_time_and_draws_other_tokens(t: Harness) {
        insert(t.db(), "kept").await;
        t.advance(Span::hours(3));
        let (now, token) = (t.now(), t.app.context.random.token::<16>());
        let t = t.restart_with(|config| config.site.name = "The Other Gazette".to_owned()).await;
        assert_eq!((count(t.db()).await, t.now()), (1, now));
        assert_eq!(t.app.now(), now);
        assert_ne!(t.app.context.random.token::<16>(), token);
        assert_eq!(t.app.config.site.name, "The Other Gazette");
        assert_eq!(t.app.config.relays[0].port(), t.sink.address().port());
    }

    async fn a_restart_ends_what_runs_in_the_middle_of_its_transaction(mut t: Harness) {
        let (told, hears) = tokio::sync::oneshot::channel();
        let db = t.db().clone();
        t.spawn(async move {
            let mut tx = db.begin().await.unwrap();
            tx.execute(INSERT, vec!["half done".into()]).await.unwrap();
            told.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        hears.await.unwrap();
        let t = t.restart().await;
        assert_eq!(count(t.db()).await, 0);
        // The one writer of SQLite is free again.
        insert(t.db(), "after").await;
    }

    async fn a_crash_stops_the_world_until_the_restart(mut t: Harness) {
        t.faults.arm(CrashPoint::AfterLease, 2);
        let (faults, db) = (t.faults.clone(), t.db().clone());
        t.spawn(async move {
            for name in ["first", "second", "third"] {
                insert(&db, name).await;
                faults.hit(CrashPoint::AfterLease).await;
            }
        });
        t.faults.crashed().await;
        let t = t.restart().await;
        assert_eq!(count(t.db()).await, 2);
        assert!(!t.faults.has_crashed());
    }

    async fn an_id_of_one_table_is_an_id_of_no_other(t: Harness) {
        let sql = Sql::both("INSERT INTO signing_keys (secret, created_at) VALUES ('', 0) RETURNING id AS value");
        let mut tx = t.db().begin().await.unwrap();
        let key: i64 = tx.fetch_value(sql, vec![]).await.unwrap();
        let sql = Sql::both("INSERT INTO api_tokens (name, token_hash, scopes, created_at) VALUES ('', '', '', 0) RETURNING id AS value");
        let token: i64 = tx.fetch_value(sql, vec![]).await.unwrap();
        assert!(key > 10_000 && token > 10_000 && key.abs_diff(token) >= 9_000, "{key} {token}");
    }
}
