//! Hostile words in every place that a mail shows: names of senders, publications, sections, sources and authors, captions
//! and credits. They come through the front door, as a set-up file and a newsroom's program bring them.

use super::{ADA, Evenings};
use crate::harness::{Harness, both_engines};
use lamplighter::gather::push::push_articles;
use lamplighter::operators::Actor;
use lamplighter::sink::CaughtMail;
use serde_json::{Value, json};

/// A line end, further control characters of both kinds, what turns writing round, and markup.
const HOSTILE: &str = "Quill\r\nBcc: spy@x.example\u{85}\u{2028}\u{202e}thgir\u{2066} \u{92}\u{1}<script>alert(1)</script>\
                       <img src=x onerror=alert(1)> & \"Sons\"";

/// The same, marked by its place, so that it can be found there.
fn hostile(place: &str) -> String {
    format!("{place} {HOSTILE}")
}

fn newsroom() -> String {
    // Of what JSON escapes, TOML reads the same.
    let quoted = |text: &str| serde_json::to_string(text).expect("a text");
    format!(
        "[[publication]]\nslug = \"evening\"\nname = {}\nsite_name = {}\ndescription = {}\n[[publication.slot]]\n\
         [[publication.section]]\nslug = \"local\"\nname = {}\n[[publication.section]]\nslug = \"sport\"\nname = {}\n\
         [[publication.source]]\nkind = \"push\"\nname = {}\n",
        quoted(&hostile("Paper")),
        quoted(&hostile("Site")),
        quoted(&hostile("About")),
        quoted(&hostile("Local")),
        quoted(&hostile("Sport")),
        quoted(&hostile("Source")),
    )
}

fn article(number: usize) -> Value {
    json!({
        "id": number, "url": format!("https://gazette.example/{number}"), "title": hostile(&format!("Title{number}")),
        "section": if number.is_multiple_of(2) { "local" } else { "sport" },
        "authors": [hostile("Author"), "Ada <ada@x.example>"],
        "content_html": format!("<p>{}</p><p>Much more is told about it by those who were there.</p>", hostile("Body")),
        "image": {
            "url": format!("https://gazette.example/{number}.jpg"),
            "alt": hostile("Alt"), "caption": hostile("Caption"), "credit": hostile("Credit"),
        },
    })
}

fn names(mail: &CaughtMail) -> Vec<String> {
    mail.headers.iter().map(|(name, _)| name.to_lowercase()).collect()
}

/// Nothing in it works, turns round, or stands where it does not belong.
fn assert_harmless(mail: &CaughtMail) {
    assert!(mail.raw.is_ascii());
    let head = String::from_utf8_lossy(&mail.raw).split("\r\n\r\n").next().unwrap_or_default().to_owned();
    assert!(head.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{head}");
    assert!(!names(mail).iter().any(|it| it == "bcc" || it == "cc"), "{head}");
    let is_unsafe = |c: char| {
        c.is_control() && !matches!(c, '\r' | '\n' | '\t')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown = [&mail.html, &mail.text, &mail.subject, &mail.from].into_iter().cloned();
    for text in shown.chain(mail.headers.iter().map(|(_, value)| value.clone())) {
        let found: Vec<char> = text.chars().filter(|c| is_unsafe(*c)).collect();
        assert!(found.is_empty(), "{found:?} in {text}");
    }
    let page = dom_query::Document::from(mail.html.as_str());
    assert!(!page.select("script, iframe, form, object, embed, [onerror], [onclick], [onload]").exists());
    for image in page.select("img").iter() {
        assert!(image.attr("src").is_some_and(|it| it.starts_with("https://")), "a picture of a stranger's");
    }
}

both_engines! {
    async fn no_name_that_a_mail_shows_does_harm(t: Harness) {
        let t = t.restart_with(|config| config.mail.from.name = Some(hostile("Sender"))).await;
        t.set_up(newsroom()).await;
        t.subscribe(ADA).await;
        let articles: Vec<Value> = (0..12).map(article).collect();
        push_articles(&t.app, Actor::Console, json!(articles)).await.expect("they are handed in");
        t.evening("2026-11-23").await;
        let mails = t.sink.mails_to(ADA);
        assert_eq!(mails.len(), 2, "a confirmation and an edition");
        for mail in &mails {
            assert_harmless(mail);
            assert!(mail.from.ends_with("<evening@news.example>") && mail.from.contains("Sender Quill"), "{}", mail.from);
        }
        let edition = &mails[1];
        assert_eq!(names(edition), names(Evenings::lived().await.of(ADA)[0]), "the head of any other edition");
        assert!(edition.header("List-Id").expect("a list").ends_with("<evening.news.example>"));
        // They are all there, as words.
        let html = dom_query::Document::from(edition.html.as_str()).select("body").text().to_string();
        for place in ["Paper", "Site", "Local", "Sport", "Title", "Author", "Credit", "Body"] {
            assert!(html.contains(place), "{place} is not in the mail: the test shows nothing\n{html}");
        }
        for attribute in edition.html.split("alt=\"").skip(1).filter_map(|it| it.split('"').next()) {
            assert!(!attribute.contains('<'), "{attribute}");
        }
    }
}
