//! A server of these tests, with its faults; see `server.rs`.

use super::server::{CERTIFICATE, Manners, Server as Imap, Tls};
use super::*;
use crate::base::Span;
use crate::postbox::Round;
use crate::postbox::takers::Notebook;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Believes the test server's certificate alone.
fn tls() -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

fn account(server: &Imap) -> Account {
    let security = if server.manners.tls == Tls::AtOnce { Security::Tls } else { Security::StartTls };
    let server = Server { host: "localhost".to_owned(), port: server.address.port(), security };
    Account { server, user: "returned".to_owned(), password: "pass word".to_owned(), mailbox: "INBOX".to_owned() }
}

fn poller(server: &Imap) -> Poller {
    Poller::new(account(server), tls(), Timeouts::default())
}

async fn poll(poller: &mut Poller, taker: &Notebook) -> Result<Round, ImapError> {
    poller.poll(taker, &CancellationToken::new()).await
}

fn done(count: usize) -> Round {
    Round { done: count, ..Round::default() }
}

#[tokio::test]
async fn mails_are_taken_and_removed_one_by_one() {
    let server = Imap::start(Manners::default(), &[b"first\r\n", b"nonsense\r\n", b""]).await;
    let taker = Notebook::default();
    let round = poll(&mut poller(&server), &taker).await;
    assert_eq!(round, Ok(Round { done: 2, refused: 1, ..Round::default() }));
    assert_eq!(taker.bodies(), ["first\r\n", "nonsense\r\n", ""]);
    assert!(taker.given()[0].from.is_none() && server.left().is_empty());
    assert!(server.said().contains(&"UID EXPUNGE 1".to_owned()) && !server.said().contains(&"EXPUNGE".to_owned()));
    assert_eq!(poll(&mut poller(&server), &taker).await, Ok(Round::default()));
}

#[tokio::test]
async fn every_manner_of_speaking_is_understood() {
    let all = [
        Manners { without_uid_plus: true, ..Manners::default() },
        Manners { without_auth_plain: true, ..Manners::default() },
        Manners { quoted: true, ..Manners::default() },
        Manners { chatty: true, ..Manners::default() },
        Manners { size: Some(3), ..Manners::default() },
    ];
    for (number, manners) in all.into_iter().enumerate() {
        let server = Imap::start(manners, &[b"first", b"second"]).await;
        let taker = Notebook::default();
        assert_eq!(poll(&mut poller(&server), &taker).await, Ok(done(2)), "{number}");
        assert_eq!(taker.bodies(), ["first", "second"], "{number}");
        assert!(server.left().is_empty(), "{number}");
    }
}

#[tokio::test]
async fn passwords_go_through_tls_from_the_first_byte_or_behind_starttls() {
    for way in [Tls::AtOnce, Tls::Behind] {
        let server = Imap::start(Manners { tls: way, ..Manners::default() }, &[b"x"]).await;
        let taker = Notebook::default();
        assert_eq!(poll(&mut poller(&server), &taker).await, Ok(done(1)), "{way:?}");
        let commands = server.said();
        let begun = commands.iter().position(|command| command == "STARTTLS");
        let login = commands.iter().position(|command| command.starts_with("AUTHENTICATE"));
        assert!(begun < login && login.is_some(), "{commands:?}");
    }
}

#[tokio::test]
async fn no_password_is_told_where_tls_fails() {
    for way in [Tls::Injected, Tls::Refused] {
        let server = Imap::start(Manners { tls: way, ..Manners::default() }, &[b"x"]).await;
        let error = poll(&mut poller(&server), &Notebook::default()).await.unwrap_err();
        assert!(matches!(error, ImapError::Unsafe { .. }), "{error}");
        assert!(server.said().iter().all(|command| !command.contains("AUTHENTICATE")), "{way:?}");
    }
    // A name that the certificate is not for; the server is the same.
    let server = Imap::start(Manners { tls: Tls::AtOnce, ..Manners::default() }, &[b"x"]).await;
    let mut other = account(&server);
    other.server.host = "127.0.0.1".to_owned();
    let error = poll(&mut Poller::new(other, tls(), Timeouts::default()), &Notebook::default()).await.unwrap_err();
    assert!(error.to_string().contains("its certificate"), "{error}");
    assert!(server.said().is_empty());
}

