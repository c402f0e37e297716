//! Every statement of the program is understood by both engines: no unknown column, no word of one dialect, no
//! parameter whose type PostgreSQL cannot tell.

use crate::harness::{TestDatabase, both_engines};
use lamplighter::db::Engine;
use std::collections::BTreeSet;
use std::sync::Arc;

both_engines! {
    async fn every_statement_prepares(database: Arc<TestDatabase>) {
        let db = database.connect().await;
        let mut refused = Vec::new();
        let mut tx = db.read().await.expect("a connection");
        for statement in lamplighter::statements() {
            if let Err(error) = tx.prepare(statement.sql).await {
                refused.push(format!("{}: {error}", statement.name));
                // PostgreSQL ends a transaction at its first mistake.
                tx = db.read().await.expect("a connection");
            }
        }
        assert!(refused.is_empty(), "\n{}", refused.join("\n"));
    }
}

#[test]
fn a_pair_takes_the_same_values_on_both_engines_and_counts_them_without_gaps() {
    for statement in lamplighter::statements() {
        let (sqlite, postgres) = (statement.sql.text(Engine::Sqlite), statement.sql.text(Engine::Postgres));
        let count = statement.sql.parameters(Engine::Sqlite);
        assert_eq!(count, statement.sql.parameters(Engine::Postgres), "{}", statement.name);
        for number in 1..=count {
            for text in [sqlite, postgres] {
                assert!(mentions(text, number), "{} never uses ${number}", statement.name);
            }
        }
    }
}

fn mentions(text: &str, number: usize) -> bool {
    let parameter = format!("${number}");
    text.match_indices(&parameter)
        .any(|(at, _)| !text[at + parameter.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

#[test]
fn statements_have_names_of_their_own() {
    let statements = lamplighter::statements();
    let names: BTreeSet<_> = statements.iter().map(|statement| statement.name).collect();
    assert_eq!(names.len(), statements.len(), "a list stands twice in lamplighter::statements()");
}

/// A subquery is a part of the join around it, and PostgreSQL may run it once for each row there. One that locks skips what
/// it has locked before, and takes its limit again.
#[test]
fn what_is_locked_and_limited_within_a_change_stands_in_a_materialized_part() {
    let mut locking = 0;
    for statement in lamplighter::statements() {
        let text = statement.sql.text(Engine::Postgres);
        let is_change = ["UPDATE ", "DELETE ", "INSERT "]
            .iter()
            .any(|it| text.starts_with(it) || text.contains(&format!(") {it}")));
        if !is_change || !text.contains("FOR UPDATE") || !text.contains("LIMIT") {
            continue;
        }
        locking += 1;
        assert!(text.starts_with("WITH ") && text.contains("AS MATERIALIZED (SELECT"), "{}: {text}", statement.name);
        let (part, change) =
            text.split_once(") UPDATE ").or_else(|| text.split_once(") DELETE ")).unwrap_or((text, ""));
        assert!(part.contains("FOR UPDATE") && !change.contains("FOR UPDATE"), "{}: {text}", statement.name);
    }
    assert!(locking >= 4, "{locking} of them were found");
}
