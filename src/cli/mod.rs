//! The command line: one file a subcommand, each a thin door to the verbs of the rooms.
//!
//! Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 unhealthy. Messages name the file, the key and the command
//! to run next. Results go to standard output, everything else to standard error. Held to it by `tests/it/cli/`.

mod acting;
mod apply;
mod article;
mod backup;
mod bounce;
mod demo;
mod dkim;
mod doctor;
mod edition;
mod exit;
mod gather;
mod init;
mod input;
mod inspect;
mod inspect_bounce;
mod inspect_mail;
mod inspect_page;
mod key;
mod limit;
mod operator;
mod output;
mod publication;
mod restore;
mod serve;
mod simulate;
mod sink;
mod source;
mod start;
mod subscriber;
mod suppression;
mod token;
mod trail;
mod webhook;

use clap::{Parser, Subcommand};
use exit::Failure;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "lamplighter",
    version,
    about = "The evening newsletter of a newsroom",
    long_about = "Gathers the day's articles of a news site, composes the evening edition, and delivers it over SMTP to \
                  everyone who asked for it.",
    after_help = "Try it without any set-up:   lamplighter demo\n\
                  Begin with your own site:    lamplighter init\n\
                  Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 unhealthy.",
    arg_required_else_help = true
)]
struct Cli {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", default_value = crate::config::CONFIG_FILE)]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the main job on invented news, with nothing installed and nothing set up
    Demo(demo::Args),
    /// Write a commented configuration and the database, and create the first operator
    Init(init::Args),
    /// Run the service: pages and API, the evening job, the delivery
    Serve(serve::Args),
    /// Declare publications, slots, sections and sources from a file
    Apply(apply::Args),
    /// Fetch the sources now
    Gather(gather::Args),
    /// Find, add, look at, try out and pause sources
    #[command(subcommand)]
    Source(source::Command),
    /// Look at a feed, a page, an address, a mail or a returned mail the way Lamplighter does
    #[command(subcommand)]
    Inspect(inspect::Command),
    /// Look at articles, hold, release, dismiss and restore them
    Article(article::Args),
    /// Draft, preview, approve, send, pause and explain editions
    Edition(edition::Args),
    /// Replay stored history through today's rules, and send nothing
    Simulate(simulate::Args),
    /// Add, list, import, export and suppress readers
    #[command(subcommand)]
    Subscriber(subscriber::Command),
    /// Addresses that are not mailed, whatever any list says
    #[command(subcommand)]
    Suppression(suppression::Command),
    /// How fast mails go: by relay, mailbox provider and edition
    Limit(limit::Args),
    /// The people of the desk
    #[command(subcommand)]
    Operator(operator::Command),
    /// The keys of the API
    #[command(subcommand)]
    Token(token::Command),
    /// Who did what to what, when, and what was there before
    Trail(trail::Args),
    /// Programs of the newsroom that are told what happens here
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Copy the database while the service runs
    Backup(backup::Args),
    /// Try out whether a backup would serve
    Restore(restore::Args),
    /// Take in mail to the bounce domain, list and count what comes back
    #[command(subcommand)]
    Bounce(bounce::Command),
    /// The keys that sign the links in mails
    #[command(subcommand)]
    Key(key::Command),
    /// Make a key that mails are signed with, and show what DNS must say about it
    #[command(subcommand)]
    Dkim(dkim::Command),
    /// See what stands between you and mail that arrives: database, relay, public address, SPF, DKIM, DMARC
    Doctor(doctor::Args),
    /// Run a test SMTP server that keeps what it catches and shows it in the browser
    Sink(sink::Args),
}

/// Parses the arguments, runs the command, answers its exit code.
pub fn main() -> ExitCode {
    // A closed pipe (`| head`) ends the program quietly; see `output`.
    let cli = Cli::parse();
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        output::note(format_args!("lamplighter: a TLS provider was installed already"));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(format_args!("lamplighter: the runtime could not be started: {error}"));
            return ExitCode::from(exit::FAILED);
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(failure) => {
            output::note(format_args!("lamplighter: {}", failure.message()));
            ExitCode::from(failure.code)
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let config = cli.config;
    match cli.command {
        Command::Demo(args) => demo::run(args).await,
        Command::Init(args) => init::run(args).await,
        Command::Serve(args) => serve::run(&config, args).await,
        Command::Apply(args) => apply::run(&config, args).await,
        Command::Gather(args) => gather::run(&config, args).await,
        Command::Source(command) => source::run(&config, command).await,
        Command::Inspect(command) => inspect::run(&config, command).await,
        Command::Article(args) => article::run(&config, args).await,
        Command::Edition(args) => edition::run(&config, args).await,
        Command::Simulate(args) => simulate::run(&config, args).await,
        Command::Subscriber(command) => subscriber::run(&config, command).await,
        Command::Suppression(command) => suppression::run(&config, command).await,
        Command::Limit(args) => limit::run(&config, args).await,
        Command::Operator(command) => operator::run(&config, command).await,
        Command::Token(command) => token::run(&config, command).await,
        Command::Trail(args) => trail::run(&config, args).await,
        Command::Webhook(command) => webhook::run(&config, command).await,
        Command::Backup(args) => backup::run(&config, args).await,
        Command::Restore(args) => restore::run(&config, args).await,
        Command::Bounce(command) => bounce::run(&config, command).await,
        Command::Key(command) => key::run(&config, command).await,
        Command::Dkim(command) => dkim::run(&config, command),
        Command::Doctor(args) => doctor::run(&config, args).await,
        Command::Sink(args) => sink::run(args).await,
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
