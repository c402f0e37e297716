//! `lamplighter token ...`

use super::exit::Failure;
use super::output::{note, say, say_table};
use super::start;
use crate::operators::Actor;
use crate::operators::tokens::{self, RevokeOutcome, Scope};
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter token create cms --scope write\n  lamplighter token list\n  lamplighter token revoke cms"
)]
pub(super) enum Command {
    /// Make an API key; it is printed once
    Create {
        name: String,
        /// What it may do: read, write, send, configure; may be given several times
        #[arg(long, value_parser = scope, default_value = "read")]
        scope: Vec<Scope>,
    },
    /// The keys, without their secrets
    List,
    /// End a key at once
    Revoke { name: String },
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::parse(word).ok_or_else(|| {
        let all: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        format!("write one of: {}", all.join(", "))
    })
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    match command {
        Command::Create { name, scope } => {
            let secret = tokens::create(&app, Actor::Console, &name, &scope).await.map_err(Failure::failed)?;
            say(secret);
            note(format_args!("This key is shown this once. Send it as: Authorization: Bearer ..."));
        }
        Command::List => {
            let all = tokens::list(&app, Actor::Console).await.map_err(Failure::failed)?;
            let rows: Vec<Vec<String>> = all
                .into_iter()
                .map(|it| {
                    let scopes: Vec<_> = it.scopes.iter().map(|scope| scope.as_str()).collect();
                    vec![it.id.to_string(), it.name, scopes.join(", ")]
                })
                .collect();
            say_table(&["ID", "NAME", "SCOPES"], &rows);
        }
        Command::Revoke { name } => match tokens::revoke(&app, Actor::Console, &name).await.map_err(Failure::failed)? {
            RevokeOutcome::Revoked => say(format!("{name} is revoked")),
            RevokeOutcome::NotThere => {
                return Err(Failure::failed(format!(
                    "there is no valid key {name:?}; `lamplighter token list` shows them"
                )));
            }
        },
    }
    Ok(ExitCode::SUCCESS)
}
