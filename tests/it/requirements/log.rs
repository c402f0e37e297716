//! What the program logs while a test runs, at every level.

use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::subscriber::DefaultGuard;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test panics while it writes").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens until it is dropped, on this thread: for tests whose tasks all run on one.
pub struct Log {
    lines: Lines,
    _heard: DefaultGuard,
}

impl Log {
    pub fn listen() -> Self {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = tracing_subscriber::fmt()
            .with_env_filter("lamplighter=trace,sqlx=trace,axum=trace")
            .with_writer(move || writer.clone());
        let heard = tracing::subscriber::set_default(log.with_ansi(false).finish());
        Self { lines, _heard: heard }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lines.0.lock().expect("no test panics while it writes")).into_owned()
    }
}
