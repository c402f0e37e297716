//! Which mailbox: the server's address, who logs in, and the mailbox's name.

use data_encoding::BASE64_NOPAD;
use std::fmt;

/// How names and passwords are kept from strangers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS, or nothing; on loopback plain text will do where STARTTLS is not offered.
    StartTls,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
}

#[derive(Clone)]
pub struct Account {
    pub server: Server,
    pub user: String,
    pub password: String,
    /// As people read it, such as `INBOX` or `INBOX/Returned`.
    pub mailbox: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({}:{})", self.server.host, self.server.port)
    }
}

/// A mailbox's name as IMAP4rev1 spells it (RFC 3501 5.1.3), ready to stand between quotes.
pub fn spelled(name: &str) -> String {
    let mut out = String::new();
    let mut foreign: Vec<u8> = Vec::new();
    let flush = |out: &mut String, foreign: &mut Vec<u8>| {
        if !foreign.is_empty() {
            out.push('&');
            out.push_str(&BASE64_NOPAD.encode(foreign).replace('/', ","));
            out.push('-');
            foreign.clear();
        }
    };
    for c in name.chars() {
        if !(' '..='~').contains(&c) {
            foreign.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
            continue;
        }
        flush(&mut out, &mut foreign);
        match c {
            '&' => out.push_str("&-"),
            '"' | '\\' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    flush(&mut out, &mut foreign);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_in_seven_bits() {
        assert_eq!(spelled("INBOX/R\u{fc}ckl\u{e4}ufer"), "INBOX/R&APw-ckl&AOQ-ufer");
        assert_eq!(spelled("a&b \"c\\d\""), "a&-b \\\"c\\\\d\\\"");
        assert_eq!(spelled("\u{53f0}\u{5317}"), "&U,BTFw-");
        assert_eq!(spelled("x\r\nA9 LOGOUT"), "x&AA0ACg-A9 LOGOUT");
    }

    #[test]
    fn a_password_is_not_printed() {
        let server = Server { host: "mail.example".into(), port: 993, security: Security::Tls };
        let account = Account { server, user: "u".into(), password: "secret".into(), mailbox: "INBOX".into() };
        assert_eq!(format!("{account:?}"), "Account(mail.example:993)");
    }
}
