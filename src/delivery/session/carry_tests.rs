//! Many mails over one connection, with relays that answer word for word what a script says.

use super::fixtures::tls_pair;
use super::relay_fixtures::Do::{Hear, HearLines, HearMail, Say};
use super::relay_fixtures::{Do, GREET, OK, plain, scripted, tls_relay};
use super::*;
use crate::delivery::outcome::{Finality, Outcome};
use crate::delivery::store::fixtures::relay;
use std::collections::VecDeque;

/// Everything at once, as nearly every relay offers it.
const OFFERS: Do = Say(b"250-relay.example\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 8BITMIME\r\n");
const GRANTED: Do = Say(b"250 ok\r\n250 ok\r\n354 go\r\n");
const ENVELOPE: [Do; 3] = [Hear, Hear, Hear];

/// A mail is its number; its recipient and its text say it.
struct Letter {
    number: usize,
    to: String,
    body: Vec<u8>,
}

/// A courier with so many mails, who writes down what he is told.
struct Bag {
    mails: VecDeque<Letter>,
    /// Whether the intent of this mail can be recorded.
    begins: fn(usize) -> bool,
    begun: Vec<usize>,
    ended: Vec<(usize, Outcome)>,
}

fn letter(number: usize) -> Letter {
    Letter { number, to: format!("{number}@x.example"), body: format!("Subject: {number}\r\n\r\nx\r\n").into_bytes() }
}

fn bag(count: usize) -> Bag {
    Bag { mails: (1..=count).map(letter).collect(), begins: |_| true, begun: Vec::new(), ended: Vec::new() }
}

impl Courier for Bag {
    type Mail = Letter;

    fn next(&mut self) -> Option<Letter> {
        self.mails.pop_front()
    }

    fn envelope<'a>(&'a self, mail: &'a Letter) -> Envelope<'a> {
        let is_eight_bit = !mail.body.is_ascii();
        let size = Some(mail.body.len());
        Envelope { sender: "b@news.example", to: &mail.to, needs_smtputf8: false, is_eight_bit, size }
    }

    fn write(&mut self, mail: &Letter, into: &mut Vec<u8>) {
        crate::mail::stencil::stuff(&mail.body, into);
    }

    async fn begin(&mut self, mail: &Letter) -> bool {
        self.begun.push(mail.number);
        (self.begins)(mail.number)
    }

    async fn end(&mut self, mail: Letter, outcome: Outcome) {
        self.ended.push((mail.number, outcome));
    }
}

/// What became of each mail, in short, in the order of their ends.
fn ends(bag: &Bag) -> Vec<String> {
    let end = |(number, outcome): &(usize, Outcome)| match outcome {
        Outcome::Accepted { code, .. } => format!("{number} accepted {code}"),
        Outcome::Rejected { code, finality: Finality::Permanent, .. } => format!("{number} failed {code}"),
        Outcome::Rejected { code, .. } => format!("{number} deferred {code}"),
        Outcome::NotSent(failure) => format!("{number} not sent: {}", failure.class.as_str()),
        Outcome::Uncertain { .. } => format!("{number} uncertain"),
    };
    bag.ended.iter().map(end).collect()
}

/// Each wait is short, but the one for connecting.
fn impatient() -> Timeouts {
    let (short, long) = (Span::millis(250), Span::seconds(5));
    Timeouts {
        connect: long,
        tls: long,
        greeting: long,
        command: short,
        mail: short,
        rcpt: short,
        data: short,
        body: short,
        final_dot: short,
        quit: short,
    }
}

async fn meet(script: impl IntoIterator<Item = Vec<Do>>, mails_max: u32) -> (Session, super::relay_fixtures::Heard) {
    let script = script.into_iter().flatten().collect();
    let (address, heard) = scripted(script).await;
    let tls = Err("none here".to_owned());
    let session = Session::open(&plain(address), "news.example", &tls, impatient(), mails_max).await.unwrap();
    (session, heard)
}

