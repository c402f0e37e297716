//! `edition approve`, `edition cancel`: whether an edition goes out.

use super::find::{Wanted, Which, find};
use crate::app::App;
use crate::cli::exit::Failure;
use crate::cli::output::say;
use crate::delivery;
use crate::editions::{self, EditionState};
use crate::operators::Actor;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Approve a draft: it goes out at its send time
    Approve {
        #[command(flatten)]
        which: Which,
    },
    /// Give up an edition: before the seal its stories go back to the pool, while it is sent the rest is stopped
    Cancel {
        #[command(flatten)]
        which: Which,
        #[arg(long, default_value = "")]
        reason: String,
    },
}

pub(super) async fn run(app: &App, actor: Actor, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Approve { which } => {
            let (_, edition) = find(app, &which, Wanted::Draft).await?;
            let edition = editions::approve(app, actor, edition.id).await?;
            say(format!("edition {} is approved and goes out at {}", edition.label, edition.send_at.rfc3339()));
        }
        Command::Cancel { which, reason } => {
            let (_, edition) = find(app, &which, Wanted::Newest).await?;
            let edition = if matches!(edition.state, EditionState::Sealed | EditionState::Sending) {
                delivery::abort(app, actor, edition.id, &reason).await?
            } else {
                editions::cancel(app, actor, edition.id, &reason).await?
            };
            say(format!("edition {} is {}", edition.label, edition.state));
        }
    }
    Ok(ExitCode::SUCCESS)
}
