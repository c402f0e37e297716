//! The real program in a folder of its own: configured by files, started as an operator starts it, ended by signals.
//!
//! Its time is the machine's and its chance is real; whoever waits here waits for a condition, with a limit.

use super::TestDatabase;
use lamplighter::base::{Clock as _, Span, SystemClock};
use serde_json::Value;
use std::fmt::Display;
use std::io::{Read, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;

/// A command that takes longer hangs.
const RUN_TIME_MAX: Duration = Duration::from_secs(120);

/// A folder in which the program is run.
pub struct Place {
    folder: TempDir,
    /// The library that Debian's `faketime` puts before the C library, and the time that it tells.
    faked: Option<(String, Fake)>,
}

/// A time that the program takes for the machine's, in UTC.
#[derive(Clone, Debug)]
pub struct Fake(String);

impl Fake {
    /// Begins then, and goes on as fast as ever: for a command.
    pub fn stands(utc: &str) -> Self {
        Self(format!("@{utc}"))
    }

    /// Begins then, and runs so many times as fast.
    pub fn runs(utc: &str, speed: u32) -> Self {
        Self(format!("@{utc} x{speed}"))
    }
}

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Said {
    /// None if a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    /// # Panics
    /// If it did not succeed.
    pub fn ok(self) -> Self {
        self.with_code(0)
    }

    /// # Panics
    /// If it ended otherwise.
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON: {error}\n{self}"))
    }

    /// # Panics
    /// If one of these words is not in the message to the operator.
    pub fn tells(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in the message\n{self}");
        }
        assert!(!self.err.contains("panicked"), "{self}");
        self
    }
}

impl Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {:?}\n--- output\n{}\n--- errors\n{}", self.code, self.out, self.err)
    }
}

impl Place {
    /// Without any file.
    pub fn empty() -> Self {
        let folder = TempDir::with_prefix("lamplighter-run-").expect("there is room for temporary folders");
        Self { folder, faked: None }
    }

    /// Where the program's time can be faked; `None` on a machine that has no `faketime`.
    pub fn with_faked_time() -> Option<Self> {
        // The program itself stays ours, so that signals reach it: `faketime` only names its library.
        let asked = Command::new("faketime").args(["-m", "-f", "+0", "sh", "-c", "printf %s \"$LD_PRELOAD\""]).output();
        let library = String::from_utf8(asked.ok()?.stdout).ok().filter(|path| path.contains("faketime"))?;
        Some(Self { faked: Some((library, Fake::stands("2026-01-01 00:00:00"))), ..Self::empty() })
    }

    /// What is started from here on starts at this time.
    pub fn fake(&mut self, time: Fake) {
        if let Some((_, faked)) = &mut self.faked {
            *faked = time;
        }
    }

    /// Configured for this database and this relay. Sources on loopback may be read, for so is `base_url`.
    pub fn configured(database: &TestDatabase, relay: SocketAddr) -> Self {
        let place = Self::empty();
        place.configure(&database.url, relay, "");
        place
    }

    /// Further lines belong to the relay, or begin a section.
    pub fn configure(&self, database: &str, relay: SocketAddr, more: &str) {
        let text = format!(
            "[site]\nname = 'The Harbour Gazette'\nbase_url = 'http://127.0.0.1:8080'\n\
             postal_address = 'The Harbour Gazette, 1 Quay Street, Exampleton'\n\
             [database]\nurl = '{database}'\n[mail]\nfrom = 'The Harbour Gazette <evening@news.example>'\n\
             [[relay]]\nurl = 'smtp://{relay}'\n{more}\n"
        );
        self.write("lamplighter.toml", &text);
    }

    /// Declares one publication with these feeds and applies it.
    pub async fn declare(&self, feeds: &[String]) {
        let sources: String = feeds.iter().map(|url| format!("[[publication.source]]\nurl = '{url}'\n")).collect();
        let text = format!(
            "[[publication]]\nslug = 'evening'\nname = 'The Evening Gazette'\ntime_zone = 'UTC'\n[[publication.slot]]\n{sources}"
        );
        self.write("newsroom.toml", &text);
        self.run(&["apply", "newsroom.toml"]).await.ok();
    }

    /// These readers, confirmed elsewhere.
    pub async fn import(&self, addresses: &[String]) {
        self.write("readers.csv", &format!("email\n{}\n", addresses.join("\n")));
        let said = self
            .run(&[
                "subscriber",
                "import",
                "readers.csv",
                "--status",
                "confirmed",
                "--consent",
                "Spring fair",
                "--json",
            ])
            .await
            .ok();
        assert_eq!(said.json()["imported"], addresses.len(), "{said}");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the temporary folder is writable");
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }

