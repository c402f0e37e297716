//! Section 3: the headers of an edition.

use super::{ADA, BEN, Evenings, head_and_body};
use crate::harness::{Harness, Newspaper, Newsroom, Stage, TestDatabase};
use lamplighter::db::Engine;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::subscribers;
use std::collections::BTreeSet;
use std::sync::Arc;

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
async fn h3_every_reader_and_evening_has_a_message_id_of_its_own_and_a_second_try_keeps_it() {
    let ids: BTreeSet<&str> = Evenings::lived().await.all().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!(ids.len(), 4);
    // A relay that takes a mail and never says so is given it once more, where the newsroom wants that.
    let database = TestDatabase::migrated(Engine::Sqlite).await.unwrap();
    let t = <Harness as Stage>::set(Arc::new(database)).await;
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with("uncertain_policy = \"resend_once\"")).await;
    let reader = "accept-then-drop+ada@readers.example";
    let email = EmailAddr::parse(reader).unwrap();
    subscribers::add(&t.app, Actor::Console, "evening", email, &[], false).await.unwrap();
    paper.publish("Harbour opens");
    t.evening("2026-11-23").await;
    t.live_until("2026-11-23 20:00").await;
    let mails = t.sink.mails_to(reader);
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].message_id, mails[1].message_id);
}

#[tokio::test]
async fn h4_the_list_is_the_same_on_every_evening() {
    let evenings = Evenings::lived().await;
    let ids: BTreeSet<&str> = evenings.all().filter_map(|mail| mail.header("List-Id")).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(ids.iter().all(|id| id.ends_with("<evening.news.example>")), "{ids:?}");
}

#[tokio::test]
async fn h5_the_list_says_where_its_archive_is_who_helps_whose_it_is_and_that_nobody_can_post() {
    for mail in Evenings::lived().await.all() {
        assert_eq!(mail.header("List-Post"), Some("NO"));
        assert!(mail.header("List-Archive").unwrap().starts_with("<https://news.example/archive/"));
        assert_eq!(mail.header("List-Owner"), Some("<mailto:evening@news.example>"));
        assert_eq!(mail.header("List-Help"), Some("<mailto:evening@news.example?subject=help>"));
    }
}

#[tokio::test]
async fn h6_machines_are_told_that_a_machine_wrote_it() {
    for mail in Evenings::lived().await.all() {
        assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
        assert_eq!(mail.header("X-Auto-Response-Suppress"), Some("OOF, AutoReply"));
    }
}

#[tokio::test]
async fn h7_the_feedback_id_names_the_run_and_no_reader() {
    let evenings = Evenings::lived().await;
    for mail in evenings.all() {
        let feedback: Vec<&str> = mail.header("Feedback-ID").unwrap().split(':').collect();
        assert_eq!((feedback.len(), (5..=15).contains(&feedback[3].len())), (4, true), "{feedback:?}");
        assert!(!feedback.concat().contains("ada") && !feedback.concat().contains('@'));
    }
    let of_evening = |reader, evening: usize| evenings.of(reader)[evening].header("Feedback-ID").unwrap();
    assert_eq!(of_evening(ADA, 0), of_evening(BEN, 0));
    assert_ne!(of_evening(ADA, 0), of_evening(ADA, 1), "each run has its own");
    assert_eq!(of_evening(ADA, 0).rsplit(':').next(), of_evening(ADA, 1).rsplit(':').next(), "the sender stays");
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
async fn h11_words_of_any_script_arrive_whole() {
    for mail in Evenings::lived().await.all() {
        let (head, _) = head_and_body(mail);
        for word in head.split_whitespace().filter(|word| word.starts_with("=?")) {
            assert!(word.len() <= 75 && word.ends_with("?="), "{word}");
        }
        assert!(!mail.subject.contains('\u{fffd}') && !mail.subject.contains("=?"), "{}", mail.subject);
        let list = mail.header("List-Id").unwrap();
        assert!(list.split('<').nth(1).unwrap().is_ascii(), "{list}");
    }
}

#[tokio::test]
async fn h12_nothing_is_attached_and_no_parameter_needs_an_encoding() {
    for mail in Evenings::lived().await.all() {
        let message = mail_parser::MessageParser::default().parse(&mail.raw).unwrap();
        assert_eq!((message.attachment_count(), message.parts.len()), (0, 3), "two parts in a frame");
        let raw = String::from_utf8(mail.raw.clone()).unwrap().to_lowercase();
        for refused in ["content-disposition:", "filename", "name=", "name*"] {
            assert!(!raw.lines().any(|line| line.starts_with("content-") && line.contains(refused)), "{refused}");
        }
    }
}

#[tokio::test]
async fn h13_a_subject_fits_a_screen_and_a_head_is_small() {
    for mail in Evenings::lived().await.all() {
        assert!(mail.subject.starts_with("The Lamp: ") && mail.subject.chars().count() <= 75, "{}", mail.subject);
        assert!(!mail.subject.contains("Re:"), "{}", mail.subject);
        assert!(head_and_body(mail).0.len() < 4_096);
    }
}
