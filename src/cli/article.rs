//! `lamplighter article ...`: what each article is to a publication and why, and what an editor does with those that no
//! edition has.

use super::acting::ActingAs;
use super::exit::Failure;
use super::output::{harmless, say, say_json, say_table};
use super::publication::meant;
use super::start;
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::{counted, cut_at_word};
use crate::editions::pool::{self, ArticlePage, Moved, PoolError, PoolVerb};
use crate::gather::{ArticleId, CandidateState};
use crate::operators::Actor;
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter article list --state held\n  lamplighter article show 12\n  lamplighter article release 12\n  lamplighter article dismiss 12 13 --reason \"advertisements\"\n  lamplighter article restore 12 --as edda@news.example"
)]
pub(super) struct Args {
    #[command(flatten)]
    acting: ActingAs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The publication's articles, the newest first: what each is, and why
    #[command(
        after_help = "Examples:\n  lamplighter article list\n  lamplighter article list --state held --json\n  lamplighter article list --before 812\n\nStates: pool (the next edition takes it), held (an editor decides), claimed (an edition has it), dismissed, baseline\n(was there before the source was added), folded (another article tells the same story), gone."
    )]
    List {
        /// pool, held, claimed, dismissed, baseline, folded or gone; all without it
        #[arg(long, value_parser = state)]
        state: Option<CandidateState>,
        /// Only those with a smaller number: the next page
        #[arg(long, value_name = "ARTICLE")]
        before: Option<i64>,
        /// Lines, 500 at most
        #[arg(long, default_value_t = 50)]
        limit: i64,
        #[arg(long, short, value_name = "SLUG")]
        publication: Option<String>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// One article: what it is to each publication, who showed it, what it resembles, which editions had it
    #[command(after_help = "Examples:\n  lamplighter article show 12\n  lamplighter article show 12 --json")]
    Show {
        article: i64,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Keep articles out of the next edition until they are released
    #[command(after_help = "Examples:\n  lamplighter article hold 12 --reason \"wait for the lawyer\"")]
    Hold(MoveArgs),
    /// Let held articles go: the next edition takes them, however old they are
    #[command(after_help = "Examples:\n  lamplighter article release 12")]
    Release(MoveArgs),
    /// Let no edition take them
    #[command(after_help = "Examples:\n  lamplighter article dismiss 12 --reason \"an advertisement\"")]
    Dismiss(MoveArgs),
    /// Take a dismissal back: the next edition takes them
    #[command(after_help = "Examples:\n  lamplighter article restore 12")]
    Restore(MoveArgs),
}

#[derive(clap::Args)]
struct MoveArgs {
    #[arg(required = true, value_name = "ARTICLE")]
    articles: Vec<i64>,
    #[arg(long, default_value = "")]
    reason: String,
    #[arg(long, short, value_name = "SLUG")]
    publication: Option<String>,
}

fn state(word: &str) -> Result<CandidateState, String> {
    CandidateState::parse(word).ok_or_else(|| {
        let all: Vec<_> = CandidateState::ALL.iter().map(|it| it.as_str()).collect();
        format!("write one of: {}", all.join(", "))
    })
}

pub(super) async fn run(config: &Path, args: Args) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    let actor = args.acting.actor(&app).await?;
    match args.command {
        Command::List { state, before, limit, publication, json } => {
            list(&app, actor, publication.as_deref(), state, before, limit, json).await
        }
        Command::Show { article, json } => {
            let page = pool::article_page(&app, actor, ArticleId(article)).await.map_err(refused)?;
            if json {
                say_json(&page.json())?
            } else {
                say_page(&page)
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Hold(args) => shift(&app, actor, args, PoolVerb::Hold).await,
        Command::Release(args) => shift(&app, actor, args, PoolVerb::Release).await,
        Command::Dismiss(args) => shift(&app, actor, args, PoolVerb::Dismiss).await,
        Command::Restore(args) => shift(&app, actor, args, PoolVerb::Restore).await,
    }
}

fn refused(error: PoolError) -> Failure {
    match error {
        PoolError::Store(error) => error.into(),
        PoolError::Field(_) => Failure::usage(error),
        other => Failure::failed(other),
    }
}

async fn shift(app: &App, actor: Actor, args: MoveArgs, verb: PoolVerb) -> Result<ExitCode, Failure> {
    let publication = meant(&mut app.db.read().await?, args.publication.as_deref()).await?;
    for article in args.articles {
        let moved = pool::move_article(app, actor, &publication, ArticleId(article), verb, &args.reason)
            .await
            .map_err(refused)?;
        say(match moved {
            Moved::Now => format!("article {article} is {}", verb.done()),
            Moved::Before => format!("article {article} is as it was: {} before", verb.done()),
        });
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(
    app: &App,
    actor: Actor,
    publication: Option<&str>,
    state: Option<CandidateState>,
    before: Option<i64>,
    limit: i64,
    json: bool,
) -> Result<ExitCode, Failure> {
    let publication = meant(&mut app.db.read().await?, publication).await?;
    let before = before.map(ArticleId);
    let page = pool::list(app, actor, &publication, state, before, Some(limit)).await.map_err(refused)?;
    if json {
        say_json(&page.json())?;
        return Ok(ExitCode::SUCCESS);
    }
    if page.lines.is_empty() {
        let what = state.map_or_else(|| "no article".to_owned(), |state| format!("no article that is {state}"));
        say(format!("{} has {what}; `lamplighter gather` asks its sources", publication.slug));
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = page
        .lines
        .iter()
        .map(|line| {
            let embargo = line.embargoed_until(page.now).map(|until| format!("embargoed until {}", until.rfc3339()));
            let why = [embargo, Some(harmless(&line.reason)).filter(|it| !it.is_empty())];
            vec![
                line.article_id.to_string(),
                line.state.to_string(),
                minute(line.first_seen_at),
                line.section.clone().unwrap_or_default(),
                cut_at_word(&harmless(&line.title), 70),
                why.into_iter().flatten().collect::<Vec<_>>().join("; "),
            ]
        })
        .collect();
    say_table(&["ARTICLE", "STATE", "SEEN", "SECTION", "HEADLINE", "WHY"], &rows);
    if let Some(before) = page.next_before {
        let state = state.map(|state| format!(" --state {state}")).unwrap_or_default();
        say(format!("there are more: `lamplighter article list{state} --before {before}`"));
    }
    Ok(ExitCode::SUCCESS)
}

/// To the minute, in UTC.
fn minute(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%d %H:%MZ").to_string()
}

fn say_page(page: &ArticlePage) {
    let it = &page.article;
    say(format!("article {}: {}", it.id, harmless(&it.title)));
    say(format!("  at           {}", harmless(&it.url)));
    let changed = match it.revision {
        1 => String::new(),
        revision => format!(", revision {revision}"),
    };
    say(format!("  first seen   {}{changed}", minute(it.first_seen_at)));
    if let Some(at) = it.gone_at {
        say(format!("  gone         since {}", minute(at)));
    }
    if !it.correction.is_empty() {
        say(format!("  correction   {}", harmless(&it.correction)));
    }
    for standing in &page.standings {
        let embargo = standing.embargoed_until(page.now).map(|until| format!(", embargoed until {}", until.rfc3339()));
        let why = if standing.reason.is_empty() { String::new() } else { format!(": {}", harmless(&standing.reason)) };
        say(format!("  {:<12} {}{}{why}", standing.publication, standing.state, embargo.unwrap_or_default()));
    }
    for it in &page.appearances {
        say(format!("  edition      {} {} ({}), {} {}", it.publication, it.label, it.state, it.placement, it.origin));
    }
    for it in &page.sightings {
        let (first, last) = (minute(it.first_seen_at), minute(it.last_seen_at));
        say(format!("  source       {} ({}), {first} to {last}", harmless(&it.source), it.kind));
    }
    for it in &page.retellings {
        say(format!("  same story   article {} from {}: {}", it.id, harmless(&it.source), harmless(&it.title)));
    }
    for link in &page.links {
        let other = if link.article_id == page.article.id { link.other_id } else { link.article_id };
        say(format!("  {:<12} article {other} ({} of 1000)", link.kind, link.score_permille));
    }
    for image in &page.images {
        say(format!("  image        {}", harmless(&image.url)));
    }
    for key in &page.keys {
        say(format!("  key          {}", harmless(key)));
    }
    for event in &page.events {
        say(format!("  history      {}  {} by {}", event.at.rfc3339(), event.verb, event.actor()));
    }
    if page.standings.is_empty() {
        say(format!(
            "  no publication knows it; {}",
            counted(page.sightings.len(), "source shows it", "sources show it")
        ));
    }
}
