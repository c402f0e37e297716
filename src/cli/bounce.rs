//! `lamplighter bounce ...`: what comes back, brought in by a mail server, listed and counted.
//!
//! `ingest` is run by a mail server, so that its exit code is for that: 0 once the effect is committed, also for what
//! nobody here reads (a mail server would answer anything else with a notice to a stranger); 75 (EX_TEMPFAIL) for
//! whatever stands in the way, so that the mail is kept and brought again.

use super::exit::{Failure, TRY_AGAIN};
use super::input::read_mail;
use super::output::{harmless, say, say_json, say_table};
use super::start;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::bounces::limits::MAIL_BYTES_MAX;
use crate::delivery::returns::{self, DayFigures, Figures, ReturnFilter, ReturnLine, Via};
use crate::operators::Actor;
use crate::subscribers::MailEnvelope;
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter bounce ingest mail.eml\n  lamplighter bounce list --class hard\n  lamplighter bounce stats --days 7\n\nHow a mail reads without acting on it: lamplighter inspect bounce mail.eml"
)]
pub(super) enum Command {
    /// Read one mail to the bounce domain and act on it
    #[command(
        after_help = "Examples:\n  lamplighter bounce ingest mail.eml\n  lamplighter bounce ingest - < mail.eml\n\nPostfix, in master.cf:\n  lamplighter unix - n n - - pipe null_sender= user=lamplighter\n    argv=/usr/bin/lamplighter --config /etc/lamplighter.toml bounce ingest - --from=${sender} --to=${original_recipient}\n\nExit code 0: dealt with, the mail may go. 75: not now, bring it again."
    )]
    Ingest {
        /// The mail as it came; `-` is standard input
        #[arg(default_value = "-")]
        file: String,
        /// The envelope's sender (MAIL FROM); empty for a notice
        #[arg(long, value_name = "ADDRESS")]
        from: Option<String>,
        /// The address that it came to (RCPT TO); may be given several times
        #[arg(long, value_name = "ADDRESS")]
        to: Vec<String>,
        /// Print what was understood and done as JSON
        #[arg(long)]
        json: bool,
    },
    /// What came back, the newest first
    #[command(
        after_help = "Examples:\n  lamplighter bounce list\n  lamplighter bounce list --class block --days 2\n  lamplighter bounce list --group gmail --json"
    )]
    List {
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// hard, soft, block, policy, complaint, autoreply, challenge or unknown
        #[arg(long, value_parser = ["hard", "soft", "block", "policy", "complaint", "autoreply", "challenge", "unknown"])]
        class: Option<String>,
        /// The provider, as `lamplighter limit list --all` names it
        #[arg(long)]
        group: Option<String>,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=returns::LINES_MAX))]
        limit: i64,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// How much came back by class, provider and day, and the rate of complaints
    #[command(after_help = "Examples:\n  lamplighter bounce stats\n  lamplighter bounce stats --days 7 --json")]
    Stats {
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Ingest { file, from, to, json } => {
            let done = ingest(config, &file, from.as_deref(), &to, json).await;
            done.map_err(|failure| failure.with_code(TRY_AGAIN))
        }
        Command::List { days, class, group, limit, json } => {
            let app = start::quiet_app(config).await?;
            let since = app.now() - Span::days(i64::from(days));
            list(&app, &ReturnFilter { since, class, subscriber: None, group, before: None, limit }, json).await
        }
        Command::Stats { days, json } => {
            let app = start::quiet_app(config).await?;
            let figures = returns::figures(&app, Actor::Console, days).await.map_err(Failure::failed)?;
            stats(&figures, json)
        }
    }
}

