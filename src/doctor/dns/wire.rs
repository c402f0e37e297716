//! DNS messages as octets (RFC 1035 4, RFC 6891 for the size of answers). Pure.
//!
//! Promises: any octets decode to a message or to nothing, without a panic, in time linear in their number: a
//! compression pointer may only point backwards, behind every octet that the name has used so far, so a loop ends at
//! once. Strings of TXT records are kept as octets, one by one, since how a key was split is what the doctor looks at.
//! What stands in the authority and additional sections is not read. The laws at the end hold it.

use super::data::{Data, Kind};
use crate::doctor::name::{Name, WIRE_BYTES_MAX};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What an answer by UDP may hold, small enough not to be fragmented on the way (the DNS flag day's number).
const UDP_BYTES_MAX: u16 = 1232;
/// Records of one answer that are looked at; no sane name has more.
const RECORDS_MAX: u16 = 2000;
const HEADER_BYTES: usize = 12;
const CLASS_IN: u16 = 1;
const TYPE_OPT: u16 = 41;
const FLAG_RESPONSE: u16 = 0x8000;
const FLAG_TRUNCATED: u16 = 0x0200;
const FLAG_RECURSION_DESIRED: u16 = 0x0100;

/// A question in octets.
pub(super) struct Query {
    pub bytes: Vec<u8>,
    question_end: usize,
}

impl Query {
    /// `with_size` adds the OPT record that allows long answers by UDP; some old servers refuse it.
    pub fn new(id: u16, name: &Name, kind: Kind, with_size: bool) -> Self {
        let mut bytes = Vec::new();
        for number in [id, FLAG_RECURSION_DESIRED, 1, 0, 0, u16::from(with_size)] {
            bytes.extend(number.to_be_bytes());
        }
        for label in name.labels() {
            // A label of a name has 63 octets at most.
            bytes.push(u8::try_from(label.len()).unwrap_or(0));
            bytes.extend(label);
        }
        bytes.push(0);
        bytes.extend(kind.code().to_be_bytes());
        bytes.extend(CLASS_IN.to_be_bytes());
        let question_end = bytes.len();
        if with_size {
            bytes.push(0);
            bytes.extend(TYPE_OPT.to_be_bytes());
            bytes.extend(UDP_BYTES_MAX.to_be_bytes());
            bytes.extend([0; 6]);
        }
        Self { bytes, question_end }
    }

    /// Whether these octets claim to answer it: the same id and question. A refusal may leave the question out.
    pub fn is_answered_by(&self, bytes: &[u8]) -> bool {
        let same_id = bytes.get(..2).is_some_and(|id| self.bytes.get(..2) == Some(id));
        let Some(flags) = number_at(bytes, 2).filter(|flags| flags & FLAG_RESPONSE != 0 && same_id) else {
            return false;
        };
        let asked = self.bytes.get(HEADER_BYTES..self.question_end).unwrap_or_default();
        match number_at(bytes, 4) {
            Some(0) => flags & 0x000f != 0,
            Some(1) => bytes.get(HEADER_BYTES..self.question_end).is_some_and(|it| it.eq_ignore_ascii_case(asked)),
            _ => false,
        }
    }
}

/// The parts of an answer that matter here.
#[derive(Debug)]
pub(super) struct Message {
    pub is_truncated: bool,
    /// The response code (RFC 1035 4.1.1).
    pub code: u8,
    pub answers: Vec<(Name, Data)>,
}

/// Reads an answer; `None` if it is malformed. A truncated one is taken as far as it goes.
pub(super) fn decode(bytes: &[u8]) -> Option<Message> {
    let flags = number_at(bytes, 2)?;
    let is_truncated = flags & FLAG_TRUNCATED != 0;
    let mut message = Message { is_truncated, code: (flags & 0x000f) as u8, answers: Vec::new() };
    let (questions, count) = (number_at(bytes, 4)?, number_at(bytes, 6)?);
    let mut at = HEADER_BYTES;
    for _ in 0..questions.min(RECORDS_MAX) {
        at = name_at(bytes, at)?.1 + 4;
    }
    for _ in 0..count.min(RECORDS_MAX) {
        match record_at(bytes, at) {
            Some((answer, next)) => {
                message.answers.extend(answer);
                at = next;
            }
            None if is_truncated => break,
            None => return None,
        }
    }
    Some(message)
}

/// A record, unless it is of a kind that is not asked for here, and where the next one begins.
fn record_at(bytes: &[u8], at: usize) -> Option<(Option<(Name, Data)>, usize)> {
    let (owner, at) = name_at(bytes, at)?;
    let (kind, class) = (number_at(bytes, at)?, number_at(bytes, at + 2)?);
    let start = at + 10;
    let end = start + usize::from(number_at(bytes, at + 8)?);
    let data = bytes.get(start..end)?;
    // Names in data may point back into the message, but not reach beyond the data.
    let name = |at: usize| name_at(bytes, at).filter(|(_, next)| *next <= end).map(|(name, _)| name);
    let data = match Kind::of_code(kind).filter(|_| class == CLASS_IN) {
        None => return Some((None, end)),
        Some(Kind::A) => Data::A(Ipv4Addr::from(<[u8; 4]>::try_from(data).ok()?)),
        Some(Kind::Aaaa) => Data::Aaaa(Ipv6Addr::from(<[u8; 16]>::try_from(data).ok()?)),
        Some(Kind::Mx) => Data::Mx(number_at(data, 0)?, name(start + 2)?),
        Some(Kind::Txt) => Data::Txt(strings(data)?),
        Some(Kind::Cname) => Data::Cname(name(start)?),
        Some(Kind::Ptr) => Data::Ptr(name(start)?),
        Some(Kind::Ns) => Data::Ns(name(start)?),
        Some(Kind::Soa) => Data::Soa(name(start)?),
    };
    Some((Some((owner, data)), end))
}

fn strings(mut data: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut strings = Vec::new();
    while let Some((length, rest)) = data.split_first() {
        let (string, rest) = rest.split_at_checked(usize::from(*length))?;
        strings.push(string.to_vec());
        data = rest;
    }
    Some(strings)
}

/// A name, and where what stands behind it begins.
fn name_at(bytes: &[u8], mut at: usize) -> Option<(Name, usize)> {
    let mut labels = Vec::new();
    let mut total = 1;
    let mut behind = None;
    // Each pointer must go further back than all before it.
    let mut floor = at;
    loop {
        let length = *bytes.get(at)?;
        match length {
            0 => return Some((Name::from_labels(labels.into_iter()).ok()?, behind.unwrap_or(at + 1))),
            1..=63 => {
                let end = at + 1 + usize::from(length);
                labels.push(bytes.get(at + 1..end)?.to_vec());
                total += 1 + usize::from(length);
                if total > WIRE_BYTES_MAX {
                    return None;
                }
                at = end;
            }
            192.. => {
                let target = usize::from(number_at(bytes, at)? & 0x3fff);
                if target >= floor {
                    return None;
                }
                behind = behind.or(Some(at + 2));
                floor = target;
                at = target;
            }
            _ => return None,
        }
    }
}

fn number_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(u16::from_be_bytes(pair))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    /// An answer to a question for `a.example`, with these octets for records.
    fn answer(count: u8, records: &[u8]) -> Vec<u8> {
        let mut bytes = Query::new(7, &name("a.example"), Kind::Txt, false).bytes;
        bytes[2] |= 0x80;
        bytes[7] = count;
        bytes.extend(records);
        bytes
    }

    #[test]
    fn a_question_is_laid_out_as_rfc_1035_says() {
        let query = Query::new(0x0102, &name("a.Example"), Kind::Mx, true).bytes;
        assert_eq!(query[..12], [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(query[12..27], *b"\x01a\x07example\x00\x00\x0f\x00\x01");
        assert_eq!(query[27..], [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn only_an_answer_to_this_very_question_is_taken() {
        let query = Query::new(7, &name("a.example"), Kind::Txt, true);
        assert!(query.is_answered_by(&answer(0, b"")));
        assert!(!query.is_answered_by(&query.bytes), "a question is no answer");
        let mut other_id = answer(0, b"");
        other_id[1] = 8;
        assert!(!query.is_answered_by(&other_id));
        let mut other_name = answer(0, b"");
        other_name[13] = b'b';
        assert!(!query.is_answered_by(&other_name));
        let mut refusal = answer(0, b"")[..12].to_vec();
        refusal[5] = 0;
        assert!(!query.is_answered_by(&refusal), "no question and no refusal");
        refusal[3] |= 5;
        assert!(query.is_answered_by(&refusal));
    }

    #[test]
    fn strings_stay_apart_and_need_not_be_text() {
        let record = b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x00\x00\x07\x01a\x00\x03\xff\x00b";
        let message = decode(&answer(1, record)).unwrap();
        let expected = Data::Txt(vec![b"a".to_vec(), vec![], b"\xff\x00b".to_vec()]);
        assert_eq!(message.answers, [(name("a.example"), expected)]);
    }

    #[test]
    fn pointers_that_loop_or_lead_forward_are_refused() {
        let cname =
            |target: [u8; 2]| [b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x00\x00\x02".as_slice(), &target].concat();
        let own_data = u8::try_from(answer(0, b"").len() + 12).unwrap();
        assert!(decode(&answer(1, &cname([0xc0, 12]))).is_some());
        assert!(decode(&answer(1, &cname([0xc0, own_data]))).is_none(), "to itself");
        assert!(decode(&answer(1, &cname([0xc0, own_data + 1]))).is_none(), "forward");
        assert!(decode(&answer(1, &cname([0xff, 0xff]))).is_none(), "out of the message");
        // A name whose tail points back to its own head.
        let looped = b"\x01x\xc0\x1b\x00\x05\x00\x01\x00\x00\x00\x00\x00\x00";
        assert!(decode(&answer(1, looped)).is_none());
        // Two pointers at each other, far in front of the name that leads to them.
        let pair = own_data;
        let data = [0xc0, pair + 2, 0xc0, pair];
        let first = [b"\xc0\x0c\x00\x63\x00\x01\x00\x00\x00\x00\x00\x04".as_slice(), &data].concat();
        let second = [&[0xc0, pair + 2], b"\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00".as_slice()].concat();
        assert!(decode(&answer(1, &first)).is_some(), "nobody reads them there");
        assert!(decode(&answer(2, &[first, second].concat())).is_none());
    }

    #[test]
    fn what_is_cut_is_malformed_unless_it_says_so() {
        let mut bytes = answer(1, b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x00\x00\x09\x01a");
        assert!(decode(&bytes).is_none());
        bytes[2] |= 0x02;
        assert!(decode(&bytes).is_some_and(|message| message.is_truncated && message.answers.is_empty()));
    }

    #[test]
    fn records_of_other_kinds_and_classes_are_passed_over() {
        let other_kind = b"\xc0\x0c\x00\x63\x00\x01\x00\x00\x00\x00\x00\x01a".as_slice();
        let other_class = b"\xc0\x0c\x00\x10\x00\x03\x00\x00\x00\x00\x00\x02\x01a".as_slice();
        assert!(decode(&answer(2, &[other_kind, other_class].concat())).unwrap().answers.is_empty());
    }

    proptest! {
        #[test]
        fn no_octets_panic(bytes: Vec<u8>, records in proptest::collection::vec(any::<u8>(), 0..200), count: u8) {
            let _ = decode(&bytes);
            let query = Query::new(7, &name("a.example"), Kind::Txt, false);
            query.is_answered_by(&bytes);
            let _ = decode(&answer(count, &records));
        }

        #[test]
        fn a_name_comes_back_as_it_was_asked(labels in proptest::collection::vec("[a-z0-9_.\\\\ -]{1,63}", 0..6)) {
            if let Ok(name) = Name::from_labels(labels.into_iter().map(String::into_bytes)) {
                let query = Query::new(1, &name, Kind::A, false);
                let read = name_at(&query.bytes, HEADER_BYTES);
                prop_assert_eq!(read, Some((name, query.question_end - 4)));
            }
        }
    }
}
