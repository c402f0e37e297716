//! `lamplighter apply newsroom.toml`

use super::exit::Failure;
use super::output::{say, say_json};
use super::start;
use crate::operators::Actor;
use crate::publications::apply;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  lamplighter apply newsroom.toml\n  lamplighter apply newsroom.toml --dry-run")]
pub(super) struct Args {
    /// The file that declares publications, slots, sections and sources
    #[arg(default_value = "newsroom.toml")]
    file: PathBuf,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let text = std::fs::read_to_string(&args.file).with_context(|| {
        format!("{} cannot be read; `lamplighter init` writes one to begin with", args.file.display())
    })?;
    let changes =
        apply::apply(&app, Actor::Console, &text, args.dry_run).await.map_err(|error| in_file(&args.file, error))?;
    if args.json {
        say_json(&changes)?;
        return Ok(ExitCode::SUCCESS);
    }
    for change in &changes {
        say(format!("{:<9} {}", change.deed, change.what));
    }
    match (changes.is_empty(), args.dry_run) {
        (true, _) => say("nothing to change"),
        (false, true) => say("dry run: nothing was changed"),
        (false, false) => say("done; `lamplighter gather` fetches the sources, `lamplighter serve` runs the service"),
    }
    Ok(ExitCode::SUCCESS)
}

fn in_file(file: &Path, error: apply::ApplyError) -> Failure {
    match error {
        apply::ApplyError::Parse(_) | apply::ApplyError::Invalid(_) => {
            Failure::usage(format!("{}: {error}", file.display()))
        }
        other => other.into(),
    }
}
