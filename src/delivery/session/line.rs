//! The open line to a relay: what is to be said, what was said, and what was heard, both ways at once.
//!
//! Promises: while it writes it reads, so that a relay that stops reading until its replies are read (RFC 2920 section
//! 3.1 allows it that) holds nothing up; what lies ready is written in one go; a wait has one timer, and none when the
//! answer is already there. It knows exactly how much of what was to be said can have left this machine. It knows
//! commands and replies as bytes and codes, and judges nothing.

use super::inbox::Inbox;
use super::reply::Reply;
use super::transport::Transport;
use crate::base::Span;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

/// Offered to TLS at once: as much as it takes in, so that what was offered is not far ahead of what was sent.
const TLS_BYTES_MAX: usize = 64 * 1024;

pub(super) struct Line {
    transport: Transport,
    inbox: Inbox,
    out: Vec<u8>,
    /// So much of `out` may be said by now.
    allowed: usize,
    /// So much the network was asked to take.
    offered: usize,
    /// So much it took.
    written: usize,
    is_flushed: bool,
    /// Nothing more can be said; what was said may still be answered.
    is_mute: bool,
}

/// Why a wait did not end as hoped.
#[derive(Debug)]
pub(super) enum Silence {
    Late(Span),
    HungUp,
    Broken(io::Error),
    /// A reply to what was not asked, or not yet.
    Early(Reply),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late(limit) => write!(f, "no answer within {} ms", limit.as_millis()),
            Self::HungUp => f.write_str("the relay hung up"),
            Self::Broken(error) => write!(f, "the connection broke: {error}"),
            Self::Early(reply) => write!(f, "an answer before it was asked for: {} {}", reply.code, reply.text()),
        }
    }
}

impl Line {
    pub const fn new(transport: Transport, inbox: Inbox) -> Self {
        let out = Vec::new();
        Self { transport, inbox, out, allowed: 0, offered: 0, written: 0, is_flushed: true, is_mute: false }
    }

    /// Begins anew with nothing to say; whether that is possible, for what was begun must have been said.
    #[must_use]
    pub fn clear(&mut self) -> bool {
        if self.is_mute || self.written < self.allowed {
            return false;
        }
        self.out.clear();
        (self.allowed, self.offered, self.written) = (0, 0, 0);
        true
    }

    /// What is to be said, to be added to.
    pub const fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// What is to be said may be said up to this place.
    pub fn allow(&mut self, mark: usize) {
        self.allowed = mark.min(self.out.len()).max(self.allowed);
    }

    pub fn allow_all(&mut self) {
        self.allow(self.out.len());
    }

    /// Whether the byte at this place can have left.
    pub const fn may_have_left(&self, place: usize) -> bool {
        let reach = if self.transport.holds_back() { self.offered } else { self.written };
        reach > place
    }

    /// The reply whose code was heard last.
    pub fn last(&self) -> Reply {
        self.inbox.last()
    }

    /// The code of the next reply; meanwhile, what is left to say is said.
    pub async fn hear(&mut self, limit: Span) -> Result<u16, Silence> {
        match self.inbox.next() {
            Some(code) => Ok(code),
            None => bounded(limit, poll_fn(|cx| self.poll_hear(cx))).await,
        }
    }

    /// Says everything before this place; no answer is due before it is said.
    pub async fn say_up_to(&mut self, mark: usize, limit: Span) -> Result<(), Silence> {
        bounded(limit, poll_fn(|cx| self.poll_say_up_to(cx, mark))).await
    }

    /// Looks, without waiting, whether the relay is there and has said no more than it was asked.
    pub async fn is_quiet(&mut self) -> Result<(), Silence> {
        poll_fn(|cx| Poll::Ready(self.look(cx))).await
    }

    fn look(&mut self, cx: &mut Context<'_>) -> Result<(), Silence> {
        loop {
            if self.inbox.next().is_some() {
                return Err(Silence::Early(self.inbox.last()));
            }
            match self.poll_fill(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(silence)) => return Err(silence),
                Poll::Pending if self.inbox.is_empty() => return Ok(()),
                Poll::Pending => return Err(Silence::Broken(io::Error::other("half an answer to nothing"))),
            }
        }
    }

    fn poll_hear(&mut self, cx: &mut Context<'_>) -> Poll<Result<u16, Silence>> {
        loop {
            while !self.is_mute && (self.written < self.allowed || !self.is_flushed) {
                match self.poll_say(cx) {
                    Poll::Ready(Ok(())) => {}
                    // What was said before may have been answered.
                    Poll::Ready(Err(_)) => self.is_mute = true,
                    Poll::Pending => break,
                }
            }
            match self.poll_fill(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(silence)) => return Poll::Ready(Err(silence)),
                Poll::Pending => return Poll::Pending,
            }
            if let Some(code) = self.inbox.next() {
                return Poll::Ready(Ok(code));
            }
        }
    }

    fn poll_say_up_to(&mut self, cx: &mut Context<'_>, mark: usize) -> Poll<Result<(), Silence>> {
        while self.written < mark {
            match self.poll_say(cx) {
                Poll::Ready(Ok(())) => continue,
                Poll::Ready(Err(error)) => {
                    self.is_mute = true;
                    // The last words of a relay that went away, if it had any.
                    let read = self.poll_fill(cx);
                    let is_farewell = matches!(read, Poll::Ready(Ok(()))) && self.inbox.next().is_some();
                    let farewell = is_farewell.then(|| Silence::Early(self.inbox.last()));
                    return Poll::Ready(Err(farewell.unwrap_or(Silence::Broken(error))));
                }
                Poll::Pending => {}
            }
            match self.poll_fill(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(silence)) => return Poll::Ready(Err(silence)),
                Poll::Pending => return Poll::Pending,
            }
            if self.inbox.next().is_some() {
                return Poll::Ready(Err(Silence::Early(self.inbox.last())));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// One step of writing, or of flushing when all is written.
    fn poll_say(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.written >= self.allowed {
            return self.transport.poll_flush(cx).map_ok(|()| self.is_flushed = true);
        }
        let mut end = self.allowed;
        if self.transport.holds_back() {
            end = end.min(self.written + TLS_BYTES_MAX);
            self.is_flushed = false;
        }
        self.offered = end;
        let bytes = self.out.get(self.written..end).unwrap_or_default();
        match self.transport.poll_write(cx, bytes) {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(count)) => {
                self.written += count;
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Silence>> {
        self.inbox.poll_fill(cx, &mut self.transport).map(|read| match read {
            Ok(0) => Err(Silence::HungUp),
            Ok(_) => Ok(()),
            Err(error) => Err(Silence::Broken(error)),
        })
    }
}

async fn bounded<T>(limit: Span, wait: impl Future<Output = Result<T, Silence>>) -> Result<T, Silence> {
    tokio::time::timeout(limit.to_std(), wait).await.unwrap_or(Err(Silence::Late(limit)))
}
