//! A mail that the server took, raw and as a reader's program would show it.
//!
//! Read by `mail-parser`, which shares no code with what wrote the mail, and not before somebody looks: most mails of a
//! great trial are only counted. A mail that cannot be read is kept raw, its other fields empty.

use crate::base::Timestamp;
use mail_parser::parsers::MessageStream;
use mail_parser::{Address, Message, MessageParser};
use std::ops::Deref;
use std::sync::OnceLock;

/// The envelope and the bytes. What a reader's program would show ([`Reading`]) are fields of it too, filled at the
/// first look.
#[derive(Clone, Debug)]
pub struct CaughtMail {
    /// Counts from 1 in the order of arrival.
    pub id: u64,
    pub received_at: Timestamp,
    /// Without angle brackets; empty for the null sender.
    pub envelope_from: String,
    pub envelope_to: Vec<String>,
    /// As sent, dot-stuffing undone.
    pub raw: Vec<u8>,
    reading: OnceLock<Reading>,
}

/// A mail as its reader's program would show it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub subject: String,
    /// `Name <address>`
    pub from: String,
    pub to: String,
    /// Without angle brackets.
    pub message_id: String,
    /// The text part, decoded; empty without one.
    pub text: String,
    /// The HTML part, decoded; empty without one.
    pub html: String,
    /// In the order of the mail, unfolded, encoded words decoded.
    pub headers: Vec<(String, String)>,
    /// The targets of the HTML part's links, then the web addresses of the text; each once.
    pub links: Vec<String>,
}

impl CaughtMail {
    pub(super) const fn new(at: Timestamp, envelope_from: String, envelope_to: Vec<String>, raw: Vec<u8>) -> Self {
        Self { id: 0, received_at: at, envelope_from, envelope_to, raw, reading: OnceLock::new() }
    }

    /// Of a mail that has been looked at too: its parts, decoded, come to about as much again.
    pub(super) const fn bytes_held(&self) -> usize {
        self.raw.len() * 2 + 512
    }
}

impl Deref for CaughtMail {
    type Target = Reading;

    fn deref(&self) -> &Reading {
        self.reading.get_or_init(|| Reading::of(&self.raw))
    }
}

impl Reading {
    fn of(raw: &[u8]) -> Self {
        let mut reading = Self::default();
        if let Some(message) = MessageParser::default().parse(raw) {
            reading.fill(&message);
        }
        reading
    }

    fn fill(&mut self, message: &Message<'_>) {
        self.headers = message.headers_raw().map(|(name, raw)| (name.to_owned(), decode(raw))).collect();
        self.subject = message.subject().unwrap_or_default().to_owned();
        self.from = message.from().map(show).unwrap_or_default();
        self.to = message.to().map(show).unwrap_or_default();
        self.message_id = message.message_id().unwrap_or_default().to_owned();
        // mail-parser offers one part as the other when there is only one; what is not there stays empty here.
        let text = message.text_part(0).filter(|part| !part.is_text_html());
        let html = message.html_part(0).filter(|part| part.is_text_html());
        self.text = text.and_then(|part| part.text_contents()).unwrap_or_default().to_owned();
        self.html = html.and_then(|part| part.text_contents()).unwrap_or_default().to_owned();
        for link in hrefs(&self.html).into_iter().chain(addresses(&self.text)) {
            if !self.links.contains(&link) {
                self.links.push(link);
            }
        }
    }

    /// The first header of this name, in any case of letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn decode(raw: &str) -> String {
    let line = format!("{}\r\n", raw.trim());
    let decoded = MessageStream::new(line.as_bytes()).parse_unstructured().into_text();
    decoded.map(|text| text.trim().to_owned()).unwrap_or_default()
}

fn show(address: &Address<'_>) -> String {
    let shown = address.iter().map(|one| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn hrefs(html: &str) -> Vec<String> {
    if html.is_empty() {
        return Vec::new();
    }
    let document = dom_query::Document::from(html);
    document.select("a[href]").iter().filter_map(|link| link.attr("href").map(|href| href.to_string())).collect()
}

fn addresses(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_shown_as_a_reader_would_see_it() {
        let raw = "From: =?utf-8?Q?The_L=C3=A4mp?= <lamp@news.example>\r\nTo: anna@x.example\r\nSubject: =?utf-8?B?w5w=?=\r\n =?utf-8?B?YmVy?=\r\nList-Id: \"Evening\"\r\n <evening.news.example>\r\nMessage-ID: <1@x.example>\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nRead https://news.example/a?x=1.\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<a href=3D\"https://news.example/b?x=3D1&amp;y=3D2\">b</a>\r\n--b--\r\n";
        let mail = CaughtMail::new(Timestamp::EPOCH, String::new(), vec![], raw.as_bytes().to_vec());
        assert_eq!(mail.subject, "\u{dc}ber");
        assert_eq!(mail.from, "The L\u{e4}mp <lamp@news.example>");
        assert_eq!(mail.header("list-id"), Some("\"Evening\" <evening.news.example>"));
        assert_eq!(mail.message_id, "1@x.example");
        assert_eq!(mail.text.trim(), "Read https://news.example/a?x=1.");
        assert_eq!(mail.links, ["https://news.example/b?x=1&y=2", "https://news.example/a?x=1"]);
    }

    #[test]
    fn what_is_no_mail_is_kept_raw() {
        let mail = CaughtMail::new(Timestamp::EPOCH, String::new(), vec![], vec![0xff, 0, b'\n']);
        assert_eq!((mail.raw.len(), mail.subject.as_str()), (3, ""));
    }
}
