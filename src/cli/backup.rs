//! `lamplighter backup`: a copy of the database, made while the service runs.

use super::exit::Failure;
use super::output::{say, say_json};
use super::start;
use crate::operators::Actor;
use crate::service;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter backup /var/backups/lamplighter-$(date +%F).db\n  pg_dump ... && lamplighter backup --made-elsewhere\n\nThe copy holds every address and the keys that sign links: keep it where only you can read it. To go back to one, stop\nthe service, delete lamplighter.db-wal and -shm, put the copy in the place of the database for the same user, and start\nit again. `lamplighter doctor` warns when the last\nbackup is more than a week ago."
)]
pub(super) struct Args {
    /// A file that is not there yet
    #[arg(required_unless_present = "made_elsewhere")]
    file: Option<PathBuf>,
    /// Note that a backup was made by other means, such as pg_dump
    #[arg(long, conflicts_with = "file")]
    made_elsewhere: bool,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let Some(file) = args.file.filter(|_| !args.made_elsewhere) else {
        service::note_backup(&app, Actor::Console).await.map_err(Failure::failed)?;
        if args.json {
            say_json(&serde_json::json!({ "noted": true }))?;
        } else {
            say("noted: a backup was made by other means");
        }
        return Ok(ExitCode::SUCCESS);
    };
    let bytes = service::back_up(&app, Actor::Console, &file).await.map_err(Failure::failed)?;
    if args.json {
        say_json(&serde_json::json!({ "file": file, "bytes": bytes }))?;
    } else {
        say(format!(
            "{} holds the database as it was at this moment, read through and whole ({bytes} bytes)",
            file.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
