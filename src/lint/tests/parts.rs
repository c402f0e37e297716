//! Faults of the parts and of the text: one, and exactly its rule.

use super::good::{Mail, STORY};
use super::{Rule, finds, finds_in, lint, rules};
use std::collections::BTreeSet;

fn text(from: &str, to: &str) -> Mail {
    let mut mail = Mail::good();
    assert!(mail.text.contains(from), "{from}");
    mail.text = mail.text.replacen(from, to, 1);
    mail
}

fn heads(from: &str, to: &str) -> Mail {
    let mut mail = Mail::good();
    mail.text_head = mail.text_head.replace(from, to);
    mail
}

#[test]
fn each_fault_of_the_text_is_found_and_nothing_else() {
    for (rule, mail) in [
        (Rule::TextMarkup, text("The pier", "The <br> pier")),
        (Rule::TextMarkup, text("The pier", "This &amp; that: the pier")),
        (Rule::TextMarkup, text("The pier", "&#1234; The pier")),
        (Rule::TextLine, text("The pier opens", &format!("The pier opens {}", "soon ".repeat(20)))),
        (Rule::TextLink, text("https://news.example/pier", "Read it on the site.")),
        (Rule::Bidi, text("The pier", "The \u{202e}pier")),
        (Rule::Control, text("The pier", "The\u{92} pier")),
        (Rule::Control, text("The pier", "The\u{b} pier")),
    ] {
        finds(rule, &mail.text, &mail);
    }
    let mut mail = Mail::good();
    mail.text = "News today.\r\nhttps://news.example/pier\r\nhttps://news.example/unsubscribe/abc\r\n".to_owned();
    finds(Rule::PartsDiffer, "other words", &mail);
    let found = rules(&lint(&text("https://news.example/unsubscribe/abc", "on the site").bytes()).findings);
    assert_eq!(found, BTreeSet::from([Rule::TextUnsubscribe, Rule::TextLink]));
}

#[test]
fn what_an_article_is_about_is_no_markup() {
    let mut mail = text("The pier opens", "A & B 5 < 6 <i> <br> &amp;");
    mail.html = mail.html.replace("The pier opens</a>", "A &amp; B 5 &lt; 6 &lt;i> &lt;br> &amp;amp;</a>");
    assert_eq!(lint(&mail.bytes()).findings, []);
}

#[test]
fn each_fault_of_the_encoding_is_found_and_nothing_else() {
    finds(Rule::Charset, "none", &heads("; charset=utf-8", ""));
    let mut foreign = text("The pier", "The piär");
    foreign.text_head = foreign.text_head.replace("utf-8", "windows-1252");
    finds(Rule::Charset, "another", &foreign);
    finds(Rule::TransferEncoding, "8bit", &heads("quoted-printable", "8bit"));
    finds(Rule::TransferEncoding, "unknown", &heads("quoted-printable", "x-uuencode"));
    let raw = String::from_utf8(Mail::good().bytes()).unwrap();
    let body = raw.split_once("\r\n\r\n").unwrap().1;
    let with_body = |from: &str, to: &str| {
        assert!(body.contains(from), "{from}");
        Mail::good().around(&body.replacen(from, to, 1))
    };
    finds_in(Rule::EncodedLine, "long", &with_body("The pier opens", &format!("{}xx", "The pier opens ".repeat(5))));
    finds_in(Rule::EncodedLine, "malformed", &with_body("The pier opens", "The pier =opens"));
    finds_in(Rule::Utf8, "half a character", &with_body("The pier opens", "The pier=C3 opens"));
    let file =
        "\r\n--=_edge\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--=_edge--";
    let found = rules(&lint(&with_body("\r\n--=_edge--", file)).findings);
    assert_eq!(found, BTreeSet::from([Rule::Attachment, Rule::Structure]));
    finds_in(Rule::Boundary, "cut off", &with_body("\r\n--=_edge--", "\r\n"));
    let encoded = data_encoding::BASE64.encode(Mail::good().text.as_bytes());
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let mut mail = heads("quoted-printable", "base64");
    mail.text = lines.join("\r\n");
    finds(Rule::Base64Text, "plain letters", &mail);
}

#[test]
fn each_fault_of_the_structure_is_found_and_nothing_else() {
    let swapped = {
        let mut mail = Mail::good();
        std::mem::swap(&mut mail.text, &mut mail.html);
        std::mem::swap(&mut mail.text_head, &mut mail.html_head);
        mail
    };
    finds(Rule::Structure, "html first", &swapped);
    let mixed = Mail::with("Content-Type", "multipart/mixed;\r\n boundary=\"=_edge\"");
    finds(Rule::Structure, "mixed", &mixed);
    let mut mail = Mail::with("Content-Type", "text/plain; charset=utf-8");
    mail.signature = None;
    let raw = mail.around(&format!("{STORY}\r\nhttps://news.example/unsubscribe/abc\r\n"));
    let found = rules(&lint(&raw).findings);
    assert_eq!(found, BTreeSet::from([Rule::Structure, Rule::TextLine, Rule::Unsigned]));
    mail.set("Content-Type", "text/html; charset=utf-8");
    let found = rules(&lint(&mail.around(&mail.html)).findings);
    assert_eq!(found, BTreeSet::from([Rule::Structure, Rule::Unsigned]));
}