/// Carries what is in the bag, and says goodbye. What the relay heard after EHLO.
async fn carry(bag: &mut Bag, script: Vec<Do>) -> Vec<String> {
    let (mut session, heard) = meet([vec![GREET, Hear, OFFERS], script], 0).await;
    while session.is_usable()
        && let Some(first) = bag.next()
    {
        session.carry(first, bag).await;
    }
    session.close().await;
    heard.await.unwrap().split_off(1)
}

/// The ends of so many mails with a relay that follows this script.
async fn ends_of(count: usize, script: impl IntoIterator<Item = Vec<Do>>) -> Vec<String> {
    let mut bag = bag(count);
    carry(&mut bag, script.into_iter().flatten().collect()).await;
    ends(&bag)
}

fn envelope(number: usize) -> [String; 3] {
    let mail = format!("MAIL FROM:<b@news.example> SIZE={}", letter(number).body.len());
    [mail, format!("RCPT TO:<{number}@x.example>"), "DATA".to_owned()]
}

#[tokio::test]
async fn the_next_envelope_rides_behind_the_final_dot() {
    let mut bag = bag(3);
    // The relay answers to no mail before it has the envelope of the next.
    let chained =
        || [vec![HearMail], ENVELOPE.to_vec(), vec![Say(b"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n")]].concat();
    let script = [ENVELOPE.to_vec(), vec![GRANTED], chained(), chained(), vec![HearMail, OK, Hear]].concat();
    let heard = carry(&mut bag, script).await;
    assert_eq!(ends(&bag), ["1 accepted 250", "2 accepted 250", "3 accepted 250"]);
    assert_eq!(bag.begun, [1, 2, 3]);
    let expected = [envelope(1).to_vec(), envelope(2).to_vec(), envelope(3).to_vec(), vec!["QUIT".to_owned()]];
    assert_eq!(heard, expected.concat());
}

#[tokio::test]
async fn the_last_mail_of_a_connection_has_nothing_behind_it() {
    let script = [ENVELOPE.to_vec(), vec![GRANTED, HearMail], ENVELOPE.to_vec()];
    let rest = vec![OK, GRANTED, HearMail, OK, Hear];
    let (mut session, heard) = meet([vec![GREET, Hear, OFFERS], script.concat(), rest], 2).await;
    let mut bag = bag(3);
    let first = bag.next().unwrap();
    session.carry(first, &mut bag).await;
    assert!(!session.is_usable());
    session.close().await;
    assert_eq!(ends(&bag), ["1 accepted 250", "2 accepted 250"]);
    assert_eq!((bag.mails.len(), heard.await.unwrap().pop().as_deref()), (1, Some("QUIT")));
}

#[tokio::test]
async fn without_pipelining_each_command_waits_for_its_answer() {
    // A relay that would be confused by a second line at once: it reads no more than one before it speaks.
    let mail = |rcpt, after: Vec<Do>| [vec![Hear, OK, Hear, Say(rcpt)], after].concat();
    let script = [
        vec![GREET, Hear, OK],
        mail(b"250 ok\r\n", vec![Hear, Say(b"354 go\r\n"), HearMail, OK]),
        mail(b"550 5.1.1 no\r\n", vec![Hear, OK]),
        mail(b"250 ok\r\n", vec![Hear, Say(b"451 4.3.0 no\r\n"), Hear, OK]),
        mail(b"250 ok\r\n", vec![Hear, Say(b"354 go\r\n"), HearMail, OK, Hear]),
    ];
    let (mut session, heard) = meet(script, 0).await;
    let mut bag = bag(4);
    let first = bag.next().unwrap();
    session.carry(first, &mut bag).await;
    session.close().await;
    assert_eq!(ends(&bag), ["1 accepted 250", "2 failed 550", "3 deferred 451", "4 accepted 250"]);
    let heard = heard.await.unwrap();
    let words: Vec<&str> = heard.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(words.join(" "), "EHLO MAIL RCPT DATA MAIL RCPT RSET MAIL RCPT DATA RSET MAIL RCPT DATA QUIT");
}

