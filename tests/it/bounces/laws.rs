//! What holds for any bytes: an answer, within the limits, in time.

#![expect(clippy::disallowed_methods, reason = "a guard of time measures time")]

use lamplighter::bounces::{Action, Class, Reason, Report, classify, limits, read, read_for};
use proptest::prelude::*;
use report::{is_bounded, is_sound};
use std::time::{Duration, Instant};

#[path = "../../laws/report.rs"]
mod report;

fn fixtures() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/bounces/mails");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

/// A fixture that was cut, spliced with another one, and flipped here and there.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let fixtures = fixtures();
    let count = fixtures.len();
    let flips = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
    (0..count, 0..count, any::<prop::sample::Index>(), any::<prop::sample::Index>(), flips).prop_map(
        move |(first, second, head, tail, flips)| {
            let mut mail = fixtures[first][..head.index(fixtures[first].len())].to_vec();
            mail.extend_from_slice(&fixtures[second][tail.index(fixtures[second].len())..]);
            for (at, byte) in flips {
                if !mail.is_empty() {
                    let at = at.index(mail.len());
                    mail[at] = byte;
                }
            }
            mail
        },
    )
}

/// Lines of the signs that reports are made of.
fn crafted() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("Content-Type: multipart/report; boundary=b".to_owned()),
        Just("Content-Type: message/delivery-status".to_owned()),
        Just("Content-Type: message/rfc822".to_owned()),
        Just("Content-Transfer-Encoding: base64".to_owned()),
        Just("--b".to_owned()),
        Just("--b--".to_owned()),
        Just(String::new()),
        Just("Final-Recipient: rfc822; <@a:b@c.example>".to_owned()),
        Just("Subject: =?utf-8?b?=?q?=".to_owned()),
        "(Status|Action|To|From|Diagnostic-Code|Return-Path|X-Failed-Recipients): ?[ -~]{0,40}",
        "[<@\"'\\\\.;:#0-9a-z\u{e4}\u{4e0d} \t]{0,60}",
    ];
    proptest::collection::vec(line, 0..60).prop_map(|lines| lines.join("\n").into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn v10_any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let report = read(&bytes);
        prop_assert!(is_bounded(&report) && is_sound(&report));
    }

    #[test]
    fn mutated_mails_are_read(mail in mutated()) {
        let report = read(&mail);
        prop_assert!(is_bounded(&report) && is_sound(&report));
    }

    #[test]
    fn crafted_mails_are_read(mail in crafted()) {
        let report = read(&mail);
        prop_assert!(is_bounded(&report) && is_sound(&report));
    }

    #[test]
    fn any_envelope_is_taken(mail in crafted(), envelope in proptest::collection::vec("\\PC{0,400}", 0..40)) {
        let envelope: Vec<&str> = envelope.iter().map(String::as_str).collect();
        let report = read_for(&mail, &envelope);
        prop_assert!(is_bounded(&report) && is_sound(&report));
    }

    #[test]
    fn what_is_only_late_is_never_hard(code in 200u16..700, enhanced in "\\PC{0,12}", text in ".{0,200}") {
        prop_assert_ne!(classify(Some(code), Some(&enhanced), &text, Action::Delayed).class, Class::Hard);
    }

    #[test]
    fn a_passing_reply_is_never_hard(code in 400u16..500, enhanced in "[245]\\.[0-9]{1,2}\\.[0-9]{1,3}", text in ".{0,200}") {
        let ruling = classify(Some(code), Some(&enhanced), &text, Action::Failed);
        prop_assert_ne!(ruling.class, Class::Hard);
        prop_assert_eq!(ruling.class, ruling.reason.class_when(false));
    }

    #[test]
    fn case_and_spacing_of_a_reply_say_nothing(reason in 0usize..3, upper in any::<bool>(), gap in "[ \t\r\n]{1,5}") {
        let text = ["user unknown", "mailbox is full", "blocked using zen.spamhaus.org"][reason];
        let text = if upper { text.to_uppercase() } else { text.to_owned() }.replace(' ', &gap);
        let expected = [Reason::UserUnknown, Reason::MailboxFull, Reason::BlockedIp][reason];
        prop_assert_eq!(classify(Some(550), None, &text, Action::Failed).reason, expected);
    }
}

