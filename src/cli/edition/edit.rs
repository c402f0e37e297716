//! `edition edit`, `item`, `order`, `add`, `remove`, `refresh`, `take-in`, `draft-again`, `rerank`, `items`: what an editor changes of a draft, and
//! what an editor wants before there is one.

use super::find::{Of, Wanted, Which, find};
use super::items::{say_intents, say_items};
use crate::app::App;
use crate::base::text::counted;
use crate::cli::exit::Failure;
use crate::cli::output::{harmless, say, say_json};
use crate::editions::{
    self, Claimed, Edition, EditionChange, EditionState, ImageChange, IntentChange, ItemChange, Pin, Place, Removal,
    SubjectChange,
};
use crate::gather::ArticleId;
use crate::operators::Actor;
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(in crate::cli) enum Command {
    /// The stories of a draft with their numbers, or what is wanted of articles before there is a draft
    #[command(after_help = "Examples:\n  lamplighter edition items\n  lamplighter edition items 2026-11-23 --json")]
    Items {
        #[command(flatten)]
        which: Which,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Write the editor's note, the subject, the preheader
    #[command(
        after_help = "Examples:\n  lamplighter edition edit --subject \"The ferry is back\"\n  lamplighter edition edit --subject-choice 2\n  lamplighter edition edit --subject \"\"\n  lamplighter edition edit 2026-11-23 --note-file note.md --revision 4\n\nAn empty text lets the composer write it again. Without any option the present words are shown."
    )]
    Edit(EditArgs),
    /// Change one story: its words, its image, its section, its place; before there is a draft, say what is wanted
    #[command(
        after_help = "Examples:\n  lamplighter edition item 12 --headline \"Ferry sails again\" --pin 1\n  lamplighter edition item 12 --image none\n  lamplighter edition item 12 --image https://news.example/ferry.jpg --alt \"The ferry leaves the quay\"\n  lamplighter edition item 12 --place headline\n  lamplighter edition item 12 --hide --edition 2026-11-23\n  lamplighter edition item 12 --hold --edition 2026-11-24\n\nAn empty text goes back to the article's own. `edition items` lists the numbers."
    )]
    Item(Box<ItemArgs>),
    /// Put stories in an order: the named ones stand where they are put, the others follow by their score
    #[command(
        after_help = "Examples:\n  lamplighter edition order 12 9 15\n  lamplighter edition order 12 --to 3\n\nWhere a story was put it stays, also when the others are ranked anew; `edition item 12 --unpin` lets it go."
    )]
    Order {
        #[arg(required = true, value_name = "ARTICLE")]
        articles: Vec<i64>,
        /// The place of the first one
        #[arg(long, default_value_t = 1, value_name = "PLACE")]
        to: i64,
        #[command(flatten)]
        target: Target,
    },
    /// Take articles into a draft: late ones, held ones, or ones from the archive
    #[command(
        after_help = "Examples:\n  lamplighter edition add 23\n  lamplighter edition add 23 --at 1\n\n`lamplighter article list` shows what there is. Nothing is added before its embargo ends."
    )]
    Add {
        #[arg(required = true, value_name = "ARTICLE")]
        articles: Vec<i64>,
        /// The place in the order; else by its score
        #[arg(long, value_name = "PLACE")]
        at: Option<i64>,
        #[command(flatten)]
        target: Target,
    },
    /// Take stories out of a draft: back to the pool, or dismissed
    #[command(
        after_help = "Examples:\n  lamplighter edition remove 12\n  lamplighter edition remove 12 --dismiss --reason \"an advertisement\""
    )]
    Remove {
        #[arg(required = true, value_name = "ARTICLE")]
        articles: Vec<i64>,
        /// No edition takes them, until `lamplighter article restore`
        #[arg(long)]
        dismiss: bool,
        #[arg(long, default_value = "", requires = "dismiss")]
        reason: String,
        #[command(flatten)]
        target: Target,
    },
    /// Take over what articles say by now; a draft keeps the words that it was drafted with
    #[command(after_help = "Examples:\n  lamplighter edition refresh 12")]
    Refresh {
        #[arg(required = true, value_name = "ARTICLE")]
        articles: Vec<i64>,
        #[command(flatten)]
        target: Target,
    },
    /// Take in whatever came since the draft was made, ranked among the others; what an editor did stays
    #[command(after_help = "Examples:\n  lamplighter edition take-in")]
    TakeIn {
        #[command(flatten)]
        target: Target,
    },
    /// Draft it anew from all that waits by now: what an editor did to the stories is lost, the words stay
    #[command(after_help = "Examples:\n  lamplighter edition draft-again")]
    DraftAgain {
        #[command(flatten)]
        target: Target,
    },
    /// Score the stories anew; what an editor put, hid or wrote stays
    #[command(after_help = "Examples:\n  lamplighter edition rerank")]
    Rerank {
        #[command(flatten)]
        target: Target,
    },
}

