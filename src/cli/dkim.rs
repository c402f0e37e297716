//! `lamplighter dkim ...`: keys that mails are signed with, and what DNS must say about them.

use super::exit::Failure;
use super::output::{note, say, say_json};
use crate::config::{Config, Overrides, is_selector};
use crate::mail::dkim::{Algorithm, Identity, Key, Signer, txt_strings};
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
#[command(after_help = "Examples:\n  lamplighter dkim key --selector lamp2026\n  \
                        lamplighter dkim key --selector lamp2026-ed --algorithm ed25519\n  lamplighter dkim record")]
pub(super) enum Command {
    /// Make a key in a file of its own, and show the DNS record to publish
    #[command(visible_alias = "new")]
    Key {
        /// The name of the key in DNS; a new key wants a new one
        #[arg(long)]
        selector: String,
        /// Ed25519 is quicker, but many receivers know RSA alone: use it beside an RSA key
        #[arg(long, value_enum, default_value = "rsa")]
        algorithm: Kind,
        /// Without it dkim-SELECTOR.pem beside the configuration; never overwritten
        #[arg(long)]
        file: Option<PathBuf>,
        /// The domain that signs; without it that of mail.from in the configuration
        #[arg(long)]
        domain: Option<String>,
    },
    /// Show the DNS records of the keys in the configuration
    Record {
        /// One of them
        #[arg(long)]
        selector: Option<String>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Kind {
    Rsa,
    Ed25519,
}

pub(super) fn run(config: &Path, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Key { selector, algorithm, file, domain } => make(config, selector, algorithm, file, domain),
        Command::Record { selector, json } => show(config, selector.as_deref(), json),
    }
}

fn make(
    config: &Path,
    selector: String,
    algorithm: Kind,
    file: Option<PathBuf>,
    domain: Option<String>,
) -> Result<ExitCode, Failure> {
    if !is_selector(&selector) {
        return Err(Failure::usage("--selector takes letters, digits and hyphens, such as lamp2026"));
    }
    let domain = match domain {
        Some(domain) => domain,
        None => Config::load(config, &Overrides::from_environment())?.mail.domain().to_owned(),
    };
    let name = file.unwrap_or_else(|| PathBuf::from(format!("dkim-{selector}.pem")));
    let path = config.parent().unwrap_or(Path::new("")).join(&name);
    let algorithm = match algorithm {
        Kind::Rsa => Algorithm::Rsa,
        Kind::Ed25519 => Algorithm::Ed25519,
    };
    let (key, pem) = Key::generate(algorithm).map_err(Failure::failed)?;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).with_context(|| {
            let next = "a key is never overwritten, choose another --selector or --file";
            format!("{} cannot be written; {next}", path.display())
        })?;
    file.write_all(pem.as_bytes())?;
    file.sync_all()?;
    let identity = Identity { selector, domain: domain.to_ascii_lowercase(), key };
    note(format_args!("wrote {}. Publish this record:\n", path.display()));
    say(zone_line(&identity)?);
    note(format_args!(
        "\nThen add to {}:\n\n[[mail.dkim]]\nselector = {:?}\nkey_file = {:?}\ndomain = {:?}\n\n\
         and start the service anew. `lamplighter dkim record` shows the record again.",
        config.display(),
        identity.selector,
        name.display().to_string(),
        identity.domain,
    ));
    Ok(ExitCode::SUCCESS)
}

fn show(config: &Path, selector: Option<&str>, json: bool) -> Result<ExitCode, Failure> {
    let loaded = Config::load(config, &Overrides::from_environment())?;
    let signer = Signer::from_config(&loaded.mail).map_err(Failure::failed)?;
    let all = signer.as_ref().map(Signer::identities).unwrap_or_default();
    let chosen: Vec<&Identity> =
        all.iter().filter(|it| selector.is_none_or(|selector| it.selector == selector)).collect();
    if chosen.is_empty() {
        let what = selector.map_or_else(|| "no key".to_owned(), |selector| format!("no key {selector}"));
        return Err(Failure::failed(format!(
            "{what} is set up: {} has no such [[mail.dkim]]; make one by `lamplighter dkim key --selector NAME`",
            config.display()
        )));
    }
    if json {
        let records = chosen.into_iter().map(Record::of).collect::<Result<Vec<_>, Failure>>()?;
        say_json(&records)?;
    } else {
        for identity in chosen {
            say(zone_line(identity)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(serde::Serialize)]
struct Record {
    selector: String,
    domain: String,
    name: String,
    text: String,
    /// The same in strings of at most 255 bytes.
    strings: Vec<String>,
}

impl Record {
    fn of(identity: &Identity) -> Result<Self, Failure> {
        let text = identity.key.record().map_err(Failure::failed)?;
        Ok(Self {
            selector: identity.selector.clone(),
            domain: identity.domain.clone(),
            name: identity.record_name(),
            strings: txt_strings(&text),
            text,
        })
    }
}

/// As a zone file has it; forms of DNS hosts take the name and the quoted strings.
fn zone_line(identity: &Identity) -> Result<String, Failure> {
    let record = Record::of(identity)?;
    let strings: Vec<String> = record.strings.iter().map(|string| format!("\"{string}\"")).collect();
    Ok(format!("{}. IN TXT ( {} )", record.name, strings.join(" ")))
}
