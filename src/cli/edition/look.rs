//! `edition list`, `edition show` (or `report`) and `edition why`: what is planned, what became of it, and why.

use super::find::{Of, Wanted, Which, find};
use super::report;
use crate::app::App;
use crate::base::Timestamp;
use crate::cli::exit::Failure;
use crate::cli::output::{say_json, say_table};
use crate::cli::publication::meant;
use crate::delivery::{self, HeldGroup};
use crate::editions::{self, Edition, EditionId};
use crate::publications::{self, Publication};
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// The editions planned, drafted and sent
    List {
        #[command(flatten)]
        of: Of,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// The run report: why each article is in an edition or not, its sources, history and deliveries
    #[command(visible_alias = "report")]
    Show {
        #[command(flatten)]
        which: Which,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Why is (or isn't) this article in tonight's mail?
    #[command(
        after_help = "Examples:\n  lamplighter edition why https://gazette.example/harbour-opens\n  lamplighter edition why 512 --edition 2026-11-23"
    )]
    Why {
        /// The article's number or address
        #[arg(value_name = "ID_OR_URL")]
        article: String,
        /// The edition's date (2026-11-23, 2026-11-23-2) or id; without it, today's
        #[arg(long, value_name = "EDITION")]
        edition: Option<String>,
        #[command(flatten)]
        of: Of,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(app: &App, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::List { of, json } => list(app, &of, json).await,
        Command::Show { which, json } => {
            let (_, edition) = find(app, &which, Wanted::Newest).await?;
            report::show(app, &edition, json).await
        }
        Command::Why { article, edition, of, json } => {
            report::say_why(app, &Which { edition, of }, &article, json).await
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
    let held = delivery::list_held_groups(&mut tx).await?;
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
                state(edition, &held),
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

/// `sending, paused`, or `sending, paused at gmail`.
fn state(edition: &Edition, held: &[HeldGroup]) -> String {
    let paused = delivery::paused_in_words(edition, held);
    if paused.is_empty() { edition.state.to_string() } else { format!("{}, {paused}", edition.state) }
}

fn local(at: Timestamp, publication: &Publication) -> String {
    at.in_zone(publication.zone()).format("%a %d %b %H:%M").to_string()
}
