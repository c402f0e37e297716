//! Sessions with relays that do what the sink does not: word for word.

use super::fixtures::{expired_tls_pair, tls_pair};
use super::relay_fixtures::Do::{Hear, HearLines, HearMail, Say};
use super::relay_fixtures::{Do, GO, GREET, OK, open, plain, scripted, tls_relay};
use super::*;
use crate::base::Faults;
use crate::delivery::outcome::{Finality, Outcome};
use crate::delivery::store::fixtures::{relay, short_timeouts};
use crate::mail::EmailAddr;
use std::net::SocketAddr;
use tokio::net::TcpListener;

async fn send(session: &mut Session, bytes: &[u8]) -> Outcome {
    let (sender, to) = ("b-1@bounces.news.example".parse().unwrap(), EmailAddr::parse("anna@x.example").unwrap());
    session.send(&Parcel { sender: &sender, to: &to, bytes }, &Faults::none()).await
}

/// One mail through a relay that greets, and then follows the script.
async fn outcome_of(mail: &[u8], script: Vec<Do>) -> Outcome {
    let (address, _heard) = scripted([vec![GREET, Hear, OK], script].into_iter().flatten().collect()).await;
    let mut session = open(&plain(address)).await.unwrap();
    send(&mut session, mail).await
}

const MAIL: &[u8] = b"Subject: x\r\n\r\nx\r\n";

/// Longer than what sockets hold, so that a relay that stops reading is noticed in the middle.
fn long_mail() -> Vec<u8> {
    format!("Subject: x\r\n\r\n{}", "0123456789\r\n".repeat(2_000_000)).into_bytes()
}

fn class(outcome: &Outcome) -> Option<FailureClass> {
    if let Outcome::NotSent(failure) = outcome { Some(failure.class) } else { None }
}

