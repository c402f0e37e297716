//! What may be kept of a relay's words. Pure.
//!
//! Promises: of whoever a mail is for, no address stands in them, in whatever spelling relays use (`anna%40x.example`,
//! `anna at x.example`); of a web address, the host alone, since paths and queries carry tokens and addresses; in what is
//! said about nobody in particular, no address at all. It does not know names, nor a local part by itself. Held to it by
//! the tests here.

use crate::mail::EmailAddr;

const MASK: &str = "***";
/// Between the two halves of an address.
const BETWEEN: &[&str] = &["@", "%40", "=40", "&#64;", "&#x40;", "=", "[at]", "(at)", "<at>", "_at_"];

/// A relay's words about a mail to this reader.
pub(super) fn without_reader(words: &str, reader: Option<&EmailAddr>) -> String {
    let words = without_paths(words);
    let Some(reader) = reader else { return words };
    let address = reader.expose().to_ascii_lowercase();
    let Some((local, domain)) = address.rsplit_once('@') else { return words };
    // The same length byte by byte, so that a place in one is the place in the other.
    let folded = words.to_ascii_lowercase();
    if !folded.contains(domain) {
        return words;
    }
    let locals = [local.to_owned(), local.replace('+', "%2b")];
    let mut kept = String::with_capacity(words.len());
    let mut from = 0;
    let mut before = None;
    for (at, letter) in folded.char_indices() {
        let rest = folded.get(at..).unwrap_or_default();
        if at >= from
            && let Some(length) = spelled(rest, before, &locals, domain)
        {
            kept.push_str(words.get(from..at).unwrap_or_default());
            kept.push_str(MASK);
            from = at + length;
        }
        before = Some(letter);
    }
    kept.push_str(words.get(from..).unwrap_or_default());
    kept
}

/// How many bytes of `rest` are the address, in one spelling or another.
fn spelled(rest: &str, before: Option<char>, locals: &[String], domain: &str) -> Option<usize> {
    for local in locals {
        let Some(after) = rest.strip_prefix(local.as_str()) else { continue };
        let after = after.strip_prefix('"').unwrap_or(after);
        let between = after.trim_start();
        let halves = BETWEEN.iter().find_map(|it| between.strip_prefix(it)).or_else(|| {
            // A word of its own, between words: "at" is within many others.
            let is_word = between.len() < after.len() && !before.is_some_and(char::is_alphanumeric);
            between.strip_prefix("at").filter(|it| is_word && it.starts_with(char::is_whitespace))
        });
        if let Some(end) = halves.and_then(|it| it.trim_start().strip_prefix(domain)) {
            return Some(rest.len() - end.len());
        }
    }
    None
}

/// Words that are kept about a relay or a provider, and not about a mail.
pub(super) fn of_nobody(words: &str) -> String {
    let words = without_paths(words);
    let is_local = |letter: char| letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter);
    let mut kept = String::with_capacity(words.len());
    let mut parts = words.split('@').peekable();
    while let Some(part) = parts.next() {
        let is_address = parts.peek().is_some_and(|domain| domain.starts_with(|letter: char| letter.is_alphanumeric()));
        let local = part.trim_end_matches(is_local);
        if is_address && local.len() < part.len() {
            kept.push_str(local);
            kept.push_str(MASK);
        } else {
            kept.push_str(part);
        }
        if parts.peek().is_some() {
            kept.push('@');
        }
    }
    kept
}

/// Words that strangers wrote, kept about nobody or somebody: no address, in whatever spelling, and nothing that may be a
/// token of ours or a piece of one.
pub(super) fn of_strangers(words: &str, reader: Option<&EmailAddr>) -> String {
    let plain = ["%40", "=40", "&#64;", "&#x40;"].iter().fold(words.to_owned(), |text, at| text.replace(at, "@"));
    let masked = of_nobody(&without_reader(words, reader));
    // Where an address shows only in another spelling, that spelling is kept masked.
    let masked = if plain == words { masked } else { of_nobody(&without_reader(&plain, reader)) };
    without_tokens(&masked)
}

/// As many letters and digits in a row as no word, code or queue number has.
const TOKEN_CHARS_MIN: usize = 20;

fn without_tokens(words: &str) -> String {
    let mut kept = String::with_capacity(words.len());
    let mut run = String::new();
    for letter in words.chars().chain(std::iter::once(' ')) {
        if letter.is_ascii_alphanumeric() {
            run.push(letter);
            continue;
        }
        kept.push_str(if run.len() >= TOKEN_CHARS_MIN { MASK } else { &run });
        run.clear();
        kept.push(letter);
    }
    kept.pop();
    kept
}

/// Every web address cut behind its host, also one without `https://`.
fn without_paths(words: &str) -> String {
    if !words.contains(['/', '?']) {
        return words.to_owned();
    }
    let is_end = |letter: char| letter.is_whitespace() || "<>\"'()[]{}|,;".contains(letter);
    words.split_inclusive(is_end).map(without_path).collect()
}

