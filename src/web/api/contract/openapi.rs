//! The description as OpenAPI 3.1: `GET /api/openapi.json`.

use super::ROOT;
use super::answer::Content;
use super::body::Body;
use super::endpoint::{Endpoint, Key, Revision, Verb};
use super::parameter::Parameter;
use super::schema::reference;
use crate::operators::tokens::Scope;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The document. `base` is where the service is reached, without a slash at its end.
pub(super) fn document(endpoints: &[Arc<Endpoint>], base: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut schemas: Map<String, Value> = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(format!("{ROOT}{}", endpoint.path)).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(endpoint.method.as_str().to_lowercase(), operation(endpoint, &mut schemas));
        }
    }
    schemas.insert("Problem".to_owned(), problem());
    let mut groups: Vec<&str> = Vec::new();
    for endpoint in endpoints {
        if !groups.contains(&endpoint.group) {
            groups.push(endpoint.group);
        }
    }
    let tags: Vec<Value> = groups.iter().map(|name| json!({ "name": name })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Lamplighter",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Everything the desk can do, for programs.",
            "description": "Keys, pages, repetitions, revisions and errors are explained at /api/docs and in docs/API.md.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": base }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "http", "scheme": "bearer",
                    "description": "A key of `lamplighter token create NAME --scope SCOPE`; shown once.",
                },
            },
        },
    })
}

fn operation(endpoint: &Endpoint, schemas: &mut Map<String, Value>) -> Value {
    let mut about: Vec<String> = Vec::new();
    if !endpoint.about.is_empty() {
        about.push(endpoint.about.to_owned());
    }
    about.push(match endpoint.scope {
        Some(scope) => format!("Needs a key with the scope `{scope}`."),
        None => "Open to everybody.".to_owned(),
    });
    let mut parameters: Vec<Value> = endpoint.path_parameters.iter().map(|it| parameter(it, "path")).collect();
    parameters.extend(endpoint.query.iter().map(|it| parameter(it, "query")));
    parameters.extend(headers(endpoint));
    let mut operation = json!({
        "operationId": endpoint.id,
        "tags": [endpoint.group],
        "summary": endpoint.summary,
        "description": about.join(" "),
        "parameters": parameters,
        "responses": responses(endpoint, schemas),
        "security": endpoint.scope.map_or_else(|| json!([]), |scope: Scope| json!([{ "key": [scope] }])),
    });
    if let (Value::Object(object), Some(body)) = (&mut operation, &endpoint.body) {
        object.insert("requestBody".to_owned(), request_body(endpoint, body, schemas));
    }
    operation
}

/// One name is one schema.
fn keep(schemas: &mut Map<String, Value>, named: BTreeMap<String, Value>) {
    for (name, schema) in named {
        debug_assert!(schemas.get(&name).is_none_or(|known| *known == schema), "two types are called {name}");
        schemas.insert(name, schema);
    }
}

fn parameter(it: &Parameter, place: &str) -> Value {
    json!({
        "name": it.name, "in": place, "required": it.is_required, "description": it.about, "schema": it.schema(),
        "example": serde_json::from_str::<Value>(&it.example()).unwrap_or_else(|_| json!(it.example())),
    })
}

/// Headers that a request may carry.
fn headers(endpoint: &Endpoint) -> Vec<Value> {
    let header = |name: &str, is_required: bool, about: &str, schema: Value| json!({ "name": name, "in": "header", "required": is_required, "description": about, "schema": schema });
    let mut all = Vec::new();
    if endpoint.key != Key::None {
        let about = "A name of your own for this request, such as a UUID: sent twice, it is carried out once.";
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" });
        all.push(header("Idempotency-Key", endpoint.key == Key::Required, about, schema));
    }
    if endpoint.revision != Revision::None {
        let about =
            "The ETag of what the change was made from, or * for whatever it is now. The field revision does, too.";
        all.push(header("If-Match", false, about, json!({ "type": "string", "pattern": "^(\\*|\"[0-9]{1,18}\")$" })));
    }
    if endpoint.method == Verb::Get {
        let about = "The ETag of an answer that you have: if it is still so, the answer is a 304 without a body.";
        all.push(header("If-None-Match", false, about, json!({ "type": "string" })));
    }
    all
}

fn request_body(endpoint: &Endpoint, body: &Body, schemas: &mut Map<String, Value>) -> Value {
    let described = body.described();
    keep(schemas, described.named);
    let mut content = json!({ "schema": described.schema });
    if let (Value::Object(object), Some(example)) = (&mut content, endpoint.example) {
        let example = serde_json::from_str(example).unwrap_or_else(|_| json!(example));
        object.insert("example".to_owned(), example);
    }
    json!({
        "required": endpoint.body_is_required,
        "description": format!("At most {} bytes.", endpoint.body_bytes_max),
        "content": { body.media_type(): content },
    })
}

fn responses(endpoint: &Endpoint, schemas: &mut Map<String, Value>) -> Value {
    let mut all: Map<String, Value> = Map::new();
    for answer in &endpoint.answers {
        let content = match answer.content {
            Content::Json(schema) => {
                let described = schema();
                keep(schemas, described.named);
                json!({ "application/json": { "schema": described.schema } })
            }
            Content::Stream(media_type) => json!({ media_type: { "schema": { "type": "string" } } }),
        };
        let mut told = json!({ "description": answer.about, "content": content });
        if let (Value::Object(object), Verb::Get) = (&mut told, endpoint.method) {
            let about =
                "A validator of this answer, for If-None-Match; where a revision comes first, for If-Match as well.";
            object.insert(
                "headers".to_owned(),
                json!({ "ETag": { "description": about, "required": true, "schema": { "type": "string" } } }),
            );
        }
        all.insert(answer.status.to_string(), told);
    }
    if endpoint.method == Verb::Get {
        all.insert("304".to_owned(), json!({ "description": "It is still as If-None-Match has it." }));
    }
    for (status, why) in endpoint.refusals() {
        let entry = all.entry(status.to_string()).or_insert_with(|| {
            json!({
                "description": "",
                "content": { "application/problem+json": { "schema": reference("Problem") } },
            })
        });
        let Some(Value::String(told)) = entry.get_mut("description") else { continue };
        if !told.is_empty() {
            told.push(' ');
        }
        told.push_str(why);
    }
    Value::Object(all)
}

/// RFC 9457, with our own members.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "What is wrong, and what to do next (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "additionalProperties": false,
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string", "description": "For people." },
            "code": { "type": "string", "description": "For programs; stable." },
            "request_id": { "type": "string", "description": "The log has it too." },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "code", "message"],
                    "additionalProperties": false,
                    "properties": {
                        "field": { "type": "string" },
                        "code": { "type": "string" },
                        "message": { "type": "string" },
                    },
                },
            },
        },
    })
}
