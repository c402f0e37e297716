//! No statement reads a long table from end to end: SQLite's plan of every one that is registered, but for those that
//! are named here with the reason.

use crate::harness::TestDatabase;
use lamplighter::db::{Engine, Statement};
use sqlx::{Connection as _, Row as _, SqlSafeStr as _, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

/// Those that grow with readers, editions and years. A walk along a partial index is short by its condition.
const LONG: &[&str] = &[
    "article_links",
    "article_terms",
    "articles",
    "audience_exclusions",
    "audit_events",
    "candidates",
    "claims",
    "consents",
    "deliveries",
    "delivery_attempts",
    "edition_events",
    "edition_items",
    "fetches",
    "idempotency_keys",
    "import_chunks",
    "outbox",
    "pending_signups",
    "returns",
    "sightings",
    "subscribers",
    "subscriptions",
    "suppressions",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_events",
];

/// None of them is asked for by a page of every evening.
const MAY: &[(&str, &str)] = &[
    ("returns::store::COUNT_BY_CLASS", "walks an index of what came back, which is little and kept for a while"),
    ("audience::EXCLUDE_SUPPRESSED", "once an edition, when it is sealed: everybody who is suppressed is looked up"),
    ("mail::store::PRUNE", "once an hour"),
    ("idempotency::LIST_ANSWERS_WITH", "when a person is erased, of the answers of one day"),
    ("webhooks::store::REPLAY_SINCE", "what an operator asks to be told again, of the events that are kept"),
];

/// What each name of a table in this text stands for.
fn tables(text: &str) -> BTreeMap<&str, &str> {
    let words = text.split([' ', '(', ')', ',']).filter(|it| !it.is_empty());
    // A table may be the last word.
    let words: Vec<&str> = words.chain(["", ""]).collect();
    let mut names = BTreeMap::new();
    for window in words.windows(4) {
        let [before, table, name, further] = window else { continue };
        if !matches!(*before, "FROM" | "JOIN" | "UPDATE" | "INTO") {
            continue;
        }
        names.insert(*table, *table);
        names.insert(if *name == "AS" { further } else { name }, *table);
    }
    names
}

async fn plan(connection: &mut SqliteConnection, statement: &Statement) -> Vec<String> {
    let text = format!("EXPLAIN QUERY PLAN {}", statement.sql.text(Engine::Sqlite));
    let mut query = sqlx::query(sqlx::AssertSqlSafe(text).into_sql_str());
    for _ in 0..statement.sql.parameters(Engine::Sqlite) {
        query = query.bind(None::<i64>);
    }
    let rows = query.fetch_all(connection).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

#[test]
fn a_table_is_known_by_its_other_names() {
    let names = tables(
        "SELECT 1 FROM deliveries d JOIN editions AS e ON e.id = d.edition_id WHERE x IN (SELECT 1 FROM outbox)",
    );
    let known = |name| names.get(name).copied();
    assert_eq!(
        (known("d"), known("deliveries"), known("e")),
        (Some("deliveries"), Some("deliveries"), Some("editions"))
    );
    assert_eq!(known("outbox"), Some("outbox"));
}

#[tokio::test]
async fn no_statement_reads_a_long_table_from_end_to_end() {
    let database = TestDatabase::migrated(Engine::Sqlite).await.expect("SQLite is always there");
    let mut connection = SqliteConnection::connect(&database.url).await.expect("the test's own database is there");
    let partial: BTreeSet<String> =
        sqlx::query("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%) WHERE %'")
            .fetch_all(&mut connection)
            .await
            .expect("the schema is readable")
            .iter()
            .map(|row| row.get("name"))
            .collect();
    assert!(partial.len() > 10, "{partial:?}");
    let mut found = BTreeMap::new();
    for statement in lamplighter::statements() {
        let names = tables(statement.sql.text(Engine::Sqlite));
        for step in plan(&mut connection, &statement).await {
            let Some(name) = step.strip_prefix("SCAN ").and_then(|it| it.split(' ').next()) else { continue };
            let index = step.rsplit(' ').next().unwrap_or_default();
            if names.get(name).is_some_and(|table| LONG.contains(table)) && !partial.contains(index) {
                found.insert(statement.name, step);
            }
        }
    }
    let wrong: Vec<String> = found
        .iter()
        .filter(|(name, _)| !MAY.iter().any(|(may, _)| name.ends_with(may)))
        .map(|(name, step)| format!("{name}: {step}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let stale: Vec<&str> =
        MAY.iter().map(|(may, _)| *may).filter(|may| !found.keys().any(|it| it.ends_with(may))).collect();
    assert!(stale.is_empty(), "these read no long table any more: {stale:?}");
}
