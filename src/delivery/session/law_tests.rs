//! Relays that do anything at all, and the books of both sides: whatever a relay answers, no mail that it counted is
//! called unsent, none that it did not count is called accepted, and of one connection one at most is uncertain.

use super::relay_fixtures::plain;
use super::*;
use crate::delivery::outcome::Outcome;
use proptest::prelude::*;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How a relay takes a command, or a mail.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Act {
    Yes,
    YesInManyLines,
    NotNow,
    Never,
    Bye,
    HangUp,
    Babble,
    /// A yes that belongs elsewhere.
    WrongYes,
    /// Says no and does it.
    NoButYes,
    /// Answers once more than it was asked.
    Twice,
    /// Reads on, and says nothing any more.
    FallSilent,
}
use Act::{Babble, Bye, FallSilent, HangUp, Never, NoButYes, NotNow, Twice, WrongYes, Yes, YesInManyLines};

/// What a relay did, by its own account.
#[derive(Default, Debug)]
struct Books {
    /// Mails it took upon itself.
    counted: Vec<usize>,
    /// Mails without a word in them that somebody was sent, and mails sent to somebody else than they say.
    wrong: Vec<String>,
}

struct Relay {
    stream: BufReader<TcpStream>,
    acts: std::vec::IntoIter<Act>,
    piece: usize,
    is_silent: bool,
    books: Books,
}

/// The relay goes away.
struct Gone;

impl Relay {
    async fn line(&mut self) -> Result<String, Gone> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line).await {
            Ok(count) if count > 0 => Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
            _ => Err(Gone),
        }
    }

    async fn say(&mut self, reply: &str) -> Result<(), Gone> {
        if self.is_silent {
            return Ok(());
        }
        for piece in reply.as_bytes().chunks(self.piece) {
            self.stream.write_all(piece).await.map_err(|_| Gone)?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Answers by the next act; whether what was asked is done.
    async fn answer(&mut self, yes: &str) -> Result<bool, Gone> {
        let act = self.acts.next().unwrap_or(Yes);
        let is_mail = yes.starts_with("250 sender");
        let is_data = yes.starts_with("354");
        match act {
            Yes => self.say(yes).await?,
            // The mail's answer could not be told from the second one, by anybody.
            Twice if is_data => self.say(yes).await?,
            Twice => self.say(&format!("{yes}250 and again\r\n")).await?,
            YesInManyLines => self.say(&format!("{}-a\r\n{yes}", &yes[..3])).await?,
            NotNow => self.say("451 4.3.0 4.x not now\r\n").await?,
            Never => self.say("550-5.7.1 never\r\n550 5.7.1 ever\r\n").await?,
            NoButYes if is_mail => self.say("451 4.3.0 no\r\n").await?,
            NoButYes => self.say("550 2.0.0 liar\r\n").await?,
            WrongYes if is_data => self.say("250 go\r\n").await?,
            WrongYes => self.say("354 go\r\n").await?,
            Babble => self.say("what?\r\n").await?,
            Bye => {
                self.say("421 4.3.2 bye\r\n").await?;
                return Err(Gone);
            }
            HangUp => return Err(Gone),
            FallSilent => self.is_silent = true,
        }
        // Silence hides what was done.
        Ok(matches!(act, Yes | Twice | YesInManyLines | FallSilent) || (act == NoButYes && is_mail))
    }

    async fn serve(&mut self, offers: &str) -> Result<(), Gone> {
        self.say("220 relay.example\r\n").await?;
        self.line().await?;
        self.say(offers).await?;
        let (mut has_sender, mut recipient) = (false, None);
        loop {
            let line = self.line().await?;
            let word = line.split([' ', ':']).next().unwrap_or_default().to_owned();
            match word.as_str() {
                "MAIL" if !has_sender => has_sender = self.answer("250 sender ok\r\n").await?,
                "RCPT" if has_sender => {
                    let number: usize = line["RCPT TO:<".len()..].split('@').next().unwrap().parse().unwrap();
                    recipient = self.answer("250 ok\r\n").await?.then_some(number);
                }
                "RSET" => {
                    (has_sender, recipient) = (false, None);
                    self.answer("250 ok\r\n").await?;
                }
                // Some grant DATA to nobody.
                "DATA" if recipient.is_some() || self.acts.as_slice().first() == Some(&WrongYes) => {
                    let is_granted = if recipient.is_some() {
                        self.answer("354 go\r\n").await?
                    } else {
                        self.acts.next();
                        self.say("354 go\r\n").await?;
                        true
                    };
                    if is_granted {
                        self.take_mail(recipient).await?;
                        (has_sender, recipient) = (false, None);
                    }
                }
                "QUIT" => {
                    self.say("221 bye\r\n").await?;
                    return Ok(());
                }
                _ => self.say("503 5.5.1 not now\r\n").await?,
            }
        }
    }

    async fn take_mail(&mut self, recipient: Option<usize>) -> Result<(), Gone> {
        let mut subject = None;
        loop {
            let line = self.line().await?;
            if line == "." {
                break;
            }
            subject = subject.or(line.strip_prefix("Subject: ").map(|number| number.parse::<usize>().unwrap()));
        }
        // What is decided is booked, whether or not the answer arrives.
        let act = self.acts.as_slice().first().copied().unwrap_or(Yes);
        if matches!(act, Yes | Twice | YesInManyLines | FallSilent) {
            match (recipient, subject) {
                (Some(recipient), Some(subject)) if recipient == subject => self.books.counted.push(subject),
                (None, None) => {}
                other => self.books.wrong.push(format!("{other:?}")),
            }
        }
        self.answer("250 queued\r\n").await.map(|_| ())
    }
}

struct Sender {
    next: usize,
    count: usize,
    to: Vec<String>,
    /// No intent can be recorded for it.
    unrecorded: usize,
    begun: Vec<usize>,
    ended: Vec<(usize, Outcome)>,
}

impl Courier for Sender {
    type Mail = usize;

    fn next(&mut self) -> Option<usize> {
        self.next += 1;
        (self.next <= self.count).then_some(self.next)
    }

    fn envelope<'a>(&'a self, mail: &'a usize) -> Envelope<'a> {
        let to = self.to.get(*mail).unwrap();
        Envelope { sender: "b@news.example", to, needs_smtputf8: false, is_eight_bit: false, size: None }
    }

    fn write(&mut self, mail: &usize, into: &mut Vec<u8>) {
        into.extend_from_slice(format!("Subject: {mail}\r\n\r\n..\r\n").as_bytes());
    }

    async fn begin(&mut self, mail: &usize) -> bool {
        self.begun.push(*mail);
        tokio::task::yield_now().await;
        *mail != self.unrecorded
    }

    async fn end(&mut self, mail: usize, outcome: Outcome) {
        tokio::task::yield_now().await;
        self.ended.push((mail, outcome));
    }
}

fn timeouts() -> Timeouts {
    let (short, long) = (Span::millis(60), Span::seconds(5));
    Timeouts {
        connect: long,
        tls: long,
        greeting: long,
        command: long,
        mail: short,
        rcpt: short,
        data: short,
        body: short,
        final_dot: short,
        quit: short,
    }
}

/// One connection, with these acts in turn.
async fn meet(acts: Vec<Act>, offers: &str, piece: usize, mails_max: u32, unrecorded: usize) -> (Sender, Books) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let offers = offers.to_owned();
    let relay = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let stream = BufReader::new(stream);
        let acts = acts.into_iter();
        let mut relay = Relay { stream, acts, piece, is_silent: false, books: Books::default() };
        let _ = relay.serve(&offers).await;
        relay.books
    });
    let tls = Err("none here".to_owned());
    let mut session = Session::open(&plain(address), "news.example", &tls, timeouts(), mails_max).await.unwrap();
    let count = 7;
    let to = (0..=count).map(|number| format!("{number}@x.example")).collect();
    let mut sender = Sender { next: 0, count, to, unrecorded, begun: Vec::new(), ended: Vec::new() };
    while session.is_usable()
        && let Some(first) = sender.next()
    {
        session.carry(first, &mut sender).await;
    }
    session.close().await;
    (sender, relay.await.unwrap())
}

