//! `lamplighter source ...`

mod find;

use super::exit::Failure;
use super::output::{say, say_json, say_table};
use super::publication::meant;
use super::start;
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::{counted, cut_at_word};
use crate::gather::FetchOutcome;
use crate::gather::sources::{self, AddError, Done, NewSource, RemoveError, SourceError, SourceLine, SourcePage};
use crate::operators::Actor;
use crate::publications::{Pages, SourceKind};
use clap::{Subcommand, ValueEnum};
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(
    after_help = "Examples:\n  lamplighter source add --discover https://news.example\n  lamplighter source add https://news.example/feed/ --section world\n  lamplighter source list\n  lamplighter source test https://news.example/feed/"
)]
pub(super) enum Command {
    /// Add a source; with --discover, find out by itself what a site can be read by
    #[command(
        after_help = "Examples:\n  lamplighter source add --discover https://news.example --dry-run\n  lamplighter source add --discover https://news.example --yes\n  lamplighter source add https://news.example/wp-json/wp/v2/posts --kind wordpress\n  lamplighter source add https://news.example/feed/ --section world --standby\n  lamplighter source add --kind push --name \"Our CMS\""
    )]
    Add(AddArgs),
    /// How each source is doing, and what to do about it
    #[command(after_help = "Examples:\n  lamplighter source list\n  lamplighter source list --json")]
    List {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// One source: its health, its last fetches, and what may be missing
    #[command(
        after_help = "Examples:\n  lamplighter source show \"Front page\"\n  lamplighter source show https://news.example/feed/ --json"
    )]
    Show {
        #[arg(value_name = "NAME_OR_URL")]
        name: String,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Ask an address now and show what it would give; writes nothing
    #[command(
        after_help = "Examples:\n  lamplighter source test \"Front page\"\n  lamplighter source test https://news.example/feed/\n  lamplighter source test https://news.example/world/ --kind page --json"
    )]
    Test {
        #[arg(value_name = "NAME_OR_URL")]
        name: String,
        /// Read it as this; without it, as what it turns out to be
        #[arg(long, value_enum)]
        kind: Option<Kind>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Take back a source that was added with `source add`; its articles stay
    #[command(
        after_help = "Examples:\n  lamplighter source remove \"Front page\"\n  lamplighter source remove https://news.example/feed/ --publication evening\n\nA source that newsroom.toml declares is removed there."
    )]
    Remove {
        #[arg(value_name = "NAME_OR_URL")]
        name: String,
        /// Which publication reads it no longer; needed if several do
        #[arg(long, short, value_name = "SLUG")]
        publication: Option<String>,
    },
    /// Do not ask a source until it is resumed
    #[command(after_help = "Examples:\n  lamplighter source pause \"Front page\"")]
    Pause {
        #[arg(value_name = "NAME_OR_URL")]
        name: String,
    },
    /// Ask a paused source again
    #[command(after_help = "Examples:\n  lamplighter source resume \"Front page\"")]
    Resume {
        #[arg(value_name = "NAME_OR_URL")]
        name: String,
    },
    /// Accept what a quarantined source changed
    #[command(
        after_help = "Examples:\n  lamplighter source release \"Front page\"\n\nA source is quarantined when too much changes at once, as after a move to another system or a break-in. Look at\nthe site first: what was held goes into the next edition."
    )]
    Release {
        #[arg(value_name = "NAME_OR_URL")]
        name: String,
    },
}

