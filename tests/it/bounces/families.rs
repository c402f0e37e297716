//! One mail of each family of formats, and what is read of it. The mails are invented.

use lamplighter::bounces::{Class, Kind, Reason, Report, read, read_for};
use std::path::Path;

fn report(name: &str) -> Report {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/bounces/mails").join(format!("{name}.eml"));
    read(&std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

const ANNA: &str = "anna@reader.example";

/// `(file, kind, recipients with class and reason)`.
type Case = (&'static str, Kind, &'static [(&'static str, Class, Reason)]);

const CASES: &[Case] = &[
    ("dsn", Kind::Dsn, &[("anna@mailbox.example", Class::Hard, Reason::UserUnknown)]),
    (
        "dsn-several",
        Kind::Dsn,
        &[
            (ANNA, Class::Soft, Reason::MailboxFull),
            ("ben@reader.example", Class::Hard, Reason::UserUnknown),
            ("cleo@reader.example", Class::Unknown, Reason::Delivered),
            ("dan@reader.example", Class::Soft, Reason::Network),
        ],
    ),
    ("dsn-delayed", Kind::Dsn, &[(ANNA, Class::Soft, Reason::UserUnknown)]),
    ("dsn-global", Kind::Dsn, &[("j\u{f6}rg@reader.example", Class::Hard, Reason::UserUnknown)]),
    ("dsn-base64", Kind::Dsn, &[(ANNA, Class::Soft, Reason::MailboxFull)]),
    ("dsn-wrong-type", Kind::Dsn, &[(ANNA, Class::Hard, Reason::HostUnknown)]),
    ("dsn-blocklist", Kind::Dsn, &[(ANNA, Class::Block, Reason::BlockedIp)]),
    ("dsn-transcript", Kind::Dsn, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("dsn-nested", Kind::Dsn, &[(ANNA, Class::Hard, Reason::OwnerChanged)]),
    (
        "qmail",
        Kind::TextBounce,
        &[(ANNA, Class::Hard, Reason::UserUnknown), ("ben@reader.example", Class::Soft, Reason::MailboxFull)],
    ),
    ("exim", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("exim-mail-from", Kind::TextBounce, &[(ANNA, Class::Block, Reason::RejectedSender)]),
    ("sendmail", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("exchange-old", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("exchange-new", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("notes", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("groupwise", Kind::TextBounce, &[(ANNA, Class::Soft, Reason::MailboxFull)]),
    ("courier", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("gmail", Kind::TextBounce, &[(ANNA, Class::Block, Reason::RelayDenied)]),
    ("imail", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("smtp32-delay", Kind::TextBounce, &[(ANNA, Class::Soft, Reason::Network)]),
    ("gateway", Kind::TextBounce, &[(ANNA, Class::Block, Reason::SpamContent)]),
    ("mobile", Kind::TextBounce, &[("anna@mobile.example", Class::Hard, Reason::UserUnknown)]),
    ("german", Kind::TextBounce, &[(ANNA, Class::Soft, Reason::MailboxFull)]),
    ("french", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("russian", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("chinese", Kind::TextBounce, &[(ANNA, Class::Hard, Reason::UserUnknown)]),
    ("arf", Kind::Complaint, &[(ANNA, Class::Complaint, Reason::Feedback)]),
    ("arf-redacted", Kind::Complaint, &[("", Class::Complaint, Reason::Feedback)]),
    ("arf-auth", Kind::Complaint, &[(ANNA, Class::Complaint, Reason::FeedbackNotice)]),
    ("arf-not-spam", Kind::Complaint, &[(ANNA, Class::Complaint, Reason::FeedbackNotice)]),
    ("complaint-button", Kind::Complaint, &[(ANNA, Class::Complaint, Reason::Feedback)]),
    ("autoreply", Kind::Autoreply, &[(ANNA, Class::Autoreply, Reason::AutomaticAnswer)]),
    ("autoreply-subject", Kind::Autoreply, &[("ben@reader.example", Class::Autoreply, Reason::AutomaticAnswer)]),
    ("challenge", Kind::Challenge, &[(ANNA, Class::Challenge, Reason::ChallengeAsked)]),
    ("challenge-approval", Kind::Challenge, &[(ANNA, Class::Challenge, Reason::ChallengeAsked)]),
    ("ordinary", Kind::NotABounce, &[]),
    ("answer-to-a-bounce", Kind::NotABounce, &[]),
];

#[test]
fn v9_each_family_is_read() {
    let mut wrong = Vec::new();
    for (name, kind, expected) in CASES {
        let report = report(name);
        let found: Vec<_> = report
            .recipients
            .iter()
            .map(|recipient| (recipient.address.as_deref().unwrap_or_default(), recipient.class, recipient.reason))
            .collect();
        if report.kind != *kind || found != *expected {
            wrong.push(format!("{name}: {:?} {found:?}", report.kind));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_fixture_is_asked_about() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/bounces/mails");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), CASES.len());
}

#[test]
fn line_ends_make_no_difference() {
    for (name, ..) in CASES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/bounces/mails").join(format!("{name}.eml"));
        let mail = std::fs::read(path).unwrap();
        let with = |end: &[u8]| mail.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(end);
        let expected = read(&mail);
        assert_eq!(read(&with(b"\r\n")), expected, "{name}: CRLF");
        assert_eq!(read(&with(b"\r")), expected, "{name}: CR");
    }
}

#[test]
fn tokens_are_found_wherever_they_stand() {
    for name in ["dsn", "qmail", "exim", "gmail", "arf-redacted"] {
        let hints = report(name).hints;
        assert_eq!(hints.message_ids, ["edition-9.anna@news.example"], "{name}");
        assert_eq!(hints.list_unsubscribe, ["<https://news.example/u/token7>"], "{name}");
    }
    let dsn = report("dsn");
    assert_eq!(dsn.hints.delivered_to, ["b-token7@bounce.news.example"]);
    assert_eq!(dsn.hints.returned_senders, ["b-token7@bounce.news.example"]);
    assert_eq!(dsn.hints.original_recipients, [ANNA]);
    assert_eq!(dsn.hints.envelope_ids, ["env-7"]);
    assert_eq!(report("autoreply").hints.message_ids, ["edition-9.anna@news.example"]);
}

#[test]
fn the_envelope_is_the_first_hint() {
    let mail = b"From: MAILER-DAEMON@mx.example\nTo: x@news.example\nSubject: Undelivered\n\n<anna@reader.example>: no such user";
    let report = read_for(mail, &["b-token8@bounce.news.example", "x@news.example"]);
    assert_eq!(report.hints.delivered_to, ["b-token8@bounce.news.example", "x@news.example"]);
    assert_eq!(report.recipients[0].address.as_deref(), Some(ANNA));
}

#[test]
fn a_report_keeps_what_the_server_said() {
    let dsn = report("dsn");
    let anna = &dsn.recipients[0];
    assert_eq!((anna.code, anna.status.as_deref()), (Some(550), Some("5.1.1")));
    assert_eq!(anna.original.as_deref(), Some(ANNA));
    assert_eq!(anna.remote_mta.as_deref(), Some("mx.mailbox.example"));
    assert_eq!(anna.reply, "550 5.1.1 <anna@mailbox.example>: Recipient address rejected: User unknown");
    assert!(dsn.has_null_sender && dsn.class == Class::Hard);
    assert_eq!(report("sendmail").recipients[0].original.as_deref(), Some("readers@list.example"));
}

#[test]
fn feedback_keeps_its_own_fields() {
    let feedback = report("arf-auth").feedback.unwrap();
    assert_eq!((feedback.feedback_type.as_str(), feedback.auth_failure.as_deref()), ("auth-failure", Some("dmarc")));
    assert!(!feedback.unsubscribes && report("arf").feedback.unwrap().unsubscribes);
    assert_eq!(feedback.source_ip.as_deref(), Some("192.0.2.1"));
}

#[test]
fn a_report_is_json() {
    let json = serde_json::to_value(report("dsn")).unwrap();
    assert_eq!((&json["kind"], &json["recipients"][0]["reason"]), (&"dsn".into(), &"user_unknown".into()));
}
