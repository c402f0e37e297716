//! `edition correct`, `edition correction-mail`: setting right what was sent.

use super::find::{Wanted, Which, find};
use crate::app::App;
use crate::cli::exit::Failure;
use crate::cli::output::{say, say_json};
use crate::editions::corrections::{self, CorrectionId};
use crate::editions::report::why;
use crate::operators::Actor;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// Note what an edition that was sent had wrong: told on its web copy and in the next edition
    #[command(
        after_help = "Example:\n  lamplighter edition correct 2026-11-23 --article 512 --was \"The bridge opens on Monday.\" --is \"It opens on Tuesday.\""
    )]
    Correct {
        #[command(flatten)]
        which: Which,
        /// The article's number or address; `edition report` lists them
        #[arg(long, value_name = "ID_OR_URL")]
        article: String,
        /// What it said; may be left out if the other words say both
        #[arg(long, default_value = "")]
        was: String,
        /// What it should say
        #[arg(long)]
        is: String,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Draft a mail about corrections to those alone who got the wrong edition; a person approves it
    #[command(
        after_help = "Example:\n  lamplighter edition correction-mail 2026-11-23\n  lamplighter edition preview 2026-11-24-2\n  lamplighter edition send 2026-11-24-2 --now"
    )]
    CorrectionMail {
        #[command(flatten)]
        which: Which,
        /// A correction's number, several times for several; without it, all that no mail has told of
        #[arg(long = "correction", value_name = "ID")]
        corrections: Vec<i64>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(app: &App, actor: Actor, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Correct { which, article, was, is, json } => {
            let (_, edition) = find(app, &which, Wanted::Sent).await?;
            let asked = why(&mut app.db.read().await?, edition.id, &article).await?;
            let Some(found) = asked.article else {
                return Err(Failure::failed(format!(
                    "there is no article {article:?}; `lamplighter edition report {}` lists them",
                    edition.label
                )));
            };
            let noted =
                corrections::correct(app, actor, edition.id, found.id, &was, &is).await.map_err(Failure::failed)?;
            if json {
                say_json(&noted)?;
            } else {
                say(format!("correction {} of edition {} is noted: {}", noted.id, edition.label, found.title));
                say("it stands on the web copy now, and in the next edition that has news");
                say(format!("next: `lamplighter edition correction-mail {}` to mail those who got it", edition.label));
            }
        }
        Command::CorrectionMail { which, corrections, json } => {
            let (_, edition) = find(app, &which, Wanted::Sent).await?;
            let wanted: Vec<CorrectionId> = corrections.into_iter().map(CorrectionId).collect();
            let drafted = corrections::draft_correction_mail(app, actor, edition.id, &wanted).await;
            let mail = drafted.map_err(Failure::failed)?;
            if json {
                say_json(&serde_json::json!({ "edition": mail }))?;
            } else {
                let label = &mail.label;
                say(format!("edition {label} ({}): {}", mail.state, mail.subject));
                say(format!("it goes to those alone who received edition {} with the mistake", edition.label));
                say(format!(
                    "next: `lamplighter edition preview {label}`, then `lamplighter edition send {label} --now`"
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
