//! A client of few words for the tests of this room.

use crate::sink::Sink;
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

pub struct Client(pub BufReader<TcpStream>);

impl Client {
    pub async fn greeted(sink: &Sink) -> Self {
        Self::at(sink.address()).await
    }

    pub async fn at(address: SocketAddr) -> Self {
        let mut client = Self(BufReader::new(TcpStream::connect(address).await.unwrap()));
        assert!(client.reply().await.starts_with("220 "));
        assert!(client.ask("EHLO client.example").await.contains("PIPELINING"));
        client
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.unwrap();
    }

    /// A whole reply, all its lines; empty when the server hung up.
    pub async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = Vec::new();
            self.0.read_until(b'\n', &mut line).await.unwrap();
            let is_last = line.get(3) != Some(&b'-');
            reply.push_str(&String::from_utf8_lossy(&line));
            if is_last {
                return reply;
            }
        }
    }

    pub async fn ask(&mut self, command: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes()).await;
        self.reply().await
    }

    /// The code of the last reply of a mail to `to`: of RCPT if that is refused, else of the final dot.
    pub async fn mail(&mut self, to: &str) -> String {
        self.ask("RSET").await;
        self.ask("MAIL FROM:<lamp@news.example>").await;
        let answer = self.ask(&format!("RCPT TO:<{to}>")).await;
        if !answer.starts_with("250") {
            return answer;
        }
        assert!(self.ask("DATA").await.starts_with("354"));
        self.ask("Subject: hello\r\n\r\n..stuffed\r\n.").await
    }
}