#[derive(clap::Args)]
pub(in crate::cli) struct Target {
    /// Its date (2026-11-23, 2026-11-23-2) or id; without it, the draft that is open
    #[arg(long, short, value_name = "EDITION")]
    edition: Option<String>,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    seen: Seen,
}

#[derive(clap::Args)]
pub(in crate::cli) struct Seen {
    /// The revision that you looked at: if it was changed since, nothing is done. Without it, whatever it is now
    #[arg(long, value_name = "N")]
    revision: Option<i64>,
    /// Print the edition and its stories as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(in crate::cli) struct EditArgs {
    #[command(flatten)]
    which: Which,
    #[arg(long, value_name = "TEXT", conflicts_with = "subject_choice")]
    subject: Option<String>,
    /// One of the alternatives, which `edition edit` without options lists
    #[arg(long, value_name = "NUMBER")]
    subject_choice: Option<usize>,
    /// The visible first line of the mail
    #[arg(long, value_name = "TEXT")]
    preheader: Option<String>,
    /// The editor's note above the stories, in Markdown
    #[arg(long, value_name = "TEXT", conflicts_with = "note_file")]
    note: Option<String>,
    /// The same from a file, or from standard input for -
    #[arg(long, value_name = "FILE")]
    note_file: Option<PathBuf>,
    #[command(flatten)]
    seen: Seen,
}

#[derive(Clone, Copy, ValueEnum)]
enum PlaceArg {
    /// Whatever order and room make it
    Auto,
    Top,
    Full,
    Headline,
    Hidden,
}

#[derive(clap::Args)]
pub(in crate::cli) struct ItemArgs {
    #[arg(value_name = "ARTICLE")]
    article: i64,
    #[arg(long, value_name = "TEXT")]
    headline: Option<String>,
    #[arg(long, value_name = "TEXT")]
    excerpt: Option<String>,
    /// A line from the editor under the story
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// own, none, or an https address
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// What the image shows, for those who do not see it
    #[arg(long, value_name = "TEXT", requires = "image")]
    alt: Option<String>,
    #[arg(long, value_name = "TEXT", requires = "image")]
    caption: Option<String>,
    #[arg(long, value_name = "TEXT", requires = "image")]
    credit: Option<String>,
    /// A slug; empty is none
    #[arg(long, value_name = "SLUG")]
    section: Option<String>,
    /// Its place in the order, whatever its score
    #[arg(long, value_name = "PLACE", conflicts_with = "unpin")]
    pin: Option<i64>,
    /// By score again
    #[arg(long)]
    unpin: bool,
    /// What it is in the mail, whatever the order
    #[arg(long, value_enum, conflicts_with_all = ["hide", "show"])]
    place: Option<PlaceArg>,
    /// Keep it in the edition and show it to nobody
    #[arg(long, conflicts_with = "show")]
    hide: bool,
    /// Show it again
    #[arg(long)]
    show: bool,
    /// Before there is a draft: do not take it into the edition, hold it for an editor
    #[arg(long, conflicts_with = "no_hold")]
    hold: bool,
    /// Before there is a draft: take it after all
    #[arg(long)]
    no_hold: bool,
    #[command(flatten)]
    target: Target,
}

