//! Reading a list's CSV row by row, from any place in it.
//!
//! Comma, semicolon and tab are told apart by the header. Bytes that are not UTF-8 are replaced, and the address check
//! then refuses the row. A place is the number of the byte at which a row begins: an import that was interrupted goes on
//! there. It knows nothing of what the columns mean.

use std::io::{self, Read, Seek, SeekFrom};

/// The start of a file that is looked at for its separator.
const SNIFF_BYTES: u64 = 8 * 1024;
const SNIFF_HEAD_BYTES: usize = 8 * 1024;
const BUFFER_BYTES: usize = 128 * 1024;

/// Where a row begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub bytes: u64,
    pub line: u64,
}

pub(super) struct LineReader<R> {
    csv: csv::Reader<R>,
    /// Before them stands a byte order mark.
    bom_bytes: u64,
}

/// A line and its row; `None` if it is not readable as CSV.
pub(super) type Line = (u64, Option<csv::ByteRecord>);

/// The rows of a list that is whole in memory, its first line among them.
pub(super) fn csv_of(list: &[u8]) -> csv::Reader<&[u8]> {
    let head = list.get(..list.len().min(SNIFF_HEAD_BYTES)).unwrap_or_default();
    csv::ReaderBuilder::new().delimiter(separator_of(head)).flexible(true).has_headers(false).from_reader(list)
}

impl<R: Read + Seek> LineReader<R> {
    pub(super) fn open(mut reader: R) -> Result<Self, csv::Error> {
        let mut head = Vec::new();
        reader.seek(SeekFrom::Start(0))?;
        reader.by_ref().take(SNIFF_BYTES).read_to_end(&mut head)?;
        let bom_bytes = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        reader.seek(SeekFrom::Start(bom_bytes))?;
        let csv = csv::ReaderBuilder::new()
            .delimiter(separator_of(&head))
            .flexible(true)
            .has_headers(true)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(reader);
        Ok(Self { csv, bom_bytes })
    }

    /// The names of the columns; none for an empty file.
    pub(super) fn header(&mut self) -> Result<Vec<String>, csv::Error> {
        Ok(self.csv.byte_headers()?.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
    }

    /// Where the next row begins.
    pub(super) fn place(&self) -> Place {
        let position = self.csv.position();
        Place { bytes: self.bom_bytes + position.byte(), line: position.line() }
    }

    pub(super) fn go_to(&mut self, place: Place) -> Result<(), csv::Error> {
        let mut position = csv::Position::new();
        position.set_byte(place.bytes.saturating_sub(self.bom_bytes)).set_line(place.line);
        self.csv.seek_raw(SeekFrom::Start(place.bytes), position)
    }

    /// The next rows with their lines; no rows is the end.
    pub(super) fn batch(&mut self, rows_max: usize) -> Result<Vec<Line>, csv::Error> {
        let mut out = Vec::with_capacity(rows_max);
        let mut record = csv::ByteRecord::new();
        while out.len() < rows_max {
            match self.csv.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) if record.iter().all(|field| field.trim_ascii().is_empty()) => {}
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    out.push((line, Some(std::mem::take(&mut record))));
                }
                Err(error) if error.is_io_error() => return Err(error),
                Err(error) => out.push((error.position().map_or(0, csv::Position::line), None)),
            }
        }
        Ok(out)
    }
}

fn separator_of(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| line.iter().filter(|byte| **byte == wanted).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|wanted| count(*wanted)).unwrap_or(b',')
}

/// The digest of a whole file, and how many lines it has at most.
pub(super) fn digest(reader: &mut (impl Read + Seek)) -> io::Result<([u8; 32], u64)> {
    reader.seek(SeekFrom::Start(0))?;
    let mut digest = crate::base::hash::Sha256::default();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut lines = 1;
    loop {
        let count = reader.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        digest.update(bytes);
        lines += bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
    }
    Ok((digest.finish(), lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    #[test]
    fn the_separator_and_a_byte_order_mark_are_recognised() {
        let header = |text: &str| LineReader::open(Cursor::new(text.to_owned())).unwrap().header().unwrap();
        assert_eq!(header("\u{feff}Email Address;First Name\n"), ["Email Address", "First Name"]);
        assert_eq!(header("id\tname\tE-Mail\n"), ["id", "name", "E-Mail"]);
        assert!(header("").is_empty());
    }

    proptest! {
        #[test]
        fn reading_goes_on_from_any_place_as_if_it_had_never_stopped(
            bom in any::<bool>(), rows in prop::collection::vec("[a\",;\r\n@é ]{0,12}", 0..20), at in 0usize..20
        ) {
            let text = format!("{}email\n{}", if bom { "\u{feff}" } else { "" }, rows.join("\n"));
            let open = || {
                let mut reader = LineReader::open(Cursor::new(text.clone())).unwrap();
                reader.header().unwrap();
                reader
            };
            let all = open().batch(100).unwrap();
            let mut first = open();
            let mut found = first.batch(at).unwrap();
            let mut second = open();
            second.go_to(first.place()).unwrap();
            found.extend(second.batch(100).unwrap());
            let cells = |lines: &[Line]| -> Vec<(u64, Option<Vec<Vec<u8>>>)> {
                lines.iter().map(|(line, row)| (*line, row.as_ref().map(|row| row.iter().map(<[u8]>::to_vec).collect()))).collect()
            };
            prop_assert_eq!(cells(&all), cells(&found));
        }
    }
}
