//! A PostgreSQL cluster of the suite's own: made once per run, on a Unix socket in a temporary folder, gone afterwards.
//!
//! It never touches a server that is there already: no TCP port, no shared folder. PostgreSQL refuses to run as root;
//! then the cluster belongs to `postgres` or `nobody`.

use super::leash::Leash;
use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub struct Cluster {
    folder: PathBuf,
    leash: Leash,
}

/// Whether a commit waits until the system has it: only then does it survive an immediate stop.
#[derive(Clone, Copy)]
enum Commits {
    Wait,
    DoNotWait,
}

/// Arguments: the folder of the programs, the folder of the cluster, whether commits wait. Prints `ready`, or what went
/// wrong; then does as it is told, and ends with its input.
const KEEPER: &str = r#"
set -u
programs=$1 folder=$2 commits=$3
trap 'rm -rf "$folder"' EXIT
fail() { cat "$folder/log"; exit 1; }
"$programs/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 </dev/null || fail
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
port = 5432
unix_socket_directories = '$folder'
max_connections = 400
shared_buffers = 64MB
fsync = off
synchronous_commit = $commits
full_page_writes = off
autovacuum = off
END
start() { "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start >/dev/null 2>&1 </dev/null || fail; }
stop() { "$programs/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 </dev/null; }
start
echo ready
while read -r order; do
    case $order in
        start) start; echo started;;
        stop) stop; echo stopped;;
    esac
done
stop
"#;

/// The longest path of a Unix socket is 107 bytes (104 on some systems), `/.s.PGSQL.5432` included.
const FOLDER_BYTES_MAX: usize = 80;

/// The cluster of this run; `None` where PostgreSQL is not installed.
///
/// # Panics
/// If it is installed and does not start, or is absent and `CI=true`.
pub fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Result<Option<Cluster>, String>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| {
        let Some(programs) = find_programs() else {
            if super::missing::in_ci() {
                return Err("PostgreSQL's initdb was not found, and CI=true; .ci/run installs it".to_owned());
            }
            let remedy = "On Debian: apt-get install postgresql (no server needs to run).";
            super::missing::tell("PostgreSQL", "every test ran on SQLite alone", remedy);
            return Ok(None);
        };
        Cluster::start(&programs, Commits::DoNotWait).map(Some)
    });
    match cluster {
        Ok(cluster) => cluster.as_ref(),
        Err(message) => panic!("the suite's PostgreSQL did not start: {message}"),
    }
}

impl Cluster {
    /// One of a test's own, which it may stop; `None` where PostgreSQL is not installed.
    ///
    /// # Panics
    /// As [`cluster`].
    pub fn of_my_own() -> Option<Self> {
        cluster()?;
        let programs = find_programs()?;
        Some(Self::start(&programs, Commits::Wait).expect("another cluster can be started"))
    }

    /// At once, as by a power cut: nobody is told, nothing is brought in order.
    pub fn stop(&mut self) {
        self.leash.ask("stop", "stopped").expect("the cluster stops");
    }

    /// After [`Self::stop`]: it recovers what was committed.
    pub fn start_again(&mut self) {
        self.leash.ask("start", "started").expect("the cluster starts again");
    }

    fn start(programs: &Path, commits: Commits) -> Result<Self, String> {
        let temporary = match commits {
            Commits::DoNotWait if has_room_in_memory() => PathBuf::from(MEMORY),
            _ => std::env::temp_dir(),
        };
        let folder = tempfile::Builder::new()
            .prefix("lamplighter-pg-")
            .tempdir_in(if temporary.as_os_str().len() > FOLDER_BYTES_MAX { Path::new("/tmp") } else { &temporary })
            .map_err(|error| format!("no temporary folder: {error}"))?;
        let mut keeper = Command::new("sh");
        keeper
            .args([OsStr::new("-c"), OsStr::new(KEEPER), OsStr::new("sh"), programs.as_os_str()])
            .arg(folder.path())
            .arg(match commits {
                Commits::Wait => "on",
                Commits::DoNotWait => "off",
            })
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C");
        let owner = std::fs::metadata(folder.path()).map_err(|error| error.to_string())?.uid();
        if owner == 0 {
            let (uid, gid) = find_unprivileged_user().ok_or("there is no user to run it but root")?;
            chown(folder.path(), Some(uid), Some(gid)).map_err(|error| format!("chown: {error}"))?;
            keeper.uid(uid).gid(gid);
        }
        let (leash, ()) = Leash::start(keeper, |line| (line == "ready").then_some(()))?;
        // From here on the keeper removes it.
        Ok(Self { folder: folder.keep(), leash })
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port=5432&user=postgres&sslmode=disable", self.folder.display())
    }
}

const MEMORY: &str = "/dev/shm";
/// Many times what the databases of the tests that run at once take.
const MEMORY_KB_MIN: u64 = 8_000_000;

/// A new database is some thousand files, and each test has one: where there is memory for them, no disk has to keep up.
fn has_room_in_memory() -> bool {
    let Ok(told) = Command::new("df").args(["--output=avail", "-k", MEMORY]).output() else { return false };
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    told.lines().nth(1).and_then(|it| it.trim().parse::<u64>().ok()).is_some_and(|free| free > MEMORY_KB_MIN)
}

/// The folder that holds `initdb` and `pg_ctl`: behind PATH's `postgres`, else the newest of Debian's.
fn find_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path)
        .filter_map(|folder| folder.join("initdb").canonicalize().ok())
        .filter_map(|program| program.parent().map(Path::to_owned));
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    debian.sort_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).and_then(OsStr::to_str);
        std::cmp::Reverse(version.and_then(|version| version.parse::<u32>().ok()))
    });
    on_path.chain(debian).find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

fn find_unprivileged_user() -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|wanted| {
        let line = users.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}