pub(super) async fn run(app: &App, actor: Actor, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Items { which, json } => {
            let (_, edition) = find(app, &which, Wanted::Shapable).await?;
            show(app, &edition, json).await
        }
        Command::Edit(args) => edit(app, actor, args).await,
        Command::Item(args) => item(app, actor, *args).await,
        Command::Order { articles, to, target } => {
            let before = target.find(app, Wanted::Draft).await?;
            let articles: Vec<ArticleId> = articles.into_iter().map(ArticleId).collect();
            let after = editions::reorder(app, actor, before.id, target.seen.revision, &articles, to).await?;
            done(app, &before, &after, target.seen.json).await
        }
        Command::Add { articles, at, target } => {
            let before = target.find(app, Wanted::Draft).await?;
            let mut after = before.clone();
            let mut seen = target.seen.revision;
            for (index, article) in (0..).zip(articles) {
                let at = at.map(|at| at + index);
                after = editions::add(app, actor, before.id, seen, ArticleId(article), at).await?;
                seen = Some(after.revision);
            }
            done(app, &before, &after, target.seen.json).await
        }
        Command::Remove { articles, dismiss, reason, target } => {
            let before = target.find(app, Wanted::Draft).await?;
            let removal = if dismiss { Removal::Dismiss(reason) } else { Removal::Back };
            let mut after = before.clone();
            let mut seen = target.seen.revision;
            for article in articles {
                after = editions::remove(app, actor, before.id, seen, ArticleId(article), &removal).await?;
                seen = Some(after.revision);
            }
            done(app, &before, &after, target.seen.json).await
        }
        Command::Refresh { articles, target } => {
            let before = target.find(app, Wanted::Draft).await?;
            let mut after = before.clone();
            let mut seen = target.seen.revision;
            for article in articles {
                after = editions::refresh(app, actor, before.id, seen, ArticleId(article)).await?;
                seen = Some(after.revision);
            }
            done(app, &before, &after, target.seen.json).await
        }
        Command::TakeIn { target } => {
            let before = target.find(app, Wanted::Draft).await?;
            let after = editions::take_in(app, actor, before.id, target.seen.revision).await?;
            done(app, &before, &after, target.seen.json).await
        }
        Command::DraftAgain { target } => {
            let before = target.find(app, Wanted::Draft).await?;
            let too_little = |waits: String| Failure::failed(format!("{waits}; the draft stays as it is"));
            match editions::draft_again(app, actor, before.id, target.seen.revision).await? {
                Claimed::Drafted(after) => done(app, &before, &after, target.seen.json).await,
                Claimed::Empty => Err(too_little("no story waits".to_owned())),
                Claimed::BelowMinimum { have, need } => {
                    let waits = if have == 1 { "waits" } else { "wait" };
                    let stories = counted(usize::try_from(have).unwrap_or_default(), "story", "stories");
                    Err(too_little(format!("{stories} {waits}, and an edition needs {need}")))
                }
            }
        }
        Command::Rerank { target } => {
            let before = target.find(app, Wanted::Draft).await?;
            let after = editions::rerank(app, actor, before.id, target.seen.revision).await?;
            done(app, &before, &after, target.seen.json).await
        }
    }
}

impl Target {
    async fn find(&self, app: &App, wanted: Wanted) -> Result<Edition, Failure> {
        let which = Which { edition: self.edition.clone(), of: Of { publication: self.of.publication.clone() } };
        Ok(find(app, &which, wanted).await?.1)
    }
}

async fn done(app: &App, before: &Edition, after: &Edition, json: bool) -> Result<ExitCode, Failure> {
    if json {
        return show(app, after, true).await;
    }
    if after.revision == before.revision {
        say(format!("edition {} is as it was, at revision {}", after.label, after.revision));
        return Ok(ExitCode::SUCCESS);
    }
    let was_approved = before.state == EditionState::Approved && after.state == EditionState::Drafted;
    let void = if was_approved { "; its approval is void" } else { "" };
    say(format!("edition {} is at revision {}, {}{void}", after.label, after.revision, after.state));
    Ok(ExitCode::SUCCESS)
}

async fn show(app: &App, edition: &Edition, json: bool) -> Result<ExitCode, Failure> {
    let mut tx = app.db.read().await?;
    let items = editions::list_items(&mut tx, edition.id).await?;
    let changed = editions::list_changed(&mut tx, &items).await?;
    drop(tx);
    let intents = editions::list_intents(app, Actor::Console, edition.id).await?;
    if json {
        say_json(&serde_json::json!({ "edition": edition, "items": items, "changed": changed, "intents": intents }))?;
        return Ok(ExitCode::SUCCESS);
    }
    say(format!("edition {}: {}, revision {}", edition.label, edition.state, edition.revision));
    if is_before_the_draft(edition) {
        say_intents(&intents)
    } else {
        say_items(&items, &changed)
    }
    Ok(ExitCode::SUCCESS)
}

const fn is_before_the_draft(edition: &Edition) -> bool {
    matches!(edition.state, EditionState::Planned | EditionState::Collecting)
}

