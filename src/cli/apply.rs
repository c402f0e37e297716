//! `lamplighter apply newsroom.toml`

use super::exit::Failure;
use super::output::{say, say_json};
use super::start;
use crate::app::App;
use crate::base::Timestamp;
use crate::editions::{self, EditionState};
use crate::operators::Actor;
use crate::publications::{self, apply};
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter apply newsroom.toml\n  lamplighter apply newsroom.toml --dry-run\n\nWhat was changed at the desk stays and is told as kept. Where the file was changed in the same place, nothing is\nwritten and both are shown."
)]
pub(super) struct Args {
    /// The file that declares publications, slots, sections and sources
    #[arg(default_value = "newsroom.toml")]
    file: PathBuf,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Where the desk has changed something, the file's word holds all the same
    #[arg(long)]
    over_desk: bool,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let text = std::fs::read_to_string(&args.file).with_context(|| {
        format!("{} cannot be read; `lamplighter init` writes one to begin with", args.file.display())
    })?;
    let how = apply::How { dry_run: args.dry_run, over_desk: args.over_desk };
    let applied = apply::apply_how(&app, Actor::Console, &text, how).await;
    let changes = applied.map_err(|error| in_file(&args.file, error))?;
    if args.json {
        say_json(&changes)?;
        return Ok(ExitCode::SUCCESS);
    }
    for change in &changes {
        say(format!("{:<9} {}", change.deed, change.what));
    }
    if !args.dry_run {
        say_next(&app).await?;
    }
    match (!changes.iter().any(apply::Change::is_written), args.dry_run) {
        (true, _) => say("nothing to change"),
        (false, true) => say("dry run: nothing was changed"),
        (false, false) => say("done; `lamplighter gather` fetches the sources, `lamplighter serve` runs the service"),
    }
    Ok(ExitCode::SUCCESS)
}

/// When each publication goes out next, so that a slip in a slot's times is seen at once.
async fn say_next(app: &App) -> Result<(), Failure> {
    editions::plan::plan(app).await?;
    let mut tx = app.db.read().await?;
    for publication in publications::list_publications(&mut tx).await? {
        let open = editions::list_open(&mut tx, publication.id).await?;
        let next = open.iter().find(|it| it.slot_id.is_some() && it.state == EditionState::Planned);
        let local = |at: Timestamp| at.in_zone(publication.zone()).format("%a %-d %b %H:%M").to_string();
        match next {
            Some(it) => say(format!(
                "{:<9} {}: cutoff {}, goes out {} ({})",
                "next",
                publication.slug,
                local(it.cutoff_at),
                local(it.send_at),
                publication.time_zone
            )),
            None => {
                say(format!("{:<9} {}: no slot is declared, so nothing goes out by itself", "next", publication.slug))
            }
        }
    }
    Ok(())
}

fn in_file(file: &Path, error: apply::ApplyError) -> Failure {
    match error {
        apply::ApplyError::Parse(_) | apply::ApplyError::Invalid(_) | apply::ApplyError::Disagree(_) => {
            Failure::usage(format!("{}: {error}", file.display()))
        }
        other => other.into(),
    }
}
