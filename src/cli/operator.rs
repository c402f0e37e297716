//! `lamplighter operator ...`

use super::exit::Failure;
use super::output::{harmless, say, say_json, say_table};
use super::start;
use crate::app::App;
use crate::operators::standing::{self, StandingOutcome};
use crate::operators::{Actor, Operator, Role, accounts, links, second_step};
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter operator add anna@news.example --name \"Anna\" --role editor\n  lamplighter operator password anna@news.example --link\n  printf %s \"$PASSWORD\" | lamplighter operator password anna@news.example --password-stdin\n  lamplighter operator role anna@news.example approver\n  lamplighter operator disable anna@news.example\n  lamplighter operator reset-totp anna@news.example"
)]
pub(super) enum Command {
    /// Create an account; a one-time link to choose its password by is printed
    Add {
        address: String,
        #[arg(long, default_value = "Operator")]
        name: String,
        #[arg(long, value_enum, default_value = "editor")]
        role: RoleArg,
        /// Read the password from standard input instead
        #[arg(long)]
        password_stdin: bool,
    },
    /// The accounts
    List {
        #[arg(long)]
        json: bool,
    },
    /// Set another password and end all sessions of the account
    Password {
        address: String,
        /// Read the password from standard input instead of making one up
        #[arg(long)]
        password_stdin: bool,
        /// Print a one-time link to choose it by; the old password works until then
        #[arg(long, conflicts_with = "password_stdin")]
        link: bool,
    },
    /// Give an account another role and end its sessions
    Role {
        address: String,
        #[arg(value_enum)]
        role: RoleArg,
    },
    /// Shut an account and end its sessions
    Disable { address: String },
    /// Open a disabled account again
    Enable { address: String },
    /// Take the second step of the log-in away, whose phone and recovery codes are lost
    ResetTotp { address: String },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleArg {
    Admin,
    Editor,
    Approver,
    Viewer,
}

impl RoleArg {
    const fn role(self) -> Role {
        match self {
            Self::Admin => Role::Admin,
            Self::Editor => Role::Editor,
            Self::Approver => Role::Approver,
            Self::Viewer => Role::Viewer,
        }
    }
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    match command {
        Command::Add { address, name, role, password_stdin } => {
            add(&app, &address, &name, role, password_stdin).await?
        }
        Command::List { json } => list(&app, json).await?,
        Command::Password { address, link: true, .. } => {
            let account = find(&app, &address).await?;
            let token = links::make(&app, Actor::Console, account.id).await.map_err(Failure::failed)?;
            say(format!("a link for {address}"));
            say_link(&app, &token);
        }
        Command::Password { address, password_stdin, .. } => {
            let password = Password::choose(&app, password_stdin)?;
            accounts::set_password(&app, Actor::Console, &address, &password.text).await.map_err(Failure::failed)?;
            say(format!("changed the password of {address}{}", password.told()));
        }
        Command::Role { address, role } => {
            let account = find(&app, &address).await?;
            let role = role.role();
            let outcome = standing::change_role(&app, Actor::Console, account.id, role).await;
            say(match outcome.map_err(Failure::failed)? {
                StandingOutcome::Changed => format!("{address} is {role} now; the sessions have ended"),
                StandingOutcome::AlreadySo => format!("{address} is {role} already"),
            });
        }
        Command::Disable { address } => {
            let account = find(&app, &address).await?;
            let outcome = standing::disable(&app, Actor::Console, account.id).await.map_err(Failure::failed)?;
            say(match outcome {
                StandingOutcome::Changed => format!("{address} is disabled; the sessions have ended"),
                StandingOutcome::AlreadySo => format!("{address} is disabled already"),
            });
        }
        Command::Enable { address } => {
            let account = find(&app, &address).await?;
            let outcome = standing::enable(&app, Actor::Console, account.id).await.map_err(Failure::failed)?;
            say(match outcome {
                StandingOutcome::Changed => format!("{address} is enabled"),
                StandingOutcome::AlreadySo => format!("{address} is enabled already"),
            });
        }
        Command::ResetTotp { address } => {
            let account = find(&app, &address).await?;
            second_step::reset(&app, Actor::Console, account.id).await.map_err(Failure::failed)?;
            say(format!("{address} logs in by the password alone now; the sessions have ended"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn find(app: &App, address: &str) -> Result<Operator, Failure> {
    accounts::find_by_address(app, Actor::Console, address).await.map_err(Failure::failed)
}

fn say_link(app: &App, token: &str) {
    say("hand it over; it works once, for 24 hours, and is shown this once:");
    say(links::address(app, token));
}

async fn add(app: &App, address: &str, name: &str, role: RoleArg, password_stdin: bool) -> Result<(), Failure> {
    let role = role.role();
    if password_stdin {
        let password = Password::choose(app, true)?;
        let made = accounts::create(app, Actor::Console, address, name, role, &password.text).await;
        made.map_err(Failure::failed)?;
        say(format!("made the {role} {address}"));
        return Ok(());
    }
    let invited = accounts::invite(app, Actor::Console, address, name, role).await.map_err(Failure::failed)?;
    say(format!("made the {role} {address}"));
    say_link(app, &invited.token);
    Ok(())
}

async fn list(app: &App, json: bool) -> Result<(), Failure> {
    let all = accounts::list_people(app, Actor::Console).await.map_err(Failure::failed)?;
    let state = |it: &accounts::Person| match (it.operator.is_disabled(), it.operator.has_password()) {
        (true, _) => "disabled",
        (false, true) => "active",
        (false, false) => "invited",
    };
    if json {
        let rows: Vec<_> = all
            .iter()
            .map(|it| {
                serde_json::json!({
                    "id": it.operator.id,
                    "address": it.operator.email,
                    "name": it.operator.name,
                    "role": it.operator.role,
                    "state": state(it),
                    "second_step": it.operator.has_second_step(),
                    "sessions": it.sessions,
                    "created_at": it.operator.created_at.rfc3339(),
                })
            })
            .collect();
        return say_json(&rows);
    }
    let row = |it: &accounts::Person| {
        let second_step = if it.operator.has_second_step() { "on" } else { "off" };
        vec![
            it.operator.id.to_string(),
            harmless(&it.operator.email),
            harmless(&it.operator.name),
            it.operator.role.to_string(),
            state(it).to_owned(),
            second_step.to_owned(),
            it.sessions.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    say_table(&["ID", "ADDRESS", "NAME", "ROLE", "STATE", "SECOND STEP", "SESSIONS"], &rows);
    Ok(())
}

struct Password {
    text: String,
    is_ours: bool,
}

impl Password {
    fn choose(app: &App, from_stdin: bool) -> Result<Self, Failure> {
        if !from_stdin {
            return Ok(Self { text: app.context.random.token::<10>(), is_ours: true });
        }
        let text = std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?;
        Ok(Self { text: text.trim_end_matches(['\r', '\n']).to_owned(), is_ours: false })
    }

    fn told(&self) -> String {
        if self.is_ours { format!("; the password, shown this once: {}", self.text) } else { String::new() }
    }
}
