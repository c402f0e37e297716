//! The ways by which mail comes in, at the real program: a pipe, LMTP, a Maildir; nothing is thrown away before its
//! effect is committed.

use super::{mailbox_full, unknown_user};
use crate::harness::{Loopback, Place, until};
use lamplighter::sink::{Sink, SinkOptions};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

const PATIENCE: Duration = Duration::from_secs(60);

/// A place whose edition went to these readers.
async fn sent(readers: &[&str], bounces: impl Fn(&Path) -> String) -> (Place, Sink) {
    let sink = Sink::start(SinkOptions::new(([127, 0, 0, 1], 0).into())).expect("a port is free");
    let feed = Loopback::feed(2).await;
    let place = Place::empty();
    let more = format!("[bounces]\n{}\n", bounces(&place.path(".")));
    place.configure("sqlite:lamplighter.db", sink.address(), &more);
    place.insert_bounce_domain();
    place.declare(&[feed.url("feed.xml")]).await;
    place.import(&readers.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()).await;
    place.run(&["gather"]).await.ok();
    place.run(&["edition", "draft"]).await.ok();
    place.run(&["edition", "send", "--now", "--wait"]).await.ok();
    (place, sink)
}

fn sender(sink: &Sink, reader: &str) -> String {
    let mails: Vec<Arc<_>> = sink.mails_to(reader);
    mails.last().expect("the edition was mailed").envelope_from.clone()
}

impl Place {
    fn insert_bounce_domain(&self) {
        let file = self.path("lamplighter.toml");
        let text = std::fs::read_to_string(&file).expect("it was written");
        let text = text.replacen("[mail]\n", "[mail]\nbounce_domain = 'bounces.news.example'\n", 1);
        assert!(text.contains("bounce_domain"));
        std::fs::write(&file, text).expect("the folder is writable");
    }

    async fn returns(&self) -> Vec<Value> {
        self.run(&["bounce", "list", "--json"]).await.ok().json().as_array().expect("a list").clone()
    }
}

#[tokio::test]
async fn v2_a_pipe_hands_mails_in_and_keeps_what_cannot_be_taken_now() {
    let (place, sink) = sent(&["ada@readers.example"], |_| String::new()).await;
    let to = sender(&sink, "ada@readers.example");
    std::fs::write(place.path("bounce.eml"), unknown_user("ada@readers.example")).unwrap();
    let ingest = format!("\"$lamplighter\" bounce ingest - --from= --to={to} --json < bounce.eml");

    std::fs::rename(place.path("lamplighter.db"), place.path("away.db")).unwrap();
    std::fs::create_dir(place.path("lamplighter.db")).unwrap();
    place.shell(&ingest).await.with_code(75);
    std::fs::remove_dir(place.path("lamplighter.db")).unwrap();
    std::fs::rename(place.path("away.db"), place.path("lamplighter.db")).unwrap();

    let done = place.shell(&ingest).await.ok().json();
    assert_eq!((&done["outcome"], &done["recorded"]["new"]), (&"returned".into(), &"suppressed".into()), "{done}");
    assert_eq!(done["report"]["class"], "hard", "{done}");
    let done = place.shell(&ingest).await.ok().json();
    assert_eq!(done["recorded"], "again", "{done}");
    let stranger = place.shell("printf 'From: a@b.example\\n\\nhello' | \"$lamplighter\" bounce ingest -").await.ok();
    assert!(stranger.out.contains("discarded"), "a mail server would answer anything else: {stranger}");
    let stats = place.run(&["bounce", "stats"]).await.ok();
    assert!(stats.out.contains("COMPLAINT RATE") && stats.out.contains("user_unknown"), "{stats}");
    assert!(!stats.out.contains("ada@"), "{stats}");
}

#[tokio::test]
async fn v2_the_service_takes_mail_by_lmtp_and_from_a_maildir() {
    let readers = ["ada@readers.example", "ben@readers.example"];
    let (place, sink) = sent(&readers, |folder| {
        for part in ["mail/new", "mail/cur", "mail/tmp"] {
            std::fs::create_dir_all(folder.join(part)).unwrap();
        }
        let folder = folder.canonicalize().unwrap();
        format!("lmtp = 'unix:{}'\nmaildir = 'mail'\npoll_seconds = 1", folder.join("lmtp.sock").display())
    })
    .await;
    let [ada, ben] = readers.map(|reader| sender(&sink, reader));
    let lying = place.path("mail/new/1795435200.M1P1.mx");
    let mail = format!("Delivered-To: {ben}\r\n{}", mailbox_full("ben@readers.example"));
    std::fs::write(place.path("mail/tmp/1"), mail).unwrap();
    std::fs::rename(place.path("mail/tmp/1"), &lying).unwrap();

    let (service, _) = place.serve(&[]).await;
    let socket = place.path("lmtp.sock");
    until("LMTP listens", PATIENCE, async || socket.exists()).await;
    let mut lmtp = UnixStream::connect(&socket).await.unwrap();
    let script = format!(
        "LHLO mx.example\r\nMAIL FROM:<>\r\nRCPT TO:<nobody@bounces.news.example>\r\nRCPT TO:<{ada}>\r\nDATA\r\n{}.\r\nQUIT\r\n",
        unknown_user("ada@readers.example")
    );
    lmtp.write_all(script.as_bytes()).await.unwrap();
    let mut said = String::new();
    lmtp.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("550 5.1.1") && said.contains("\r\n250 2."), "{said}");

    until("the Maildir is empty", PATIENCE, async || !lying.exists()).await;
    let kept = place.returns().await;
    let of = |via: &str| kept.iter().find(|it| it["via"] == via).unwrap_or_else(|| panic!("{via}: {kept:?}")).clone();
    assert_eq!((&of("lmtp")["effect"], &of("maildir")["effect"]), (&"suppressed".into(), &"counted".into()));
    service.terminate(Duration::from_secs(20)).await.ok();
}

#[tokio::test]
async fn a_way_in_that_cannot_work_is_told_before_the_service_starts() {
    let (place, _sink) = sent(&["ada@readers.example"], |_| "maildir = 'nowhere'".to_owned()).await;
    let said = place.run(&["serve", "--listen", "127.0.0.1:0"]).await.with_code(1);
    assert!(said.err.contains("is no Maildir") && said.err.contains("[bounces]"), "{said}");
}
