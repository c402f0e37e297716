//! Whether the database is there and of this program's time.
//!
//! Promises: `database.connection` and `database.schema`; nothing is made, migrated or written, a file that is missing
//! stays so. It does not judge speed or size. `tests/it/cli/doctor.rs` holds it on both engines.

use super::finding::Finding;
use crate::db::{Db, MIGRATIONS};
use std::path::Path;

pub(super) async fn check_database(url: &str) -> Vec<Finding> {
    let connection = "database.connection";
    // Connecting would make it.
    if let Some(file) = url.strip_prefix("sqlite:").filter(|file| !Path::new(file).is_file()) {
        return vec![Finding::fail(
            connection,
            format!("There is no database at {file}."),
            "Look at database.url in the configuration; a new one is made by the first `lamplighter apply` or `serve`.",
        )];
    }
    let db = match Db::connect(url).await {
        Ok(db) => db,
        Err(error) => {
            return vec![Finding::fail(
                connection,
                format!("The database could not be opened: {error}."),
                "Look whether it runs and lets this user in, and at database.url in the configuration.",
            )];
        }
    };
    let step = db.schema_step().await;
    db.close().await;
    let known = MIGRATIONS.last().map_or(0, |step| step.number);
    let schema = match step {
        Ok(Some(step)) if step > known => Finding::fail(
            "database.schema",
            format!("The database is newer (schema step {step}) than this program, which knows steps up to {known}."),
            "Run the newer lamplighter, or restore the backup made before the upgrade.",
        ),
        Ok(Some(step)) if step == known => {
            Finding::ok("database.schema", format!("The schema is of this program's version (step {step})."))
        }
        Ok(step) => Finding::warn(
            "database.schema",
            format!("The schema is at step {}, this program's is {known}.", step.unwrap_or(0)),
            "Make a backup; the next `lamplighter serve` brings it up to date.",
        ),
        Err(error) => Finding::fail(
            "database.schema",
            format!("The schema's history could not be read: {error}."),
            "Look whether database.url names the right database, and whether this user may read it.",
        ),
    };
    vec![Finding::ok(connection, "The database answers."), schema]
}