#[tokio::test]
async fn a_large_mail_comes_in_pieces_and_one_too_large_stays() {
    let large: Vec<u8> = (0..PIECE_BYTES * 2).map(|number| b'a' + (number % 26) as u8).collect();
    let server = Imap::start(Manners::default(), &[&large, &[&large[..], b"x"].concat(), b"small"]).await;
    let taker = Notebook::default();
    let mut poller = poller(&server).with_mail_bytes_max(large.len());
    assert_eq!(poll(&mut poller, &taker).await, Ok(Round { done: 2, too_big: 1, ..Round::default() }));
    assert!(taker.given()[0].raw == large && taker.bodies()[1] == "small");
    assert_eq!(server.left(), [2]);
    // It is known by now.
    assert_eq!(poll(&mut poller, &taker).await, Ok(Round::default()));
    let lying = Imap::start(Manners { size: Some(1), ..Manners::default() }, &[&[&large[..], b"x"].concat()]).await;
    let mut poller = Poller::new(account(&lying), tls(), Timeouts::default()).with_mail_bytes_max(large.len());
    assert_eq!(poll(&mut poller, &taker).await, Ok(Round { too_big: 1, ..Round::default() }));
}

#[tokio::test]
async fn what_cannot_be_taken_now_stays_and_comes_again() {
    let server = Imap::start(Manners::default(), &[b"1", b"2", b"3", b"4", b"5"]).await;
    let (taker, mut poller) = (Notebook::failing(4), poller(&server));
    assert_eq!(poll(&mut poller, &taker).await, Ok(Round { kept: 3, ..Round::default() }));
    assert_eq!(server.left().len(), 5);
    assert_eq!(poll(&mut poller, &taker).await, Ok(Round { kept: 1, done: 4, ..Round::default() }));
    assert_eq!(server.left(), [1]);
    assert_eq!(poll(&mut poller, &taker).await, Ok(done(1)));
}

#[tokio::test]
async fn a_connection_lost_anywhere_loses_no_mail() {
    for command in ["CAPABILITY", "AUTHENTICATE", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE", "UID EXPUNGE"] {
        for is_before in [true, false] {
            let mut manners = Manners::default();
            *(if is_before { &mut manners.drops_before } else { &mut manners.drops_after }) = command;
            let server = Imap::start(manners, &[b"x"]).await;
            let taker = Notebook::default();
            let error = poll(&mut poller(&server), &taker).await.unwrap_err();
            assert!(matches!(error, ImapError::Lost { .. }), "{command}: {error}");
            let is_taken = !taker.given().is_empty();
            assert_eq!(is_taken, command.contains("STORE") || command.contains("EXPUNGE"), "{command}");
            let is_there = server.mails.lock().unwrap().iter().any(|mail| !mail.is_deleted);
            assert!(is_there || is_taken, "{command}");
        }
    }
}

#[tokio::test]
async fn errors_name_the_next_step() {
    let text = async |manners: Manners, change: fn(&mut Account)| {
        let server = Imap::start(manners, &[b"x"]).await;
        let mut account = account(&server);
        change(&mut account);
        let taker = Notebook::default();
        let error = poll(&mut Poller::new(account, tls(), Timeouts::default()), &taker).await.unwrap_err();
        assert!(taker.given().is_empty() && server.left() == [1]);
        error.to_string()
    };
    let none: fn(&mut Account) = |_| {};
    let wrong = text(Manners::default(), |account| account.password = "wrong".to_owned()).await;
    assert!(wrong.contains("check user and password") && wrong.contains("[AUTHENTICATIONFAILED] wrong"), "{wrong}");
    let plain = Manners { without_auth_plain: true, ..Manners::default() };
    assert!(text(plain, |account| account.password = "wrong".to_owned()).await.contains("check user and password"));
    assert!(text(Manners::default(), |account| account.user = "a\0b".to_owned()).await.contains("check user"));
    let disabled = Manners { without_auth_plain: true, login_disabled: true, ..Manners::default() };
    assert!(text(disabled, none).await.contains("no login by password"));
    assert!(text(Manners::default(), |account| account.mailbox = "Gone".to_owned()).await.contains("create it"));
    assert!(text(Manners { read_only: true, ..Manners::default() }, none).await.contains("right to delete"));
    assert!(text(Manners { greeting: Some("* BYE full"), ..Manners::default() }, none).await.contains("full"));
    assert!(text(Manners { greeting: Some("* PREAUTH hi"), ..Manners::default() }, none).await.contains("strangers"));
    assert!(
        text(Manners { greeting: Some("220 mail.example ESMTP"), ..Manners::default() }, none).await.contains("greet")
    );
    let refused = Manners { says_instead: ("UID SEARCH", "TAG BAD no\r\n".to_owned()), ..Manners::default() };
    assert!(text(refused, none).await.contains("refuses SEARCH: no"));
}

