//! A network's delay before a server: every byte arrives half a round trip later, both ways, and as many may be under way
//! as a fast line carries.
//!
//! Promises: bytes that were sent together arrive together, and those sent later do not wait for the arrival of those
//! before: a pipelined group meets one delay. It is no model of a line's bandwidth, loss or slow start. Memory is
//! bounded: a sender who is too far ahead of the reader is not read any further.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const BLOCK_BYTES: usize = 64 * 1024;
/// Blocks under way in one direction of one connection.
const BLOCKS_MAX: usize = 128;
/// The runtime's timers go by milliseconds and never early; by half of one they are right on the average.
const TIMER_STEP: Duration = Duration::from_micros(500);

/// Where the delayed server is reached; the delay ends when this is dropped.
pub struct Distance {
    address: SocketAddr,
    stop: CancellationToken,
}

struct Block {
    due: Instant,
    bytes: Vec<u8>,
}

impl Distance {
    /// Listens at `listen` for connections to `server`. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// As binding says.
    pub fn start(listen: SocketAddr, server: SocketAddr, round_trip: Duration) -> io::Result<Self> {
        let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        let listener = socket.listen(1024)?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let work = accept(listener, server, (round_trip / 2).saturating_sub(TIMER_STEP));
        tokio::spawn(stop.clone().run_until_cancelled_owned(work));
        Ok(Self { address, stop })
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Distance {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, delay: Duration) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => if let Ok((client, _)) = accepted {
                connections.spawn(connect(client, server, delay));
            } else {
                super::session::pause(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connect(client: TcpStream, server: SocketAddr, delay: Duration) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    if client.set_nodelay(true).and_then(|()| server.set_nodelay(true)).is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let away = Arc::new(CancellationToken::new());
    tokio::join!(carry(from_client, to_server, delay, Arc::clone(&away)), carry(from_server, to_client, delay, away));
}

/// One direction, until either end closes it.
async fn carry(from: OwnedReadHalf, to: OwnedWriteHalf, delay: Duration, away: Arc<CancellationToken>) {
    let (sender, receiver) = mpsc::channel(BLOCKS_MAX);
    let _ = tokio::join!(read(from, sender, delay, Arc::clone(&away)), write(to, receiver, away));
}

async fn read(
    mut from: OwnedReadHalf,
    to: mpsc::Sender<Block>,
    delay: Duration,
    away: Arc<CancellationToken>,
) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK_BYTES];
    loop {
        let Some(read) = away.run_until_cancelled(from.read(&mut buffer)).await else { return Ok(()) };
        let bytes = buffer.get(..read?).unwrap_or_default();
        let block = Block { due: Instant::now() + delay, bytes: bytes.to_vec() };
        if bytes.is_empty() || to.send(block).await.is_err() {
            return Ok(());
        }
    }
}

async fn write(
    mut to: OwnedWriteHalf,
    mut from: mpsc::Receiver<Block>,
    away: Arc<CancellationToken>,
) -> io::Result<()> {
    while let Some(block) = from.recv().await {
        if block.due > Instant::now() {
            let _ = tokio::time::timeout_at(block.due, std::future::pending::<()>()).await;
        }
        if let Err(error) = to.write_all(&block.bytes).await {
            // Nobody reads any more: neither side need send.
            away.cancel();
            return Err(error);
        }
    }
    to.shutdown().await
}
