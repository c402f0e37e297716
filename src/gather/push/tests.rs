//! Reading what newsrooms' programs hand in, the mistaken and the hostile included.

use super::read::{Item, batch};
use super::*;
use crate::base::{Span, Timestamp};
use proptest::prelude::*;
use serde_json::json;

const NOW: Timestamp = Timestamp::from_seconds(1_795_456_800);

fn items(body: Value) -> Vec<Item> {
    batch(body, NOW).unwrap()
}

fn one(body: Value) -> Item {
    items(body).remove(0)
}

fn wrong(item: &Item) -> Vec<(&str, &str)> {
    item.problems.iter().map(|it| (it.field.as_str(), it.code)).collect()
}

fn harbour() -> Value {
    json!({ "id": 17, "url": "https://news.example/harbour", "title": "Harbour opens" })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = harbour();
    body[name] = value;
    body
}

#[test]
fn one_article_a_list_and_an_object_with_a_list_are_read() {
    assert_eq!(items(harbour()).len(), 1);
    assert_eq!(items(json!([harbour(), harbour()])).len(), 2);
    let named = items(json!({ "source": "Desk", "articles": [harbour(), with("source", json!("Wire"))] }));
    assert_eq!(named.iter().map(|it| it.source.as_deref()).collect::<Vec<_>>(), [Some("Desk"), Some("Wire")]);
    for nothing in [json!([]), json!({}), json!({ "articles": [] }), json!({ "articles": 3 }), json!("x"), json!(null)]
    {
        assert!(matches!(batch(nothing, NOW), Err(PushError::NoArticles)));
    }
    assert_eq!(items(Value::Array(vec![harbour(); PUSH_ARTICLES_MAX])).len(), PUSH_ARTICLES_MAX);
    let too_many = batch(Value::Array(vec![harbour(); PUSH_ARTICLES_MAX + 1]), NOW);
    assert!(matches!(too_many, Err(PushError::TooMany(101))));
}

#[test]
fn every_field_reaches_the_entry() {
    let item = one(json!({
        "id": "a-1", "url": "https://news.example/harbour", "title": "Harbour &amp; quay open",
        "authors": ["Anna Ray", { "name": "Ben Ode" }], "section": "Local", "categories": ["Harbour", "local"],
        "dek": "What it costs.", "content_html": "<p>The harbour opens.</p><p>The mayor spoke.</p>",
        "image": { "url": "https://news.example/a.jpg", "alt": "Quay", "caption": "The quay", "credit": "Cy Lee" },
        "published": "2026-11-23T18:00:00+01:00", "updated": "2026-11-23T17:30:00Z", "language": "en-GB",
        "embargo_until": "2026-11-24T06:00:00Z", "source": null,
    }));
    assert_eq!(wrong(&item), []);
    let entry = item.entry;
    assert_eq!((item.id.as_deref(), entry.title.as_str()), (Some("a-1"), "Harbour & quay open"));
    assert_eq!(entry.authors, ["Anna Ray", "Ben Ode"]);
    assert_eq!(entry.categories, ["Local", "Harbour"]);
    assert_eq!(entry.text, "The harbour opens.\n\nThe mayor spoke.");
    assert_eq!(entry.image.unwrap().credit, "Cy Lee");
    assert_eq!(entry.published.unwrap().rfc3339(), "2026-11-23T17:00:00Z");
    assert_eq!(entry.updated.unwrap().rfc3339(), "2026-11-23T17:30:00Z");
    assert_eq!(entry.embargo_until.unwrap().rfc3339(), "2026-11-24T06:00:00Z");
    assert_eq!((entry.summary.as_deref(), entry.language.as_str()), (Some("What it costs."), "en-GB"));
}

