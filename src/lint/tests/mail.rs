//! Faults of the bytes and of the head: one, and exactly its rule.

use super::good::Mail;
use super::{Rule, finds, finds_in, lint, rules};
use crate::lint::{Kind, Severity};
use std::collections::BTreeSet;

#[test]
fn each_fault_of_a_header_is_found_and_nothing_else() {
    let long = "=?utf-8?Q?".to_owned() + &"a".repeat(70) + "?=";
    for (rule, name, value) in [
        (Rule::Date, "Date", "Thu, 27 Nov 2026 18:30:00 +0000"),
        (Rule::Date, "Date", "27.11.2026 18:30"),
        (Rule::MessageId, "Message-ID", "a1@news.example"),
        (Rule::MessageId, "Message-ID", "<a b@news.example>"),
        (Rule::MessageId, "Message-ID", "<a@localhost>"),
        (Rule::MessageId, "Message-ID", "<a@else.example>"),
        (Rule::From, "From", "evening@news.example, desk@news.example"),
        (Rule::From, "From", "The Harbour Post"),
        (Rule::From, "Reply-To", "nobody"),
        (Rule::DisplayName, "From", "\"ceo@bank.example\" <evening@news.example>"),
        (Rule::DisplayName, "From", "=?utf-8?Q?Post_=F0=9F=93=B0?= <evening@news.example>"),
        (Rule::DisplayName, "From", "evening@news.example"),
        (Rule::To, "To", "ada@readers.example, ben@readers.example"),
        (Rule::To, "To", "undisclosed-recipients:;"),
        (Rule::To, "To", "zoë@readers.example"),
        (Rule::Bcc, "Bcc", "ben@readers.example"),
        (Rule::Bcc, "Cc", "ben@readers.example"),
        (Rule::Subject, "Subject", ""),
        (
            Rule::Subject,
            "Subject",
            "Seventy characters and more are what this subject\r\n has, and no telephone shows it",
        ),
        (Rule::FalseReply, "Subject", "Re: the pier opens"),
        (Rule::FalseReply, "Subject", "AW[2]: the pier opens"),
        (Rule::EncodedWord, "Subject", &long),
        (Rule::EncodedWord, "Subject", "=?utf-8?Q?=C3?= =?utf-8?Q?=A4?="),
        (Rule::EncodedWord, "Subject", "a=?utf-8?Q?=C3=A4?="),
        (Rule::EncodedWord, "Subject", "=?utf-8?B?*?="),
        (Rule::EncodedWord, "Subject", "=?iso-8859-1?Q?=E4?="),
        (Rule::EncodedWord, "From", "\"=?utf-8?Q?=C3=A4?=\" <evening@news.example>"),
        (Rule::EncodedWord, "X-Auto-Response-Suppress", "=?utf-8?Q?=C3=A4?="),
        (Rule::HeadControl, "Subject", "=?utf-8?Q?a=0D=0ABcc=3A?="),
        (Rule::HeadControl, "Subject", "a\u{7}b"),
        (Rule::HeadControl, "Subject", "=?utf-8?Q?a=E2=80=AEb?="),
        (
            Rule::ListUnsubscribe,
            "List-Unsubscribe",
            "<http://news.example/unsubscribe/abc>,\r\n <mailto:a@news.example>",
        ),
        (
            Rule::ListUnsubscribe,
            "List-Unsubscribe",
            "<mailto:a@news.example>,\r\n <https://news.example/unsubscribe/abc>",
        ),
        (Rule::ListUnsubscribe, "List-Unsubscribe", "<https://news.example/unsubscribe/abc>"),
        (Rule::ListUnsubscribe, "List-Unsubscribe", "<mailto:a@news.example>"),
        (
            Rule::ListUnsubscribe,
            "List-Unsubscribe",
            "<https://news.example/1>,\r\n <https://news.example/2>,\r\n <mailto:a@b.example>",
        ),
        (Rule::OneClick, "List-Unsubscribe-Post", "List-Unsubscribe=one-click"),
        (Rule::ListId, "List-Id", "The Evening"),
        (Rule::ListId, "List-Id", "\"The Evening\" <evening>"),
        (Rule::ListHeaders, "List-Archive", "https://news.example/archive"),
        (Rule::FeedbackId, "Feedback-ID", "lamplighter"),
        (Rule::FeedbackId, "Feedback-ID", "a:b:c:post"),
        (Rule::FeedbackId, "Feedback-ID", "a:ada@readers.example:c:lamplighter"),
        (Rule::AutoSubmitted, "Auto-Submitted", "auto-replied"),
        (Rule::Precedence, "Precedence", "first-class"),
        (Rule::Missing, "MIME-Version", "2.0"),
        (Rule::HeadSize, "X-Long", &"word \r\n ".repeat(3000)),
    ] {
        finds(rule, &format!("{name}: {value}"), &Mail::with(name, value));
    }
}

