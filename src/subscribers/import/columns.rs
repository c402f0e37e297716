//! Reading a list's CSV: which column holds the address, and which one says that its person left.
//!
//! The exports of common services are recognised by their column names alone (`email`, `E-mail`, `Email Address`); without
//! any such name the first column is taken. Comma, semicolon and tab are told apart by the header. Bytes that are not
//! UTF-8 are replaced, and the address check then refuses the row.

use std::io::{BufRead as _, BufReader, Read};

const EMAIL_NAMES: &[&str] = &["email", "emailaddress", "mail", "subscriberemail", "address"];
const STATUS_NAMES: &[&str] =
    &["status", "state", "subscriptionstatus", "subscribed", "subscribedtoemails", "type", "activesubscription"];
/// What services write beside those who must not be mailed. `false` stands in columns such as `subscribed_to_emails`.
const NO_WORDS: &[&str] = &[
    "unsubscribed",
    "unsubscribe",
    "blocklisted",
    "blacklisted",
    "bounced",
    "cleaned",
    "complained",
    "removed",
    "disabled",
    "suppressed",
    "left",
    "inactive",
];
/// The start of a file that is looked at for its separator.
const SNIFF_BYTES: usize = 8 * 1024;

pub(super) struct Columns {
    email: usize,
    status: Option<(usize, bool)>,
}

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

impl Columns {
    fn of(header: &csv::ByteRecord) -> Self {
        let names: Vec<String> = header.iter().map(|name| folded(&String::from_utf8_lossy(name))).collect();
        let place = |wanted: &[&str]| wanted.iter().find_map(|want| names.iter().position(|name| name == want));
        let status = place(STATUS_NAMES).map(|at| {
            let is_flag = names.get(at).is_some_and(|name| name == "subscribed" || name == "subscribedtoemails");
            (at, is_flag)
        });
        Self { email: place(EMAIL_NAMES).unwrap_or(0), status }
    }

    pub(super) fn email(&self, record: &csv::ByteRecord) -> String {
        String::from_utf8_lossy(record.get(self.email).unwrap_or_default()).into_owned()
    }

    /// The list itself says that this person must not be mailed.
    pub(super) fn says_no(&self, record: &csv::ByteRecord) -> bool {
        let Some((at, is_flag)) = self.status else { return false };
        let word = folded(&String::from_utf8_lossy(record.get(at).unwrap_or_default()));
        NO_WORDS.contains(&word.as_str()) || (is_flag && matches!(word.as_str(), "false" | "no" | "0"))
    }
}

pub(super) struct LineReader<R: Read> {
    csv: csv::Reader<BufReader<R>>,
}

impl<R: Read> LineReader<R> {
    pub(super) fn open(reader: R) -> Result<Self, csv::Error> {
        let mut reader = BufReader::with_capacity(SNIFF_BYTES, reader);
        let head = reader.fill_buf()?;
        let bom_bytes = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let separator = separator_of(head.get(bom_bytes..).unwrap_or_default());
        reader.consume(bom_bytes);
        let csv = csv::ReaderBuilder::new().delimiter(separator).flexible(true).has_headers(true).from_reader(reader);
        Ok(Self { csv })
    }

    /// `None` for an empty file.
    pub(super) fn columns(&mut self) -> Result<Option<Columns>, csv::Error> {
        let header = self.csv.byte_headers()?;
        Ok(if header.is_empty() { None } else { Some(Columns::of(header)) })
    }

    /// Whoever stands in a first line that is no header would be lost in silence.
    pub(super) fn header_is_a_row(&mut self) -> Result<bool, csv::Error> {
        Ok(self.csv.byte_headers()?.iter().any(|cell| cell.contains(&b'@')))
    }

    /// The next rows with their lines; a row that is not CSV is `None`; no rows is the end.
    pub(super) fn batch(&mut self, rows_max: usize) -> Vec<(u64, Option<csv::ByteRecord>)> {
        let mut out = Vec::with_capacity(rows_max);
        let mut record = csv::ByteRecord::new();
        while out.len() < rows_max {
            match self.csv.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) if record.iter().all(|field| field.trim_ascii().is_empty()) => {}
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    out.push((line, Some(record.clone())));
                }
                Err(error) => {
                    out.push((error.position().map_or(0, csv::Position::line), None));
                    // The reader of a broken stream would answer the same for ever.
                    if error.is_io_error() {
                        break;
                    }
                }
            }
        }
        out
    }
}

fn separator_of(head: &[u8]) -> u8 {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| line.iter().filter(|byte| **byte == wanted).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|wanted| count(*wanted)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(header: &str) -> Columns {
        LineReader::open(header.as_bytes()).unwrap().columns().unwrap().unwrap()
    }

    #[test]
    fn the_address_is_found_by_the_names_that_services_give_it() {
        assert_eq!(columns("uuid,email,name,status\n").email, 1);
        assert_eq!(columns("\u{feff}Email Address;First Name\n").email, 0);
        assert_eq!(columns("id\tname\tE-Mail\n").email, 2);
        assert_eq!(columns("who,where\n").email, 0);
    }

    #[test]
    fn a_row_whose_list_says_no_is_recognised() {
        let says_no = |text: &str| {
            let mut lines = LineReader::open(text.as_bytes()).unwrap();
            let columns = lines.columns().unwrap().unwrap();
            columns.says_no(lines.batch(1)[0].1.as_ref().unwrap())
        };
        assert!(says_no("email,status\na@b.example,Unsubscribed\n"));
        assert!(says_no("email,subscribed_to_emails\na@b.example,false\n"));
        assert!(!says_no("email,status\na@b.example,enabled\n"));
        assert!(!says_no("email,type\na@b.example,free\n"));
    }
}
