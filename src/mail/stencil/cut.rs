//! Where the slots are: what differs between the mails of two invented persons.
//!
//! Both mails are equally long, since no encoding changes the letters of a token. In headers and quoted-printable a slot
//! is where the bytes differ; in base64, where the decoded bytes do, rounded to threes. Which token it is tells the
//! letter that the second person has there.

use super::TOKEN_BYTES;
use super::pieces::{Piece, Pieces, THREES_BYTES_MAX, Threes, Whose};
use data_encoding::BASE64;
use std::ops::Range;

/// Whom the mails are composed for that are taken apart, and the one that proves the result.
pub(super) const ADDRESSES: [&str; 2] = ["person@stencil.invalid", "another.person+tag@a-longer-name.stencil.invalid"];
/// The letters of which the tokens consist: Message-ID, unsubscribe, preferences. The first person's are all the same.
pub(super) const TOKENS: [[u8; 3]; 3] = [*b"aaa", *b"bcd", *b"xyz"];

const BASE64_LINE: usize = 76;

/// Nothing if the two are not as this module knows mails.
pub(super) fn cut(one: Vec<u8>, other: &[u8], boundary: &str) -> Option<Pieces> {
    if one.len() != other.len() {
        return None;
    }
    let head = find(&one, b"\r\n\r\n", 0)? + 2;
    let [to, _] = ADDRESSES;
    let date = "Thu, 01 Jan 1970 00:00:00 +0000";
    let mut slots = vec![
        (value_of(one.get(..head)?, "Date: ", date)?, Piece::Date),
        (value_of(one.get(..head)?, "To: ", to)?, Piece::To),
    ];
    let mut at = 0;
    for body in base64_bodies(&one, boundary)? {
        slots.extend(letters(&one, other, at..body.start)?);
        slots.extend(threes(one.get(body.clone())?, other.get(body.clone())?, body.start)?);
        at = body.end;
    }
    slots.extend(letters(&one, other, at..one.len())?);
    slots.sort_by_key(|(range, _)| range.start);

    let mut list = Vec::with_capacity(slots.len() * 2 + 1);
    let mut at = 0;
    for (range, slot) in slots {
        if range.start < at {
            return None;
        }
        if range.start > at {
            list.push(Piece::Static(at..range.start));
        }
        list.push(slot);
        at = range.end;
    }
    list.push(Piece::Static(at..one.len()));
    Some(Pieces::new(one, list))
}

/// Where the value of a header stands that is exactly this.
fn value_of(head: &[u8], name: &str, value: &str) -> Option<Range<usize>> {
    let line = format!("{name}{value}\r\n");
    let start =
        if head.starts_with(line.as_bytes()) { 0 } else { find(head, format!("\r\n{line}").as_bytes(), 0)? + 2 };
    let start = start + name.len();
    Some(start..start + value.len())
}

/// The parts in base64, without what surrounds them.
fn base64_bodies(mail: &[u8], boundary: &str) -> Option<Vec<Range<usize>>> {
    let delimiter = format!("\r\n--{boundary}");
    let mut bodies = Vec::new();
    let mut delimiter_at = find(mail, delimiter.as_bytes(), 0)?;
    while let Some(start) = find(mail, b"\r\n\r\n", delimiter_at + delimiter.len()).map(|end| end + 4) {
        let end = find(mail, delimiter.as_bytes(), start)?;
        let part_head = mail.get(delimiter_at..start)?;
        if find(part_head, b"Content-Transfer-Encoding: base64\r\n", 0).is_some() {
            bodies.push(start..end);
        }
        delimiter_at = end;
    }
    Some(bodies)
}

/// The slots in headers and quoted-printable: each run of bytes that differ, as so many letters of a token.
fn letters(one: &[u8], other: &[u8], within: Range<usize>) -> Option<Vec<(Range<usize>, Piece)>> {
    let mut slots: Vec<(Range<usize>, Piece)> = Vec::new();
    let mut letter = 0;
    for (at, whose) in differences(one.get(within.clone())?, other.get(within.clone())?) {
        let (at, whose) = (within.start + at, whose?);
        match slots.last_mut() {
            Some((range, Piece::Token(last, letters))) if range.end == at && letter > 0 => {
                if *last != whose {
                    return None;
                }
                range.end += 1;
                letters.end += 1;
            }
            _ => slots.push((at..at + 1, Piece::Token(whose, letter..letter + 1))),
        }
        letter = (letter + 1) % TOKEN_BYTES;
    }
    (letter == 0).then_some(slots)
}

/// The slots of a body in base64 that begins at `offset`.
fn threes(one: &[u8], other: &[u8], offset: usize) -> Option<Vec<(Range<usize>, Piece)>> {
    let [one, other] = [one, other].map(|body| {
        let characters: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        BASE64.decode(&characters).ok()
    });
    let (one, other) = (one?, other?);
    let differing: Vec<(usize, Option<Whose>)> = differences(&one, &other).collect();
    let mut slots = Vec::new();
    for token in differing.chunks(TOKEN_BYTES) {
        let (start, whose) = *token.first()?;
        let is_whole = token.len() == TOKEN_BYTES
            && token.iter().zip(start..).all(|((at, its), expected)| *at == expected && *its == whose);
        if !is_whole {
            return None;
        }
        let (first, end) = (start / 3, (start + TOKEN_BYTES).div_ceil(3));
        let source = one.get(first * 3..end * 3)?;
        let mut plain = [0; THREES_BYTES_MAX];
        plain.get_mut(..source.len())?.copy_from_slice(source);
        // A four is never divided: a line holds nineteen.
        let place = |four: usize| offset + four * 4 + four * 4 / BASE64_LINE * 2;
        let room = BASE64_LINE - first * 4 % BASE64_LINE;
        let slot = Threes {
            whose: whose?,
            plain,
            used: source.len(),
            token_at: start - first * 3,
            line_end_after: (room < source.len() / 3 * 4).then_some(room),
        };
        slots.push((place(first)..place(end - 1) + 4, Piece::Base64(slot)));
    }
    Some(slots)
}

/// Where two equally long texts differ, and whose token that is.
fn differences<'a>(one: &'a [u8], other: &'a [u8]) -> impl Iterator<Item = (usize, Option<Whose>)> + 'a {
    let of = |letter: &u8| match letter {
        b'b' => Some(Whose::MessageId),
        b'c' => Some(Whose::Unsubscribe),
        b'd' => Some(Whose::Preferences),
        _ => None,
    };
    let pairs = one.iter().zip(other).enumerate().filter(|(_, (one, other))| one != other);
    pairs.map(move |(at, (_, other))| (at, of(other)))
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(what.len()).position(|window| window == what).map(|at| from + at)
}