#[tokio::test]
async fn nobody_at_the_address_is_told_so() {
    let server = Imap::start(Manners::default(), &[]).await;
    let mut account = account(&server);
    // A port of ours on which nothing listens any more.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    account.server.port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = poll(&mut Poller::new(account, tls(), Timeouts::default()), &Notebook::default()).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn whatever_a_server_sends_is_bounded() {
    let endless = "* 1 EXISTS\r\n".repeat(20_000);
    let long = format!("* {}\r\n", "x".repeat(2 * 1024 * 1024));
    for answer in [endless.as_str(), &long, "* 1 FETCH (UID 1 X {9999999999}\r\n", "X1 OK another's\r\n", "+ go on\r\n"]
    {
        let manners = Manners { says_instead: ("UID FETCH", answer.to_owned()), ..Manners::default() };
        let server = Imap::start(manners, &[b"x"]).await;
        let error = poll(&mut poller(&server), &Notebook::default()).await.unwrap_err();
        assert!(matches!(error, ImapError::Strange { .. }), "{error}");
    }
    let large = vec![b'x'; 3 * PIECE_BYTES];
    let server = Imap::start(Manners { surplus: 1, ..Manners::default() }, &[&large]).await;
    let error = poll(&mut poller(&server), &Notebook::default()).await.unwrap_err();
    assert!(error.to_string().contains("more than it was asked for"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_silent_is_left() {
    let manners = Manners { says_instead: ("SELECT", String::new()), ..Manners::default() };
    let server = Imap::start(manners, &[b"x"]).await;
    let times = Timeouts { command: Span::millis(50), ..Timeouts::default() };
    let error = poll(&mut Poller::new(account(&server), tls(), times), &Notebook::default()).await.unwrap_err();
    assert!(error.to_string().contains("no answer within 50 ms"), "{error}");
}

#[tokio::test]
async fn a_port_that_waits_for_tls_is_told_by_its_silence() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Imap::start(Manners::default(), &[]).await;
    let mut account = account(&server);
    account.server.port = listener.local_addr().unwrap().port();
    let times = Timeouts { command: Span::millis(50), ..Timeouts::default() };
    let error = poll(&mut Poller::new(account, tls(), times), &Notebook::default()).await.unwrap_err();
    assert!(error.to_string().contains("imaps:// is TLS at once"), "{error}");
}

#[tokio::test]
async fn a_stop_finishes_the_mail_in_hand() {
    let server = Imap::start(Manners::default(), &[b"1", b"2"]).await;
    let (taker, stop) = (Arc::new(Notebook::gated()), CancellationToken::new());
    let (theirs, token, mut poller) = (Arc::clone(&taker), stop.clone(), poller(&server));
    let polling = tokio::spawn(async move { poller.poll(theirs.as_ref(), &token).await });
    taker.begun.notified().await;
    stop.cancel();
    taker.gate.add_permits(1);
    assert_eq!(polling.await.unwrap(), Ok(done(1)));
    assert_eq!(server.left(), [2]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn noise_instead_of_a_server_is_an_error(
        noise: Vec<u8>,
        lines in proptest::collection::vec("[*+L]1? .{0,30}", 0..9),
    ) {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let server = Server {
                host: "localhost".to_owned(),
                port: listener.local_addr().unwrap().port(),
                security: Security::StartTls,
            };
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let said = [b"* OK x\r\n", lines.join("\r\n").as_bytes(), b"\r\n", &noise].concat();
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, &said).await;
            });
            let account = Account { server, user: "u".into(), password: "p".into(), mailbox: "INBOX".into() };
            let taker = Notebook::default();
            assert!(poll(&mut Poller::new(account, tls(), Timeouts::default()), &taker).await.is_err());
            assert!(taker.given().is_empty());
        });
    }
}
