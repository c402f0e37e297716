//! `lamplighter source add --discover` and `source test`: asking a site before anything is stored.

use super::unread;
use crate::app::App;
use crate::base::text::{counted, cut_at_word};
use crate::cli::exit::Failure;
use crate::cli::output::{note, say, say_json, say_table};
use crate::gather::InspectedEntry;
use crate::gather::discover::{self, Discovered, Offer, Probed};
use crate::gather::fetch::Fetcher;
use crate::gather::sources::{self, SourceError};
use crate::operators::Actor;
use crate::publications::SourceKind;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

/// Articles that a test shows.
const SHOWN_MAX: usize = 10;

fn spinner() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{spinner} {elapsed} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Looks for everything a site offers, and shows it unless it goes out as JSON.
pub(super) async fn discover(app: &App, site: &str, json: bool) -> Result<Discovered, Failure> {
    let fetcher = Fetcher::new(&app.config).map_err(Failure::failed)?;
    let bar = spinner();
    let found = discover::discover(&fetcher, site, app.now(), &|address| bar.set_message(address.to_owned())).await;
    bar.finish_and_clear();
    let found = found.map_err(|error| unread(site, error))?;
    if !json {
        let title =
            if found.title.is_empty() { String::new() } else { format!(" ({})", cut_at_word(&found.title, 60)) };
        say(format!("{}{title}: {} asked for", found.site, counted(found.questions, "address", "addresses")));
        let numbered = (1..).zip(&found.offers).map(|(number, offer)| {
            let mut cells = vec![number.to_string()];
            cells.extend(cells_of(offer));
            cells
        });
        if !found.offers.is_empty() {
            let headings =
                ["", "KIND", "ENTRIES", "NEWEST", "TEXT", "IMAGES", "AUTHORS", "SECTIONS", "ADDRESS", "REMARK"];
            say_table(&headings, &numbered.collect::<Vec<_>>());
            say(format!("recommended: 1, for {}", found.reason));
        }
    }
    Ok(found)
}

fn cells_of(offer: &Offer) -> Vec<String> {
    let tick = |holds: bool| if holds { "yes" } else { "-" }.to_owned();
    let text = match (offer.has_full_text, offer.has_titles) {
        (true, _) => "full",
        (false, true) => "short",
        (false, false) => "-",
    };
    vec![
        offer.kind.to_string(),
        offer.entries.to_string(),
        offer.newest.clone().unwrap_or_else(|| "-".to_owned()),
        text.to_owned(),
        tick(offer.has_images),
        tick(offer.has_authors),
        tick(offer.has_sections),
        offer.url.clone(),
        offer.remark.clone(),
    ]
}

/// The offer to take: the recommended one, or at a terminal the one that is typed. None if there is none.
pub(super) fn choose(found: &Discovered, is_settled: bool) -> Result<Option<&Offer>, Failure> {
    let Some(best) = found.offers.first() else { return Ok(None) };
    let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if is_settled || !is_terminal || found.offers.len() < 2 {
        return Ok(Some(best));
    }
    note(format_args!("which one? Enter for 1, or a number up to {}, or q to add nothing", found.offers.len()));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    match line.trim() {
        "" => Ok(Some(best)),
        typed => typed
            .parse::<usize>()
            .ok()
            .and_then(|number| found.offers.get(number.checked_sub(1)?))
            .map(Some)
            .ok_or_else(|| Failure::usage("nothing was added")),
    }
}

/// Asks a source that is known, or any address, and shows what it gives.
pub(super) async fn test(app: &App, name: &str, kind: Option<SourceKind>, json: bool) -> Result<ExitCode, Failure> {
    let known = sources::try_out(app, Actor::Console, name).await;
    let (url, kind, selectors) = match known {
        Ok(source) => (source.url, kind.or(Some(source.kind)), source.selectors),
        Err(error @ SourceError::Unknown { .. }) if !name.contains(['.', ':', '/']) => {
            return Err(Failure::usage(error));
        }
        Err(SourceError::Unknown { .. }) => (address(name), kind, crate::base::Selectors::default()),
        Err(other) => return Err(Failure::failed(other)),
    };
    let fetcher = Fetcher::new(&app.config).map_err(Failure::failed)?;
    let bar = spinner();
    bar.set_message(url.clone());
    let probed = discover::probe(&fetcher, kind, &url, &selectors, app.now()).await;
    bar.finish_and_clear();
    let probed = probed.map_err(|error| unread(&url, error))?;
    let offer = discover::Offer::of_probed(&probed, app.now());
    if json {
        let entries: Vec<InspectedEntry> = probed.entries.into_iter().map(InspectedEntry::from).collect();
        let (bozo, from, moved_to) = (probed.bozo, probed.answered_by, probed.moved_to);
        say_json(&serde_json::json!({
            "gives": offer, "answered_by": from, "moved_to": moved_to, "bozo": bozo, "entries": entries,
        }))?;
    } else {
        say_probed(&probed, &offer);
    }
    Ok(ExitCode::SUCCESS)
}

/// As a browser would take what is typed.
fn address(typed: &str) -> String {
    if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") }
}

fn say_probed(probed: &Probed, offer: &Offer) {
    let holds: Vec<&str> = [
        (offer.has_full_text, "whole texts"),
        (offer.has_images, "pictures"),
        (offer.has_authors, "authors"),
        (offer.has_sections, "sections"),
    ]
    .into_iter()
    .filter_map(|(holds, what)| holds.then_some(what))
    .collect();
    let holds = if holds.is_empty() { "titles and addresses alone".to_owned() } else { holds.join(", ") };
    say(format!("{} ({}): {} with {holds}", probed.url, probed.kind, counted(offer.entries, "entry", "entries")));
    if probed.answered_by != probed.url && probed.kind != SourceKind::Wordpress {
        say(format!("  answered by {}", probed.answered_by));
    }
    if !offer.remark.is_empty() {
        say(format!("  {}", offer.remark));
    }
    let rows: Vec<Vec<String>> = probed
        .entries
        .iter()
        .take(SHOWN_MAX)
        .map(|entry| {
            let dated = entry.published.or(entry.updated).map_or_else(|| "-".to_owned(), |at| at.rfc3339());
            let title =
                if entry.title.is_empty() { entry.link.clone().unwrap_or_default() } else { entry.title.clone() };
            vec![
                dated,
                cut_at_word(&title, 70),
                cut_at_word(&entry.authors.join(", "), 30),
                cut_at_word(&entry.categories.join(", "), 30),
            ]
        })
        .collect();
    if !rows.is_empty() {
        say_table(&["DATED", "TITLE", "AUTHORS", "SECTIONS"], &rows);
    }
    if probed.entries.len() > SHOWN_MAX {
        say(format!("and {} more; --json shows all", probed.entries.len() - SHOWN_MAX));
    }
}
