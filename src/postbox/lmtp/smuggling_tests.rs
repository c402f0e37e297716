//! A mail within a mail stays there, whatever the line ends; and no line end but CRLF makes a command.

use super::Limits;
use super::session::Session;
use super::tests::House;
use crate::postbox::takers::Notebook;
use proptest::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

const HELLO: &str = "LHLO mx.example\r\nMAIL FROM:<>\r\nRCPT TO:<b-1@bounce.news.example>\r\nDATA\r\n";
const SECOND: &str = "MAIL FROM:<evil@x.example>\r\nRCPT TO:<b-2@bounce.news.example>\r\nDATA\r\nforged\r\n.\r\n";

#[tokio::test]
async fn only_crlf_dot_crlf_ends_a_mail() {
    for end in
        ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\r\n.\r\r\n", "\r\n\x00.\r\n", "\n\n.\r\n"]
    {
        let house = House::open().await;
        let codes = house.codes(&format!("{HELLO}first{end}{SECOND}QUIT\r\n")).await;
        assert_eq!(codes[4..], ["354 Send", "250 2.0.0", "221 2.0.0"], "{end:?}");
        let bodies = house.taker.bodies();
        // A dot behind CRLF is a stuffed one.
        let kept = format!("first{end}{}", SECOND.trim_end_matches(".\r\n")).replace("\r\n.", "\r\n");
        assert_eq!(bodies, [kept], "{end:?}");
    }
}

#[tokio::test]
async fn a_second_mail_behind_a_true_end_is_a_second_mail() {
    let house = House::open().await;
    let codes = house.codes(&format!("{HELLO}first\r\n.\r\n{SECOND}QUIT\r\n")).await;
    assert_eq!(codes.iter().filter(|code| *code == "250 2.0.0").count(), 2);
    assert_eq!(house.taker.bodies(), ["first\r\n", "forged\r\n"]);
    assert_eq!(house.taker.given()[1].from.as_deref(), Some("evil@x.example"));
}

#[tokio::test]
async fn a_command_that_ends_in_lf_alone_is_none() {
    let house = House::open().await;
    let codes = house.codes("LHLO x\nNOOP\rNOOP\r\nNOOP\r\nQUIT\r\n").await;
    assert_eq!(codes, ["220 news.", "500 5.5.2", "500 5.5.2", "250 2.0.0", "221 2.0.0"]);
}

/// What a dialogue leads to when its bytes come in pieces of one length.
async fn heard_and_taken(said: &[u8], piece: usize) -> (String, Vec<String>) {
    let (mut near, far) = tokio::io::duplex(1 << 20);
    let (taker, stop) = (Notebook::default(), CancellationToken::new());
    let talk = Session::new(far, "news.example", &taker, Limits::default(), &stop).run();
    let speak = async {
        for part in said.chunks(piece) {
            // Whoever was sent away speaks to nobody.
            let _ = near.write_all(part).await;
            tokio::task::yield_now().await;
        }
        let _ = near.shutdown().await;
        let mut heard = String::new();
        near.read_to_string(&mut heard).await.unwrap();
        heard
    };
    let (heard, ()) = tokio::join!(speak, talk);
    (heard, taker.bodies())
}

proptest! {
    #[test]
    fn noise_is_answered_and_the_pieces_do_not_matter(
        parts in prop::collection::vec(prop::sample::select(vec![
            "LHLO x\r\n", "MAIL FROM:<>\r\n", "RCPT TO:<a@bounce.news.example>\r\n", "DATA\r\n", "\r\n.\r\n", ".\r\n",
            "\n.\n", "\r", "\n", ".", "x", "RSET\r\n", "NOOP\r\n", "\u{e4}\u{0}",
        ]), 0..40),
        noise: Vec<u8>,
        piece in 1..50_usize,
    ) {
        let said = [parts.concat().as_bytes(), &noise].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let at_once = runtime.block_on(heard_and_taken(&said, said.len().max(1)));
        prop_assert_eq!(runtime.block_on(heard_and_taken(&said, piece)), at_once);
    }
}
