//! `lamplighter inspect page ...`: what the reader sees on an article's page, and a place to try selectors.

use super::exit::Failure;
use super::inspect::{limits, read};
use super::output::{harmless, note, say, say_json, wants_json};
use crate::base::{Context, Selectors};
use crate::gather::{self, InspectedPage};
use anyhow::Context as _;
use clap::Args;
use std::path::Path;
use std::process::ExitCode;
use url::Url;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  lamplighter inspect page https://news.example/2026/harbour\n  lamplighter inspect page saved.html --url https://news.example/2026/harbour --json\n  lamplighter inspect page saved.html --select body='div.story > p' --select credit=.photographer --remove .box\n  lamplighter inspect page saved.html --selectors selectors.toml"
)]
pub(super) struct Page {
    /// A file, a web address, or - for standard input
    #[arg(value_name = "FILE_OR_URL")]
    source: String,
    /// The address of a page that comes from a file
    #[arg(long, value_name = "URL", value_parser = whole_address)]
    url: Option<Url>,
    /// Print JSON, as it is done anyway where the output is no terminal
    #[arg(long)]
    json: bool,
    /// Print for people, even where the output is no terminal
    #[arg(long, conflicts_with = "json")]
    text: bool,
    /// Where a field stands: title, authors, published, section, image, caption, credit or body
    #[arg(long, value_name = "FIELD=CSS")]
    select: Vec<String>,
    /// What is taken out of the page first
    #[arg(long, value_name = "CSS")]
    remove: Vec<String>,
    /// The same from a TOML or JSON file, or as JSON
    #[arg(long, value_name = "FILE_OR_JSON")]
    selectors: Option<String>,
}

pub(super) async fn run(config: &Path, page: Page) -> Result<ExitCode, Failure> {
    let selectors = selectors(&page)?;
    let source = &page.source;
    let is_address = Url::parse(source).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let (bytes, content_type, found_at) = if is_address {
        let fetched = gather::fetch::fetch_url(&limits(config)?, source, Context::system().now())
            .await
            .map_err(|error| Failure::failed(format!("{source}: {error}")))?;
        (fetched.body, fetched.content_type, Some(fetched.url))
    } else {
        (read(source)?, None, None)
    };
    let url = page.url.or(found_at);
    let seen = gather::inspect_page(&bytes, content_type.as_deref(), url.as_ref(), &selectors)
        .map_err(|error| Failure::failed(format!("{source}: {error}")))?;
    for it in &seen.unmatched {
        note(format_args!(
            "{}: {} matches nothing; shown is what is read without it",
            it.field,
            harmless(&it.selector)
        ));
    }
    if wants_json(page.json, page.text) {
        say_json(&seen)?;
    } else {
        print(&seen);
    }
    Ok(ExitCode::SUCCESS)
}

fn whole_address(typed: &str) -> Result<Url, &'static str> {
    let url = Url::parse(typed).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or("write the whole address, https://...")
}

fn selectors(page: &Page) -> Result<Selectors, Failure> {
    let mut selectors = match &page.selectors {
        None => Selectors::default(),
        Some(given) => {
            let (name, text) = if given.trim_start().starts_with('{') {
                ("--selectors", given.clone())
            } else {
                let text = std::fs::read_to_string(given).with_context(|| format!("{given} cannot be read"))?;
                (given.as_str(), text)
            };
            let parsed = if text.trim_start().starts_with('{') {
                serde_json::from_str(&text).map_err(|error| error.to_string())
            } else {
                toml::from_str(&text).map_err(|error| error.to_string())
            };
            parsed.map_err(|error| Failure::failed(format!("{name}: {error}")))?
        }
    };
    for given in &page.select {
        let wrong = || Failure::usage(format!("--select {given:?}: write FIELD=CSS, for example body='div.story > p'"));
        let (field, css) = given.split_once('=').ok_or_else(wrong)?;
        let place = match field.trim() {
            "title" => &mut selectors.title,
            "authors" => &mut selectors.authors,
            "published" => &mut selectors.published,
            "section" => &mut selectors.section,
            "image" => &mut selectors.image,
            "caption" => &mut selectors.caption,
            "credit" => &mut selectors.credit,
            "body" => &mut selectors.body,
            other => {
                let known = "title, authors, published, section, image, caption, credit and body";
                return Err(Failure::usage(format!("--select {other}: there is no such field; there are {known}")));
            }
        };
        *place = Some(css.trim().to_owned());
    }
    selectors.remove.extend(page.remove.iter().cloned());
    selectors.check().map_err(Failure::failed)?;
    Ok(selectors)
}

fn print(page: &InspectedPage) {
    let field = |name: &str, value: &str| {
        let value = harmless(value);
        say(format!("{name:<10} {}", if value.is_empty() { "-" } else { &value }));
    };
    field("title", &page.title);
    field("authors", &page.authors.join("; "));
    field("published", page.published.as_deref().unwrap_or_default());
    field("updated", page.updated.as_deref().unwrap_or_default());
    field("section", &page.section);
    field("address", page.canonical.as_deref().unwrap_or_default());
    field("language", &format!("{} {}", page.language, page.direction));
    field("length", &format!("{} words, {} min", page.word_count, page.reading_minutes));
    let image = page.image.clone().unwrap_or_default();
    field("image", &image.url);
    field("caption", &image.caption);
    field("credit", &image.credit);
    field("excerpt", &page.excerpt);
    for related in &page.related {
        field("related", &format!("{} <{}>", related.title, related.url));
    }
    say("");
    if page.body_text.is_empty() {
        say("No text was found; say where it stands: --select body=CSS");
    } else {
        say(harmless(&page.body_text));
    }
}
