//! The body of a request: the fields that may stand in it.
//!
//! What reads a body one field at a time ([`super::super::asked::Asked`]) and what describes it are one list of fields;
//! a body that is read as a whole is described by its type.

use super::schema::{self, Described, Schema};
use serde_json::{Map, Value, json};

#[derive(Clone, Copy, Debug)]
pub(in crate::web::api) enum FieldKind {
    Text {
        chars_max: usize,
    },
    /// `null` is as good as empty.
    TextOrNull {
        chars_max: usize,
    },
    Whole,
    WholeOrNull,
    Flag,
    Wholes,
    /// One of these.
    Word(&'static [&'static str]),
    /// Null is the article's own, "none" is none, an object is a picture by its address and words.
    Image,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::web::api) struct Field {
    pub name: &'static str,
    pub kind: FieldKind,
    pub about: &'static str,
    pub is_required: bool,
}

/// All fields of one body.
pub(in crate::web::api) type Fields = &'static [Field];

impl Field {
    pub const fn new(name: &'static str, kind: FieldKind, about: &'static str) -> Self {
        Self { name, kind, about, is_required: false }
    }

    pub const fn needed(name: &'static str, kind: FieldKind, about: &'static str) -> Self {
        Self { name, kind, about, is_required: true }
    }

    fn schema(&self) -> Value {
        let mut schema = match self.kind {
            FieldKind::Text { chars_max } => json!({ "type": "string", "maxLength": chars_max }),
            FieldKind::TextOrNull { chars_max } => json!({ "type": ["string", "null"], "maxLength": chars_max }),
            FieldKind::Whole => json!({ "type": "integer", "format": "int64" }),
            FieldKind::WholeOrNull => json!({ "type": ["integer", "null"], "format": "int64" }),
            FieldKind::Flag => json!({ "type": "boolean" }),
            FieldKind::Wholes => json!({ "type": "array", "items": { "type": "integer", "format": "int64" } }),
            FieldKind::Word(words) => json!({ "type": "string", "enum": words }),
            FieldKind::Image => {
                let text = json!({ "type": ["string", "null"] });
                json!({ "oneOf": [
                    { "type": "null" },
                    { "type": "string", "enum": ["none"] },
                    {
                        "type": "object", "required": ["url"], "additionalProperties": false,
                        "properties": { "url": { "type": "string" }, "alt": text, "caption": text, "credit": text },
                    },
                ] })
            }
        };
        if let Value::Object(object) = &mut schema {
            object.insert("description".to_owned(), json!(self.about));
        }
        schema
    }
}

/// The schema of an object of these fields.
pub(super) fn of_fields(fields: Fields, takes_revision: bool) -> Value {
    let mut properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.to_owned(), field.schema())).collect();
    if takes_revision {
        let about = "The revision that the change was made from; instead of If-Match.";
        properties.insert("revision".to_owned(), json!({ "type": "integer", "format": "int64", "description": about }));
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (Value::Object(object), false) = (&mut schema, required.is_empty()) {
        object.insert("required".to_owned(), json!(required));
    }
    schema
}

/// What a request may carry.
pub(in crate::web::api) enum Body {
    /// Read one by one.
    Fields { fields: Fields, takes_revision: bool },
    /// Read as a whole.
    Typed(Schema),
    /// A file, as it is.
    File { media_type: &'static str },
}

impl Body {
    pub(super) fn described(&self) -> Described {
        match self {
            Self::Fields { fields, takes_revision } => {
                Described { schema: of_fields(fields, *takes_revision), named: std::collections::BTreeMap::new() }
            }
            Self::Typed(schema) => schema(),
            Self::File { .. } => {
                Described { schema: json!({ "type": "string" }), named: std::collections::BTreeMap::new() }
            }
        }
    }

    pub(super) const fn media_type(&self) -> &'static str {
        match self {
            Self::Fields { .. } | Self::Typed(_) => "application/json",
            Self::File { media_type } => media_type,
        }
    }
}

pub(super) fn typed<T: utoipa::ToSchema>() -> Body {
    Body::Typed(schema::of::<T>)
}
