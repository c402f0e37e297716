//! Several worker processes at one PostgreSQL. Each looks for work every few seconds, so the relay is slow enough for both.

use super::*;
use lamplighter::db::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_worker_processes_share_an_edition_and_nobody_gets_two() {
    let Some(database) = TestDatabase::migrated(Engine::Postgres).await else { return };
    let sink = relay();
    let readers = readers(600, 30);
    let place = drafted(&database, &sink, &readers).await;
    let first = place.start(&["serve", "--roles", "worker"]);
    let second = place.start(&["serve", "--roles", "worker"]);
    place.run(&["edition", "send", "--now"]).await.ok();
    let db = database.connect().await;
    until_all_ended(&db).await;
    let shares = [first.logged("outcome=accepted"), second.logged("outcome=accepted")];
    assert!(shares.iter().all(|share| *share > 0), "both worked: {shares:?}");
    assert_eq!(compare(&readers, &states(&db).await, &sink), 0);
    for worker in [first, second] {
        worker.terminate(Duration::from_secs(10)).await.ok();
    }
    db.close().await;
    database.remove().await;
}