#[tokio::test]
async fn a_mail_that_broke_off_before_its_end_was_not_sent() {
    for lines in [0, 100] {
        let outcome = outcome_of(&long_mail(), vec![Hear, OK, Hear, OK, Hear, GO, HearLines(lines)]).await;
        assert_eq!(class(&outcome), Some(FailureClass::Lost), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_mail_whose_end_was_written_is_uncertain_without_an_answer_and_with_gibberish() {
    for answer in [Say(b""), Say(b"what?\r\n"), Say(b"250-half an answer\r\n")] {
        let outcome = outcome_of(MAIL, vec![Hear, OK, Hear, OK, Hear, GO, HearMail, answer]).await;
        assert!(matches!(outcome, Outcome::Uncertain { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn answers_that_lettre_cannot_read_keep_their_meaning() {
    let accepted =
        outcome_of(MAIL, vec![Hear, Say(b"250\r\n"), Hear, Say(b"250 ok\n"), Hear, GO, HearMail, Say(b"250\r\n")])
            .await;
    assert_eq!(accepted, Outcome::Accepted { code: 250, reply: String::new() });
    let refused = outcome_of(MAIL, vec![Hear, OK, Hear, Say(b"571-5.7.1 no\r\n571 5.7.1 never\r\n")]).await;
    let Outcome::Rejected { code: 571, enhanced, reply, finality: Finality::Permanent } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((enhanced.as_deref(), reply.as_str()), (Some("5.7.1"), "5.7.1 no 5.7.1 never"));
}

#[tokio::test]
async fn a_farewell_that_nobody_asked_for_is_no_answer_to_the_next_command() {
    let (address, _heard) = scripted(vec![GREET, Hear, Say(b"250 ok\r\n421 4.4.2 bye\r\n"), Hear]).await;
    let mut session = open(&plain(address)).await.unwrap();
    let outcome = send(&mut session, b"x\r\n").await;
    assert_eq!(class(&outcome), Some(FailureClass::Busy), "{outcome:?}");
    assert!(!session.is_usable());
}

#[tokio::test]
async fn a_refused_recipient_is_followed_by_rset_and_the_next_mail() {
    let refusal = vec![GREET, Hear, OK, Hear, OK, Hear, Say(b"550 5.1.1 no\r\n"), Hear, OK];
    let mail = vec![Hear, OK, Hear, OK, Hear, GO, HearMail, OK, Hear, Say(b"221 bye\r\n")];
    let (address, heard) = scripted(refusal.into_iter().chain(mail).collect()).await;
    let mut session = open(&plain(address)).await.unwrap();
    assert!(matches!(send(&mut session, b"x\r\n").await, Outcome::Rejected { code: 550, .. }));
    assert!(matches!(send(&mut session, b".\r\nx\r\n").await, Outcome::Accepted { .. }));
    session.close().await;
    let mail = "MAIL FROM:<b-1@bounces.news.example>";
    let expected = [
        "EHLO news.example",
        mail,
        "RCPT TO:<anna@x.example>",
        "RSET",
        mail,
        "RCPT TO:<anna@x.example>",
        "DATA",
        "QUIT",
    ];
    assert_eq!(heard.await.unwrap(), expected);
}

#[tokio::test]
async fn a_session_that_does_not_come_about_says_what_the_relay_said() {
    let goodbye = || vec![Hear, Say(b"221 2.0.0 goodbye\r\n")];
    let refused = vec![GREET, Hear, Say(b"550 5.7.1 we do not know you\r\n")].into_iter().chain(goodbye()).collect();
    let (address, _heard) = scripted(refused).await;
    let failure = open(&plain(address)).await.err().unwrap();
    assert!(failure.why.contains("550 5.7.1 we do not know you") && failure.code == Some(550), "{failure}");
    let later = vec![GREET, Hear, Say(b"421 4.3.2 come back later\r\n")].into_iter().chain(goodbye()).collect();
    let (address, _heard) = scripted(later).await;
    let failure = open(&plain(address)).await.err().unwrap();
    assert!(failure.class == FailureClass::Busy && failure.why.contains("come back later"), "{failure}");
    let (address, _heard) = scripted(vec![GREET, Hear, Say(b"250-relay.example\r\n"), Hear]).await;
    let failure = open(&plain(address)).await.err().unwrap();
    assert!(failure.why.contains("EHLO") && !failure.why.contains("greeting"), "{failure}");
    let (address, _heard) = scripted(vec![Hear]).await;
    let failure = open(&plain(address)).await.err().unwrap();
    assert!(failure.why.contains("no greeting within"), "{failure}");
}

#[tokio::test]
async fn nobody_answers_and_the_step_ends_in_time() {
    let (address, _heard) = scripted(vec![GREET, Hear, OK, Hear, OK, Hear, Hear]).await;
    let mut session = open(&plain(address)).await.unwrap();
    let outcome = send(&mut session, b"x\r\n").await;
    assert_eq!(class(&outcome), Some(FailureClass::Lost));
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = open(&plain(unused)).await.err().unwrap();
    assert!(failure.class == FailureClass::Connection && failure.why.contains("[[relay]]"), "{failure}");
}

fn required(address: SocketAddr) -> RelayConfig {
    relay(&format!(
        "url = 'smtp://localhost:{}'\ntls = 'required'\nusername = 'lamp'\npassword = 'secret'",
        address.port()
    ))
}

#[tokio::test]
async fn without_tls_where_it_is_demanded_no_password_and_no_mail_goes_out() {
    let cases: [Do; 3] = [
        Say(b"250-relay.example\r\n250 AUTH PLAIN\r\n"),
        Say(b"250-relay.example\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n454 4.7.0 not now\r\n"),
        Say(b"250-relay.example\r\n250 STARTTLS\r\n"),
    ];
    for offers in cases {
        let (address, heard) = scripted(vec![GREET, Hear, offers, Hear, Say(b"454 4.7.0 not now\r\n"), Hear]).await;
        let failure = open(&required(address)).await.err().unwrap();
        assert!(matches!(failure.class, FailureClass::Tls | FailureClass::Connection), "{failure}");
        for said in heard.await.unwrap() {
            assert!(matches!(said.as_str(), "EHLO news.example" | "STARTTLS" | ""), "{said}");
        }
    }
}

#[tokio::test]
async fn a_reply_slipped_in_before_the_handshake_is_fatal() {
    let slipped = Say(b"220 go\r\n250 AUTH PLAIN\r\n");
    let (address, _heard) = scripted(vec![GREET, Hear, Say(b"250-x\r\n250 STARTTLS\r\n"), Hear, slipped, Hear]).await;
    let failure = open(&required(address)).await.err().unwrap();
    assert!(failure.why.contains("more than it was asked"), "{failure}");
}

fn a_mail_after_login() -> Vec<Do> {
    let login = vec![Hear, Say(b"250-relay.example\r\n250 AUTH PLAIN LOGIN\r\n"), Hear, Say(b"235 2.7.0 hello\r\n")];
    let mail = vec![Hear, OK, Hear, OK, Hear, GO, HearMail, OK, Hear, Say(b"221 bye\r\n")];
    login.into_iter().chain(mail).collect()
}

#[tokio::test]
async fn starttls_logs_in_and_sends_under_a_certificate_that_verifies() {
    let (server, client) = tls_pair();
    let before = vec![GREET, Hear, Say(b"250-x\r\n250 STARTTLS\r\n"), Hear, Say(b"220 go\r\n")];
    let (address, heard) = tls_relay(server, before, a_mail_after_login()).await;
    let tls = Ok(client);
    let mut session = Session::open(&required(address), "news.example", &tls, short_timeouts(), 0).await.unwrap();
    assert!(matches!(send(&mut session, b"x\r\n").await, Outcome::Accepted { .. }));
    session.close().await;
    let heard = heard.await.unwrap();
    assert_eq!(heard[..3], ["EHLO news.example", "STARTTLS", "EHLO news.example"]);
    assert!(heard[3].starts_with("AUTH PLAIN "));
}

#[tokio::test]
async fn implicit_tls_speaks_from_the_first_byte() {
    let (server, client) = tls_pair();
    let after = [vec![GREET], a_mail_after_login()].into_iter().flatten().collect();
    let (address, heard) = tls_relay(server, vec![], after).await;
    let config =
        relay(&format!("url = 'smtps://localhost:{}'\nusername = 'lamp'\npassword = 'secret'", address.port()));
    let mut session = Session::open(&config, "news.example", &Ok(client), short_timeouts(), 0).await.unwrap();
    assert!(matches!(send(&mut session, b"x\r\n").await, Outcome::Accepted { .. }));
    session.close().await;
    assert_eq!(heard.await.unwrap()[0], "EHLO news.example");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_ends_it_before_a_word() {
    let (server, _) = tls_pair();
    let (_, client_of_another) = tls_pair();
    for tls in [Ok(client_of_another), crate::delivery::session::tls_settings()] {
        let (address, heard) = tls_relay(server.clone(), vec![], a_mail_after_login()).await;
        let config = relay(&format!("url = 'smtps://localhost:{}'", address.port()));
        let failure = Session::open(&config, "news.example", &tls, short_timeouts(), 0).await.err().unwrap();
        assert_eq!(failure.class, FailureClass::Tls, "{failure}");
        assert!(heard.await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_certificate_that_has_expired_ends_it_before_a_word() {
    let (server, client) = expired_tls_pair();
    let (address, heard) = tls_relay(server, vec![], a_mail_after_login()).await;
    let config = relay(&format!("url = 'smtps://localhost:{}'", address.port()));
    let failure = Session::open(&config, "news.example", &Ok(client), short_timeouts(), 0).await.err().unwrap();
    assert!(failure.class == FailureClass::Tls && failure.why.contains("expired"), "{failure}");
    assert!(failure.why.contains("check the relay's certificate") && heard.await.unwrap().is_empty(), "{failure}");
}

#[tokio::test]
async fn a_login_that_is_refused_names_the_keys_to_look_at() {
    let offers = Say(b"250-relay.example\r\n250 AUTH PLAIN\r\n");
    let cases: [(Vec<Do>, FailureClass); 4] = [
        (vec![offers.clone(), Hear, Say(b"535 5.7.8 Mot de pass\xe9 incorrect\r\n"), Hear], FailureClass::Login),
        (vec![offers, Hear, Say(b"421 4.3.2 later\r\n")], FailureClass::Busy),
        (vec![OK, Hear], FailureClass::Login),
        // A yes that was on its way before the password was.
        (vec![Say(b"250-x\r\n250 AUTH PLAIN\r\n235 2.7.0 welcome\r\n"), Hear], FailureClass::Connection),
    ];
    for (script, class) in cases {
        let (server, client) = tls_pair();
        let script = [vec![GREET, Hear], script].concat();
        let (address, _heard) = tls_relay(server, vec![], script).await;
        let url = format!("url = 'smtps://localhost:{}'\nusername = 'lamp'\npassword = 'secret'", address.port());
        let opened = Session::open(&relay(&url), "news.example", &Ok(client), short_timeouts(), 0).await;
        let failure = opened.err().unwrap();
        assert_eq!(failure.class, class, "{failure}");
        assert!(class != FailureClass::Login || failure.why.contains("password_file"), "{failure}");
    }
}
