//! The database goes away in the middle of an edition, and comes back: PostgreSQL is stopped, SQLite's disk is full.
//!
//! The worker survives both. Nothing is sent of which no record could be kept.

use super::*;
use crate::harness::{Cluster, missing};
use lamplighter::base::{Clock as _, Span, SystemClock};
use lamplighter::db::Db;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// The relay's own connections: at most so many mails hang in the air at once.
const CONNECTIONS: u64 = 4;

/// Waits until the relay has taken nothing for a second.
async fn until_quiet(sink: &Sink) -> u64 {
    let clock = SystemClock;
    let quiet = async {
        loop {
            let taken = sink.ledger().accepted;
            clock.sleep_until(clock.now() + Span::seconds(1)).await;
            if sink.ledger().accepted == taken {
                return taken;
            }
        }
    };
    tokio::time::timeout(PATIENCE, quiet).await.expect("it becomes quiet")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_is_stopped_in_mid_send_loses_nobody_and_the_same_worker_goes_on() {
    let Some(mut cluster) = Cluster::of_my_own() else { return };
    let url = cluster.url("postgres");
    let sink = relay();
    let readers = readers(600, 10);
    let place = drafted_at(&url, &sink, &readers, "").await;
    place.run(&["edition", "send", "--now"]).await.ok();
    let worker = place.start(&["serve", "--roles", "worker"]);
    until_taken(&sink, 100).await;
    cluster.stop();
    let stopped_at = sink.ledger().accepted;
    let quiet = until_quiet(&sink).await;
    assert!(quiet <= stopped_at + CONNECTIONS, "{stopped_at} when it stopped, {quiet} after");
    assert!(worker.logged("ERROR") > 0, "it says what is wrong");
    cluster.start_again();
    let db = Db::connect(&url).await.expect("it is back");
    until_all_ended(&db).await;
    let uncertain = compare(&readers, &states(&db).await, &sink);
    assert!(uncertain as u64 <= CONNECTIONS, "{uncertain}");
    worker.terminate(Duration::from_secs(10)).await.ok();
    assert_eq!(count(&db, IN_HAND).await, 0);
    db.close().await;
}

/// A disk of its own, of a few megabytes.
struct Disk(TempDir);

impl Disk {
    /// `None` where nothing may be mounted.
    fn mounted(megabytes: u32) -> Option<Self> {
        let folder = TempDir::with_prefix("lamplighter-disk-").expect("there is room for temporary folders");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"]).arg(folder.path());
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        missing::announce("nothing can be mounted here: no test saw a full disk. Run the suite as root.");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Leaves not a byte.
    fn fill(&self) {
        let mut file = std::fs::File::create(self.path("filler")).expect("there is room for a name");
        for size in [1 << 16, 1 << 10, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn clear(&self) {
        std::fs::remove_file(self.path("filler")).expect("it is there");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).output();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_nothing_is_sent_and_nobody_is_lost_and_it_goes_on_when_there_is_room() {
    let Some(disk) = Disk::mounted(48) else { return };
    let url = format!("sqlite:{}", disk.path("lamplighter.db").display());
    let sink = relay();
    let readers = readers(1_500, 5);
    let place = drafted_at(&url, &sink, &readers, "").await;
    place.run(&["edition", "send", "--now"]).await.ok();
    let worker = place.start(&["serve", "--roles", "worker"]);
    until_taken(&sink, 100).await;
    disk.fill();
    let quiet = until_quiet(&sink).await;
    assert!(quiet < 1_500, "it stopped in the middle");
    assert!(worker.logged("is the disk full?") > 0 || worker.logged("could not be written") > 0, "it says why");
    // Longer than what a reader wishes is believed: what is held is to be given back, and cannot be.
    SystemClock.sleep_until(SystemClock.now() + Span::seconds(7)).await;
    assert_eq!(sink.ledger().accepted, quiet);
    disk.clear();
    let db = Db::connect(&url).await.expect("it can be read");
    until_all_ended(&db).await;
    let uncertain = compare(&readers, &states(&db).await, &sink);
    assert!(uncertain as u64 <= CONNECTIONS, "{uncertain}");
    worker.terminate(Duration::from_secs(10)).await.ok();
    assert_eq!(count(&db, IN_HAND).await, 0);
    db.close().await;
}
