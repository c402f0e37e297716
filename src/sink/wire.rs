//! A connection's bytes, in blocks both ways.
//!
//! What was read waits in one buffer until it is taken; what is said waits in another until the client has to be waited
//! for, so that a pipelined group is answered by one write. Whatever the replies promise is in the ledger's file before
//! they leave.

use super::ledger_file::LedgerFile;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Read at once.
const BLOCK_BYTES: usize = 64 * 1024;
/// Said before the client has read a word.
const UNSAID_BYTES_MAX: usize = 64 * 1024;

pub(super) struct Wire {
    stream: TcpStream,
    input: Vec<u8>,
    /// Of the input, what was taken.
    taken: usize,
    pub output: Vec<u8>,
    file: Option<Arc<LedgerFile>>,
    /// For the file, not yet written.
    pub noted: Vec<u8>,
}

pub(super) enum Line {
    Whole,
    /// Longer than allowed; it was read and let go.
    TooLong,
    /// The client hung up.
    End,
}

impl Wire {
    pub fn new(stream: TcpStream, file: Option<Arc<LedgerFile>>) -> Self {
        Self { stream, input: Vec::new(), taken: 0, output: Vec::new(), file, noted: Vec::new() }
    }

    /// What has been read and not been taken.
    pub fn ahead(&self) -> &[u8] {
        self.input.get(self.taken..).unwrap_or_default()
    }

    pub fn take(&mut self, bytes: usize) {
        self.taken += bytes;
    }

    /// Says what is to be said, then waits for more to read. False when the client hung up.
    pub async fn more(&mut self) -> io::Result<bool> {
        self.flush().await?;
        if self.ahead().is_empty() {
            self.input.clear();
        } else {
            self.input.drain(..self.taken.min(self.input.len()));
        }
        self.taken = 0;
        self.input.reserve(BLOCK_BYTES);
        Ok(self.stream.read_buf(&mut self.input).await? > 0)
    }

    pub async fn flush(&mut self) -> io::Result<()> {
        if let Some(file) = self.file.as_ref().filter(|_| !self.noted.is_empty()) {
            file.append(&self.noted)?;
            self.noted.clear();
        }
        if !self.output.is_empty() {
            self.stream.write_all(&self.output).await?;
            self.output.clear();
        }
        Ok(())
    }

    /// The next line into `line`, without its line end.
    pub async fn line(&mut self, line: &mut Vec<u8>, bytes_max: usize) -> io::Result<Line> {
        if self.output.len() > UNSAID_BYTES_MAX {
            self.flush().await?;
        }
        line.clear();
        let mut is_too_long = false;
        loop {
            let ahead = self.ahead();
            let end = memchr::memchr(b'\n', ahead);
            let part = ahead.get(..end.unwrap_or(ahead.len())).unwrap_or_default();
            is_too_long |= line.len() + part.len() > bytes_max;
            if !is_too_long {
                line.extend_from_slice(part);
            }
            let bytes = part.len();
            if end.is_some() {
                self.take(bytes + 1);
                while line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(if is_too_long { Line::TooLong } else { Line::Whole });
            }
            self.take(bytes);
            if !self.more().await? {
                return Ok(Line::End);
            }
        }
    }
}
