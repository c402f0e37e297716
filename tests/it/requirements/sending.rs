//! Section 7, how mails are sent: TLS, retries, crashes, pace.

use super::log::Log;
use super::relays::{sealed, states};
use super::*;
use crate::harness::both_engines;
use lamplighter::base::{CrashPoint, Span, Timestamp};
use lamplighter::config::TlsPolicy;
use lamplighter::delivery::{Timeouts, list_relay_troubles, run_until_idle};
use lamplighter::sink::{Sink, SinkOptions};
use lamplighter::{delivery, service};
use std::net::SocketAddr;
use std::sync::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

#[expect(dead_code, reason = "the unit tests beside it show certificates that have expired, too")]
#[path = "../../../src/delivery/session/fixtures.rs"]
mod certificates;

/// A relay that speaks TLS from the first byte, under a certificate that nobody vouches for; and what it was told.
async fn unknown_relay() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let (server, _) = certificates::tls_pair();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let (address, heard) = (listener.local_addr().expect("a bound listener"), Arc::default());
    let hears: Arc<Mutex<Vec<u8>>> = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = tokio_rustls::TlsAcceptor::from(server.clone()).accept(stream).await else { continue };
            let _ = stream.write_all(b"220 relay.example ESMTP\r\n").await;
            let mut words = Vec::new();
            let _ = stream.read_to_end(&mut words).await;
            hears.lock().expect("nobody panics").extend(words);
        }
    });
    (address, heard)
}

#[tokio::test]
async fn t1_mail_to_another_machine_goes_under_a_certificate_that_verifies_or_not_at_all() {
    // Plain text is for this very machine.
    let elsewhere = "url = 'smtp://relay.example:587'";
    let plain = |text: &str| text.replace("url = 'smtp://127.0.0.1:9'", &format!("{elsewhere}\ntls = 'none'"));
    settings::refused(plain).await.tells(&["relay.tls", "encrypted or not at all"]);
    let policy = |relay: &str| {
        let text = format!(
            "[site]\nname = 'x'\nbase_url = 'https://news.example'\npostal_address = 'x'\n[mail]\n\
             from = 'x <x@news.example>'\n[[relay]]\n{relay}\n"
        );
        let read =
            lamplighter::config::Config::parse(&text, "x.toml".as_ref(), &Default::default()).expect("it is valid");
        read.relays[0].tls_policy()
    };
    assert_eq!(policy(elsewhere), TlsPolicy::Required, "without a word about it");
    assert_eq!(policy("url = 'smtps://relay.example'"), TlsPolicy::Implicit);
    // A certificate that nobody vouches for ends it before a word.
    let (address, heard) = unknown_relay().await;
    let (t, paper) = newsroom().await;
    let url = format!("smtps://localhost:{}", address.port()).parse().expect("an address");
    let t = t
        .restart_with(|config| {
            let relay = &mut config.relays[0];
            (relay.url, relay.tls) = (url, Some(TlsPolicy::Implicit));
            (relay.username, relay.password) = (Some("lamp".to_owned()), Some(Secret::new("lantern-oil")));
        })
        .await;
    sealed(&t, &paper, &[ADA]).await;
    t.run_until_idle().await;
    let troubles = list_relay_troubles(&t.app).await.expect("the database answers");
    assert!(troubles.iter().any(|it| it.why.contains("certificate")), "{troubles:?}");
    assert_eq!(String::from_utf8_lossy(&heard.lock().expect("nobody panics")), "");
    assert_eq!(t.counts(&t.edition(EVENING).await).await.waiting, 1);
}

