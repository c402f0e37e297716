//! The feed: RSS 2.0 as WordPress writes it, habits included.
//!
//! The description is cut at 55 words with `[&#8230;]` and followed by "The post ... appeared first on ..."; the guid is
//! `/?p=123` and no permalink; the whole article with its picture, its related articles and the call to subscribe
//! stands in `content:encoded`. A reader of feeds has to cope with all of that.

use super::articles::Article;
use super::{SITE_NAME, Site};
use crate::base::Timestamp;
use askama::Template;
use chrono_tz::Tz;

const DESCRIPTION_WORDS_MAX: usize = 55;

#[derive(Template)]
#[template(path = "demo/feed.xml")]
struct Feed<'a> {
    site: &'a Site,
    name: &'static str,
    built: String,
    items: Vec<Item<'a>>,
}

struct Item<'a> {
    article: &'a Article,
    link: String,
    published: String,
    description: String,
    content: String,
}

#[derive(Template)]
#[template(path = "demo/content.html")]
struct Content<'a> {
    site: &'a Site,
    article: &'a Article,
    related: Vec<&'a Article>,
    subscribe_url: String,
}

#[derive(Template)]
#[template(path = "demo/description.html")]
struct Description<'a> {
    base_url: &'a str,
    name: &'static str,
    article: &'a Article,
    link: &'a str,
    opening: String,
}

pub(super) fn render(site: &Site) -> Result<String, askama::Error> {
    let items = site.articles.iter().filter(|article| article.is_of_today()).map(|article| item(site, article));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    Feed { site, name: SITE_NAME, built: rfc_2822(site.now, site.zone), items }.render()
}

fn item<'a>(site: &'a Site, article: &'a Article) -> Result<Item<'a>, askama::Error> {
    let link = format!("{}{}", site.base_url, article.path());
    let text: Vec<&str> = article.paragraphs().flat_map(str::split_whitespace).take(DESCRIPTION_WORDS_MAX).collect();
    let description =
        Description { base_url: &site.base_url, name: SITE_NAME, article, link: &link, opening: text.join(" ") };
    let description = in_cdata(&description.render()?);
    let content = in_cdata(&content(site, article)?);
    Ok(Item { article, published: rfc_2822(article.published_at, site.zone), link, description, content })
}

/// The article as markup: what the feed carries whole and the article page shows.
pub(super) fn content(site: &Site, article: &Article) -> Result<String, askama::Error> {
    let related = article.related.iter().filter_map(|id| site.articles.iter().find(|known| known.id == *id)).collect();
    Content { site, article, related, subscribe_url: (site.subscribe_url)() }.render()
}

/// XML 1.0 section 2.7: `]]>` ends the section wherever it stands.
fn in_cdata(text: &str) -> String {
    text.trim().replace("]]>", "]]]]><![CDATA[>")
}

/// RFC 822 as RSS wants it, with a year of four digits.
fn rfc_2822(at: Timestamp, zone: Tz) -> String {
    at.in_zone(zone).format("%a, %d %b %Y %H:%M:%S %z").to_string()
}
