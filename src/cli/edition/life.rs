//! `edition check`, `review`, `approve`, `reopen`, `hold`, `release`, `skip`, `bring-back`, `cancel`: whether an edition goes out.

use super::find::{Wanted, Which, find};
use crate::app::App;
use crate::cli::exit::{FAILED, Failure};
use crate::cli::output::{say, say_json};
use crate::delivery;
use crate::editions::{self, Edition, EditionState};
use crate::operators::Actor;
use crate::publications::Publication;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(in crate::cli) struct Seen {
    /// Only if it is still as it was seen: the number that `edition show --json` and `edition check` name
    #[arg(long, value_name = "N")]
    pub(super) revision: Option<i64>,
}

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// What keeps a draft from going out, and what to know of it; asks whether links and images answer
    ///
    /// Stories whose pages are gone (404, 410) or that their source withdrew leave the draft. Exit code 1 if a check is
    /// red.
    Check {
        #[command(flatten)]
        which: Which,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Say that you have read a draft: the first of two pairs of eyes
    Review {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
    },
    /// Approve a draft: it goes out at its send time
    Approve {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
    },
    /// Take a reading or an approval back: it is a draft again
    Reopen {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Hold an edition back: it goes out when a person approves it, and not before
    Hold {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
        #[arg(long)]
        reason: String,
    },
    /// Nothing keeps an edition back any more: the publication's usual rule holds again
    Release {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
    },
    /// No edition on this date: its stories go into the next one
    Skip {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Plan an edition once more that was skipped or given up, until its send time; without a date, today's
    BringBack {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
    },
    /// Give up an edition: before the seal its stories go back to the pool, while it is sent the rest is stopped
    Cancel {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
        #[arg(long, default_value = "")]
        reason: String,
    },
}

pub(super) async fn run(app: &App, actor: Actor, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Check { which, json } => {
            let (_, edition) = find(app, &which, Wanted::Draft).await?;
            return check(app, actor, &edition, json).await;
        }
        Command::Review { which, seen } => {
            let (_, edition) = find(app, &which, Wanted::Draft).await?;
            let edition = editions::review(app, actor, edition.id, seen.revision).await?;
            say(format!("edition {} is read; somebody else approves it: `lamplighter edition approve`", edition.label));
        }
        Command::Approve { which, seen } => {
            let (publication, edition) = find(app, &which, Wanted::Draft).await?;
            let edition = editions::approve_seen(app, actor, edition.id, seen.revision).await?;
            say(format!("edition {} is approved and goes out at {}", edition.label, local(&publication, &edition)));
        }
        Command::Reopen { which, seen, reason } => {
            let (_, edition) = find(app, &which, Wanted::Draft).await?;
            let edition = editions::reopen(app, actor, edition.id, &reason, seen.revision).await?;
            say(format!("edition {} is a draft again; it goes out once it is approved", edition.label));
        }
        Command::Hold { which, seen, reason } => {
            let (_, edition) = find(app, &which, Wanted::Shapable).await?;
            let edition = editions::hold(app, actor, edition.id, &reason, seen.revision).await?;
            say(format!(
                "edition {} is held back; `lamplighter edition approve` or `lamplighter edition release` lets it go",
                edition.label
            ));
        }
        Command::Release { which, seen } => {
            let (publication, edition) = find(app, &which, Wanted::Shapable).await?;
            let edition = editions::release(app, actor, edition.id, seen.revision).await?;
            say(format!(
                "nothing holds edition {} back; it is due at {}",
                edition.label,
                local(&publication, &edition)
            ));
        }
        Command::Skip { which, seen, reason } => {
            let (_, edition) = find(app, &which, Wanted::Shapable).await?;
            let edition = editions::skip(app, actor, edition.id, &reason, seen.revision).await?;
            say(format!("edition {} is skipped; its stories go into the next one", edition.label));
        }
        Command::BringBack { which, seen } => {
            let (publication, edition) = find(app, &which, Wanted::Tonight).await?;
            let edition = editions::bring_back(app, actor, edition.id, seen.revision).await?;
            say(format!("edition {} is planned again; it is due at {}", edition.label, local(&publication, &edition)));
        }
        Command::Cancel { which, seen, reason } => {
            let (_, edition) = find(app, &which, Wanted::Newest).await?;
            let edition = if matches!(edition.state, EditionState::Sealed | EditionState::Sending) {
                delivery::abort(app, actor, edition.id, &reason).await?
            } else {
                editions::cancel_seen(app, actor, edition.id, &reason, seen.revision).await?
            };
            say(format!("edition {} is {}", edition.label, edition.state));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn local(publication: &Publication, edition: &Edition) -> String {
    let zone = publication.zone();
    edition.send_at.in_zone(zone).format(&format!("%a %d %b %H:%M ({})", zone.name())).to_string()
}

async fn check(app: &App, actor: Actor, edition: &Edition, json: bool) -> Result<ExitCode, Failure> {
    let findings = editions::ask_web(app, actor, edition.id).await?;
    let mut tx = app.db.read().await?;
    let edition = editions::find_edition(&mut tx, edition.id).await?.ok_or(editions::EditionError::Unknown)?;
    let checks = editions::checks(app, &mut tx, &edition).await?;
    let is_red = checks.iter().any(editions::Check::is_red);
    if json {
        say_json(&serde_json::json!({ "edition": edition, "checks": checks, "findings": findings }))?;
    } else {
        say(format!("edition {} at revision {}: {} addresses asked", edition.label, edition.revision, findings.asked));
        for title in &findings.dropped {
            say(format!("dropped  {title:?}: there is nothing at its address any more"));
        }
        for check in &checks {
            say(format!("{:<7}  {check}", check.severity));
        }
        if checks.is_empty() {
            say("green: nothing keeps it back");
        }
    }
    Ok(if is_red { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}
