//! Sending an edition, beside what a bare SMTP load generator manages on the same machine in the same minute.
//!
//! `cargo bench --bench delivery -- [WHAT] [--runs N] [--seconds S] [--sessions N,N] [--with FILE] [--postgres URL]
//! [--workers N]` prints medians of several runs in which the ways take turns. WHAT is
//!
//! - `near`: 4 KB and 30 KB mails over 1, 10 and 50 sessions: Debian's `smtp-source` into its `smtp-sink` and into ours,
//!   and the engine into each;
//! - `far`: the same into our sink behind a round trip of 20 ms;
//! - `all` (the default): both;
//! - `million [4|30] [COUNT]`: one edition for a million readers (or COUNT) into our sink: seconds for the seal, seconds
//!   for sending, peak memory.
//!
//! `--with FILE` appends lines to the engine's configuration: what signing costs, for example.
//!
//! `--postgres URL` makes a database on this server for each run, and drops it; `--workers N` lets so many processes share
//! it. What the server itself takes is not among the figures.
//!
//! "The engine" is the product on a new SQLite database: seeded readers, a sealed edition, each mail with its reader's own
//! links, each outcome durable, from the first lease to the last outcome; and afterwards its counts must equal what the
//! sink took, nobody twice. It runs in processes of its own, so that CPU and memory are the sender's alone; the sinks run
//! in others. Ratios are to `smtp-source` with the same sink, size and sessions; it records nothing and personalises
//! nothing. Absolute figures move with the machine's other work, ratios hardly. Without postfix's programs its arms are
//! left out, loudly.

#[path = "support/arms.rs"]
mod arms;
#[path = "support/engine.rs"]
mod engine;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/postfix.rs"]
mod postfix;
#[path = "support/processes.rs"]
mod processes;
#[path = "support/readers.rs"]
mod readers;
#[path = "support/sinks.rs"]
mod sinks;

use anyhow::{Context as _, Result, bail};
use arms::{Block, Plan};

const ROUND_TRIP_MS: u64 = 20;

fn main() -> Result<()> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    // The bench starts itself anew for what must have a process of its own.
    match arguments.split_first() {
        Some((role, rest)) if role == processes::SINK => return sinks::be_the_sink(rest),
        Some((role, rest)) if role == processes::SEAL => return engine::be_the_seal(rest),
        Some((role, rest)) if role == processes::ENGINE => return engine::be_the_engine(rest),
        _ => {}
    }
    let mut plan =
        Plan { runs: 3, seconds: 1.5, sessions: vec![1, 10, 50], with: String::new(), server: None, workers: 1 };
    let mut words = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} wants a value"));
        match argument.as_str() {
            "--runs" => plan.runs = value()?.parse().context("--runs")?,
            "--seconds" => plan.seconds = value()?.parse().context("--seconds")?,
            "--sessions" => {
                let given = value()?;
                plan.sessions = given.split(',').map(str::parse).collect::<Result<_, _>>().context("--sessions")?;
            }
            "--postgres" => plan.server = Some(value()?),
            "--workers" => plan.workers = value()?.parse().context("--workers")?,
            "--with" => plan.with = std::fs::read_to_string(value()?).context("--with")?,
            _ => words.push(argument),
        }
    }
    anyhow::ensure!(plan.workers == 1 || plan.server.is_some(), "several workers share a database on PostgreSQL alone");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["all"] => {
            near(&plan)?;
            far(&plan)
        }
        ["near"] => near(&plan),
        ["far"] => far(&plan),
        ["million", rest @ ..] => {
            let kilobytes = rest.first().map_or(Ok(4), |it| it.parse()).context("4 or 30")?;
            let count = rest.get(1).map_or(Ok(1_000_000), |it| it.parse()).context("the number of readers")?;
            arms::great(&plan, kilobytes, count)
        }
        _ => bail!("there is no {words:?} here; try near, far, all, or million [4|30] [COUNT]"),
    }
}

fn near(plan: &Plan) -> Result<()> {
    for kilobytes in [4, 30] {
        for sessions in &plan.sessions {
            arms::compare(plan, &Block { kilobytes, sessions: *sessions, round_trip_ms: 0 })?;
        }
    }
    Ok(())
}

fn far(plan: &Plan) -> Result<()> {
    for kilobytes in [4, 30] {
        // One session over a distance is a division, not a measurement.
        for sessions in plan.sessions.iter().filter(|sessions| **sessions > 1 || plan.sessions.len() == 1) {
            arms::compare(plan, &Block { kilobytes, sessions: *sessions, round_trip_ms: ROUND_TRIP_MS })?;
        }
    }
    Ok(())
}
