//! The limits: any bytes, no panic, no more than a second, no more than so many findings.

use super::good::Mail;
use super::{Rule, lint, rules};
use crate::lint::limits::{FINDINGS_MAX, FINDINGS_OF_A_RULE_MAX, MAIL_BYTES_MAX};
use crate::lint::{Report, cli_text, lint_parts};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Of a build without optimisation, on a machine that does other things, too. An optimised one took 0.15 s at most.
const LONGEST: Duration = Duration::from_secs(20);

fn in_time(how: &str, raw: &[u8]) -> Report {
    let begun = began();
    let report = lint(raw);
    let took = begun.elapsed();
    eprintln!("{how}: {took:?}");
    assert!(took < LONGEST, "{how}: {took:?}");
    assert!(report.findings.len() <= FINDINGS_MAX, "{how}");
    assert!(!cli_text(&report).is_empty());
    report
}

/// The one clock here: how long a thing takes is what is tested.
#[expect(clippy::disallowed_methods, reason = "the duration of the work itself is under test")]
fn began() -> Instant {
    Instant::now()
}

#[test]
fn hostile_pages_are_read_in_time() {
    let megabyte = 1024 * 1024;
    let pages = [
        ("deep", "<div>".repeat(100_000)),
        ("formatting", "<b><i><a href=x>".repeat(30_000)),
        ("links", "<a href=\"https://news.example/x\">x</a>".repeat(100_000)),
        ("links within the limits", "<a href=\"https://news.example/x\">x</a>".repeat(5_900)),
        ("tables", "<table><tr><td>".repeat(50_000)),
        ("attributes", format!("<a{}>", " x".repeat(400_000))),
        ("quotes", "<a b=\"'<a b='\"".repeat(70_000)),
        ("styles", format!("<style>{}</style>", "a{b:c}".repeat(150_000))),
        ("open styles", format!("<style>{}", "@media{".repeat(100_000))),
        ("comments", format!("<style>{}", "/*".repeat(400_000))),
        ("declarations", format!("<p style=\"{}\">x", "color:red;".repeat(90_000))),
        ("spaces", " ".repeat(megabyte)),
        ("invisible", "&zwnj;".repeat(150_000)),
        ("one word", "a".repeat(megabyte)),
        ("long names", format!("<{}", "a".repeat(megabyte - 10))),
        ("links in links", format!("{}{}", "<a href=x><table><tr><td>".repeat(120), "a ".repeat(400_000))),
        ("dark rules", {
            let rules = ".x .b{color:#eee!important}".repeat(2_000);
            let sheet = format!("<style>@media (prefers-color-scheme:dark){{.c{{background:#111}}{rules}}}</style>");
            format!("{sheet}{}{}", "<div class=c>".repeat(390), "<p class=b style=\"color:#111\">x".repeat(11_000))
        }),
        ("many words", "<p>The pier opens".repeat(11_000)),
    ];
    for (how, html) in pages {
        let mut mail = Mail { signature: None, ..Mail::good() };
        mail.html_head = "Content-Type: text/html; charset=utf-8\r\n".to_owned();
        mail.html = html;
        let is_refused = rules(&in_time(how, &mail.bytes()).findings).contains(&Rule::HtmlCost);
        let costly = ["deep", "formatting", "links", "tables", "attributes", "quotes", "long names"];
        assert_eq!(is_refused, costly.contains(&how), "{how}");
    }
}

#[test]
fn hostile_mails_are_read_in_time() {
    let megabyte = 1024 * 1024;
    let nested: String =
        (0..5_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    let mails: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("a header of a megabyte", format!("Subject: {}\r\n\r\nx", "a ".repeat(megabyte / 2)).into_bytes()),
        ("encoded words", format!("Subject: {}\r\n\r\nx", "=?utf-8?Q?a?= ".repeat(18_000)).into_bytes()),
        ("questions", format!("Subject: {}\r\n\r\nx", "=?".repeat(120_000)).into_bytes()),
        ("addresses", format!("From: {}\r\n\r\nx", "a@b.example,".repeat(20_000)).into_bytes()),
        ("headers", "X-A: b\r\n".repeat(30_000).into_bytes()),
        ("no headers", "nothing\r\n".repeat(25_000).into_bytes()),
        ("strange fields", "=?a?q?=FF?=:=?a?q?=FF?=\r\n".repeat(9_000).into_bytes()),
        ("multiparts", nested.into_bytes()),
        (
            "parts",
            format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(50_000))
                .into_bytes(),
        ),
        ("ten megabytes of text", [b"\r\n".as_slice(), &b"word ".repeat(2 * megabyte)].concat()),
        ("a million lines", [b"\r\n".as_slice(), &b"a\n".repeat(megabyte)].concat()),
        (
            "signatures",
            "DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=b; h=from; bh=AAAA; b=AAAA\r\n"
                .repeat(3_000)
                .into_bytes(),
        ),
        ("zeroes", vec![0; 2 * megabyte]),
        ("all eight bits", (0..=255).cycle().take(2 * megabyte).collect()),
        ("too large", vec![b'a'; MAIL_BYTES_MAX + 1]),
    ];
    for (how, raw) in mails {
        let report = in_time(how, &raw);
        let is_told = rules(&report.findings).contains(&Rule::MailSize);
        assert_eq!(is_told, raw.len() > 1024 * 1024, "{how}");
    }
    let large = Mail::good().around(&"All is well, and much is said of it in many words.\r\n".repeat(200_000));
    in_time("ten megabytes, signed", &large);
}

#[test]
fn findings_are_counted_beyond_their_limit() {
    let links: String =
        (0..500).map(|n| format!("<p style=\"color:#9{n:03}99\"><a href=\"/{n}\">{n}</a></p>")).collect();
    let report = in_time("500 faults", &Mail::more(&links).bytes());
    let of_links = report.findings.iter().filter(|finding| finding.rule == Rule::LinkScheme).count();
    assert_eq!(of_links, FINDINGS_OF_A_RULE_MAX);
    assert!(report.findings.last().is_some_and(|finding| finding.rule == Rule::More), "the last one counts the rest");
}

#[test]
fn the_worst_stands_first() {
    let mut mail = Mail::without("List-Help");
    mail.set("Subject", "Re: Häfen");
    let findings = lint(&mail.bytes()).findings;
    assert!(findings.windows(2).all(|pair| pair[0].severity <= pair[1].severity), "{findings:#?}");
    assert!(rules(&findings).len() >= 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_are_too_much(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        cli_text(&lint(&raw));
    }

    #[test]
    fn no_part_is_too_much(html in "(<[a-z!/]{1,5}|[ =\"'>;:{}@a-z&#0-9\u{e4}\u{202e}]){0,60}", text in "\\PC{0,80}") {
        lint_parts(&html, &text, &text);
    }

    #[test]
    fn no_change_of_a_good_mail_is_too_much(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 1..8)
    ) {
        let mut raw = Mail::good().bytes();
        for (place, kind, byte) in changes {
            let at = place.index(raw.len());
            match kind {
                0 => raw[at] = byte,
                1 => raw.insert(at, byte),
                // One byte stays, for the next change to have a place.
                2 if raw.len() > 1 => _ = raw.remove(at),
                2 => {}
                _ => raw.truncate(at.max(1)),
            }
        }
        let report = lint(&raw);
        prop_assert!(report.findings.len() <= FINDINGS_MAX);
        let text = cli_text(&report);
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "harmless");
    }
}
