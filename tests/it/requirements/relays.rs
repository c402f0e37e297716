//! Section 7, what a relay answers: a reply counts by its class and its place, never by its wording.

use super::*;
use lamplighter::base::Span;
use lamplighter::delivery::rates;
use lamplighter::sink::{Deed, Manners, Sink, SinkOptions, Step, Tone};
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// An edition at 18:30, sealed, for these readers; nothing is sent yet.
pub async fn sealed(t: &Harness, paper: &Newspaper, readers: &[&str]) {
    add(t, readers).await;
    paper.publish("Harbour opens");
    t.go_to(&format!("{EVENING} 17:50")).await;
    t.live_until(&format!("{EVENING} 18:29")).await;
    t.go_to(&format!("{EVENING} 18:30")).await;
    t.tick().await;
}

/// What became of each reader of the evening, by address.
pub async fn states(t: &Harness) -> std::collections::BTreeMap<String, String> {
    const STATES: Sql = Sql::both(
        "SELECT s.email || ' ' || d.state AS value FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id",
    );
    let mut tx = t.db().read().await.expect("a connection");
    let rows: Vec<(String,)> = tx.fetch_all(STATES, vec![]).await.expect("the deliveries are readable");
    let pair = |row: &str| row.rsplit_once(' ').map(|(email, state)| (email.to_owned(), state.to_owned()));
    rows.iter().map(|(row,)| pair(row).expect("two words")).collect()
}

#[tokio::test]
async fn t3_the_class_of_a_reply_decides() {
    let (t, paper) = newsroom().await;
    let cases = [
        ("ada@readers.example", "accepted", 1),
        ("tempfail-1+ben@readers.example", "accepted", 2),
        ("at-dot-451-1+cleo@readers.example", "accepted", 2),
        ("reject-550+dora@readers.example", "failed", 1),
        ("multiline-553+emil@readers.example", "failed", 1),
    ];
    sealed(&t, &paper, &cases.map(|(reader, ..)| reader)).await;
    t.run_until_idle().await;
    let now = states(&t).await;
    assert_eq!((&*now["tempfail-1+ben@readers.example"], &*now["ada@readers.example"]), ("deferred", "accepted"));
    t.live_until(&format!("{EVENING} 19:30")).await;
    let (states, tries) = (states(&t).await, t.sink.ledger().recipients);
    for (reader, state, times) in cases {
        assert_eq!((states[reader].as_str(), tries[reader]), (state, times), "{reader}");
    }
    // 421 is the whole host's: nobody is judged by it, and it is left alone.
    let (t, paper) = newsroom().await;
    sealed(&t, &paper, &[ADA, BEN, "cleo@readers.example"]).await;
    t.sink.behave(Manners::At(Step::Rcpt, Deed::Refuse { code: 421, tone: Tone::Plain }));
    t.run_until_idle().await;
    let asked = t.sink.ledger().connections;
    t.run_until_idle().await;
    assert_eq!(t.sink.ledger().connections, asked, "a pause is a pause");
    let counts = t.counts(&t.edition(EVENING).await).await;
    assert_eq!((counts.waiting, counts.failed), (3, 0), "after {asked} connections");
    t.sink.behave(Manners::Normal);
    t.live_until(&format!("{EVENING} 19:30")).await;
    assert_eq!(t.counts(&t.edition(EVENING).await).await.accepted, 3);
}

/// A relay that answers RCPT of some by these very bytes, says `250` without a word to everything else, and offers
/// nothing.
async fn terse(answers: Vec<(&'static str, Vec<u8>)>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("a bound listener");
    // Ends with the test's runtime.
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answers = answers.clone();
            tokio::spawn(async move { serve(stream, &answers).await });
        }
    });
    address
}

