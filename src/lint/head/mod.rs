//! The head of a mail: what must stand there once, and in which form (RFC 5322 3.6 and its kin).
//!
//! The fields are read byte by byte here, since a forgiving parser would not show what it forgave.

mod addresses;
mod basics;
mod encoded;
mod fields;
mod list;
mod mailboxes;
mod subject;

pub(super) use addresses::{domain_of_from, organisation};
pub(super) use encoded::decoded;
pub(super) use fields::{Field, Fields};
pub(super) use list::one_click_url;
pub(super) use subject::check as check_subject;

use super::report::{Findings, Kind};

pub(super) fn check(fields: &Fields, kind: Kind, found: &mut Findings) {
    basics::check(fields, found);
    addresses::check(fields, found);
    encoded::check(fields, found);
    if let Some(field) = fields.first("subject") {
        subject::check(&decoded(&field.value), field.line, found);
    }
    list::check(fields, kind, found);
}

/// An edition has a List-Id, or says that it is bulk.
pub(super) fn kind(fields: &Fields) -> Kind {
    let precedence = fields.first("precedence").map(|field| field.value.trim().to_ascii_lowercase());
    let is_bulk = precedence.is_some_and(|value| matches!(value.as_str(), "bulk" | "list"));
    if is_bulk || fields.first("list-id").is_some() { Kind::Edition } else { Kind::Single }
}
