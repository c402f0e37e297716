//! `lamplighter suppression ...`: addresses that are not mailed, whatever any list says.

use super::exit::{FAILED, Failure};
use super::output::{note, say, say_json, say_table};
use super::start;
use super::subscriber::{parse, whole_file};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::operators::Actor;
use crate::subscribers::{self, RemoveOutcome, Suppressed, SuppressionReason};
use anyhow::Context as _;
use clap::Subcommand;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter suppression add anna@example.org --days 30\n  lamplighter suppression list --reason complaint\n  lamplighter suppression import bounced.csv\n  lamplighter suppression export --output suppressions.csv\n\nOnly an operator's suppression can be removed: who left, bounced or complained comes back by their own new sign-up."
)]
pub(super) enum Command {
    /// What is suppressed: keyed digests with their reasons, for no address can be read from the list
    List {
        /// left, hard_bounce, complaint, erased, operator or not_me
        #[arg(long, value_parser = reason)]
        reason: Option<SuppressionReason>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Never mail this address, or not before some days have passed
    Add {
        address: String,
        /// For so many days; for good without it
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: Option<u32>,
        /// Why, for the trail and the reader's history
        #[arg(long, value_name = "WORDS")]
        because: Option<String>,
    },
    /// Take back an operator's suppression
    Remove {
        /// The address, or its hash as `list` shows it
        who: String,
    },
    /// Add the addresses of a CSV file (columns email, reason, expires_at), or the hashes of our own export
    Import {
        file: PathBuf,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Write the list as CSV; it can be imported under the same signing key alone
    Export {
        /// Standard output otherwise
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

fn reason(word: &str) -> Result<SuppressionReason, String> {
    let known = || SuppressionReason::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
    SuppressionReason::parse(word).ok_or_else(|| format!("a reason is one of {}", known()))
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    match command {
        Command::List { reason, json } => list(&app, reason, json).await,
        Command::Add { address, days, because } => {
            let until = days.map(|days| app.now() + Span::days(i64::from(days)));
            add(&app, &address, until, because.as_deref()).await
        }
        Command::Remove { who } => remove(&app, &who).await,
        Command::Import { file, json } => import(&app, &file, json).await,
        Command::Export { output } => export(&app, output.as_deref()).await,
    }
}

/// `subscriber suppress` is the same.
pub(super) async fn add(
    app: &App,
    address: &str,
    until: Option<Timestamp>,
    because: Option<&str>,
) -> Result<ExitCode, Failure> {
    let address = parse(address)?;
    let ended = subscribers::suppress_because(app, Actor::Console, &address, until, because);
    let ended = ended.await.map_err(Failure::failed)?;
    let until = until.map(|at| format!(" until {}", at.rfc3339())).unwrap_or_default();
    say(format!("{} is suppressed{until}; {ended} subscriptions ended", address.masked()));
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, reason: Option<SuppressionReason>, json: bool) -> Result<ExitCode, Failure> {
    let (mut rows, mut after) = (Vec::new(), Some(String::new()));
    while let Some(from) = after {
        let page =
            subscribers::list_suppressions(app, Actor::Console, reason, &from, subscribers::SUPPRESSION_ROWS_MAX);
        let (page, next) = page.await.map_err(Failure::failed)?;
        rows.extend(page);
        after = next;
    }
    let until = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    if json {
        let rows: Vec<_> = rows
            .iter()
            .map(|it| {
                serde_json::json!({
                    "hash": it.address_hash, "reason": it.reason, "under": it.under,
                    "created_at": it.created_at.rfc3339(), "expires_at": until(it.expires_at),
                })
            })
            .collect();
        say_json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|it| {
            let ends = until(it.expires_at).unwrap_or_else(|| "never".to_owned());
            vec![it.address_hash, it.reason.to_string(), it.created_at.rfc3339(), ends]
        })
        .collect();
    say_table(&["HASH", "REASON", "SINCE", "EXPIRES"], &rows);
    Ok(ExitCode::SUCCESS)
}

async fn remove(app: &App, who: &str) -> Result<ExitCode, Failure> {
    let is_hash = who.len() == 64 && who.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (suppressed, name) = if is_hash {
        (Suppressed::Hash(who.to_ascii_lowercase()), who.to_owned())
    } else {
        let address = parse(who)?;
        let name = address.masked();
        (Suppressed::Address(address), name)
    };
    let removed = subscribers::remove_suppression(app, Actor::Console, &suppressed).await.map_err(Failure::failed)?;
    match removed {
        RemoveOutcome::Removed => {
            say(format!("{name} is no longer suppressed; subscriptions that ended stay so until a new sign-up"));
        }
        RemoveOutcome::Uncovered(reason) => {
            say(format!("the operator's suppression of {name} is gone; the one before it stands ({reason})"));
        }
        RemoveOutcome::NotThere => {
            return Err(Failure::failed(format!(
                "{name} is not suppressed; `lamplighter suppression list` shows who is"
            )));
        }
        RemoveOutcome::NotYours(reason) => {
            return Err(Failure::failed(format!(
                "{name} is suppressed ({reason}), which only their own new sign-up lifts"
            )));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(app: &App, file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let reader = std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut on_refused = |line: u64, why: &str| note(format_args!("line {line}: refused: {why}"));
    let totals = subscribers::import_suppressions(app, Actor::Console, reader, &mut on_refused)
        .await
        .map_err(Failure::failed)?;
    if json {
        say_json(&totals)?;
    } else {
        say(format!(
            "{} rows: {} suppressed, {} already there, {} refused; {} subscriptions ended",
            totals.rows, totals.suppressed, totals.already_there, totals.refused, totals.ended
        ));
    }
    Ok(if totals.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

async fn export(app: &App, output: Option<&Path>) -> Result<ExitCode, Failure> {
    let write = async |out: &mut (dyn std::io::Write + Send)| {
        subscribers::export_suppressions(app, Actor::Console, out).await.map_err(Failure::failed)
    };
    let rows = match output {
        Some(path) => whole_file(path, write).await?,
        None => {
            let mut out = BufWriter::new(std::io::stdout());
            let rows = write(&mut out).await?;
            out.flush()?;
            rows
        }
    };
    note(format_args!("{rows} suppressions"));
    Ok(ExitCode::SUCCESS)
}
