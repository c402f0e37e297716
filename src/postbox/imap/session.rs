//! A mailbox that is open: what lies in it, one mail's bytes, one mail's end.

use super::account::{Account, spelled};
use super::connect::{Open, label};
use super::error::{ImapError, quoted};
use super::line::Answer;
use super::reply::{Reply, Token};
use super::{PIECE_BYTES, Timeouts};
use data_encoding::BASE64;

/// A literal that nobody asked for, as in an answer with FLAGS.
const SMALL: usize = 64 * 1024;

pub struct Session {
    line: Open,
    /// UIDs of another validity are other mails (RFC 9051 2.3.1.1).
    pub validity: u32,
    /// Mails can be expunged one by one (RFC 4315).
    has_uid_plus: bool,
}

/// A mail's bytes, or why there are none.
#[derive(PartialEq, Eq, Debug)]
pub enum Fetched {
    Mail(Vec<u8>),
    TooBig,
    /// Somebody else removed it.
    Gone,
}

impl Session {
    /// Logs in and opens the mailbox.
    pub async fn open(mut line: Open, account: &Account) -> Result<Self, ImapError> {
        log_in(&mut line, account).await?;
        let offers = capabilities(&mut line).await?;
        let has_uid_plus = offers.iter().any(|offer| offer == "UIDPLUS");
        let answer = line.command(&["SELECT", &format!(" \"{}\"", spelled(&account.mailbox))].concat(), SMALL).await?;
        let mailbox = account.mailbox.clone();
        if !answer.is_ok {
            return Err(ImapError::Mailbox { mailbox, said: quoted(&answer.said) });
        }
        if answer.said.to_ascii_uppercase().contains("[READ-ONLY]") {
            return Err(ImapError::ReadOnly { mailbox });
        }
        Ok(Self { line, validity: validity(&answer), has_uid_plus })
    }

    /// The UIDs of the mails that are not marked as deleted, the oldest first.
    pub async fn waiting(&mut self) -> Result<Vec<u32>, ImapError> {
        let answer = self.line.command("UID SEARCH UNDELETED", SMALL).await?.expect_ok("SEARCH")?;
        let mut uids: Vec<u32> = answer.words_of("SEARCH").iter().filter_map(|word| word.parse().ok()).collect();
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// One mail, its size asked for first, fetched piece by piece and not marked as seen.
    pub async fn fetch(&mut self, uid: u32, bytes_max: usize) -> Result<Fetched, ImapError> {
        let command = format!("UID FETCH {uid} (UID RFC822.SIZE)");
        let answer = self.line.command(&command, SMALL).await?.expect_ok("FETCH")?;
        let size = of_uid(&answer, uid, |name| name.eq_ignore_ascii_case("RFC822.SIZE")).and_then(number);
        let Some(size) = size else { return Ok(Fetched::Gone) };
        if size > bytes_max as u64 {
            return Ok(Fetched::TooBig);
        }
        let mut mail = Vec::new();
        loop {
            let from = mail.len();
            let command = format!("UID FETCH {uid} (UID BODY.PEEK[]<{from}.{PIECE_BYTES}>)");
            let answer = self.line.command(&command, PIECE_BYTES + SMALL).await?.expect_ok("FETCH")?;
            let is_piece = |name: &str| name.get(..5).is_some_and(|head| head.eq_ignore_ascii_case("BODY["));
            let piece = match of_uid(&answer, uid, is_piece) {
                Some(Token::Bytes(piece)) => piece.as_slice(),
                // NIL, behind the end.
                Some(_) => &[],
                None => return Ok(Fetched::Gone),
            };
            if piece.len() > PIECE_BYTES {
                return Err(ImapError::Strange { why: "it sends more than it was asked for" });
            }
            mail.extend_from_slice(piece);
            if mail.len() > bytes_max {
                return Ok(Fetched::TooBig);
            }
            // Sizes are not always exact; a piece that is not full is the last one.
            if piece.len() < PIECE_BYTES {
                let is_whole = !mail.is_empty() || size == 0;
                return if is_whole { Ok(Fetched::Mail(mail)) } else { Ok(Fetched::Gone) };
            }
        }
    }

    /// Marks a mail as deleted, and expunges it where it can be expunged alone.
    pub async fn remove(&mut self, uid: u32) -> Result<(), ImapError> {
        let command = format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)");
        self.line.command(&command, SMALL).await?.expect_ok("STORE")?;
        if self.has_uid_plus {
            self.line.command(&format!("UID EXPUNGE {uid}"), SMALL).await?.expect_ok("UID EXPUNGE")?;
        }
        Ok(())
    }

