//! `lamplighter limit ...`: how fast mails go by relay, provider and edition, while the service runs.

use super::acting::ActingAs;
use super::exit::Failure;
use super::output::{harmless, say, say_json, say_table};
use super::start;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::delivery::rates::{self, ClearOutcome, LimitChange, LimitError, ResumeOutcome, ScopeName, ScopeView};
use crate::operators::Actor;
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter limit list\n  lamplighter limit set relay:mx.example:25 --rate 10 --connections 2\n  lamplighter limit set group:gmail --per-hour 500\n  lamplighter limit pause group:gmail --minutes 30\n  lamplighter limit resume group:gmail\n  lamplighter limit clear group:gmail\n\nWhat is set here stands above lamplighter.toml until it is cleared, and holds for all workers within a second."
)]
pub(super) struct Args {
    #[command(flatten)]
    acting_as: ActingAs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Limits, what of them is used, and who is left alone for a while
    #[command(after_help = "Examples:\n  lamplighter limit list\n  lamplighter limit list --all --json")]
    List {
        /// Also the groups that nothing limits
        #[arg(long)]
        all: bool,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Set limits over those of lamplighter.toml; 0 lifts one
    #[command(
        after_help = "Examples:\n  lamplighter limit set relay:mx.example:25 --rate 10 --connections 2\n  lamplighter limit set group:gmail --per-hour 500 --as anna@news.example"
    )]
    Set {
        /// relay:HOST:PORT, group:NAME or edition:ID, as `list` shows them
        scope: String,
        /// Connections at the same time
        #[arg(long)]
        connections: Option<u32>,
        /// Mails in a second
        #[arg(long)]
        rate: Option<u32>,
        /// Mails in any hour
        #[arg(long)]
        per_hour: Option<u32>,
        /// Mails in any 24 hours
        #[arg(long)]
        per_day: Option<u32>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Take back what was set: lamplighter.toml holds again
    #[command(after_help = "Examples:\n  lamplighter limit clear group:gmail")]
    Clear {
        /// relay:HOST:PORT, group:NAME or edition:ID, as `list` shows them
        scope: String,
        /// Print how it stands then as JSON
        #[arg(long)]
        json: bool,
    },
    /// Send nothing there for some minutes, or until it is resumed
    #[command(
        after_help = "Examples:\n  lamplighter limit pause group:gmail --minutes 30\n  lamplighter limit pause relay:mx.example:25 --reason \"they are moving house\""
    )]
    Pause {
        /// relay:HOST:PORT, group:NAME or edition:ID, as `list --all` shows them
        scope: String,
        /// Until it is resumed, without it
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=525_600))]
        minutes: Option<u32>,
        #[arg(long, default_value = "paused by an operator")]
        reason: String,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// End a pause or a back-off of all editions; what one edition holds back, `edition resume --group` goes on with
    #[command(after_help = "Examples:\n  lamplighter limit resume group:gmail")]
    Resume {
        /// relay:HOST:PORT, group:NAME or edition:ID, as `list` shows them
        scope: String,
        /// Print how it stands then as JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let actor = args.acting_as.actor(&app).await?;
    let meant = |typed: &str| rates::find_scope(&app.config, typed).map_err(told);
    let (scope, done, json) = match args.command {
        Command::List { all, json } => return list(&app, all, json).await,
        Command::Set { scope, connections, rate, per_hour, per_day, json } => {
            let scope = meant(&scope)?;
            let change = LimitChange { connections, rate, per_hour, per_day };
            rates::set_limit(&app, actor, &scope, change).await.map_err(told)?;
            (scope, "set; it holds within a second".to_owned(), json)
        }
        Command::Clear { scope, json } => {
            let scope = meant(&scope)?;
            let done = match rates::clear_limit(&app, actor, &scope).await.map_err(told)? {
                ClearOutcome::Cleared => "cleared; lamplighter.toml holds again",
                ClearOutcome::NotSet => "nothing was set",
            };
            (scope, done.to_owned(), json)
        }
        Command::Pause { scope, minutes, reason, json } => {
            let scope = meant(&scope)?;
            let until = minutes.map(|minutes| app.now() + Span::minutes(i64::from(minutes)));
            rates::pause_scope(&app, actor, &scope, until, &reason).await.map_err(told)?;
            let until = until.map_or("it is resumed".to_owned(), Timestamp::rfc3339);
            (scope, format!("paused until {until}"), json)
        }
        Command::Resume { scope, json } => {
            let scope = meant(&scope)?;
            let done = match rates::resume_scope(&app, actor, &scope).await.map_err(told)? {
                ResumeOutcome::Resumed => "resumed",
                ResumeOutcome::NotPaused => "was not paused",
            };
            (scope, done.to_owned(), json)
        }
    };
    let view = find(&app, &scope).await?;
    if json {
        say_json(&view)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format!("{scope}: {done}"));
    // The pause of an edition's part is that edition's: it is ended there.
    if let Some(view) = view.filter(|view| view.closed.is_none() && !view.held_by.is_empty()) {
        say(state(&view));
    }
    Ok(ExitCode::SUCCESS)
}

