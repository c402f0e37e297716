//! `lamplighter subscriber export`: to a file that is there whole or not at all, or to standard output.

use crate::app::App;
use crate::cli::exit::Failure;
use crate::cli::output::note;
use crate::operators::Actor;
use crate::subscribers::{self, ExportError, ExportFilter};
use anyhow::Context as _;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    #[arg(long, short, value_name = "SLUG")]
    publication: Option<String>,
    #[arg(long)]
    state: Option<super::State>,
    /// Write to this file, which only its owner may read; standard output otherwise
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn run(app: &App, args: Args) -> Result<ExitCode, Failure> {
    let filter = ExportFilter { publication: args.publication, state: args.state.map(super::State::known) };
    let rows = match args.output {
        None => to(app, &filter, &mut BufWriter::new(io::stdout())).await,
        Some(path) => to_file(app, &filter, &path).await,
    }?;
    note(format_args!("{rows} subscriptions"));
    Ok(ExitCode::SUCCESS)
}

async fn to(app: &App, filter: &ExportFilter, out: &mut (dyn Write + Send)) -> Result<u64, Failure> {
    match subscribers::export(app, Actor::Console, filter, out).await {
        Ok(rows) => {
            out.flush()?;
            Ok(rows)
        }
        Err(error @ ExportError::UnknownPublication(_)) => Err(Failure::usage(error)),
        Err(error) => Err(Failure::failed(error)),
    }
}

async fn to_file(app: &App, filter: &ExportFilter, path: &Path) -> Result<u64, Failure> {
    whole_file(path, async |file| to(app, filter, file).await).await
}

/// Writes beside the file first: an export that failed half-way must not be taken for one.
pub(in crate::cli) async fn whole_file(
    path: &Path,
    write: impl AsyncFnOnce(&mut (dyn Write + Send)) -> Result<u64, Failure>,
) -> Result<u64, Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".partial");
    let beside = PathBuf::from(beside);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .with_context(|| format!("{} cannot be written", beside.display()))?;
    let mut out = BufWriter::new(file);
    let rows = write(&mut out).await?;
    out.flush()?;
    out.get_ref().sync_all()?;
    std::fs::rename(&beside, path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(rows)
}
