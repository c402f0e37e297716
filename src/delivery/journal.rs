//! What the connections of one worker are doing, in a file beside the SQLite database that outlives the process.
//!
//! Promises: before a mail can be accepted its number is in the file, and when a connection goes on to its next mail the
//! end of the one before is in it too; so after a `kill -9` at most one mail a connection is in doubt, and which ones is
//! known. It is written without fsync, at a microsecond a mail, for the system keeps what was written when a process
//! dies. When the machine itself dies it may be short of its last lines: then it is not believed (its first line names
//! the boot), and everybody in the worker's leases is in doubt.
//!
//! The lock on a file beside it says, better than any clock, that the worker lives: the system lets go of it when the
//! process ends, however it ends. PostgreSQL needs none of this: there `delivery_intents` is the same in a table. Held to
//! it by the tests below, `crash_tests.rs` and `tests/it/delivery/kills.rs`.

use super::model::DeliveryId;
use crate::base::text::one_line;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file is written anew, with nothing but what still matters, when it has grown to this.
const BYTES_MAX: u64 = 1 << 20;
/// A line that says what; the number of a connection; the number of a delivery; the same once more, turned over.
const RECORD_BYTES: usize = 24;

const BEGUN: u32 = 1;
const ACCEPTED: u32 = 2;
const ENDED: u32 = 3;
const DOUBTED: u32 = 4;

/// What a worker that is gone has left in its journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Account {
    /// Nobody but these.
    Known { in_doubt: BTreeSet<i64>, accepted: BTreeSet<i64> },
    /// There is none, or the machine went down: everybody in its leases is in doubt.
    Unknown,
}

pub(super) struct Journal {
    inner: Mutex<Inner>,
    paths: Paths,
    /// Locked for as long as this lives.
    _lock: File,
}

struct Inner {
    file: File,
    bytes: u64,
    /// By connection: the mail it is about.
    in_flight: BTreeMap<u32, DeliveryId>,
    /// Accepted, and not yet in the database.
    accepted: BTreeSet<i64>,
    /// Nobody knows, and the database does not know that yet.
    doubted: BTreeSet<i64>,
    /// By connection: an end that is written with the next beginning.
    unwritten: BTreeMap<u32, [u8; RECORD_BYTES]>,
}

#[derive(Clone)]
struct Paths {
    lock: PathBuf,
    journal: PathBuf,
    next: PathBuf,
}

impl Paths {
    fn of(database: &Path, owner: &str) -> Self {
        let beside = |end: &str| {
            let mut name = database.as_os_str().to_owned();
            name.push(format!("-worker-{owner}.{end}"));
            PathBuf::from(name)
        };
        Self { lock: beside("lock"), journal: beside("journal"), next: beside("next") }
    }

    fn remove(&self) {
        // The lock goes last: without it nobody reads the others.
        for path in [&self.next, &self.journal, &self.lock] {
            if let Err(error) = std::fs::remove_file(path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(path = %path.display(), %error, "a file of a worker that is gone stays; remove it by hand");
            }
        }
    }
}

impl Journal {
    /// Opens the journal of a new worker beside this database file.
    ///
    /// # Errors
    /// As the file system says: a folder that may not be written to, a full disk.
    pub fn open(database: &Path, owner: &str) -> io::Result<Self> {
        let paths = Paths::of(database, owner);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&paths.lock)?;
        lock.try_lock().map_err(io::Error::from)?;
        let mut inner = Inner {
            file: File::create(&paths.journal)?,
            bytes: 0,
            in_flight: BTreeMap::new(),
            accepted: BTreeSet::new(),
            doubted: BTreeSet::new(),
            unwritten: BTreeMap::new(),
        };
        inner.write_anew(&paths)?;
        Ok(Self { inner: Mutex::new(inner), paths, _lock: lock })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection is about to send this mail; what it did before is written with it.
    ///
    /// # Errors
    /// As the file system says: the mail must not be sent then.
    pub fn begin(&self, slot: u32, id: DeliveryId) -> io::Result<()> {
        let mut inner = self.lock();
        let mut bytes = Vec::with_capacity(2 * RECORD_BYTES);
        bytes.extend(inner.unwritten.get(&slot).into_iter().flatten());
        bytes.extend(record(BEGUN, slot, id.0));
        inner.write(&bytes)?;
        inner.unwritten.remove(&slot);
        inner.in_flight.insert(slot, id);
        Ok(())
    }