async fn edit(app: &App, actor: Actor, args: EditArgs) -> Result<ExitCode, Failure> {
    let (_, before) = find(app, &args.which, Wanted::Draft).await?;
    let note = match &args.note_file {
        Some(file) => Some(read(file)?),
        None => args.note,
    };
    let choice = args.subject_choice.map(SubjectChange::Choice);
    let change =
        EditionChange { subject: args.subject.map(SubjectChange::Own).or(choice), preheader: args.preheader, note };
    if change == EditionChange::default() {
        return words(&before, args.seen.json);
    }
    let after = editions::change_edition(app, actor, before.id, args.seen.revision, &change).await?;
    done(app, &before, &after, args.seen.json).await
}

/// What is longer than any note may be is refused by its length without reading on.
const NOTE_FILE_BYTES_MAX: u64 = 256 * 1024;

fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(NOTE_FILE_BYTES_MAX).read_to_string(&mut text).context("standard input cannot be read")
    } else {
        std::fs::File::open(file)
            .and_then(|opened| opened.take(NOTE_FILE_BYTES_MAX).read_to_string(&mut text))
            .with_context(|| format!("{} cannot be read", file.display()))
    };
    read?;
    Ok(text)
}

/// The present words, and the subjects to choose from.
fn words(edition: &Edition, json: bool) -> Result<ExitCode, Failure> {
    if json {
        say_json(edition)?;
        return Ok(ExitCode::SUCCESS);
    }
    let by = |who: &Option<String>| who.as_ref().map(|who| format!(" (by {who})")).unwrap_or_default();
    say(format!("edition {}: {}, revision {}", edition.label, edition.state, edition.revision));
    say(format!("subject    {}{}", harmless(&edition.subject), by(&edition.subject_by)));
    for (subject, number) in edition.subjects.iter().zip(1..) {
        say(format!("  {number}        {}", harmless(subject)));
    }
    say(format!("preheader  {}{}", harmless(&edition.preheader), by(&edition.preheader_by)));
    say(format!("note       {}", if edition.note.is_empty() { "none".to_owned() } else { harmless(&edition.note) }));
    Ok(ExitCode::SUCCESS)
}

async fn item(app: &App, actor: Actor, args: ItemArgs) -> Result<ExitCode, Failure> {
    let before = args.target.find(app, Wanted::Shapable).await?;
    let (seen, json, article) = (args.target.seen.revision, args.target.seen.json, ArticleId(args.article));
    let pin = args.pin.map(Pin::At).or(args.unpin.then_some(Pin::Free));
    let image = args.image.map(|word| match word.as_str() {
        "own" | "" => ImageChange::Own,
        "none" => ImageChange::None,
        _ => ImageChange::This { url: word, alt: args.alt, caption: args.caption, credit: args.credit },
    });
    let after = if is_before_the_draft(&before) {
        if args.place.is_some() || args.section.is_some() {
            return Err(Failure::usage(format!(
                "edition {} has no draft yet: --place and --section can be said once it has; --pin and --hide now",
                before.label
            )));
        }
        let decided = |yes: bool, no: bool| yes.then_some(true).or(no.then_some(false));
        let change = IntentChange {
            headline: args.headline,
            excerpt: args.excerpt,
            note: args.note,
            image,
            pin,
            hidden: decided(args.hide, args.show),
            held: decided(args.hold, args.no_hold),
        };
        editions::set_intent(app, actor, before.id, seen, article, &change).await?
    } else {
        if args.hold || args.no_hold {
            return Err(Failure::usage(format!(
                "edition {} is drafted: `lamplighter edition remove {article}` takes the story out, and `lamplighter \
                 article hold {article}` then holds it",
                before.label
            )));
        }
        let place = match args.place {
            Some(PlaceArg::Auto) => Some(Place::Auto),
            Some(PlaceArg::Top) => Some(Place::Top),
            Some(PlaceArg::Full) => Some(Place::Full),
            Some(PlaceArg::Headline) => Some(Place::Headline),
            Some(PlaceArg::Hidden) => Some(Place::Hidden),
            None => args.hide.then_some(Place::Hidden).or(args.show.then_some(Place::Auto)),
        };
        let (headline, excerpt, note, section) = (args.headline, args.excerpt, args.note, args.section);
        let change = ItemChange { headline, excerpt, note, image, section, pin, place };
        editions::change_item(app, actor, before.id, seen, article, &change).await?
    };
    done(app, &before, &after, json).await
}
