//! JSON Feed 1.0 and 1.1 (jsonfeed.org), with numbers where text should be, and cut documents; RSS written as JSON.

use super::entry::AUTHORS_MAX;
use super::{Enclosure, Entry, Feed, FeedError, dates, resolve, text};
use crate::base::limits;
use crate::gather::html::Image;
use chrono_tz::Tz;
use serde_json::Value;
use url::Url;

pub(super) fn read(document: &str, base: Option<&Url>, zone: Tz) -> Result<Feed, FeedError> {
    let mut bozo = None;
    let (head, items) = match serde_json::from_str::<Value>(document) {
        Ok(Value::Object(mut head)) => {
            if let Some(channel) = head.get("rss").and_then(|rss| rss.get("channel")) {
                return Ok(read_rss(channel, base, zone));
            }
            let items = head.remove("items").or_else(|| head.remove("entries"));
            if items.is_none() && !head.contains_key("version") {
                return Err(not_a_feed("a JSON document without \"items\""));
            }
            let items = match items {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            };
            (Value::Object(head), items)
        }
        Ok(_) => return Err(not_a_feed("a JSON document that is no object")),
        Err(error) => {
            bozo = Some(format!("not valid JSON: {error}"));
            let (head, items) = complete_items(document);
            if items.is_empty() {
                return Err(not_a_feed(&format!("not valid JSON ({error})")));
            }
            (head, items)
        }
    };
    let link = string(&head, "home_page_url").and_then(|link| resolve(base, &link));
    let feed_base = base.cloned().or_else(|| link.as_deref().and_then(|link| Url::parse(link).ok()));
    let authors = people(&head);
    let entries = items.iter().take(limits::FEED_ENTRIES_MAX).filter(|it| it.is_object());
    Ok(Feed {
        title: text::plain(&string(&head, "title").unwrap_or_default()),
        link,
        language: string(&head, "language").unwrap_or_default(),
        next: string(&head, "next_url").and_then(|next| resolve(base, &next)),
        entries: entries.map(|item| read_item(item, feed_base.as_ref(), &authors, zone)).collect(),
        bozo,
    })
}

fn not_a_feed(found: &str) -> FeedError {
    FeedError::NotAFeed { reason: format!("{found}; give the address of an RSS, Atom or JSON feed") }
}

/// Of a document that does not read as a whole: the items that do, one after another, and what stands before them.
fn complete_items(document: &str) -> (Value, Vec<Value>) {
    let clean: String = document.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let Some((head, items)) = clean.split_once("\"items\"") else { return (Value::Null, Vec::new()) };
    let head = serde_json::from_str(&format!("{}}}", head.trim_end().trim_end_matches(','))).unwrap_or(Value::Null);
    let mut rest = items.trim_start().trim_start_matches(':').trim_start().trim_start_matches('[');
    let mut found = Vec::new();
    while found.len() < limits::FEED_ENTRIES_MAX {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let Some(Ok(item)) = stream.next() else { break };
        rest = rest.get(stream.byte_offset()..).unwrap_or_default();
        found.push(item);
    }
    (head, found)
}

fn read_item(item: &Value, base: Option<&Url>, feed_authors: &[String], zone: Tz) -> Entry {
    let link = |name: &str| string(item, name).and_then(|link| resolve(base, &link));
    let id = string(item, "id");
    let permalink = id.clone().filter(|id| id.starts_with("http"));
    let authors = people(item);
    let image = link("image").or_else(|| link("banner_image")).filter(|url| url.starts_with("http"));
    let attachments = item.get("attachments").and_then(Value::as_array);
    let plain = string(item, "content_text").map(|text| paragraphs(&text));
    Entry {
        link: link("url").or_else(|| link("external_url")).or(permalink),
        other_links: Vec::new(),
        id,
        title: text::plain(&string(item, "title").unwrap_or_default()),
        authors: if authors.is_empty() { feed_authors.to_vec() } else { authors },
        published: string(item, "date_published").and_then(|date| dates::parse(&date, zone)),
        updated: string(item, "date_modified").and_then(|date| dates::parse(&date, zone)),
        summary: string(item, "summary").map(|text| paragraphs(&text)),
        content: string(item, "content_html").or(plain),
        categories: strings(item.get("tags")),
        image: image.map(|url| Image { url, ..Image::default() }),
        enclosures: attachments.into_iter().flatten().filter_map(|it| enclosure(it, base)).collect(),
        language: string(item, "language").unwrap_or_default(),
        ..Entry::default()
    }
}

/// RSS written as JSON: the elements of RSS 2.0 as the members of objects, `item` a list or a single one.
fn read_rss(channel: &Value, base: Option<&Url>, zone: Tz) -> Feed {
    let items = match channel.get("item") {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let read_item = |item: &Value| {
        let guid = item.get("guid").map(|guid| (string(item, "guid").or_else(|| string(guid, "#value")), guid));
        let is_permalink = guid.as_ref().is_none_or(|(_, guid)| guid.get("isPermaLink").is_none_or(|it| it != "false"));
        let id = guid.and_then(|(id, _)| id);
        let permalink = id.clone().filter(|id| is_permalink && id.starts_with("http"));
        Entry {
            link: string(item, "link").and_then(|link| resolve(base, &link)).or(permalink),
            id,
            title: text::plain(&string(item, "title").unwrap_or_default()),
            authors: string(item, "author").into_iter().collect(),
            published: string(item, "pubDate").and_then(|date| dates::parse(&date, zone)),
            summary: string(item, "description"),
            categories: string(item, "category").into_iter().chain(strings(item.get("category"))).collect(),
            ..Entry::default()
        }
    };
    Feed {
        title: text::plain(&string(channel, "title").unwrap_or_default()),
        link: string(channel, "link"),
        language: string(channel, "language").unwrap_or_default(),
        entries: items.iter().filter(|it| it.is_object()).take(limits::FEED_ENTRIES_MAX).map(read_item).collect(),
        next: None,
        bozo: None,
    }
}

/// Text as HTML: what follows in this room reads HTML.
fn paragraphs(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let parts: Vec<&str> = escaped.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [one] => one.to_owned(),
        _ => parts.iter().map(|part| format!("<p>{part}</p>")).collect(),
    }
}

fn enclosure(it: &Value, base: Option<&Url>) -> Option<Enclosure> {
    let url = resolve(base, &string(it, "url")?)?;
    let kind = string(it, "mime_type").unwrap_or_default();
    Some(Enclosure { url, kind, length_bytes: it.get("size_in_bytes").and_then(Value::as_i64) })
}

fn string(it: &Value, name: &str) -> Option<String> {
    let text = match it.get(name)? {
        // No other format can hold a NUL, nor can a database's text: kept in a key, it would never be found again.
        Value::String(text) => text.replace('\0', "").trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(|it| text::plain(&it.replace('\0', ""))).filter(|it| !it.is_empty()).collect()
}

/// `authors` of version 1.1 and `author` of 1.0.
fn people(it: &Value) -> Vec<String> {
    let many = it.get("authors").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<String> = many.filter_map(|author| string(author, "name")).take(AUTHORS_MAX).collect();
    if !names.is_empty() {
        return names;
    }
    it.get("author").and_then(|author| string(author, "name")).into_iter().collect()
}
