//! What everybody with the same variant receives, encoded once; each person's parts are spliced in.
//!
//! Promises: a spliced mail is to the byte the one that [`compose::edition`] makes for the same person, but for the
//! boundary, which here is of the content and so the same for everybody. All that holds for that mail holds here: the
//! limits of its lines, its size, its encodings. A retry differs in its Date alone. The dots of the static parts are
//! stuffed when the stencil is cut; what is spliced in holds no line end and never begins a line with a dot.
//! It does not guess: the mail is composed for two invented persons, their differences are the slots, and the result is
//! compared with the mail of a third before anybody is sent one. It does not make tokens or links; it signs nothing.
//! Held to it by `stencil/tests.rs`, which compares any text with [`compose::edition`] and with what an independent
//! parser reads, and by `benches/splice.rs` for what a mail costs.

mod cut;
mod date;
mod dots;
mod pieces;

pub use dots::stuff;

use super::EmailAddr;
use super::compose::{self, ComposeError, EditionMail};
use crate::base::Timestamp;
use lettre::message::Mailbox;
use pieces::Pieces;

/// Stands in a link for the token.
pub const TOKEN_MARK: &str = "{token}";
const TOKEN_BYTES: usize = 44;
/// Two tokens are at least this far apart, so that no three bytes of base64 belong to both.
const LINK_HEAD_BYTES_MIN: usize = 3;

/// A personal link: the mark that stands for it in both bodies, and its address with [`TOKEN_MARK`] in it.
#[derive(Clone, Copy)]
pub struct PersonalLink<'a> {
    pub mark: &'a str,
    pub url: &'a str,
}

/// What is the same for everybody with this variant. The fields are those of [`EditionMail`].
pub struct EditionStencil<'a> {
    pub from: &'a Mailbox,
    pub reply_to: Option<&'a Mailbox>,
    pub subject: &'a str,
    /// With the marks of both links in it, anywhere and as often as wanted.
    pub text: &'a str,
    pub html: &'a str,
    /// What follows the `@` of a Message-ID.
    pub domain: &'a str,
    pub list_id: &'a str,
    pub list_name: &'a str,
    pub unsubscribe: PersonalLink<'a>,
    pub preferences: PersonalLink<'a>,
    /// With [`TOKEN_MARK`] for the token of the unsubscribe link.
    pub unsubscribe_mailto: &'a str,
    pub archive_url: &'a str,
    pub feedback_id: &'a str,
    pub language: &'a str,
}

/// A signed token: 44 lower-case letters and digits of base32, which no encoding changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token([u8; TOKEN_BYTES]);

impl Token {
    /// Nothing for any other text: its mail is [`compose::edition`]'s.
    pub fn new(text: &str) -> Option<Self> {
        let bytes: [u8; TOKEN_BYTES] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')).then_some(Self(bytes))
    }

    pub fn as_str(&self) -> &str {
        // Letters and digits, as `new` saw to it.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// What is one person's alone.
pub struct Person<'a> {
    pub to: &'a EmailAddr,
    pub message_id: Token,
    pub unsubscribe: Token,
    pub preferences: Token,
    pub date: Timestamp,
}

/// See the module.
#[derive(Debug)]
pub struct Stencil {
    raw: Pieces,
    /// Where a line begins with a dot; nothing if none does.
    stuffed: Option<Pieces>,
}

impl Stencil {
    /// # Errors
    /// As [`compose::edition`]; [`ComposeError::Link`] for a link without the mark, or with several.
    pub fn edition(mail: &EditionStencil<'_>) -> Result<Self, ComposeError> {
        for (url, head_min) in [
            (mail.unsubscribe.url, LINK_HEAD_BYTES_MIN),
            (mail.preferences.url, LINK_HEAD_BYTES_MIN),
            (mail.unsubscribe_mailto, 1),
        ] {
            let head = url.split_once(TOKEN_MARK).filter(|(_, rest)| !rest.contains(TOKEN_MARK)).map(|(head, _)| head);
            if head.is_none_or(|head| head.len() < head_min) {
                return Err(ComposeError::Link(url.to_owned()));
            }
        }
        let seed = [mail.subject, mail.text, mail.html].join("\0");
        let boundary = compose::boundary_of(seed.as_bytes());
        let [to, other_to] = cut::ADDRESSES.map(EmailAddr::parse);
        let (Ok(to), Ok(other_to)) = (to, other_to) else { return Err(ComposeError::Stencil) };
        let [one, other, third] = cut::TOKENS.map(|tokens| tokens.map(|letter| Token([letter; TOKEN_BYTES])));
        let of = |to, [message_id, unsubscribe, preferences]: [Token; 3], date| Person {
            to,
            message_id,
            unsubscribe,
            preferences,
            date,
        };
        let date = Timestamp::EPOCH;
        let composed = composed(mail, &of(&to, one, date), &boundary)?;
        let differing = self::composed(mail, &of(&to, other, date), &boundary)?;
        let raw = cut::cut(composed, &differing, &boundary).ok_or(ComposeError::Stencil)?;
        let third = of(&other_to, third, Timestamp::from_seconds(1_795_458_600));
        let stencil = Self { stuffed: raw.stuffed(), raw };
        let mut spliced = Vec::new();
        stencil.write(&third, &mut spliced);
        if spliced == self::composed(mail, &third, &boundary)? { Ok(stencil) } else { Err(ComposeError::Stencil) }
    }

    /// The whole mail at the end of the buffer, as a signer and a parser want it.
    pub fn write(&self, person: &Person<'_>, into: &mut Vec<u8>) {
        self.raw.write(person, into);
    }

    /// The same for the wire, dots stuffed (RFC 5321 4.5.2). The line with the last dot is the session's.
    pub fn write_stuffed(&self, person: &Person<'_>, into: &mut Vec<u8>) {
        self.stuffed.as_ref().unwrap_or(&self.raw).write(person, into);
    }

    /// How long the mail to this address is, before dots are stuffed: what SIZE (RFC 1870) declares.
    pub fn bytes(&self, to: &EmailAddr) -> usize {
        self.raw.bytes(to)
    }
}

/// The mail of one person, by the MIME builder.
fn composed(mail: &EditionStencil<'_>, person: &Person<'_>, boundary: &str) -> Result<Vec<u8>, ComposeError> {
    let link = |url: &str, token: &Token| url.replace(TOKEN_MARK, token.as_str());
    let unsubscribe = link(mail.unsubscribe.url, &person.unsubscribe);
    let preferences = link(mail.preferences.url, &person.preferences);
    let personal =
        |text: &str| text.replace(mail.unsubscribe.mark, &unsubscribe).replace(mail.preferences.mark, &preferences);
    let edition = EditionMail {
        from: mail.from,
        reply_to: mail.reply_to,
        to: person.to,
        subject: mail.subject,
        text: &personal(mail.text),
        html: &personal(mail.html),
        message_id: &format!("<{}@{}>", person.message_id.as_str(), mail.domain),
        date: person.date,
        list_id: mail.list_id,
        list_name: mail.list_name,
        unsubscribe_https: &unsubscribe,
        unsubscribe_mailto: &link(mail.unsubscribe_mailto, &person.unsubscribe),
        archive_url: mail.archive_url,
        feedback_id: mail.feedback_id,
        language: mail.language,
    };
    compose::edition_within(&edition, boundary)
}

#[cfg(test)]
mod tests;
