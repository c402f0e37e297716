//! `edition list` and `edition show`: what is planned, and what became of it.

use super::find::{Of, Wanted, Which, find};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::cli::exit::Failure;
use crate::cli::output::{say, say_json, say_table};
use crate::cli::publication::meant;
use crate::delivery;
use crate::editions::{self, Edition, EditionId};
use crate::gather;
use crate::publications::{self, Publication};
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
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
}

pub(super) async fn run(app: &App, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::List { of, json } => list(app, &of, json).await,
        Command::Show { which, json } => {
            let (_, edition) = find(app, &which, Wanted::Newest).await?;
            show(app, &edition, json).await
        }
    }
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
