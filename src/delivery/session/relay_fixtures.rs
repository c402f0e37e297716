//! A relay that acts out a script, word for word.

use super::Session;
use crate::config::RelayConfig;
use crate::delivery::outcome::Failure;
use crate::delivery::store::fixtures::{relay, short_timeouts};
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What a scripted relay does next.
#[derive(Clone)]
pub(super) enum Do {
    Say(&'static [u8]),
    /// Reads one line and notes it.
    Hear,
    /// Reads a mail up to its final dot.
    HearMail,
    /// Reads so many lines of a mail, and no more.
    HearLines(usize),
    /// Says it byte by byte.
    Dribble(&'static [u8]),
    /// Stays, and reads nothing.
    Wait,
}
use Do::{Hear, HearLines, HearMail, Say};

/// The lines that the relay heard.
pub(super) type Heard = JoinHandle<Vec<String>>;

pub(super) async fn scripted(script: Vec<Do>) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        act(stream, script).await
    });
    (address, heard)
}

pub(super) async fn act(stream: impl AsyncRead + AsyncWrite + Unpin, script: Vec<Do>) -> Vec<String> {
    let mut stream = BufReader::new(stream);
    let mut heard = Vec::new();
    for step in script {
        match step {
            Say(bytes) => stream.write_all(bytes).await.unwrap(),
            Do::Dribble(bytes) => {
                for byte in bytes {
                    stream.write_all(&[*byte]).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
            Do::Wait => std::future::pending().await,
            Hear => heard.push(line(&mut stream).await),
            HearMail => while !matches!(raw_line(&mut stream).await.as_str(), ".\r\n" | "") {},
            HearLines(count) => {
                for _ in 0..count {
                    line(&mut stream).await;
                }
            }
        }
    }
    heard
}

/// A relay that acts out `before` in plain text, shakes hands, and goes on with `after`.
pub(super) async fn tls_relay(server: Arc<ServerConfig>, before: Vec<Do>, after: Vec<Do>) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = act(&mut stream, before).await;
        if let Ok(stream) = TlsAcceptor::from(server).accept(stream).await {
            heard.extend(act(stream, after).await);
        }
        heard
    });
    (address, heard)
}

async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> String {
    raw_line(stream).await.trim_end().to_owned()
}

async fn raw_line(stream: &mut (impl AsyncBufRead + Unpin)) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    line
}

pub(super) const GREET: Do = Say(b"220 relay.example ESMTP\r\n");
pub(super) const OK: Do = Say(b"250 ok\r\n");
pub(super) const GO: Do = Say(b"354 go\r\n");

pub(super) fn plain(address: SocketAddr) -> RelayConfig {
    relay(&format!("url = 'smtp://{address}'"))
}

pub(super) async fn open(relay: &RelayConfig) -> Result<Session, Failure> {
    let tls = Err("none here".to_owned());
    Session::open(relay, "news.example", &tls, short_timeouts(), 0).await
}
