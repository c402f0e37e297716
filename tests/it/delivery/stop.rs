//! SIGTERM: what is in flight is finished, the rest is left in order.

use super::*;
use crate::harness::both_engines;
use std::sync::Arc;

both_engines! {
    async fn a_stop_drains_within_ten_seconds_and_the_next_start_goes_on(database: Arc<TestDatabase>) {
        let sink = relay();
        let readers = readers(120, 100);
        let place = sealed(&database, &sink, &readers).await;
        let (service, _) = place.serve(&[]).await;
        until_taken(&sink, 10).await;
        service.terminate(Duration::from_secs(10)).await.ok();
        let db = database.connect().await;
        assert_eq!(count(&db, IN_HAND).await, 0, "what was leased went back");
        let report = ledger(&place).await;
        assert_eq!(report["deliveries"]["accepted"], sink.ledger().accepted);
        assert!(report["deliveries"]["waiting"].as_i64() > Some(0), "it was stopped in the middle");

        let (service, _) = place.serve(&["--roles", "web,worker"]).await;
        until_all_ended(&db).await;
        service.terminate(Duration::from_secs(10)).await.ok();
        assert_eq!(compare(&readers, &states(&db).await, &sink), 0);
        db.close().await;
    }
}
