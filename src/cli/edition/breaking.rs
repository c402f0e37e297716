//! `edition breaking`: one story, at once, to those who chose it.

use super::find::Of;
use super::send::{Showing, needs_relay, send_now};
use crate::app::App;
use crate::cli::exit::Failure;
use crate::cli::output::{say, say_json};
use crate::cli::publication::meant;
use crate::editions;
use crate::gather;
use crate::operators::Actor;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter edition breaking 1042\n  lamplighter edition breaking https://news.example/harbour-fire --now --wait"
)]
pub(super) struct Args {
    /// The article's id or address
    #[arg(value_name = "ARTICLE")]
    article: String,
    #[command(flatten)]
    of: Of,
    /// Send it at once; without it, it waits for `lamplighter edition send --now`
    #[arg(long)]
    now: bool,
    /// Send from this process, show progress, end with the ledger
    #[arg(long, requires = "now")]
    wait: bool,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(app: &App, actor: Actor, args: Args) -> Result<ExitCode, Failure> {
    if args.wait {
        needs_relay(app)?;
    }
    let mut tx = app.db.read().await?;
    let publication = meant(&mut tx, args.of.publication.as_deref()).await?;
    let article = gather::find_named(&mut tx, &args.article).await?.ok_or_else(|| {
        Failure::failed(format!("there is no article {:?}; give its id, or its address on the site", args.article))
    })?;
    drop(tx);
    let edition = editions::break_news(app, actor, &publication, article).await.map_err(Failure::failed)?;
    if args.now {
        return send_now(
            app,
            actor,
            &edition,
            editions::AtOnce::default(),
            Showing { wait: args.wait, json: args.json },
        )
        .await;
    }
    if args.json {
        say_json(&edition)?;
    } else {
        say(format!("edition {} is drafted: {}", edition.label, edition.subject));
        say(format!(
            "`lamplighter edition send {} --now` sends it; it is worth nothing after {}",
            edition.label,
            edition.latest_send_at.rfc3339()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
