//! `lamplighter inspect mail ...`: what is wrong with a mail before it goes out.
//!
//! Asks nobody and needs no configuration. The exit code is 1 if the mail should not go out like this.
//! `tests/it/cli/inspect.rs` holds it.

use super::exit::{FAILED, Failure};
use super::input::read_mail;
use super::output::{say, say_json, wants_json};
use crate::lint::{self, cli_text};
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  lamplighter inspect mail edition.eml\n  curl -s http://127.0.0.1:8025/mails/1/raw | lamplighter inspect mail - --text\n\nThe exit code is 1 if there is an error, 0 if there are warnings and notes alone."
)]
pub(super) struct Mail {
    /// A mail in a file, or - for standard input
    #[arg(value_name = "FILE_OR_-", default_value = "-")]
    source: String,
    /// Print JSON, as it is done anyway where the output is no terminal
    #[arg(long)]
    json: bool,
    /// Print for people, even where the output is no terminal
    #[arg(long, conflicts_with = "json")]
    text: bool,
}

pub(super) fn run(args: &Mail) -> Result<ExitCode, Failure> {
    let report = lint::lint(&read_mail(&args.source, lint::limits::MAIL_BYTES_MAX)?);
    if wants_json(args.json, args.text) {
        say_json(&report)?;
    } else {
        say(cli_text(&report).trim_end());
    }
    Ok(if report.has_errors() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}
