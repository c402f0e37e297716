//! `lamplighter subscriber ...`

mod export;
mod import;

pub(super) use export::whole_file;

use super::exit::Failure;
use super::output::{say, say_json, say_table};
use super::publication::meant;
use super::{start, suppression};
use crate::app::App;
use crate::mail::EmailAddr;
use crate::operators::Actor;
use crate::subscribers::{self, AddOutcome, Erased, ListFilter, SubscriptionState, Who};
use clap::{Subcommand, ValueEnum};
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter subscriber add anna@example.org\n  lamplighter subscriber import readers.csv --status confirmed --consent \"Form on paper, spring fair 2026\"\n  lamplighter subscriber import readers.csv --dry-run --report rows.csv\n  lamplighter subscriber export --output readers.csv\n  lamplighter subscriber list --state active --json"
)]
pub(super) enum Command {
    /// Subscriptions, oldest first; addresses are masked unless --addresses is given
    List {
        #[arg(long, short, value_name = "SLUG")]
        publication: Option<String>,
        #[arg(long)]
        state: Option<State>,
        /// Show whole addresses
        #[arg(long)]
        addresses: bool,
        #[arg(long)]
        json: bool,
    },
    /// Everything kept about one person
    Show {
        /// Their address, or the subscriber's id
        who: String,
        #[arg(long)]
        json: bool,
    },
    /// Add one reader whose consent you hold
    Add {
        address: String,
        #[arg(long, short, value_name = "SLUG")]
        publication: Option<String>,
        /// Only these sections; may be given several times
        #[arg(long, value_name = "SLUG")]
        section: Vec<String>,
        /// Breaking news too, at once
        #[arg(long)]
        breaking: bool,
    },
    /// Import a CSV file with a header line: an export of listmonk, Mailchimp, Ghost, Substack, Buttondown or Lamplighter,
    /// or any list with a column for the address. Interrupted, the same command goes on where it stopped
    Import(import::Args),
    /// Write every subscription with its consents as CSV, which `import` reads back to the same state
    Export(export::Args),
    /// Never mail this address again, whatever any list says
    Suppress { address: String },
    /// Forget a person who asked for it; only a keyed digest stays, so that no list brings them back
    Erase { address: String },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum State {
    Active,
    Left,
}

impl State {
    const fn known(self) -> SubscriptionState {
        match self {
            Self::Active => SubscriptionState::Active,
            Self::Left => SubscriptionState::Left,
        }
    }
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    match command {
        Command::List { publication, state, addresses, json } => {
            let state = state.map(State::known);
            list(&app, ListFilter { publication, state, ..ListFilter::default() }, addresses, json).await
        }
        Command::Show { who, json } => show(&app, &who, json).await,
        Command::Add { address, publication, section, breaking } => {
            add(&app, &address, publication, &section, breaking).await
        }
        Command::Import(args) => import::run(&app, args).await,
        Command::Export(args) => export::run(&app, args).await,
        Command::Erase { address } => {
            let address = parse(&address)?;
            let erased = subscribers::erase(&app, Actor::Console, &address).await.map_err(Failure::failed)?;
            say(match erased {
                Erased::Subscriber => format!("{} is erased", address.masked()),
                Erased::NobodyKnown => format!("nobody of {} was kept; the address is suppressed", address.masked()),
            });
            Ok(ExitCode::SUCCESS)
        }
        Command::Suppress { address } => suppression::add(&app, &address, None).await,
    }
}

pub(super) fn parse(address: &str) -> Result<EmailAddr, Failure> {
    EmailAddr::parse(address).map_err(|error| Failure::usage(format!("{address:?}: {error}")))
}

async fn list(app: &App, mut filter: ListFilter, addresses: bool, json: bool) -> Result<ExitCode, Failure> {
    let mut rows = Vec::new();
    loop {
        let page = subscribers::list(app, Actor::Console, &filter).await.map_err(Failure::failed)?;
        let Some(last) = page.last() else { break };
        filter.after = last.subscription_id.0;
        for line in page {
            let address = if addresses { line.email.clone() } else { line.masked() };
            rows.push((address, line));
        }
    }
    if json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(address, line)| {
                serde_json::json!({
                    "subscription": line.subscription_id, "subscriber": line.subscriber_id, "email": address,
                    "publication": line.publication_id, "state": line.state, "sections": line.sections,
                    "created_at": line.created_at.rfc3339(), "left_reason": line.left_reason,
                })
            })
            .collect();
        say_json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(address, line)| {
            let sections = line.sections.map_or_else(|| "all".to_owned(), |list| list.join(", "));
            vec![line.subscriber_id.to_string(), address, line.state.to_string(), sections, line.created_at.rfc3339()]
        })
        .collect();
    say_table(&["ID", "ADDRESS", "STATE", "SECTIONS", "SINCE"], &rows);
    Ok(ExitCode::SUCCESS)
}

