//! `edition test-send`: how it will look, in a mailbox of one's own.

use super::find::{Wanted, Which, find};
use super::send::needs_relay;
use crate::app::App;
use crate::cli::exit::{FAILED, Failure};
use crate::cli::output::{say, say_json};
use crate::delivery::{self, DeliveryState};
use crate::mail::EmailAddr;
use crate::operators::Actor;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter edition test-send --to desk@news.example --wait\n  lamplighter edition test-send 2026-11-23 --to ada@news.example --to ben@news.example --sections sport,local"
)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Where to; may be given several times
    #[arg(long, value_name = "ADDRESS", required = true)]
    to: Vec<String>,
    /// As a reader of these sections gets it
    #[arg(long, value_name = "SLUG,...", value_delimiter = ',')]
    sections: Vec<String>,
    /// Send from this process, and say what the relay answered
    #[arg(long)]
    wait: bool,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(app: &App, actor: Actor, args: Args) -> Result<ExitCode, Failure> {
    if args.wait {
        needs_relay(app)?;
    }
    let to: Vec<EmailAddr> = args
        .to
        .iter()
        .map(|text| EmailAddr::parse(text).map_err(|error| Failure::usage(format!("{text:?}: {error}"))))
        .collect::<Result<_, _>>()?;
    let (_, edition) = find(app, &args.which, Wanted::Newest).await?;
    let sent = delivery::test_send(app, actor, edition.id, &to, &args.sections).await.map_err(Failure::failed)?;
    let count = sent.mails.len();
    if !args.wait {
        if args.json {
            say_json(&sent)?;
        } else {
            say(format!(
                "a test of edition {} to {count} of yours is queued; a running `lamplighter serve` sends it",
                sent.edition
            ));
        }
        return Ok(ExitCode::SUCCESS);
    }
    delivery::run_until_idle(app).await?;
    let outcomes = delivery::outcomes_of(app, &sent.mails).await?;
    let accepted = outcomes.iter().filter(|(state, _)| *state == DeliveryState::Accepted).count();
    if args.json {
        say_json(&serde_json::json!({ "edition": sent.edition, "subject": sent.subject, "outcomes": outcomes }))?;
    } else {
        say(format!("a test of edition {}: {accepted} of {count} accepted by the relay", sent.edition));
        for (state, reply) in outcomes.iter().filter(|(state, _)| *state != DeliveryState::Accepted) {
            say(format!("  {state}: {reply}"));
        }
    }
    Ok(if accepted == count { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}
