//! What holds for the head of every edition, whatever words come from feeds, settings and desks. Held against chance by
//! the suite (`mail::head_laws`) and against search by `fuzz/fuzz_targets/header.rs`.

use lamplighter::base::Timestamp;
use lamplighter::base::text::{cut_at_word, one_line};
use lamplighter::mail::EmailAddr;
use lamplighter::mail::compose::{ComposeError, EditionMail, edition};
use lettre::message::Mailbox;
use mail_parser::MessageParser;

/// More of a subject is cut at a word.
const TEXT_CHARS_MAX: usize = 250;
/// Octets without the line's end (RFC 5322 2.1.1).
const LINE_BYTES_MAX: usize = 998;

/// Words from outside, by their place in a mail.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    pub sender: &'a str,
    pub answers_to: &'a str,
    pub subject: &'a str,
    pub list: &'a str,
    /// Of these an address or a token is made: what cannot stand there must be refused.
    pub list_id: &'a str,
    pub link: &'a str,
    pub feedback: &'a str,
    pub language: &'a str,
}

const PLAIN: Words<'static> = Words {
    sender: "The Lamp",
    answers_to: "The desk",
    subject: "Tonight",
    list: "The Lamp",
    list_id: "evening.news.example",
    link: "https://news.example/unsubscribe/x",
    feedback: "2026-11-23:evening:regular:lamplight",
    language: "en",
};

/// # Errors
/// What does not hold, in words.
pub fn holds(words: Words<'_>) -> Result<(), String> {
    let plain = names(&written(PLAIN).map_err(|error| error.to_string())?)?;
    let mail = match written(words) {
        Ok(mail) => mail,
        // Refused is as good as harmless; but free text is never a reason.
        Err(ComposeError::Header("List-Id" | "List-Unsubscribe" | "Feedback-ID" | "Content-Language")) => return Ok(()),
        Err(error) => return Err(format!("{words:?}: {error}")),
    };
    let found = names(&mail)?;
    if found != plain {
        return Err(format!("{words:?}: the head has {found:?}"));
    }
    let parsed = MessageParser::default().parse(&mail).ok_or("no parser reads it")?;
    let wanted = cut_at_word(&one_line(words.subject), TEXT_CHARS_MAX);
    let subject = parsed.subject().unwrap_or_default();
    if subject != wanted {
        return Err(format!("{wanted:?} arrived as {subject:?}"));
    }
    let senders: Vec<_> =
        parsed.from().map(|it| it.iter().filter_map(|one| one.address()).collect()).unwrap_or_default();
    if senders != ["evening@news.example"] {
        return Err(format!("{:?}: the mail is from {senders:?}", words.sender));
    }
    Ok(())
}

fn written(words: Words<'_>) -> Result<Vec<u8>, ComposeError> {
    let to = EmailAddr::parse("ada@readers.example").map_err(|_| ComposeError::Recipient)?;
    let mailbox = |name: &str, address: &str| -> Result<Mailbox, ComposeError> {
        let email = address.parse().map_err(|_| ComposeError::Recipient)?;
        Ok(Mailbox::new(Some(name.to_owned()), email))
    };
    edition(&EditionMail {
        from: &mailbox(words.sender, "evening@news.example")?,
        reply_to: Some(&mailbox(words.answers_to, "desk@news.example")?),
        to: &to,
        subject: words.subject,
        text: "Good evening.\n",
        html: "<p>Good evening.</p>",
        message_id: "<1.x@news.example>",
        date: Timestamp::from_seconds(1_795_458_600),
        list_id: words.list_id,
        list_name: words.list,
        unsubscribe_https: words.link,
        unsubscribe_mailto: "mailto:unsubscribe@news.example",
        archive_url: "https://news.example/archive/evening",
        feedback_id: words.feedback,
        language: words.language,
    })
}

/// The names of a head, every line of which is fit to be sent.
fn names(mail: &[u8]) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(mail).map_err(|_| "it is not even UTF-8")?;
    let (head, _) = text.split_once("\r\n\r\n").ok_or("the head has no end")?;
    let mut names = Vec::new();
    for line in head.split("\r\n") {
        let is_fit = line.bytes().all(|b| b == b'\t' || b == b' ' || b.is_ascii_graphic());
        if !is_fit || line.len() > LINE_BYTES_MAX || line.trim().is_empty() {
            return Err(format!("a line of {} bytes: {line:?}", line.len()));
        }
        if !line.starts_with([' ', '\t']) {
            let (name, _) = line.split_once(':').ok_or_else(|| format!("no header: {line:?}"))?;
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
