//! `edition send`, `pause`, `resume`, `abort`, `resend`: an edition on its way.

use super::find::{Wanted, Which, find};
use super::life::Seen;
use crate::app::App;
use crate::base::Span;
use crate::base::text::counted;
use crate::cli::exit::{FAILED, Failure};
use crate::cli::output::{say, say_json};
use crate::cli::subscriber::parse;
use crate::delivery::{self, Counts, Progress, ResendTo};
use crate::editions::{self, AtOnce, Edition, EditionError, EditionState};
use crate::operators::Actor;
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Approve and send; without --now at its send time
    Send {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        seen: Seen,
        /// Do not wait for the send time
        #[arg(long)]
        now: bool,
        /// Refuse the edition of a later day, which would have none then
        #[arg(long, requires = "now")]
        only_today: bool,
        /// Send from this process, show progress, end with the ledger
        #[arg(long, requires = "now")]
        wait: bool,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Hold back what has not been sent yet
    Pause {
        #[command(flatten)]
        which: Which,
        /// Only readers at this provider (gmail, outlook, .., other)
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Go on sending
    Resume {
        #[command(flatten)]
        which: Which,
        /// Only to readers at this provider
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
    },
    /// Stop an edition that is being sent, for good: who has not got it gets it no more
    Abort {
        #[command(flatten)]
        which: Which,
        /// Only readers at this provider; everybody else gets it
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Send once more to those of whom nobody knows whether the relay took their mail; some of them may get it twice
    Resend {
        #[command(flatten)]
        which: Which,
        /// To those whose connection died between our last dot and the relay's answer; nobody else is sent it again
        #[arg(long, required = true)]
        uncertain: bool,
        /// Only to this address; may be given several times
        #[arg(long, value_name = "ADDRESS", conflicts_with = "all")]
        to: Vec<String>,
        /// To all of them
        #[arg(long)]
        all: bool,
    },
}

pub(super) async fn run(app: &App, actor: Actor, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Send { which, seen, now: false, .. } => {
            let (_, edition) = find(app, &which, Wanted::Draft).await?;
            if edition.sealed_at.is_some() || edition.state.is_end() {
                return Err(EditionError::WrongState { state: edition.state, verb: "send" }.into());
            }
            let edition = editions::approve_seen(app, actor, edition.id, seen.revision).await?;
            say(format!(
                "edition {} goes out at {} (`lamplighter serve` must be running then)",
                edition.label,
                edition.send_at.rfc3339()
            ));
            Ok(ExitCode::SUCCESS)
        }
        Command::Send { which, seen, only_today, wait, json, .. } => {
            let said = AtOnce { seen: seen.revision, is_only_today: only_today };
            send_or_go_on(app, actor, &which, said, Showing { wait, json }).await
        }
        Command::Pause { which, group: Some(group), reason } => {
            let (_, edition) = find(app, &which, Wanted::Sending).await?;
            let edition =
                delivery::pause_group(app, actor, edition.id, &group, &reason).await.map_err(Failure::failed)?;
            say(format!(
                "edition {0} is paused for {group}; `lamplighter edition resume {0} --group {group}` goes on",
                edition.label
            ));
            Ok(ExitCode::SUCCESS)
        }
        Command::Pause { which, reason, .. } => {
            let (_, edition) = find(app, &which, Wanted::Sending).await?;
            let edition = editions::pause(app, actor, edition.id, &reason).await?;
            say(format!("edition {} is paused; `lamplighter edition resume` goes on", edition.label));
            Ok(ExitCode::SUCCESS)
        }
        Command::Resume { which, group: Some(group) } => {
            let (_, edition) = find(app, &which, Wanted::Sending).await?;
            let edition = delivery::resume_group(app, actor, edition.id, &group).await.map_err(Failure::failed)?;
            say(format!("edition {} goes on to {group}", edition.label));
            Ok(ExitCode::SUCCESS)
        }
        Command::Resume { which, .. } => {
            let (_, edition) = find(app, &which, Wanted::Sending).await?;
            let edition = delivery::resume(app, actor, edition.id).await?;
            say(format!("edition {} goes on", edition.label));
            Ok(ExitCode::SUCCESS)
        }
        Command::Abort { which, group: Some(group), reason } => {
            let (_, edition) = find(app, &which, Wanted::Sending).await?;
            let edition =
                delivery::abort_group(app, actor, edition.id, &group, &reason).await.map_err(Failure::failed)?;
            say(format!("edition {} goes no more to {group}; everybody else gets it", edition.label));
            say(counts(app, &edition).await?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Resend { to, all: false, .. } if to.is_empty() => Err(Failure::usage(
            "say to whom: `--uncertain --all` for all who are uncertain, or `--uncertain --to ADDRESS` for one of them; some \
             may get it twice",
        )),
        Command::Resend { which, to, .. } => resend(app, actor, &which, &to).await,
        Command::Abort { which, reason, .. } => {
            let (_, edition) = find(app, &which, Wanted::Sending).await?;
            let edition = delivery::abort(app, actor, edition.id, &reason).await?;
            say(format!(
                "edition {} is aborted: what had not begun is closed, what was in flight is counted",
                edition.label
            ));
            say(counts(app, &edition).await?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// To these, or to all if none is named.
async fn resend(app: &App, actor: Actor, which: &Which, to: &[String]) -> Result<ExitCode, Failure> {
    let to = if to.is_empty() {
        ResendTo::All
    } else {
        ResendTo::These(to.iter().map(|it| parse(it)).collect::<Result<_, _>>()?)
    };
    let (_, edition) = find(app, which, Wanted::Sent).await?;
    let resent = delivery::resend_uncertain(app, actor, edition.id, &to).await.map_err(Failure::failed)?;
    let label = &resent.edition.label;
    let readers = counted(usize::try_from(resent.readers).unwrap_or(usize::MAX), "reader", "readers");
    say(format!("edition {label} goes once more to {readers}; some may get it twice, since nobody knows who has it"));
    if resent.uncertain > 0 {
        say(format!("{} stay uncertain: they were not named, or their time is over", resent.uncertain));
    }
    say(format!("a running `lamplighter serve`, or `lamplighter edition send {label} --now --wait`, delivers it"));
    Ok(ExitCode::SUCCESS)
}

/// How a command that sends shows it.
#[derive(Clone, Copy)]
pub(super) struct Showing {
    /// Send from this process, to the end.
    pub wait: bool,
    pub json: bool,
}

/// The bar moves so often, unless counting takes long.
const COUNT_EVERY: Span = Span::millis(200);

/// # Errors
/// A usage error that names the key to write.
pub(super) fn needs_relay(app: &App) -> Result<(), Failure> {
    if app.config.relays.is_empty() {
        return Err(Failure::usage(
            "no [[relay]] is configured, so nothing could be sent; add one (for a trial: url = \"smtp://127.0.0.1:2525\" and `lamplighter sink`)",
        ));
    }
    Ok(())
}

async fn send_or_go_on(
    app: &App,
    actor: Actor,
    which: &Which,
    said: AtOnce,
    showing: Showing,
) -> Result<ExitCode, Failure> {
    if showing.wait {
        needs_relay(app)?;
    }
    let (_, edition) = find(app, which, Wanted::Sendable).await?;
    if edition.state != EditionState::Sending {
        return send_now(app, actor, &edition, said, showing).await;
    }
    if edition.paused_at.is_some() {
        return Err(Failure::failed(format!(
            "edition {0} is paused; `lamplighter edition resume {0}` goes on",
            edition.label
        )));
    }
    // Sealed before, and not all of it has gone out: the relay was away, say.
    if showing.wait {
        return send_and_show(app, &edition, showing).await;
    }
    say(format!("edition {} is being sent already; a running `lamplighter serve` goes on with it", edition.label));
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn send_now(
    app: &App,
    actor: Actor,
    edition: &Edition,
    said: AtOnce,
    showing: Showing,
) -> Result<ExitCode, Failure> {
    let report = delivery::send_now_as_said(app, actor, edition.id, said).await?;
    if !showing.json {
        say(format!("edition {}: {} of {} subscribers", report.edition.label, report.prepared, report.candidates));
        for it in &report.excluded {
            say(format!("{:>7}  left out: {}", it.readers, it.words()));
        }
    }
    if showing.wait {
        return send_and_show(app, &report.edition, showing).await;
    }
    if showing.json {
        say_json(&serde_json::json!({
            "edition": report.edition, "candidates": report.candidates, "prepared": report.prepared, "excluded": report.excluded,
        }))?;
    } else {
        say("sealed; a running `lamplighter serve` delivers it");
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs this process's own workers until nothing is due any more, with a bar. Ctrl-C ends it in good order: what is in
/// flight is finished and counted, the rest waits.
async fn send_and_show(app: &App, edition: &Edition, showing: Showing) -> Result<ExitCode, Failure> {
    let bar = ProgressBar::new(0).with_style(style());
    let progress = async {
        loop {
            let began_at = app.now();
            if let Ok(progress) = progress(app, edition).await {
                let counts = progress.counts();
                bar.set_length(counts.audience.unsigned_abs());
                bar.set_position((counts.audience - counts.waiting).unsigned_abs());
                bar.set_message(progress.pace.words());
            }
            let took = app.now().since(began_at);
            app.context.clock.sleep_until(app.now() + delivery::pause_after(took, COUNT_EVERY)).await;
        }
    };
    let stop = CancellationToken::new();
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        stop.cancel();
        bar.set_message("stopping");
        std::future::pending::<()>().await;
    };
    tokio::select! {
        sent = delivery::run_until_idle_or(app, &stop) => sent.map_err(Failure::failed)?,
        () = progress => {}
        () = interrupted => {}
    }
    bar.finish_and_clear();
    let counts = counts(app, edition).await?;
    let mut tx = app.db.read().await?;
    let reasons = delivery::list_reasons(&mut tx, edition.id).await?;
    let now = editions::find_edition(&mut tx, edition.id).await?;
    drop(tx);
    let is_paused = now.as_ref().is_some_and(|it| it.paused_at.is_some());
    if showing.json {
        say_json(&serde_json::json!({ "edition": edition.label, "deliveries": counts, "reasons": reasons }))?;
    } else {
        say(counts);
        for reason in reasons.iter().filter(|reason| !reason.reason.is_empty()) {
            say(format!("{:>7}  {}: {}", reason.count, reason.state, reason.reason));
        }
        if counts.waiting > 0 {
            for trouble in delivery::list_relay_troubles(app).await? {
                let until = trouble.until.as_deref().unwrap_or("later");
                say(trouble.why);
                say(format!(
                    "it is tried again at {until}; `lamplighter limit resume relay:{}` tries it now",
                    trouble.relay
                ));
            }
            say(what_goes_on(&edition.label, is_paused, stop.is_cancelled()));
        }
    }
    let done = counts.accepted + counts.suppressed == counts.audience;
    Ok(if done { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn what_goes_on(label: &str, is_paused: bool, is_stopped: bool) -> String {
    if is_paused {
        return format!("the edition is paused: `lamplighter edition resume {label}` goes on with those who wait");
    }
    let again = format!("a running `lamplighter serve`, or `lamplighter edition send {label} --now --wait`, goes on");
    match is_stopped {
        true => format!("stopped; nobody is lost and nobody gets it twice: {again}"),
        false => format!("some wait for their hour or for another try: {again} with them"),
    }
}

async fn counts(app: &App, edition: &Edition) -> Result<Counts, Failure> {
    Ok(delivery::counts(&mut app.db.read().await?, edition.id).await?)
}

async fn progress(app: &App, edition: &Edition) -> Result<Progress, Failure> {
    Ok(delivery::progress(app, &mut app.db.read().await?, edition).await?)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}").unwrap_or_else(|_| ProgressStyle::default_bar())
}