async fn show(app: &App, who: &str, json: bool) -> Result<ExitCode, Failure> {
    let who = match who.parse() {
        Ok(id) => Who::Id(subscribers::SubscriberId(id)),
        Err(_) => Who::Address(parse(who)?),
    };
    let found = subscribers::show(app, Actor::Console, &who).await.map_err(Failure::failed)?;
    let Some(it) = found else {
        return Err(Failure::failed(
            "nobody of that address or id is kept; `lamplighter subscriber list` shows everybody",
        ));
    };
    let value = serde_json::json!({
        "id": it.subscriber.id,
        "email": it.subscriber.email,
        "language": it.subscriber.language,
        "confirmed_at": it.subscriber.confirmed_at.rfc3339(),
        "subscriptions": it.subscriptions.iter().map(|sub| serde_json::json!({
            "id": sub.id, "publication": sub.publication_id, "state": sub.state, "sections": sub.sections, "hour": sub.hour, "breaking": sub.breaking,
            "time_zone": sub.time_zone, "since": sub.created_at.rfc3339(),
            "left_at": sub.left_at.map(|at| at.rfc3339()), "left_reason": sub.left_reason,
        })).collect::<Vec<_>>(),
        "consents": it.consents.iter().map(|consent| serde_json::json!({
            "publication": consent.publication_id, "source": consent.source, "text_version": consent.text_version,
            "text": consent.text, "form_url": consent.form_url, "given_at": consent.given_at.rfc3339(),
            "confirmed_at": consent.confirmed_at.map(|at| at.rfc3339()),
        })).collect::<Vec<_>>(),
    });
    if json {
        say_json(&value)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format!(
        "{} (id {}), confirmed {}",
        it.subscriber.email,
        it.subscriber.id,
        it.subscriber.confirmed_at.rfc3339()
    ));
    for sub in &it.subscriptions {
        let sections = sub.sections.as_ref().map_or_else(|| "all sections".to_owned(), |list| list.join(", "));
        say(format!(
            "  publication {}: {}, {sections}, since {}",
            sub.publication_id,
            sub.state,
            sub.created_at.rfc3339()
        ));
    }
    for consent in &it.consents {
        say(format!("  consent by {} on {}: {}", consent.source, consent.given_at.rfc3339(), consent.text));
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(
    app: &App,
    address: &str,
    publication: Option<String>,
    sections: &[String],
    breaking: bool,
) -> Result<ExitCode, Failure> {
    let address = parse(address)?;
    let slug = meant(&mut app.db.read().await?, publication.as_deref()).await?.slug;
    let masked = address.masked();
    let outcome =
        subscribers::add(app, Actor::Console, &slug, address, sections, breaking).await.map_err(Failure::failed)?;
    match outcome {
        AddOutcome::Added(id) => say(format!("{masked} receives {slug} from now on (subscription {id})")),
        AddOutcome::AlreadyThere(id) => say(format!("{masked} receives {slug} already (subscription {id})")),
        AddOutcome::LeftEarlier => {
            return Err(Failure::failed(format!(
                "{masked} left {slug} earlier; only they themselves can come back, by the sign-up form"
            )));
        }
        AddOutcome::Suppressed(reason) => {
            return Err(Failure::failed(format!("{masked} is suppressed ({reason}) and is not mailed")));
        }
    }
    Ok(ExitCode::SUCCESS)
}