fn check(sender: &Sender, books: &Books) -> Result<(), TestCaseError> {
    let taken = sender.next.min(sender.count);
    let mut ended: Vec<usize> = sender.ended.iter().map(|(mail, _)| *mail).collect();
    ended.sort_unstable();
    prop_assert_eq!(ended, (1..=taken).collect::<Vec<_>>(), "each mail taken ends once");
    prop_assert!(books.wrong.is_empty(), "{:?}", books.wrong);
    let mut uncertain = 0;
    for (mail, outcome) in &sender.ended {
        let times_counted = books.counted.iter().filter(|it| *it == mail).count();
        match outcome {
            Outcome::Accepted { .. } => prop_assert_eq!(times_counted, 1, "{} is accepted", mail),
            Outcome::Rejected { .. } | Outcome::NotSent(_) => {
                prop_assert_eq!(times_counted, 0, "{} ended as {:?}", mail, outcome);
            }
            Outcome::Uncertain { .. } => {
                uncertain += 1;
                prop_assert!(times_counted <= 1 && sender.begun.contains(mail));
            }
        }
        prop_assert!(*mail != sender.unrecorded || times_counted == 0, "{} was not to be sent", mail);
    }
    prop_assert!(uncertain <= 1, "{:?}", sender.ended);
    Ok(())
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        24 => Just(Yes),
        3 => Just(YesInManyLines),
        3 => Just(NotNow),
        3 => Just(Never),
        2 => Just(WrongYes),
        3 => prop::sample::select(vec![Bye, HangUp, Babble, NoButYes, Twice, FallSilent]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_books_of_both_sides_agree_whatever_a_relay_does(
        acts in proptest::collection::vec(act(), 0..30),
        has_pipelining in proptest::bool::weighted(0.7),
        piece in 1usize..60,
        mails_max in 0u32..6,
        unrecorded in 0usize..20,
    ) {
        let offers = if has_pipelining { "250-x\r\n250 PIPELINING\r\n" } else { "250 x\r\n" };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (sender, books) = runtime.block_on(meet(acts, offers, piece, mails_max, unrecorded));
        check(&sender, &books)?;
    }
}

#[test]
fn a_relay_without_whims_takes_all_of_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for offers in ["250-x\r\n250 PIPELINING\r\n", "250 x\r\n"] {
        let (sender, books) = runtime.block_on(meet(vec![], offers, 60, 0, 0));
        assert!(sender.ended.iter().all(|(_, outcome)| matches!(outcome, Outcome::Accepted { .. })));
        assert_eq!(books.counted, [1, 2, 3, 4, 5, 6, 7]);
    }
}
