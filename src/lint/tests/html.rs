//! Faults of the HTML: one, and exactly its rule.

use super::good::{Mail, STORY, good_html, good_text};
use super::{Rule, finds, lint, rules};
use crate::lint::{Severity, lint_parts};
use std::collections::BTreeSet;

#[test]
fn each_fault_of_the_frame_is_found_and_nothing_else() {
    for (rule, from, to) in [
        (Rule::Doctype, "<!DOCTYPE html>", ""),
        (Rule::Language, "<html lang=\"en\"", "<html"),
        (Rule::Language, "class=\"page\" lang=\"en\"", "class=\"page\""),
        (Rule::Direction, "<html lang=\"en\" dir=\"ltr\"", "<html lang=\"en\""),
        (Rule::Title, "<title>The pier opens</title>", "<title> </title>"),
        (Rule::MetaCharset, "<meta charset=\"utf-8\">", ""),
        (Rule::Viewport, "name=\"viewport\"", "name=\"view\""),
        (Rule::DarkScheme, "name=\"color-scheme\"", "name=\"scheme\""),
        (Rule::DarkScheme, "prefers-color-scheme:dark", "max-width:400px"),
        (Rule::DarkScheme, ".page{background-color:#111!important}", ""),
        (Rule::DarkScheme, "a class=\"ink\"", "a class=\"other\""),
        (Rule::DarkScheme, ".ink{color:#eee!important}", ".ink{color:#eee}"),
        (Rule::DarkScheme, ".ink{color", ".other .ink{color"),
        (Rule::Headings, "<h1>The Harbour Post</h1>", "<p>The Harbour Post</p>"),
        (Rule::Headings, "<p>The council", "<h4>The council"),
        (Rule::LayoutTable, " role=\"presentation\"", ""),
        (Rule::LayoutTable, " cellpadding=\"0\"", ""),
    ] {
        finds(rule, &format!("{from} -> {to}"), &Mail::html(from, to));
    }
}

#[test]
fn each_fault_within_the_page_is_found_and_nothing_else() {
    let picture = |attributes: &str| format!("<img src=\"https://news.example/a.jpg\" {attributes}>");
    let long = words(3300);
    let beside = |html: &str| format!("{html}<p>{long}</p>");
    for (rule, html) in [
        (Rule::Width, "<div style=\"width:900px\">The council</div>".to_owned()),
        (Rule::StyleSheet, "<style>p{color:#222}</style>".to_owned()),
        (Rule::FontSize, "<p style=\"font-size:12px\">The council</p>".to_owned()),
        (Rule::LineHeight, "<p style=\"line-height:18px\">The council</p>".to_owned()),
        (Rule::Contrast, "<p style=\"color:#999999\">The council</p>".to_owned()),
        (Rule::HiddenText, "<p style=\"display:none\">The council</p>".to_owned()),
        (Rule::HiddenText, "<p style=\"font-size:0\">The council</p>".to_owned()),
        (Rule::HiddenText, "<p style=\"color:#ffffff\">The council</p>".to_owned()),
        (Rule::HiddenText, format!("<p>The council{}</p>", "&zwnj;&nbsp;".repeat(40))),
        (Rule::DarkScheme, "<p style=\"color:#333333\">The council</p>".to_owned()),
        (Rule::DarkScheme, "<p style=\"background-color:#eeeeee\">The council</p>".to_owned()),
        (Rule::Bidi, "<p>The &#x202e;council</p>".to_owned()),
        (Rule::ImageSize, beside(&picture("height=\"10\" alt=\"\""))),
        (Rule::ImageAlt, beside(&picture("height=\"10\" width=\"10\""))),
        (Rule::FewWords, picture("height=\"10\" width=\"10\" alt=\"\"")),
        (Rule::Pixel, beside("<img src=\"https://news.example/o.gif\" width=\"1\" height=\"1\" alt=\"\">")),
        (Rule::ActiveContent, "<script>1</script>".to_owned()),
        (Rule::ActiveContent, "<iframe src=\"https://news.example\"></iframe>".to_owned()),
        (Rule::ActiveContent, "<form action=\"https://news.example\"></form>".to_owned()),
        (Rule::ActiveContent, "<p onclick=\"x()\">The council</p>".to_owned()),
        (Rule::ActiveContent, "<meta http-equiv=\"Refresh\" content=\"0;url=https://news.example\">".to_owned()),
        (Rule::ForeignCss, "<div style=\"display:flex\">The council</div>".to_owned()),
        (Rule::ForeignCss, "<div style=\"position:absolute\">The council</div>".to_owned()),
        (Rule::ForeignCss, "<div style=\"padding:1rem\">The council</div>".to_owned()),
        (Rule::ForeignCss, "<div style=\"padding:var(--x)\">The council</div>".to_owned()),
        (
            Rule::ForeignCss,
            "<div style=\"background-image:url(https://news.example/a.png)\">The council</div>".to_owned(),
        ),
        (Rule::ClientSupport, "<div style=\"float:left\">The council</div>".to_owned()),
    ] {
        finds(rule, &html, &Mail::more(&html));
    }
    for source in ["http://news.example/a.jpg", "/a.jpg", "data:image/png;base64,AAAA", "https://news.example/a.webp"] {
        let html = format!("<img src=\"{source}\" width=\"9\" height=\"9\" alt=\"\">{long}");
        finds(Rule::ImageSource, source, &Mail::more(&html));
    }
}

