//! Dialogues over real loopback sockets.

use super::*;
use crate::base::Span;
use crate::config::LmtpAddress;
use crate::postbox::takers::Notebook;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const HELLO: &str = "LHLO mx.example\r\nMAIL FROM:<>\r\nRCPT TO:<b-1@bounce.news.example>\r\nDATA\r\n";

/// A listener with a taker behind it.
pub struct House {
    pub taker: Arc<Notebook>,
    pub address: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl House {
    pub async fn open() -> Self {
        Self::with(Notebook::default(), Limits::default()).await
    }

    pub async fn with(taker: Notebook, limits: Limits) -> Self {
        let listener = Listener::bind(&LmtpAddress::Tcp(([127, 0, 0, 1], 0).into())).await.unwrap();
        let (address, stop, taker) = (listener.tcp_address().unwrap(), CancellationToken::new(), Arc::new(taker));
        let (theirs, token) = (Arc::clone(&taker), stop.clone());
        let served = tokio::spawn(async move { serve(listener, "news.example", theirs, limits, token).await });
        Self { taker, address, stop, served }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Says it all at once, and hears until the house hangs up; the codes of the replies.
    pub async fn codes(&self, said: &str) -> Vec<String> {
        codes(&self.hear(said.as_bytes()).await)
    }

    pub async fn hear(&self, said: &[u8]) -> String {
        let mut stream = self.connect().await;
        let (mut reader, mut writer) = stream.split();
        let mut heard = String::new();
        // Both ways at once: who only writes may fill up both buffers.
        let (written, read) = tokio::join!(
            async {
                let _ = writer.write_all(said).await;
                writer.shutdown().await
            },
            reader.read_to_string(&mut heard)
        );
        let _ = (written, read);
        heard
    }

    async fn close(self) {
        self.stop.cancel();
        self.served.await.unwrap();
    }
}

fn codes(heard: &str) -> Vec<String> {
    let is_last = |line: &&str| line.as_bytes().get(3) == Some(&b' ');
    heard.lines().filter(is_last).map(|line| line.chars().take(9).collect::<String>().trim_end().to_owned()).collect()
}

async fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut heard = Vec::new();
    while !String::from_utf8_lossy(&heard).contains(end) {
        let mut bytes = [0; 1024];
        let count = stream.read(&mut bytes).await.unwrap();
        assert_ne!(count, 0, "hung up after {:?}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&bytes[..count]);
    }
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn a_bounce_is_handed_over_in_one_go() {
    let house = House::open().await;
    let heard = house.hear(format!("{HELLO}Subject: x\r\n\r\n..hi\r\n.\r\nQUIT\r\n").as_bytes()).await;
    for offer in ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "SIZE 10485760"] {
        assert!(heard.contains(offer), "{heard}");
    }
    assert_eq!(codes(&heard)[2..], ["250 2.1.0", "250 2.1.5", "354 Send", "250 2.0.0", "221 2.0.0"]);
    let given = house.taker.given();
    assert_eq!(given[0].raw, b"Subject: x\r\n\r\n.hi\r\n");
    assert_eq!(
        (given[0].from.as_deref(), given[0].to.as_slice()),
        (Some(""), &["b-1@bounce.news.example".to_owned()][..])
    );
    house.close().await;
}

#[tokio::test]
async fn each_recipient_has_a_reply_and_the_unknown_have_theirs_before() {
    let house = House::open().await;
    let said = "LHLO mx.example\r\nMAIL FROM:<a@x.example> BODY=8BITMIME SMTPUTF8 SIZE=5\r\n\
        RCPT TO:<one@bounce.news.example>\r\nRCPT TO:<who@elsewhere.example>\r\nRCPT TO:<two@bounce.news.example>\r\n\
        DATA\r\nnonsense\r\n.\r\nQUIT\r\n";
    let codes = house.codes(said).await;
    let expected =
        ["250 2.1.0", "250 2.1.5", "550 5.1.1", "250 2.1.5", "354 Send", "250 2.0.0", "250 2.0.0", "221 2.0.0"];
    assert_eq!(codes[2..], expected);
    assert_eq!(house.taker.given()[0].to.len(), 2);
    assert_eq!(house.taker.given()[0].from.as_deref(), Some("a@x.example"));
}

#[tokio::test]
async fn bytes_may_come_one_by_one() {
    let house = House::open().await;
    let mut stream = house.connect().await;
    stream.set_nodelay(true).unwrap();
    for byte in format!("{HELLO}a\r\n..b\r\n.\r\nQUIT\r\n").as_bytes() {
        stream.write_all(&[*byte]).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    until(&mut stream, "221 ").await;
    assert_eq!(house.taker.bodies(), ["a\r\n.b\r\n"]);
}

#[tokio::test]
async fn a_taker_that_is_away_loses_nothing() {
    let house = House::with(Notebook::failing(1), Limits::default()).await;
    let mail = format!("{HELLO}x\r\n.\r\n");
    assert!(house.codes(&mail).await.contains(&"451 4.3.0".to_owned()));
    assert!(house.taker.given().is_empty());
    assert!(house.codes(&mail).await.contains(&"250 2.0.0".to_owned()));
    assert_eq!(house.taker.bodies(), ["x\r\n"]);
}

#[tokio::test]
async fn ten_megabytes_are_taken_and_one_byte_more_is_not() {
    let house = House::open().await;
    let max = Limits::default().mail_bytes_max;
    for (size, code, count) in [(max, "250 2.0.0", 1), (max + 1, "552 5.3.4", 1)] {
        let line = "x".repeat(998) + "\r\n";
        let mut mail = line.repeat(size / 1000);
        mail.push_str(&"y".repeat(size - mail.len() - 2));
        let said = format!("{HELLO}{mail}\r\n.\r\nMAIL FROM:<> SIZE={}\r\nMAIL FROM:<>\r\nQUIT\r\n", max + 1);
        let codes = house.codes(&said).await;
        assert_eq!(codes[5..], [code, "552 5.3.4", "250 2.1.0", "221 2.0.0"], "{size}");
        assert_eq!(house.taker.given().len(), count);
    }
    assert_eq!(house.taker.given()[0].raw.len(), max);
}

#[tokio::test]
async fn a_mail_far_too_large_ends_the_connection() {
    let limits = Limits { mail_bytes_max: 100, dropped_bytes_max: 1000, ..Limits::default() };
    let house = House::with(Notebook::default(), limits).await;
    let codes = house.codes(&format!("{HELLO}{}\r\n.\r\n", "x".repeat(100_000))).await;
    assert!(codes.len() <= 6 && house.taker.given().is_empty(), "{codes:?}");
}

#[tokio::test]
async fn a_mail_that_is_cut_off_is_not_taken() {
    let house = House::open().await;
    for cut in [format!("{HELLO}half a mail\r\n"), format!("{HELLO}half\r\n.\r"), HELLO.to_owned()] {
        house.hear(cut.as_bytes()).await;
    }
    let mut stream = house.connect().await;
    stream.write_all(format!("{HELLO}half\r\n").as_bytes()).await.unwrap();
    until(&mut stream, "354 ").await;
    drop(stream);
    let taker = Arc::clone(&house.taker);
    house.close().await;
    assert!(taker.given().is_empty());
}

#[tokio::test]
async fn what_is_out_of_order_or_unknown_is_told_so() {
    let house = House::open().await;
    let said = "EHLO x\r\nHELO x\r\nMAIL FROM:<>\r\nLHLO x\r\nRCPT TO:<a@bounce.news.example>\r\nDATA\r\n\
        MAIL FROM:<>\r\nMAIL FROM:<>\r\nDATA\r\nRCPT TO:<who@elsewhere.example>\r\nDATA\r\nRSET\r\n\
        VRFY a\r\nNOOP\r\nSTARTTLS\r\nQUIT\r\n";
    let expected = [
        "220 news.",
        "500 5.5.1",
        "500 5.5.1",
        "503 5.5.1",
        "250 SIZE",
        "503 5.5.1",
        "503 5.5.1",
        "250 2.1.0",
        "503 5.5.1",
        "503 5.5.1",
        "550 5.1.1",
        "503 5.5.1",
        "250 2.0.0",
        "252 2.1.5",
        "250 2.0.0",
        "500 5.5.2",
        "221 2.0.0",
    ];
    assert_eq!(house.codes(said).await, expected);
}

#[tokio::test]
async fn lines_recipients_wrong_commands_and_connections_are_bounded() {
    let limits = Limits { recipients_max: 2, wrong_max: 3, connections_max: 1, ..Limits::default() };
    let house = House::with(Notebook::default(), limits).await;
    let rcpt = "RCPT TO:<a@bounce.news.example>\r\n";
    let codes_of = house.codes(&format!("LHLO x\r\nMAIL FROM:<>\r\n{rcpt}{rcpt}{rcpt}QUIT\r\n")).await;
    assert_eq!(codes_of[3..], ["250 2.1.5", "250 2.1.5", "452 4.5.3", "221 2.0.0"]);
    for length in [992, 999, 1000, 1001, 50_000] {
        let codes = house.codes(&format!("NOOP {}\r\nQUIT\r\n", "x".repeat(length - 7))).await;
        assert_eq!(codes[1], if length <= 1000 { "250 2.0.0" } else { "500 5.5.2" }, "{length}");
    }
    assert_eq!(house.codes("x\r\ny\r\nz\r\nNOOP\r\n").await[1..], ["500 5.5.2", "500 5.5.2", "500 5.5.2", "421 4.7.0"]);
    let mut first = house.connect().await;
    until(&mut first, "220 ").await;
    assert_eq!(house.codes("").await, ["421 4.3.2"]);
}

#[tokio::test]
async fn a_silent_peer_is_sent_away() {
    let limits = Limits { idle: Span::millis(20), ..Limits::default() };
    let house = House::with(Notebook::default(), limits).await;
    let mut stream = house.connect().await;
    until(&mut stream, "421 4.4.2").await;
    let mut within = house.connect().await;
    within.write_all(format!("{HELLO}half").as_bytes()).await.unwrap();
    until(&mut within, "421 4.4.2").await;
    assert!(house.taker.given().is_empty());
}

#[tokio::test]
async fn a_stop_finishes_the_mail_in_hand_and_sends_the_others_away() {
    let house = House::with(Notebook::gated(), Limits::default()).await;
    let mut waiting = house.connect().await;
    until(&mut waiting, "220 ").await;
    let mut in_hand = house.connect().await;
    in_hand.write_all(format!("{HELLO}x\r\n.\r\n").as_bytes()).await.unwrap();
    house.taker.begun.notified().await;
    let mut in_data = house.connect().await;
    in_data.write_all(format!("{HELLO}first half\r\n").as_bytes()).await.unwrap();
    until(&mut in_data, "354 ").await;
    house.stop.cancel();
    until(&mut waiting, "421 4.3.2").await;
    in_data.write_all(b"second half\r\n.\r\n").await.unwrap();
    house.taker.begun.notified().await;
    house.taker.gate.add_permits(2);
    for stream in [&mut in_hand, &mut in_data] {
        let heard = until(stream, "421 4.3.2").await;
        assert!(heard.contains("250 2.0.0 Taken"), "{heard}");
    }
    house.served.await.unwrap();
    assert_eq!(house.taker.given().len(), 2);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_peer_that_is_silent_within_a_mail() {
    let limits = Limits { grace: Span::millis(20), ..Limits::default() };
    let house = House::with(Notebook::default(), limits).await;
    let mut stream = house.connect().await;
    stream.write_all(format!("{HELLO}half").as_bytes()).await.unwrap();
    until(&mut stream, "354 ").await;
    let taker = Arc::clone(&house.taker);
    house.close().await;
    assert!(taker.given().is_empty());
}

#[tokio::test]
async fn a_unix_socket_serves_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lmtp.sock");
    let listener = Listener::bind(&LmtpAddress::Unix(path.clone())).await.unwrap();
    let (taker, stop) = (Arc::new(Notebook::default()), CancellationToken::new());
    let (theirs, token) = (Arc::clone(&taker), stop.clone());
    let served = tokio::spawn(async move { serve(listener, "x", theirs, Limits::default(), token).await });
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    stream.write_all(format!("{HELLO}x\r\n.\r\nQUIT\r\n").as_bytes()).await.unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    assert_eq!(taker.bodies(), ["x\r\n"]);
    stop.cancel();
    served.await.unwrap();
}
