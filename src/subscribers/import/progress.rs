//! How far an import has come, so that it can go on after any interruption.
//!
//! The account is written in the transaction of each batch: what it says is done, is. It is found again by the digest of
//! the file and of the options that decide what is written; a finished one is not found, so that the same command given
//! again begins anew. A dry run keeps no account.

use super::outcome::{ImportReport, RowReport};
use super::reader::Place;
use super::{ImportError, ImportOptions, ImportStatus, Targets};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::hash::{hex, sha256_hex};
use crate::db::{StoreError, Tx};
use crate::subscribers::store::imports::{self, ImportId, Progress};

pub(super) struct Account {
    totals: ImportReport,
    resumed_after: u64,
    progress: Progress,
}

/// Everything by which two imports of one file would differ.
fn digest_of(file: &[u8; 32], options: &ImportOptions, targets: &Targets) -> String {
    let status = match options.status {
        ImportStatus::Confirmed => "confirmed",
        ImportStatus::Pending => "pending",
    };
    let columns: Vec<String> = options.columns.iter().map(|(name, field)| format!("{name}={field}")).collect();
    let publication = options.publication.as_deref().map_or(targets.first.slug.as_str(), |slug| slug);
    let all = serde_json::json!([hex(file), publication, options.consent, status, columns]);
    sha256_hex(all.to_string().as_bytes())
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn read(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

impl Account {
    /// The account of this import that was interrupted, or a new one.
    pub(super) async fn open(
        app: &App,
        file: &[u8; 32],
        options: &ImportOptions,
        targets: &Targets,
        start: Place,
    ) -> Result<Self, ImportError> {
        let fresh = Progress {
            id: ImportId(0),
            rows_done: 0,
            byte_offset: stored(start.bytes),
            line: stored(start.line),
            totals: to_json(&ImportReport::default())?,
            report_bytes: 0,
            log: None,
        };
        if options.dry_run {
            return Ok(Self { totals: ImportReport::default(), resumed_after: 0, progress: fresh });
        }
        let digest = digest_of(file, options, targets);
        let mut tx = app.db.begin().await?;
        let progress = match imports::find_unfinished(&mut tx, &digest).await? {
            Some(progress) => progress,
            None => match imports::start(&mut tx, app.now(), &digest, targets.first.id, fresh).await {
                Err(StoreError::Conflict) => return Err(ImportError::AtWork),
                started => started?,
            },
        };
        tx.commit().await?;
        let totals: ImportReport = serde_json::from_str(&progress.totals)
            .map_err(|error| StoreError::Corrupt(format!("imports.totals: {error}")))?;
        Ok(Self { resumed_after: totals.rows, totals, progress })
    }

    pub(super) const fn totals(&self) -> ImportReport {
        self.totals
    }

    pub(super) const fn resumed_after(&self) -> u64 {
        self.resumed_after
    }

    pub(super) fn place(&self) -> Place {
        Place { bytes: read(self.progress.byte_offset), line: read(self.progress.line) }
    }

    pub(super) fn report_bytes(&self) -> u64 {
        read(self.progress.report_bytes)
    }

    /// What the log kept with the last batch.
    pub(super) fn log(&self) -> Option<&str> {
        self.progress.log.as_deref()
    }

    pub(super) fn count(&mut self, row: &RowReport) {
        self.totals.count(row);
    }

    /// Writes how far the batch of this transaction brings it.
    pub(super) async fn advance(
        &mut self,
        tx: &mut Tx,
        to: Place,
        (report_bytes, log): (u64, Option<String>),
    ) -> Result<(), ImportError> {
        let next = Progress {
            id: self.progress.id,
            rows_done: stored(self.totals.rows),
            byte_offset: stored(to.bytes),
            line: stored(to.line),
            totals: to_json(&self.totals)?,
            report_bytes: stored(report_bytes),
            log,
        };
        if imports::advance(tx, self.progress.rows_done, &next).await? == 0 {
            return Err(ImportError::AtWork);
        }
        self.progress = next;
        Ok(())
    }

    pub(super) async fn finish(&self, tx: &mut Tx, now: Timestamp) -> Result<(), ImportError> {
        if imports::finish(tx, now, &self.progress).await? == 0 { Err(ImportError::AtWork) } else { Ok(()) }
    }
}

fn to_json(totals: &ImportReport) -> Result<String, StoreError> {
    serde_json::to_string(totals).map_err(|error| StoreError::Corrupt(error.to_string()))
}
