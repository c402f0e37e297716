//! Taking people out of a list that was brought in and waits: they have asked to be forgotten.
//!
//! It promises: a row that holds the address of one of them, in whatever column and however spelled, is blanks afterwards,
//! all of it; no other row is touched, and no byte changes its place, so that an import that was interrupted finds where it
//! was. Rows are told apart as [`super::reader`] tells them. Held to it by the tests below and
//! `tests/it/subscribers/erased_lists.rs`.

use super::reader::csv_of;
use crate::mail::EmailAddr;
use std::collections::HashSet;
use std::ops::Range;

/// An address is shorter than this: what is looked at piece by piece overlaps by so much.
pub(in crate::subscribers) const OVERLAP_BYTES: usize = 512;

/// Whether one of these people (by [`EmailAddr::key`]) is named.
pub(in crate::subscribers) fn names(bytes: &[u8], gone: &HashSet<String>) -> bool {
    let ats = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@');
    ats.map(|(at, _)| around(bytes, at)).any(|word| is_one_of(word, gone))
}

/// The longest that could be an address, around an `@`.
fn around(bytes: &[u8], at: usize) -> &[u8] {
    let is_local =
        |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"!#$%&'*+/=?^_`{|}~.-".contains(byte);
    let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b".-".contains(byte);
    let (before, after) = bytes.split_at(at);
    let local = before.iter().rev().take(OVERLAP_BYTES).take_while(|byte| is_local(byte)).count();
    let domain = after.iter().skip(1).take(OVERLAP_BYTES).take_while(|byte| is_domain(byte)).count();
    bytes.get(at - local..=at + domain).unwrap_or_default()
}

fn is_one_of(word: &[u8], gone: &HashSet<String>) -> bool {
    let word = String::from_utf8_lossy(word);
    // `=a@b`, `'a@b`, `a@b.`: what stands around it in a spreadsheet or a sentence.
    let word = word.trim_end_matches(['.', '-']);
    let bare = word.trim_start_matches(|letter: char| !letter.is_alphanumeric());
    [word, bare].iter().any(|word| {
        let word = word.to_lowercase();
        gone.contains(&word) || !word.is_ascii() && EmailAddr::parse(&word).is_ok_and(|it| gone.contains(&it.key()))
    })
}

/// Blanks the rows of these people; answers what was changed.
pub(in crate::subscribers) fn blank(list: &mut [u8], gone: &HashSet<String>) -> Vec<Range<usize>> {
    let blanked = rows_of(list, gone);
    for range in &blanked {
        // Line ends stay, so that the lines after it keep their numbers.
        let row = list.get_mut(range.clone()).unwrap_or_default();
        row.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
    blanked
}

fn rows_of(list: &[u8], gone: &HashSet<String>) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut csv = csv_of(list);
    let mut record = csv::ByteRecord::new();
    let place = |csv: &csv::Reader<&[u8]>| usize::try_from(csv.position().byte()).unwrap_or(list.len());
    let mut start = place(&csv);
    // What does not read as CSV is looked at to its end.
    while csv.read_byte_record(&mut record).is_ok_and(|is_row| is_row) {
        let end = place(&csv);
        if list.get(start..end).is_some_and(|row| names(row, gone)) {
            rows.push(start..end);
        }
        start = end;
    }
    if list.get(start..).is_some_and(|rest| names(rest, gone)) {
        rows.push(start..list.len());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(addresses: &[&str]) -> HashSet<String> {
        addresses.iter().map(|it| EmailAddr::parse(it).unwrap().key()).collect()
    }

    fn after(list: &str, addresses: &[&str]) -> String {
        let mut bytes = list.as_bytes().to_vec();
        blank(&mut bytes, &gone(addresses));
        assert_eq!(bytes.len(), list.len());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_whole_row_goes_and_no_other() {
        let list = "email,name\nada@a.example,Ada\nAna@A.example,Ana Quill\ndiana@a.example,Di\n";
        let blanks = " ".repeat("Ana@A.example,Ana Quill".len());
        assert_eq!(after(list, &["ana@a.example"]), list.replace("Ana@A.example,Ana Quill", &blanks));
        assert_eq!(after(list, &["na@a.example", "ana@a.exampl", "x@a.example"]), list);
    }

    #[test]
    fn it_is_found_in_any_column_and_spelling_and_over_line_ends() {
        let list = "name;note\r\n\"Quill\nAna\";\"write to <ANA@a.example>.\"\r\n=ben@b.example;x\r\nx;cleo@c.example";
        let all = after(list, &["ana@a.example", "ben@b.example", "cleo@c.example"]);
        assert!(!all.contains('@') && !all.contains("Quill") && !all.contains('x'), "{all:?}");
        assert_eq!(all.matches('\n').count(), list.matches('\n').count());
        let list = "email\nzo\u{eb}@b\u{fc}cher.example\nben@b.example\n";
        assert!(after(list, &["zo\u{eb}@xn--bcher-kva.example"]).ends_with(" \nben@b.example\n"));
    }
}