#[tokio::test]
async fn a_refused_sender_leaves_nothing_to_reset() {
    let mut bag = bag(3);
    let refusal = |reply| [ENVELOPE.to_vec(), vec![Say(reply)]].concat();
    let script = [
        refusal(b"550 5.7.1 not you\r\n503 5.5.1 MAIL first\r\n503 5.5.1 MAIL first\r\n"),
        refusal(b"451 4.7.1 slow down\r\n503 5.5.1 MAIL first\r\n554 5.5.1 no\r\n"),
        [ENVELOPE.to_vec(), vec![GRANTED, HearMail, OK, Hear]].concat(),
    ];
    let heard = carry(&mut bag, script.concat()).await;
    assert_eq!(ends(&bag), ["1 not sent: sender", "2 not sent: busy", "3 accepted 250"]);
    assert!(!heard.iter().any(|line| line == "RSET") && heard.last().unwrap() == "QUIT");
}

#[tokio::test]
async fn a_refused_recipient_costs_a_reset_in_the_same_breath() {
    let mut bag = bag(3);
    let script = [
        ENVELOPE.to_vec(),
        vec![Say(b"250 ok\r\n550 5.1.1 no\r\n554 5.5.1 no valid recipients\r\n"), Hear],
        ENVELOPE.to_vec(),
        vec![Say(b"250 ok\r\n250 ok\r\n250 ok\r\n451 4.3.0 disk\r\n"), Hear],
        ENVELOPE.to_vec(),
        vec![OK, GRANTED, HearMail, OK, Hear],
    ];
    let heard = carry(&mut bag, script.concat()).await;
    assert_eq!(ends(&bag), ["1 failed 550", "2 deferred 451", "3 accepted 250"]);
    assert_eq!((heard[3].as_str(), &heard[4], heard[7].as_str()), ("RSET", &envelope(2)[0], "RSET"));
}

#[tokio::test]
async fn data_that_is_granted_in_spite_of_it_gets_an_empty_mail_to_nobody() {
    for answer in [Say(b"250 queued\r\n"), Say(b"554 5.5.1 nobody\r\n")] {
        let mut bag = bag(2);
        let script = [
            ENVELOPE.to_vec(),
            vec![Say(b"250 ok\r\n550 5.1.1 no\r\n354 go\r\n"), Hear, answer],
            ENVELOPE.to_vec(),
            vec![GRANTED, HearMail, OK, Hear],
        ];
        let heard = carry(&mut bag, script.concat()).await;
        assert_eq!(ends(&bag), ["1 failed 550", "2 accepted 250"]);
        assert_eq!((heard[3].as_str(), &heard[4]), (".", &envelope(2)[0]));
        assert_eq!(bag.begun, [2]);
    }
}

#[tokio::test]
async fn an_empty_mail_goes_to_nobody_who_would_get_it() {
    for replies in [Say(b"451 no\r\n250 ok\r\n354 go\r\n"), Say(b"250 ok\r\nwhat\r\n354 go\r\n")] {
        let mut bag = bag(2);
        let heard = carry(&mut bag, [ENVELOPE.to_vec(), vec![replies, Hear]].concat()).await;
        assert!(ends(&bag)[0].starts_with("1 not sent"), "{:?}", ends(&bag));
        assert_eq!(heard.last().unwrap(), "", "not even a dot");
    }
}