async fn ingest(config: &Path, file: &str, from: Option<&str>, to: &[String], json: bool) -> Result<ExitCode, Failure> {
    let raw = read_mail(file, MAIL_BYTES_MAX)?;
    let app = start::quiet_app(config).await?;
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    // Postfix names nobody so, unless it is told otherwise.
    let from = from.map(|it| if it.eq_ignore_ascii_case("MAILER-DAEMON") { "" } else { it });
    let done = returns::ingest(&app, Via::Pipe, &raw, MailEnvelope { from, to: &to }).await?;
    if json {
        say_json(&done)?;
    } else {
        say(done.in_words());
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, filter: &ReturnFilter, json: bool) -> Result<ExitCode, Failure> {
    let lines = returns::list_returns(app, Actor::Console, filter).await.map_err(Failure::failed)?;
    if json {
        let rows: Vec<_> = lines
            .iter()
            .map(|it| {
                let mut row = serde_json::to_value(it).unwrap_or_default();
                if let Some(row) = row.as_object_mut() {
                    row.insert("at".to_owned(), it.at.rfc3339().into());
                }
                row
            })
            .collect();
        say_json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    if lines.is_empty() {
        say("nothing came back in this time");
        return Ok(ExitCode::SUCCESS);
    }
    let row = |it: &ReturnLine| {
        let about = match (&it.publication, &it.edition) {
            (Some(publication), Some(edition)) => format!("{publication}/{edition}"),
            _ => "-".to_owned(),
        };
        let reader = it.subscriber_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let said = match it.code {
            Some(code) if !it.reply.starts_with(&code.to_string()) => format!("{code} {}", it.reply),
            _ => it.reply.clone(),
        };
        let mut said: String = harmless(&said).chars().take(60).collect();
        said = said.replace('\n', " ");
        let (at, class, effect) = (minute(it.at), it.class.clone(), it.effect.to_string());
        vec![at, class, it.reason.clone(), effect, it.mail_group.clone(), about, reader, said]
    };
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    say_table(&["AT (UTC)", "CLASS", "REASON", "EFFECT", "PROVIDER", "EDITION", "READER", "SAID"], &rows);
    Ok(ExitCode::SUCCESS)
}

/// `2026-11-27 18:05`
fn minute(at: Timestamp) -> String {
    at.rfc3339().get(..16).unwrap_or_default().replace('T', " ")
}

fn stats(figures: &Figures, json: bool) -> Result<ExitCode, Failure> {
    if json {
        let mut value = serde_json::to_value(figures).map_err(anyhow::Error::from)?;
        if let Some(value) = value.as_object_mut() {
            value.insert("since".to_owned(), figures.since.rfc3339().into());
        }
        say_json(&value)?;
        return Ok(ExitCode::SUCCESS);
    }
    if figures.days.is_empty() {
        say("nothing was sent and nothing came back in this time");
        say_unproved(figures);
        return Ok(ExitCode::SUCCESS);
    }
    let row = |it: &DayFigures| {
        let rate = it.complaint_percent.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.2} %"));
        let counts = [it.accepted, it.hard, it.soft, it.block, it.policy, it.complaints].map(|it| it.to_string());
        [vec![it.day.clone(), it.group.clone()], counts.to_vec(), vec![rate]].concat()
    };
    let rows: Vec<Vec<String>> = figures.days.iter().map(row).collect();
    let headings = ["DAY", "PROVIDER", "ACCEPTED", "HARD", "SOFT", "BLOCK", "POLICY", "COMPLAINTS", "COMPLAINT RATE"];
    say_table(&headings, &rows);
    if !figures.causes.is_empty() {
        say("");
        let causes = figures.causes.iter().take(20);
        let row = |it: &returns::CauseCount| {
            vec![it.count.to_string(), it.mail_group.clone(), it.domain.clone(), it.class.clone(), it.reason.clone()]
        };
        let rows: Vec<Vec<String>> = causes.map(row).collect();
        say_table(&["COUNT", "PROVIDER", "DOMAIN", "CLASS", "REASON"], &rows);
    }
    say_unproved(figures);
    say("\nMailbox providers ask for less than 0.10 % complaints, and never 0.30 %.");
    Ok(ExitCode::SUCCESS)
}

fn say_unproved(figures: &Figures) {
    if figures.unproved > 0 {
        say(format!("\n{} notices carry no token of ours; they changed nothing and are not counted", figures.unproved));
    }
}
