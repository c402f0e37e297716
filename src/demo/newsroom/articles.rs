//! The articles, read from the files in `web_templates/demo/articles` that the binary carries.

use crate::base::{Span, Timestamp};
use chrono::{NaiveTime, TimeZone};
use chrono_tz::Tz;

/// Those of today, the newest first once loaded.
const TODAY: [&str; 8] = [
    include_str!("../../../web_templates/demo/articles/ferry-pier.toml"),
    include_str!("../../../web_templates/demo/articles/smoked-herring.toml"),
    include_str!("../../../web_templates/demo/articles/tram-line.toml"),
    include_str!("../../../web_templates/demo/articles/night-market.toml"),
    include_str!("../../../web_templates/demo/articles/lighthouse-keeper.toml"),
    include_str!("../../../web_templates/demo/articles/choir.toml"),
    include_str!("../../../web_templates/demo/articles/comet.toml"),
    include_str!("../../../web_templates/demo/articles/tide-gauge.toml"),
];
const ARCHIVE: &str = include_str!("../../../web_templates/demo/articles/archive.toml");

/// An article as its file has it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Article {
    /// As in `/?p=123`.
    pub id: u32,
    pub slug: String,
    pub title: String,
    pub section: String,
    pub authors: Vec<String>,
    #[serde(default)]
    pub dek: String,
    /// Paragraphs, apart by a blank line.
    body: String,
    pub image: Option<Picture>,
    /// Ids of archive articles.
    #[serde(default)]
    pub related: Vec<u32>,
    /// How far through the day so far it was published: 0 is midnight, 1 is now.
    #[serde(default)]
    hour_share: f64,
    /// For archive articles: whole days before now.
    days_ago: Option<i64>,
    #[serde(skip)]
    pub published_at: Timestamp,
}

/// The one picture of an article, 1200 by 800 pixels.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Picture {
    pub file: String,
    pub alt: String,
    pub caption: String,
    pub credit: String,
}

#[derive(serde::Deserialize)]
struct Archive {
    article: Vec<Article>,
}

impl Article {
    pub fn is_of_today(&self) -> bool {
        self.days_ago.is_none()
    }

    pub fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.body.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
    }

    pub fn first_paragraph(&self) -> &str {
        self.paragraphs().next().unwrap_or_default()
    }

    /// The standfirst; the first paragraph where the editors wrote none.
    pub fn summary(&self) -> &str {
        if self.dek.is_empty() { self.first_paragraph() } else { &self.dek }
    }

    /// `Maren Tolliver and Jory Penhale`
    pub fn byline(&self) -> String {
        self.authors.join(" and ")
    }

    /// `/harbour-trade/old-ferry-pier/`
    pub fn path(&self) -> String {
        format!("/{}/{}/", self.section_slug(), self.slug)
    }

    pub fn section_slug(&self) -> String {
        let words: Vec<String> = self
            .section
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        words.join("-")
    }
}

/// All articles, the newest first, dated as they would be at `now` in `zone`.
///
/// # Errors
/// A file that is not as [`Article`] says; a test reads them all, so a build that passed has none.
pub(super) fn load(now: Timestamp, zone: Tz) -> Result<Vec<Article>, toml::de::Error> {
    let day_so_far = now.since(midnight(now, zone));
    let mut articles = TODAY.iter().map(|text| toml::from_str(text)).collect::<Result<Vec<Article>, _>>()?;
    articles.extend(toml::from_str::<Archive>(ARCHIVE)?.article);
    for article in &mut articles {
        article.published_at = match article.days_ago {
            Some(days) => now - Span::days(days),
            // A share of a day in microseconds is far below the 2^53 that an f64 holds exactly.
            None => now - Span::micros((day_so_far.as_micros() as f64 * (1.0 - article.hour_share)) as i64),
        };
        for text in [&mut article.title, &mut article.dek, &mut article.body] {
            *text = text.replace('\'', "\u{2019}");
        }
    }
    articles.sort_by_key(|article| std::cmp::Reverse(article.published_at));
    Ok(articles)
}

/// The first instant of the local day; half a day ago in a zone whose clocks skip midnight tonight.
fn midnight(now: Timestamp, zone: Tz) -> Timestamp {
    let local = now.in_zone(zone).date_naive().and_time(NaiveTime::MIN);
    zone.from_local_datetime(&local).earliest().map_or(now - Span::hours(12), Timestamp::from)
}
