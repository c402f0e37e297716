//! From content to the bytes on the wire: RFC 5322 headers, `multipart/alternative`, CRLF, ASCII.
//!
//! Promises: whatever a title or a name holds, no header is started by it; no line is longer than 998 octets and those
//! of the bodies are at most 76; the text part comes first (RFC 2046 5.1.4); bodies are quoted-printable, or base64
//! where that is shorter; an HTML part that Gmail would clip is refused, not sent. The one thing that is not ASCII is
//! the address of somebody whose mailbox name is not (RFC 6532); such a mail needs SMTPUTF8.
//! It signs nothing, knows no template and no database, and stuffs no dots: that is the transport's. Held to it by the
//! tests in `compose_tests.rs`, which read each mail back with a parser that shares no code with it.

use super::EmailAddr;
use super::headers;
use crate::base::hash::sha256_hex;
use crate::base::{Timestamp, limits};
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};

/// One person's copy of an edition.
pub struct EditionMail<'a> {
    pub from: &'a Mailbox,
    pub reply_to: Option<&'a Mailbox>,
    pub to: &'a EmailAddr,
    pub subject: &'a str,
    pub text: &'a str,
    pub html: &'a str,
    /// `<left@right>`, angle brackets included.
    pub message_id: &'a str,
    pub date: Timestamp,
    /// `evening.news.example`, without angle brackets.
    pub list_id: &'a str,
    pub list_name: &'a str,
    pub unsubscribe_https: &'a str,
    pub unsubscribe_mailto: &'a str,
    pub archive_url: &'a str,
    /// `campaign:list:kind:sender` (support.google.com/mail/answer/6254652).
    pub feedback_id: &'a str,
    /// BCP 47.
    pub language: &'a str,
}

/// A mail to one person for a reason of its own: a confirmation, an alert.
pub struct SingleMail<'a> {
    pub from: &'a Mailbox,
    pub reply_to: Option<&'a Mailbox>,
    pub to: &'a EmailAddr,
    pub subject: &'a str,
    pub text: &'a str,
    /// Empty: a mail of text alone.
    pub html: &'a str,
    /// `<left@right>`, angle brackets included.
    pub message_id: &'a str,
    pub date: Timestamp,
}

#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    #[error("the HTML part is {bytes} bytes when encoded, and Gmail clips what is over {max}; take stories out of it")]
    TooLarge { bytes: usize, max: usize },
    #[error("the value of the header {0} holds characters that cannot stand there")]
    Header(&'static str),
    #[error("the recipient's address cannot stand in a mail")]
    Recipient,
    #[error("the personal link {0:?} must hold the mark for the token once, after its beginning")]
    Link(String),
    #[error(
        "the mail could not be taken apart into what is everybody's and what is one person's; report this as a bug"
    )]
    Stencil,
    #[error("the mail could not be put together: {0}")]
    Build(#[from] lettre::error::Error),
}

/// # Errors
/// [`ComposeError::TooLarge`] above [`limits::EDITION_BYTES_MAX`]; [`ComposeError::Header`] for a link or an id that
/// cannot stand in a header.
pub fn edition(mail: &EditionMail<'_>) -> Result<Vec<u8>, ComposeError> {
    edition_within(mail, &boundary_of(mail.message_id.as_bytes()))
}

