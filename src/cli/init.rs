//! `lamplighter init [DIR]`

use super::exit::Failure;
use super::output::say;
use super::start;
use crate::app::App;
use crate::config::{self, CONFIG_FILE, Config, Overrides};
use crate::db::Engine;
use crate::mail::EmailAddr;
use crate::operators::accounts::{self, AccountError};
use crate::operators::{Actor, Role, links};
use crate::publications::newsroom_file;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter init\n  lamplighter init /srv/lamplighter --name \"The Harbour Post\" --operator editor@post.example"
)]
pub(super) struct Args {
    /// Where to begin; made if it does not exist
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The newsroom's name
    #[arg(long, default_value = "The Newsroom")]
    name: String,
    /// The address with which the first operator logs in
    #[arg(long, value_name = "ADDRESS", default_value = "editor@newsroom.example")]
    operator: String,
}

const NEWSROOM_FILE: &str = "newsroom.toml";

pub(super) async fn run(args: Args) -> Result<ExitCode, Failure> {
    EmailAddr::parse(&args.operator).map_err(|error| Failure::usage(format!("--operator: {error}")))?;
    std::fs::create_dir_all(&args.dir).with_context(|| format!("{} cannot be made", args.dir.display()))?;
    let path = args.dir.join(CONFIG_FILE);
    if write_new(&path, &config::template(&args.name))? {
        say(format!("wrote {}", path.display()));
    } else {
        say(format!("kept  {} (it was there already)", path.display()));
    }
    let newsroom = args.dir.join(NEWSROOM_FILE);
    if write_new(&newsroom, newsroom_file::template())? {
        say(format!("wrote {}", newsroom.display()));
    } else {
        say(format!("kept  {} (it was there already)", newsroom.display()));
    }
    let config = Config::load(&path, &Overrides::from_environment())?;
    let in_file = Config::load(&path, &Overrides::default()).ok().map(|it| it.database);
    let is_elsewhere = in_file.is_some_and(|it| it.url.expose() != config.database.url.expose());
    let app = start::open(config).await?;
    say(format!(
        "ready the database ({})",
        match app.db.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    ));
    if is_elsewhere {
        say(format!(
            "note  this is the database of LAMPLIGHTER_DATABASE__URL, and {} names another one. Set that variable for every\n      \
             command and for the service, or write its address into {} as url below [database].",
            path.display(),
            path.display()
        ));
    }
    say_operator(&app, &args.operator).await?;
    let here = args.dir == Path::new(".");
    say("\nNext:");
    if !here {
        say(format!("  cd {}", args.dir.display()));
    }
    say("  1. Name your newsletter and your evening in newsroom.toml, then: lamplighter apply newsroom.toml");
    say("  2. Say where its articles are:   lamplighter source add --discover https://your.site");
    say("  3. Look at what comes in:        lamplighter gather");
    say("  4. See tonight's edition:        lamplighter edition draft && lamplighter edition preview");
    say("  5. Catch mail while you try:     lamplighter sink     (in a second terminal)");
    say("  6. Run the service:              lamplighter serve     (then open the link above)");
    Ok(ExitCode::SUCCESS)
}

/// The first administrator, with a link to choose a password by; a new link if none was chosen yet.
async fn say_operator(app: &App, address: &str) -> Result<(), Failure> {
    let token = match accounts::invite(app, Actor::Console, address, "Editor", Role::Admin).await {
        Ok(invited) => {
            say(format!("made  the operator {address}"));
            invited.token
        }
        Err(AccountError::Exists) => {
            let account = accounts::find_by_address(app, Actor::Console, address).await.map_err(Failure::failed)?;
            say(format!("kept  the operator {address}"));
            if account.has_password() || account.is_disabled() {
                return Ok(());
            }
            links::make(app, Actor::Console, account.id).await.map_err(Failure::failed)?
        }
        Err(error) => return Err(Failure::failed(error)),
    };
    say(format!("      choose the password here, once and within 24 hours:\n      {}", links::address(app, &token)));
    say(format!(
        "      (it begins with base_url in {CONFIG_FILE}; if the service is to answer elsewhere, change that, and run\n       lamplighter init again for a link that leads there)"
    ));
    Ok(())
}

/// Never overwrites; answers whether the file was written.
fn write_new(path: &Path, text: &str) -> Result<bool, Failure> {
    use std::io::Write as _;
    match std::fs::File::create_new(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))?;
            Ok(true)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(anyhow::Error::from(error).context(format!("{} cannot be written", path.display())).into()),
    }
}
