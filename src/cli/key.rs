//! `lamplighter key ...`: the keys that sign the links in mails.

use super::exit::Failure;
use super::output::{note, say, say_json, say_table};
use super::start;
use crate::operators::{Actor, signing_keys};
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(after_help = "Examples:\n  lamplighter key list\n  lamplighter key rotate")]
pub(super) enum Command {
    /// Add a key that signs new links; the links of old keys work for ever
    Rotate,
    /// The keys, without their secrets
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    match command {
        Command::Rotate => {
            let id = signing_keys::rotate(&app, Actor::Console).await.map_err(Failure::failed)?;
            say(format!("key {id} is added"));
            note(format_args!("It signs new links in two minutes, when every running process has read it."));
        }
        Command::List { json } => {
            let all = signing_keys::list(&app, Actor::Console).await.map_err(Failure::failed)?;
            if json {
                say_json(&all)?;
            } else {
                let row = |it: &crate::app::keys::KeyLine| {
                    let does = if it.signs { "signs and verifies" } else { "verifies" };
                    vec![it.id.to_string(), it.created_at.rfc3339(), does.to_owned()]
                };
                say_table(&["ID", "CREATED", "DOES"], &all.iter().map(row).collect::<Vec<_>>());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
