//! What a person asks of us: their data, a receipt, to be forgotten; and what is left then.

use super::*;
use crate::harness::{Doors, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::subscribers::{LeaveScope, PersonalError, SuppressionReason};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// An unusual name, so that it is found wherever it stands.
const ZOE: &str = "zoe.quill@readers.example";
const LOCAL_PART: &str = "zoe.quill";

async fn personal_token(t: &Harness, address: &str) -> String {
    let token = preferences_token(t, address).await;
    subscribers::ask_for_personal_link(&t.app, &token).await.unwrap();
    mailed_token(t, address, "personal").await.expect("the link came by mail")
}

/// A reader with a past: an edition in the mailbox, choices, a wish for another address, a receipt.
async fn lived(t: &Harness) -> String {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe(ZOE).await;
    paper.publish("Harbour opens");
    t.evening("2026-11-23").await;
    let token = preferences_token(t, ZOE).await;
    subscribers::pause(&t.app, &token, None, "2026-11-25").await.unwrap();
    subscribers::ask_to_change_address(&t.app, &token, "zoe.quill@elsewhere.example").await.unwrap();
    let personal = personal_token(t, ZOE).await;
    subscribers::mail_receipt(&t.app, &personal).await.unwrap();
    t.run_until_idle().await;
    personal
}

const REPLY: Sql = Sql::both("UPDATE delivery_attempts SET reply = '550 <Zoe.Quill@readers.example> unknown'");
const REASON: Sql =
    Sql::both("UPDATE deliveries SET state = 'failed', reason = '550 <zoe.quill@readers.example> unknown'");

/// Every byte that the database keeps of anything.
async fn found(t: &Harness, words: &[&str]) -> Vec<String> {
    let mut kept = vec![("a row".to_owned(), dump(t.db(), &[]).await.into_bytes())];
    if let Some(file) = t.database.file() {
        for ending in ["", "-wal", "-shm"] {
            let path = format!("{}{ending}", file.display());
            kept.push((format!("the file{ending}"), std::fs::read(&path).unwrap_or_default()));
        }
    }
    let mut found = Vec::new();
    for (place, bytes) in kept {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        found.extend(
            words.iter().filter(|word| text.contains(&word.to_lowercase())).map(|word| format!("{word} in {place}")),
        );
    }
    found
}

/// What the program logs, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn everything_is_gone_but_a_digest(engine: Engine) {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt().with_env_filter("lamplighter=trace").with_writer(move || writer.clone());
    // One thread: what is set for it hears every task of the story.
    let heard = tracing::subscriber::set_default(lines.with_ansi(false).finish());
    crate::harness::tell(engine, async |t: Harness| {
        let mut t = t;
        let personal = lived(&t).await;
        for sql in [REPLY, REASON] {
            let mut tx = t.db().begin().await.unwrap();
            tx.execute(sql, vec![]).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert!(!found(&t, &[LOCAL_PART]).await.is_empty(), "the search finds what is there");
        let mut tokens = vec![personal.clone(), preferences_token(&t, ZOE).await, unsubscribe_token(&t, ZOE).await];
        tokens.extend(t.sink.mails().iter().flat_map(|mail| mail.links.iter().map(|link| last_part(link))));
        tokens.retain(|token| token.len() == 44);
        let doors = Doors::open(&mut t).await;
        let page = format!("/personal/{personal}");
        for (action, said) in [("ask", "Erase everything?"), ("erase", "You are erased")] {
            let answer = doors.post(&page).form(&[("action", action)]).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            assert!(answer.text().await.unwrap().contains(said));
        }
        let again = doors.post(&page).form(&[("action", "erase")]).send().await.unwrap();
        assert_eq!(again.status(), 410, "twice is once");
        assert!(again.text().await.unwrap().contains("that is done"));
        assert_eq!(found(&t, &[ZOE, LOCAL_PART, "elsewhere.example"]).await, [""; 0]);
        let email = EmailAddr::parse(ZOE).unwrap();
        let mut tx = t.db().read().await.unwrap();
        let kept = subscribers::find_suppression(&t.app, &mut tx, &email).await.unwrap();
        assert_eq!(kept, Some(SuppressionReason::Erased));
        drop(tx);
        assert!(dossier(&t, ZOE).await.is_none());
        // A mail that lay in the queue does not come, and the old link leaves as if nothing were.
        t.run_until_idle().await;
        let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap().to_lowercase();
        assert!(said.contains("request"), "the log was heard");
        for word in tokens.iter().map(String::as_str).chain([ZOE, LOCAL_PART]) {
            assert!(!said.contains(word), "{word} stands in the log");
        }
    })
    .await;
    drop(heard);
}

#[tokio::test]
async fn who_asked_to_be_erased_is_found_in_no_file_and_no_log_sqlite() {
    everything_is_gone_but_a_digest(Engine::Sqlite).await;
}

#[tokio::test]
async fn who_asked_to_be_erased_is_found_in_no_row_and_no_log_postgres() {
    everything_is_gone_but_a_digest(Engine::Postgres).await;
}

both_engines! {
    async fn the_file_holds_everything_that_is_kept(t: Harness) {
        let mut t = t;
        let personal = lived(&t).await;
        let doors = Doors::open(&mut t).await;
        let page = doors.get(&format!("/personal/{personal}")).send().await.unwrap();
        assert_eq!(page.headers()["x-robots-tag"], "noindex, nofollow");
        let page = page.text().await.unwrap();
        assert!(page.contains("Every edition holds a link by which to leave") && !page.contains(ZOE));
        let answer = doors.post(&format!("/personal/{personal}")).form(&[("action", "download")]).send().await.unwrap();
        assert!(answer.headers()["content-disposition"].to_str().unwrap().contains("attachment"));
        let data: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(data["subscriber"]["email"], ZOE);
        assert_eq!(data["subscriptions"][0]["publication"], "evening");
        assert_eq!(data["subscriptions"][0]["paused_until"], "2026-11-25T00:00:00Z");
        assert_eq!(data["consents"][0]["text_version"], "2-en");
        assert_eq!(data["editions"][0]["state"], "accepted");
        assert_eq!(data["editions"][0]["edition"], "2026-11-23");
        let kinds: Vec<_> = data["single_mails"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["confirm", "address_old", "personal_link", "receipt"]);
        assert_eq!(data["address_changes"].as_array().unwrap().len(), 1);
        let verbs: Vec<_> = data["events"].as_array().unwrap().iter().map(|it| it["verb"].as_str().unwrap()).collect();
        assert_eq!(verbs, ["confirm", "pause", "ask_address_change", "ask_personal_link", "mail_receipt"]);
    }

    async fn a_receipt_says_what_was_agreed_to_when_and_where(t: Harness) {
        lived(&t).await;
        let mails = t.sink.mails_to(ZOE);
        let receipt = mails.last().unwrap();
        assert_eq!(receipt.subject, "Receipt of your consent");
        for said in ["Every edition holds a link by which to leave", "Version: 2-en", "2026-11-23 12:00 UTC", "the form"] {
            let text = receipt.text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(said), "{said}: {text}");
        }
    }

    async fn a_link_in_a_forwarded_mail_opens_no_data(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        for token in [preferences_token(&t, ADA).await, unsubscribe_token(&t, ADA).await] {
            assert!(matches!(subscribers::personal_data(&t.app, &token).await, Err(PersonalError::Invalid)));
            assert!(matches!(subscribers::erase_by_link(&t.app, &token).await, Err(PersonalError::Invalid)));
        }
        let token = personal_token(&t, ADA).await;
        subscribers::personal_data(&t.app, &token).await.unwrap();
        t.advance(Span::minutes(61));
        assert!(matches!(subscribers::personal_data(&t.app, &token).await, Err(PersonalError::Gone)));
        assert!(matches!(subscribers::erase_by_link(&t.app, &token).await, Err(PersonalError::Gone)));
        assert!(dossier(&t, ADA).await.is_some());
    }

    async fn the_link_is_mailed_three_times_a_day(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let token = preferences_token(&t, ADA).await;
        for _ in 0..3 {
            subscribers::ask_for_personal_link(&t.app, &token).await.unwrap();
        }
        let refused = subscribers::ask_for_personal_link(&t.app, &token).await;
        assert!(matches!(refused, Err(PersonalError::TooOften)));
        t.run_until_idle().await;
        assert_eq!(t.sink.mails_to(ADA).len(), 4);
    }

    async fn who_left_can_still_see_and_erase_what_is_kept(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let leave = unsubscribe_token(&t, ADA).await;
        subscribers::leave(&t.app, &leave, LeaveScope::All).await.unwrap();
        let token = personal_token(&t, ADA).await;
        let data = subscribers::personal_data(&t.app, &token).await.unwrap();
        assert_eq!(data["subscriptions"][0]["state"], "left");
        subscribers::erase_by_link(&t.app, &token).await.unwrap();
        assert!(dossier(&t, ADA).await.is_none());
        let old = subscribers::leave(&t.app, &leave, LeaveScope::One).await.unwrap();
        assert!(matches!(old, subscribers::LeaveOutcome::AlreadyLeft { publication: None }));
    }
}