/// More words of the same kind, so many bytes of them.
fn words(bytes: usize) -> String {
    let mut words = STORY.repeat(bytes / STORY.len() + 1);
    words.truncate(bytes);
    words
}

#[test]
fn each_fault_of_a_link_is_found_and_nothing_else() {
    for (rule, html, address) in [
        (Rule::LinkScheme, "<a href=\"ftp://news.example/x\">Council</a>", "ftp://news.example/x"),
        (Rule::LinkScheme, "<a href=\"/x\">Council</a>", "/x"),
        (Rule::LinkScheme, "<a href=\"javascript:x()\">Council</a>", "javascript:x()"),
        (Rule::LinkHttp, "<a href=\"http://news.example/x\">Council</a>", "http://news.example/x"),
        (Rule::Shortener, "<a href=\"https://bit.ly/x\">Council</a>", "https://bit.ly/x"),
        (Rule::LinkText, "<a href=\"https://else.example/x\">https://news.example/x</a>", "https://else.example/x"),
        (Rule::LinkText, "<a href=\"https://else.example/x\">news.example</a>", "https://else.example/x"),
        (Rule::LinkText, "<a href=\"https://news.example/y\">https://news.example/x</a>", "https://news.example/y"),
        (Rule::SameWords, "<a href=\"https://news.example/x\">The pier opens</a>", "https://news.example/x"),
    ] {
        let mut mail = Mail::more(html);
        mail.text = format!("{address}\r\n{}", mail.text);
        finds(rule, html, &mail);
    }
    let forgotten = Mail::more("<a href=\"https://news.example/more\">More</a>");
    finds(Rule::TextLink, "not in the text", &forgotten);
    let mut mail = Mail::html("https://news.example/unsubscribe/abc", "https://news.example/pier");
    mail.html = mail.html.replace(">Unsubscribe<", ">The pier opens<");
    finds(Rule::HtmlUnsubscribe, "no way out", &mail);
    let hidden = Mail::html("<p><a class=\"ink\"", "<p style=\"display:none\"><a class=\"ink\"");
    let found = rules(&lint(&hidden.bytes()).findings);
    assert_eq!(found, BTreeSet::from([Rule::HtmlUnsubscribe, Rule::HiddenText]));
}

#[test]
fn what_is_honest_is_no_fault() {
    for html in [
        "<a href=\"mailto:desk@news.example\">Write to us</a>",
        "<a href=\"https://news.example/pier\">https://news.example/pier</a>",
        "<a href=\"https://www.news.example/pier\">news.example</a>",
        "<a href=\"https://news.example/pier\">Node.js opens</a>",
        "<div style=\"height:4px;font-size:0;line-height:4px\">&nbsp;</div>",
        "<h3 style=\"font:bold 22px/28px serif\">The council</h3>",
        "<!--[if mso]><style>p{position:absolute}</style><![endif]-->",
        "<table><tr><th>Council</th></tr><tr><td>12</td></tr></table>",
        "<style></style>",
    ] {
        let mut mail = Mail::more(html);
        mail.text = format!("https://www.news.example/pier\r\n{}", mail.text);
        let mut found = rules(&lint(&mail.bytes()).findings);
        found.remove(&Rule::StyleSheet);
        assert_eq!(found, BTreeSet::new(), "{html}");
    }
}

#[test]
fn the_dark_reaches_what_its_selectors_name() {
    for selector in ["td.ink,.ink", ".page .ink", "div table .ink", "a.ink,td.ink,.ink"] {
        let mail = Mail::html(".ink{color", &format!("{selector}{{color"));
        assert_eq!(lint(&mail.bytes()).findings, [], "{selector}");
    }
}

#[test]
fn a_page_near_the_size_at_which_it_is_clipped_is_found() {
    let paragraph = format!("<p>{STORY}</p>\r\n");
    for (bytes, severity) in [(85_000, Severity::Note), (102_400, Severity::Error)] {
        let mut mail = Mail::more(&paragraph.repeat(bytes / paragraph.len()));
        let short = mail.html.len();
        mail.html.push_str(&" ".repeat(bytes.saturating_sub(short)));
        finds(Rule::HtmlSize, &bytes.to_string(), &mail);
        assert_eq!(lint(&mail.bytes()).findings[0].severity, severity);
    }
}

#[test]
fn what_stands_within_a_condition_weighs_less() {
    let plain = Mail::html("<style>", "<style>.x{display:flex}");
    assert!(lint(&plain.bytes()).has_errors());
    let within = Mail::html("<style>", "<style>@media (max-width:400px){.x{display:flex}}");
    finds(Rule::ForeignCss, "within", &within);
    assert!(!lint(&within.bytes()).has_errors());
}

#[test]
fn programs_that_lack_a_feature_are_named() {
    let report = lint(&Mail::good().bytes());
    let dark = report.support.iter().find(|it| it.feature == "prefers-color-scheme").expect("it is used");
    assert!(dark.unsupported_in.contains(&"Gmail") && !dark.unsupported_in.contains(&"Apple Mail"));
}

#[test]
fn an_edition_is_judged_before_it_is_a_mail() {
    assert_eq!(lint_parts(&good_html(), &good_text(), "The pier opens"), []);
    let findings = lint_parts(&good_html().replace("<h1>", "<h3>"), "The pier opens\n", "Fwd: the pier opens");
    assert!(rules(&findings).is_superset(&BTreeSet::from([Rule::FalseReply, Rule::Headings, Rule::TextUnsubscribe])));
}
