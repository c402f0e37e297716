//! The table `audit_events`. It is written and read; the database itself refuses to change it.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::operators::Actor;
use std::collections::{BTreeSet, HashMap};

statements! {
    INSERT_EVENT = "INSERT INTO audit_events (at, actor_kind, actor_id, verb, subject_kind, subject_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST_EVENTS = "SELECT at, actor_kind, actor_id, verb, detail FROM audit_events WHERE subject_kind = $1 AND subject_id = $2 ORDER BY at DESC, id DESC LIMIT $3";
    FIND_LAST_OF_VERB = "SELECT at, actor_kind, actor_id, verb, detail FROM audit_events WHERE verb = $1 ORDER BY at DESC, id DESC LIMIT 1";
    // The next six differ in the index that finds their lines, and take the same values: by time, by doer, by a doer without
    // a number, by a thing, by its kind, by deed. What accounts and keys were done to ($4) is for those who manage them.
    LIST_TRAIL = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE (CAST($6 AS TEXT) IS NULL OR actor_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR actor_id = $7) AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND (CAST($9 AS TEXT) IS NULL OR subject_kind = $9) AND (CAST($10 AS BIGINT) IS NULL OR subject_id = $10) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_ACTOR = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE actor_kind = $6 AND actor_id = $7 AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND (CAST($9 AS TEXT) IS NULL OR subject_kind = $9) AND (CAST($10 AS BIGINT) IS NULL OR subject_id = $10) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_NOBODY = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE actor_kind = $6 AND actor_id IS NULL AND CAST($7 AS BIGINT) IS NULL AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND (CAST($9 AS TEXT) IS NULL OR subject_kind = $9) AND (CAST($10 AS BIGINT) IS NULL OR subject_id = $10) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_SUBJECT = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE subject_kind = $9 AND subject_id = $10 AND (CAST($6 AS TEXT) IS NULL OR actor_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR actor_id = $7) AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_SUBJECT_KIND = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE subject_kind = $9 AND CAST($10 AS BIGINT) IS NULL AND (CAST($6 AS TEXT) IS NULL OR actor_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR actor_id = $7) AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_VERB = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE verb = $8 AND (CAST($6 AS TEXT) IS NULL OR actor_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR actor_id = $7) AND (CAST($9 AS TEXT) IS NULL OR subject_kind = $9) AND (CAST($10 AS BIGINT) IS NULL OR subject_id = $10) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    // Of each kind of [`NAMED`] a list of numbers. The engines take lists apart each in its own way.
    FIND_NAMES = sqlite: "SELECT 'operator' AS kind, o.id AS id, o.name AS name FROM operators o WHERE o.id IN (SELECT value FROM json_each($1)) UNION ALL SELECT 'token', o.id, o.name FROM api_tokens o WHERE o.id IN (SELECT value FROM json_each($2)) UNION ALL SELECT 'publication', o.id, o.name FROM publications o WHERE o.id IN (SELECT value FROM json_each($3)) UNION ALL SELECT 'source', o.id, o.name FROM sources o WHERE o.id IN (SELECT value FROM json_each($4)) UNION ALL SELECT 'edition', o.id, p.name || ' ' || o.label FROM editions o JOIN publications p ON p.id = o.publication_id WHERE o.id IN (SELECT value FROM json_each($5)) UNION ALL SELECT 'article', o.id, o.title FROM articles o WHERE o.id IN (SELECT value FROM json_each($6)) UNION ALL SELECT 'section', o.id, o.name FROM sections o WHERE o.id IN (SELECT value FROM json_each($7)) UNION ALL SELECT 'slot', o.id, p.name || ', ' || o.name FROM slots o JOIN publications p ON p.id = o.publication_id WHERE o.id IN (SELECT value FROM json_each($8)) UNION ALL SELECT 'webhook', o.id, o.name FROM webhook_endpoints o WHERE o.id IN (SELECT value FROM json_each($9))",
        postgres: "SELECT 'operator' AS kind, o.id AS id, o.name AS name FROM operators o WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) UNION ALL SELECT 'token', o.id, o.name FROM api_tokens o WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS json)) AS ids(value)) UNION ALL SELECT 'publication', o.id, o.name FROM publications o WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($3 AS json)) AS ids(value)) UNION ALL SELECT 'source', o.id, o.name FROM sources o WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($4 AS json)) AS ids(value)) UNION ALL SELECT 'edition', o.id, p.name || ' ' || o.label FROM editions o JOIN publications p ON p.id = o.publication_id WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($5 AS json)) AS ids(value)) UNION ALL SELECT 'article', o.id, o.title FROM articles o WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($6 AS json)) AS ids(value)) UNION ALL SELECT 'section', o.id, o.name FROM sections o WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($7 AS json)) AS ids(value)) UNION ALL SELECT 'slot', o.id, p.name || ', ' || o.name FROM slots o JOIN publications p ON p.id = o.publication_id WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($8 AS json)) AS ids(value)) UNION ALL SELECT 'webhook', o.id, o.name FROM webhook_endpoints o WHERE o.id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($9 AS json)) AS ids(value))";
}

