//! `lamplighter edition ...`: the verbs of an edition, one file a group of them.

mod edit;
mod breaking;
mod correct;
mod find;
mod items;
mod life;
mod look;
mod report;
mod send;
mod shape;
mod test_send;

use super::acting::ActingAs;
use super::exit::Failure;
use super::start;
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter edition draft\n  lamplighter edition preview --html preview.html\n  lamplighter edition check\n  lamplighter edition approve --revision 7\n  lamplighter edition hold --reason \"the court decides at seven\"\n  lamplighter edition skip --reason \"Christmas Eve\"\n  lamplighter edition send --now --wait\n  lamplighter edition report 2026-11-23"
)]
pub(super) struct Args {
    #[command(flatten)]
    acting: ActingAs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Look(look::Command),
    #[command(flatten)]
    Shape(shape::Command),
    #[command(flatten)]
    Edit(edit::Command),
    #[command(flatten)]
    Life(life::Command),
    #[command(flatten)]
    Send(send::Command),
    #[command(flatten)]
    Correct(correct::Command),
    /// Send the edition as it is now to addresses of your own; its readers get nothing
    TestSend(test_send::Args),
    /// Tell one story at once to those who chose breaking news
    Breaking(breaking::Args),
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let actor = args.acting.actor(&app).await?;
    match args.command {
        Command::Look(command) => look::run(&app, command).await,
        Command::Shape(command) => shape::run(&app, actor, command).await,
        Command::Edit(command) => edit::run(&app, actor, command).await,
        Command::Life(command) => life::run(&app, actor, command).await,
        Command::Send(command) => send::run(&app, actor, command).await,
        Command::Correct(command) => correct::run(&app, actor, command).await,
        Command::TestSend(args) => test_send::run(&app, actor, args).await,
        Command::Breaking(args) => breaking::run(&app, actor, args).await,
    }
}
