//! The table `audit_events`. It is written and read; the database itself refuses to change it.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::operators::Actor;

statements! {
    INSERT_EVENT = "INSERT INTO audit_events (at, actor_kind, actor_id, verb, subject_kind, subject_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LIST_EVENTS = "SELECT at, actor_kind, actor_id, verb, detail FROM audit_events WHERE subject_kind = $1 AND subject_id = $2 ORDER BY at DESC, id DESC LIMIT $3";
    // The next six differ in the index that finds their lines, and take the same values: by time, by doer, by a doer without
    // a number, by a thing, by its kind, by deed. What accounts and keys were done to ($4) is for those who manage them.
    LIST_TRAIL = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE (CAST($6 AS TEXT) IS NULL OR actor_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR actor_id = $7) AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND (CAST($9 AS TEXT) IS NULL OR subject_kind = $9) AND (CAST($10 AS BIGINT) IS NULL OR subject_id = $10) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_ACTOR = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE actor_kind = $6 AND actor_id = $7 AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND (CAST($9 AS TEXT) IS NULL OR subject_kind = $9) AND (CAST($10 AS BIGINT) IS NULL OR subject_id = $10) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_NOBODY = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE actor_kind = $6 AND actor_id IS NULL AND CAST($7 AS BIGINT) IS NULL AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND (CAST($9 AS TEXT) IS NULL OR subject_kind = $9) AND (CAST($10 AS BIGINT) IS NULL OR subject_id = $10) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_SUBJECT = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE subject_kind = $9 AND subject_id = $10 AND (CAST($6 AS TEXT) IS NULL OR actor_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR actor_id = $7) AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_SUBJECT_KIND = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE subject_kind = $9 AND CAST($10 AS BIGINT) IS NULL AND (CAST($6 AS TEXT) IS NULL OR actor_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR actor_id = $7) AND (CAST($8 AS TEXT) IS NULL OR verb = $8) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    LIST_TRAIL_OF_VERB = "SELECT id, at, actor_kind, actor_id, verb, subject_kind, subject_id, detail FROM audit_events WHERE verb = $8 AND (CAST($6 AS TEXT) IS NULL OR actor_kind = $6) AND (CAST($7 AS BIGINT) IS NULL OR actor_id = $7) AND (CAST($9 AS TEXT) IS NULL OR subject_kind = $9) AND (CAST($10 AS BIGINT) IS NULL OR subject_id = $10) AND at >= $1 AND (at, id) < ($2, $3) AND ($4 OR subject_kind NOT IN ('operator', 'token', 'signing_key')) ORDER BY at DESC, id DESC LIMIT $5";
    NAME_OF_OPERATOR = "SELECT name AS value FROM operators WHERE id = $1";
    NAME_OF_TOKEN = "SELECT name AS value FROM api_tokens WHERE id = $1";
    NAME_OF_PUBLICATION = "SELECT name AS value FROM publications WHERE id = $1";
    NAME_OF_SOURCE = "SELECT name AS value FROM sources WHERE id = $1";
    NAME_OF_EDITION = "SELECT p.name || ' ' || e.label AS value FROM editions e JOIN publications p ON p.id = e.publication_id WHERE e.id = $1";
    NAME_OF_ARTICLE = "SELECT title AS value FROM articles WHERE id = $1";
    NAME_OF_SECTION = "SELECT name AS value FROM sections WHERE id = $1";
    NAME_OF_SLOT = "SELECT p.name || ', ' || s.name AS value FROM slots s JOIN publications p ON p.id = s.publication_id WHERE s.id = $1";
    NAME_OF_WEBHOOK = "SELECT name AS value FROM webhook_endpoints WHERE id = $1";
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

/// What people call it; `None` for what has no name, or is gone. A reader has a number here and no
/// name, and neither has a list: its file's may be somebody's address.
pub(in crate::operators) async fn find_name(tx: &mut Tx, kind: &str, id: i64) -> Result<Option<String>, StoreError> {
    let sql = match kind {
        "operator" => NAME_OF_OPERATOR,
        "token" => NAME_OF_TOKEN,
        "publication" => NAME_OF_PUBLICATION,
        "source" => NAME_OF_SOURCE,
        "edition" => NAME_OF_EDITION,
        "article" => NAME_OF_ARTICLE,
        "section" => NAME_OF_SECTION,
        "slot" => NAME_OF_SLOT,
        "webhook" => NAME_OF_WEBHOOK,
        _ => return Ok(None),
    };
    Ok(tx.fetch_optional::<(String,)>(sql, args![id]).await?.map(|(name,)| name))
}
