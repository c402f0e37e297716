//! The cut mail: pieces of bytes that everybody has, and between them the slots of one person.

use super::date::{self, DATE_BYTES};
use super::dots::stuff_part;
use super::{Person, TOKEN_BYTES};
use crate::mail::EmailAddr;
use data_encoding::BASE64;
use std::ops::Range;

/// A token of 44 bytes touches at most 16 threes.
pub(super) const THREES_BYTES_MAX: usize = 48;
const FOURS_BYTES_MAX: usize = THREES_BYTES_MAX / 3 * 4;

#[derive(Debug)]
pub(super) struct Pieces {
    bytes: Vec<u8>,
    list: Vec<Piece>,
    /// Without the address.
    length: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    /// Of the bytes that everybody has.
    Static(Range<usize>),
    To,
    Date,
    /// Letters of a token as they are: in a header, or in quoted-printable, where a soft line break may divide it.
    Token(Whose, Range<usize>),
    Base64(Threes),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whose {
    MessageId,
    Unsubscribe,
    Preferences,
}

/// A token in base64, with the one or two static bytes on either side that share a three with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Threes {
    pub whose: Whose,
    pub plain: [u8; THREES_BYTES_MAX],
    /// A multiple of three.
    pub used: usize,
    /// Where the token stands in `plain`.
    pub token_at: usize,
    /// Encoded characters before the line ends, if it does inside.
    pub line_end_after: Option<usize>,
}

impl Pieces {
    pub(super) fn new(bytes: Vec<u8>, list: Vec<Piece>) -> Self {
        let length = list.iter().map(Piece::bytes).sum();
        Self { bytes, list, length }
    }

    pub(super) fn bytes(&self, to: &EmailAddr) -> usize {
        self.length + to.bytes()
    }

    pub(super) fn write(&self, person: &Person<'_>, into: &mut Vec<u8>) {
        into.reserve(self.bytes(person.to));
        for piece in &self.list {
            match piece {
                Piece::Static(range) => into.extend_from_slice(self.bytes.get(range.clone()).unwrap_or_default()),
                Piece::To => person.to.expose_into(into),
                Piece::Date => date::write(person.date, into),
                Piece::Token(whose, range) => {
                    into.extend_from_slice(whose.token(person).get(range.clone()).unwrap_or_default());
                }
                Piece::Base64(threes) => threes.write(threes.whose.token(person), into),
            }
        }
    }

    /// With the dots of the static pieces stuffed; nothing if there are none. A slot holds no line end and is never
    /// empty, so that what follows it does not begin a line, and does not itself begin with a dot.
    pub(super) fn stuffed(&self) -> Option<Self> {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut list = Vec::with_capacity(self.list.len());
        let mut begins_a_line = true;
        for piece in &self.list {
            match piece {
                Piece::Static(range) => {
                    let from = bytes.len();
                    let part = self.bytes.get(range.clone()).unwrap_or_default();
                    stuff_part(part, begins_a_line, &mut bytes);
                    list.push(Piece::Static(from..bytes.len()));
                    begins_a_line = part.ends_with(b"\n");
                }
                slot => {
                    list.push(slot.clone());
                    begins_a_line = false;
                }
            }
        }
        let stuffed = Self::new(bytes, list);
        (stuffed.length > self.length).then_some(stuffed)
    }
}

impl Piece {
    fn bytes(&self) -> usize {
        match self {
            Self::Static(range) | Self::Token(_, range) => range.len(),
            Self::To => 0,
            Self::Date => DATE_BYTES,
            Self::Base64(threes) => threes.used / 3 * 4 + if threes.line_end_after.is_some() { 2 } else { 0 },
        }
    }
}

impl Whose {
    fn token<'a>(self, person: &'a Person<'_>) -> &'a [u8; TOKEN_BYTES] {
        match self {
            Self::MessageId => &person.message_id.0,
            Self::Unsubscribe => &person.unsubscribe.0,
            Self::Preferences => &person.preferences.0,
        }
    }
}

impl Threes {
    fn write(&self, token: &[u8; TOKEN_BYTES], into: &mut Vec<u8>) {
        let mut plain = self.plain;
        if let Some(room) = plain.get_mut(self.token_at..self.token_at + TOKEN_BYTES) {
            room.copy_from_slice(token);
        }
        let mut fours = [0; FOURS_BYTES_MAX];
        let plain = plain.get(..self.used).unwrap_or_default();
        let Some(fours) = fours.get_mut(..BASE64.encode_len(plain.len())) else { return };
        BASE64.encode_mut(plain, fours);
        let (line, next) = fours.split_at_checked(self.line_end_after.unwrap_or(0)).unwrap_or((&[], fours));
        into.extend_from_slice(line);
        if self.line_end_after.is_some() {
            into.extend_from_slice(b"\r\n");
        }
        into.extend_from_slice(next);
    }
}
