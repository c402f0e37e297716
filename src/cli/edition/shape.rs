//! `edition draft`, `edition preview`: making a draft and looking at it.

use super::find::{Of, Wanted, Which, find};
use crate::app::App;
use crate::base::text::counted;
use crate::cli::exit::Failure;
use crate::cli::output::{note, say, say_json};
use crate::cli::publication::meant;
use crate::editions::{self, Edition, EditionKind, Placement};
use crate::operators::Actor;
use crate::publications::{self, Approval};
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Draft tonight's edition from what was gathered so far
    Draft {
        #[command(flatten)]
        of: Of,
        /// Draft an extra edition, outside any slot
        #[arg(long)]
        extra: bool,
        /// Print JSON, for programs
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
}

pub(super) async fn run(app: &App, actor: Actor, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Draft { of, extra, json } => {
            let publication = meant(&mut app.db.read().await?, of.publication.as_deref()).await?;
            let edition = editions::draft(app, actor, &publication, extra).await?;
            drafted(app, &edition, json).await
        }
        Command::Preview { which, html, json } => preview(app, &which, html, json).await,
    }
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
        "{}: {} in full, {} as headlines, {} more on the site",
        counted(items.len(), "story", "stories"),
        count(Placement::Top) + count(Placement::Full),
        count(Placement::Headline),
        count(Placement::Overflow)
    ));
    if edition.kind == EditionKind::Regular && edition.send_at > app.now() {
        say("its cutoff was now: what comes later waits for the next edition, or for `lamplighter edition add`");
    }
    let publication = publications::find_publication(&mut tx, edition.publication_id).await?;
    let last = match publication.map(|it| it.approval) {
        Some(Approval::FourEyes) => {
            "`lamplighter edition review` and then, by somebody else, `lamplighter edition approve` (name them by `--as`)"
        }
        Some(Approval::Manual) => "`lamplighter edition approve` to let it go at its time",
        Some(Approval::Auto) | None => "`lamplighter edition send --now --wait` to send it",
    };
    say(format!("next: `lamplighter edition preview` to look at it, {last}"));
    Ok(ExitCode::SUCCESS)
}

async fn preview(app: &App, which: &Which, html: Option<PathBuf>, json: bool) -> Result<ExitCode, Failure> {
    let (_, edition) = find(app, which, Wanted::Newest).await?;
    let mut tx = app.db.read().await?;
    let Some(variant) = editions::preview(app, Actor::Console, &mut tx, &edition).await? else {
        return Err(Failure::failed(format!(
            "edition {} holds no story; `lamplighter edition draft` fills it",
            edition.label
        )));
    };
    note(format_args!("edition {} ({})", edition.label, edition.state));
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
