//! The two schemas are one: the same tables, columns, keys, references and allowed values.

use super::schema::describe;
use crate::harness::TestDatabase;
use lamplighter::db::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_schema() {
    let sqlite = TestDatabase::migrated(Engine::Sqlite).await.expect("SQLite is built in");
    let Some(postgres) = TestDatabase::migrated(Engine::Postgres).await else { return };
    let (one, other) = (describe(&sqlite.connect().await).await, describe(&postgres.connect().await).await);
    assert!(one.len() > 100, "the schema was not read: {one:?}");
    let difference: Vec<String> = one
        .difference(&other)
        .map(|line| format!("SQLite alone:     {line}"))
        .chain(other.difference(&one).map(|line| format!("PostgreSQL alone: {line}")))
        .collect();
    assert!(difference.is_empty(), "\n{}", difference.join("\n"));
    postgres.remove().await;
}
