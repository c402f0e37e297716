//! `lamplighter trail`

use super::exit::Failure;
use super::output::{harmless, note, say_json, say_table};
use super::start;
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::trail::{self, TrailCursor, TrailFilter, TrailLine, Who};
use crate::operators::{Actor, accounts};
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter trail\n  lamplighter trail --who anna@news.example --from 2026-11-23T00:00:00Z\n  lamplighter trail --who service --verb seal\n  lamplighter trail --subject edition:7 --json"
)]
pub(super) struct Args {
    /// Whose deeds: an operator's address, or console, service, readers, visitors, token:ID
    #[arg(long)]
    who: Option<String>,
    /// What was done, such as approve
    #[arg(long)]
    verb: Option<String>,
    /// What to: edition, or edition:7
    #[arg(long)]
    subject: Option<String>,
    /// From this instant on (RFC 3339)
    #[arg(long, value_parser = instant)]
    from: Option<Timestamp>,
    /// Before this instant (RFC 3339)
    #[arg(long, value_parser = instant)]
    to: Option<Timestamp>,
    /// So many lines at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=trail::PAGE_LINES_MAX))]
    limit: i64,
    /// Go on where a page ended
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    #[arg(long)]
    json: bool,
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "write it like 2026-11-23T18:00:00Z".to_owned())
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let filter = filter(&app, &args).await?;
    let page = trail::look(&app, Actor::Console, &filter, args.limit).await.map_err(Failure::failed)?;
    let next = page.next.map(|it| it.to_string());
    if args.json {
        let lines: Vec<_> = page
            .lines
            .iter()
            .map(|it| {
                serde_json::json!({
                    "id": it.id,
                    "at": it.at.rfc3339_exact(),
                    "who": it.who,
                    "actor": { "kind": it.actor_kind, "id": it.actor_id },
                    "verb": it.verb,
                    "subject": { "kind": it.subject_kind, "id": it.subject_id, "name": it.subject },
                    "detail": it.detail,
                })
            })
            .collect();
        say_json(&serde_json::json!({ "events": lines, "next": next }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let row = |it: &TrailLine| {
        vec![
            it.at.rfc3339(),
            harmless(&it.who),
            it.verb.clone(),
            harmless(&it.subject),
            harmless(&if it.detail.as_object().is_none_or(serde_json::Map::is_empty) {
                String::new()
            } else {
                it.detail.to_string()
            }),
        ]
    };
    let rows: Vec<Vec<String>> = page.lines.iter().map(row).collect();
    say_table(&["WHEN", "WHO", "DID", "TO", "DETAIL"], &rows);
    if let Some(next) = next {
        note(format_args!("there is more: add --after {next}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn filter(app: &App, args: &Args) -> Result<TrailFilter, Failure> {
    let who = match &args.who {
        Some(word) if word.contains('@') => {
            let account = accounts::find_by_address(app, Actor::Console, word).await.map_err(Failure::failed)?;
            Some(Who::Operator(account.id.0))
        }
        Some(word) => Some(Who::parse(word).ok_or_else(|| {
            Failure::usage("--who: write an operator's address, or console, service, readers, visitors, token:ID")
        })?),
        None => None,
    };
    let subject = match &args.subject {
        Some(text) => Some(match text.split_once(':') {
            Some((kind, id)) => {
                let id = id.parse().map_err(|_| Failure::usage("--subject: write edition, or edition:7"))?;
                (kind.to_owned(), Some(id))
            }
            None => (text.clone(), None),
        }),
        None => None,
    };
    let after = match &args.after {
        Some(text) => Some(
            TrailCursor::parse(text)
                .ok_or_else(|| Failure::usage("--after: copy the cursor that the page before has told"))?,
        ),
        None => None,
    };
    Ok(TrailFilter { who, verb: args.verb.clone(), subject, from: args.from, to: args.to, after })
}