/// The same with a boundary of the caller's choice: a [`super::stencil`] has one for everybody.
pub(super) fn edition_within(mail: &EditionMail<'_>, boundary: &str) -> Result<Vec<u8>, ComposeError> {
    let html = part(ContentType::TEXT_HTML, mail.html);
    let bytes = html.raw_body().len();
    if bytes > limits::EDITION_BYTES_MAX {
        return Err(ComposeError::TooLarge { bytes, max: limits::EDITION_BYTES_MAX });
    }
    let mut head = head(mail.from, mail.reply_to, mail.to, mail.subject, mail.message_id, mail.date)?
        .raw_header(headers::list_id(mail.list_name, mail.list_id)?)
        .raw_header(headers::urls("List-Unsubscribe", &[mail.unsubscribe_https, mail.unsubscribe_mailto])?)
        .raw_header(headers::token("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?)
        .raw_header(headers::urls("List-Archive", &[mail.archive_url])?)
        .raw_header(headers::token("List-Post", "NO")?)
        .raw_header(headers::token("Feedback-ID", mail.feedback_id)?)
        .raw_header(headers::token("Precedence", "bulk")?)
        .raw_header(headers::token("Content-Language", mail.language)?);
    // RFC 2369 3.1 and 3.5: a person who helps. An address that cannot stand in one goes without.
    let owner = format!("mailto:{}", mail.reply_to.unwrap_or(mail.from).email);
    if let (Ok(help), Ok(owner)) =
        (headers::urls("List-Help", &[&format!("{owner}?subject=help")]), headers::urls("List-Owner", &[&owner]))
    {
        head = head.raw_header(help).raw_header(owner);
    }
    Ok(bytes_of(&head.multipart(alternative(boundary, mail.text, html))?))
}

/// # Errors
/// [`ComposeError::Header`] for a Message-ID that cannot stand in a header.
pub fn single(mail: &SingleMail<'_>) -> Result<Vec<u8>, ComposeError> {
    let head = head(mail.from, mail.reply_to, mail.to, mail.subject, mail.message_id, mail.date)?;
    let message = if mail.html.is_empty() {
        head.singlepart(part(ContentType::TEXT_PLAIN, mail.text))?
    } else {
        let boundary = boundary_of(mail.message_id.as_bytes());
        head.multipart(alternative(&boundary, mail.text, part(ContentType::TEXT_HTML, mail.html)))?
    };
    Ok(bytes_of(&message))
}

/// lettre ends a part with a line end of its own.
fn bytes_of(message: &Message) -> Vec<u8> {
    let mut bytes = message.formatted();
    while bytes.ends_with(b"\r\n\r\n") {
        bytes.truncate(bytes.len() - 2);
    }
    bytes
}

fn head(
    from: &Mailbox,
    reply_to: Option<&Mailbox>,
    to: &EmailAddr,
    subject: &str,
    message_id: &str,
    date: Timestamp,
) -> Result<MessageBuilder, ComposeError> {
    if !(message_id.starts_with('<') && message_id.ends_with('>')) {
        return Err(ComposeError::Header("Message-ID"));
    }
    let to: Address = to.expose().parse().map_err(|_| ComposeError::Recipient)?;
    let since_epoch = u64::try_from(date.as_seconds()).unwrap_or(0);
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(since_epoch);
    let mut head = Message::builder()
        .date(date)
        .from(clean(from))
        .to(Mailbox::new(None, to))
        .raw_header(headers::text("Subject", subject))
        .raw_header(headers::token("Message-ID", message_id)?)
        // Nobody's holiday notice should answer (RFC 3834 section 5; the second is Exchange's).
        .raw_header(headers::token("Auto-Submitted", "auto-generated")?)
        .raw_header(headers::token("X-Auto-Response-Suppress", "OOF, AutoReply")?);
    if let Some(reply_to) = reply_to {
        head = head.reply_to(clean(reply_to));
    }
    Ok(head)
}

/// The name comes from a set-up file or a desk.
fn clean(mailbox: &Mailbox) -> Mailbox {
    let name = mailbox.name.as_deref().map(crate::base::text::one_line).filter(|name| !name.is_empty());
    Mailbox::new(name, mailbox.email.clone())
}

/// From what stays the same (a Message-ID, a content), so that a retry is the same to the byte; `=_` cannot occur in
/// quoted-printable or base64.
pub(super) fn boundary_of(seed: &[u8]) -> String {
    let digest = sha256_hex(seed);
    format!("=_{}", digest.get(..32).unwrap_or(&digest))
}

fn alternative(boundary: &str, text: &str, html: SinglePart) -> MultiPart {
    MultiPart::alternative().boundary(boundary).singlepart(part(ContentType::TEXT_PLAIN, text)).singlepart(html)
}

fn part(content_type: ContentType, text: &str) -> SinglePart {
    let text = lines(text);
    let encoding = if quoted_printable_bytes(&text) <= text.len().div_ceil(3) * 4 * 78 / 76 {
        ContentTransferEncoding::QuotedPrintable
    } else {
        ContentTransferEncoding::Base64
    };
    // Both encodings take any text; the other arm is never taken.
    let body = Body::new_with_encoding(text, encoding)
        .unwrap_or_else(|text| Body::dangerous_pre_encoded(Vec::with_capacity(text.len()), encoding));
    SinglePart::builder().header(content_type).body(body)
}

/// CRLF at each line's end, the last one's too, and no control characters but the tab: U+0092 alone makes Gmail clip a mail.
fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 32 + 2);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' => out.push_str("\r\n"),
            '\t' => out.push('\t'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    if !out.ends_with("\r\n") {
        out.push_str("\r\n");
    }
    out
}

/// About how long quoted-printable makes a text: three characters for a byte that is not plain, and a soft break wherever a
/// line is longer than 75 characters then.
fn quoted_printable_bytes(text: &str) -> usize {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'<' | b'>'..=b'~' | b'\t' | b'\r' | b'\n');
    let line = |line: &str| {
        let plain = line.bytes().filter(|byte| is_plain(byte)).count();
        let bytes = plain + (line.len() - plain) * 3;
        bytes + bytes.saturating_sub(1) / 75 * 3
    };
    text.split_inclusive('\n').map(line).sum()
}

#[cfg(test)]
#[path = "compose_tests.rs"]
mod tests;