row! {
    /// A line of what was done to one thing.
    #[derive(Clone, Debug, serde::Serialize)]
    pub struct AuditEvent {
        pub at: Timestamp,
        pub actor_kind: String,
        pub actor_id: Option<i64>,
        pub verb: String,
        /// JSON.
        pub detail: String,
    }
}

impl AuditEvent {
    /// `operator 3`; without a number, the kind alone.
    pub fn actor(&self) -> String {
        self.actor_id.map_or_else(|| self.actor_kind.clone(), |id| format!("{} {id}", self.actor_kind))
    }
}

row! {
    /// A line of the trail as it was written.
    #[derive(Clone, Debug)]
    pub(in crate::operators) struct TrailRow {
        pub id: i64,
        pub at: Timestamp,
        pub actor_kind: String,
        pub actor_id: Option<i64>,
        pub verb: String,
        pub subject_kind: String,
        pub subject_id: Option<i64>,
        pub detail: String,
    }
}

/// What lines are asked for.
pub(in crate::operators) struct Asked<'a> {
    pub from: Timestamp,
    /// Lines before this instant, or of it and of a smaller number.
    pub before: (Timestamp, i64),
    pub with_accounts: bool,
    pub limit: i64,
    /// Kind, and number where it has one.
    pub actor: Option<(&'a str, ActorNumber)>,
    pub verb: Option<&'a str>,
    pub subject: Option<(&'a str, Option<i64>)>,
}

/// Which of a kind of doers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::operators) enum ActorNumber {
    Is(i64),
    /// Doers without a number: the command line, the service, visitors.
    None,
    Any,
}

pub(in crate::operators) async fn insert(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    verb: &str,
    (subject_kind, subject_id): (&str, Option<i64>),
    detail: &str,
) -> Result<(), StoreError> {
    tx.execute(INSERT_EVENT, args![now, actor.kind(), actor.id(), verb, subject_kind, subject_id, detail]).await?;
    Ok(())
}

pub(in crate::operators) async fn list_of(
    tx: &mut Tx,
    (subject_kind, subject_id): (&str, i64),
    limit: i64,
) -> Result<Vec<AuditEvent>, StoreError> {
    tx.fetch_all(LIST_EVENTS, args![subject_kind, subject_id, limit]).await
}

pub(in crate::operators) async fn find_last(tx: &mut Tx, verb: &str) -> Result<Option<AuditEvent>, StoreError> {
    tx.fetch_optional(FIND_LAST_OF_VERB, args![verb]).await
}

pub(in crate::operators) async fn list(tx: &mut Tx, it: &Asked<'_>) -> Result<Vec<TrailRow>, StoreError> {
    let (actor_kind, number) = it.actor.map_or((None, ActorNumber::Any), |(kind, number)| (Some(kind), number));
    let (subject_kind, subject_id) = it.subject.map_or((None, None), |(kind, id)| (Some(kind), id));
    let (sql, actor_id) = match number {
        ActorNumber::Is(id) => (LIST_TRAIL_OF_ACTOR, Some(id)),
        ActorNumber::None => (LIST_TRAIL_OF_NOBODY, None),
        // Readers do most of what is done: they are soon found by the time alone.
        ActorNumber::Any => match (subject_kind, subject_id, it.verb) {
            (Some(_), Some(_), _) => (LIST_TRAIL_OF_SUBJECT, None),
            (Some(_), None, _) => (LIST_TRAIL_OF_SUBJECT_KIND, None),
            (None, _, Some(_)) => (LIST_TRAIL_OF_VERB, None),
            (None, _, None) => (LIST_TRAIL, None),
        },
    };
    let values = args![
        it.from,
        it.before.0,
        it.before.1,
        it.with_accounts,
        it.limit,
        actor_kind,
        actor_id,
        it.verb,
        subject_kind,
        subject_id
    ];
    tx.fetch_all(sql, values).await
}

/// The kinds of things that have a name. A reader has a number here and no name, and neither has a list: its file's may be
/// somebody's address.
const NAMED: [&str; 9] =
    ["operator", "token", "publication", "source", "edition", "article", "section", "slot", "webhook"];

row! {
    struct Named {
        kind: String,
        id: i64,
        name: String,
    }
}

/// What people call these things, by kind and number; what has no name, or is gone, is not among them.
pub(in crate::operators) async fn find_names(
    tx: &mut Tx,
    asked: &BTreeSet<(&str, i64)>,
) -> Result<HashMap<(String, i64), String>, StoreError> {
    let of = |kind: &str| asked.iter().filter(|it| it.0 == kind).map(|it| it.1).collect::<Vec<i64>>();
    let lists = NAMED.map(of);
    if lists.iter().all(Vec::is_empty) {
        return Ok(HashMap::new());
    }
    let values = lists.iter().flat_map(|ids| args![ids.as_slice()]).collect();
    let found: Vec<Named> = tx.fetch_all(FIND_NAMES, values).await?;
    Ok(found.into_iter().map(|it| ((it.kind, it.id), it.name)).collect())
}
