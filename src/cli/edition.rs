//! `lamplighter edition ...`: the verbs of an edition.

use super::exit::{FAILED, Failure};
use super::output::{note, say, say_json, say_table};
use super::publication::meant;
use super::start;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::delivery::{self, Counts};
use crate::editions::{self, Edition, EditionId, EditionState, Placement};
use crate::gather;
use crate::operators::Actor;
use crate::publications::{self, Publication};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter edition draft\n  lamplighter edition preview --html preview.html\n  lamplighter edition send --now --wait\n  lamplighter edition report 2026-11-23"
)]
pub(super) enum Command {
    /// The editions planned, drafted and sent
    List {
        #[command(flatten)]
        of: Of,
        #[arg(long)]
        json: bool,
    },
    /// One edition with its stories, its history and its deliveries
    #[command(alias = "report")]
    Show {
        #[command(flatten)]
        which: Which,
        #[arg(long)]
        json: bool,
    },
    /// Draft tonight's edition from what was gathered so far
    Draft {
        #[command(flatten)]
        of: Of,
        /// Draft an extra edition, outside any slot
        #[arg(long)]
        extra: bool,
        #[arg(long)]
        json: bool,
    },
    /// The mail as it would go out
    Preview {
        #[command(flatten)]
        which: Which,
        /// Write the HTML part into this file
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Print subject, text and HTML as JSON
        #[arg(long)]
        json: bool,
    },
    /// Approve a draft: it goes out at its send time
    Approve {
        #[command(flatten)]
        which: Which,
    },
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
    /// Give up an edition: before the seal its stories go back to the pool, while it is sent the rest is stopped
    Cancel {
        #[command(flatten)]
        which: Which,
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(clap::Args)]
pub(super) struct Of {
    /// The publication's slug; needed if there are several
    #[arg(long, short, value_name = "SLUG")]
    publication: Option<String>,
}

#[derive(clap::Args)]
pub(super) struct Which {
    /// Its date (2026-11-23, 2026-11-23-2) or id; without it, the one that is open
    #[arg(value_name = "EDITION")]
    edition: Option<String>,
    #[command(flatten)]
    of: Of,
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let actor = Actor::Console;
    match command {
        Command::List { of, json } => list(&app, &of, json).await,
        Command::Show { which, json } => {
            let (_, edition) = find(&app, &which, Wanted::Newest).await?;
            show(&app, &edition, json).await
        }
        Command::Draft { of, extra, json } => {
            let publication = meant(&mut app.db.read().await?, of.publication.as_deref()).await?;
            let edition = editions::draft(&app, actor, &publication, extra).await?;
            drafted(&app, &edition, json).await
        }
        Command::Preview { which, html, json } => preview(&app, &which, html, json).await,
        Command::Approve { which } => {
            let (_, edition) = find(&app, &which, Wanted::Draft).await?;
            let edition = editions::approve(&app, actor, edition.id).await?;
            say(format!("edition {} is approved and goes out at {}", edition.label, edition.send_at.rfc3339()));
            Ok(ExitCode::SUCCESS)
        }
        Command::Send { which, now: false, .. } => {
            let (_, edition) = find(&app, &which, Wanted::Draft).await?;
            let edition = editions::approve(&app, actor, edition.id).await?;
            say(format!(
                "edition {} goes out at {} (`lamplighter serve` must be running then)",
                edition.label,
                edition.send_at.rfc3339()
            ));
            Ok(ExitCode::SUCCESS)
        }
        Command::Send { which, wait, json, .. } => send_now(&app, &which, wait, json).await,
        Command::Pause { which, reason } => {
            let (_, edition) = find(&app, &which, Wanted::Sending).await?;
            let edition = editions::pause(&app, actor, edition.id, &reason).await?;
            say(format!("edition {} is paused; `lamplighter edition resume` goes on", edition.label));
            Ok(ExitCode::SUCCESS)
        }
        Command::Resume { which } => {
            let (_, edition) = find(&app, &which, Wanted::Sending).await?;
            let edition = editions::resume(&app, actor, edition.id).await?;
            say(format!("edition {} goes on", edition.label));
            Ok(ExitCode::SUCCESS)
        }
        Command::Cancel { which, reason } => {
            let (_, edition) = find(&app, &which, Wanted::Newest).await?;
            let edition = if matches!(edition.state, EditionState::Sealed | EditionState::Sending) {
                delivery::abort(&app, actor, edition.id, &reason).await?
            } else {
                editions::cancel(&app, actor, edition.id, &reason).await?
            };
            say(format!("edition {} is {}", edition.label, edition.state));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Which edition is meant when none is named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Draft,
    /// A draft, or what is being sent and can be gone on with.
    Sendable,
    Sending,
    Newest,
}

async fn find(app: &App, which: &Which, wanted: Wanted) -> Result<(Publication, Edition), Failure> {
    let mut tx = app.db.read().await?;
    let publication = meant(&mut tx, which.of.publication.as_deref()).await?;
    if let Some(name) = &which.edition {
        let found = match editions::find_edition_by_label(&mut tx, publication.id, name).await? {
            Some(edition) => Some(edition),
            None => match name.parse() {
                Ok(id) => editions::find_edition(&mut tx, EditionId(id)).await?,
                Err(_) => None,
            },
        };
        let edition = found.filter(|edition| edition.publication_id == publication.id).ok_or_else(|| {
            Failure::failed(format!(
                "{} has no edition {name:?}; `lamplighter edition list` shows them",
                publication.slug
            ))
        })?;
        return Ok((publication, edition));
    }
    let is_planned = |it: &Edition| matches!(it.state, EditionState::Planned | EditionState::Collecting);
    let recent: Vec<Edition> = editions::list_recent(&mut tx, Some(publication.id), 100)
        .await?
        .into_iter()
        .filter(|it| !is_planned(it))
        .collect();
    let is_draft =
        |it: &&Edition| matches!(it.state, EditionState::Drafted | EditionState::InReview | EditionState::Approved);
    let is_sending = |it: &&Edition| matches!(it.state, EditionState::Sealed | EditionState::Sending);
    let (found, missing) = match wanted {
        Wanted::Draft => (recent.iter().find(is_draft), "no draft is open; `lamplighter edition draft` makes one"),
        Wanted::Sendable => (
            recent.iter().find(is_draft).or(recent.iter().find(is_sending)),
            "no draft is open; `lamplighter edition draft` makes one",
        ),
        Wanted::Sending => {
            (recent.iter().find(is_sending), "no edition is being sent; `lamplighter edition list` shows them")
        }
        Wanted::Newest => (
            recent.iter().find(is_draft).or(recent.iter().find(is_sending)).or(recent.first()),
            "there is no edition yet; `lamplighter edition draft` makes one",
        ),
    };
    let edition = found.cloned().ok_or_else(|| Failure::failed(missing))?;
    Ok((publication, edition))
}

/// Editions listed of each publication, the newest first.
const LIST_MAX: i64 = 30;

async fn list(app: &App, of: &Of, json: bool) -> Result<ExitCode, Failure> {
    editions::plan::plan(app).await?;
    let mut tx = app.db.read().await?;
    let publications = match &of.publication {
        Some(slug) => vec![meant(&mut tx, Some(slug)).await?],
        None => publications::list_publications(&mut tx).await?,
    };
    let mut recent = Vec::new();
    for publication in &publications {
        let editions = editions::list_recent(&mut tx, Some(publication.id), LIST_MAX).await?;
        recent.extend(editions.into_iter().map(|edition| (publication, edition)));
    }
    let ids: Vec<EditionId> = recent.iter().map(|(_, edition)| edition.id).collect();
    let counts = delivery::counts_of_all(&mut tx, &ids).await?;
    let all: Vec<_> = recent
        .into_iter()
        .map(|(publication, edition)| {
            let counts = counts.get(&edition.id).copied().unwrap_or_default();
            (publication, edition, counts)
        })
        .collect();
    if json {
        let rows: Vec<_> = all
            .iter()
            .map(|(publication, edition, counts)| serde_json::json!({ "publication": publication.slug, "edition": edition, "deliveries": counts }))
            .collect();
        say_json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|(publication, edition, counts)| {
            vec![
                publication.slug.clone(),
                edition.label.clone(),
                edition.state.to_string(),
                local(edition.cutoff_at, publication),
                local(edition.send_at, publication),
                if edition.sealed_at.is_some() {
                    format!("{}/{}", counts.accepted, counts.audience)
                } else {
                    String::new()
                },
                if edition.subject.is_empty() { edition.reason.clone() } else { edition.subject.clone() },
            ]
        })
        .collect();
    say_table(&["PUBLICATION", "EDITION", "STATE", "CUTOFF", "SEND", "ACCEPTED", "SUBJECT"], &rows);
    Ok(ExitCode::SUCCESS)
}

fn local(at: Timestamp, publication: &Publication) -> String {
    at.in_zone(publication.zone()).format("%a %d %b %H:%M").to_string()
}

async fn drafted(app: &App, edition: &Edition, json: bool) -> Result<ExitCode, Failure> {
    let mut tx = app.db.read().await?;
    let items = editions::list_items(&mut tx, edition.id).await?;
    if json {
        say_json(&serde_json::json!({ "edition": edition, "items": items }))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format!("edition {} ({}): {}", edition.label, edition.state, edition.subject));
    let count = |placement| items.iter().filter(|item| item.placement == placement).count();
    say(format!(
        "{} stories: {} in full, {} as headlines, {} more on the site",
        items.len(),
        count(Placement::Top) + count(Placement::Full),
        count(Placement::Headline),
        count(Placement::Overflow)
    ));
    say("next: `lamplighter edition preview` to look at it, `lamplighter edition send --now --wait` to send it");
    Ok(ExitCode::SUCCESS)
}

async fn show(app: &App, edition: &Edition, json: bool) -> Result<ExitCode, Failure> {
    let mut tx = app.db.read().await?;
    let items = editions::list_items(&mut tx, edition.id).await?;
    let events = editions::list_events(&mut tx, edition.id).await?;
    let counts = delivery::counts(&mut tx, edition.id).await?;
    let reasons = delivery::list_reasons(&mut tx, edition.id).await?;
    let excluded = delivery::count_exclusions(&mut tx, edition.id).await?;
    let troubles = gather::list_source_troubles(&mut tx, edition.publication_id, app.now() - Span::days(1)).await?;
    if json {
        say_json(&serde_json::json!({
            "edition": edition, "items": items, "events": events, "deliveries": counts, "reasons": reasons, "excluded": excluded, "source_troubles": troubles,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format!(
        "edition {} (id {}): {}{}",
        edition.label,
        edition.id,
        edition.state,
        if edition.late { ", late" } else { "" }
    ));
    if !edition.subject.is_empty() {
        say(format!("subject: {}", edition.subject));
    }
    say("\nSTORIES");
    for item in &items {
        let parts: Vec<String> = item.score_parts.0.iter().map(|(name, millis)| format!("{name} {millis}")).collect();
        say(format!(
            "{:>3}  {:<8}  {:>5}  {}  ({})",
            item.position,
            item.placement,
            item.score_millis,
            item.story.title,
            parts.join(", ")
        ));
    }
    if !troubles.is_empty() {
        say("\nSOURCES NOW (not all of what the newsroom published may be here)");
        troubles.iter().for_each(say);
    }
    say("\nHISTORY");
    for event in &events {
        say(format!(
            "{}  {:<8} {} -> {}  {}  {}",
            event.at.rfc3339(),
            event.verb,
            event.from_state,
            event.to_state,
            event.actor,
            event.reason
        ));
    }
    if edition.sealed_at.is_some() {
        say("\nDELIVERIES");
        say(counts);
        for reason in &reasons {
            say(format!("{:>7}  {}: {}", reason.count, reason.state, reason.reason));
        }
        for it in &excluded {
            say(format!("{:>7}  left out at the seal: {}", it.readers, it.reason));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn preview(app: &App, which: &Which, html: Option<PathBuf>, json: bool) -> Result<ExitCode, Failure> {
    let (_, edition) = find(app, which, Wanted::Newest).await?;
    let mut tx = app.db.read().await?;
    let Some(variant) = editions::preview(app, &mut tx, &edition).await? else {
        return Err(Failure::failed(format!(
            "edition {} holds no story; `lamplighter edition draft` fills it",
            edition.label
        )));
    };
    if let Some(file) = &html {
        std::fs::write(file, &variant.html)?;
        note(format_args!("wrote {}", file.display()));
    }
    if json {
        say_json(&serde_json::json!({ "subject": variant.subject, "text": variant.text, "html": variant.html }))?;
    } else if html.is_none() {
        say(format!("Subject: {}\n\n{}", variant.subject, variant.text));
    }
    Ok(ExitCode::SUCCESS)
}

async fn send_now(app: &App, which: &Which, wait: bool, json: bool) -> Result<ExitCode, Failure> {
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
    let report = delivery::send_now(app, Actor::Console, edition.id).await?;
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
