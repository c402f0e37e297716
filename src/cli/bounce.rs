//! `lamplighter bounce ingest`: what a mailbox of the bounce domain receives.
//!
//! A mail server pipes each mail in, so that the exit code is for it: 0 for what was understood or is left alone on
//! purpose, 1 for what nobody here understands. Only unsubscribing by mail is read so far.

use super::exit::Failure;
use super::output::say;
use super::start;
use crate::subscribers::{MailedLeave, leave_by_mail};
use anyhow::Context as _;
use clap::Subcommand;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter bounce ingest mail.eml\n  lamplighter bounce ingest - < mail.eml\n\nPostfix, in master.cf:\n  lamplighter unix - n n - - pipe user=lamplighter argv=/usr/bin/lamplighter bounce ingest -"
)]
pub(super) enum Command {
    /// Read one mail to the bounce domain and act on it
    Ingest {
        /// The mail as it came; `-` is standard input
        #[arg(default_value = "-")]
        file: PathBuf,
    },
}

/// The head alone is read.
const MAIL_BYTES_MAX: u64 = crate::subscribers::MAIL_HEAD_BYTES_MAX as u64;

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let Command::Ingest { file } = command;
    let raw = read(&file)?;
    let app = start::quiet_app(config).await?;
    say(match leave_by_mail(&app, &raw).await? {
        MailedLeave::Left => "a reader left by mail",
        MailedLeave::AlreadyLeft => "the reader had left before",
        MailedLeave::FromNobody => "left alone: the mail has no sender",
        MailedLeave::Automatic => "left alone: a machine wrote it by itself",
        MailedLeave::NotUnderstood => {
            return Err(Failure::failed("not understood: no unsubscribe token of ours is in the mail's head"));
        }
    });
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut raw = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(MAIL_BYTES_MAX).read_to_end(&mut raw)?;
        // The sender of a pipe that is not read to its end would take it for broken.
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())?;
    } else {
        let open = std::fs::File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
        open.take(MAIL_BYTES_MAX).read_to_end(&mut raw)?;
    }
    Ok(raw)
}
