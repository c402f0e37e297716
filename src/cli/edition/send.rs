//! `edition send`, `pause`, `resume`: an edition on its way.

use super::find::{Wanted, Which, find};
use crate::app::App;
use crate::cli::exit::{FAILED, Failure};
use crate::cli::output::{say, say_json};
use crate::delivery::{self, Counts};
use crate::editions::{self, Edition, EditionState};
use crate::operators::Actor;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Approve and send; without --now at its send time
    Send {
        #[command(flatten)]
        which: Which,
        /// Do not wait for the send time
        #[arg(long)]
        now: bool,
        /// Send from this process, show progress, end with the ledger
        #[arg(long, requires = "now")]
        wait: bool,
        #[arg(long)]
        json: bool,
    },
    /// Hold back what has not been sent yet
    Pause {
        #[command(flatten)]
        which: Which,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Go on sending
    Resume {
        #[command(flatten)]
        which: Which,
    },
}

pub(super) async fn run(app: &App, actor: Actor, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Send { which, now: false, .. } => {
            let (_, edition) = find(app, &which, Wanted::Draft).await?;
            let edition = editions::approve(app, actor, edition.id).await?;
            say(format!(
                "edition {} goes out at {} (`lamplighter serve` must be running then)",
                edition.label,
                edition.send_at.rfc3339()
            ));
            Ok(ExitCode::SUCCESS)
        }
        Command::Send { which, wait, json, .. } => send_now(app, actor, &which, wait, json).await,
        Command::Pause { which, reason } => {
            let (_, edition) = find(app, &which, Wanted::Sending).await?;
            let edition = editions::pause(app, actor, edition.id, &reason).await?;
            say(format!("edition {} is paused; `lamplighter edition resume` goes on", edition.label));
            Ok(ExitCode::SUCCESS)
        }
        Command::Resume { which } => {
            let (_, edition) = find(app, &which, Wanted::Sending).await?;
            let edition = editions::resume(app, actor, edition.id).await?;
            say(format!("edition {} goes on", edition.label));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn send_now(app: &App, actor: Actor, which: &Which, wait: bool, json: bool) -> Result<ExitCode, Failure> {
    if wait && app.config.relays.is_empty() {
        return Err(Failure::usage(
            "no [[relay]] is configured, so nothing could be sent; add one (for a trial: url = \"smtp://127.0.0.1:2525\" and `lamplighter sink`)",
        ));
    }
    let (_, edition) = find(app, which, Wanted::Sendable).await?;
    if edition.state == EditionState::Sending {
        // Sealed before, and not all of it has gone out: the relay was away, say.
        if wait {
            return send_and_show(app, &edition, json).await;
        }
        say(format!("edition {} is being sent already; a running `lamplighter serve` goes on with it", edition.label));
        return Ok(ExitCode::SUCCESS);
    }
    let report = delivery::send_now(app, actor, edition.id).await?;
    if !json {
        say(format!("edition {}: {} of {} subscribers", report.edition.label, report.prepared, report.candidates));
    }
    if wait {
        send_and_show(app, &report.edition, json).await
    } else {
        say("sealed; a running `lamplighter serve` delivers it");
        Ok(ExitCode::SUCCESS)
    }
}

/// Runs this process's own workers until nothing is due any more, with a bar.
async fn send_and_show(app: &App, edition: &Edition, json: bool) -> Result<ExitCode, Failure> {
    let bar = ProgressBar::new(0).with_style(style());
    let progress = async {
        loop {
            if let Ok(counts) = counts(app, edition).await {
                bar.set_length(counts.audience.unsigned_abs());
                bar.set_position((counts.audience - counts.waiting).unsigned_abs());
            }
            app.context.clock.sleep_until(app.now() + crate::base::Span::millis(200)).await;
        }
    };
    tokio::select! {
        sent = delivery::run_until_idle(app) => sent.map_err(Failure::failed)?,
        () = progress => {}
    }
    bar.finish_and_clear();
    let counts = counts(app, edition).await?;
    let reasons = delivery::list_reasons(&mut app.db.read().await?, edition.id).await?;
    if json {
        say_json(&serde_json::json!({ "edition": edition.label, "deliveries": counts, "reasons": reasons }))?;
    } else {
        say(counts);
        for reason in reasons.iter().filter(|reason| !reason.reason.is_empty()) {
            say(format!("{:>7}  {}: {}", reason.count, reason.state, reason.reason));
        }
    }
    if counts.waiting > 0 && !json {
        say("some wait for their hour or for another try: a running `lamplighter serve` goes on with them");
    }
    let done = counts.accepted + counts.suppressed == counts.audience;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

async fn counts(app: &App, edition: &Edition) -> Result<Counts, Failure> {
    Ok(delivery::counts(&mut app.db.read().await?, edition.id).await?)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len} {per_sec} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
