//! What a relay offered in its answer to EHLO, and the envelope that can be written with it.
//!
//! Promises: what was not offered is not used; a mail that needs what this relay has not is refused here, with the
//! code that a relay would have given, and nothing of it is said. Pure.

use super::super::outcome::{Finality, Outcome};
use super::courier::Envelope;
use super::reply::Reply;

/// The same for whoever only wants to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offered {
    pub smtputf8: bool,
    pub eight_bit: bool,
    /// The most bytes that a mail may have; 0 is no limit, None is not said.
    pub size: Option<usize>,
}

pub(super) struct Offers {
    pub pipelining: bool,
    smtputf8: bool,
    eight_bit: bool,
    /// RFC 1870; the most bytes that a mail may have, 0 where it is not said.
    size: Option<usize>,
}

/// The ends of an envelope's commands in what is to be said.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// RSET went before it.
    pub reset: Option<usize>,
    pub mail: usize,
    pub rcpt: usize,
    pub data: usize,
}

impl Offers {
    pub fn of(answer: &Reply) -> Self {
        Self {
            pipelining: answer.offers("PIPELINING"),
            smtputf8: answer.offers("SMTPUTF8"),
            eight_bit: answer.offers("8BITMIME"),
            size: answer.offer("SIZE").map(|bytes| bytes.trim().parse().unwrap_or(0)),
        }
    }

    pub const fn offered(&self) -> Offered {
        Offered { smtputf8: self.smtputf8, eight_bit: self.eight_bit, size: self.size }
    }

    /// The refusal of a mail that this relay cannot carry.
    pub fn refusal(&self, relay: &str, envelope: &Envelope<'_>) -> Option<Outcome> {
        let refused = |code, enhanced: &str, reply: String| {
            let finality = Finality::Permanent;
            Some(Outcome::Rejected { code, enhanced: Some(enhanced.to_owned()), reply, finality })
        };
        if envelope.to.is_empty() || !is_path(envelope.to) || !is_path(envelope.sender) {
            return refused(553, "5.1.3", "the address cannot stand in an envelope".to_owned());
        }
        if needs_smtputf8(envelope) && !self.smtputf8 {
            // RFC 6531 3.2
            let reply = format!("relay {relay} does not offer SMTPUTF8, which this address needs");
            return refused(553, "5.6.7", reply);
        }
        if envelope.is_eight_bit && !self.eight_bit {
            let reply = format!("relay {relay} does not offer 8BITMIME, which this mail needs");
            return refused(554, "5.6.3", reply);
        }
        match (envelope.size, self.size) {
            (Some(size), Some(size_max)) if size_max > 0 && size > size_max => {
                let reply = format!("the mail has {size} bytes, and relay {relay} takes {size_max}");
                refused(552, "5.3.4", reply)
            }
            _ => None,
        }
    }

    /// Appends MAIL, RCPT and DATA.
    pub fn write(&self, envelope: &Envelope<'_>, into: &mut Vec<u8>) -> Asked {
        into.extend_from_slice(b"MAIL FROM:<");
        into.extend_from_slice(envelope.sender.as_bytes());
        into.push(b'>');
        if needs_smtputf8(envelope) {
            into.extend_from_slice(b" SMTPUTF8");
        }
        if envelope.is_eight_bit {
            into.extend_from_slice(b" BODY=8BITMIME");
        }
        if let (Some(size), Some(_)) = (envelope.size, self.size) {
            into.extend_from_slice(b" SIZE=");
            write_number(size, into);
        }
        into.extend_from_slice(b"\r\n");
        let mail = into.len();
        into.extend_from_slice(b"RCPT TO:<");
        into.extend_from_slice(envelope.to.as_bytes());
        into.extend_from_slice(b">\r\n");
        let rcpt = into.len();
        into.extend_from_slice(b"DATA\r\n");
        Asked { reset: None, mail, rcpt, data: into.len() }
    }
}

