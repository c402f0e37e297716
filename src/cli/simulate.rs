//! `lamplighter simulate`: what would have gone out, by today's rules.

use super::exit::Failure;
use super::output::{harmless, say, say_json};
use super::publication::meant;
use super::start;
use crate::base::text::counted;
use crate::operators::Actor;
use crate::publications::list_publications;
use crate::service::simulate::{Evening, Outcome, SimulateError, Simulation, simulate};
use chrono::NaiveDate;
use std::path::Path;
use std::process::ExitCode;

/// Replay stored history through today's rules; nothing is fetched or sent, and the database is only read
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter simulate --from 2026-10-24 --to 2026-10-26\n  lamplighter simulate --from 2026-11-01 --to 2026-11-30 --publication evening --json"
)]
pub(super) struct Args {
    /// The first local date
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: NaiveDate,
    /// The last local date
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: NaiveDate,
    /// The publication's slug; all without it
    #[arg(long, short, value_name = "SLUG")]
    publication: Option<String>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

fn date(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "write a date of the calendar like 2026-11-23".to_owned())
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let mut tx = app.db.read().await?;
    let publications = match &args.publication {
        Some(slug) => vec![meant(&mut tx, Some(slug)).await?],
        None => list_publications(&mut tx).await?,
    };
    drop(tx);
    let mut all = Vec::new();
    for publication in &publications {
        let simulated = simulate(&app, Actor::Console, publication, args.from, args.to).await.map_err(failure)?;
        all.push(simulated);
    }
    if args.json {
        say_json(&all)?;
    } else {
        all.iter().for_each(show);
    }
    Ok(ExitCode::SUCCESS)
}

fn failure(error: SimulateError) -> Failure {
    match error {
        SimulateError::Backwards { .. } | SimulateError::TooLong { .. } | SimulateError::Future { .. } => {
            Failure::usage(error)
        }
        other => Failure::failed(other),
    }
}

fn show(it: &Simulation) {
    say(format!("{} ({}), by the rules of today; nothing is sent", it.publication, it.time_zone));
    if it.evenings.is_empty() {
        say("  no slot has an edition on these dates");
    }
    it.evenings.iter().for_each(show_evening);
    let counts: Vec<String> = it.conservation.iter().map(|count| format!("{} {}", count.word, count.hits)).collect();
    say(format!("\n  articles: {} = {}\n", counts.join(" + "), it.articles));
}

fn show_evening(it: &Evening) {
    let time = |at: &str| at.get(11..16).unwrap_or(at).to_owned() + " " + at.get(19..).unwrap_or_default();
    let date = it.date.format("%a %-d %b %Y");
    say(format!("\n{date}  {}  cutoff {}  send {}", it.slot, time(&it.cutoff_at), time(&it.send_at)));
    show_outcome("would be", &it.outcome);
    match &it.really {
        Some(really) => show_outcome("really", really),
        None => say("  really    nothing is recorded of this date"),
    }
    for (label, titles) in [("only here", &it.only_here), ("only then", &it.only_really)] {
        titles.iter().for_each(|title| say(format!("    {label}  {}", harmless(title))));
    }
}

fn show_outcome(label: &str, it: &Outcome) {
    let state = if it.state == "sending" { "sent" } else { &it.state };
    let size = if it.bytes == 0 {
        String::new()
    } else {
        format!(", {}, {} KiB", counted(it.stories, "story", "stories"), it.bytes.div_ceil(1024))
    };
    say(format!("  {label:<8}  {state}{size}"));
    for words in [&it.subject, &it.reason] {
        if !words.is_empty() && (state != "sent" || words == &it.subject) {
            say(format!("            {}", harmless(words)));
        }
    }
    if !it.attention.is_empty() {
        say(format!("            wants a person: {}", harmless(&it.attention)));
    }
}
