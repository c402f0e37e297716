//! `lamplighter inspect bounce ...`: what is understood of a mail that came back. Needs no configuration, changes
//! nothing, and reads whatever it is given: ordinary mail is an answer, too. `tests/it/cli/inspect.rs` holds it.

use super::exit::Failure;
use super::input::read_mail;
use super::output::{harmless, say, say_json, wants_json};
use crate::bounces::{self, Recipient, Report};
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  lamplighter inspect bounce returned.eml\n  lamplighter inspect bounce - --json < returned.eml\n\nClasses: hard (the address is dead), soft (it may live), policy (this mail's size or form), block (we are refused),\nchallenge, autoreply, complaint, unknown."
)]
pub(super) struct Bounce {
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

pub(super) fn run(args: &Bounce) -> Result<ExitCode, Failure> {
    let report = bounces::read(&read_mail(&args.source, bounces::limits::MAIL_BYTES_MAX)?);
    if wants_json(args.json, args.text) {
        say_json(&report)?;
    } else {
        print(&report);
    }
    Ok(ExitCode::SUCCESS)
}

fn print(report: &Report) {
    field("kind", &word(&report.kind));
    field("class", &word(&report.class));
    if let Some(feedback) = &report.feedback {
        field("feedback", &feedback.feedback_type);
    }
    for recipient in &report.recipients {
        say("");
        print_recipient(recipient);
    }
    if report.recipients.is_empty() {
        say("\nNo recipient is named in it.");
    }
    let hints = &report.hints;
    for (name, values) in [("came to", &hints.delivered_to), ("message id", &hints.message_ids)] {
        for value in values {
            field(name, value);
        }
    }
}

fn print_recipient(recipient: &Recipient) {
    field("recipient", recipient.address.as_deref().unwrap_or("(not named)"));
    if let Some(original) = recipient.original.as_ref().filter(|it| Some(*it) != recipient.address.as_ref()) {
        field("written to", original);
    }
    let codes: Vec<String> =
        recipient.code.map(|code| code.to_string()).into_iter().chain(recipient.status.clone()).collect();
    field("status", &format!("{} {}", word(&recipient.action), codes.join(" ")));
    field("class", &word(&recipient.class));
    field("reason", &word(&recipient.reason));
    field("remedy", recipient.remedy);
    if !recipient.reply.is_empty() {
        field("said", &recipient.reply);
    }
}

fn field(name: &str, value: &str) {
    say(format!("{name:<10} {}", harmless(value).trim_end()));
}

/// A word as JSON has it, so that both forms speak of the same thing.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
