//! Blocks: ours to mend, told to those who can, and a run on its way stops.

use super::{edition_of, effect, evening, newsroom, notice, with_provider};
use crate::harness::{Harness, both_engines};
use lamplighter::delivery::returns::{BLOCKS_TOLD, Effect};
use lamplighter::operators::{Actor, Role, accounts};

/// Who is told.
const ADMIN: &str = "admin@news.example";

fn readers(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("reader-{number}@harbour.example")).collect()
}

async fn is_told(t: &Harness) -> usize {
    t.run_until_idle().await;
    t.sink.mails_to(ADMIN).iter().filter(|mail| mail.subject.contains("refuse")).count()
}

both_engines! {
    async fn v6_a_block_touches_no_reader_and_is_told_once_a_day(t: Harness) {
        let t = with_provider(t).await;
        accounts::create(&t.app, Actor::Console, ADMIN, "Ada", Role::Admin, "correct horse battery staple").await.unwrap();
        let list = readers(usize::try_from(BLOCKS_TOLD).unwrap() + 2);
        let names: Vec<&str> = list.iter().map(String::as_str).collect();
        let paper = newsroom(&t, &names).await;
        evening(&t, &paper, "2026-11-23").await;
        for (number, reader) in names.iter().enumerate() {
            assert_eq!(is_told(&t).await, usize::from(number >= usize::try_from(BLOCKS_TOLD).unwrap()), "after {number}");
            let said = "550 5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail, blocked";
            let mail = notice(reader, "failed", "5.7.1", said, "Subject: x");
            let done = t.comes_back(&mail, &edition_of(&t, reader).envelope_from.clone()).await;
            assert_eq!(effect(&done), Effect::Noted);
            assert!(t.is_active(reader).await);
        }
        assert_eq!(is_told(&t).await, 1, "and once");
        let told = t.sink.mails_to(ADMIN);
        let alert = told.iter().find(|mail| mail.subject.contains("refuses our mail")).unwrap();
        assert!(alert.subject.contains("harbour") && alert.text.contains("Checks at the desk"), "{}", alert.text);
    }

    async fn t16_complaints_stop_a_run_that_is_on_its_way(t: Harness) {
        let t = with_provider(t).await;
        run_with_complaints(&t).await;
    }
}

/// One reader's mail is put off, so that the edition is still going out when complaints about others come in.
async fn run_with_complaints(t: &Harness) {
    let list = readers(30);
    let names: Vec<&str> = list.iter().map(String::as_str).collect();
    let paper = newsroom(t, &names).await;
    let waits = lamplighter::mail::EmailAddr::parse("at-rcpt-451@harbour.example").unwrap();
    lamplighter::subscribers::add(&t.app, lamplighter::operators::Actor::Console, "evening", waits, &[], true)
        .await
        .unwrap();
    paper.publish_in("World", "News");
    t.go_to("2026-11-23 17:50").await;
    t.live_until("2026-11-23 18:32").await;
    let is_paused = async || {
        let filter = lamplighter::db::Sql::both(
            "SELECT COUNT(*) AS value FROM delivery_waves WHERE paused_at IS NOT NULL AND paused_at <> expires_at",
        );
        let whole = lamplighter::db::Sql::both("SELECT COUNT(*) AS value FROM editions WHERE paused_at IS NOT NULL");
        let mut tx = t.db().read().await.unwrap();
        let groups: i64 = tx.fetch_value(filter, vec![]).await.unwrap();
        groups + tx.fetch_value::<i64>(whole, vec![]).await.unwrap() > 0
    };
    assert!(!is_paused().await);
    for reader in names.iter().take(3) {
        let head = super::redacted_head(&edition_of(t, reader));
        let done = t.comes_back(&super::complaint("abuse", &head), "fbl@news.example").await;
        assert_eq!(effect(&done), Effect::Suppressed);
    }
    t.advance(lamplighter::base::Span::minutes(15));
    t.run_until_idle().await;
    assert!(is_paused().await, "three of thirty");
}