#[derive(clap::Args)]
pub(super) struct AddArgs {
    /// The address of the source; with --discover, that of the site or of a part of it
    #[arg(required_unless_present = "kind")]
    url: Option<String>,
    /// Find the site's feeds, its API and its sitemaps, and add the best
    #[arg(long, requires = "url", conflicts_with = "kind")]
    discover: bool,
    #[arg(long, short, value_name = "SLUG")]
    publication: Option<String>,
    /// File all its articles here; without it, each goes by its categories
    #[arg(long, value_name = "SLUG")]
    section: Option<String>,
    /// What to call it; else by the title of the site where one was found, or by its address
    #[arg(long)]
    name: Option<String>,
    /// What it is; a feed if nothing is said
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Ask it only while another source of the same section cannot be read
    #[arg(long)]
    standby: bool,
    /// Whether its articles' own pages are read
    #[arg(long, value_enum, default_value = "auto")]
    pages: PagesArg,
    /// Only say what would be added
    #[arg(long)]
    dry_run: bool,
    /// Ask nothing; take what is recommended
    #[arg(long)]
    yes: bool,
    /// Print what was found and added as JSON; asks nothing
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Kind {
    /// RSS, Atom or JSON Feed
    Feed,
    /// The API of a WordPress site
    Wordpress,
    /// A news sitemap
    Sitemap,
    /// A page that lists articles
    Page,
    /// Articles come by the API; there is no address
    Push,
}

impl From<Kind> for SourceKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Feed => Self::Feed,
            Kind::Wordpress => Self::Wordpress,
            Kind::Sitemap => Self::Sitemap,
            Kind::Page => Self::Page,
            Kind::Push => Self::Push,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum PagesArg {
    Auto,
    Always,
    Never,
}

pub(super) async fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    let app = start::quiet_app(config).await?;
    match command {
        Command::Add(args) => add(&app, args).await,
        Command::List { json } => list(&app, json).await,
        Command::Show { name, json } => show(&app, &name, json).await,
        Command::Test { name, kind, json } => find::test(&app, &name, kind.map(SourceKind::from), json).await,
        Command::Pause { name } => {
            let (source, done) = sources::pause(&app, Actor::Console, &name).await.map_err(refused)?;
            say(match done {
                Done::Changed => {
                    format!("{} is paused; `lamplighter source resume {:?}` ends it", source.name, source.name)
                }
                Done::AsBefore => format!("{} was paused already", source.name),
            });
            Ok(ExitCode::SUCCESS)
        }
        Command::Remove { name, publication } => remove(&app, &name, publication.as_deref()).await,
        Command::Resume { name } => {
            let (source, done) = sources::resume(&app, Actor::Console, &name).await.map_err(refused)?;
            say(match done {
                Done::Changed => format!("{} is asked again at the next gather", source.name),
                Done::AsBefore => format!("{} was not paused", source.name),
            });
            Ok(ExitCode::SUCCESS)
        }
        Command::Release { name } => {
            let (source, done, articles) = sources::release(&app, Actor::Console, &name).await.map_err(refused)?;
            say(match done {
                Done::Changed => format!(
                    "{} is released: {articles} held articles may go out, and its next answer is taken as it is",
                    source.name
                ),
                Done::AsBefore => format!("{} is not quarantined", source.name),
            });
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn refused(error: SourceError) -> Failure {
    match error {
        SourceError::Unknown { .. } => Failure::usage(error),
        other => Failure::failed(other),
    }
}

async fn remove(app: &App, name: &str, publication: Option<&str>) -> Result<ExitCode, Failure> {
    let removed = sources::remove(app, Actor::Console, name, publication).await.map_err(|error| match error {
        RemoveError::Source(error) => refused(error),
        RemoveError::Several { .. } | RemoveError::NotRead { .. } => Failure::usage(error),
        other => Failure::failed(other),
    })?;
    let rest = if removed.is_archived { "it is not asked any more" } else { "another publication reads it still" };
    say(format!("{} no longer reads {}; its articles stay, {rest}", removed.publication, removed.name));
    if removed.held > 0 {
        let held = counted(usize::try_from(removed.held).unwrap_or(usize::MAX), "article", "articles");
        say(format!("its quarantine still holds {held}; to let them out, add it again and release it"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(app: &App, args: AddArgs) -> Result<ExitCode, Failure> {
    let publication = meant(&mut app.db.read().await?, args.publication.as_deref()).await?;
    let mut new = NewSource {
        publication: publication.slug,
        section: args.section,
        name: args.name,
        kind: args.kind.map_or(SourceKind::Feed, SourceKind::from),
        url: args.url,
        standby: args.standby,
        pages: match args.pages {
            PagesArg::Auto => Pages::Auto,
            PagesArg::Always => Pages::Always,
            PagesArg::Never => Pages::Never,
        },
    };
    let mut found = None;
    if args.discover {
        let site = new.url.take().unwrap_or_default();
        let discovered = find::discover(app, &site, args.json).await?;
        let Some(chosen) = find::choose(&discovered, args.yes || args.dry_run || args.json)? else {
            if args.json {
                say_json(&discovered)?;
            }
            return Err(Failure::failed(discovered.reason));
        };
        (new.kind, new.url) = (chosen.kind, Some(chosen.url.clone()));
        if new.name.is_none() {
            // A title that another source bears already is no name; its address always is one.
            let known = sources::list(app, Actor::Console).await.map_err(refused)?;
            let is_free = |name: &String| known.iter().all(|it| it.health.name.to_lowercase() != name.to_lowercase());
            new.name = discovered.name_of(chosen).filter(is_free);
        }
        found = Some(discovered);
    }
    if args.dry_run {
        if args.json {
            say_json(&serde_json::json!({ "found": found, "added": null }))?;
        } else {
            let url = new.url.as_deref().or(new.name.as_deref()).unwrap_or_default();
            say(format!("dry run: nothing was added; this would be: {} {url}", new.kind));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let added = sources::add(app, Actor::Console, &new).await.map_err(|error| match error {
        AddError::Store(error) => Failure::from(error),
        other => Failure::usage(other),
    })?;
    if args.json {
        let added = serde_json::json!({ "id": added.id, "name": added.name, "kind": new.kind, "url": added.url });
        say_json(&serde_json::json!({ "found": found, "added": added }))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format!("added {} ({}) to {}", added.name, new.kind, new.publication));
    say(if new.kind == SourceKind::Push {
        "next: `lamplighter token create` makes the key with which your CMS posts to /api/v1/articles".to_owned()
    } else {
        format!("next: `lamplighter gather --source {:?}` reads it now, `lamplighter serve` from now on", added.name)
    });
    Ok(ExitCode::SUCCESS)
}

async fn list(app: &App, json: bool) -> Result<ExitCode, Failure> {
    let lines = sources::list(app, Actor::Console).await.map_err(refused)?;
    if json {
        say_json(&lines.iter().map(SourceLine::json).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    if lines.is_empty() {
        say(
            "there is no source yet; `lamplighter source add --discover https://news.example` finds what a site offers",
        );
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let it = &line.health;
            vec![
                cut_at_word(&it.name, 40),
                it.kind.to_string(),
                line.state().to_owned(),
                used(line),
                it.articles.to_string(),
                minute(it.last_success_at),
                minute(line.next_fetch_at()),
                line.next_steps().join("; "),
            ]
        })
        .collect();
    say_table(&["SOURCE", "KIND", "STATE", "FOR", "ARTICLES", "LAST READ", "NEXT", "REMARK"], &rows);
    Ok(ExitCode::SUCCESS)
}

fn used(line: &SourceLine) -> String {
    let place = |it: &sources::Use| {
        let section = it.section.as_ref().map(|section| format!("/{section}")).unwrap_or_default();
        format!("{}{section}{}", it.publication, if it.standby { " (standby)" } else { "" })
    };
    line.uses.iter().map(place).collect::<Vec<_>>().join(", ")
}

/// To the minute, in UTC.
fn minute(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.utc().format("%Y-%m-%d %H:%MZ").to_string())
}

async fn show(app: &App, name: &str, json: bool) -> Result<ExitCode, Failure> {
    let page = sources::show(app, Actor::Console, name).await.map_err(refused)?;
    if json {
        say_json(&page.json())?;
        return Ok(ExitCode::SUCCESS);
    }
    say_page(&page);
    Ok(ExitCode::SUCCESS)
}

fn say_page(page: &SourcePage) {
    let (line, it) = (&page.line, &page.line.health);
    say(format!("{} ({}), {}: {}", it.name, it.kind, line.state(), it.url));
    say(format!("  for          {}", used(line)));
    say(format!("  articles     {}", it.articles));
    say(format!("  last read    {}", minute(it.last_success_at)));
    say(format!("  next         {}", minute(line.next_fetch_at())));
    if page.held > 0 {
        say(format!("  held         {} articles wait for `lamplighter source release {:?}`", page.held, it.name));
    }
    for step in line.next_steps() {
        say(format!("  attention    {step}"));
    }
    for gap in &page.gaps {
        let (after, before) = (minute(Some(gap.after_at)), minute(Some(gap.before_at)));
        say(format!("  gap          between {after} and {before}: {}", gap.reason));
    }
    if page.fetches.is_empty() {
        say(format!("  never asked; `lamplighter gather --source {:?}` asks it now", it.name));
        return;
    }
    let rows: Vec<Vec<String>> = page
        .fetches
        .iter()
        .map(|it| {
            let remark = it.error.clone().or_else(|| it.bozo.clone()).unwrap_or_default();
            let counts =
                |count: i64| if it.outcome == FetchOutcome::Fetched { count.to_string() } else { "-".to_owned() };
            vec![
                minute(Some(it.started_at)),
                it.outcome.to_string(),
                it.http_status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
                counts(it.entries),
                counts(it.articles_new),
                counts(it.articles_revised),
                counts(it.backfilled),
                remark,
            ]
        })
        .collect();
    say_table(&["ASKED", "OUTCOME", "HTTP", "ENTRIES", "NEW", "REVISED", "BACKFILLED", "REMARK"], &rows);
}

/// What could not be read, with the exit code of a failure.
fn unread(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("{what}: {error}"))
}
