//! Readers between their mailbox and the books.

mod address_change;
mod addresses;
mod at_once;
mod bombing;
mod export;
mod import;
mod erased_lists;
mod import_jobs;
mod joining;
mod leaving;
mod life;
mod person;
mod personal;
mod preferences;
mod retention;
mod search;
mod search_waiting;
mod suppressions;
mod tally;
mod timing;
mod unread_values;
mod welcome;

use crate::harness::Harness;
use lamplighter::db::{Db, Engine, FromRow, Row, Sql, StoreError, Tx, Value};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::subscribers::{self, Dossier, ListFilter, Subscription, SubscriptionState, Who};

const ADA: &str = "ada@readers.example";

async fn dossier(t: &Harness, address: &str) -> Option<Dossier> {
    let who = Who::Address(EmailAddr::parse(address).unwrap());
    subscribers::show(&t.app, Actor::Console, &who).await.unwrap()
}

/// The one subscription of a reader to `evening`.
async fn subscription(t: &Harness, address: &str) -> Subscription {
    let evening = t.publication("evening").await.id;
    let all = dossier(t, address).await.expect("a reader").subscriptions;
    all.into_iter().find(|it| it.publication_id == evening).expect("a subscription to evening")
}

async fn preferences_token(t: &Harness, address: &str) -> String {
    last_part(&subscribers::preferences_link(&t.app, subscription(t, address).await.id.0))
}

async fn unsubscribe_token(t: &Harness, address: &str) -> String {
    last_part(&subscribers::unsubscribe_link(&t.app, subscription(t, address).await.id.0))
}

fn last_part(link: &str) -> String {
    link.rsplit('/').next().unwrap().to_owned()
}

/// The token of the newest link of this kind in a mailbox, if there is one: `address`, `personal`.
async fn mailed_token(t: &Harness, address: &str, page: &str) -> Option<String> {
    t.run_until_idle().await;
    let part = format!("/{page}/");
    let mails = t.sink.mails_to(address);
    mails.iter().rev().find_map(|mail| mail.links.iter().find(|link| link.contains(&part)).map(|link| last_part(link)))
}

const TABLES: Sql = Sql::pair(
    "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    "SELECT CAST(table_name AS TEXT) AS value FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name",
);

/// Every row of every table but some, as text.
pub async fn dump(db: &Db, but: &[&str]) -> String {
    let mut tx = db.read().await.unwrap();
    let tables: Vec<(String,)> = tx.fetch_all(TABLES, vec![]).await.unwrap();
    let mut out = String::new();
    for (table,) in tables.iter().filter(|(table,)| !but.contains(&table.as_str()) && !table.starts_with("_sqlx")) {
        let columns = match db.engine() {
            Engine::Sqlite => {
                let sql = format!(
                    "SELECT 'COALESCE(CAST(\"' || name || '\" AS TEXT), ''-'')' AS value FROM pragma_table_info('{table}')"
                );
                let names: Vec<(String,)> = tx.fetch_all(sql_of(sql), vec![]).await.unwrap();
                names.into_iter().map(|(name,)| name).collect::<Vec<_>>().join(" || '|' || ")
            }
            Engine::Postgres => format!("CAST(\"{table}\" AS TEXT)"),
        };
        let rows: Vec<(String,)> = tx
            .fetch_all(sql_of(format!("SELECT {columns} AS value FROM \"{table}\" ORDER BY 1")), vec![])
            .await
            .unwrap();
        for (row,) in rows {
            out.push_str(&format!("{table}: {row}\n"));
        }
    }
    out
}

/// A statement of a test lives as long as the test.
fn sql_of(text: String) -> Sql {
    Sql::both(Box::leak(text.into_boxed_str()))
}

async fn active(t: &Harness) -> usize {
    let filter = ListFilter { state: Some(SubscriptionState::Active), ..ListFilter::default() };
    subscribers::list(&t.app, Actor::Console, &filter).await.unwrap().len()
}

/// Of everybody who is kept.
async fn addresses(t: &Harness) -> Vec<String> {
    const ALL: Sql = Sql::both("SELECT email AS value FROM subscribers ORDER BY email");
    let rows: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(ALL, vec![]).await.unwrap();
    rows.into_iter().map(|(email,)| email).collect()
}

