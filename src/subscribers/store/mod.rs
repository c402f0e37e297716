//! The tables of this room, by theme.

pub(super) mod bulk;
pub(super) mod changes;
pub(super) mod export;
pub(super) mod import_jobs;
pub(super) mod imports;
pub(super) mod leavers;
pub(super) mod joining;
pub(super) mod pending;
pub(super) mod people;
pub(super) mod personal;
pub(super) mod search;
pub(super) mod suppressions;
pub(super) mod tally;
pub(super) mod timeline;

pub(crate) use changes::STATEMENTS as CHANGE_STATEMENTS;
pub(crate) use joining::STATEMENTS as JOINING_STATEMENTS;
pub(crate) use pending::STATEMENTS as PENDING_STATEMENTS;
pub(crate) use people::STATEMENTS;
pub(crate) use personal::STATEMENTS as PERSONAL_STATEMENTS;
pub(crate) use suppressions::STATEMENTS as SUPPRESSION_STATEMENTS;

/// Those of lists: importing, exporting, forgetting.
pub(crate) fn list_statements() -> Vec<crate::db::Statement> {
    [bulk::STATEMENTS, export::STATEMENTS, imports::STATEMENTS, leavers::STATEMENTS].concat()
}

/// Those of the desk: finding people, and what happened to one.
pub(crate) fn desk_statements() -> Vec<crate::db::Statement> {
    [import_jobs::STATEMENTS, search::STATEMENTS, tally::STATEMENTS, timeline::STATEMENTS].concat()
}

/// A list of section slugs as the database keeps it.
pub(super) fn sections_json(sections: Option<&[String]>) -> Option<String> {
    sections.map(|slugs| serde_json::Value::from(slugs.to_vec()).to_string())
}