    /// What the connection had begun was accepted. Written with its next mail, or by [`Journal::rest`].
    pub fn accepted(&self, slot: u32, id: DeliveryId) {
        let mut inner = self.lock();
        inner.accepted.insert(id.0);
        inner.end(slot, record(ACCEPTED, slot, id.0));
    }

    /// What the connection had begun has another end, or was not sent.
    pub fn ended(&self, slot: u32, id: DeliveryId) {
        let mut inner = self.lock();
        if inner.in_flight.get(&slot) == Some(&id) {
            inner.end(slot, record(ENDED, slot, id.0));
        }
    }

    /// The connection died over what it had begun: in doubt until the database says so too.
    pub fn doubted(&self, slot: u32, id: DeliveryId) {
        let mut inner = self.lock();
        inner.doubted.insert(id.0);
        inner.end(slot, record(DOUBTED, slot, id.0));
    }

    /// The connection has no next mail: what is unwritten is written.
    pub fn rest(&self, slot: u32) {
        let mut inner = self.lock();
        if let Some(bytes) = inner.unwritten.remove(&slot)
            && let Err(error) = inner.write(&bytes)
        {
            tracing::warn!(%error, "the journal cannot be written; after a kill this mail would be in doubt");
        }
    }

    /// These ends are in the database now.
    pub fn committed(&self, ids: impl IntoIterator<Item = i64>) {
        let mut inner = self.lock();
        for id in ids {
            inner.accepted.remove(&id);
            inner.doubted.remove(&id);
        }
        if inner.bytes >= BYTES_MAX
            && let Err(error) = inner.write_anew(&self.paths)
        {
            tracing::warn!(%error, "the journal grows on: it cannot be written anew");
        }
    }
}