fn needs_smtputf8(envelope: &Envelope<'_>) -> bool {
    envelope.needs_smtputf8 || !envelope.to.is_ascii() || !envelope.sender.is_ascii()
}

/// Nothing that would end the path or the line.
fn is_path(address: &str) -> bool {
    !address.bytes().any(|byte| byte <= b' ' || matches!(byte, b'<' | b'>' | 0x7f))
}

fn write_number(number: usize, into: &mut Vec<u8>) {
    use std::io::Write as _;
    // A vector takes whatever is written to it.
    let _ = write!(into, "{number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(lines: &[&str]) -> Offers {
        let lines = [&["relay.example"], lines].concat().iter().map(|line| (*line).to_owned()).collect();
        Offers::of(&Reply { code: 250, lines })
    }

    fn to(address: &str) -> Envelope<'_> {
        Envelope { sender: "b@news.example", to: address, needs_smtputf8: false, is_eight_bit: false, size: Some(1000) }
    }

    fn said(offers: &Offers, envelope: &Envelope<'_>) -> String {
        let mut out = b"before\r\n".to_vec();
        let asked = offers.write(envelope, &mut out);
        assert_eq!((&out[asked.mail..][..5], &out[asked.rcpt..]), (b"RCPT ".as_slice(), b"DATA\r\n".as_slice()));
        assert_eq!(asked.data, out.len());
        String::from_utf8(out[8..asked.mail].to_vec()).unwrap().trim_end().to_owned()
    }

    fn code(offers: &Offers, envelope: &Envelope<'_>) -> Option<(u16, String)> {
        match offers.refusal("r:25", envelope)? {
            Outcome::Rejected { code, enhanced, finality: Finality::Permanent, .. } => Some((code, enhanced?)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_offered_is_used_and_nothing_else() {
        let everything = offers(&["PIPELINING", "SIZE 5000", "smtputf8", "8BITMIME"]);
        let nothing = offers(&[]);
        assert!(everything.pipelining && !nothing.pipelining);
        let eight_bit = Envelope { is_eight_bit: true, ..to("j\u{f6}rg@x.example") };
        let expected = "MAIL FROM:<b@news.example> SMTPUTF8 BODY=8BITMIME SIZE=1000";
        assert_eq!(said(&everything, &eight_bit), expected);
        assert_eq!(said(&nothing, &to("anna@x.example")), "MAIL FROM:<b@news.example>");
        assert_eq!(said(&nothing, &Envelope { sender: "", ..to("anna@x.example") }), "MAIL FROM:<>");
    }

    #[test]
    fn a_mail_that_the_relay_cannot_carry_is_refused_before_a_word_of_it() {
        let small = offers(&["SIZE 999"]);
        let found = |envelope| code(&small, &envelope).map(|(code, enhanced)| format!("{code} {enhanced}"));
        assert_eq!(found(to("anna@x.example")).as_deref(), Some("552 5.3.4"));
        let fitting = Envelope { size: Some(999), ..to("anna@x.example") };
        assert_eq!(found(fitting), None);
        assert_eq!(found(Envelope { size: None, ..fitting }), None);
        assert_eq!(found(Envelope { is_eight_bit: true, ..fitting }).as_deref(), Some("554 5.6.3"));
        assert_eq!(found(Envelope { needs_smtputf8: true, ..fitting }).as_deref(), Some("553 5.6.7"));
        assert_eq!(found(Envelope { to: "j\u{f6}rg@x.example", ..fitting }).as_deref(), Some("553 5.6.7"));
        for bad in ["", "a b@x.example", "a@x.example>\r\nRCPT TO:<b@x.example", "a\u{7f}@x.example"] {
            assert_eq!(found(Envelope { to: bad, ..fitting }).as_deref(), Some("553 5.1.3"), "{bad:?}");
            let unlimited = offers(&["SIZE 0", "8BITMIME"]);
            assert_eq!(code(&unlimited, &Envelope { sender: bad, ..to("anna@x.example") }).is_none(), bad.is_empty());
        }
    }
}
