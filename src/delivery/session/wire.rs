//! The stream that lettre is given while a session opens: a window on ours, so that the stream stays when lettre goes.
//!
//! It hands lettre one reply at a time, as a tame copy, and notes the original. What a relay says without being asked
//! stays unread in the [`Inbox`], which the session takes over together with the transport.

use super::inbox::Inbox;
use super::reply::{Reply, tame};
use super::transport::Transport;
use lettre::transport::smtp::client::AsyncTokioStream;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What lettre and the session have in common.
#[derive(Clone)]
pub(super) struct Tap(Arc<Mutex<Tapped>>);

struct Tapped {
    /// None once the session has it.
    transport: Option<Transport>,
    inbox: Inbox,
    replies: VecDeque<Reply>,
}

impl Tap {
    pub fn new(transport: Transport) -> Self {
        let tapped = Tapped { transport: Some(transport), inbox: Inbox::new(), replies: VecDeque::new() };
        Self(Arc::new(Mutex::new(tapped)))
    }

    fn lock(&self) -> MutexGuard<'_, Tapped> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest reply that was not taken yet.
    pub fn next_reply(&self) -> Option<Reply> {
        self.lock().replies.pop_front()
    }

    /// The first refusal (4xx or 5xx) among the replies that were not taken yet; they are let go.
    pub fn refusal(&self) -> Option<Reply> {
        self.lock().replies.drain(..).find(|reply| (400..600).contains(&reply.code))
    }

    /// After our own STARTTLS the relay greets nobody again, yet lettre waits for a greeting: this one.
    pub fn greet(&self) {
        self.lock().inbox.put(b"220 under TLS\r\n");
    }

    /// Whether the relay has said no more than was read.
    pub fn is_quiet(&self) -> bool {
        self.lock().inbox.is_empty()
    }

    /// The stream, and what was read ahead from it. Lettre's window is a wall from now on.
    pub fn take(&self) -> Option<(Transport, Inbox)> {
        let mut tapped = self.lock();
        let transport = tapped.transport.take()?;
        Some((transport, std::mem::replace(&mut tapped.inbox, Inbox::new())))
    }
}

pub(super) struct Wire {
    tap: Tap,
    peer: SocketAddr,
    /// Tame bytes that lettre has not read yet.
    ready: VecDeque<u8>,
}

impl Wire {
    pub fn new(tap: Tap, peer: SocketAddr) -> Self {
        Self { tap, peer, ready: VecDeque::new() }
    }
}

fn walled() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the session has the stream")
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let mut tapped = this.tap.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tapped = &mut *tapped;
        while this.ready.is_empty() {
            if tapped.inbox.next().is_some() {
                let reply = tapped.inbox.last();
                this.ready.extend(tame(&reply));
                tapped.replies.push_back(reply);
                break;
            }
            let Some(transport) = &mut tapped.transport else { return Poll::Ready(Err(walled())) };
            if ready!(tapped.inbox.poll_fill(cx, transport))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        let count = into.remaining().min(this.ready.len());
        let bytes: Vec<u8> = this.ready.drain(..count).collect();
        into.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.tap.lock().transport {
            Some(transport) => transport.poll_write(cx, bytes),
            None => Poll::Ready(Err(walled())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.tap.lock().transport {
            Some(transport) => transport.poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.tap.lock().transport {
            Some(transport) => transport.poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wire({})", self.peer)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}