/// Tables with a row for each reader, mail or deed, and what statements call them.
const TABLES_THAT_GROW: &[(&str, &str)] = &[
    ("subscribers", "p"),
    ("subscriptions", "s"),
    ("pending_signups", "w"),
    ("returns", "r"),
    ("consents", "c"),
    ("deliveries", "d"),
    ("audience_exclusions", "x"),
    ("suppressions", "x"),
    ("audit_events", "t"),
    ("outbox", "outbox"),
];

/// One line of a plan.
struct Step(String);

impl FromRow for Step {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let column = match row {
            Row::Sqlite(_) => "detail",
            Row::Postgres(_) => "QUERY PLAN",
        };
        row.get(column).map(Self)
    }
}

/// How the engine runs a text as the program hands it over: with places for its values, and not with the values in it, of
/// which a planner could make more than it ever will.
async fn plan(tx: &mut Tx, sql: Sql) -> Vec<String> {
    let engine = tx.engine();
    let (text, count) = (sql.text(engine), sql.parameters(engine));
    let steps: Result<Vec<Step>, _> = match engine {
        Engine::Sqlite => {
            let values = vec![Value::Int(Some(1)); count];
            tx.fetch_all(sql_of(format!("EXPLAIN QUERY PLAN {text}")), values).await
        }
        Engine::Postgres => {
            // In two steps, since a text with places is not handed over without their values.
            let text = text.replace('$', "@@");
            let prepare =
                format!("DO $do$ BEGIN EXECUTE replace($text$PREPARE asked AS {text}$text$, '@@', chr(36)); END $do$");
            tx.execute(sql_of(prepare), vec![]).await.unwrap();
            let values = if count == 0 { String::new() } else { format!("({})", vec!["'1'"; count].join(", ")) };
            let steps = tx.fetch_all(sql_of(format!("EXPLAIN EXECUTE asked{values}")), vec![]).await;
            tx.execute(Sql::both("DEALLOCATE asked"), vec![]).await.unwrap();
            steps
        }
    };
    steps.unwrap_or_else(|error| panic!("{text}: {error}")).into_iter().map(|it| it.0).collect()
}

/// A transaction in which plans are those of tables that have grown.
async fn planning(t: &Harness) -> Tx {
    let mut tx = t.db().begin().await.unwrap();
    if tx.engine() == Engine::Postgres {
        // A handful of rows is read, and joined, fastest from end to end; a hundred thousand are not. And the plan is the
        // one for all values.
        for wish in [
            "enable_seqscan = off",
            "enable_hashjoin = off",
            "enable_mergejoin = off",
            "plan_cache_mode = force_generic_plan",
        ] {
            tx.execute(sql_of(format!("SET LOCAL {wish}")), vec![]).await.unwrap();
        }
    }
    tx
}

/// The plan of each statement of a room.
pub async fn plans_of(t: &Harness, room: &str) -> Vec<(&'static str, Vec<String>)> {
    let mut tx = planning(t).await;
    let mut out = Vec::new();
    for statement in lamplighter::statements().into_iter().filter(|it| it.name.contains(room)) {
        out.push((statement.name, plan(&mut tx, statement.sql).await));
    }
    out
}

/// Whether a plan reads a table that grows, or an index of it, from end to end.
fn is_scan(plan: &[String]) -> bool {
    plan.iter().enumerate().any(|(at, line)| {
        let line = line.trim();
        TABLES_THAT_GROW.iter().any(|(table, alias)| {
            let names = [format!("SCAN {table}"), format!("SCAN {alias}")];
            if names.iter().any(|it| line == it || line.starts_with(&format!("{it} "))) {
                return true;
            }
            // PostgreSQL: an index that is followed says by what.
            let of_step = plan[at + 1..].iter().take_while(|it| !it.contains("->"));
            let is_of_table = line.contains(&format!(" on {table} ")) && line.contains("Scan");
            is_of_table
                && (line.contains("Seq Scan")
                    || (line.contains("Index") && !of_step.clone().any(|it| it.contains("Index Cond"))))
        })
    })
}
