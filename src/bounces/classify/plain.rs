//! A reply as bare words, so that one phrase matches all spellings.
//!
//! Letters are small and without accents, apostrophes are gone, everything else between words is one blank. Addresses
//! and host names are taken out: a user called "unknown" and a server called "spamfilter" say nothing. What names a
//! blocklist stays.

use crate::bounces::limits::SAID_BYTES_MAX;
use crate::bounces::mail::cut;

/// The farthest that the halves of `user*unknown` may lie apart, in bytes.
const GAP_BYTES_MAX: usize = 48;

/// The text, with a blank at both ends.
pub struct Plain(String);

impl Plain {
    pub fn of(text: &str) -> Self {
        let mut plain = String::with_capacity(text.len().min(SAID_BYTES_MAX) + 2);
        plain.push(' ');
        for word in cut(text, SAID_BYTES_MAX).split_whitespace() {
            if word.contains('@') {
                // What stands around an address in the same word is kept: `<a@b>:user`, `a@b...user`.
                let after = word.rsplit_once("...").or_else(|| word.rsplit_once(">:")).map_or("", |(_, after)| after);
                push_word(&mut plain, if after.contains('@') { "" } else { after });
            } else if !is_host(word) || names_a_list(word) {
                push_word(&mut plain, word);
            }
        }
        if !plain.ends_with(' ') {
            plain.push(' ');
        }
        // A mail gateway puts the code's general meaning before what was really said.
        Self(plain.replace(" unknown address error 5", " 5"))
    }

    /// Whether a phrase occurs. A blank at its end is a word's border; `*` is a gap.
    pub fn says(&self, phrase: &str) -> bool {
        // Most phrases do not occur at all; only the rest is worth a careful look.
        if !phrase.split('*').all(|half| self.has(half)) {
            return false;
        }
        let mut halves = phrase.split('*');
        let (Some(first), rest) = (halves.next(), halves) else { return false };
        let Some((second, third)) = ({
            let mut rest = rest;
            rest.next().map(|second| (second, rest.next()))
        }) else {
            return self.has(first);
        };
        self.0.match_indices(first).take(20).any(|(at, found)| {
            let Some(end) = self.near(at + found.len(), second) else { return false };
            third.is_none_or(|third| self.near(end, third).is_some())
        })
    }

    /// Whether one of the phrases occurs; they stand between bars.
    pub fn says_any(&self, phrases: &str) -> bool {
        phrases.split('|').any(|phrase| !phrase.is_empty() && self.says(phrase))
    }

    fn has(&self, words: &str) -> bool {
        memchr::memmem::find(self.0.as_bytes(), words.as_bytes()).is_some()
    }

    /// The end of a phrase that begins within reach.
    fn near(&self, from: usize, phrase: &str) -> Option<usize> {
        let rest = self.0.get(from..)?;
        let reach = cut(rest, GAP_BYTES_MAX + phrase.len());
        reach.find(phrase).map(|at| from + at + phrase.len())
    }
}

fn push_word(plain: &mut String, word: &str) {
    for c in word.chars() {
        match c {
            '\'' | '\u{2019}' | '`' | '\u{b4}' => {}
            c if c.is_alphanumeric() => {
                for c in c.to_lowercase() {
                    plain.push(fold(c));
                }
            }
            _ if plain.ends_with(' ') => {}
            _ => plain.push(' '),
        }
    }
    if !plain.ends_with(' ') {
        plain.push(' ');
    }
}

/// The letter without its accent, for the languages of `tongues.rs`.
fn fold(c: char) -> char {
    match c {
        '\u{e0}'..='\u{e5}' | '\u{105}' => 'a',
        '\u{e7}' | '\u{107}' | '\u{10d}' => 'c',
        '\u{e8}'..='\u{eb}' | '\u{119}' | '\u{11b}' => 'e',
        '\u{ec}'..='\u{ef}' => 'i',
        '\u{142}' => 'l',
        '\u{f1}' | '\u{144}' => 'n',
        '\u{f2}'..='\u{f6}' | '\u{f8}' => 'o',
        '\u{f9}'..='\u{fc}' => 'u',
        '\u{df}' | '\u{15b}' | '\u{161}' => 's',
        '\u{17a}' | '\u{17c}' | '\u{17e}' => 'z',
        '\u{451}' => '\u{435}',
        c => c,
    }
}

/// `mx1.example.org`, `http://x.example/y`, `[192.0.2.1]`. Names with capitals may be words (`RESOLVER.ADR.NotFound`).
fn is_host(word: &str) -> bool {
    if word.contains("://") || word.starts_with("www.") {
        return true;
    }
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let labels = || word.split(['.', ':', '[', '/']);
    word.contains('.')
        && labels().count() >= 2
        && word.split('.').all(|label| !label.is_empty())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_:[]/".contains(&b))
        && word.bytes().any(|b| b.is_ascii_lowercase())
}

fn names_a_list(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    [
        "spamhaus",
        "spamcop",
        "sorbs",
        "barracuda",
        "dnsbl",
        "senderscore",
        "senderbase",
        "abuseat",
        "surbl",
        "uribl",
        "groups.google",
    ]
    .iter()
    .any(|list| word.contains(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_bare_and_names_are_gone() {
        let cases = [
            ("550 <unknown@x.example>: User_Unknown!", " 550 user unknown "),
            ("Boîte d'Élise: n’existe pas", " boite delise nexiste pas "),
            ("see https://spam.example/x mx.spam.example[192.0.2.1]: ok.", " see ok "),
            ("blocked by zen.spamhaus.org", " blocked by zen spamhaus org "),
            ("RESOLVER.ADR.RecipNotFound; x", " resolver adr recipnotfound x "),
            ("a@x.example...no such user", " no such user "),
            ("", " "),
        ];
        for (text, plain) in cases {
            assert_eq!(Plain::of(text).0, plain);
        }
    }

    #[test]
    fn a_gap_is_short_and_in_order() {
        let plain = Plain::of("the mailbox of this user is full");
        assert!(plain.says("mailbox*full") && plain.says("mailbox*user*full") && plain.says(" is full "));
        assert!(!plain.says("full*mailbox") && !plain.says("mailbo full") && !plain.says(" mail "));
        assert!(!Plain::of(&format!("mailbox {} full", "x ".repeat(60))).says("mailbox*full"));
    }
}