#[tokio::test]
async fn a_farewell_ends_the_mail_it_was_said_to_and_no_other() {
    for (script, expected) in [
        (Say(b"421 4.3.2 bye\r\n"), "1 not sent: busy"),
        (Say(b"250 ok\r\n421 4.3.2 bye\r\n"), "1 not sent: busy"),
        (Say(b"250 ok\r\n250 ok\r\n421 4.3.2 bye\r\n"), "1 not sent: busy"),
        (Say(b"250 ok\r\n550 5.1.1 no\r\n421 4.3.2 bye\r\n"), "1 failed 550"),
    ] {
        assert_eq!(ends_of(2, [ENVELOPE.to_vec(), vec![script]]).await, [expected]);
    }
    let two = |replies| [ENVELOPE.to_vec(), vec![GRANTED, HearMail], ENVELOPE.to_vec(), vec![Say(replies)]];
    for (replies, expected) in [
        (b"421 4.3.2 bye\r\n".as_slice(), ["1 not sent: busy", "2 not sent: busy"]),
        (b"250 ok\r\n421 4.3.2 bye\r\n", ["1 accepted 250", "2 not sent: busy"]),
        (b"250 ok\r\n250 ok\r\n421 4.3.2 bye\r\n", ["1 accepted 250", "2 not sent: busy"]),
        (b"552 5.3.4 big\r\n250 ok\r\n250 ok\r\n421 4.3.2 bye\r\n", ["1 failed 552", "2 not sent: busy"]),
    ] {
        assert_eq!(ends_of(3, two(replies)).await, expected);
    }
}

#[tokio::test]
async fn a_connection_that_dies_leaves_one_mail_uncertain_and_not_the_one_behind_it() {
    let begin = || [ENVELOPE.to_vec(), vec![GRANTED, HearMail]].concat();
    // Silence, an end, half an answer, an answer that is none.
    for last in [vec![Hear, Hear, Hear, Hear], vec![], vec![Say(b"250-half")], vec![Say(b"354 what\r\n"), Hear]] {
        assert_eq!(ends_of(3, [begin(), last]).await, ["1 uncertain", "2 not sent: lost"]);
    }
    assert_eq!(ends_of(1, [begin()]).await, ["1 uncertain"]);
}

#[tokio::test]
async fn a_refused_mail_and_the_good_answers_to_the_next_envelope_are_told_apart() {
    let script = [ENVELOPE.to_vec(), vec![GRANTED, HearMail], ENVELOPE.to_vec()];
    let rest = vec![Say(b"554 5.7.1 spam\r\n250 ok\r\n250 ok\r\n354 go\r\n"), HearMail, OK, Hear];
    assert_eq!(ends_of(2, [script.concat(), rest]).await, ["1 failed 554", "2 accepted 250"]);
}

#[tokio::test]
async fn a_mail_whose_intent_is_not_recorded_is_not_sent() {
    let mut bag = bag(2);
    bag.begins = |_| false;
    let heard = carry(&mut bag, [ENVELOPE.to_vec(), vec![GRANTED, Hear]].concat()).await;
    assert_eq!(ends(&bag), ["1 not sent: lost"]);
    assert_eq!(heard.last().unwrap(), "");
}

#[tokio::test]
async fn replies_are_read_in_any_pieces() {
    let begin = [ENVELOPE.to_vec(), vec![Do::Dribble(b"250-o\r\n250 k\r\n250 \xe9\r\n354 go\r\n"), HearMail]].concat();
    let rest =
        [ENVELOPE.to_vec(), vec![Do::Dribble(b"250 2.0.0 queued as 7\r\n250 ok\r\n250 ok\r\n354 go\r\n")]].concat();
    let script = [begin, rest, vec![HearMail, Do::Dribble(b"250-a\r\n250 b\r\n"), Hear]].concat();
    let mut bag = bag(2);
    carry(&mut bag, script).await;
    let expected = |code, reply: &str| Outcome::Accepted { code, reply: reply.to_owned() };
    assert_eq!(bag.ended, [(1, expected(250, "2.0.0 queued as 7")), (2, expected(250, "a b"))]);
}