    pub async fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, b"").await
    }

    /// With this on its standard input.
    pub async fn run_with(&self, arguments: &[&str], input: &[u8]) -> Said {
        let mut running = self.start(arguments);
        let (mut pipe, input) = (running.child.stdin.take().expect("a pipe"), input.to_vec());
        // A program that reads nothing closes the pipe: no failure of ours.
        let writer = std::thread::spawn(move || pipe.write_all(&input).is_ok());
        let said = running.end(RUN_TIME_MAX).await;
        let _ = writer.join();
        said
    }

    /// Starts it and goes on.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut program = program(self.folder.path());
        if let Some((library, Fake(time))) = &self.faked {
            program.envs([("LD_PRELOAD", library.as_str()), ("FAKETIME", time), ("TZ", "UTC")]);
        }
        Running::start(program.args(arguments), arguments)
    }

    /// Starts the service and waits until it says where it is.
    pub async fn serve(&self, arguments: &[&str]) -> (Running, String) {
        let all = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut running = self.start(&all);
        let line = running.says(" at http://").await;
        let (_, address) = line.rsplit_once(" at ").expect("an address");
        (running, address.trim().to_owned())
    }

    /// In a shell, with the program as `$lamplighter`.
    pub async fn shell(&self, script: &str) -> Said {
        let mut shell = Command::new("bash");
        shell.current_dir(self.folder.path()).env("lamplighter", env!("CARGO_BIN_EXE_lamplighter"));
        Running::start(shell.args(["-c", script]), &[script]).end(RUN_TIME_MAX).await
    }
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamplighter"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LAMPLIGHTER_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).env_remove("RUST_BACKTRACE");
    command
}

/// A process of the program; ends with this value at the latest.
pub struct Running {
    child: Child,
    name: String,
    out: watch::Receiver<String>,
    err: watch::Receiver<String>,
}

impl Running {
    fn start(command: &mut Command, arguments: &[&str]) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let out = follow(child.stdout.take().expect("a pipe"));
        let err = follow(child.stderr.take().expect("a pipe"));
        Self { child, name: arguments.join(" "), out, err }
    }

    /// Waits for a line of its output that contains these words.
    pub async fn says(&mut self, words: &str) -> String {
        let name = self.name.clone();
        let is_there = |text: &String| text.lines().any(|line| line.contains(words));
        let waited = tokio::time::timeout(RUN_TIME_MAX, self.out.wait_for(is_there)).await;
        let text = waited.ok().and_then(Result::ok).map(|text| text.clone());
        let Some(text) = text else {
            panic!("{name} did not say {words:?}:\n{}\n{}", *self.out.borrow(), *self.err.borrow());
        };
        text.lines().find(|line| line.contains(words)).unwrap_or_default().to_owned()
    }

    /// How often its log says this.
    pub fn logged(&self, words: &str) -> usize {
        self.err.borrow().matches(words).count()
    }

    /// `kill -9`
    pub async fn kill(mut self) -> Said {
        self.child.kill().expect("it was running");
        self.end(RUN_TIME_MAX).await
    }

    /// SIGTERM; it has this long.
    pub async fn terminate(self, time: Duration) -> Said {
        self.signal("TERM", time).await
    }

    /// SIGINT, as by Ctrl-C; it has this long.
    pub async fn interrupt(self, time: Duration) -> Said {
        self.signal("INT", time).await
    }

    async fn signal(mut self, name: &str, time: Duration) -> Said {
        let id = self.child.id().to_string();
        let sent = Command::new("sh").args(["-c", "kill -\"$1\" \"$2\"", "sh", name, &id]).status().expect("sh");
        assert!(sent.success(), "{} was gone", self.name);
        self.end(time).await
    }

    /// Waits for its end.
    pub async fn end(&mut self, time: Duration) -> Said {
        let name = self.name.clone();
        let closing = async {
            while self.out.changed().await.is_ok() {}
            while self.err.changed().await.is_ok() {}
        };
        if tokio::time::timeout(time, closing).await.is_err() {
            panic!("{name} still runs after {time:?}:\n{}\n{}", *self.out.borrow(), *self.err.borrow());
        }
        let status = self.child.wait().expect("it has ended");
        Said { code: status.code(), out: self.out.borrow().clone(), err: self.err.borrow().clone() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a pipe to its end on a thread of its own.
fn follow(mut pipe: impl Read + Send + 'static) -> watch::Receiver<String> {
    let (sender, receiver) = watch::channel(String::new());
    std::thread::spawn(move || {
        let mut pending = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = pipe.read(&mut buffer) {
            pending.extend_from_slice(&buffer[..count]);
            // A character may be cut at the end of what was read.
            let whole = match std::str::from_utf8(&pending) {
                Ok(_) => pending.len(),
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                Err(_) => pending.len(),
            };
            let text = String::from_utf8_lossy(&pending[..whole]).into_owned();
            pending.drain(..whole);
            sender.send_modify(|all| all.push_str(&text));
        }
    });
    receiver
}

/// Waits until a condition holds, looking every few milliseconds.
///
/// # Panics
/// If it does not within the time.
pub async fn until(what: &str, time: Duration, condition: impl AsyncFn() -> bool) {
    let clock = SystemClock;
    let waiting = async {
        while !condition().await {
            clock.sleep_until(clock.now() + Span::millis(50)).await;
        }
    };
    assert!(tokio::time::timeout(time, waiting).await.is_ok(), "after {time:?} still not: {what}");
}