#[tokio::test]
async fn t2_a_password_is_said_under_tls_alone_and_stands_in_no_log() {
    let secret = "lantern-oil-1789";
    let log = Log::listen();
    let options = SinkOptions {
        login: Some(("lamp".to_owned(), secret.to_owned())),
        ..SinkOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))
    };
    let sink = Sink::start(options).expect("a port is free");
    let (t, paper) = newsroom().await;
    let url: url::Url = format!("smtp://{}", sink.address()).parse().expect("an address");
    let with = |tls| {
        let url = url.clone();
        move |config: &mut lamplighter::config::Config| {
            let relay = &mut config.relays[0];
            (relay.url, relay.tls) = (url, Some(tls));
            (relay.username, relay.password) = (Some("lamp".to_owned()), Some(Secret::new(secret)));
        }
    };
    let t = t.restart_with(with(TlsPolicy::Required)).await;
    sealed(&t, &paper, &[ADA]).await;
    t.run_until_idle().await;
    assert!(sink.ledger().connections > 0);
    assert_eq!((sink.ledger().commands.get("AUTH"), sink.mails().len()), (None, 0), "the relay offers no TLS");
    // Within this machine it may be said; it is logged no more than elsewhere.
    let t = t.restart_with(with(TlsPolicy::None)).await;
    for _ in 0..6 {
        t.advance(Span::minutes(5));
        t.run_until_idle().await;
    }
    assert_eq!(sink.mails().len(), 1);
    assert!(sink.ledger().commands.get("AUTH").is_some_and(|times| *times > 0));
    let said = log.text();
    assert!(said.contains("attempt"), "the log was heard");
    let encoded = data_encoding::BASE64.encode(format!("\0lamp\0{secret}").as_bytes());
    for word in [secret, &encoded, &data_encoding::BASE64.encode(secret.as_bytes())] {
        assert!(!said.contains(word), "{word} stands in the log");
    }
    assert!(!format!("{:?}", t.app.config).contains(secret));
}