#[tokio::test]
async fn a_reply_too_many_ends_the_connection_before_a_mail_is_taken_for_accepted() {
    let too_many = [ENVELOPE.to_vec(), vec![Say(b"250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n"), Hear]];
    assert_eq!(ends_of(2, too_many).await, ["1 not sent: lost"]);
    let half = [ENVELOPE.to_vec(), vec![Say(b"250 ok\r\n250 ok\r\n354 go\r\n25"), Hear]];
    assert_eq!(ends_of(2, half).await, ["1 not sent: lost"]);
    let farewell = [ENVELOPE.to_vec(), vec![Say(b"250 ok\r\n250 ok\r\n354 go\r\n421 bye\r\n"), Hear]];
    assert_eq!(ends_of(2, farewell).await, ["1 not sent: busy"]);
}

#[tokio::test]
async fn silence_ends_at_each_step() {
    for said in [b"".as_slice(), b"250 ok\r\n", b"250 ok\r\n250 ok\r\n"] {
        assert_eq!(ends_of(2, [ENVELOPE.to_vec(), vec![Say(said), Hear]]).await, ["1 not sent: lost"]);
    }
    let after_reset = [ENVELOPE.to_vec(), vec![Say(b"250 ok\r\n550 no\r\n554 no\r\n"), Hear, Hear, Hear, Hear, Hear]];
    assert_eq!(ends_of(2, after_reset).await, ["1 failed 550", "2 not sent: lost"]);
    let nobody = [ENVELOPE.to_vec(), vec![Say(b"250 ok\r\n550 no\r\n354 go\r\n"), Hear, Hear]];
    assert_eq!(ends_of(2, nobody).await, ["1 failed 550"]);
}

/// Longer than what sockets hold.
fn long(number: usize) -> Letter {
    Letter { body: b"0123456789\r\n".repeat(2_000_000), ..letter(number) }
}

#[tokio::test]
async fn a_relay_that_stops_reading_is_heard_and_cannot_have_the_mail() {
    for (last, expected) in [
        (vec![Say(b"552 5.3.4 too big\r\n"), Do::Wait], "1 failed 552"),
        (vec![Say(b"421 4.3.2 bye\r\n"), Do::Wait], "1 not sent: busy"),
        (vec![Say(b"250 fine already\r\n"), Do::Wait], "1 not sent: lost"),
        (vec![Do::Wait], "1 not sent: lost"),
        (vec![], "1 not sent: lost"),
    ] {
        let mut bag = bag(1);
        bag.mails = [long(1), letter(2)].into();
        let (mut session, _heard) = meet(
            [
                vec![GREET, Hear, Say(b"250-x\r\n250 PIPELINING\r\n")],
                ENVELOPE.to_vec(),
                vec![GRANTED, HearLines(9)],
                last,
            ],
            0,
        )
        .await;
        let first = bag.next().unwrap();
        session.carry(first, &mut bag).await;
        let ends = ends(&bag);
        assert!(ends[0] == expected && ends[1].starts_with("2 not sent") && ends.len() == 2, "{expected}: {ends:?}");
    }
}

#[tokio::test]
async fn what_the_relay_cannot_carry_is_refused_without_a_word() {
    let mut bag = bag(4);
    bag.mails[0].body = vec![b'x'; 1_000_001];
    bag.mails[2].to = "j\u{f6}rg@x.example".to_owned();
    let chained = [ENVELOPE.to_vec(), vec![GRANTED, HearMail], ENVELOPE.to_vec()].concat();
    let script = [chained, vec![OK, GRANTED, HearMail, OK, Hear]].concat();
    let heard = carry(&mut bag, script).await;
    assert_eq!(ends(&bag), ["1 failed 552", "3 failed 553", "2 accepted 250", "4 accepted 250"]);
    assert_eq!(heard, [envelope(2).to_vec(), envelope(4).to_vec(), vec!["QUIT".to_owned()]].concat());
}

