//! `lamplighter restore --rehearse`: whether a backup would serve, before it has to.

use super::exit::Failure;
use super::output::{say, say_json};
use super::start;
use crate::db::Rehearsal;
use crate::operators::Actor;
use crate::service;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  lamplighter restore --rehearse /var/backups/lamplighter-2026-11-23.db\n\nThe backup is put into a folder of its own, opened as at a start, read through and counted; then the folder is removed.\nThe service may run meanwhile: its database is read and not touched. A rehearsal needs room for one more copy in the\nfolder for temporary files (TMPDIR).\n\nTo go back to a backup in earnest: stop the service, move lamplighter.db, -wal and -shm out of the way, put the copy in\nthe place of the database for the same user, and start the service again. With PostgreSQL, rehearse with pg_restore into\na database of another name, and run `lamplighter doctor --only database` on it."
)]
pub(super) struct Args {
    /// Try out whether this file, made by `lamplighter backup`, would serve
    #[arg(long, value_name = "FILE")]
    rehearse: PathBuf,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

/// Tables that people ask after.
const SAID: &[&str] =
    &["subscribers", "subscriptions", "consents", "suppressions", "articles", "editions", "deliveries", "operators"];

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let file = args.rehearse;
    let Rehearsal { bytes, tables, migrations_run } =
        service::rehearse(&app, Actor::Console, &file).await.map_err(Failure::failed)?;
    if args.json {
        let tables: Vec<_> = tables
            .iter()
            .map(|it| serde_json::json!({ "table": it.table, "in_backup": it.in_backup, "in_use": it.in_use }))
            .collect();
        say_json(&serde_json::json!({
            "file": file, "bytes": bytes, "is_whole": true, "migrations_run": migrations_run, "tables": tables,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format!("{} would serve: it opens as at a start, is whole, and every row of it is there", file.display()));
    if migrations_run > 0 {
        say(format!(
            "it is of an older version; a start brings it up to date ({migrations_run} steps, which went well)"
        ));
    }
    say(format!("{:<16}{:>14}{:>14}", "rows", "in the backup", "in use now"));
    for it in tables.iter().filter(|it| SAID.contains(&it.table.as_str())) {
        let in_use = it.in_use.map_or_else(|| "-".to_owned(), |rows| rows.to_string());
        say(format!("{:<16}{:>14}{:>14}", it.table, it.in_backup, in_use));
    }
    say("the place in which it was tried is removed; the database in use was not touched");
    Ok(ExitCode::SUCCESS)
}
