//! The world stops at every point and starts again: nobody is lost, and nobody has two copies but who is named.

use super::journal::{self, Account};
use super::store::fixtures::Stage;
use super::worker_tests::until;
use super::{AttemptOutcome, Settings, Timeouts, run_until_idle_with};
use crate::app::App;
use crate::base::{CrashPoint, Span, limits};
use std::collections::BTreeMap;
use std::path::Path;

const POINTS: &[CrashPoint] = &[
    CrashPoint::AfterLease,
    CrashPoint::AfterAttemptStarted,
    CrashPoint::AfterDataGranted,
    CrashPoint::AfterAcceptBeforeRecord,
    CrashPoint::BeforeOutcomeCommit,
    CrashPoint::AfterOutcomeCommit,
];

/// Runs until the armed point is hit; false if it never was.
async fn run_into(stage: &Stage, point: CrashPoint, nth: usize) -> bool {
    stage.app.context.faults.arm(point, nth);
    tokio::select! {
        result = run_until_idle_with(&stage.app, stage.settings()) => {
            result.unwrap();
            false
        }
        () = stage.app.context.faults.crashed() => true,
    }
}

async fn restart_and_finish(stage: &mut Stage) {
    stage.restart();
    stage.advance(limits::LEASE_TIME + Span::minutes(30));
    stage.run_to_the_end().await;
}

#[tokio::test]
async fn a_crash_at_any_point_loses_nobody_and_names_every_possible_duplicate() {
    let addresses: Vec<String> = (0..12).map(|n| format!("reader-{n}@x.example")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    for point in POINTS {
        for nth in [1, 2, 5] {
            let mut stage = Stage::open().await;
            stage.audience(&addresses).await;
            let crashed = run_into(&stage, *point, nth).await;
            // Many leases, and many outcomes, are one commit.
            let is_rare = matches!(
                point,
                CrashPoint::AfterLease | CrashPoint::BeforeOutcomeCommit | CrashPoint::AfterOutcomeCommit
            );
            assert!(crashed || (is_rare && nth > 1), "{point:?} {nth}");
            restart_and_finish(&mut stage).await;
            let counts = stage.counts().await;
            assert_eq!(counts.accepted + counts.uncertain, 12, "{point:?} {nth}: {counts:?}");
            assert!(counts.uncertain <= 2, "at most one a connection: {point:?} {nth}: {counts:?}");
            if matches!(point, CrashPoint::AfterLease | CrashPoint::AfterOutcomeCommit) {
                // The other connection may stand anywhere when the world stops.
                assert!(counts.uncertain <= 1, "{point:?} {nth}: {counts:?}");
            }
            for address in &addresses {
                let copies = stage.sink.mails_to(address).len();
                match stage.state(address).await.as_str() {
                    "accepted" => assert_eq!(copies, 1, "{point:?} {nth} {address}"),
                    // Held: an operator decides.
                    state => assert!(state == "uncertain" && copies <= 1, "{point:?} {nth} {address} {state} {copies}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn with_resending_a_crash_leaves_nobody_out_and_duplicates_only_where_it_says_so() {
    let addresses: Vec<String> = (0..6).map(|n| format!("reader-{n}@x.example")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    for point in POINTS {
        let mut stage = Stage::open().await;
        stage.house.run("UPDATE publications SET uncertain_policy = 'resend_once'").await;
        stage.audience(&addresses).await;
        run_into(&stage, *point, 1).await;
        restart_and_finish(&mut stage).await;
        assert_eq!(stage.counts().await.accepted, 6, "{point:?}");
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        for mail in stage.sink.mails() {
            *copies.entry(mail.message_id.clone()).or_default() += 1;
        }
        assert_eq!(copies.len(), 6, "{point:?}");
        for address in &addresses {
            let was_uncertain = stage.attempts(address).await.contains(&AttemptOutcome::Uncertain.to_string());
            let copies = stage.sink.mails_to(address).len();
            assert!(copies == 1 || (copies == 2 && was_uncertain), "{point:?} {address} {copies}");
        }
    }
}

#[tokio::test]
async fn nothing_is_taken_from_a_worker_that_is_merely_slow() {
    let stage = Stage::open().await;
    stage.audience(&["slow-60000@x.example"]).await;
    let (app, settings) = (stage.app.clone(), Settings { timeouts: Timeouts::default(), ..stage.settings() });
    let slow = tokio::spawn(async move { run_until_idle_with(&app, settings).await });
    until(|| async { is_in_doubt(stage.app.db.file().unwrap()) }).await;
    // It stands still; another process looks.
    let other = stage.another_process();
    assert_eq!(super::tidy(&other).await.unwrap(), super::Tidied::default());
    slow.abort();
    let _ = slow.await;
    tidied(&other, |it| it.uncertain == 1).await;
}

#[tokio::test]
async fn what_a_dead_worker_held_is_taken_up_at_once() {
    let mut stage = Stage::open().await;
    stage.audience(&["anna@x.example", "ben@x.example", "carl@x.example", "dora@x.example"]).await;
    assert!(run_into(&stage, CrashPoint::AfterAttemptStarted, 1).await);
    stage.restart();
    // The system lets go of its lock when the last task of it is gone.
    let found = tidied(&stage.app, |it| it.requeued > 0).await;
    assert!((1..=2).contains(&found.uncertain), "{found:?}");
    stage.run().await;
    let counts = stage.counts().await;
    assert_eq!((counts.waiting, counts.accepted + counts.uncertain), (0, 4));
}

/// Whether a worker is in the middle of a mail.
fn is_in_doubt(database: &Path) -> bool {
    journal::list_owners(database).iter().any(
        |owner| matches!(journal::account(database, owner), Account::Known { in_doubt, .. } if !in_doubt.is_empty()),
    )
}

/// Tidies until it has found what is wanted, all told.
async fn tidied(app: &App, wanted: impl Fn(&super::Tidied) -> bool) -> super::Tidied {
    let mut all = super::Tidied::default();
    for _ in 0..1000 {
        let found = super::tidy(app).await.unwrap();
        all.requeued += found.requeued;
        all.uncertain += found.uncertain;
        if wanted(&all) {
            return all;
        }
        tokio::task::yield_now().await;
    }
    panic!("never found: {all:?}");
}
