//! The server as a client sees it, over raw TCP.

use super::super::test_client::Client;
use crate::base::{FakeClock, Span, Timestamp};
use crate::sink::{Manners, Sink, SinkOptions, Violation};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _};
use tokio::net::TcpStream;

fn options() -> SinkOptions {
    SinkOptions::new("127.0.0.1:0".parse().unwrap())
}

#[tokio::test]
async fn a_mail_is_taken_and_read() {
    let sink = Sink::start(options()).unwrap();
    let mut client = Client::greeted(&sink).await;
    assert!(client.mail("anna@x.example").await.starts_with("250"));
    let mails = sink.wait_for(|mails| mails.len() == 1, Duration::from_secs(5)).await.unwrap();
    assert_eq!(mails[0].raw, b"Subject: hello\r\n\r\n.stuffed\r\n");
    assert_eq!((mails[0].envelope_from.as_str(), mails[0].subject.as_str()), ("lamp@news.example", "hello"));
    assert_eq!(sink.mails_to("ANNA@x.example").len(), 1);
    assert!(client.ask("QUIT").await.starts_with("221"));
    let ledger = sink.ledger();
    assert_eq!((ledger.connections, ledger.accepted, ledger.commands["DATA"]), (1, 1, 1));
    assert_eq!(ledger.violations, []);
    sink.stop().await;
}

#[tokio::test]
async fn commands_sent_together_are_answered_in_order() {
    let sink = Sink::start(options()).unwrap();
    let mut client = Client::greeted(&sink).await;
    client
        .send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<reject-550@x.example>\r\nRCPT TO:<c@x.example>\r\nDATA\r\n")
        .await;
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(client.reply().await[..3].to_owned());
    }
    assert_eq!(codes, ["250", "550", "250", "354"]);
}

#[tokio::test]
async fn each_address_is_treated_as_it_asks() {
    let clock = Arc::new(FakeClock::at(Timestamp::from_seconds(1000)));
    let sink = Sink::start(SinkOptions { clock: clock.clone(), ..options() }).unwrap();
    let mut client = Client::greeted(&sink).await;
    for (to, answers) in [
        ("tempfail-2@x.example", vec!["451 4.3.0", "451 4.3.0", "250"]),
        ("reject-552@x.example", vec!["552 5.1.1"]),
        ("lying-550@x.example", vec!["550 4.2.1"]),
        ("slow-1@x.example", vec!["250"]),
    ] {
        for answer in answers {
            let got = client.mail(to).await;
            assert!(got.starts_with(answer), "{to}: {got}");
        }
    }
    assert!(client.mail("greylist@x.example").await.starts_with("451"));
    assert!(client.mail("greylist@x.example").await.starts_with("451"));
    clock.advance(Span::minutes(5));
    assert!(client.mail("greylist@x.example").await.starts_with("250"));
    assert_eq!(sink.ledger().recipients["greylist@x.example"], 3);
    client.ask("MAIL FROM:<a@b.example>").await;
    client.send(b"RCPT TO:<latin1-550@x.example>\r\n").await;
    let mut line = Vec::new();
    client.0.read_until(b'\n', &mut line).await.unwrap();
    assert_eq!(line, b"550 5.1.1 Bo\xeete inconnue\r\n");
}

#[tokio::test]
async fn a_connection_dies_where_the_address_says() {
    let sink = Sink::start(options()).unwrap();
    assert_eq!(Client::greeted(&sink).await.mail("drop-after-dot@x.example").await, "");
    assert_eq!((sink.ledger().lost["drop-after-dot@x.example"], sink.mails().len()), (1, 0));
    assert_eq!(Client::greeted(&sink).await.mail("accept-then-drop@x.example").await, "");
    assert_eq!(sink.mails().len(), 1);
    let mut client = Client::greeted(&sink).await;
    for code in ["250", "250", "421"] {
        assert!(client.mail("421-after-2@x.example").await.starts_with(code));
    }
    assert_eq!(client.reply().await, "");
    for silent in ["silent-at-rcpt@x.example", "silent-at-dot@x.example"] {
        let mut client = Client::greeted(&sink).await;
        let answer = tokio::time::timeout(Duration::from_millis(100), client.mail(silent)).await;
        assert!(answer.is_err(), "{silent}: {answer:?}");
    }
}

#[tokio::test]
async fn manners_change_while_it_runs() {
    let login = Some(("lamp".to_owned(), "secret".to_owned()));
    let sink = Sink::start(SinkOptions { login, ..options() }).unwrap();
    let mut client = Client::greeted(&sink).await;
    // "\0lamp\0secret"
    assert!(client.ask("AUTH PLAIN AGxhbXAAc2VjcmV0").await.starts_with("235"));
    assert!(client.ask("AUTH PLAIN AGxhbXAAd3Jvbmc=").await.starts_with("535"));
    sink.behave(Manners::RefuseLogins);
    assert!(client.ask("AUTH PLAIN AGxhbXAAc2VjcmV0").await.starts_with("535"));
    sink.behave(Manners::RefuseSenders);
    assert!(client.ask("MAIL FROM:<a@b.example>").await.starts_with("550 5.7.1"));
    sink.behave(Manners::BusyAtBanner);
    let mut socket = TcpStream::connect(sink.address()).await.unwrap();
    let mut banner = String::new();
    socket.read_to_string(&mut banner).await.unwrap();
    assert!(banner.starts_with("421 "), "{banner}");
    sink.behave(Manners::RefuseConnections);
    let mut socket = TcpStream::connect(sink.address()).await.unwrap();
    assert_eq!(socket.read(&mut [0; 10]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn breaches_of_the_protocol_are_noted() {
    let sink = Sink::start(options()).unwrap();
    let mut client = Client::greeted(&sink).await;
    client.ask("MAIL FROM:<a@b.example>").await;
    client.ask("RCPT TO:<\u{f6}@x.example>").await;
    client.ask("DATA").await;
    client.send(b"one\nbare\r\n\xff").await;
    client.ask(&format!("{}\r\n.", "x".repeat(999))).await;
    assert_eq!(
        sink.ledger().violations,
        [Violation::UnannouncedUtf8, Violation::BareLineEnd, Violation::LongLine, Violation::UnannouncedEightBit]
    );
}

#[tokio::test]
async fn memory_is_bounded_and_the_oldest_mail_goes_first() {
    let sink = Sink::start(SinkOptions { mails_max: 2, ..options() }).unwrap();
    let mut client = Client::greeted(&sink).await;
    for _ in 0..3 {
        client.mail("anna@x.example").await;
    }
    let ids: Vec<u64> = sink.mails().iter().map(|mail| mail.id).collect();
    assert_eq!((ids, sink.ledger().accepted, sink.ledger().forgotten), (vec![2, 3], 3, 1));
}
