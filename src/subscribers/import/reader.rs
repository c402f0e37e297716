//! Reading a list's CSV row by row, from any place in it.
//!
//! Comma, semicolon and tab are told apart by the header. A place is the number of the byte at which a row begins: an
//! import that was interrupted goes on there. A row's line is the one at which an editor shows it, whatever the lines end
//! with (LF, CRLF as spreadsheets write it, CR alone) and however many of them are empty. It knows nothing of what the
//! columns mean.

use std::collections::VecDeque;
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
    csv: csv::Reader<Watched<R>>,
    /// Before them stands a byte order mark.
    bom_bytes: u64,
    lines: LineCount,
}

/// A file, and what was read of it ahead of the rows.
struct Watched<R> {
    file: R,
    ahead: VecDeque<u8>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.ahead.extend(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl<R: Seek> Seek for Watched<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.ahead.clear();
        self.file.seek(to)
    }
}

/// Which line we are at. The reader of CSV counts `\n` alone, and is inside of a line's end where a row ends with two bytes.
struct LineCount {
    /// Byte after which it counts.
    at: u64,
    line: u64,
    /// A `\n` after it ends no further line.
    is_after_cr: bool,
}

impl LineCount {
    fn pass(&mut self, byte: u8) {
        self.at += 1;
        if byte == b'\r' || (byte == b'\n' && !self.is_after_cr) {
            self.line += 1;
        }
        self.is_after_cr = byte == b'\r';
    }

    /// Passes a row that ends before this byte; answers the line at which it begins: empty ones before it are passed over.
    fn pass_row(&mut self, ahead: &mut VecDeque<u8>, end: u64) -> u64 {
        let mut begins = None;
        while self.at < end
            && let Some(byte) = ahead.pop_front()
        {
            if begins.is_none() && !matches!(byte, b'\r' | b'\n') {
                begins = Some(self.line);
            }
            self.pass(byte);
        }
        begins.unwrap_or(self.line)
    }
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
            .from_reader(Watched { file: reader, ahead: VecDeque::new() });
        Ok(Self { csv, bom_bytes, lines: LineCount { at: 0, line: 1, is_after_cr: false } })
    }

    /// The names of the columns; none for an empty file.
    pub(super) fn header(&mut self) -> Result<Vec<String>, csv::Error> {
        let header = self.csv.byte_headers()?.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        self.line_of_row();
        Ok(header)
    }

    /// Where the next row begins.
    pub(super) fn place(&self) -> Place {
        Place { bytes: self.bom_bytes + self.csv.position().byte(), line: self.lines.line }
    }

    /// The line of the row that was read last.
    fn line_of_row(&mut self) -> u64 {
        let end = self.csv.position().byte();
        self.lines.pass_row(&mut self.csv.get_mut().ahead, end)
    }

    pub(super) fn go_to(&mut self, place: Place) -> Result<(), csv::Error> {
        let at = place.bytes.saturating_sub(self.bom_bytes);
        let mut before = [0];
        if place.bytes > 0 {
            let file = &mut self.csv.get_mut().file;
            file.seek(SeekFrom::Start(place.bytes - 1))?;
            file.read_exact(&mut before)?;
        }
        self.lines = LineCount { at, line: place.line, is_after_cr: before == *b"\r" };
        let mut position = csv::Position::new();
        position.set_byte(at).set_line(place.line);
        self.csv.seek_raw(SeekFrom::Start(place.bytes), position)
    }

    /// The next rows with their lines; no rows is the end.
    pub(super) fn batch(&mut self, rows_max: usize) -> Result<Vec<Line>, csv::Error> {
        let mut out = Vec::with_capacity(rows_max);
        let mut record = csv::ByteRecord::new();
        self.csv.byte_headers()?;
        self.line_of_row();
        while out.len() < rows_max {
            let read = self.csv.read_byte_record(&mut record);
            let line = self.line_of_row();
            match read {
                Ok(false) => break,
                Ok(true) if record.iter().all(|field| field.trim_ascii().is_empty()) => {}
                Ok(true) => out.push((line, Some(std::mem::take(&mut record)))),
                Err(error) if error.is_io_error() => return Err(error),
                Err(_) => out.push((line, None)),
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
        // At most: of two bytes at a line's end, both count.
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

    #[test]
    fn a_row_is_named_by_the_line_at_which_an_editor_shows_it() {
        let lines = |text: &str| -> Vec<u64> {
            let mut reader = LineReader::open(Cursor::new(text.to_owned())).unwrap();
            reader.header().unwrap();
            reader.batch(100).unwrap().iter().map(|(line, _)| *line).collect()
        };
        let text = "email,note\na@b.example,x\n\n\nc@b.example,\"two\nlines\"\nd@b.example,\n";
        for end in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', end);
            assert_eq!(lines(&text), [2, 5, 7], "{end:?}");
            assert_eq!(lines(&format!("\u{feff}{text}")), [2, 5, 7], "{end:?}");
        }
        assert_eq!(lines("email\r\na@b.example\nc@b.example\rd@b.example"), [2, 3, 4]);
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
