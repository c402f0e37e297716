//! A file with a line for each recipient of each mail that was taken: when, the envelope's recipient, the Message-ID,
//! between tabs.
//!
//! Promises: the line is in the file before the client hears that its mail was taken, and stays there whatever becomes
//! of this process; a machine that loses power may lose the last ones. Lines are appended whole, by any number of
//! connections. A file that can no longer be written ends the connection: no mail is taken that is not on file.

use crate::base::Timestamp;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

pub(super) struct LedgerFile(File);

impl LedgerFile {
    pub fn open(path: &Path) -> io::Result<Self> {
        File::options().create(true).append(true).open(path).map(Self)
    }

    /// One write: a page of the file's cache, not the disk, so that nobody waits for it.
    pub fn append(&self, lines: &[u8]) -> io::Result<()> {
        (&self.0).write_all(lines).inspect_err(|error| tracing::error!(%error, "the sink's ledger cannot be written"))
    }
}

/// Appends a line to those that wait to be written.
pub(super) fn note(lines: &mut Vec<u8>, at: Timestamp, recipient: &str, message_id: &str) {
    let word = |text: &str| text.replace(|c: char| c.is_whitespace() || c.is_control(), "?");
    // To a vector: it cannot fail.
    let _ = writeln!(lines, "{}\t{}\t{}", at.rfc3339_exact(), word(recipient), word(message_id));
}
