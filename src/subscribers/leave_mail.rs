//! Leaving by mail: the second address of `List-Unsubscribe` (RFC 2369 section 3.2), for mail programs that write instead
//! of asking a page.
//!
//! It promises: a mail that carries one of our unsubscribe tokens leaves, whoever sent it and whatever else stands in it;
//! it never fails on what a stranger sends; machines that answer by themselves (RFC 3834) end nobody's subscription:
//! a mail without a sender and one that says it was made automatically are left alone. `Precedence: bulk`
//! and the like are not looked at: mailbox providers put it on what they send for their users, and a token is not in what an answering machine returns.
//! Nothing is read but the head, and no more of that than [`HEAD_BYTES_MAX`].
//! Held to it by the tests here and by `tests/it/subscribers/leaving.rs`.

use super::leave::{LeaveOutcome, LeaveScope, leave};
use crate::app::App;
use crate::db::StoreError;

/// What a mail came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MailedLeave {
    Left,
    /// Left before, or unknown by now.
    AlreadyLeft,
    /// From nobody: a bounce.
    FromNobody,
    /// Made by a machine that answers by itself.
    Automatic,
    /// No token of ours in it.
    NotUnderstood,
}

/// More of a head is not looked at.
const HEAD_BYTES_MAX: usize = 256 * 1024;
/// Tokens tried of one mail.
const TOKENS_MAX: usize = 20;
const TOKEN_CHARS: usize = 44;
/// Where a token stands: in the address that the mail went to, or in its subject.
const PLACES: [&str; 5] = ["to", "delivered-to", "x-original-to", "cc", "subject"];
const MARK: &str = "unsubscribe";

/// What the mail server says of a mail, where it says anything (RFC 5321 MAIL FROM and RCPT TO).
#[derive(Clone, Copy, Default, Debug)]
pub struct MailEnvelope<'a> {
    /// Empty: from nobody.
    pub from: Option<&'a str>,
    pub to: &'a [&'a str],
}

/// Reads a mail as it came and acts on it.
///
/// # Errors
/// As the database says; nothing was done then.
pub async fn leave_by_mail(app: &App, raw: &[u8], envelope: MailEnvelope<'_>) -> Result<MailedLeave, StoreError> {
    let head = head(raw);
    let all = |name: &'static str| head.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str());
    if envelope.from.is_some_and(str::is_empty) || all("return-path").any(|value| value.trim() == "<>") {
        return Ok(MailedLeave::FromNobody);
    }
    if is_automatic(&head) {
        return Ok(MailedLeave::Automatic);
    }
    let places = envelope.to.iter().copied().chain(PLACES.into_iter().flat_map(all));
    let tokens: Vec<&str> = places.flat_map(tokens).take(TOKENS_MAX).collect();
    let mut done = MailedLeave::NotUnderstood;
    for token in tokens {
        match leave(app, token, LeaveScope::One).await? {
            LeaveOutcome::Left { .. } => return Ok(MailedLeave::Left),
            LeaveOutcome::AlreadyLeft { .. } => done = MailedLeave::AlreadyLeft,
            LeaveOutcome::Invalid => {}
        }
    }
    Ok(done)
}

/// Written by a machine of its own accord: as RFC 3834 has it, and as vacation programs and mail servers of old say it.
fn is_automatic(head: &[(String, String)]) -> bool {
    let word = |value: &str| value.trim().split([';', ' ', '(']).next().unwrap_or_default().to_ascii_lowercase();
    head.iter().any(|(name, value)| match name.as_str() {
        "auto-submitted" => word(value) != "no",
        "x-autoreply" | "x-autorespond" | "x-auto-reply" => word(value) != "no",
        "x-failed-recipients" => true,
        "precedence" => matches!(word(value).as_str(), "auto_reply" | "auto-reply"),
        "content-type" => word(value) == "multipart/report",
        "from" | "sender" | "return-path" => value.to_ascii_lowercase().contains("mailer-daemon"),
        _ => false,
    })
}

/// The fields of the head, names in lower case, folded lines made one.
fn head(raw: &[u8]) -> Vec<(String, String)> {
    let raw = raw.get(..HEAD_BYTES_MAX).unwrap_or(raw);
    let text = String::from_utf8_lossy(raw);
    let mut fields: Vec<(String, String)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.to_owned()));
        } else if number == 0 && line.starts_with("From ") {
            // A mailbox file's own line.
        } else {
            break;
        }
    }
    fields
}

/// What stands behind `unsubscribe+` or `unsubscribe-` and is as long as a token.
fn tokens(value: &str) -> impl Iterator<Item = &str> {
    let places = value
        .char_indices()
        .filter(|(at, _)| value.get(*at..*at + MARK.len()).is_some_and(|word| word.eq_ignore_ascii_case(MARK)));
    places.filter_map(|(at, _)| {
        let rest = value.get(at + MARK.len()..)?;
        let token = rest.strip_prefix(['+', '-']).or_else(|| rest.strip_prefix("%2B"))?;
        token.get(..TOKEN_CHARS).filter(|it| it.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use proptest::prelude::*;

    #[test]
    fn a_token_is_found_in_whatever_surrounds_it() {
        let token = "abcdefghijklmnopqrstuvwxyz234567abcdefghijkl";
        for value in [
            format!("unsubscribe+{token}@bounces.news.example"),
            format!("\"The paper\" <UNSUBSCRIBE+{token}@bounces.news.example>, x@y.example"),
            format!("Re: unsubscribe-{token}"),
            format!("unsubscribe unsubscribe-{token}."),
        ] {
            assert_eq!(tokens(&value).collect::<Vec<_>>(), [token], "{value}");
        }
        assert_eq!(tokens("unsubscribe-short").count(), 0);
        assert_eq!(tokens(&format!("unsubscribe {token}")).count(), 0);
    }

    #[test]
    fn a_head_ends_where_the_body_begins() {
        let fields = head(b"From x Mon\r\nSubject: a\r\n b\r\nTo: c\r\n\r\nCc: d\r\n");
        assert_eq!(fields, [("subject".to_owned(), " a b".to_owned()), ("to".to_owned(), " c".to_owned())]);
    }

    proptest! {
        #[test]
        fn nothing_that_comes_by_mail_breaks_it(raw in proptest::collection::vec(any::<u8>(), 0..600), text in "\\PC{0,200}") {
            let _ = head(&raw);
            let _ = tokens(&text).count();
            let _ = tokens(&format!("unsubscribe+{text}")).count();
        }
    }

    #[tokio::test]
    async fn hostile_mail_ends_nothing_and_no_error_either() {
        let house = TestHouse::open().await;
        let long = format!("Subject: {}", "unsubscribe-".repeat(100_000));
        for raw in [&b""[..], b"\xff\xfe\0", b"\r\n\r\n", b"Subject", long.as_bytes()] {
            assert_eq!(
                leave_by_mail(&house.app, raw, MailEnvelope::default()).await.unwrap(),
                MailedLeave::NotUnderstood
            );
        }
    }
}
