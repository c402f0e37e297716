//! The next rows of a list: what can be said of them without the database.
//!
//! A chunk is read a few rows at a time, and whoever waits for the database meanwhile has its turn between them: the
//! reading costs no time of its own. No more than one chunk is read ahead, so that memory does not grow with the list.
//! Of an address that stands there twice the first row counts, but for what the list says against it: that counts
//! wherever it stands. Held to it by `tests.rs`.

use super::formats::{Format, Layout};
use super::judge::{self, Entry, What};
use super::reader::{LineReader, Place};
use super::row::Columns;
use super::{ImportError, RowOutcome, RowReport, Targets};
use crate::app::App;
use crate::mail::EmailAddr;
use crate::subscribers::own_csv::OwnColumns;
use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::io::{Read, Seek};

/// Rows that are read in one go: some tenths of a millisecond.
const SLICE_ROWS: usize = 100;

pub(super) enum Reading {
    Foreign(Box<Columns>),
    Own(OwnColumns),
}

impl Reading {
    pub(super) fn of(layout: &Layout, header: &[String]) -> Self {
        match layout.format {
            Format::Lamplighter => Self::Own(OwnColumns::of(header)),
            _ => Self::Foreign(Box::new(Columns::of(layout))),
        }
    }
}

/// Rows that read, and a report on each row; no reports is the end.
pub(super) struct Chunk {
    pub reports: Vec<RowReport>,
    pub entries: Vec<Entry>,
    /// Where the row after them begins.
    pub end: Place,
}

/// Where chunks come from.
pub(super) struct Source<'a, R> {
    pub app: &'a App,
    pub targets: &'a Targets,
    pub reading: Reading,
    pub lines: LineReader<R>,
    /// Of a chunk.
    pub rows_max: usize,
}

impl<R: Read + Seek> Source<'_, R> {
    pub(super) async fn next(&mut self) -> Result<Chunk, ImportError> {
        let (mut reports, mut entries) = (Vec::new(), Vec::new());
        let mut places = HashMap::new();
        while reports.len() < self.rows_max {
            let lines = self.lines.batch(SLICE_ROWS.min(self.rows_max - reports.len()))?;
            if lines.is_empty() {
                break;
            }
            for (line, record) in lines {
                let mut report =
                    RowReport { line, address: String::new(), outcome: RowOutcome::Unreadable, unread: Vec::new() };
                if let Some(record) = record {
                    match self.read(&record, reports.len(), &mut report) {
                        Err(outcome) => report.outcome = outcome,
                        Ok(entry) => {
                            if !put(entry, &mut entries, &mut places) {
                                report.outcome = RowOutcome::Repeated;
                            }
                        }
                    }
                }
                reports.push(report);
            }
            tokio::task::yield_now().await;
        }
        Ok(Chunk { reports, entries, end: self.lines.place() })
    }

    /// # Errors
    /// What became of a row that does not read.
    fn read(&self, record: &csv::ByteRecord, at: usize, report: &mut RowReport) -> Result<Entry, RowOutcome> {
        let RowReport { address, unread, .. } = report;
        // Also of what is none, so that whoever has the list finds it.
        let mut parse = |typed: &str| {
            let parsed = EmailAddr::parse(typed);
            *address = parsed.as_ref().map_or_else(|_| masked_as_typed(typed), EmailAddr::masked);
            parsed.map_err(RowOutcome::Refused)
        };
        let (email, publication, what) = match &self.reading {
            Reading::Foreign(columns) => {
                let email = parse(&columns.email(record));
                if !columns.is_email_readable(record) {
                    return Err(RowOutcome::NotUtf8);
                }
                let (email, now) = (email?, self.app.now());
                let wanted = columns.wanted(record, &self.targets.sections, now, unread);
                let wanted = wanted.ok_or(RowOutcome::UnknownStatus)?;
                (email, self.targets.first.id, What::Foreign(wanted))
            }
            Reading::Own(columns) => {
                let row = columns.read(record).map_err(RowOutcome::BadValue)?;
                let email = parse(&row.email)?;
                let publication =
                    self.targets.by_slug.get(&row.publication).ok_or(RowOutcome::BadValue("publication"))?;
                (email, publication.id, What::Own(Box::new(row)))
            }
        };
        let key = email.key();
        let hash = self.app.keys.fingerprint(&key);
        Ok(Entry { at, email, key, hash, publication, what })
    }
}

/// `a***@e***`, of whatever stands where an address should; empty where nothing does.
fn masked_as_typed(typed: &str) -> String {
    let first = |text: &str| text.chars().find(|letter| letter.is_alphanumeric()).map(String::from).unwrap_or_default();
    match typed.rsplit_once('@') {
        Some((local, domain)) => format!("{}***@{}***", first(local), first(domain)),
        None if typed.trim().is_empty() => String::new(),
        None => format!("{}***", first(typed)),
    }
}

/// Puts a row among the others; false if somebody of this address and publication stands there already.
fn put(entry: Entry, entries: &mut Vec<Entry>, places: &mut HashMap<(String, i64), usize>) -> bool {
    match places.entry((entry.key.clone(), entry.publication.0)) {
        Slot::Vacant(place) => {
            place.insert(entries.len());
            entries.push(entry);
            true
        }
        Slot::Occupied(place) => {
            if judge::against(entry.says()).is_some()
                && let Some(first) = entries.get_mut(*place.get())
                && judge::against(first.says()).is_none()
            {
                first.what = entry.what;
            }
            false
        }
    }
}
