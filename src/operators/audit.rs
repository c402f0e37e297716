//! The trail: who did what to what, when, and what was there before. Holds ids, never addresses.
//!
//! It promises: an event stands in the transaction of its deed, and once written is never changed or taken out; the
//! database itself refuses to (`tests/it/operators/trail.rs`).

use super::{Actor, store};

pub use super::store::trail::AuditEvent;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Writes one event in the transaction of the deed. `subject` is a kind and its id: `("edition", 7)`; `detail` is JSON
/// without personal data.
///
/// # Errors
/// As the database says.
pub async fn record(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    verb: &str,
    subject: (&str, Option<i64>),
    detail: Value,
) -> Result<(), StoreError> {
    store::trail::insert(tx, now, actor, verb, subject, &detail.to_string()).await
}

/// Writes an event that tells what a thing was before and is after: of both, the fields that changed.
///
/// # Errors
/// As the database says.
pub async fn record_change(
    tx: &mut Tx,
    now: Timestamp,
    actor: Actor,
    verb: &str,
    subject: (&str, Option<i64>),
    before: &impl Serialize,
    after: &impl Serialize,
) -> Result<(), StoreError> {
    record(tx, now, actor, verb, subject, changes(before, after)).await
}

/// `{"before": {..}, "after": {..}}` with the fields alone that differ; a field that only one of them has stands there
/// alone. For verbs that have more to tell.
pub fn changes(before: &impl Serialize, after: &impl Serialize) -> Value {
    let fields = |it: Result<Value, _>| match it {
        Ok(Value::Object(fields)) => fields,
        // Nothing that is recorded fails to become JSON; what has no fields is one.
        Ok(Value::Null) | Err(_) => Map::new(),
        Ok(other) => Map::from_iter([("value".to_owned(), other)]),
    };
    let (before, after) = (fields(serde_json::to_value(before)), fields(serde_json::to_value(after)));
    let differing = |one: &Map<String, Value>, other: &Map<String, Value>| -> Map<String, Value> {
        let fields = one.iter().filter(|(name, value)| other.get(*name) != Some(*value));
        fields.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    json!({ "before": differing(&before, &after), "after": differing(&after, &before) })
}

/// What was done to something, the latest first.
///
/// # Errors
/// As the database says.
pub async fn list(tx: &mut Tx, subject: (&str, i64), limit: i64) -> Result<Vec<AuditEvent>, StoreError> {
    store::trail::list_of(tx, subject, limit).await
}

/// The latest deed of this kind, whatever it was done to.
///
/// # Errors
/// As the database says.
pub async fn find_last(tx: &mut Tx, verb: &str) -> Result<Option<AuditEvent>, StoreError> {
    store::trail::find_last(tx, verb).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_tells_of_what_changed_and_of_nothing_else() {
        let before = json!({ "name": "Evening", "zone": "UTC", "note": null });
        let after = json!({ "name": "Evening", "zone": "Europe/Berlin", "note": null, "limit": 3 });
        assert_eq!(
            changes(&before, &after),
            json!({ "before": { "zone": "UTC" }, "after": { "zone": "Europe/Berlin", "limit": 3 } })
        );
        assert_eq!(changes(&before, &before), json!({ "before": {}, "after": {} }));
        assert_eq!(changes(&"a", &"b"), json!({ "before": { "value": "a" }, "after": { "value": "b" } }));
        assert_eq!(changes(&Value::Null, &json!({ "a": 1 })), json!({ "before": {}, "after": { "a": 1 } }));
    }
}
