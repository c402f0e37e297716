//! The schema of a type: from its declaration, with the types that it names.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A schema, and the named ones that it points to.
pub(in crate::web::api) struct Described {
    pub schema: Value,
    pub named: BTreeMap<String, Value>,
}

/// Asked for when it is shown, and not before: a service that starts need not know it.
pub(in crate::web::api) type Schema = fn() -> Described;

/// Of a type with a name.
pub(in crate::web::api) fn of<T: ToSchema>() -> Described {
    let mut all = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut all);
    let named = all.into_iter().map(|(name, schema)| (name, plain(serde_json::to_value(schema).unwrap_or_default())));
    Described { schema: reference(&T::name()), named: named.collect() }
}

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// `"type": "object"` beside nothing that an object would have says nothing; and a list of bounds that overlap is one.
fn plain(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(object) => {
            // A value of any form (`serde_json::Value`) has an empty schema.
            if object.get("type").is_some_and(Value::is_null) {
                object.remove("type");
            }
            for value in object.values_mut() {
                *value = plain(std::mem::take(value));
            }
        }
        Value::Array(list) => {
            for value in list.iter_mut() {
                *value = plain(std::mem::take(value));
            }
        }
        _ => {}
    }
    schema
}
