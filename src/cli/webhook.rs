//! `lamplighter webhook ...`

use super::exit::Failure;
use super::output::{note, say, say_json, say_table};
use super::start;
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::Actor;
use crate::webhooks::{self, Change, Endpoint, EventKind, NewEndpoint, ReplayScope, WebhookDeliveryId};
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter webhook add cms https://cms.news.example/hooks --event edition.sent\n  lamplighter webhook test cms\n  lamplighter webhook show cms\n  lamplighter webhook replay cms --since 2026-11-23T00:00:00Z"
)]
pub(super) enum Command {
    /// Tell a program what happens; the secret that it checks the signatures with is printed once
    Add {
        name: String,
        /// Its https address
        url: String,
        /// A kind of event, such as edition.sent; may be given several times; all without it
        #[arg(long = "event", value_parser = event)]
        events: Vec<EventKind>,
    },
    /// The webhooks, and how they answer
    List {
        #[arg(long)]
        json: bool,
    },
    /// What one was told last, and what it answered
    Show {
        name: String,
        #[arg(long)]
        json: bool,
    },
    /// Tell it a test
    Test { name: String },
    /// Tell it events again
    Replay {
        name: String,
        /// One delivery, by its number in `show`
        #[arg(long, conflicts_with = "since")]
        delivery: Option<i64>,
        /// Every event since this time (RFC 3339)
        #[arg(long, required_unless_present = "delivery", value_parser = time)]
        since: Option<Timestamp>,
    },
    /// Give it a new secret; the one before serves for a day more
    Rotate { name: String },
    /// Tell it events again from now on
    Enable { name: String },
    /// Tell it nothing
    Disable { name: String },
    /// Remove it, with the record of what it was told
    Remove { name: String },
}

fn event(word: &str) -> Result<EventKind, String> {
    let all: Vec<&str> = EventKind::choices().map(EventKind::as_str).collect();
    EventKind::choices().find(|it| it.as_str() == word).ok_or_else(|| format!("write one of: {}", all.join(", ")))
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "write a time like 2026-11-23T18:00:00Z".to_owned())
}

async fn named(app: &App, name: &str) -> Result<Endpoint, Failure> {
    let all = webhooks::list(app, Actor::Console).await.map_err(Failure::failed)?;
    all.into_iter()
        .find(|it| it.name == name)
        .ok_or_else(|| Failure::failed(format!("there is no webhook {name:?}; `lamplighter webhook list` shows them")))
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let console = Actor::Console;
    match command {
        Command::Add { name, url, events } => {
            let new = NewEndpoint { name, url, events };
            let (_, secret) = webhooks::add(&app, console, &new).await.map_err(Failure::failed)?;
            say(secret);
            note(format_args!("This secret is shown this once: give it to the program that checks the signatures."));
        }
        Command::List { json } => list(&app, json).await?,
        Command::Show { name, json } => show(&app, &name, json).await?,
        Command::Test { name } => {
            let it = named(&app, &name).await?;
            webhooks::send_test(&app, console, it.id).await.map_err(Failure::failed)?;
            say(format!("a test is on its way; `lamplighter webhook show {name}` tells what became of it"));
        }
        Command::Replay { name, delivery, since } => {
            let it = named(&app, &name).await?;
            let scope = match delivery {
                Some(id) => ReplayScope::One(WebhookDeliveryId(id)),
                None => ReplayScope::Since(since.unwrap_or_default()),
            };
            let events = webhooks::replay(&app, console, it.id, scope).await.map_err(Failure::failed)?;
            say(format!("events that are told again: {events}"));
        }
        Command::Rotate { name } => {
            let it = named(&app, &name).await?;
            say(webhooks::rotate(&app, console, it.id).await.map_err(Failure::failed)?);
            note(format_args!("This secret is shown this once; for a day the one before signs as well."));
        }
        Command::Enable { name } => enable(&app, &name, true).await?,
        Command::Disable { name } => enable(&app, &name, false).await?,
        Command::Remove { name } => {
            let it = named(&app, &name).await?;
            webhooks::remove(&app, console, it.id).await.map_err(Failure::failed)?;
            say(format!("{name} is removed"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn enable(app: &App, name: &str, enabled: bool) -> Result<(), Failure> {
    let it = named(app, name).await?;
    let change = Change { enabled: Some(enabled), ..Change::default() };
    let it = webhooks::change(app, Actor::Console, it.id, &change).await.map_err(Failure::failed)?;
    say(format!("{name} is {}", it.state));
    Ok(())
}

async fn list(app: &App, json: bool) -> Result<(), Failure> {
    let all = webhooks::list(app, Actor::Console).await.map_err(Failure::failed)?;
    if json {
        return say_json(&all);
    }
    let row = |it: Endpoint| {
        let events: Vec<&str> = it.events.iter().map(|it| it.as_str()).collect();
        let events = if events.is_empty() { "all".to_owned() } else { events.join(", ") };
        vec![it.name, it.state.to_string(), it.waiting.to_string(), events, it.url]
    };
    let rows: Vec<Vec<String>> = all.into_iter().map(row).collect();
    say_table(&["NAME", "STATE", "WAITING", "EVENTS", "ADDRESS"], &rows);
    Ok(())
}

/// Lines of `show`.
const SHOWN_MAX: i64 = 50;

async fn show(app: &App, name: &str, json: bool) -> Result<(), Failure> {
    let it = named(app, name).await?;
    let told = webhooks::list_deliveries(app, Actor::Console, it.id, None, None, SHOWN_MAX).await;
    let told = told.map_err(Failure::failed)?;
    if json {
        return say_json(&serde_json::json!({ "webhook": it, "deliveries": told }));
    }
    let rows: Vec<Vec<String>> = told
        .into_iter()
        .map(|it| {
            let status = it.last_status.map(|status| status.to_string()).unwrap_or_default();
            let answer = it.last_answer.unwrap_or_default();
            let (id, at, kind) = (it.id.to_string(), it.at.rfc3339(), it.kind.to_string());
            vec![id, at, kind, it.state.to_string(), it.attempts.to_string(), status, answer]
        })
        .collect();
    say_table(&["ID", "HAPPENED", "EVENT", "STATE", "TRIES", "STATUS", "ANSWER"], &rows);
    Ok(())
}
