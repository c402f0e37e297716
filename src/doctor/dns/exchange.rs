//! One question to one resolver: by UDP, and by TCP where the answer was cut (RFC 7766 5).
//!
//! Promises: it ends within the time given, whatever is sent to it; an answer with another id or to another question is
//! passed over, so a stranger who cannot see the question has to guess id and port. The id comes from the keyed
//! hasher of the standard library, whose keys the operating system gives; the port is the system's. `dns/tests.rs`
//! holds it against a server with faults.

use super::data::{Fault, Kind};
use super::wire::{Message, Query, decode};
use crate::doctor::name::Name;
use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

const CODE_OK: u8 = 0;
const CODE_FORMAT_ERROR: u8 = 1;
const CODE_SERVER_FAILED: u8 = 2;
const CODE_NO_SUCH_NAME: u8 = 3;
const CODE_NOT_IMPLEMENTED: u8 = 4;
const CODE_REFUSED: u8 = 5;

/// What came back: whether the name exists, and the answer section.
pub(super) struct Reply {
    pub exists: bool,
    pub answers: Vec<(Name, super::Data)>,
}

/// Asks. `time_max` is for each of the exchanges: one by UDP, perhaps one without the size record, perhaps one by TCP.
pub(super) async fn ask(server: SocketAddr, name: &Name, kind: Kind, time_max: Duration) -> Result<Reply, Fault> {
    let mut message = exchange(server, &Query::new(random_id(), name, kind, true), time_max).await?;
    if matches!(message.code, CODE_FORMAT_ERROR | CODE_NOT_IMPLEMENTED) {
        message = exchange(server, &Query::new(random_id(), name, kind, false), time_max).await?;
    }
    match message.code {
        CODE_OK => Ok(Reply { exists: true, answers: message.answers }),
        CODE_NO_SUCH_NAME => Ok(Reply { exists: false, answers: message.answers }),
        CODE_SERVER_FAILED => Err(Fault::ServerFailed),
        CODE_REFUSED => Err(Fault::Refused),
        _ => Err(Fault::Malformed),
    }
}

async fn exchange(server: SocketAddr, query: &Query, time_max: Duration) -> Result<Message, Fault> {
    let bytes = timeout(time_max, by_udp(server, query)).await.map_err(|_| Fault::Timeout)??;
    let message = decode(&bytes).ok_or(Fault::Malformed)?;
    if !message.is_truncated {
        return Ok(message);
    }
    let bytes = timeout(time_max, by_tcp(server, query)).await.map_err(|_| Fault::Timeout)??;
    if !query.is_answered_by(&bytes) {
        return Err(Fault::Malformed);
    }
    decode(&bytes).ok_or(Fault::Malformed)
}

async fn by_udp(server: SocketAddr, query: &Query) -> Result<Vec<u8>, Fault> {
    let own: SocketAddr =
        if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(own).await.map_err(|_| Fault::Unreachable)?;
    socket.connect(server).await.map_err(|_| Fault::Unreachable)?;
    socket.send(&query.bytes).await.map_err(|_| Fault::Unreachable)?;
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        let count = socket.recv(&mut buffer).await.map_err(|_| Fault::Unreachable)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        if query.is_answered_by(bytes) {
            return Ok(bytes.to_vec());
        }
    }
}

async fn by_tcp(server: SocketAddr, query: &Query) -> Result<Vec<u8>, Fault> {
    let talk = async {
        let mut stream = TcpStream::connect(server).await?;
        let length = u16::try_from(query.bytes.len()).unwrap_or(u16::MAX);
        stream.write_all(&[&length.to_be_bytes(), query.bytes.as_slice()].concat()).await?;
        let mut bytes = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut bytes).await?;
        Ok::<_, std::io::Error>(bytes)
    };
    talk.await.map_err(|_| Fault::Unreachable)
}

fn random_id() -> u16 {
    // The low bits of a keyed hash; each state has keys of its own.
    (RandomState::new().hash_one(0_u8) & 0xffff) as u16
}
