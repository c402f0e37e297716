//! A listener for LMTP (RFC 2033): the mail server of this machine hands mail over, and keeps it where we cannot take
//! it.
//!
//! Promised: one reply for each recipient after the last dot, and 250 only when the mail's effect is committed (or
//! nobody wants it: a bounce is never bounced). 451 when the taker says "not now": the mail server tries again. A mail
//! that is cut off is not taken. Only CRLF.CRLF ends a mail, and commands end with CRLF: no other reading of line ends
//! can smuggle a second mail in. When the service stops, a mail in hand is finished.
//!
//! It listens on loopback or on a Unix socket alone, since nobody has to log in. [`Limits`] bounds what a peer may
//! cost; the worst case in memory is `connections_max` times `mail_bytes_max`. `tests.rs` and `smuggling_tests.rs` hold
//! dialogues over real sockets.

mod body;
mod command;
mod limits;
mod listen;
mod session;
mod wire;

#[cfg(test)]
mod smuggling_tests;
#[cfg(test)]
mod tests;

pub use limits::Limits;
pub use listen::Listener;

use crate::postbox::Taker;
use session::Session;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Serves until `stop` is cancelled, and returns when the mails in hand are finished. `name` is what the greeting says:
/// this machine's name.
pub async fn serve<T: Taker>(listener: Listener, name: &str, taker: Arc<T>, limits: Limits, stop: CancellationToken) {
    let name: Arc<str> = crate::base::text::one_line(name).into();
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let tracker = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok(stream) => {
                let guest = Guest { name: Arc::clone(&name), taker: Arc::clone(&taker), limits, stop: stop.clone() };
                tracker.spawn(guest.receive(stream, Arc::clone(&places)));
            }
            Err(error) => {
                // Out of file handles, most likely: the connections that end free some.
                tracing::warn!(%error, "a connection to the LMTP listener could not be accepted");
                let _ = tokio::time::timeout(limits.grace.to_std(), stop.cancelled()).await;
            }
        }
    }
    tracker.close();
    tracker.wait().await;
}

struct Guest<T> {
    name: Arc<str>,
    taker: Arc<T>,
    limits: Limits,
    stop: CancellationToken,
}

impl<T: Taker> Guest<T> {
    async fn receive<S: AsyncRead + AsyncWrite + Unpin + Send>(self, mut stream: S, places: Arc<Semaphore>) {
        let Ok(_place) = places.try_acquire() else {
            tracing::warn!(at_most = self.limits.connections_max, "an LMTP connection too many is turned away");
            let farewell = stream.write_all(b"421 4.3.2 Too many connections; try again later\r\n");
            let _ = tokio::time::timeout(self.limits.grace.to_std(), farewell).await;
            return;
        };
        Session::new(stream, &self.name, self.taker.as_ref(), self.limits, &self.stop).run().await;
    }
}
