//! What a page says of its article in JSON-LD (schema.org).
//!
//! It promises the values of one object: the article whose address is the page's own, or else the likeliest. References
//! (`@id`) are followed once. What is of the wrong kind is passed over. Held to it by the tests below.

use super::json;
use super::place::place;
use crate::base::text::collapse_spaces;
use crate::gather::feed::plain;
use serde_json::{Map, Value};
use std::collections::HashMap;

type Object = Map<String, Value>;

/// JSON-LD of one page, in bytes.
const BYTES_MAX: usize = 2 * 1024 * 1024;
/// Objects looked at on one page, and levels of them.
const OBJECTS_MAX: usize = 2000;
const LEVELS_MAX: usize = 6;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Picture {
    pub url: String,
    pub caption: String,
    pub credit: String,
}

/// All may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Linked {
    pub headline: String,
    pub authors: Vec<String>,
    pub published: String,
    pub updated: String,
    pub sections: Vec<String>,
    pub keywords: Vec<String>,
    pub description: String,
    pub pictures: Vec<Picture>,
    pub body: String,
    pub language: String,
    /// Names from the site down to the article, the article left out.
    pub breadcrumb: Vec<String>,
}

/// Reads all blocks of a page.
pub(super) fn read(blocks: &[String], canonical: Option<&str>) -> Linked {
    let mut left = BYTES_MAX;
    let blocks = blocks.iter().take_while(|block| {
        left = left.saturating_sub(block.len());
        left > 0
    });
    let values: Vec<Value> = blocks.flat_map(|block| json::values(block)).collect();
    let mut objects = Vec::new();
    for value in &values {
        collect(value, 0, &mut objects);
    }
    let by_id: HashMap<&str, &Object> =
        objects.iter().filter(|it| it.len() > 1).filter_map(|it| Some((it.get("@id")?.as_str()?, *it))).collect();
    let page = Page { by_id };
    let mut found = Linked::default();
    let articles = objects.iter().filter(|it| rank(it).is_some());
    // The first of the best.
    let best = articles.rev().max_by_key(|it| (is_of(it, canonical), rank(it)));
    if let Some(article) = best {
        page.article(article, &mut found);
    }
    // WordPress writes the dates and the language into the page's own object.
    let web_page = objects.iter().find(|it| has_kind(it, "WebPage") || has_kind(it, "ItemPage"));
    if let Some(web_page) = web_page.filter(|_| best.is_some()) {
        let mut of_page = Linked::default();
        page.article(web_page, &mut of_page);
        for (own, other) in [
            (&mut found.published, of_page.published),
            (&mut found.updated, of_page.updated),
            (&mut found.language, of_page.language),
            (&mut found.description, of_page.description),
        ] {
            if own.is_empty() {
                *own = other;
            }
        }
    }
    let crumbs = objects.iter().filter(|it| has_kind(it, "BreadcrumbList")).map(|it| page.breadcrumb(it, canonical));
    found.breadcrumb = crumbs.max_by_key(Vec::len).unwrap_or_default();
    found
}

fn collect<'a>(value: &'a Value, level: usize, out: &mut Vec<&'a Object>) {
    if level > LEVELS_MAX || out.len() >= OBJECTS_MAX {
        return;
    }
    match value {
        Value::Array(list) => list.iter().for_each(|it| collect(it, level + 1, out)),
        Value::Object(object) => {
            out.push(object);
            for name in ["@graph", "mainEntity", "mainEntityOfPage", "breadcrumb", "hasPart"] {
                if let Some(inner) = object.get(name) {
                    collect(inner, level + 1, out);
                }
            }
        }
        _ => {}
    }
}

fn kinds(object: &Object) -> Vec<&str> {
    match object.get("@type") {
        Some(Value::String(kind)) => vec![bare(kind)],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(bare).collect(),
        _ => Vec::new(),
    }
}

/// `http://schema.org/NewsArticle` and `schema:NewsArticle` are `NewsArticle`.
fn bare(kind: &str) -> &str {
    kind.rsplit(['/', ':', '#']).next().unwrap_or(kind)
}

fn has_kind(object: &Object, kind: &str) -> bool {
    kinds(object).contains(&kind)
}

/// How likely an object of this kind is the article; none if it cannot be.
fn rank(object: &Object) -> Option<u8> {
    let of_kind = |kind: &str| match kind {
        kind if kind.ends_with("NewsArticle") => Some(5),
        "LiveBlogPosting" => Some(4),
        kind if kind.ends_with("Article") || kind.ends_with("BlogPosting") => Some(4),
        "Report" | "SocialMediaPosting" | "Review" | "CriticReview" => Some(2),
        "CreativeWork" => Some(1),
        _ => None,
    };
    let rank = kinds(object).into_iter().filter_map(of_kind).max()?;
    let says = ["headline", "name", "articleBody", "datePublished"].iter().any(|name| object.contains_key(*name));
    says.then_some(rank)
}