async fn serve(stream: TcpStream, answers: &[(&'static str, Vec<u8>)]) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 relay.example ESMTP\r\n").await.ok()?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let command = line.to_ascii_uppercase();
        let answer: &[u8] = match command.get(..4).unwrap_or_default() {
            "RCPT" => answers.iter().find(|(start, _)| line.contains(start)).map_or(b"250\r\n", |(_, said)| said),
            "DATA" => {
                stream.write_all(b"354\r\n").await.ok()?;
                while line != ".\r\n" {
                    line.clear();
                    stream.read_line(&mut line).await.ok()?;
                }
                b"250\r\n"
            }
            // The one reply that must name somebody (RFC 5321 4.1.1.1).
            "EHLO" => b"250 relay.example\r\n",
            "QUIT" => b"221\r\n",
            _ => b"250\r\n",
        };
        stream.write_all(answer).await.ok()?;
    }
}

#[tokio::test]
async fn t4_replies_of_every_shape_are_understood_and_kept() {
    let long = format!("550 5.1.1 {}\r\n", "no such mailbox ".repeat(60));
    let endless: String =
        (0..90).map(|n| format!("550-5.1.1 line {n} of a very long refusal, which nobody reads\r\n")).collect();
    // Who, the reply, what becomes of the mail, and words that are kept of it.
    let cases: Vec<(&'static str, Vec<u8>, &str, &str)> = vec![
        ("silent@", b"250\r\n".to_vec(), "accepted", ""),
        (
            "lines@",
            b"550-5.1.1 The mailbox\r\n550-5.1.1 does not\r\n550 5.1.1 exist\r\n".to_vec(),
            "failed",
            "does not",
        ),
        ("wordless@", b"550\r\n".to_vec(), "failed", ""),
        ("codeless@", b"550 nobody here\r\n".to_vec(), "failed", "nobody here"),
        ("liar@", b"550 4.2.1 come back later\r\n".to_vec(), "failed", "come back later"),
        ("put-off@", b"451 5.1.1 unknown for now\r\n".to_vec(), "deferred", "unknown for now"),
        ("latin@", b"550 5.1.1 Bo\xeete inconnue\r\n".to_vec(), "failed", "te inconnue"),
        ("gbk@", b"550 5.1.1 \xd3\xca\xcf\xe4 mailbox\r\n".to_vec(), "failed", "mailbox"),
        ("long@", long.into_bytes(), "failed", "no such mailbox no such mailbox"),
        ("endless@", format!("{endless}550 end\r\n").into_bytes(), "failed", "line 20 of"),
    ];
    let relay = terse(cases.iter().map(|(who, reply, ..)| (*who, reply.clone())).collect()).await;
    let (t, paper) = newsroom().await;
    let url = format!("smtp://{relay}").parse().expect("an address");
    let t = t.restart_with(|config| config.relays[0].url = url).await;
    let readers: Vec<String> = cases.iter().map(|(who, ..)| format!("{who}readers.example")).collect();
    sealed(&t, &paper, &readers.iter().map(String::as_str).collect::<Vec<_>>()).await;
    t.run_until_idle().await;
    let states = states(&t).await;
    const REPLIES: Sql = Sql::both(
        "SELECT s.email || ' ' || COALESCE(d.reply, '') || d.reason AS value FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id",
    );
    let mut tx = t.db().read().await.expect("a connection");
    let replies: Vec<(String,)> = tx.fetch_all(REPLIES, vec![]).await.expect("the replies are readable");
    for (reader, (who, _, state, words)) in readers.iter().zip(&cases) {
        assert_eq!(states[reader], *state, "{who}");
        let kept = replies.iter().find(|(it,)| it.starts_with(reader.as_str())).expect("a row");
        assert!(kept.0.contains(words), "{who}: {}", kept.0);
        assert!(kept.0.len() < 2 * 2_048 + 100, "{who} is kept without end: {}", kept.0.len());
    }
}

#[tokio::test]
async fn t5_what_stands_between_us_and_the_relay_is_held_against_no_reader() {
    let no = |step, code| Manners::At(step, Deed::Refuse { code, tone: Tone::Plain });
    let refusals = [
        Manners::RefuseConnections,
        Manners::BusyAtBanner,
        no(Step::Banner, 554),
        no(Step::Ehlo, 550),
        Manners::RefuseLogins,
        Manners::RefuseSenders,
        no(Step::Mail, 451),
    ];
    for manners in refusals {
        let (t, paper) = newsroom().await;
        let options = SinkOptions {
            login: Some(("lamp".to_owned(), "right".to_owned())),
            ..SinkOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))
        };
        let sink = Sink::start(options).expect("a port is free");
        let url = format!("smtp://{}", sink.address()).parse().expect("an address");
        let t = t
            .restart_with(|config| {
                let relay = &mut config.relays[0];
                (relay.url, relay.username, relay.password) =
                    (url, Some("lamp".to_owned()), Some(Secret::new("right")));
            })
            .await;
        sink.behave(manners);
        sealed(&t, &paper, &[ADA, BEN]).await;
        for _ in 0..3 {
            t.advance(Span::minutes(10));
            t.run_until_idle().await;
        }
        assert!(sink.ledger().connections > 0);
        let counts = t.counts(&t.edition(EVENING).await).await;
        assert_eq!((counts.waiting, counts.failed, counts.accepted), (2, 0, 0), "{manners:?}");
        assert_eq!(count(&t, "SELECT COUNT(*) AS value FROM suppressions").await, 0);
        let scopes = rates::survey(&t.app, lamplighter::operators::Actor::Console).await.expect("the database answers");
        let is_told = |it: &rates::ScopeView| it.scope.starts_with("relay:") && it.why.is_some();
        assert!(scopes.iter().any(is_told), "{manners:?} is told to nobody");
        sink.behave(Manners::Normal);
        for _ in 0..12 {
            t.advance(Span::minutes(10));
            t.run_until_idle().await;
        }
        assert_eq!(t.counts(&t.edition(EVENING).await).await.accepted, 2, "{manners:?}");
    }
}