#[test]
fn every_mistake_is_named_with_its_place_and_hides_no_other() {
    let bad = json!({
        "id": "x".repeat(201), "url": "javascript:alert(1)", "title": 7, "titel": "x", "authors": ["Anna", 3],
        "image": { "url": "/a.jpg", "size": 3 }, "published": "yesterday", "updated": "2026-11-23T18:00:00",
        "language": "english please", "content_html": ["x"],
    });
    let all = items(json!([harbour(), bad, "not an article"]));
    assert_eq!(wrong(&all[0]), []);
    assert_eq!(
        wrong(&all[1]),
        [
            ("articles[1].titel", "unknown"),
            ("articles[1].id", "id"),
            ("articles[1].url", "address"),
            ("articles[1].title", "type"),
            ("articles[1].authors[1]", "type"),
            ("articles[1].content_html", "type"),
            ("articles[1].image.size", "unknown"),
            ("articles[1].image.url", "address"),
            ("articles[1].published", "time"),
            ("articles[1].updated", "time"),
            ("articles[1].language", "language"),
        ]
    );
    assert!(all[1].problems[0].message.contains("did you mean \"title\"?"));
    assert_eq!(wrong(&all[2]), [("articles[2].", "type")]);
    assert_eq!(wrong(&one(json!({ "id": 1 }))), [("url", "missing"), ("title", "missing")]);
    assert_eq!(wrong(&one(with("image", json!("https://news.example/a.jpg")))), [("image", "type")]);
}

#[test]
fn markup_and_control_characters_are_neither_shown_nor_kept() {
    let item = one(json!({
        "id": "a\u{0}1", "url": "https://news.example/harbour", "title": "<script>alert(1)</script>Harbour\u{0}\n<b>opens</b>\u{202e}",
        "authors": ["<i>Anna</i> Ray"],
        "content_html": "<p onclick=x>One.</p><script>steal()</script><iframe src='https://evil.example'></iframe><p>Two.\u{0}</p>",
    }));
    assert_eq!(wrong(&item), []);
    assert_eq!(item.id.as_deref(), Some("a1"));
    assert!(!item.entry.title.contains(['<', '\n', '\u{0}', '\u{202e}']), "{}", item.entry.title);
    assert_eq!(item.entry.text, "One.\n\nTwo.");
    assert_eq!(item.entry.authors, ["Anna Ray"]);
    let plain = one(with("content_text", json!("5 < 6 & <b>so</b>\n\non.")));
    assert_eq!(plain.entry.text, "5 < 6 & <b>so</b>\n\non.");
    assert_eq!(wrong(&one(with("title", json!("<b> </b>")))), [("title", "missing")]);
}

#[test]
fn an_embargo_is_at_most_a_year_away() {
    let until = |span: Span| with("embargo_until", json!((NOW + span).rfc3339()));
    assert_eq!(wrong(&one(until(Span::days(366)))), []);
    assert_eq!(wrong(&one(until(Span::days(367)))), [("embargo_until", "too_far")]);
    assert_eq!(wrong(&one(until(Span::days(-9)))), []);
}

#[test]
fn a_heap_of_mistakes_is_answered_in_a_few_words() {
    let mut heap = with("authors", Value::Array(vec![json!(0); 100_000]));
    for number in 0..50_000 {
        heap[format!("field-{number}")] = json!(0);
    }
    assert_eq!(one(heap).problems.len(), 20);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "(https?://[a-z\u{e9}<]{0,9}[/?&\"a-z]{0,9}|20[0-9]{2}-1[0-9]-[0-9]{2}T[0-9:+Z]{0,14}|(<[a-z/]{0,6}>|&[a-z#0-9;]{0,6}|.){0,20})"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let name = proptest::sample::select(vec![
            "articles",
            "id",
            "url",
            "title",
            "authors",
            "section",
            "categories",
            "dek",
            "summary",
            "content_html",
            "content_text",
            "image",
            "alt",
            "published",
            "updated",
            "language",
            "embargo_until",
            "source",
            "other",
        ]);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(name.prop_map(str::to_owned), inner, 0..12)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_handed_in_is_read_or_named(body in any_json()) {
        for item in batch(body, NOW).unwrap_or_default() {
            let entry = &item.entry;
            prop_assert!(!item.problems.is_empty() || (entry.link.is_some() && !entry.title.is_empty()));
            let has_nul = entry.text.contains(char::from(0));
            prop_assert!(!entry.title.contains(char::is_control) && !has_nul);
            prop_assert!(entry.link.iter().all(|link| link.starts_with("http")));
        }
    }
}
