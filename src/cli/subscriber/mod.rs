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
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Everything kept about one person
    Show {
        /// Their address, or the subscriber's id
        who: String,
        /// Print JSON, for programs
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
    Suppress {
        address: String,
        /// Why, for the trail and the reader's history
        #[arg(long, value_name = "WORDS")]
        because: Option<String>,
    },
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
                Erased::SignUp => format!("the sign-up of {} is erased", address.masked()),
                Erased::NobodyKnown => format!("nobody of {} was kept; the address is suppressed", address.masked()),
            });
            Ok(ExitCode::SUCCESS)
        }
        Command::Suppress { address, because } => suppression::add(&app, &address, None, because.as_deref()).await,
    }
}

pub(in crate::cli) fn parse(address: &str) -> Result<EmailAddr, Failure> {
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
    let Some(mut kept) = subscribers::dossier(app, Actor::Console, &who).await.map_err(Failure::failed)? else {
        return Err(Failure::failed(
            "nobody of that address or id is kept; `lamplighter subscriber list` shows everybody",
        ));
    };
    let found = subscribers::show(app, Actor::Console, &who).await.map_err(Failure::failed)?;
    if json {
        if let (Some(it), Some(kept)) = (found, kept.as_object_mut()) {
            kept.insert("id".to_owned(), serde_json::json!(it.subscriber.id));
            kept.insert("email".to_owned(), it.subscriber.email.into());
            kept.insert("language".to_owned(), it.subscriber.language.into());
            kept.insert("confirmed_at".to_owned(), it.subscriber.confirmed_at.rfc3339().into());
        }
        say_json(&kept)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(it) = &found {
        let (id, confirmed) = (it.subscriber.id, it.subscriber.confirmed_at.rfc3339());
        say(format!("{} (id {id}), confirmed {confirmed}, language {}", it.subscriber.email, it.subscriber.language));
    } else {
        let who = match &who {
            Who::Address(address) => address.masked(),
            Who::Id(id) => id.to_string(),
        };
        say(format!("{who} is no reader; this is what is kept of the address:"));
    }
    // The parts as the file that a reader may download has them; what is empty is left out.
    for part in PARTS {
        let Some(lines) = kept.get(*part).and_then(serde_json::Value::as_array).filter(|it| !it.is_empty()) else {
            continue;
        };
        say(format!("{}:", part.replace('_', " ")));
        for line in lines {
            say(format!("  {}", in_words(line)));
        }
    }
    if let Some(reason) = kept.get("suppressed_because").and_then(serde_json::Value::as_str) {
        say(format!("suppressed: {reason}"));
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

/// What there is about a person, in the order in which it is shown.
const PARTS: &[&str] = &[
    "subscriptions",
    "consents",
    "waiting_sign_ups",
    "address_changes",
    "editions",
    "attempts_not_accepted",
    "came_back",
    "editions_left_out",
    "single_mails",
    "events",
];

/// `publication evening, state active, hour 7`: without what is not said.
fn in_words(line: &serde_json::Value) -> String {
    use serde_json::Value;
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(|it| it.as_str().unwrap_or_default()).collect::<Vec<_>>().join("+"),
        other => other.to_string(),
    };
    let Some(fields) = line.as_object() else { return word(line) };
    let is_said = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    let said = fields.iter().filter(|(_, value)| is_said(value));
    let said = said.map(|(key, value)| format!("{} {}", key.replace('_', " "), word(value)));
    said.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::in_words;
    use serde_json::json;

    #[test]
    fn what_is_not_said_is_left_out() {
        let line = json!({ "edition": "2026-11-23", "reason": "", "relay": null, "sections": [], "breaking": false, "code": 250 });
        let told = in_words(&line);
        assert!(told.contains("code 250") && told.contains("edition 2026-11-23"), "{told}");
        assert!(["reason", "relay", "sections", "breaking"].iter().all(|word| !told.contains(word)), "{told}");
    }
}
