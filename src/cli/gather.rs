//! `lamplighter gather [--source S]`

use super::exit::{FAILED, Failure};
use super::output::{say, say_json, say_table};
use super::start;
use crate::base::text::counted;
use crate::gather::{self, Mode, Scope, SourceReport};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter gather\n  lamplighter gather --source \"Front page\"\n  lamplighter gather --json\n\nExit code 1 if a source could not be read; what the others brought is kept."
)]
pub(super) struct Args {
    /// Only this source, by its name or address
    #[arg(long, value_name = "NAME_OR_URL")]
    source: Option<String>,
    /// Ask only for what changed since the last fetch
    #[arg(long)]
    conditional: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let scope = args.source.map_or(Scope::All, Scope::Source);
    let mode = if args.conditional { Mode::Conditional } else { Mode::Unconditional };
    let bar = ProgressBar::new(0).with_style(style());
    let report = gather::gather(&app, scope, mode, &|progress| {
        bar.set_length(progress.total as u64);
        bar.set_position(progress.done as u64);
        bar.set_message(progress.source_name.clone());
    })
    .await
    .map_err(Failure::failed)?;
    bar.finish_and_clear();
    if args.json {
        say_json(&report)?;
    } else if report.sources.is_empty() {
        say(
            "there is no source yet; `lamplighter source add --discover https://your.site` finds what a site offers, or name one in newsroom.toml and run `lamplighter apply newsroom.toml`",
        );
    } else {
        let rows: Vec<Vec<String>> = report
            .sources
            .iter()
            .map(|source| {
                vec![
                    source.name.clone(),
                    source.outcome.to_string(),
                    source.entries.to_string(),
                    source.articles_new.to_string(),
                    source.articles_revised.to_string(),
                    remark(source),
                ]
            })
            .collect();
        say_table(&["SOURCE", "OUTCOME", "ENTRIES", "NEW", "REVISED", "REMARK"], &rows);
        let read = report.sources.len() - report.failed;
        let new = counted(report.articles_new, "new article", "new articles");
        say(format!("{read} read, {} failed, {new}", report.failed));
    }
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn remark(source: &SourceReport) -> String {
    let mut parts: Vec<String> = source.error.iter().cloned().collect();
    if source.backfilled > 0 {
        parts.push(format!("{} of them no longer in its first answer", source.backfilled));
    }
    if source.gap.is_some() {
        parts.push(format!("articles may be missing: lamplighter source show {:?}", source.name));
    }
    parts.extend(
        source
            .quarantine
            .as_ref()
            .map(|reason| format!("{reason}; if that is right: lamplighter source release {:?}", source.name)),
    );
    if source.skipped > 0 {
        parts.push(format!("{} without an address or words", source.skipped));
    }
    parts.extend(source.bozo.clone());
    parts.join("; ")
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
