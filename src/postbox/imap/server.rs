//! An IMAP server for tests: one mailbox in memory, with manners and faults. It notes each command without its tag.

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub const CERTIFICATE: &[u8] = include_bytes!("test_certificate.pem");
const KEY: &[u8] = include_bytes!("test_key.der");

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tls {
    #[default]
    None,
    AtOnce,
    Behind,
    /// STARTTLS, with a line behind its answer that nobody asked for.
    Injected,
    /// Offered, and refused.
    Refused,
}

#[derive(Clone, Default)]
pub struct Manners {
    pub tls: Tls,
    pub greeting: Option<&'static str>,
    pub without_uid_plus: bool,
    pub without_auth_plain: bool,
    pub login_disabled: bool,
    pub read_only: bool,
    /// Small bodies between quotes instead of in literals.
    pub quoted: bool,
    /// News of other mails within answers.
    pub chatty: bool,
    /// Answers nothing to commands that begin so, and hangs up.
    pub drops_before: &'static str,
    /// Obeys commands that begin so, and hangs up without a word.
    pub drops_after: &'static str,
    /// Answers this, with the tag in the place of TAG, to commands that begin so.
    pub says_instead: (&'static str, String),
    /// What it says of sizes, whatever they are.
    pub size: Option<usize>,
    /// More bytes in each literal than were asked for.
    pub surplus: usize,
}

pub struct Mail {
    pub uid: u32,
    pub raw: Vec<u8>,
    pub is_deleted: bool,
}

pub struct Server {
    pub address: SocketAddr,
    pub manners: Manners,
    pub mails: Mutex<Vec<Mail>>,
    said: Mutex<Vec<String>>,
}

impl Server {
    /// Each connection is served until the test ends.
    pub async fn start(manners: Manners, mails: &[&[u8]]) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mail =
            |(number, raw): (usize, &&[u8])| Mail { uid: number as u32 + 1, raw: raw.to_vec(), is_deleted: false };
        let server = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            manners,
            mails: Mutex::new(mails.iter().enumerate().map(mail).collect()),
            said: Mutex::default(),
        });
        let serving = Arc::clone(&server);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = Arc::clone(&serving);
                tokio::spawn(async move { server.receive(stream).await });
            }
        });
        server
    }

    pub fn left(&self) -> Vec<u32> {
        self.mails.lock().unwrap().iter().map(|mail| mail.uid).collect()
    }

    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    async fn receive(&self, stream: TcpStream) -> Option<()> {
        let acceptor = || {
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
            let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
            let key = PrivatePkcs8KeyDer::from(KEY).into();
            TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()))
        };
        match self.manners.tls {
            Tls::AtOnce => {
                let mut stream = BufReader::new(acceptor().accept(stream).await.ok()?);
                self.greet(&mut stream).await?;
                self.talk(&mut stream, false).await
            }
            Tls::None => {
                let mut stream = BufReader::new(stream);
                self.greet(&mut stream).await?;
                self.talk(&mut stream, false).await
            }
            _ => {
                let mut stream = BufReader::new(stream);
                self.greet(&mut stream).await?;
                self.talk(&mut stream, true).await?;
                let mut stream = BufReader::new(acceptor().accept(stream.into_inner()).await.ok()?);
                self.talk(&mut stream, false).await
            }
        }
    }

    async fn greet<S: AsyncWrite + Unpin>(&self, stream: &mut S) -> Option<()> {
        let greeting = self.manners.greeting.unwrap_or("* OK here");
        stream.write_all(format!("{greeting}\r\n").as_bytes()).await.ok()
    }

    /// Until the peer hangs up, or (some) until TLS is to begin.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>, is_bare: bool) -> Option<()> {
        loop {
            let mut line = command(stream).await?;
            let (tag, mut text) = line.split_once(' ').map(|(tag, text)| (tag.to_owned(), text.to_owned()))?;
            if text.starts_with("AUTHENTICATE") {
                stream.write_all(b"+ \r\n").await.ok()?;
                line = command(stream).await?;
                text = format!("{text} {line}");
            }
            self.said.lock().unwrap().push(text.clone());
            let begins = |with: &str| !with.is_empty() && text.starts_with(with);
            if begins(self.manners.drops_before) {
                return None;
            }
            let (instead, answer) = &self.manners.says_instead;
            let answer = if begins(instead) {
                answer.replace("TAG", &tag).into_bytes()
            } else {
                self.obey(&tag, &text, is_bare)
            };
            if begins(self.manners.drops_after) {
                return None;
            }
            stream.write_all(&answer).await.ok()?;
            stream.flush().await.ok()?;
            if text == "STARTTLS" && answer.windows(3).any(|word| word == b" OK") {
                return Some(());
            }
        }
    }

    fn obey(&self, tag: &str, text: &str, is_bare: bool) -> Vec<u8> {
        let manners = &self.manners;
        let ok = format!("{tag} OK done\r\n");
        let mut mails = self.mails.lock().unwrap();
        let words: Vec<&str> = text.split(' ').collect();
        let uid = words.get(2).and_then(|word| word.parse::<u32>().ok());
        let place = uid.and_then(|uid| mails.iter().position(|mail| mail.uid == uid));
        match words.as_slice() {
            ["CAPABILITY"] => {
                let mut offers = "IMAP4rev1".to_owned();
                for (is_offered, offer) in [
                    (!manners.without_uid_plus, " UIDPLUS"),
                    (!manners.without_auth_plain && !is_bare, " AUTH=PLAIN"),
                    (manners.login_disabled, " LOGINDISABLED"),
                    (is_bare, " STARTTLS"),
                ] {
                    offers.push_str(if is_offered { offer } else { "" });
                }
                format!("* CAPABILITY {offers}\r\n{ok}").into_bytes()
            }
            ["STARTTLS"] if manners.tls == Tls::Refused => format!("{tag} NO not today\r\n").into_bytes(),
            ["STARTTLS"] if manners.tls == Tls::Injected => format!("{ok}* OK slipped in\r\n").into_bytes(),
            ["STARTTLS"] if is_bare => ok.into_bytes(),
            ["AUTHENTICATE", "PLAIN", "AHJldHVybmVkAHBhc3Mgd29yZA=="] => ok.into_bytes(),
            ["LOGIN", "returned", "pass", "word"] => ok.into_bytes(),
            ["AUTHENTICATE" | "LOGIN", ..] => format!("{tag} NO [AUTHENTICATIONFAILED] wrong\r\n").into_bytes(),
            ["SELECT", "\"INBOX\""] => {
                let mode = if manners.read_only { "READ-ONLY" } else { "READ-WRITE" };
                let count = mails.len();
                format!("* {count} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n{tag} OK [{mode}] done\r\n").into_bytes()
            }
            ["SELECT", ..] => format!("{tag} NO [NONEXISTENT] no such mailbox\r\n").into_bytes(),
            ["UID", "SEARCH", "UNDELETED"] => {
                let uids: String =
                    mails.iter().filter(|mail| !mail.is_deleted).map(|mail| format!(" {}", mail.uid)).collect();
                format!("* SEARCH{uids}\r\n{ok}").into_bytes()
            }
            ["UID", "FETCH", ..] => {
                let mut answer = Vec::new();
                if manners.chatty {
                    answer.extend_from_slice(b"* 9 EXISTS\r\n* 9 FETCH (FLAGS (\\Seen) UID 99 RFC822.SIZE 1)\r\n");
                    answer.extend_from_slice(b"* 9 FETCH (UID 99 BODY[]<0> {7}\r\nanother)\r\n");
                }
                if let Some(mail) = place.and_then(|place| mails.get(place)) {
                    answer.extend(self.fetched(text, mail));
                }
                answer.extend_from_slice(ok.as_bytes());
                answer
            }
            ["UID", "STORE", ..] => {
                place.and_then(|place| mails.get_mut(place)).unwrap().is_deleted = true;
                ok.into_bytes()
            }
            ["UID", "EXPUNGE", ..] => {
                mails.retain(|mail| Some(mail.uid) != uid || !mail.is_deleted);
                format!("* 1 EXPUNGE\r\n{ok}").into_bytes()
            }
            ["EXPUNGE"] => {
                mails.retain(|mail| !mail.is_deleted);
                ok.into_bytes()
            }
            ["LOGOUT"] => format!("* BYE farewell\r\n{ok}").into_bytes(),
            _ => format!("{tag} BAD unknown\r\n").into_bytes(),
        }
    }

    fn fetched(&self, text: &str, mail: &Mail) -> Vec<u8> {
        let uid = mail.uid;
        let Some((_, part)) = text.split_once("BODY.PEEK[]<") else {
            let size = self.manners.size.unwrap_or(mail.raw.len());
            return format!("* {uid} FETCH (RFC822.SIZE {size} UID {uid})\r\n").into_bytes();
        };
        let (from, count) = part.trim_end_matches(">)").split_once('.').unwrap();
        let (from, count): (usize, usize) = (from.parse().unwrap(), count.parse().unwrap());
        let end = mail.raw.len().min(from + count + self.manners.surplus);
        let Some(piece) = mail.raw.get(from..end).filter(|piece| !piece.is_empty()) else {
            return format!("* {uid} FETCH (UID {uid} BODY[]<{from}> NIL)\r\n").into_bytes();
        };
        if self.manners.quoted {
            let piece = String::from_utf8_lossy(piece);
            return format!("* {uid} FETCH (BODY[]<{from}> \"{piece}\" UID {uid})\r\n").into_bytes();
        }
        let mut answer = format!("* {uid} FETCH (UID {uid} BODY[]<{from}> {{{}}}\r\n", piece.len()).into_bytes();
        answer.extend_from_slice(piece);
        answer.extend_from_slice(b" FLAGS ())\r\n");
        answer
    }
}

/// A command, its literals put in place.
async fn command<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut command = String::new();
    loop {
        if stream.read_line(&mut command).await.ok()? == 0 {
            return None;
        }
        let line = command.trim_end_matches("\r\n").to_owned();
        let Some((head, length)) = line.strip_suffix('}').and_then(|line| line.rsplit_once('{')) else {
            return Some(line);
        };
        stream.write_all(b"+ go on\r\n").await.ok()?;
        let mut literal = vec![0; length.parse().ok()?];
        stream.read_exact(&mut literal).await.ok()?;
        command = format!("{head}{}", String::from_utf8(literal).ok()?);
    }
}