impl Inner {
    fn end(&mut self, slot: u32, record: [u8; RECORD_BYTES]) {
        self.in_flight.remove(&slot);
        self.unwritten.insert(slot, record);
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        // At its place, so that what a full disk took of it is written over by the next.
        self.file.write_all_at(bytes, self.bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// With what still matters alone. While the lock is held nobody else looks at these files.
    fn write_anew(&mut self, paths: &Paths) -> io::Result<()> {
        let mut bytes = boot().into_bytes();
        bytes.push(b'\n');
        bytes.extend(self.in_flight.iter().flat_map(|(slot, id)| record(BEGUN, *slot, id.0)));
        bytes.extend(self.accepted.iter().flat_map(|id| record(ACCEPTED, u32::MAX, *id)));
        bytes.extend(self.doubted.iter().flat_map(|id| record(DOUBTED, u32::MAX, *id)));
        let file = File::create(&paths.next)?;
        file.write_all_at(&bytes, 0)?;
        std::fs::rename(&paths.next, &paths.journal)?;
        self.file = file;
        self.bytes = bytes.len() as u64;
        self.unwritten.clear();
        Ok(())
    }
}

/// Whether the worker of this name is gone from this machine.
pub(super) fn is_abandoned(database: &Path, owner: &str) -> bool {
    match File::open(Paths::of(database, owner).lock) {
        // Let go of at once by being dropped.
        Ok(file) => file.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Workers that have left files beside this database, living ones among them.
pub(super) fn list_owners(database: &Path) -> Vec<String> {
    let Some((folder, name)) = database.parent().zip(database.file_name()) else { return Vec::new() };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let prefix = format!("{}-worker-", name.to_string_lossy());
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    files
        .flatten()
        .filter_map(|file| {
            let name = file.file_name();
            Some(name.to_string_lossy().strip_prefix(&prefix)?.strip_suffix(".lock")?.to_owned())
        })
        .collect()
}

/// What a worker that is gone has left.
pub(super) fn account(database: &Path, owner: &str) -> Account {
    match std::fs::read(Paths::of(database, owner).journal) {
        Ok(bytes) => read(&bytes, &boot()),
        Err(_) => Account::Unknown,
    }
}

/// After its account is in the database.
pub(super) fn forget(database: &Path, owner: &str) {
    Paths::of(database, owner).remove();
}

fn record(what: u32, slot: u32, id: i64) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    record[..4].copy_from_slice(&what.to_be_bytes());
    record[4..8].copy_from_slice(&slot.to_be_bytes());
    record[8..16].copy_from_slice(&id.to_be_bytes());
    record[16..].copy_from_slice(&(!id).to_be_bytes());
    record
}

fn read(bytes: &[u8], boot: &str) -> Account {
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return Account::Unknown };
    let (head, records) = bytes.split_at(end);
    if boot.is_empty() || head != boot.as_bytes() {
        return Account::Unknown;
    }
    let mut in_flight: BTreeMap<u32, i64> = BTreeMap::new();
    let (mut accepted, mut doubted) = (BTreeSet::new(), BTreeSet::new());
    // A last record that is cut off was never answered: what it would have begun was not begun.
    for record in records.get(1..).unwrap_or_default().chunks_exact(RECORD_BYTES) {
        let (what, slot) = (number(&record[..4]), number(&record[4..8]));
        let id = long(&record[8..16]);
        if long(&record[16..]) != !id {
            return Account::Unknown;
        }
        match what {
            BEGUN => drop(in_flight.insert(slot, id)),
            ACCEPTED => {
                in_flight.retain(|_, other| *other != id);
                accepted.insert(id);
            }
            DOUBTED => {
                in_flight.retain(|_, other| *other != id);
                doubted.insert(id);
            }
            _ => in_flight.retain(|_, other| *other != id),
        }
    }
    doubted.extend(in_flight.into_values());
    Account::Known { in_doubt: doubted, accepted }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn long(bytes: &[u8]) -> i64 {
    i64::from_be_bytes(bytes.try_into().unwrap_or_default())
}

/// Another after each start of the machine; empty where the system does not say.
fn boot() -> String {
    one_line(&std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::{Seek as _, Write as _};

    fn known(in_doubt: &[i64], accepted: &[i64]) -> Account {
        Account::Known { in_doubt: in_doubt.iter().copied().collect(), accepted: accepted.iter().copied().collect() }
    }

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("lamp.db");
        (folder, database)
    }

    #[test]
    fn after_a_kill_one_mail_a_connection_is_in_doubt_and_the_others_are_known() {
        let (_folder, database) = place();
        let journal = Journal::open(&database, "one").unwrap();
        journal.begin(0, DeliveryId(1)).unwrap();
        journal.begin(1, DeliveryId(2)).unwrap();
        journal.accepted(0, DeliveryId(1));
        journal.begin(0, DeliveryId(3)).unwrap();
        journal.ended(1, DeliveryId(2));
        journal.rest(1);
        assert_eq!(account(&database, "one"), known(&[3], &[1]));
        // Accepted, and the next not begun: in doubt after a kill right now.
        journal.accepted(0, DeliveryId(3));
        assert_eq!(account(&database, "one"), known(&[3], &[1]));
        journal.rest(0);
        assert_eq!(account(&database, "one"), known(&[], &[1, 3]));
    }

    #[test]
    fn a_worker_lives_for_as_long_as_its_lock_is_held() {
        let (_folder, database) = place();
        let journal = Journal::open(&database, "one").unwrap();
        assert!(!is_abandoned(&database, "one") && is_abandoned(&database, "never"));
        assert!(Journal::open(&database, "one").is_err());
        assert_eq!(list_owners(&database), ["one"]);
        drop(journal);
        assert!(is_abandoned(&database, "one"));
        forget(&database, "one");
        assert!(list_owners(&database).is_empty() && account(&database, "one") == Account::Unknown);
    }

    #[test]
    fn a_long_journal_is_written_anew_and_forgets_nothing_that_matters() {
        let (_folder, database) = place();
        let journal = Journal::open(&database, "one").unwrap();
        journal.begin(7, DeliveryId(-7)).unwrap();
        for id in 1..60_000 {
            journal.begin(0, DeliveryId(id)).unwrap();
            journal.accepted(0, DeliveryId(id));
            if id < 59_990 {
                journal.committed([id]);
            }
        }
        let bytes = std::fs::metadata(Paths::of(&database, "one").journal).unwrap().len();
        assert!(bytes < 2 * BYTES_MAX, "{bytes}");
        journal.rest(0);
        let Account::Known { in_doubt, accepted } = account(&database, "one") else { panic!() };
        assert_eq!(in_doubt, BTreeSet::from([-7]));
        assert!((59_990..60_000).all(|id| accepted.contains(&id)));
    }

    #[test]
    fn what_a_connection_died_over_stays_in_doubt_while_the_next_one_is_sent() {
        let (_folder, database) = place();
        let journal = Journal::open(&database, "one").unwrap();
        journal.begin(0, DeliveryId(1)).unwrap();
        journal.doubted(0, DeliveryId(1));
        journal.begin(0, DeliveryId(2)).unwrap();
        journal.accepted(0, DeliveryId(2));
        journal.rest(0);
        assert_eq!(account(&database, "one"), known(&[1], &[2]));
    }

    #[test]
    fn what_a_full_disk_took_of_a_record_is_written_over_by_the_next() {
        let (_folder, database) = place();
        let journal = Journal::open(&database, "one").unwrap();
        journal.begin(0, DeliveryId(1)).unwrap();
        let inner = journal.lock();
        let mut file = &inner.file;
        file.seek(io::SeekFrom::End(0)).unwrap();
        file.write_all(&record(BEGUN, 0, 2)[..10]).unwrap();
        drop(inner);
        assert_eq!(account(&database, "one"), known(&[1], &[]));
        journal.accepted(0, DeliveryId(1));
        journal.begin(0, DeliveryId(3)).unwrap();
        assert_eq!(account(&database, "one"), known(&[3], &[1]));
    }

    #[test]
    fn a_machine_that_went_down_is_not_believed() {
        let mut bytes = b"this boot\n".to_vec();
        bytes.extend(record(BEGUN, 0, 5));
        assert_eq!(read(&bytes, "this boot"), known(&[5], &[]));
        assert_eq!(read(&bytes, "that boot"), Account::Unknown);
        assert_eq!(read(&bytes, ""), Account::Unknown);
        assert_eq!(read(&[], "this boot"), Account::Unknown);
        bytes[20] ^= 1;
        assert_eq!(read(&bytes, "this boot"), Account::Unknown);
    }

    proptest! {
        #[test]
        fn a_journal_cut_anywhere_names_at_least_who_was_begun_before(
            steps in prop::collection::vec((0u32..4, 0u8..3), 1..60), cut in 0usize..80
        ) {
            let mut bytes = b"b\n".to_vec();
            let mut flying: BTreeMap<u32, i64> = BTreeMap::new();
            let mut states = vec![flying.clone()];
            for (id, (slot, what)) in (1i64..).zip(steps) {
                match (what, flying.get(&slot).copied()) {
                    (1, Some(open)) => { bytes.extend(record(ACCEPTED, slot, open)); flying.remove(&slot); }
                    (2, Some(open)) => { bytes.extend(record(ENDED, slot, open)); flying.remove(&slot); }
                    (_, None) => { bytes.extend(record(BEGUN, slot, id)); flying.insert(slot, id); }
                    (_, Some(_)) => continue,
                }
                states.push(flying.clone());
            }
            let kept = (2 + cut * 7).min(bytes.len());
            let Account::Known { in_doubt, .. } = read(&bytes[..kept], "b") else { panic!() };
            let whole = (kept - 2) / RECORD_BYTES;
            prop_assert_eq!(in_doubt, states[whole].values().copied().collect::<BTreeSet<i64>>());
        }
    }
}