    /// Removes what was marked, and says farewell.
    pub async fn close(mut self, has_removed: bool, times: &Timeouts) -> Result<(), ImapError> {
        if has_removed && !self.has_uid_plus {
            self.line.command("EXPUNGE", SMALL).await?.expect_ok("EXPUNGE")?;
        }
        let _ = tokio::time::timeout(times.farewell.to_std(), self.line.command("LOGOUT", SMALL)).await;
        Ok(())
    }
}

async fn capabilities(line: &mut Open) -> Result<Vec<String>, ImapError> {
    let answer = line.command("CAPABILITY", SMALL).await?.expect_ok("CAPABILITY")?;
    Ok(answer.words_of("CAPABILITY").iter().map(|word| word.to_ascii_uppercase()).collect())
}

/// AUTHENTICATE PLAIN (RFC 4616) where it is offered, LOGIN otherwise; in literals, which hold any password.
async fn log_in(line: &mut Open, account: &Account) -> Result<(), ImapError> {
    let refused = |said: &str| ImapError::Login { host: label(&account.server), said: quoted(said) };
    let (user, password) = (account.user.as_str(), account.password.as_str());
    if user.is_empty() || user.contains('\0') || password.contains('\0') {
        return Err(refused("user or password cannot be sent as they are"));
    }
    let offers = capabilities(line).await?;
    let has = |name: &str| offers.iter().any(|offer| offer == name);
    let answer = if has("AUTH=PLAIN") {
        let words = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
        line.converse(&[b"AUTHENTICATE PLAIN", words.as_bytes()], SMALL).await?
    } else if has("LOGINDISABLED") {
        return Err(refused("it offers no login by password"));
    } else {
        let first = format!("LOGIN {{{}}}", user.len());
        let second = format!("{user} {{{}}}", password.len());
        line.converse(&[first.as_bytes(), second.as_bytes(), password.as_bytes()], SMALL).await?
    };
    if answer.is_ok { Ok(()) } else { Err(refused(&answer.said)) }
}

/// `* OK [UIDVALIDITY 7]`; 0 without it.
fn validity(answer: &Answer) -> u32 {
    let code = |reply: &Reply| {
        let text = reply.text.to_ascii_uppercase();
        let (_, rest) = text.split_once("[UIDVALIDITY ")?;
        rest.split_once(']')?.0.trim().parse().ok()
    };
    answer.replies.iter().find_map(code).unwrap_or(0)
}

/// An item of the mail with this UID; what a server tells of other mails meanwhile is passed over.
fn of_uid(answer: &Answer, uid: u32, is_item: impl Fn(&str) -> bool) -> Option<&Token> {
    answer.replies.iter().find_map(|reply| {
        let items = reply.fetched();
        let is_mail =
            items.iter().any(|(name, value)| name.eq_ignore_ascii_case("UID") && number(value) == Some(u64::from(uid)));
        items.into_iter().filter(|_| is_mail).find(|(name, _)| is_item(name)).map(|(_, value)| value)
    })
}

fn number(token: &Token) -> Option<u64> {
    match token {
        Token::Word(word) => word.parse().ok(),
        _ => None,
    }
}
