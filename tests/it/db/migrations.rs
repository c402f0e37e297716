//! A schema goes forward, once, whoever asks how often; and a database that a later version made is left alone.

use super::schema::describe;
use crate::harness::{EmptyDatabase, TestDatabase, both_engines};
use lamplighter::db::{Db, MIGRATIONS, MigrationError, Sql};
use std::sync::Arc;

const APPLIED: Sql = Sql::both("SELECT version AS value FROM _sqlx_migrations ORDER BY version");

async fn applied(db: &Db) -> Vec<i64> {
    let rows: Vec<(i64,)> = db.read().await.unwrap().fetch_all(APPLIED, vec![]).await.unwrap();
    rows.into_iter().map(|(number,)| number).collect()
}

async fn change(db: &Db, sql: Sql) {
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

fn known() -> Vec<i64> {
    MIGRATIONS.iter().map(|step| step.number).collect()
}

both_engines! {
    async fn migrating_twice_is_migrating_once(database: EmptyDatabase) {
        let db = database.0.connect().await;
        db.migrate().await.unwrap();
        let schema = describe(&db).await;
        db.migrate().await.unwrap();
        assert_eq!(applied(&db).await, known());
        assert_eq!(describe(&db).await, schema);
    }

    async fn several_processes_may_migrate_at_once(database: EmptyDatabase) {
        let mut processes = Vec::new();
        for _ in 0..4 {
            processes.push(database.0.connect().await);
        }
        let outcomes = futures_util::future::join_all(processes.iter().map(Db::migrate)).await;
        for outcome in outcomes {
            outcome.unwrap();
        }
        assert_eq!(applied(&processes[0]).await, known());
    }

    async fn a_database_from_a_newer_version_is_refused_and_left_as_it_is(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        // Behind and ahead at once: nothing of what is missing may be added either.
        change(&db, Sql::both("DROP TABLE audience_exclusions")).await;
        change(&db, Sql::both("DELETE FROM _sqlx_migrations WHERE version = 5")).await;
        change(&db, Sql::pair(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', TRUE, X'00', 0)",
            r"INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', TRUE, '\x00', 0)",
        )).await;
        let (schema, steps) = (describe(&db).await, applied(&db).await);
        let error = db.migrate().await.unwrap_err();
        let last = MIGRATIONS.last().unwrap().number;
        assert!(matches!(error, MigrationError::Newer { found: 9999, known } if known == last), "{error}");
        assert!(error.to_string().contains("run the newer lamplighter"), "{error}");
        assert_eq!((describe(&db).await, applied(&db).await), (schema, steps));
    }

    async fn an_edited_step_is_refused_by_its_number(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        change(&db, Sql::pair(
            "UPDATE _sqlx_migrations SET checksum = X'00' WHERE version = 2",
            r"UPDATE _sqlx_migrations SET checksum = '\x00' WHERE version = 2",
        )).await;
        let error = db.migrate().await.unwrap_err();
        assert!(matches!(error, MigrationError::Changed(2)), "{error}");
    }
}
