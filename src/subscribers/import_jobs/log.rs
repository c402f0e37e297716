//! What an import at the desk tells afterwards: totals, how many rows had which outcome, the first lines that need a look.

use crate::base::text::one_line;
use crate::subscribers::import::{ImportReport, Layout, RowLog, RowReport, UNREAD_STEP};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Lines that are told one by one.
pub const BAD_LINES_MAX: usize = 50;
/// Of a column's name, which is a stranger's word.
const COLUMN_CHARS_MAX: usize = 60;
const COLUMNS_MAX: usize = 60;

/// A line that needs a look.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BadLine {
    /// 1 is the header.
    pub line: u64,
    /// Masked.
    pub address: String,
    pub why: String,
    pub next_step: String,
}

/// How many rows ended alike.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportOutcome)]
pub struct Outcome {
    pub rows: u64,
    /// In words; empty for those that went as hoped.
    pub why: String,
    pub is_smooth: bool,
    /// Rows by their reason in words, where one outcome has several.
    #[serde(default)]
    pub reasons: BTreeMap<String, u64>,
}

/// How many rows hold a value that does not read, each for the same reason.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportUnread)]
pub struct UnreadCount {
    pub rows: u64,
    /// In words, with what stands instead.
    pub why: String,
}

#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportJobReport)]
pub struct JobReport {
    pub totals: ImportReport,
    /// By the code of the outcome.
    pub outcomes: BTreeMap<String, Outcome>,
    pub lines: Vec<BadLine>,
    /// Values that do not read, of rows that are taken all the same: by their code.
    #[serde(default)]
    pub unread: BTreeMap<String, UnreadCount>,
    /// The first lines with such a value.
    #[serde(default)]
    pub unread_lines: Vec<BadLine>,
    /// Whose export it was taken for, and what its columns were read as.
    pub format: String,
    pub columns: Vec<(String, String)>,
}

impl JobReport {
    pub(super) fn with(mut self, totals: ImportReport, layout: &Layout) -> Self {
        self.totals = totals;
        self.format = layout.format.as_str().to_owned();
        let name = |text: &str| one_line(text).chars().take(COLUMN_CHARS_MAX).collect();
        let used = layout.columns.iter().take(COLUMNS_MAX);
        self.columns = used.map(|it| (name(&it.column), it.field.as_str().to_owned())).collect();
        self
    }
}

/// The report of an import that has ended, from what its log remembers.
pub(in crate::subscribers) fn end_of(log: Option<String>, totals: ImportReport, layout: &Layout) -> String {
    let heard: JobReport = log.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    serde_json::to_string(&heard.with(totals, layout)).unwrap_or_default()
}

/// Hears of every row. What it has heard is kept in the transaction of each batch and found again after an interruption.
#[derive(Default)]
pub(super) struct JobLog {
    pub report: JobReport,
    /// Rows heard of, for whoever tells of the progress meanwhile.
    pub rows: Arc<AtomicI64>,
}

impl RowLog for JobLog {
    fn row(&mut self, row: &RowReport) -> io::Result<()> {
        self.rows.fetch_add(1, Ordering::Relaxed);
        let is_smooth = row.outcome.is_smooth();
        let it = self.report.outcomes.entry(row.outcome.code().to_owned()).or_default();
        it.rows += 1;
        it.is_smooth = is_smooth;
        let reason = row.outcome.reason();
        if it.why.is_empty() {
            it.why.clone_from(&reason);
        }
        if !reason.is_empty() {
            // Reasons are words of ours, and few: nothing of the list stands in them.
            *it.reasons.entry(reason).or_default() += 1;
        }
        for unread in &row.unread {
            let it = self.report.unread.entry(unread.what.code().to_owned()).or_default();
            it.rows += 1;
            if it.why.is_empty() {
                it.why = unread.what.reason().to_owned();
            }
        }
        if !row.unread.is_empty() && self.report.unread_lines.len() < BAD_LINES_MAX {
            self.report.unread_lines.push(BadLine {
                line: row.line,
                address: row.address.clone(),
                why: row.reason(),
                next_step: UNREAD_STEP.to_owned(),
            });
        }
        if !is_smooth && self.report.lines.len() < BAD_LINES_MAX {
            self.report.lines.push(BadLine {
                line: row.line,
                address: row.address.clone(),
                why: row.outcome.reason(),
                next_step: row.outcome.desk_step().to_owned(),
            });
        }
        Ok(())
    }

    fn remember(&mut self) -> Option<String> {
        serde_json::to_string(&self.report).ok()
    }

    fn recall(&mut self, kept: Option<&str>) {
        self.report = kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let heard: u64 = self.report.outcomes.values().map(|it| it.rows).sum();
        self.rows.store(i64::try_from(heard).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}
