//! The listener, and the handle by which a test or the trial looks at what arrived.

use super::command::Command;
use super::ledger::Book;
use super::ledger_file::LedgerFile;
use super::{CaughtMail, Keep, Ledger, Manners, session};
use crate::base::{Clock, SystemClock};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What the server offers in its answer to EHLO.
#[derive(Clone, Copy, Debug)]
pub struct Extensions {
    pub pipelining: bool,
    pub eight_bit_mime: bool,
    pub smtputf8: bool,
    pub enhanced_status_codes: bool,
}

#[derive(Clone)]
pub struct SinkOptions {
    /// Port 0 takes any free one.
    pub listen: SocketAddr,
    /// Stamps the mails and times the greylist.
    pub clock: Arc<dyn Clock>,
    /// Offers AUTH and takes this name and password; without it, AUTH is unknown.
    pub login: Option<(String, String)>,
    pub extensions: Extensions,
    pub keep: Keep,
    /// A line for each recipient of each mail taken is appended here: time, recipient, Message-ID, between tabs.
    pub ledger_file: Option<PathBuf>,
    /// A mail's size in bytes.
    pub mail_bytes_max: usize,
    /// Mails kept; the oldest goes first.
    pub mails_max: usize,
    /// Bytes of the kept mails, their decoded parts included.
    pub bytes_max: usize,
    pub connections_max: usize,
}

impl SinkOptions {
    pub fn new(listen: SocketAddr) -> Self {
        Self {
            listen,
            clock: Arc::new(SystemClock),
            login: None,
            extensions: Extensions {
                pipelining: true,
                eight_bit_mime: true,
                smtputf8: true,
                enhanced_status_codes: true,
            },
            keep: Keep::Mails,
            ledger_file: None,
            mail_bytes_max: 10 * 1024 * 1024,
            mails_max: 10_000,
            bytes_max: 256 * 1024 * 1024,
            connections_max: 1_000,
        }
    }
}

/// The mails did not become what was waited for.
#[derive(Debug, thiserror::Error)]
#[error("{mails} mails had arrived after {waited:?}, and they were not what was waited for")]
pub struct WaitedTooLong {
    pub mails: usize,
    pub waited: Duration,
}

/// What the listener and its connections share.
pub(super) struct Shared {
    pub options: SinkOptions,
    pub ledger_file: Option<Arc<LedgerFile>>,
    connections: AtomicU64,
    commands: [AtomicU64; Command::ALL.len()],
    book: Mutex<Book>,
    manners: Mutex<Manners>,
    /// Changes whenever a mail was kept.
    arrived: watch::Sender<u64>,
}

impl Shared {
    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn manners(&self) -> Manners {
        *self.manners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn command(&self, command: Command) {
        if let Some(count) = self.commands.get(command.index()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a mail as taken, and keeps it where mails are kept.
    pub fn accept(&self, mail: CaughtMail, bytes: u64) {
        let mut book = self.book();
        book.accept(mail.envelope_to.iter().map(String::as_str), bytes);
        if self.options.keep == Keep::Mails {
            book.keep(mail);
            drop(book);
            self.arrived.send_modify(|count| *count += 1);
        }
    }

    fn ledger(&self) -> Ledger {
        let given = Command::ALL.iter().zip(&self.commands).map(|(command, count)| (*command, count));
        let commands = given
            .map(|(command, count)| (command.word().to_owned(), count.load(Ordering::Relaxed)))
            .filter(|(_, count)| *count > 0)
            .collect();
        Ledger { connections: self.connections.load(Ordering::Relaxed), commands, ..self.book().counts() }
    }
}

/// A running server; it stops when this is dropped.
pub struct Sink {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: CancellationToken,
    listener: Option<tokio::task::JoinHandle<()>>,
}

impl Sink {
    /// Listens. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// As binding says: an address in use, or not of this machine. As opening the ledger's file says, with its name.
    pub fn start(options: SinkOptions) -> io::Result<Self> {
        let socket = match options.listen {
            SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4()?,
            SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6()?,
        };
        socket.set_reuseaddr(true)?;
        socket.bind(options.listen)?;
        let listener = socket.listen(1024)?;
        let address = listener.local_addr()?;
        let open = |path: &PathBuf| {
            LedgerFile::open(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
        };
        let ledger_file = options.ledger_file.as_ref().map(open).transpose()?.map(Arc::new);
        let book = Mutex::new(Book::new(options.keep, options.mails_max.max(1), options.bytes_max));
        let shared = Arc::new(Shared {
            options,
            ledger_file,
            connections: AtomicU64::new(0),
            commands: std::array::from_fn(|_| AtomicU64::new(0)),
            book,
            manners: Mutex::new(Manners::Normal),
            arrived: watch::Sender::new(0),
        });
        let stop = CancellationToken::new();
        let task = tokio::spawn(listen(listener, Arc::clone(&shared), stop.clone()));
        Ok(Self { shared, address, stop, listener: Some(task) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The mails taken and still kept, in the order of arrival.
    pub fn mails(&self) -> Vec<Arc<CaughtMail>> {
        self.shared.book().mails.iter().cloned().collect()
    }

    /// Those whose envelope names this recipient, in any case of letters.
    pub fn mails_to(&self, address: &str) -> Vec<Arc<CaughtMail>> {
        let is_for = |mail: &&Arc<CaughtMail>| mail.envelope_to.iter().any(|to| to.eq_ignore_ascii_case(address));
        self.shared.book().mails.iter().filter(is_for).cloned().collect()
    }

    pub fn ledger(&self) -> Ledger {
        self.shared.ledger()
    }

    /// Forgets the mails; the ledger stays.
    pub fn clear_mails(&self) {
        self.shared.book().forget_mails();
    }

    /// Changes the treatment of every command from now on, on open connections too.
    pub fn behave(&self, manners: Manners) {
        *self.shared.manners.lock().unwrap_or_else(PoisonError::into_inner) = manners;
    }

    /// Waits until the mails are as wanted, and gives them.
    ///
    /// # Errors
    /// [`WaitedTooLong`] if they are not within `timeout` of real time.
    pub async fn wait_for(
        &self,
        wanted: impl Fn(&[Arc<CaughtMail>]) -> bool,
        timeout: Duration,
    ) -> Result<Vec<Arc<CaughtMail>>, WaitedTooLong> {
        let mut arrived = self.shared.arrived.subscribe();
        let waiting = async {
            loop {
                arrived.mark_unchanged();
                let mails = self.mails();
                // The sender lives in `self`: the wait cannot fail.
                if wanted(&mails) || arrived.changed().await.is_err() {
                    return mails;
                }
            }
        };
        tokio::time::timeout(timeout, waiting)
            .await
            .map_err(|_| WaitedTooLong { mails: self.mails().len(), waited: timeout })
    }

    /// Closes the listener and every connection, in the middle of a word if need be.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(listener) = self.listener.take() {
            let _ = listener.await;
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            _ = sessions.join_next(), if !sessions.is_empty() => continue,
            accepted = listener.accept(), if sessions.len() < shared.options.connections_max => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                if shared.manners() != Manners::RefuseConnections {
                    sessions.spawn(session::serve(socket, Arc::clone(&shared)));
                }
            }
            // Out of file handles, most likely: those who are here may finish first.
            Err(error) => {
                tracing::warn!(%error, "the sink could not accept a connection");
                session::pause(Duration::from_millis(50)).await;
            }
        }
    }
    sessions.shutdown().await;
}