#[tokio::test]
async fn a_session_left_midway_carries_nothing_more() {
    let (mut session, heard) =
        meet([vec![GREET, Hear, OFFERS], ENVELOPE.to_vec(), vec![GRANTED, HearMail, Hear]], 0).await;
    let mut bag = bag(2);
    let second = bag.mails.pop_back().unwrap();
    let first = bag.next().unwrap();
    let left = tokio::time::timeout(std::time::Duration::from_millis(50), session.carry(first, &mut bag)).await;
    assert!(left.is_err() && !session.is_usable() && bag.ended.is_empty());
    session.carry(second, &mut bag).await;
    assert_eq!(ends(&bag), ["2 not sent: lost"]);
    session.close().await;
    assert_eq!(heard.await.unwrap().last().unwrap(), "", "no QUIT that could stand in a mail");
}

#[tokio::test]
async fn a_relay_that_grew_tired_is_noticed_before_a_mail_is_taken() {
    let (mut session, _heard) = meet([vec![GREET, Hear, OFFERS, Hear]], 0).await;
    assert!(session.is_there().await);
    for last in [vec![Say(b"421 4.4.2 idle\r\n"), Do::Wait], vec![]] {
        let (mut session, _heard) = meet([vec![GREET, Hear, OFFERS], last], 0).await;
        // The words are on their way; whoever asks often enough will see them.
        while session.is_there().await {
            tokio::task::yield_now().await;
        }
        assert!(!session.is_usable());
    }
}

#[tokio::test]
async fn dots_at_the_start_of_a_line_are_doubled_and_the_last_line_ends() {
    let mut bag = bag(1);
    bag.mails[0].body = b"Subject: x\r\n\r\n.\r\n..a\r\nno end".to_vec();
    let lines = vec![Hear; 6];
    let heard = carry(&mut bag, [ENVELOPE.to_vec(), vec![GRANTED], lines, vec![OK, Hear]].concat()).await;
    assert_eq!(heard[3..9], ["Subject: x", "", "..", "...a", "no end", "."]);
    assert_eq!(ends(&bag), ["1 accepted 250"]);
}

/// A session under TLS with a relay that follows this script after EHLO.
async fn meet_under_tls(script: Vec<Do>) -> (Session, super::relay_fixtures::Heard) {
    let (server, client) = tls_pair();
    let script = [vec![GREET, Hear, Say(b"250-x\r\n250 PIPELINING\r\n")], script].concat();
    let (address, heard) = tls_relay(server, vec![], script).await;
    let config = relay(&format!("url = 'smtps://localhost:{}'", address.port()));
    let session = Session::open(&config, "news.example", &Ok(client), impatient(), 0).await.unwrap();
    (session, heard)
}

#[tokio::test]
async fn mails_ride_behind_each_other_under_tls_as_well() {
    let chained = [vec![HearMail], ENVELOPE.to_vec(), vec![OK, GRANTED]].concat();
    let script = [ENVELOPE.to_vec(), vec![GRANTED], chained.clone(), chained, vec![HearMail, OK, Hear]].concat();
    let (mut session, heard) = meet_under_tls(script).await;
    let mut bag = bag(3);
    // More than TLS takes in at once.
    bag.mails[1].body = b"0123456789\r\n".repeat(20_000);
    let first = bag.next().unwrap();
    session.carry(first, &mut bag).await;
    session.close().await;
    assert_eq!(ends(&bag), ["1 accepted 250", "2 accepted 250", "3 accepted 250"]);
    assert_eq!(heard.await.unwrap().last().unwrap(), "QUIT");
}

#[tokio::test]
async fn a_mail_that_broke_off_under_tls_was_not_sent_and_one_that_did_not_is_uncertain() {
    for (mail, last, expected) in [
        (long(1), vec![HearLines(9)], "1 not sent: lost"),
        (long(1), vec![HearLines(9), Do::Wait], "1 not sent: lost"),
        (letter(1), vec![HearMail], "1 uncertain"),
    ] {
        let (mut session, _heard) = meet_under_tls([ENVELOPE.to_vec(), vec![GRANTED], last].concat()).await;
        let mut bag = bag(0);
        session.carry(mail, &mut bag).await;
        assert_eq!(ends(&bag), [expected]);
    }
}
