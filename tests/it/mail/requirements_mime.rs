//! Section 4: the parts of an edition.

use super::{ADA, Evenings, head_and_body};
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use mail_parser::MessageParser;
use std::collections::BTreeSet;

/// The parts of a mail as they were sent: head and encoded body.
fn parts(mail: &lamplighter::sink::CaughtMail) -> Vec<(String, String)> {
    let (head, body) = head_and_body(mail);
    let boundary = head.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a boundary");
    body.split(&format!("--{boundary}"))
        .filter_map(|part| part.trim_start().split_once("\r\n\r\n"))
        .map(|(head, body)| (head.to_owned(), body.to_owned()))
        .collect()
}

#[tokio::test]
async fn b1_the_text_comes_before_the_html_both_in_utf_8() {
    for mail in Evenings::lived().await.all() {
        assert!(mail.header("Content-Type").unwrap().starts_with("multipart/alternative"));
        let parts = parts(mail);
        assert_eq!(parts.len(), 2);
        assert!(parts[0].0.contains("text/plain; charset=utf-8"), "{}", parts[0].0);
        assert!(parts[1].0.contains("text/html; charset=utf-8"), "{}", parts[1].0);
    }
}

#[tokio::test]
async fn b2_nothing_needs_eight_bits_on_the_way() {
    for mail in Evenings::lived().await.all() {
        assert!(mail.raw.is_ascii());
        for (head, _) in parts(mail) {
            let encoding = head.split("Content-Transfer-Encoding: ").nth(1).unwrap().lines().next().unwrap();
            assert!(["quoted-printable", "base64"].contains(&encoding), "{encoding}");
        }
    }
}

#[tokio::test]
async fn b4_encoded_lines_are_short_and_lines_of_dots_arrive_as_they_were_written() {
    for mail in Evenings::lived().await.all() {
        for (_, body) in parts(mail) {
            assert!(body.lines().all(|line| line.len() <= 76 && !line.ends_with([' ', '\t'])));
        }
    }
    let hostile = Evenings::lived().await.hostile();
    assert!(hostile.text.contains("5 .. . ..x") && hostile.html.contains("5 .. . ..x"), "{}", hostile.text);
}

#[tokio::test]
async fn b5_no_control_characters_arrive() {
    let mail = Evenings::lived().await.hostile();
    for part in [&mail.html, &mail.text] {
        assert!(!part.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t')));
        assert!(!part.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')));
    }
}

#[tokio::test]
async fn b7_the_text_has_every_address_alone_on_its_line_and_no_markup() {
    for mail in Evenings::lived().await.all() {
        let page = dom_query::Document::from(mail.html.as_str());
        let links = page.select("a[href]");
        assert!(links.length() > 5);
        for link in links.iter() {
            let href = link.attr("href").unwrap();
            assert!(mail.text.lines().any(|line| line.trim() == &*href), "{href}");
        }
        for line in mail.text.lines() {
            assert!(line.chars().count() <= 78 || line.contains("://"), "{line}");
        }
        assert!(!mail.text.contains("&amp;") && !mail.text.contains("&lt;") && !mail.text.contains("&#"));
        assert!(mail.text.contains("1 Quay Street") && mail.html.contains("1 Quay Street"));
        assert!(mail.links.iter().any(|link| link.contains("/unsubscribe/")));
    }
    let hostile = Evenings::lived().await.hostile();
    assert!(hostile.text.contains("A & B 5 < 6"), "text is not escaped");
    assert!(hostile.html.contains("A &#38; B 5 &#60; 6"), "HTML is");
}

#[tokio::test]
async fn b8_both_parts_say_the_same() {
    for mail in Evenings::lived().await.all() {
        let words = |text: &str| -> BTreeSet<String> {
            text.split(|c: char| !c.is_alphanumeric()).filter(|it| it.len() > 3).map(str::to_lowercase).collect()
        };
        let html = dom_query::Document::from(mail.html.as_str()).select("body").text().to_string();
        let (html, text) = (words(&html), words(&mail.text));
        let shared = html.intersection(&text).count();
        assert!(shared * 10 >= html.len() * 8, "{shared} of {}", html.len());
    }
}

#[tokio::test]
async fn b9_no_feed_writes_markup() {
    let mail = Evenings::lived().await.hostile();
    let page = dom_query::Document::from(mail.html.as_str());
    assert!(!page.select("script, iframe, form, object, embed, link, [onerror], [onclick], meta[http-equiv]").exists());
    for link in page.select("[href], [src]").iter() {
        let href = link.attr("href").or_else(|| link.attr("src")).unwrap();
        assert!(href.starts_with("https://"), "{href}");
    }
    assert!(MessageParser::default().parse(&mail.raw).unwrap().attachments().next().is_none());
}

#[tokio::test]
async fn b11_links_lead_to_the_newsroom_and_to_ourselves() {
    for mail in Evenings::lived().await.all() {
        for link in &mail.links {
            let host = url::Url::parse(link).unwrap().host_str().unwrap_or_default().to_owned();
            assert!(
                ["gazette.example", "news.example"].contains(&host.as_str()) || link.contains("127.0.0.1"),
                "{link}"
            );
        }
    }
}

both_engines! {
    async fn b6_however_much_there_is_to_say_no_host_clips_it(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("full_items_max = 30\nheadline_items_max = 100")).await;
        t.subscribe(ADA).await;
        for number in 0..150 {
            let title = format!("Новость {number}");
            paper.publish(&title);
            let text = "Совет нашёл деньги, чтобы старый причал работал до весны, за четыре дня до закрытия порта. ".repeat(2);
            paper.edit(&title, |story| story.text = format!("{number}: {text}"));
        }
        t.evening("2026-11-23").await;
        let mail = &t.editions_for(ADA)[0];
        let encoded = parts(mail)[1].1.len();
        assert!(encoded < 95 * 1024 && mail.html.len() < 102_400, "{encoded} encoded, {} bytes", mail.html.len());
        assert!(encoded > 40 * 1024, "{encoded}: it is cut no more than it must be");
        assert!(mail.html.contains(" more on ") && mail.text.contains(" more on "), "what is left out is counted");
        assert!(mail.links.iter().any(|link| link.contains("/unsubscribe/")), "the end of the mail is there");
    }

    async fn b10_without_a_story_there_is_no_mail(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        t.evening("2026-11-23").await;
        assert!(t.editions_mailed().is_empty());
    }
}