#[tokio::test]
async fn t6_a_mail_that_was_put_off_comes_back_at_growing_intervals_until_it_is_stale() {
    let (t, paper) = newsroom().await;
    let patient = "tempfail-90+ada@readers.example";
    sealed(&t, &paper, &[patient]).await;
    let began = t.now();
    let mut tries: Vec<Timestamp> = Vec::new();
    for _ in 0..400 {
        t.run_until_idle().await;
        let tried = t.sink.ledger().recipients.get(patient).copied().unwrap_or(0);
        while (tries.len() as u64) < tried {
            tries.push(t.now());
        }
        if t.counts(&t.edition(EVENING).await).await.waiting == 0 {
            break;
        }
        t.advance(Span::minutes(5));
    }
    // Looked at every five minutes, so that each try may seem five minutes late.
    let gaps: Vec<i64> = tries.windows(2).map(|pair| pair[1].since(pair[0]).as_seconds() / 60).collect();
    for (gap, (least, most)) in gaps.iter().zip([(5, 20), (10, 35), (20, 65), (40, 125), (80, 245), (120, 245)]) {
        assert!((least..=most).contains(gap), "{gaps:?} minutes");
    }
    assert!((6..=16).contains(&tries.len()) && gaps.iter().all(|gap| *gap <= 245), "{gaps:?}");
    let lasted = tries.last().expect("it was tried").since(began);
    assert!(lasted <= Span::hours(24), "it is news of yesterday");
    assert_eq!(states(&t).await[patient], "expired");
    assert_eq!(count(&t, "SELECT COUNT(*) AS value FROM suppressions").await, 0, "that is no fault of the reader");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t7_a_crash_at_any_moment_loses_nobody_and_sends_nobody_a_second_copy() {
    let points = [
        CrashPoint::AfterLease,
        CrashPoint::AfterDataGranted,
        CrashPoint::AfterAcceptBeforeRecord,
        CrashPoint::BeforeOutcomeCommit,
    ];
    for point in points {
        let (mut t, paper) = newsroom().await;
        let names: Vec<String> = (0..8).map(|n| format!("reader-{n}@readers.example")).collect();
        sealed(&t, &paper, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        t.faults.arm(point, 1);
        let (app, faults) = (t.app.clone(), t.faults.clone());
        t.spawn(async move { run_until_idle(&app).await.expect("the database answers") });
        faults.crashed().await;
        let t = t.restart().await;
        t.live_until(&format!("{EVENING} 19:10")).await;
        let states = states(&t).await;
        let mut uncertain = 0;
        for name in &names {
            let copies = t.sink.mails_to(name).len();
            match (states[name].as_str(), copies) {
                ("accepted", 1) => {}
                ("uncertain", 0 | 1) => uncertain += 1,
                (state, copies) => panic!("{point:?}: {name} is {state} and has {copies} copies"),
            }
        }
        // At most what each of the relay's four connections had in the air, and those are named.
        assert!(uncertain <= 4, "{point:?}: {uncertain}");
        assert_eq!(t.counts(&t.edition(EVENING).await).await.uncertain, uncertain, "{point:?}");
    }
}

#[tokio::test]
async fn t8_the_answer_to_a_mail_is_waited_for_as_long_as_the_rfc_says() {
    let timeouts = Timeouts::default();
    assert!(timeouts.final_dot >= Span::minutes(10));
    for (time, least) in [
        (timeouts.greeting, Span::minutes(5)),
        (timeouts.mail, Span::minutes(5)),
        (timeouts.rcpt, Span::minutes(5)),
        (timeouts.data, Span::minutes(2)),
        (timeouts.body, Span::minutes(3)),
    ] {
        assert!(time >= least, "{time:?}");
    }
    let (t, paper) = newsroom().await;
    let slow = "slow-900+ada@readers.example";
    sealed(&t, &paper, &[slow]).await;
    t.run_until_idle().await;
    assert_eq!((states(&t).await[slow].as_str(), t.sink.mails_to(slow).len()), ("accepted", 1));
    assert_eq!(t.sink.ledger().recipients[slow], 1, "patience makes no duplicates");
}

both_engines! {
    async fn t9_two_processes_at_one_database_mail_each_reader_once(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        let names: Vec<String> = (0..10).map(|n| format!("reader-{n}@readers.example")).collect();
        add(&t, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        paper.publish("Harbour opens");
        let other = t.another_process().await;
        for time in ["17:58", "18:00", "18:20", "18:30", "18:31"] {
            t.go_to(&format!("{EVENING} {time}")).await;
            let (_, theirs) = tokio::join!(t.tick(), service::tick(&other));
            theirs.unwrap();
            let (_, theirs) = tokio::join!(t.run_until_idle(), delivery::run_until_idle(&other));
            theirs.unwrap();
        }
        other.db.close().await;
        assert_eq!(t.editions_mailed().len(), 10);
        t.assert_nobody_was_mailed_twice();
        // And whatever a program does, the database takes no second row.
        const AGAIN: Sql = Sql::both(
            "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at, wave) SELECT edition_id, subscriber_id, subscription_id, variant, 'queued', '', next_attempt_at, expires_at, wave FROM deliveries",
        );
        let mut tx = t.db().begin().await.unwrap();
        assert!(tx.execute(AGAIN, vec![]).await.is_err());
    }
}

#[tokio::test]
async fn t10_connections_carry_many_mails_and_a_refused_reader_ends_none() {
    let (t, paper) = newsroom().await;
    let t =
        t.restart_with(|config| (config.relays[0].connections, config.relays[0].mails_per_connection) = (1, 5)).await;
    let names: Vec<String> =
        (0..18)
            .map(|n| {
                if n % 6 == 5 {
                    format!("reject-550+{n}@readers.example")
                } else {
                    format!("reader-{n}@readers.example")
                }
            })
            .collect();
    sealed(&t, &paper, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    t.run_until_idle().await;
    let (counts, ledger) = (t.counts(&t.edition(EVENING).await).await, t.sink.ledger());
    assert_eq!((counts.accepted, counts.failed), (15, 3));
    assert!((3..=4).contains(&ledger.connections), "{} connections for 15 mails, 5 each", ledger.connections);
}

#[tokio::test]
async fn t13_one_who_is_put_off_holds_nobody_else_up() {
    let (t, paper) = newsroom().await;
    let readers = ["greylist+ada@readers.example", BEN, "cleo@readers.example", "dora@readers.example"];
    sealed(&t, &paper, &readers).await;
    t.run_until_idle().await;
    let counts = t.counts(&t.edition(EVENING).await).await;
    assert_eq!((counts.accepted, counts.waiting), (3, 1));
    t.live_until(&format!("{EVENING} 19:00")).await;
    assert_eq!(t.counts(&t.edition(EVENING).await).await.accepted, 4);
}