/// For ten megabytes; loose, since a debug build on a busy machine has to keep it.
const TIME_MAX: Duration = Duration::from_secs(8);

fn timed(mail: &[u8]) -> (Report, Duration) {
    let start = Instant::now();
    let report = read(mail);
    (report, start.elapsed())
}

/// A mail that grows by numbered pieces to 10 MB.
fn numbered(head: &str, piece: impl Fn(usize) -> String) -> Vec<u8> {
    let mut mail = head.to_owned();
    let mut number = 0;
    while mail.len() < limits::MAIL_BYTES_MAX {
        mail.push_str(&piece(number));
        number += 1;
    }
    mail.into_bytes()
}

/// Mails made to be slow. A debug build on a busy machine has to manage them, so the bound is not tight; what it must
/// catch is work that grows with the square of the size, which takes minutes here.
#[test]
fn v10_no_shape_of_ten_megabytes_is_slow() {
    const SIZE: usize = limits::MAIL_BYTES_MAX;
    let fill = |piece: &str| piece.as_bytes().repeat(SIZE / piece.len());
    let after = |head: &str, piece: &str| [head.as_bytes(), &fill(piece)].concat();
    let daemon = "From: MAILER-DAEMON@x.example\nSubject: Undelivered\n";
    let report = "Content-Type: multipart/report; boundary=b\n\n";
    let status = format!("{report}--b\nContent-Type: message/delivery-status\n\n");
    let shapes: Vec<(&str, Vec<u8>)> = vec![
        ("one line", after(&format!("{daemon}\n"), "x")),
        ("one line of addresses", after(&format!("{daemon}\n"), "a@b.example,")),
        ("one line of ats", after(&format!("{daemon}\n"), "@")),
        ("lines of addresses", after(&format!("{daemon}\n"), "<a@b.example>: user unknown\n")),
        ("many header fields", fill("X: y\n")),
        ("one folded field", after("Subject: x\n", " y\n")),
        ("encoded words", after("Subject: ", "=?utf-8?q?a")),
        ("nested mails", fill("Content-Type: message/rfc822\n\n")),
        ("nested multiparts", fill("Content-Type: multipart/mixed; boundary=b\n\n--b\n")),
        ("multiparts without end", fill("Content-Type: multipart/mixed; boundary=\"b b\"\n\n")),
        ("many parts", after(report, "--b\n\nuser unknown\n")),
        ("boundaries within lines", after(report, "x--b")),
        ("many recipients", after(&status, "Final-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.1.1\n\n")),
        ("one group of fields", after(&status, "Final-Recipient: rfc822;a@b.example\n")),
        (
            "one long diagnostic",
            after(&format!("{status}Final-Recipient: rfc822;a@b.example\nDiagnostic-Code: smtp; "), "no user "),
        ),
        ("codes", after(&format!("{daemon}\n"), "550 5.1.1 ")),
        ("half a phrase", after(&format!("{daemon}\n"), "mailbox mailbox ")),
        ("tags", after("From: MAILER-DAEMON@x.example\nContent-Type: text/html\n\n", "<a<b>&")),
        ("base64", after("Content-Transfer-Encoding: base64\n\n", "AAAA")),
        ("carriage returns", fill("\r")),
        (
            "distinct recipients",
            numbered(&status, |n| {
                let reply = "mailbox mailbox no user ".repeat(300);
                format!("Final-Recipient: rfc822;a{n}@b.example\nStatus: 5.0.0\nDiagnostic-Code: smtp; {reply}\n\n")
            }),
        ),
        ("distinct addresses", numbered(&format!("{daemon}\n"), |n| format!("<a{n}@b.example>: no mailbox mailbox\n"))),
        ("nothing", vec![0; SIZE]),
        ("blank lines", after(&status, "\n")),
    ];
    let mut slow = Vec::new();
    for (name, mail) in shapes {
        let (mut report, mut took) = timed(&mail);
        // A machine may be busy with other things; work that is too much stays too much.
        for _ in 0..2 {
            if took > TIME_MAX {
                (report, took) = timed(&mail);
            }
        }
        assert!(is_bounded(&report) && is_sound(&report), "{name}");
        eprintln!("{name:>26}: {:>5} ms, {} recipients", took.as_millis(), report.recipients.len());
        if took > TIME_MAX {
            slow.push(format!("{name}: {took:?}"));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}
