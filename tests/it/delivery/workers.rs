//! Several worker processes at one PostgreSQL, which are killed and followed by others. The relay is slow enough for all
//! of them to have a share.

use super::*;
use lamplighter::base::Random;
use lamplighter::db::Engine;

const WORKERS: u64 = 3;
const KILLS: usize = 3;
/// The relay's own connections, of each worker.
const CONNECTIONS: usize = 4;
const SENT: &str = "outcome=accepted";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_come_and_are_killed_share_an_edition_and_nobody_gets_two() {
    let Some(database) = TestDatabase::migrated(Engine::Postgres).await else { return };
    let chance = Random::seeded(7);
    let sink = relay();
    let readers = readers(3_000, 50);
    let place = drafted(&database, &sink, &readers).await;
    let start = || place.start(&["serve", "--roles", "worker"]);
    let mut workers: Vec<_> = (0..WORKERS).map(|_| start()).collect();
    place.run(&["edition", "send", "--now"]).await.ok();
    let mut kills = 0;
    while kills < KILLS {
        let is_late = || sink.ledger().accepted > readers.len() as u64 * 2 / 3;
        let all_have_sent = async || is_late() || workers.iter().all(|worker| worker.logged(SENT) > 0);
        until("each worker has a share", PATIENCE, all_have_sent).await;
        if is_late() {
            break;
        }
        let killed = usize::try_from(chance.below(WORKERS)).unwrap();
        workers.swap_remove(killed).kill().await;
        workers.push(start());
        kills += 1;
    }
    assert!(kills > 0, "of three workers, one had no share of two thirds");
    let db = database.connect().await;
    until_all_ended(&db).await;
    let uncertain = compare(&readers, &states(&db).await, &sink);
    assert!(uncertain <= CONNECTIONS * kills, "{uncertain} after {kills} kills");
    for worker in workers {
        worker.terminate(Duration::from_secs(10)).await.ok();
    }
    assert_eq!(count(&db, IN_HAND).await, 0);
    db.close().await;
    database.remove().await;
}
