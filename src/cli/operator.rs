//! `lamplighter operator ...`

use super::exit::Failure;
use super::output::{say, say_table};
use super::start;
use crate::app::App;
use crate::operators::{self, Actor, Role};
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter operator add anna@news.example --name \"Anna\" --role editor\n  lamplighter operator password anna@news.example\n  printf %s \"$PASSWORD\" | lamplighter operator password anna@news.example --password-stdin"
)]
pub(super) enum Command {
    /// Create an account; its password is made up and printed once
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
    List,
    /// Set another password and end all sessions of the account
    Password {
        address: String,
        /// Read the password from standard input instead of making one up
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleArg {
    Admin,
    Editor,
    Approver,
    Viewer,
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    match command {
        Command::Add { address, name, role, password_stdin } => {
            let role = match role {
                RoleArg::Admin => Role::Admin,
                RoleArg::Editor => Role::Editor,
                RoleArg::Approver => Role::Approver,
                RoleArg::Viewer => Role::Viewer,
            };
            let password = Password::choose(&app, password_stdin)?;
            operators::create(&app, Actor::Console, &address, &name, role, &password.text)
                .await
                .map_err(Failure::failed)?;
            say(format!("made the {role} {address}{}", password.told()));
        }
        Command::List => {
            let all = operators::accounts::list(&app, Actor::Console).await.map_err(Failure::failed)?;
            let rows: Vec<Vec<String>> =
                all.into_iter().map(|it| vec![it.id.to_string(), it.email, it.name, it.role.to_string()]).collect();
            say_table(&["ID", "ADDRESS", "NAME", "ROLE"], &rows);
        }
        Command::Password { address, password_stdin } => {
            let password = Password::choose(&app, password_stdin)?;
            operators::accounts::set_password(&app, Actor::Console, &address, &password.text)
                .await
                .map_err(Failure::failed)?;
            say(format!("changed the password of {address}{}", password.told()));
        }
    }
    Ok(ExitCode::SUCCESS)
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