fn told(error: LimitError) -> Failure {
    match error {
        LimitError::Unknown { .. } | LimitError::Value(_) => Failure::usage(error),
        LimitError::Forbidden(_) | LimitError::Store(_) => Failure::failed(error),
    }
}

/// How it stands now; an edition of which nothing is set any more has no view.
async fn find(app: &App, scope: &ScopeName) -> Result<Option<ScopeView>, Failure> {
    let name = scope.to_string();
    Ok(rates::survey(app, Actor::Console).await.map_err(told)?.into_iter().find(|view| view.scope == name))
}

async fn list(app: &App, all: bool, json: bool) -> Result<ExitCode, Failure> {
    let views: Vec<ScopeView> = rates::survey(app, Actor::Console)
        .await
        .map_err(told)?
        .into_iter()
        .filter(|view| all || !view.is_plain)
        .collect();
    if json {
        say_json(&views)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = views.iter().map(row).collect();
    say_table(&["SCOPE", "CONNECTIONS", "RATE", "HOUR", "DAY", "STATE"], &rows);
    Ok(ExitCode::SUCCESS)
}

fn row(view: &ScopeView) -> Vec<String> {
    let limit = |limit: u32| if limit == 0 { "-".to_owned() } else { limit.to_string() };
    let window = |used: u64, limit: u32| if limit == 0 { "-".to_owned() } else { format!("{used} of {limit}") };
    let rate = match view.spread_ms {
        Some(ms) => format!("one in {ms} ms"),
        None if view.rate == 0 => "-".to_owned(),
        None => format!("{}/s", view.rate),
    };
    vec![
        harmless(&view.scope),
        limit(view.connections),
        rate,
        window(view.used_hour, view.per_hour),
        window(view.used_day, view.per_day),
        state(view),
    ]
}

fn state(view: &ScopeView) -> String {
    let mut words = Vec::new();
    if let Some(closed) = &view.closed {
        let until = closed.until.as_deref().unwrap_or("it is resumed");
        words.push(format!("{} until {until}", closed.because.told()));
    }
    for label in view.held_by.iter().map(|label| harmless(label)) {
        let group = view.scope.strip_prefix("group:").unwrap_or_default();
        words.push(format!(
            "held back by edition {label} (`lamplighter edition resume {label} --group {group}` goes on)"
        ));
    }
    if view.level > 0 && view.closed.is_none() {
        words.push(format!("slowed (step {})", view.level));
    }
    if let Some(cap) = view.warm_up_today {
        words.push(format!("warming up: {} of {cap} today", view.used_today));
    }
    if view.is_live && view.closed.is_none() {
        words.push("set while running".to_owned());
    }
    if let Some(why) = &view.why {
        words.push(harmless(why).replace('\n', " "));
    }
    if words.is_empty() { "open".to_owned() } else { words.join("; ") }
}