fn without_path(word: &str) -> String {
    let is_end = |letter: char| letter.is_whitespace() || "<>\"'()[]{}|,;".contains(letter);
    let (bare, end) = word.split_at(word.trim_end_matches(is_end).len());
    let (scheme, rest) = match bare.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), bare),
    };
    let Some(cut) = rest.find(['/', '?', '#']) else {
        return match rest.rsplit_once('@') {
            Some((_, host)) if !scheme.is_empty() => format!("{scheme}{MASK}@{host}{end}"),
            _ => word.to_owned(),
        };
    };
    let (host, path) = rest.split_at(cut);
    // `4.7.1/2` and `and/or` are no web addresses.
    let last = host.rsplit('.').next().filter(|it| it.len() < host.len()).unwrap_or_default();
    let is_host = last.len() >= 2 && last.chars().all(|letter| letter.is_ascii_alphabetic());
    if (scheme.is_empty() && !is_host) || path.len() <= 1 {
        return word.to_owned();
    }
    let host = host.rsplit_once('@').map_or_else(|| host.to_owned(), |(_, host)| format!("{MASK}@{host}"));
    format!("{scheme}{host}/{MASK}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_kept_without_the_address_it_repeats() {
        let anna = EmailAddr::parse("Anna@a.example").unwrap();
        let kept = |reply: &str| without_reader(reply, Some(&anna));
        assert_eq!(kept("5.1.1 <anna@A.example>: unknown; ANNA@a.example"), "5.1.1 <***>: unknown; ***");
        assert_eq!(kept("5.7.1 \u{130}stanbul: ben@a.example"), "5.7.1 \u{130}stanbul: ben@a.example");
        assert_eq!(without_reader("as it is", None), "as it is");
    }

    #[test]
    fn whatever_way_a_relay_spells_it_the_address_is_not_kept() {
        let reader = EmailAddr::parse("r1+news@outlook.com").unwrap();
        for spelled in [
            "r1+news@outlook.com",
            "R1+News @ Outlook.com",
            "r1+news%40outlook.com",
            "r1%2Bnews%40outlook.com",
            "r1+news at outlook.com",
            "\u{e9} r1+news [at] outlook.com",
            "r1+news(at)outlook.com",
            "bounces-r1+news=outlook.com@relay.example",
            "\"r1+news\"@outlook.com",
        ] {
            let kept = without_reader(&format!("550 no {spelled}; r1+news@outlook.com"), Some(&reader));
            assert!(!kept.to_lowercase().contains("news") && kept.contains("***"), "{kept}");
            assert!(kept.starts_with("550 no ") && kept.ends_with("; ***"), "{kept}");
        }
        let at = EmailAddr::parse("l@a.example").unwrap();
        assert_eq!(without_reader("mail at a.example", Some(&at)), "mail at a.example", "a word, and no address");
    }

    #[test]
    fn of_a_web_address_the_host_alone_is_kept() {
        for (said, kept) in [
            ("see https://x.example/u/abc?m=r1@x.example&t=1 now", "see https://x.example/*** now"),
            ("(https://x.example/q?ip=192.0.2.1), S3150", "(https://x.example/***), S3150"),
            ("see x.example/unblock?t=1", "see x.example/***"),
            ("see x.example?t=1", "see x.example/***"),
            ("https://user:secret@x.example", "https://***@x.example"),
            ("https://x.example/ and http://y.example", "https://x.example/ and http://y.example"),
            ("4.7.1/2 and/or Postfix/smtpd?", "4.7.1/2 and/or Postfix/smtpd?"),
        ] {
            assert_eq!(without_reader(said, None), kept);
        }
    }

    #[test]
    fn of_what_strangers_write_neither_an_address_nor_a_token_is_kept() {
        let token = "aeaadgymnruqgzckjdtmkdlh42k7bijastw7verjj6va";
        let anna = EmailAddr::parse("h45@harbour.example").unwrap();
        for words in [
            format!("550 b-{token} at bounces.news.example"),
            format!("see http://news.example/unsubscribe/ {token}"),
            format!("the end of one: {}", &token[20..]),
            "h45=40harbour.example h45_at_harbour.example h45&#x40;harbour.example".to_owned(),
            "victim%40foo.example".to_owned(),
        ] {
            let kept = of_strangers(&words, Some(&anna));
            assert!(kept.contains(MASK) && !kept.contains("h45") && !kept.contains("victim"), "{kept}");
            assert!(!kept.contains(&token[24..]), "{kept}");
        }
        assert_eq!(
            of_strangers("550 5.1.1 User unknown (in reply to RCPT TO)", None),
            "550 5.1.1 User unknown (in reply to RCPT TO)"
        );
    }

    #[test]
    fn what_is_said_about_a_relay_names_nobody() {
        assert_eq!(
            of_nobody("553 <b-1@x.example>, r1@y.example: see https://z.example/?u=r1@y.example"),
            "553 <***@x.example>, ***@y.example: see https://z.example/***"
        );
        assert_eq!(of_nobody("452 @ 5 o'clock, a @ b"), "452 @ 5 o'clock, a @ b");
    }
}
