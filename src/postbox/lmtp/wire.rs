//! The bytes of one connection: lines and pieces in, replies out, never waiting longer than it may.
//!
//! Replies are held until the peer is waited for, so that commands sent together are answered together (RFC 2920).

use super::Limits;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

const READ_BYTES: usize = 16 * 1024;
const HELD_BYTES_MAX: usize = 64 * 1024;

/// What came next.
#[derive(PartialEq, Eq, Debug)]
pub enum Line {
    /// Without its CRLF.
    Whole(Vec<u8>),
    /// It ended in LF alone.
    BareLf,
    TooLong,
}

/// Why nothing more comes.
#[derive(Debug)]
pub enum End {
    HungUp,
    Idle,
    Stopping,
    Broken(io::Error),
}

pub struct Wire<'a, S> {
    stream: S,
    input: Vec<u8>,
    output: Vec<u8>,
    limits: Limits,
    stop: &'a CancellationToken,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Wire<'a, S> {
    pub fn new(stream: S, limits: Limits, stop: &'a CancellationToken) -> Self {
        Self { stream, input: Vec::new(), output: Vec::new(), limits, stop }
    }

    /// Holds a reply line ready.
    pub fn say(&mut self, reply: &str) {
        self.output.extend_from_slice(reply.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    /// The next line. When the service stops, there is none.
    pub async fn line(&mut self) -> Result<Line, End> {
        let mut is_too_long = false;
        let mut seen = 0;
        loop {
            let from = self.input.get(seen..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', from) {
                let mut line: Vec<u8> = self.input.drain(..seen + at + 1).collect();
                line.pop();
                let is_whole = line.pop_if(|byte| *byte == b'\r').is_some();
                return Ok(match is_whole {
                    _ if is_too_long || line.len() + 2 > self.limits.command_bytes_max => Line::TooLong,
                    true => Line::Whole(line),
                    false => Line::BareLf,
                });
            }
            seen = self.input.len();
            if seen > self.limits.command_bytes_max {
                // Its last byte may be the CR.
                is_too_long = true;
                self.input.drain(..seen - 1);
                seen = 1;
            }
            // What a peer was told counts; it is never lost to a stop.
            self.flush().await?;
            let stop = self.stop;
            stop.run_until_cancelled(self.fill()).await.unwrap_or(Err(End::Stopping))?;
        }
    }

    /// Bytes of a mail, as many as are there, to be given back by [`Self::give_back`] where they are too many. The
    /// service's stop shortens the wait and does not end it.
    pub async fn piece(&mut self) -> Result<Vec<u8>, End> {
        if self.input.is_empty() {
            self.flush().await?;
            let (stop, grace) = (self.stop, self.limits.grace.to_std());
            let late = async {
                stop.cancelled().await;
                tokio::time::timeout(grace, std::future::pending::<()>()).await
            };
            tokio::select! {
                filled = self.fill() => filled?,
                _ = late => return Err(End::Stopping),
            }
        }
        Ok(std::mem::take(&mut self.input))
    }

    pub fn give_back(&mut self, rest: &[u8]) {
        self.input.splice(..0, rest.iter().copied());
    }

    async fn fill(&mut self) -> Result<(), End> {
        let idle = self.limits.idle.to_std();
        let mut bytes = [0; READ_BYTES];
        match tokio::time::timeout(idle, self.stream.read(&mut bytes)).await {
            Err(_) => Err(End::Idle),
            Ok(Err(error)) => Err(End::Broken(error)),
            Ok(Ok(0)) => Err(End::HungUp),
            Ok(Ok(count)) => {
                self.input.extend_from_slice(bytes.get(..count).unwrap_or_default());
                Ok(())
            }
        }
    }

    /// Whether so much is held that it should go out before more is read.
    pub fn is_full(&self) -> bool {
        self.output.len() > HELD_BYTES_MAX
    }

    pub async fn flush(&mut self) -> Result<(), End> {
        if self.output.is_empty() {
            return Ok(());
        }
        let time = if self.stop.is_cancelled() { self.limits.grace } else { self.limits.idle };
        let output = std::mem::take(&mut self.output);
        let write = async {
            self.stream.write_all(&output).await?;
            self.stream.flush().await
        };
        match tokio::time::timeout(time.to_std(), write).await {
            Err(_) => Err(End::Idle),
            Ok(Err(error)) => Err(End::Broken(error)),
            Ok(Ok(())) => Ok(()),
        }
    }

    pub async fn close(&mut self) {
        if self.flush().await.is_ok() {
            let _ = tokio::time::timeout(self.limits.grace.to_std(), self.stream.shutdown()).await;
        }
    }
}
