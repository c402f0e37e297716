//! What the connections of one worker are doing, in a file beside the SQLite database that outlives the process.
//!
//! Promises: before a mail can be accepted its number is in the file, and when a connection goes on to its next mail the
//! end of the one before is in it too; so after a `kill -9` at most one mail a connection is in doubt, and which ones is
//! known. It is written without fsync, at a microsecond a mail, for the system keeps what was written when a process
//! dies. When the machine itself dies it may be short of its last lines: then it is not believed (its first line names
//! the boot), and everybody in the worker's leases is in doubt.
//!
//! The lock on a file beside it says, better than any clock, that the worker lives: the system lets go of it when the
//! process ends, however it ends. Held to it by the tests below, `crash_tests.rs` and `tests/it/delivery/kills.rs`.

use super::Account;
use super::record::{End, RECORD_BYTES, Step, head, read};
use crate::base::text::one_line;
use crate::delivery::model::DeliveryId;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The file is written anew, with nothing but what still matters, when it has grown to this.
const BYTES_MAX: u64 = 1 << 20;
pub(in crate::delivery) struct FileJournal {
    inner: Mutex<Inner>,
    paths: Paths,
    /// Locked for as long as this lives.
    _lock: File,
}

struct Inner {
    file: Arc<File>,
    bytes: u64,
    /// A write failed: there may be half a record in the file.
    is_torn: bool,
    /// By connection: the mail it is about.
    in_flight: BTreeMap<u32, DeliveryId>,
    /// Accepted, and not yet in the database.
    accepted: BTreeSet<i64>,
    /// Nobody knows, and the database does not know that yet.
    doubted: BTreeSet<i64>,
    /// By connection: an end that is written with the next beginning.
    unwritten: BTreeMap<u32, (End, i64)>,
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

impl FileJournal {
    /// Opens the journal of a new worker beside this database file.
    ///
    /// # Errors
    /// As the file system says: a folder that may not be written to, a full disk.
    pub fn open(database: &Path, owner: &str) -> io::Result<Self> {
        let paths = Paths::of(database, owner);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(PRIVATE).open(&paths.lock)?;
        lock.try_lock().map_err(io::Error::from)?;
        let mut inner = Inner {
            file: Arc::new(create(&paths.journal)?),
            bytes: 0,
            is_torn: false,
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
        if inner.is_torn {
            // What is half written would make all of it unreadable: nothing begins before it is whole again.
            inner.write_anew(&self.paths)?;
        }
        let ended = inner.unwritten.remove(&slot);
        let previous = inner.in_flight.insert(slot, id);
        let (file, place) = inner.reserve();
        drop(inner);
        // Other connections write beside it meanwhile, each at its own place. Should the file be written anew, then this
        // mail is in the new one.
        let step = Step { slot, ended, begun: Some(id.0) };
        let Err(error) = file.write_all_at(&step.encode(), place) else { return Ok(()) };
        let mut inner = self.lock();
        inner.is_torn = true;
        match previous {
            Some(previous) => drop(inner.in_flight.insert(slot, previous)),
            None => drop(inner.in_flight.remove(&slot)),
        }
        if let Some(ended) = ended {
            inner.unwritten.insert(slot, ended);
        }
        Err(error)
    }

    /// What the connection had begun was accepted. Written with its next mail, or by [`FileJournal::rest`].
    pub fn accepted(&self, slot: u32, id: DeliveryId) {
        let mut inner = self.lock();
        inner.accepted.insert(id.0);
        inner.end(slot, End::Accepted, id);
    }

    /// What the connection had begun has another end, or was not sent.
    pub fn ended(&self, slot: u32, id: DeliveryId) {
        let mut inner = self.lock();
        if inner.in_flight.get(&slot) == Some(&id) {
            inner.end(slot, End::Other, id);
        }
    }

    /// The connection died over what it had begun: in doubt until the database says so too.
    pub fn doubted(&self, slot: u32, id: DeliveryId) {
        let mut inner = self.lock();
        inner.doubted.insert(id.0);
        inner.end(slot, End::Doubted, id);
    }

    /// The connection has no next mail: what is unwritten is written.
    pub fn rest(&self, slot: u32) {
        let mut inner = self.lock();
        let Some((end, id)) = inner.unwritten.remove(&slot) else { return };
        let (file, place) = inner.reserve();
        drop(inner);
        if let Err(error) = file.write_all_at(&Step::end(slot, end, id).encode(), place) {
            self.lock().is_torn = true;
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
    fn end(&mut self, slot: u32, end: End, id: DeliveryId) {
        self.in_flight.remove(&slot);
        self.unwritten.insert(slot, (end, id.0));
    }

    /// Where the next record goes. Nobody else writes there.
    fn reserve(&mut self) -> (Arc<File>, u64) {
        let place = self.bytes;
        self.bytes += RECORD_BYTES as u64;
        (Arc::clone(&self.file), place)
    }

    /// With what still matters alone. While the lock is held nobody else looks at these files.
    fn write_anew(&mut self, paths: &Paths) -> io::Result<()> {
        let mut bytes = head(&boot()).to_vec();
        bytes.extend(self.in_flight.iter().flat_map(|(slot, id)| Step::beginning(*slot, id.0).encode()));
        bytes.extend(self.accepted.iter().flat_map(|id| Step::end(u32::MAX, End::Accepted, *id).encode()));
        bytes.extend(self.doubted.iter().flat_map(|id| Step::end(u32::MAX, End::Doubted, *id).encode()));
        let file = create(&paths.next)?;
        file.write_all_at(&bytes, 0)?;
        std::fs::rename(&paths.next, &paths.journal)?;
        self.file = Arc::new(file);
        self.bytes = bytes.len() as u64;
        self.is_torn = false;
        self.unwritten.clear();
        Ok(())
    }
}

/// As the database: for its owner alone.
const PRIVATE: u32 = 0o600;

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(true).write(true).mode(PRIVATE).open(path)
}

/// Whether the worker of this name is gone from this machine.
pub(in crate::delivery) fn is_abandoned(database: &Path, owner: &str) -> bool {
    match File::open(Paths::of(database, owner).lock) {
        // Let go of at once by being dropped.
        Ok(file) => file.try_lock().is_ok(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// Workers that have left files beside this database, living ones among them.
pub(in crate::delivery) fn list_owners(database: &Path) -> Vec<String> {
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
pub(in crate::delivery) fn account(database: &Path, owner: &str) -> Account {
    match std::fs::read(Paths::of(database, owner).journal) {
        Ok(bytes) => read(&bytes, &boot()),
        Err(_) => Account::Unknown,
    }
}

/// After its account is in the database.
pub(in crate::delivery) fn forget(database: &Path, owner: &str) {
    Paths::of(database, owner).remove();
}

/// Another after each start of the machine; empty where the system does not say.
fn boot() -> String {
    one_line(&std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let journal = FileJournal::open(&database, "one").unwrap();
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
        let journal = FileJournal::open(&database, "one").unwrap();
        assert!(!is_abandoned(&database, "one") && is_abandoned(&database, "never"));
        assert!(FileJournal::open(&database, "one").is_err());
        assert_eq!(list_owners(&database), ["one"]);
        drop(journal);
        assert!(is_abandoned(&database, "one"));
        forget(&database, "one");
        assert!(list_owners(&database).is_empty() && account(&database, "one") == Account::Unknown);
    }

    #[test]
    fn a_long_journal_is_written_anew_and_forgets_nothing_that_matters() {
        let (_folder, database) = place();
        let journal = FileJournal::open(&database, "one").unwrap();
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
        let journal = FileJournal::open(&database, "one").unwrap();
        journal.begin(0, DeliveryId(1)).unwrap();
        journal.doubted(0, DeliveryId(1));
        journal.begin(0, DeliveryId(2)).unwrap();
        journal.accepted(0, DeliveryId(2));
        journal.rest(0);
        assert_eq!(account(&database, "one"), known(&[1], &[2]));
    }

    #[test]
    fn after_a_write_that_failed_nothing_begins_before_the_journal_is_whole_again() {
        let (folder, database) = place();
        let journal = FileJournal::open(&database, "one").unwrap();
        journal.begin(0, DeliveryId(1)).unwrap();
        let mut inner = journal.lock();
        let (file, place) = inner.reserve();
        file.write_all_at(&Step::beginning(0, 2).encode()[..10], place).unwrap();
        inner.is_torn = true;
        drop(inner);
        assert_eq!(account(&database, "one"), known(&[1], &[]));
        journal.accepted(0, DeliveryId(1));
        let next = Paths::of(&database, "one").next;
        std::fs::create_dir(&next).unwrap();
        assert!(journal.begin(0, DeliveryId(3)).is_err(), "it cannot be written anew");
        std::fs::remove_dir(&next).unwrap();
        journal.begin(0, DeliveryId(3)).unwrap();
        assert_eq!(account(&database, "one"), known(&[3], &[1]));
        drop(folder);
    }

    #[test]
    fn a_write_that_failed_begins_nothing_and_forgets_nothing() {
        let (_folder, database) = place();
        let journal = FileJournal::open(&database, "one").unwrap();
        journal.begin(0, DeliveryId(1)).unwrap();
        journal.accepted(0, DeliveryId(1));
        // A file that cannot be written to.
        let path = Paths::of(&database, "one").journal;
        journal.lock().file = Arc::new(File::open(&path).unwrap());
        assert!(journal.begin(0, DeliveryId(2)).is_err());
        assert_eq!(account(&database, "one"), known(&[1], &[]));
        journal.begin(0, DeliveryId(3)).unwrap();
        assert_eq!(account(&database, "one"), known(&[3], &[1]));
    }

    #[test]
    fn a_place_that_another_connection_had_not_written_yet_is_nothing() {
        let (_folder, database) = place();
        let journal = FileJournal::open(&database, "one").unwrap();
        journal.begin(0, DeliveryId(1)).unwrap();
        let _ = journal.lock().reserve();
        journal.begin(1, DeliveryId(2)).unwrap();
        assert_eq!(account(&database, "one"), known(&[1, 2], &[]));
    }

    #[test]
    fn an_end_that_is_written_late_ends_nothing_that_another_connection_has_begun_since() {
        let (_folder, database) = place();
        let journal = FileJournal::open(&database, "one").unwrap();
        journal.begin(0, DeliveryId(1)).unwrap();
        journal.ended(0, DeliveryId(1));
        journal.begin(1, DeliveryId(1)).unwrap();
        journal.rest(0);
        assert_eq!(account(&database, "one"), known(&[1], &[]));
    }
}
