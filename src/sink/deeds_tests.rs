//! Each deed at each step, as a client meets it; and what is on file of the mails that were taken.

use super::test_client::Client;
use crate::sink::{Deed, Distance, Keep, Manners, Sink, SinkOptions, Step, Tone};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

fn options() -> SinkOptions {
    SinkOptions::new("127.0.0.1:0".parse().unwrap())
}

/// The first word of each reply to a mail sent in one group; "" where the connection ended, "silence" where nothing came.
async fn in_one_group(sink: &Sink, to: &str) -> Vec<String> {
    let mut client = Client::greeted(sink).await;
    let group = format!("MAIL FROM:<a@b.example>\r\nRCPT TO:<{to}>\r\nDATA\r\n");
    client.send(group.as_bytes()).await;
    let mut heard = Vec::new();
    for step in 0..4 {
        if step == 3 {
            if heard.last().is_none_or(|code| code != "354") {
                break;
            }
            client.send(b"Subject: hello\r\n\r\nhello\r\n.\r\n").await;
        }
        // A busy machine is slow; only a silent one is silent.
        let is_silent = to.starts_with(["at-mail-silent", "at-rcpt-silent", "at-data-silent", "at-dot-silent"][step]);
        let patience = if is_silent { Duration::from_millis(300) } else { Duration::from_secs(30) };
        let reply = tokio::time::timeout(patience, client.reply()).await;
        let code = reply.as_ref().map_or("silence", |reply| reply.split([' ', '-']).next().unwrap_or_default());
        heard.push(code.to_owned());
        if code.is_empty() || code == "silence" {
            break;
        }
    }
    heard
}

#[tokio::test]
async fn each_step_can_be_refused_left_unanswered_or_cut_off() {
    let sink = Sink::start(options()).unwrap();
    for (to, heard) in [
        ("at-mail-421@x.example", "421 "),
        ("at-mail-550@x.example", "550 503 503"),
        ("at-mail-silent@x.example", "silence"),
        ("at-mail-drop@x.example", ""),
        ("at-rcpt-multiline-550@x.example", "250 550 503"),
        ("at-rcpt-garbage@x.example", "250 what 503"),
        ("at-rcpt-drop@x.example", "250 "),
        ("throttle-1@x.example", "250 454 503"),
        ("policy@x.example", "250 550 503"),
        ("at-data-451@x.example", "250 250 451"),
        ("at-data-silent@x.example", "250 250 silence"),
        ("at-data-421@x.example", "250 250 421"),
        ("at-dot-latin1-554@x.example", "250 250 354 554"),
        ("at-dot-421@x.example", "250 250 354 421"),
        ("at-dot-silent@x.example", "250 250 354 silence"),
        ("at-dot-drop@x.example", "250 250 354 "),
        ("at-dot-slow-1@x.example", "250 250 354 250"),
        ("anna@x.example", "250 250 354 250"),
    ] {
        assert_eq!(in_one_group(&sink, to).await.join(" "), heard, "{to}");
    }
    let ledger = sink.ledger();
    assert_eq!((ledger.accepted, ledger.lost.len()), (2, 2));
    let again = in_one_group(&sink, "throttle-1@x.example").await;
    assert_eq!(again, ["250", "250", "354", "250"], "once is over");
}

#[tokio::test]
async fn everybody_can_be_treated_alike_at_every_step() {
    let sink = Sink::start(options()).unwrap();
    let refuse = |code| Deed::Refuse { code, tone: Tone::Plain };
    sink.behave(Manners::At(Step::Banner, refuse(421)));
    let mut banner = String::new();
    TcpStream::connect(sink.address()).await.unwrap().read_to_string(&mut banner).await.unwrap();
    assert!(banner.starts_with("421 4.3.2"), "{banner}");
    sink.behave(Manners::Normal);
    let mut client = Client::greeted(&sink).await;
    for (step, command) in [(Step::Ehlo, "EHLO x.example"), (Step::Mail, "MAIL FROM:<a@b.example>")] {
        sink.behave(Manners::At(step, refuse(451)));
        assert!(client.ask(command).await.starts_with("451 4.3.0"), "{step:?}");
    }
    sink.behave(Manners::At(Step::Dot, refuse(452)));
    assert!(client.mail("anna@x.example").await.starts_with("452 4.6.0"));
    sink.behave(Manners::At(Step::Dot, Deed::Drop));
    assert_eq!(client.mail("anna@x.example").await, "");
    assert_eq!((sink.ledger().accepted, sink.ledger().lost["anna@x.example"]), (0, 1));
}

#[tokio::test]
async fn mails_that_are_only_counted_are_on_file_before_the_client_hears_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken.tsv");
    let options = SinkOptions { keep: Keep::CountsAlone, ledger_file: Some(file.clone()), ..options() };
    let sink = Sink::start(options).unwrap();
    let mut client = Client::greeted(&sink).await;
    let (mut lines, mut bytes) = (0, 0);
    for to in
        ["anna@x.example", "ben@x.example", "anna@x.example", "reject-550@x.example", "accept-then-drop@x.example"]
    {
        client.ask("RSET").await;
        client.ask("MAIL FROM:<a@b.example>").await;
        if client.ask(&format!("RCPT TO:<{to}>")).await.starts_with("550") {
            continue;
        }
        client.ask("DATA").await;
        let mail = format!("Message-ID: <{to}.1>\r\n\r\nhello\r\n");
        client.ask(&format!("{mail}.")).await;
        bytes += u64::try_from(mail.len()).unwrap();
        lines += 1;
        let on_file = std::fs::read_to_string(&file).unwrap();
        let last: Vec<&str> = on_file.lines().last().unwrap().split('\t').collect();
        assert_eq!((on_file.lines().count(), &last[1..]), (lines, &[to, &format!("{to}.1")][..]));
    }
    let ledger = sink.ledger();
    assert_eq!((ledger.accepted, ledger.mailed, ledger.repeated), (4, 3, 1));
    assert_eq!(ledger.bytes, bytes);
    assert!(sink.mails().is_empty() && ledger.recipients.is_empty());
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named() {
    let nowhere = std::path::PathBuf::from("/nowhere/taken.tsv");
    let refused = Sink::start(SinkOptions { ledger_file: Some(nowhere), ..options() }).err().unwrap();
    assert!(refused.to_string().starts_with("/nowhere/taken.tsv: "), "{refused}");
}

#[tokio::test]
async fn a_group_meets_the_distance_once() {
    let sink = Sink::start(options()).unwrap();
    let round_trip = Duration::from_millis(100);
    let distance = Distance::start("127.0.0.1:0".parse().unwrap(), sink.address(), round_trip).unwrap();
    let mut client = Client::at(distance.address()).await;
    let began = tokio::time::Instant::now();
    // Both ways are on the road before the first answer is back.
    for _ in 0..50 {
        client.send(b"NOOP\r\n").await;
    }
    for _ in 0..50 {
        assert!(client.reply().await.starts_with("250"));
    }
    let took = began.elapsed();
    assert!(took >= round_trip.saturating_sub(Duration::from_millis(2)), "{took:?}");
    assert!(took < round_trip * 25, "each waited for the one before: {took:?}");
}

#[tokio::test]
async fn who_is_cut_off_behind_the_distance_hears_of_it() {
    let sink = Sink::start(options()).unwrap();
    let distance = Distance::start("127.0.0.1:0".parse().unwrap(), sink.address(), Duration::from_millis(4)).unwrap();
    let mut client = Client::at(distance.address()).await;
    assert_eq!(client.mail("drop-after-dot@x.example").await, "");
}
