//! `kill -9` in the middle of an edition.

use super::*;
use crate::harness::both_engines;
use std::sync::Arc;

const AUDIENCE: usize = 500;
/// The relay's own connections: at most so many mails hang in the air when a process dies.
const CONNECTIONS: usize = 4;

both_engines! {
    async fn two_kills_in_the_middle_of_an_edition_lose_nobody_and_mail_nobody_twice(database: Arc<TestDatabase>) {
        let sink = relay();
        let readers = readers(AUDIENCE, 5);
        let place = drafted(&database, &sink, &readers).await;

        let sending = place.start(&["edition", "send", "--now", "--wait"]);
        until_taken(&sink, 100).await;
        sending.kill().await;
        let after_first = sink.ledger().accepted;

        let (service, _) = place.serve(&[]).await;
        until_taken(&sink, after_first + 60).await;
        service.kill().await;
        let after_second = sink.ledger().accepted;
        assert!(after_second < AUDIENCE as u64, "both died in the middle: {after_second}");

        let (service, _) = place.serve(&[]).await;
        let db = database.connect().await;
        until_all_ended(&db).await;
        until("the edition is sent", PATIENCE, async || ledger(&place).await["edition"]["state"] == "sent").await;
        service.terminate(PATIENCE).await.ok();

        let uncertain = compare(&readers, &states(&db).await, &sink);
        assert!(uncertain <= 2 * CONNECTIONS, "{uncertain}");
        let report = ledger(&place).await;
        assert_eq!(report["deliveries"]["audience"], AUDIENCE);
        assert_eq!(report["deliveries"]["uncertain"], uncertain);
        db.close().await;
    }
}
