//! The worker that tries and imports lists, one at a time.
//!
//! While it is at a list it says so every few seconds, with how far it has come, and hears by that whether the list was
//! cancelled. A list whose process has not spoken for [`SILENCE_MAX`] is taken up by the next one.

use super::log::JobLog;
use super::{ImportJob, ImportJobId, JobState, actor_of, options_of, store};
use crate::app::App;
use crate::base::Span;
use crate::db::StoreError;
use crate::subscribers::import::{ImportError, Imported, import_as_job};
use data_encoding::BASE64;
use futures_util::future::{Either, select};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::pin::pin;
use std::sync::atomic::Ordering;

const SPEAK_EVERY: Span = Span::seconds(1);
const SILENCE_MAX: Span = Span::seconds(30);
/// An error in words for the desk.
const WHY_CHARS_MAX: usize = 500;

/// Takes one list and brings it to its end; false if there is none to be had.
///
/// # Errors
/// As the database says; the list is taken up again later.
pub async fn work_once(app: &App, owner: &str) -> Result<bool, StoreError> {
    let now = app.now();
    if !store::has_work(&mut app.db.read().await?, now - SILENCE_MAX).await? {
        return Ok(false);
    }
    let mut tx = app.db.begin().await?;
    let Some(id) = store::take(&mut tx, now, owner, now - SILENCE_MAX).await? else { return Ok(false) };
    tx.commit().await?;
    let Some(job) = store::find(&mut app.db.read().await?, id).await? else { return Ok(true) };
    let mut log = JobLog::default();
    let rows = std::sync::Arc::clone(&log.rows);
    let done = {
        let working = pin!(work(app, &job, &mut log));
        let speaking = pin!(speak(app, id, owner, &rows));
        match select(working, speaking).await {
            Either::Left((done, _)) => done,
            // Cancelled, or another's: what was committed stays, the batch under way is not.
            Either::Right((stopped, _)) => {
                stopped?;
                return Ok(true);
            }
        }
    };
    let now = app.now();
    match done {
        // The end of a real import is written in its own last transaction.
        Ok(_) if job.state == JobState::Importing => {}
        Ok(done) => {
            let report = log.report.with(done.report, &done.layout);
            let text = serde_json::to_string(&report).unwrap_or_default();
            let mut tx = app.db.begin().await?;
            store::checked(&mut tx, now, id, owner, (&text, rows.load(Ordering::Relaxed))).await?;
            tx.commit().await?;
        }
        Err(ImportError::Store(error)) => {
            let mut tx = app.db.begin().await?;
            store::let_go(&mut tx, id, owner).await?;
            tx.commit().await?;
            return Err(error);
        }
        Err(error) => {
            let why: String = in_words(&error).chars().take(WHY_CHARS_MAX).collect();
            let mut tx = app.db.begin().await?;
            store::failed(&mut tx, now, id, owner, &why).await?;
            tx.commit().await?;
        }
    }
    app.db.overwrite_deleted().await;
    Ok(true)
}

async fn work(app: &App, job: &ImportJob, log: &mut JobLog) -> Result<Imported, ImportError> {
    let file = file_of(app, job.id).await?;
    let id = (job.state == JobState::Importing).then_some(job.id);
    import_as_job(app, actor_of(job), file, &options_of(job), log, id).await
}

/// Says that somebody is at it, until it is cancelled.
async fn speak(app: &App, id: ImportJobId, owner: &str, rows: &std::sync::atomic::AtomicI64) -> Result<(), StoreError> {
    loop {
        app.context.clock.sleep_until(app.now() + SPEAK_EVERY).await;
        let mut tx = app.db.begin().await?;
        if store::speak(&mut tx, app.now(), id, owner, rows.load(Ordering::Relaxed)).await? == 0 {
            return Ok(());
        }
        tx.commit().await?;
    }
}

/// The kept file, in one that has no name from its first moment on.
async fn file_of(app: &App, id: ImportJobId) -> Result<File, ImportError> {
    let word = app.context.random.token::<10>();
    let path = std::env::temp_dir().join(format!("lamplighter-import-{word}"));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    let mut tx = app.db.read().await?;
    let mut number = 0;
    while let Some(text) = store::chunk(&mut tx, id, number).await? {
        let bytes =
            BASE64.decode(text.as_bytes()).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        file.write_all(&bytes)?;
        number += 1;
    }
    Ok(file)
}

/// For whoever brought the list to the desk: no options of the command line.
fn in_words(error: &ImportError) -> String {
    match error {
        ImportError::WhichPublication => "choose for which publication the list is".to_owned(),
        ImportError::ConsentMissing => "write down where and when these people agreed, or ask each of them".to_owned(),
        ImportError::Read(_) | ImportError::File(_) => format!("the file does not read as CSV: {error}"),
        other => other.to_string(),
    }
}
