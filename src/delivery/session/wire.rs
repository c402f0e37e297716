//! The stream that lettre is given: ours, so that replies stay readable and the final dot is seen.
//!
//! It reads replies through [`ReplyReader`], keeps them for the session, and passes lettre the tame copy. It notes when
//! the end of a mail was handed to the network: before that moment a relay cannot have accepted the mail, after it
//! nobody knows until the answer.

use super::reply::{Reply, ReplyReader};
use lettre::transport::smtp::client::AsyncTokioStream;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// How lettre ends a mail: a write of its own. Nothing before it can look like it, for dots are doubled.
const END_OF_MAIL: &[u8] = b"\r\n.\r\n";

/// What the session may know of its stream.
#[derive(Clone, Default)]
pub(super) struct Tap(Arc<Mutex<Tapped>>);

#[derive(Default)]
struct Tapped {
    replies: VecDeque<Reply>,
    end_of_mail_was_written: bool,
}

impl Tap {
    fn lock(&self) -> MutexGuard<'_, Tapped> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest reply that was not taken yet.
    pub fn next_reply(&self) -> Option<Reply> {
        self.lock().replies.pop_front()
    }

    /// The newest reply; those before it are let go.
    pub fn last_reply(&self) -> Option<Reply> {
        let mut tapped = self.lock();
        let last = tapped.replies.pop_back();
        tapped.replies.clear();
        last
    }

    pub fn begin_mail(&self) {
        self.lock().end_of_mail_was_written = false;
    }

    pub fn end_of_mail_was_written(&self) -> bool {
        self.lock().end_of_mail_was_written
    }
}

pub(super) enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

pub(super) struct Wire {
    transport: Transport,
    peer: SocketAddr,
    reader: ReplyReader,
    /// Tame bytes that lettre has not read yet.
    ready: VecDeque<u8>,
    tap: Tap,
}

impl Wire {
    pub fn plain(stream: TcpStream, peer: SocketAddr, tap: Tap) -> Self {
        Self { transport: Transport::Plain(stream), peer, reader: ReplyReader::default(), ready: VecDeque::new(), tap }
    }

    pub fn tls(stream: TlsStream<TcpStream>, peer: SocketAddr, tap: Tap) -> Self {
        let transport = Transport::Tls(Box::new(stream));
        Self { transport, peer, reader: ReplyReader::default(), ready: VecDeque::new(), tap }
    }

    /// After our own STARTTLS the relay greets nobody again, yet lettre waits for a greeting: this one.
    pub fn greeted(mut self) -> Self {
        self.hear(b"220 under TLS\r\n");
        self
    }

    fn hear(&mut self, bytes: &[u8]) {
        for heard in self.reader.feed(bytes) {
            self.ready.extend(heard.tame);
            self.tap.lock().replies.push_back(heard.reply);
        }
    }

    fn take_ready(&mut self, into: &mut ReadBuf<'_>) {
        let count = into.remaining().min(self.ready.len());
        let bytes: Vec<u8> = self.ready.drain(..count).collect();
        into.put_slice(&bytes);
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if !self.ready.is_empty() {
                self.take_ready(into);
                return Poll::Ready(Ok(()));
            }
            let mut bytes = [0; 2048];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(match &mut self.transport {
                Transport::Plain(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
                Transport::Tls(stream) => Pin::new(stream).poll_read(cx, &mut buffer),
            })?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.hear(buffer.filled());
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes == END_OF_MAIL {
            // Noted before the attempt: a write that fails may have sent what it had.
            self.tap.lock().end_of_mail_was_written = true;
        }
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Transport::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Transport::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
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
