//! The world stops at every place of a small send, one after the other, and starts again: our ledger against the relay's.

use super::engine::{counted, edition, publication, run_to_the_end};
use super::states;
use crate::harness::{Harness, both_engines};
use lamplighter::base::{CrashPoint, Span, limits};
use lamplighter::db::Sql;
use lamplighter::delivery::run_until_idle;
use tokio::sync::oneshot;

const POINTS: [CrashPoint; 8] = [
    CrashPoint::AfterLease,
    CrashPoint::AfterAttemptStarted,
    CrashPoint::AfterDataGranted,
    CrashPoint::AfterAcceptBeforeRecord,
    CrashPoint::BeforeOutcomeCommit,
    CrashPoint::AfterOutcomeCommit,
    CrashPoint::BeforeCommit,
    CrashPoint::AfterCommit,
];
/// More than the relay has connections, so that some send twice.
const READERS: usize = 6;
/// The relay's own connections.
const CONNECTIONS: i64 = 4;
/// A small send has far fewer commits.
const HITS_MAX: usize = 100;

const IN_DOUBT: Sql = Sql::both(
    "SELECT COUNT(*) AS value FROM delivery_attempts a JOIN deliveries d ON d.id = a.delivery_id JOIN subscribers s ON s.id = d.subscriber_id WHERE s.email = $1 AND a.outcome = 'uncertain'",
);

/// Sends until the world stops at the `nth` hit of this point; false if it never does.
async fn stops_at(t: &mut Harness, point: CrashPoint, nth: usize) -> bool {
    t.faults.arm(point, nth);
    let (faults, app) = (t.faults.clone(), t.app.clone());
    let (told, ended) = oneshot::channel();
    t.spawn(async move {
        run_until_idle(&app).await.unwrap();
        told.send(()).unwrap();
    });
    tokio::select! {
        () = faults.crashed() => true,
        ended = ended => {
            ended.expect("the worker did not fail");
            false
        }
    }
}

both_engines! {
    async fn wherever_the_world_stops_nobody_is_lost_and_every_possible_duplicate_is_named(t: Harness) {
        let policies = [("hold", publication(&t, "hold").await), ("resend_once", publication(&t, "resend_once").await)];
        let (mut t, mut runs) = (t, 0);
        for point in POINTS {
            for nth in 1.. {
                assert!(nth < HITS_MAX, "{point:?} is hit again and again");
                runs += 1;
                let (policy, publication) = policies[runs % 2];
                let what = format!("{point:?} {nth}, {policy}");
                let readers: Vec<String> = (0..READERS).map(|n| format!("reader-{runs}-{n}@x.example")).collect();
                let edition = edition(&t, publication, &format!("run {runs}"), &readers, Span::hours(24)).await;
                let has_stopped = stops_at(&mut t, point, nth).await;
                t = t.restart().await;
                t.advance(limits::LEASE_TIME + Span::minutes(30));
                let counts = run_to_the_end(&t, edition).await;
                assert_eq!(counts, counted(t.db(), edition).await);
                assert!(counts.accepted + counts.uncertain == 6 && counts.uncertain <= CONNECTIONS, "{what}: {counts}");
                let states = states(t.db()).await;
                for reader in &readers {
                    let copies = t.sink.mails_to(reader).len();
                    let mut tx = t.db().read().await.unwrap();
                    let doubts: i64 = tx.fetch_value(IN_DOUBT, vec![reader.into()]).await.unwrap();
                    match (policy, states[reader].as_str(), doubts, copies) {
                        (_, "accepted", 0, 1) | ("hold", "uncertain", 1, 0 | 1) => {}
                        ("resend_once", "accepted", 1, 1 | 2) => {}
                        (_, state, ..) => panic!("{what}: {reader} is {state}, {doubts} times in doubt, {copies} copies"),
                    }
                }
                if !has_stopped {
                    break;
                }
            }
        }
        assert_eq!(t.sink.ledger().violations, []);
    }
}
