//! `lamplighter token ...`

use super::exit::Failure;
use super::output::{harmless, note, say, say_json, say_table};
use super::start;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::operators::Actor;
use crate::operators::tokens::{self, RevokeOutcome, Scope, TokenLine};
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter token create cms --scope write\n  lamplighter token create trial --scope read --days 30\n  lamplighter token list\n  lamplighter token revoke cms"
)]
pub(super) enum Command {
    /// Make an API key; it is printed once
    Create {
        name: String,
        /// What it may do: read, write, send, configure; may be given several times
        #[arg(long, value_parser = scope, default_value = "read")]
        scope: Vec<Scope>,
        /// End it by itself after so many days
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: Option<u16>,
    },
    /// The keys, without their secrets
    List {
        #[arg(long)]
        json: bool,
    },
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
        Command::Create { name, scope, days } => {
            let until = days.map(|days| app.now() + Span::days(i64::from(days)));
            let made = tokens::create_until(&app, Actor::Console, &name, &scope, until).await;
            let secret = made.map_err(Failure::failed)?;
            say(secret);
            note(format_args!("This key is shown this once. Send it as: Authorization: Bearer ..."));
        }
        Command::List { json } => list(&app, json).await?,
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

async fn list(app: &App, json: bool) -> Result<(), Failure> {
    let all = tokens::list(app, Actor::Console).await.map_err(Failure::failed)?;
    let at = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    if json {
        let rows: Vec<_> = all
            .iter()
            .map(|it| {
                serde_json::json!({
                    "id": it.id,
                    "name": it.name,
                    "scopes": it.scopes,
                    "created_at": it.created_at.rfc3339(),
                    "made_by": it.made_by,
                    "last_used_at": at(it.last_used_at),
                    "expires_at": at(it.expires_at),
                })
            })
            .collect();
        return say_json(&rows);
    }
    let now = app.now();
    let row = |it: &TokenLine| {
        let scopes: Vec<_> = it.scopes.iter().map(|scope| scope.as_str()).collect();
        let until = match it.expires_at {
            Some(at) if at <= now => format!("expired {}", at.rfc3339()),
            Some(at) => at.rfc3339(),
            None => "revoked".to_owned(),
        };
        vec![
            it.id.to_string(),
            harmless(&it.name),
            scopes.join(", "),
            it.created_at.rfc3339(),
            harmless(it.made_by.as_deref().unwrap_or("the command line")),
            at(it.last_used_at).unwrap_or_else(|| "never".to_owned()),
            until,
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    say_table(&["ID", "NAME", "SCOPES", "MADE", "BY", "LAST USED", "UNTIL"], &rows);
    Ok(())
}
