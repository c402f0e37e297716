//! From an address to a stream that may carry mail: TCP, and TLS by policy.
//!
//! TLS is ours and not lettre's: STARTTLS is done on the raw stream, so that one stream type serves every policy and
//! nothing read in plain text survives the handshake (RFC 3207 section 4.2; what a stranger slipped in before it is
//! fatal here). Where TLS is demanded and not to be had, nothing is sent.

use super::super::outcome::{Failure, FailureClass};
use super::Timeouts;
use super::reply::{Reply, ReplyReader};
use super::transport::Transport;
use crate::base::Span;
use crate::config::{RelayConfig, TlsPolicy};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Certificates are judged as this machine judges them.
///
/// # Errors
/// In words, when the machine has no certificate authorities.
pub fn tls_settings() -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_platform_verifier())
        .map_err(|error| error.to_string())?;
    Ok(Arc::new(config.with_no_client_auth()))
}

/// A stream, and what is known of it.
pub(super) struct Connected {
    pub transport: Transport,
    pub is_encrypted: bool,
    /// The greeting was heard before TLS began; there is no other.
    pub is_greeted: bool,
    pub peer: SocketAddr,
}

pub(super) async fn connect(
    relay: &RelayConfig,
    hello: &str,
    tls: &Result<Arc<ClientConfig>, String>,
    timeouts: &Timeouts,
) -> Result<Connected, Failure> {
    let label = relay.label();
    let failed = |class, what: &dyn std::fmt::Display| Failure::new(class, &label, what);
    let stream = bounded(timeouts.connect, TcpStream::connect((relay.host(), relay.port())))
        .await
        .map_err(|error| Failure::by_error(FailureClass::Connection, &label, &error))?;
    let peer = stream.peer_addr().map_err(|error| failed(FailureClass::Connection, &error))?;
    // Nagle's algorithm against delayed acknowledgements costs 40 ms a mail.
    stream.set_nodelay(true).map_err(|error| failed(FailureClass::Connection, &error))?;
    match relay.tls_policy() {
        TlsPolicy::None if !peer.ip().to_canonical().is_loopback() => {
            Err(failed(FailureClass::Tls, &"tls = \"none\" is for this very machine alone"))
        }
        TlsPolicy::None => {
            Ok(Connected { transport: Transport::Plain(stream), is_encrypted: false, is_greeted: false, peer })
        }
        TlsPolicy::Implicit => {
            let stream = handshake(relay, stream, tls, timeouts).await?;
            let transport = Transport::Tls(Box::new(stream));
            Ok(Connected { transport, is_encrypted: true, is_greeted: false, peer })
        }
        TlsPolicy::Required => {
            let stream = ask_for_tls(relay, hello, stream, timeouts).await?;
            let transport = Transport::Tls(Box::new(handshake(relay, stream, tls, timeouts).await?));
            Ok(Connected { transport, is_encrypted: true, is_greeted: true, peer })
        }
    }
}

/// RFC 3207: greeting, EHLO, STARTTLS, all in plain text and none of it believed afterwards.
async fn ask_for_tls(
    relay: &RelayConfig,
    hello: &str,
    mut stream: TcpStream,
    timeouts: &Timeouts,
) -> Result<TcpStream, Failure> {
    let label = relay.label();
    let lost = |error: io::Error| Failure::by_error(FailureClass::Connection, &label, &error);
    let unhappy = |reply: &Reply| {
        let class = if reply.code == 421 { FailureClass::Busy } else { FailureClass::Connection };
        Failure::by_reply(class, &label, reply)
    };
    let greeting = bounded(timeouts.greeting, read_reply(&mut stream)).await.map_err(lost)?;
    if greeting.code != 220 {
        return Err(unhappy(&greeting));
    }
    let command = format!("EHLO {hello}\r\n");
    let offers = bounded(timeouts.command, ask(&mut stream, &command)).await.map_err(lost)?;
    if offers.code != 250 {
        return Err(unhappy(&offers));
    }
    if !offers.offers("STARTTLS") {
        return Err(Failure::new(FailureClass::Tls, &label, "the relay offers no STARTTLS, and tls is \"required\""));
    }
    let answer = bounded(timeouts.command, ask(&mut stream, "STARTTLS\r\n")).await.map_err(lost)?;
    if answer.code != 220 {
        return Err(Failure::by_reply(FailureClass::Tls, &label, &answer));
    }
    Ok(stream)
}

async fn handshake(
    relay: &RelayConfig,
    stream: TcpStream,
    tls: &Result<Arc<ClientConfig>, String>,
    timeouts: &Timeouts,
) -> Result<TlsStream<TcpStream>, Failure> {
    let failed = |what: &dyn std::fmt::Display| Failure::new(FailureClass::Tls, &relay.label(), what);
    let settings = tls.as_ref().map_err(|error| failed(error))?;
    let name = ServerName::try_from(relay.host().to_owned()).map_err(|error| failed(&error))?;
    bounded(timeouts.tls, TlsConnector::from(Arc::clone(settings)).connect(name, stream))
        .await
        .map_err(|error| failed(&error))
}

async fn ask(stream: &mut TcpStream, command: &str) -> io::Result<Reply> {
    stream.write_all(command.as_bytes()).await?;
    read_reply(stream).await
}

/// Exactly one reply: bytes behind it would be read as if they had come through TLS.
async fn read_reply(stream: &mut TcpStream) -> io::Result<Reply> {
    let mut reader = ReplyReader::default();
    let mut bytes = [0; 2048];
    loop {
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the relay hung up"));
        }
        let heard = bytes.get(..count).unwrap_or_default();
        let (taken, reply) = reader.feed(heard);
        if let Some(reply) = reply {
            return if taken == count {
                Ok(reply)
            } else {
                Err(io::Error::new(io::ErrorKind::InvalidData, "the relay said more than it was asked"))
            };
        }
    }
}

async fn bounded<T>(limit: Span, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    match tokio::time::timeout(limit.to_std(), step).await {
        Ok(result) => result,
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} ms", limit.as_millis()))),
    }
}
