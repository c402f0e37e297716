//! Section 3: the headers of an edition.

use super::{ADA, BEN, Evenings, head_and_body};
use std::collections::BTreeSet;

fn count(head: &str, name: &str) -> usize {
    let start = format!("{}:", name.to_lowercase());
    head.lines().filter(|line| line.to_lowercase().starts_with(&start)).count()
}

#[tokio::test]
async fn h1_what_every_mail_must_have_stands_once_and_is_ours() {
    let evenings = Evenings::lived().await;
    for mail in evenings.all() {
        let (head, _) = head_and_body(mail);
        for name in ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "List-Id"] {
            assert_eq!(count(&head, name), 1, "{name}\n{head}");
        }
        assert!(mail.message_id.ends_with("@news.example"), "{}", mail.message_id);
        let date = chrono::DateTime::parse_from_rfc2822(mail.header("Date").unwrap()).unwrap();
        let age = mail.received_at.as_seconds() - date.timestamp();
        assert!((0..300).contains(&age), "{age} s; the articles have no date at all");
    }
    assert!(evenings.sent_at.as_seconds() > 0);
}

#[tokio::test]
async fn h2_a_mail_names_its_one_reader_and_nobody_else() {
    for mail in Evenings::lived().await.all() {
        assert_eq!(mail.envelope_to.len(), 1);
        assert_eq!(mail.to, mail.envelope_to[0]);
        let (head, _) = head_and_body(mail);
        assert_eq!((count(&head, "Bcc"), count(&head, "Cc")), (0, 0));
        assert!(!head.to_lowercase().contains("\r\nbcc:"));
    }
}

#[tokio::test]
async fn h3_every_reader_and_evening_has_a_message_id_of_its_own() {
    // That a retry keeps it is told in `delivery::workers`.
    let ids: BTreeSet<&str> = Evenings::lived().await.all().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn h4_the_list_is_the_same_on_every_evening() {
    let evenings = Evenings::lived().await;
    let ids: BTreeSet<&str> = evenings.all().filter_map(|mail| mail.header("List-Id")).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(ids.iter().all(|id| id.ends_with("<evening.news.example>")), "{ids:?}");
}

#[tokio::test]
async fn h5_h6_h7_lists_loops_and_feedback_are_spoken_of() {
    let evenings = Evenings::lived().await;
    for mail in evenings.all() {
        assert_eq!(mail.header("List-Post"), Some("NO"));
        assert!(mail.header("List-Archive").unwrap().starts_with("<https://news.example/archive/"));
        assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
        assert_eq!(mail.header("X-Auto-Response-Suppress"), Some("OOF, AutoReply"));
        let feedback: Vec<&str> = mail.header("Feedback-ID").unwrap().split(':').collect();
        assert_eq!((feedback.len(), (5..=15).contains(&feedback[3].len())), (4, true), "{feedback:?}");
        assert!(!feedback.concat().contains("ada") && !feedback.concat().contains('@'));
    }
    let of_evening = |reader| evenings.of(reader)[0].header("Feedback-ID").unwrap();
    assert_eq!(of_evening(ADA), of_evening(BEN));
}

#[tokio::test]
async fn h9_no_title_starts_a_header() {
    let evenings = Evenings::lived().await;
    let names = |mail: &lamplighter::sink::CaughtMail| {
        mail.headers.iter().map(|(name, _)| name.to_lowercase()).collect::<Vec<_>>()
    };
    assert_eq!(names(evenings.hostile()), names(evenings.of(ADA)[0]));
    for mail in evenings.all() {
        for (name, value) in &mail.headers {
            let is_unsafe =
                |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t') || ('\u{2028}'..='\u{202e}').contains(&c);
            assert!(!value.chars().any(is_unsafe), "{name}: {value:?}");
        }
    }
}

#[tokio::test]
async fn h10_lines_end_as_they_must_and_are_short() {
    for mail in Evenings::lived().await.all() {
        assert!(!mail.raw.contains(&0));
        for line in mail.raw.split_inclusive(|byte| *byte == b'\n') {
            assert!(line.ends_with(b"\r\n") && line.len() <= 1000);
            assert!(!line[..line.len() - 2].contains(&b'\r'));
        }
        let (head, _) = head_and_body(mail);
        for line in head.lines().filter(|line| !line.contains("://") && !line.contains("mailto:")) {
            assert!(line.len() <= 78, "{line}");
        }
    }
}

#[tokio::test]
async fn h11_h13_a_subject_of_any_script_arrives_whole_and_fits_a_screen() {
    for mail in Evenings::lived().await.all() {
        let (head, _) = head_and_body(mail);
        for word in head.split_whitespace().filter(|word| word.starts_with("=?")) {
            assert!(word.len() <= 75 && word.ends_with("?="), "{word}");
        }
        assert!(mail.subject.starts_with("The Lamp: ") && mail.subject.chars().count() <= 75, "{}", mail.subject);
        assert!(!mail.subject.contains("Re:") && !mail.subject.contains('\u{fffd}'), "{}", mail.subject);
    }
}
