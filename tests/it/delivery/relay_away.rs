//! A relay that refuses connections for a while.

use super::*;
use crate::harness::both_engines;
use lamplighter::sink::Manners;
use std::sync::Arc;

both_engines! {
    async fn while_the_relay_is_away_nothing_is_lost_and_it_all_goes_when_it_is_back(database: Arc<TestDatabase>) {
        let sink = relay();
        sink.behave(Manners::RefuseConnections);
        let readers = readers(40, 1);
        let place = sealed(&database, &sink, &readers).await;
        let (service, _) = place.serve(&[]).await;
        until("the relay was asked", PATIENCE, async || sink.ledger().connections > 0).await;
        let report = ledger(&place).await;
        assert_eq!((&report["deliveries"]["waiting"], sink.mails().len()), (&Value::from(40), 0));

        sink.behave(Manners::Normal);
        let db = database.connect().await;
        until_all_ended(&db).await;
        assert_eq!(compare(&readers, &states(&db).await, &sink), 0);
        service.terminate(PATIENCE).await.ok();
        db.close().await;
    }
}
