//! From an address to a line that may carry a password.
//!
//! TLS as this machine judges certificates, from the first byte or behind STARTTLS. Nothing that was heard before TLS
//! is believed behind it, and a server that says more than it was asked then is left (RFC 9051 11.3).

use super::Timeouts;
use super::account::{Security, Server};
use super::error::{ImapError, quoted};
use super::line::Line;
use super::reply::Status;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

pub(super) type Open = Line<Box<dyn Stream>>;

/// Connects and hears the greeting.
pub(super) async fn connect(server: &Server, tls: &Arc<ClientConfig>, times: &Timeouts) -> Result<Open, ImapError> {
    let unreachable = |error: io::Error| ImapError::Unreachable { host: label(server), why: error.to_string() };
    let stream = TcpStream::connect((server.host.as_str(), server.port));
    let stream = tokio::time::timeout(times.connect.to_std(), stream)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .map_err(unreachable)?;
    let is_here = stream.peer_addr().map_err(unreachable)?.ip().to_canonical().is_loopback();
    stream.set_nodelay(true).map_err(unreachable)?;
    if server.security == Security::Tls {
        let stream = handshake(server, stream, tls, times).await?;
        let mut line: Open = Line::new(stream, times.command);
        greeted(server, line.greeting().await)?;
        return Ok(line);
    }
    let mut line = Line::new(stream, times.command);
    greeted(server, line.greeting().await)?;
    let answer = line.command("CAPABILITY", 0).await?;
    let offers = answer.words_of("CAPABILITY").iter().any(|word| word.eq_ignore_ascii_case("STARTTLS"));
    let not_safe = |why: &str| ImapError::Unsafe { host: label(server), why: why.to_owned() };
    if !offers && !is_here {
        return Err(not_safe("it offers no STARTTLS"));
    }
    if offers {
        let answer = line.command("STARTTLS", 0).await?;
        if !answer.is_ok {
            return Err(not_safe(&format!("it refuses STARTTLS ({})", quoted(&answer.said))));
        }
    }
    let stream = line.into_stream().ok_or_else(|| not_safe("it says more than it was asked before TLS begins"))?;
    let stream = if offers { handshake(server, stream, tls, times).await? } else { Box::new(stream) };
    Ok(Line::new(stream, times.command))
}

fn greeted(server: &Server, greeting: Result<(Status, String), ImapError>) -> Result<(), ImapError> {
    let (status, said) = match greeting {
        Ok(greeting) => greeting,
        // A server that waits for TLS says nothing to those who wait for it to speak.
        Err(ImapError::Lost { why }) => {
            return Err(ImapError::Unsafe { host: label(server), why: format!("it does not greet ({why})") });
        }
        Err(error) => return Err(error),
    };
    match status {
        Status::Ok => Ok(()),
        // Whose mailbox it would be is not known.
        Status::PreAuth => Err(ImapError::Unsafe { host: label(server), why: "it logs strangers in".to_owned() }),
        _ => Err(ImapError::Unreachable { host: label(server), why: said }),
    }
}

async fn handshake(
    server: &Server,
    stream: TcpStream,
    tls: &Arc<ClientConfig>,
    times: &Timeouts,
) -> Result<Box<dyn Stream>, ImapError> {
    let failed = |why: &dyn std::fmt::Display| ImapError::Unsafe { host: label(server), why: why.to_string() };
    let name = ServerName::try_from(server.host.clone()).map_err(|error| failed(&error))?;
    let step = TlsConnector::from(Arc::clone(tls)).connect(name, stream);
    match tokio::time::timeout(times.tls.to_std(), step).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(failed(&error)),
        Err(_) => Err(failed(&"TLS does not begin")),
    }
}

pub(super) fn label(server: &Server) -> String {
    format!("{}:{}", server.host, server.port)
}
