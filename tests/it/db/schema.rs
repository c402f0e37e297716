//! A schema in words: one line for each column, key, index, reference and list of allowed values, spelled the same for
//! both engines.

use lamplighter::db::{Db, Sql};
use std::collections::BTreeSet;

/// Whole numbers and truth values are both `INTEGER` to SQLite, and so they are here.
const COLUMNS: Sql = Sql::pair(
    r#"SELECT t.name || '.' || c.name || CASE c.type WHEN 'INTEGER' THEN ' number' ELSE ' ' || lower(c.type) END
           || CASE WHEN c."notnull" = 1 OR c.pk > 0 THEN ' NOT NULL' ELSE '' END
           || CASE WHEN c.dflt_value IS NULL THEN '' ELSE ' DEFAULT' END AS value
       FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"#,
    "SELECT table_name || '.' || column_name
           || CASE WHEN data_type IN ('bigint', 'boolean') THEN ' number' ELSE ' ' || data_type END
           || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
           || CASE WHEN column_default IS NULL THEN '' ELSE ' DEFAULT' END AS value
     FROM information_schema.columns WHERE table_schema = 'public'",
);

const PRIMARY_KEYS: Sql = Sql::pair(
    "SELECT t.name || ' PRIMARY KEY (' || (SELECT group_concat(name, ', ')
           FROM (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)) || ')' AS value
     FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
    "SELECT t.relname || ' PRIMARY KEY (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n)
           FROM unnest(i.indkey) WITH ORDINALITY AS k (number, n)
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) || ')' AS value
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
     WHERE s.nspname = 'public' AND i.indisprimary",
);

const INDEXES: Sql = Sql::pair(
    r#"SELECT t.name || CASE l."unique" WHEN 1 THEN ' UNIQUE' ELSE ' INDEX ' || l.name END
           || ' (' || (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno))
           || ')' || CASE l.partial WHEN 1 THEN ' WHERE' ELSE '' END AS value
       FROM sqlite_schema t JOIN pragma_index_list(t.name) l WHERE t.type = 'table' AND l.origin <> 'pk'"#,
    "SELECT t.relname || CASE WHEN i.indisunique THEN ' UNIQUE' ELSE ' INDEX ' || x.relname END
           || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n)
           FROM unnest(i.indkey) WITH ORDINALITY AS k (number, n)
           JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)
           || ')' || CASE WHEN i.indpred IS NULL THEN '' ELSE ' WHERE' END AS value
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
     JOIN pg_namespace s ON s.oid = t.relnamespace WHERE s.nspname = 'public' AND NOT i.indisprimary",
);

const REFERENCES: Sql = Sql::pair(
    r#"SELECT t.name || ' FOREIGN KEY (' || f."from" || ') REFERENCES ' || f."table" || '(' || f."to" || ')'
           || CASE f.on_delete WHEN 'NO ACTION' THEN '' ELSE ' ON DELETE ' || f.on_delete END AS value
       FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'"#,
    "SELECT t.relname || ' ' || pg_get_constraintdef(c.oid) AS value
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace s ON s.oid = t.relnamespace
     WHERE s.nspname = 'public' AND c.contype = 'f'",
);

/// The table on the first line, its definition or one of its conditions on those that follow.
const CONDITIONS: Sql = Sql::pair(
    "SELECT name || char(10) || sql AS value FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK (%'",
    "SELECT t.relname || chr(10) || pg_get_constraintdef(c.oid) AS value
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace s ON s.oid = t.relnamespace
     WHERE s.nspname = 'public' AND c.contype = 'c'",
);

/// Everything in the database but the migrator's own table.
pub async fn describe(db: &Db) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for sql in [COLUMNS, PRIMARY_KEYS, INDEXES, REFERENCES] {
        lines.extend(list(db, sql).await);
    }
    for definition in list(db, CONDITIONS).await {
        let (table, text) = definition.split_once('\n').expect("the query puts a line end");
        lines.extend(allowed_values(text).into_iter().map(|value| format!("{table} CHECK {value}")));
    }
    lines.retain(|line| !line.starts_with("_sqlx_migrations"));
    lines
}

async fn list(db: &Db, sql: Sql) -> Vec<String> {
    let rows: Vec<(String,)> =
        db.read().await.expect("a connection").fetch_all(sql, vec![]).await.expect("a catalogue is readable");
    rows.into_iter().map(|(value,)| value).collect()
}

/// The quoted words and the numbers in the conditions of a definition. A truth value is a number with a condition to
/// SQLite and a type of its own to PostgreSQL: it is left out.
fn allowed_values(definition: &str) -> Vec<String> {
    let code: String = definition.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let mut values = Vec::new();
    for condition in code.split("CHECK (").skip(1) {
        let end = end_of_parenthesis(condition);
        let condition = &condition[..end];
        if condition.ends_with("IN (0, 1)") {
            continue;
        }
        let mut quoted = condition.split('\'');
        while let Some(outside) = quoted.next() {
            let numbers = outside.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            values.extend(numbers.filter(|word| word.parse::<i64>().is_ok()).map(str::to_owned));
            values.extend(quoted.next().map(|word| format!("'{word}'")));
        }
    }
    values
}

fn end_of_parenthesis(text: &str) -> usize {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}
