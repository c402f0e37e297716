//! `kill -9` of the real process, again and again, at any moment of an edition: sealing it, sending it, taking up what the
//! one before left.
//!
//! `LAMPLIGHTER_KILLS=60` makes it a long night: each kill comes with four hundred more readers.

use super::*;
use lamplighter::base::{Clock as _, Random, Span, SystemClock};
use lamplighter::db::Engine;
use lamplighter::sink::Keep;
use std::io::Write as _;
use std::path::Path;
use tempfile::TempDir;

const KILLS: usize = 12;
const READERS_PER_KILL: usize = 400;
/// The relay's own connections: at most so many mails hang in the air when a process dies.
const CONNECTIONS: usize = 10;

async fn pause(ms: u64) {
    SystemClock.sleep_until(SystemClock.now() + Span::millis(i64::try_from(ms).unwrap_or(0))).await;
}

/// What the relay took, by address, from its own file.
fn taken(file: &Path) -> BTreeMap<String, usize> {
    let mut copies = BTreeMap::new();
    for line in std::fs::read_to_string(file).expect("the relay keeps its ledger").lines() {
        let address = line.split('\t').nth(1).expect("time, recipient, Message-ID");
        *copies.entry(address.to_owned()).or_default() += 1;
    }
    copies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_any_moment_lose_nobody_and_mail_nobody_twice() {
    let kills = std::env::var_os("LAMPLIGHTER_KILLS");
    let kills = kills.and_then(|it| it.to_str()?.parse().ok()).unwrap_or(KILLS);
    let chance = Random::seeded(0x1a3b);
    let folder = TempDir::with_prefix("lamplighter-kills-").expect("there is room for temporary folders");
    let file = folder.path().join("ledger");
    let mut options = SinkOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)));
    options.keep = Keep::CountsAlone;
    options.ledger_file = Some(file.clone());
    let sink = Sink::start(options).expect("a port is free");
    let database = TestDatabase::migrated(Engine::Sqlite).await.expect("SQLite is part of the program");
    let readers = readers(kills * READERS_PER_KILL, 5);
    let place = drafted_at(&database.url, &sink, &readers, &format!("connections = {CONNECTIONS}")).await;

    let mut running = place.start(&["edition", "send", "--now", "--wait"]);
    let mut sent = Vec::new();
    for kill in 0..kills {
        let before = sink.ledger().accepted;
        // One in six dies before it has sent anything, while it takes up what the one before left.
        if kill > 0 && chance.below(6) == 0 {
            pause(chance.below(400)).await;
        } else {
            let flows = async {
                while sink.ledger().accepted == before {
                    pause(2).await;
                }
            };
            assert!(tokio::time::timeout(PATIENCE, flows).await.is_ok(), "mails flow after kill {kill}");
            pause(50 + chance.below(150)).await;
        }
        running.kill().await;
        sent.push(sink.ledger().accepted - before);
        running = place.start(&["serve", "--roles", "worker"]);
    }
    assert!(sink.ledger().accepted < readers.len() as u64, "all died in the middle: {sent:?}");

    let db = database.connect().await;
    until_all_ended(&db).await;
    until("the edition is sent", PATIENCE, async || ledger(&place).await["edition"]["state"] == "sent").await;
    assert_eq!(count(&db, IN_HAND).await, 0);
    running.terminate(PATIENCE).await.ok();
    let uncertain = compare_copies(&readers, &states(&db).await, taken(&file));
    assert!(uncertain <= CONNECTIONS * kills, "{uncertain} after {kills} kills");
    let report = ledger(&place).await;
    assert_eq!(report["deliveries"]["audience"], readers.len());
    assert_eq!(report["deliveries"]["uncertain"], uncertain);
    assert_eq!((sink.ledger().repeated, sink.ledger().violations), (0, vec![]));
    let figures =
        format!("{kills} kills, {} readers, {uncertain} uncertain; sent in each life: {sent:?}\n", readers.len());
    std::io::stderr().write_all(figures.as_bytes()).expect("somebody listens");
    db.close().await;
}
