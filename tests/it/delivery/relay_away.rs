//! A relay that refuses connections, for a while and for hours.

use super::engine::{counted, edition, publication, run_to_the_end};
use super::*;
use crate::harness::{Harness, both_engines};
use lamplighter::base::Span;
use lamplighter::delivery::run_until_idle;
use lamplighter::sink::Manners;
use std::sync::Arc;

const ATTEMPTS: Sql = Sql::both(
    "SELECT (SELECT COUNT(*) FROM delivery_attempts) + (SELECT CAST(COALESCE(SUM(attempts), 0) AS BIGINT) FROM deliveries) AS value",
);

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

    async fn a_relay_that_is_away_for_five_hours_costs_those_alone_whose_time_is_over(t: Harness) {
        let publication = publication(&t, "hold").await;
        let of = |name: &str| -> Vec<String> { (0..20).map(|n| format!("{name}-{n}@x.example")).collect() };
        let (hurried, patient) = (of("hurried"), of("patient"));
        let short = edition(&t, publication, "breaking", &hurried, Span::hours(3)).await;
        let long = edition(&t, publication, "tonight", &patient, Span::hours(24)).await;
        t.sink.behave(Manners::RefuseConnections);
        for minutes in (0..300).step_by(10) {
            run_until_idle(&t.app).await.unwrap();
            let (short, long) = (counted(t.db(), short).await, counted(t.db(), long).await);
            let expired = if minutes < 180 { 0 } else { 20 };
            assert_eq!((short.expired, short.waiting, long.waiting), (expired, 20 - expired, 20), "{minutes} minutes");
            t.advance(Span::minutes(10));
        }
        assert!(t.sink.ledger().connections > 10, "it was asked again and again");
        assert_eq!(count(t.db(), ATTEMPTS).await, 0, "that a relay is away is held against nobody");
        t.sink.behave(Manners::Normal);
        assert_eq!(run_to_the_end(&t, long).await.accepted, 20);
        assert_eq!(compare(&patient, &states(t.db()).await.into_iter().filter(|it| patient.contains(&it.0)).collect(), &t.sink), 0);
    }
}