/// 2: it names the page's own address; 0: it names another; 1: it names none.
fn is_of(object: &Object, canonical: Option<&str>) -> u8 {
    let own = ["url", "mainEntityOfPage", "@id"].iter().filter_map(|name| address(object.get(*name)?));
    let own: Vec<String> = own.filter(|it| it.starts_with("http")).map(|it| place(&it)).collect();
    match canonical.map(place) {
        Some(canonical) if own.contains(&canonical) => 2,
        Some(_) if !own.is_empty() => 0,
        _ => 1,
    }
}

fn address(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Object(object) => object.get("url").or_else(|| object.get("@id")).and_then(|it| address(&flat(it)?)),
        Value::Array(list) => address(&flat(list.first()?)?),
        _ => None,
    }
}

/// A string, or nothing: keeps [`address`] from going on for ever.
fn flat(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Object(object) => object.get("url").or_else(|| object.get("@id")).filter(|it| it.is_string()).cloned(),
        _ => None,
    }
}

struct Page<'a> {
    by_id: HashMap<&'a str, &'a Object>,
}

impl<'a> Page<'a> {
    /// The object itself, or the one it refers to.
    fn follow(&self, object: &'a Object) -> &'a Object {
        let reference =
            object.get("@id").and_then(Value::as_str).filter(|_| object.len() <= 2 && !object.contains_key("name"));
        reference.and_then(|id| self.by_id.get(id).copied()).unwrap_or(object)
    }

    fn article(&self, object: &'a Object, found: &mut Linked) {
        let text = |name: &str| object.get(name).and_then(|it| self.text(it)).unwrap_or_default();
        found.headline = Some(text("headline")).filter(|it| !it.is_empty()).unwrap_or_else(|| text("name"));
        for name in ["author", "authors", "creator"] {
            if found.authors.is_empty() {
                found.authors = object.get(name).map(|it| self.names(it)).unwrap_or_default();
            }
        }
        found.published =
            Some(text("datePublished")).filter(|it| !it.is_empty()).unwrap_or_else(|| text("dateCreated"));
        found.updated = text("dateModified");
        found.sections = object.get("articleSection").map(|it| self.names(it)).unwrap_or_default();
        found.keywords = object.get("keywords").map(|it| self.names(it)).unwrap_or_default();
        if let [one] = found.keywords.as_slice() {
            found.keywords = one.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
        }
        found.description = text("description");
        for name in ["image", "primaryImageOfPage", "thumbnailUrl"] {
            if found.pictures.is_empty() {
                found.pictures = object.get(name).map(|it| self.pictures(it)).unwrap_or_default();
            }
        }
        found.body = object.get("articleBody").and_then(Value::as_str).unwrap_or_default().to_owned();
        found.language = text("inLanguage");
    }

    /// A string, or the name of an object, or the first of a list.
    fn text(&self, value: &'a Value) -> Option<String> {
        let value = if let Value::Array(list) = value { list.first()? } else { value };
        match value {
            Value::String(text) => Some(plain(text)),
            Value::Number(number) => Some(number.to_string()),
            Value::Object(object) => {
                let object = self.follow(object);
                let name =
                    ["name", "alternateName", "@value", "url"].iter().find_map(|name| object.get(*name)?.as_str());
                name.map(plain)
            }
            _ => None,
        }
        .filter(|text| !text.is_empty())
    }

    /// One name or several.
    fn names(&self, value: &'a Value) -> Vec<String> {
        match value {
            Value::Array(list) => list.iter().filter_map(|it| self.text(it)).collect(),
            Value::Object(object) => match self.follow(object).get("name") {
                Some(Value::Array(list)) => list.iter().filter_map(|it| self.text(it)).collect(),
                _ => self.text(value).into_iter().collect(),
            },
            _ => self.text(value).into_iter().collect(),
        }
    }

    fn pictures(&self, value: &'a Value) -> Vec<Picture> {
        let list = if let Value::Array(list) = value { list.iter().collect() } else { vec![value] };
        list.into_iter().take(20).filter_map(|it| self.picture(it)).collect()
    }

    fn picture(&self, value: &'a Value) -> Option<Picture> {
        let object = match value {
            Value::String(url) => return Some(Picture { url: url.trim().to_owned(), ..Picture::default() }),
            Value::Object(object) => self.follow(object),
            _ => return None,
        };
        let url = ["url", "contentUrl", "thumbnailUrl"].iter().find_map(|name| address(object.get(*name)?))?;
        let text = |name: &str| object.get(name).and_then(|it| self.text(it)).unwrap_or_default();
        let credit = ["creditText", "author", "creator", "copyrightHolder"].iter().map(|name| text(name));
        let caption = ["caption", "description"].iter().map(|name| text(name)).find(|it| !it.is_empty());
        Some(Picture {
            url,
            caption: caption.unwrap_or_default(),
            credit: credit.into_iter().find(|it| !it.is_empty()).unwrap_or_default(),
        })
    }

    fn breadcrumb(&self, list: &'a Object, canonical: Option<&str>) -> Vec<String> {
        let Some(Value::Array(items)) = list.get("itemListElement") else { return Vec::new() };
        let canonical = canonical.map(place);
        let mut names: Vec<(u64, String)> = Vec::new();
        for (at, item) in (0_u64..).zip(items.iter().take(20)) {
            let Value::Object(item) = item else { continue };
            let inner = item.get("item");
            let name = item.get("name").or(inner).and_then(|it| self.text(it)).unwrap_or_default();
            let is_article = inner.and_then(address).is_some_and(|it| Some(place(&it)) == canonical);
            let position = item.get("position").and_then(|it| it.as_u64().or_else(|| it.as_str()?.parse().ok()));
            if !name.is_empty() && !name.starts_with("http") && !is_article {
                names.push((position.unwrap_or(at), collapse_spaces(&name)));
            }
        }
        names.sort_by_key(|(position, _)| *position);
        names.into_iter().map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Linked {
        read(&[json.to_owned()], Some("https://news.example/world/harbour/"))
    }

    #[test]
    fn the_article_with_the_page_s_own_address_is_read_out_of_a_graph() {
        let found = of(r##"{"@context": "https://schema.org", "@graph": [
            {"@type": "NewsArticle", "headline": "Another", "url": "https://news.example/other"},
            {"@type": ["Article", "NewsArticle"], "@id": "https://news.example/world/harbour/#article", "headline": "Harbour &amp; bridge",
             "mainEntityOfPage": {"@id": "https://news.example/world/harbour"}, "author": [{"@id": "#anna"}, {"name": "Ben Ode"}],
             "articleSection": ["World", "Sea"], "image": {"@id": "#image"}, "keywords": "sea, ships", "articleBody": "The harbour opens."},
            {"@type": "Person", "@id": "#anna", "name": "Anna Ray"},
            {"@type": "ImageObject", "@id": "#image", "url": "https://cdn.example/a.jpg", "caption": "The pier", "creditText": "Cy Lee"},
            {"@type": "WebPage", "datePublished": "2026-11-23T18:30:00Z", "inLanguage": "en-GB"},
            {"@type": "BreadcrumbList", "itemListElement": [{"position": 2, "name": "World"}, {"position": "1", "item": {"name": "Home"}},
             {"position": 3, "name": "Harbour", "item": "https://news.example/world/harbour"}]}]}"##);
        assert_eq!(found.headline, "Harbour & bridge");
        assert_eq!(found.authors, ["Anna Ray", "Ben Ode"]);
        assert_eq!(found.sections, ["World", "Sea"]);
        assert_eq!(found.keywords, ["sea", "ships"]);
        assert_eq!(found.published, "2026-11-23T18:30:00Z");
        assert_eq!(found.language, "en-GB");
        assert_eq!(found.breadcrumb, ["Home", "World"]);
        assert_eq!(found.body, "The harbour opens.");
        let picture =
            Picture { url: "https://cdn.example/a.jpg".into(), caption: "The pier".into(), credit: "Cy Lee".into() };
        assert_eq!(found.pictures, [picture]);
    }

    #[test]
    fn authors_come_in_every_shape() {
        for (author, wanted) in [
            (r#""Anna Ray""#, vec!["Anna Ray"]),
            (r#"["Anna Ray", {"@type": "Organization", "name": "The Desk"}]"#, vec!["Anna Ray", "The Desk"]),
            (r#"{"@type": "Person", "name": ["Anna Ray", "Ben Ode"]}"#, vec!["Anna Ray", "Ben Ode"]),
            (r#"{"@type": "Person", "name": null}"#, vec![]),
            ("7", vec!["7"]),
            ("[[]]", vec![]),
        ] {
            let found = of(&format!(r#"{{"@type": "Article", "headline": "x", "author": {author}}}"#));
            assert_eq!(found.authors, wanted, "{author}");
        }
    }

    #[test]
    fn references_that_go_round_and_values_of_the_wrong_kind_do_no_harm() {
        let found = of(
            r##"{"@type": "NewsArticle", "@id": "#a", "headline": {"@id": "#a"}, "author": {"@id": "#a"}, "image": [7, {"url": {"url": {"url": {"url": "x"}}}}]}"##,
        );
        assert!(found.pictures.is_empty());
        assert_eq!(of(&format!("{}{}", "{\"@graph\":[".repeat(60), "]}".repeat(60))), Linked::default());
    }
}