#[test]
fn each_header_that_is_missing_is_missed_and_nothing_else() {
    for (rule, name) in [
        (Rule::Missing, "Date"),
        (Rule::Missing, "To"),
        (Rule::Missing, "Subject"),
        (Rule::Missing, "Message-ID"),
        (Rule::Missing, "MIME-Version"),
        (Rule::ListUnsubscribe, "List-Unsubscribe"),
        (Rule::OneClick, "List-Unsubscribe-Post"),
        (Rule::ListId, "List-Id"),
        (Rule::ListHeaders, "List-Help"),
        (Rule::FeedbackId, "Feedback-ID"),
        (Rule::AutoSubmitted, "Auto-Submitted"),
        (Rule::AutoSubmitted, "X-Auto-Response-Suppress"),
    ] {
        finds(rule, name, &Mail::without(name));
    }
    let found = rules(&lint(&Mail::without("From").bytes()).findings);
    assert_eq!(found, BTreeSet::from([Rule::Missing]));
}

#[test]
fn a_free_mailbox_is_no_sender() {
    let mut mail = Mail::with("From", &format!("Post <evening@{}>", "gmail.com"));
    mail.set("Message-ID", &format!("<a@{}>", "gmail.com"));
    mail.signature = mail.signature.map(|it| it.replace("news.example", "gmail.com"));
    finds(Rule::FreeMail, "gmail", &mail);
}

#[test]
fn a_header_that_is_there_twice_is_found() {
    let mut mail = Mail::good();
    mail.head.push(("List-Post".to_owned(), "NO".to_owned()));
    finds(Rule::Duplicate, "List-Post", &mail);
    let mut mail = Mail::good();
    mail.head.push(("Subject".to_owned(), "Another".to_owned()));
    // Of two, the signature covers both, and one more could be added.
    assert_eq!(rules(&lint(&mail.bytes()).findings), BTreeSet::from([Rule::Duplicate, Rule::Oversigned]));
}

#[test]
fn each_fault_of_the_bytes_is_found_and_nothing_else() {
    let good = Mail::good().bytes();
    let text = String::from_utf8(good.clone()).unwrap();
    let unsigned = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    };
    finds_in(Rule::HeadSyntax, "a line without a colon", &unsigned("To: ada", "no header\r\nTo: ada"));
    finds_in(Rule::LineEnds, "bare LF", &unsigned("Precedence: bulk\r\n", "Precedence: bulk\n"));
    finds_in(Rule::LineEnds, "LF alone", text.replace("\r\n", "\n").as_bytes());
    finds_in(Rule::HeadLine, "long", &unsigned("To: ada", &format!("X-A: {}\r\nTo: ada", "word ".repeat(20).trim())));
    finds_in(Rule::LineLength, "longer", &unsigned("To: ada", &format!("X-A: {}\r\nTo: ada", "a".repeat(1000))));
    finds_in(Rule::EightBit, "eight bits", &unsigned("To: ada", "X-A: ä\r\nTo: ada"));
    let found = rules(&lint(&unsigned("To: ada", "X-A: \0\r\nTo: ada")).findings);
    assert_eq!(found, BTreeSet::from([Rule::Nul, Rule::HeadControl]));
    let found = rules(&lint(&unsigned("Precedence: bulk\r\n", "Precedence: bulk\r")).findings);
    assert!(found.contains(&Rule::LineEnds), "{found:?}");
}

#[test]
fn a_mail_to_one_person_may_do_without_a_list() {
    let mut mail = Mail::good();
    mail.head.retain(|(name, _)| !name.starts_with("List-") && name != "Feedback-ID" && name != "Precedence");
    let report = lint(&mail.bytes());
    assert_eq!((report.kind, report.findings), (Kind::Single, vec![]));
    mail.set("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    finds(Rule::ListUnsubscribe, "one click without an address", &mail);
}

#[test]
fn a_trial_on_this_machine_is_a_note_and_a_lost_link_to_it_is_an_error() {
    let mut mail = Mail::good();
    for field in &mut mail.head {
        field.1 = field.1.replace("https://news.example/", "http://127.0.0.1:8080/");
    }
    mail.html = mail.html.replace("https://news.example/", "http://127.0.0.1:8080/");
    mail.text = mail.text.replace("https://news.example/", "http://127.0.0.1:8080/");
    let report = lint(&mail.bytes());
    assert_eq!(rules(&report.findings), BTreeSet::from([Rule::Loopback]));
    assert_eq!(report.count(Severity::Note), report.findings.len());

    let mut mail = Mail::html("https://news.example/pier", "http://localhost/pier");
    mail.text = mail.text.replace("https://news.example/pier", "http://localhost/pier");
    finds(Rule::Loopback, "one link", &mail);
    assert!(lint(&mail.bytes()).has_errors());
}
