//! `lamplighter inspect ...`: how Lamplighter reads what it is given. Needs no configuration.

use super::exit::Failure;
use super::output::{harmless, say, say_json, wants_json};
use crate::config::{self, Config, ConfigError, Overrides};
use crate::gather;
use crate::mail::EmailAddr;
use anyhow::Context as _;
use clap::Subcommand;
use std::io::{BufRead as _, Read as _};
use std::path::Path;
use std::process::ExitCode;
use url::Url;

#[derive(Subcommand)]
pub(super) enum Command {
    /// What the reader sees in a feed
    #[command(
        after_help = "Examples:\n  lamplighter inspect feed https://news.example/feed/\n  lamplighter inspect feed saved.xml --base https://news.example/feed/\n  curl -s https://news.example/feed/ | lamplighter inspect feed -"
    )]
    Feed {
        /// A file, a web address, or - for standard input
        #[arg(value_name = "FILE_OR_URL")]
        source: String,
        /// What relative links in it are relative to
        #[arg(long, value_name = "URL")]
        base: Option<Url>,
        /// Print JSON, as it is done anyway where the output is no terminal
        #[arg(long)]
        json: bool,
        /// Print for people, even where the output is no terminal
        #[arg(long, conflicts_with = "json")]
        text: bool,
    },
    /// What the reader sees on an article's page
    Page(super::inspect_page::Page),
    /// What is understood of a mail that came back: whom it is about, why, and what to do
    Bounce(super::inspect_bounce::Bounce),
    /// What is wrong with a mail before it goes out, and which programs lack what it uses
    Mail(super::inspect_mail::Mail),
    /// Whether an address could subscribe: a line in, a JSON line out
    #[command(
        after_help = "Examples:\n  echo anna@example.org | lamplighter inspect address -\n  lamplighter inspect address list.txt"
    )]
    Address {
        /// A file with an address a line, or - for standard input
        #[arg(value_name = "FILE_OR_-", default_value = "-")]
        source: String,
    },
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Feed { source, base, json, text } => feed(config, &source, base, wants_json(json, text)).await,
        Command::Page(page) => super::inspect_page::run(config, page).await,
        Command::Bounce(bounce) => super::inspect_bounce::run(&bounce),
        Command::Mail(mail) => super::inspect_mail::run(&mail),
        Command::Address { source } => addresses(&source),
    }
}

async fn feed(config: &Path, source: &str, base: Option<Url>, as_json: bool) -> Result<ExitCode, Failure> {
    let is_address = Url::parse(source).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let (bytes, content_type, found_at) = if is_address {
        let now = crate::base::Context::system().now();
        let fetched = gather::fetch::fetch_url(&limits(config)?, source, now)
            .await
            .map_err(|error| Failure::failed(format!("{source}: {error}")))?;
        (fetched.body, fetched.content_type, Some(fetched.url))
    } else {
        (read(source)?, None, None)
    };
    let seen = gather::inspect_feed(&bytes, content_type.as_deref(), base.or(found_at).as_ref())
        .map_err(|error| Failure::failed(format!("{source}: {error}")))?;
    if as_json {
        say_json(&seen)?;
    } else {
        print(&seen);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(feed: &gather::InspectedFeed) {
    say(harmless(&format!("{}  {}  {}", feed.title, feed.link.as_deref().unwrap_or("(no address)"), feed.language)));
    if let Some(bozo) = &feed.bozo {
        say(harmless(&format!("not quite right, and read nevertheless: {bozo}")));
    }
    for entry in &feed.entries {
        let at = entry.published.as_ref().or(entry.updated.as_ref());
        say("");
        say(harmless(if entry.title.is_empty() { "(no title)" } else { &entry.title }));
        say(harmless(&format!("  {}", entry.link.as_deref().unwrap_or("(no address)"))));
        let mut about = vec![at.map_or("(no date)", String::as_str).to_owned()];
        about.extend(entry.authors.iter().cloned());
        about.extend(entry.sections.iter().map(|it| format!("#{it}")));
        let has = [
            ("text", entry.content.is_some()),
            ("summary", entry.summary.is_some()),
            ("picture", entry.image.is_some()),
        ];
        about.extend(has.iter().filter(|(_, has)| *has).map(|(name, _)| format!("+{name}")));
        say(harmless(&format!("  {}", about.join(", "))));
    }
    say(format!("\n{} entries", feed.entries.len()));
}

/// The limits of the configuration at hand; without one those of a trial, which may read this very machine.
pub(super) fn limits(path: &Path) -> Result<Config, Failure> {
    let overrides = Overrides::from_environment();
    match Config::load(path, &overrides) {
        Err(ConfigError::Missing(_)) => Ok(Config::parse(&config::template("Trial"), path, &overrides)?),
        other => Ok(other?),
    }
}

pub(super) fn read(source: &str) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(crate::base::limits::FETCH_BYTES_MAX).unwrap_or(u64::MAX) + 1;
    let mut bytes = Vec::new();
    if source == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).context("standard input cannot be read")?;
    } else {
        let file = std::fs::File::open(source).with_context(|| format!("{source} cannot be read"))?;
        file.take(limit).read_to_end(&mut bytes).with_context(|| format!("{source} cannot be read"))?;
    }
    Ok(bytes)
}

fn addresses(source: &str) -> Result<ExitCode, Failure> {
    let input: Box<dyn std::io::Read> = if source == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(source).with_context(|| format!("{source} cannot be read"))?)
    };
    for line in std::io::BufReader::new(input).split(b'\n') {
        let line = line.context("the input cannot be read")?;
        let typed = String::from_utf8_lossy(&line);
        let typed = typed.trim_end_matches('\r');
        let verdict = match EmailAddr::parse(typed) {
            Ok(address) => {
                serde_json::json!({ "input": typed, "accepted": true, "address": address.expose(), "smtputf8": address.needs_smtputf8() })
            }
            Err(error) => {
                serde_json::json!({ "input": typed, "accepted": false, "code": error.code(), "reason": error.to_string() })
            }
        };
        say(verdict);
    }
    Ok(ExitCode::SUCCESS)
}
