//! Backups, and when there was the last one.
//!
//! A copy is made by [`crate::db`]; here stands who may, and the note that lets `lamplighter doctor` warn. The desk names no
//! file: its copies go into the folder `backups` beside the database, one at a time, and the newest [`KEPT_MAX`] of them
//! stay. Held to it by `tests/it/web/desk_house.rs`.

use super::store::{self, BackupNote};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{BackupError, Db, StoreError};
use crate::operators::{Actor, Forbidden, Permission, audit};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Copy(#[from] BackupError),
    #[error("a copy is being made already; it is on this page in a moment")]
    Running,
    #[error("the copy is made; only the note of it could not be written: {0}")]
    Note(#[source] StoreError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tokens name a key by the end of its number, and old keys must go on verifying.
const AS_THEY_ARE: &[&str] = &["signing_keys"];

/// Copies the database into a new file, while the service runs; answers the bytes.
///
/// # Errors
/// [`BackUpError`]; no file is left then, but for [`BackUpError::Note`].
pub async fn back_up(app: &App, actor: Actor, file: &Path) -> Result<u64, BackUpError> {
    actor.require(Permission::Configure)?;
    let made_at = app.now();
    let bytes = app.db.backup_to(file, &app.context.random.token::<10>(), AS_THEY_ARE).await?;
    let place = Some(file.display().to_string());
    note(app, actor, made_at, i64::try_from(bytes).ok(), place).await.map_err(BackUpError::Note)?;
    Ok(bytes)
}

/// Copies of the desk that stay; older ones give way to a new one.
pub const KEPT_MAX: usize = 7;
const FOLDER: &str = "backups";
const NAME_START: &str = "desk-";
/// A copy that is being made is written to all the time.
const PART_AGE_MAX: Duration = Duration::from_secs(600);

/// A copy that lies in the desk's folder.
#[derive(Clone, Debug)]
pub struct BackupFile {
    pub name: String,
    pub bytes: u64,
}

/// What the desk's own copying is at.
#[derive(Clone, Default, Debug)]
pub struct BackUpRun {
    pub began_at: Option<Timestamp>,
    pub is_running: bool,
    pub file: Option<PathBuf>,
    pub error: Option<String>,
}

#[derive(Default)]
struct Running(Mutex<BackUpRun>);

/// Begins a copy in the background, unless one is being made.
///
/// # Errors
/// [`BackUpError`]; on PostgreSQL it is [`BackupError::NotAFile`].
pub async fn back_up_here(app: &App, actor: Actor) -> Result<(), BackUpError> {
    actor.require(Permission::Configure)?;
    let Some(folder) = folder(app) else { return Err(BackupError::NotAFile.into()) };
    let now = app.now();
    let file = folder.join(format!("{NAME_START}{}.db", now.utc().format("%Y-%m-%dT%H%M%S")));
    let running = app.shared.get::<Running>();
    {
        let mut run = running.0.lock().unwrap_or_else(PoisonError::into_inner);
        if run.is_running {
            return Err(BackUpError::Running);
        }
        *run = BackUpRun { began_at: Some(now), is_running: true, file: Some(file.clone()), error: None };
    }
    let app = app.clone();
    tokio::spawn(async move {
        // However it ends: a copy that came to nothing does not keep the next one from being made.
        let mut end = End { running, error: Some("it broke off; the log says where".to_owned()) };
        let made = make(&app, actor, &folder, &file).await;
        if let Err(error) = &made {
            tracing::error!(%error, "a backup that was asked for at the desk could not be made");
        }
        end.error = made.err().map(|error| error.to_string());
    });
    Ok(())
}

/// Notes the end of a run when it goes.
struct End {
    running: Arc<Running>,
    error: Option<String>,
}

impl Drop for End {
    fn drop(&mut self) {
        let mut run = self.running.0.lock().unwrap_or_else(PoisonError::into_inner);
        run.is_running = false;
        run.error = self.error.take();
    }
}

async fn make(app: &App, actor: Actor, folder: &Path, file: &Path) -> Result<(), BackUpError> {
    let place = folder.to_owned();
    on_disk(folder, move || DirBuilder::new().recursive(true).mode(0o700).create(place)).await?;
    forget_parts(app).await?;
    back_up(app, actor, file).await?;
    let place = folder.to_owned();
    on_disk(folder, move || {
        files(&place)?.into_iter().skip(KEPT_MAX).try_for_each(|old| fs::remove_file(place.join(old.name)))
    })
    .await
}

/// Takes away what copies left that were killed while they were made: nobody needs it, and it holds every address.
///
/// # Errors
/// [`BackUpError`]
pub(super) async fn forget_parts(app: &App) -> Result<(), BackUpError> {
    let Some(folder) = folder(app) else { return Ok(()) };
    let place = folder.clone();
    on_disk(&folder, move || {
        let old = |it: &fs::DirEntry| {
            let age = it.metadata().and_then(|it| it.modified()).map(|at| at.elapsed().unwrap_or_default());
            age.is_ok_and(|age| age > PART_AGE_MAX)
        };
        parts(&place, NAME_START).filter(old).try_for_each(|it| fs::remove_file(it.path()))
    })
    .await
}

/// What a copy is written into until it is whole, and what SQLite keeps beside it.
fn parts(folder: &Path, name_start: &str) -> impl Iterator<Item = fs::DirEntry> {
    fs::read_dir(folder).into_iter().flatten().flatten().filter(move |it| {
        let name = it.file_name().to_string_lossy().into_owned();
        name.starts_with(name_start) && name.contains(".part")
    })
}

/// A disk may take its time; the pages do not wait for it.
async fn on_disk<T: Send + 'static>(
    folder: &Path,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, BackUpError> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    done.map_err(|cause| BackupError::File { file: folder.to_owned(), cause }.into())
}

/// Where the desk's copies go; None on PostgreSQL.
fn folder(app: &App) -> Option<PathBuf> {
    Some(app.db.file()?.parent()?.join(FOLDER))
}

/// The desk's copies, the newest first.
fn files(folder: &Path) -> std::io::Result<Vec<BackupFile>> {
    let mut out = Vec::new();
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(out),
        other => other?,
    };
    for entry in listed {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(NAME_START) && name.ends_with(".db") {
            out.push(BackupFile { name, bytes: entry.metadata()?.len() });
        }
    }
    // Their names sort by time.
    out.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(out)
}

/// How the desk's copying stands.
#[derive(Clone, Debug)]
pub struct BackUpLook {
    pub run: BackUpRun,
    /// What is written of a copy so far, and about how much it will be.
    pub progress: Option<(u64, u64)>,
    /// None on PostgreSQL.
    pub folder: Option<PathBuf>,
    pub files: Vec<BackupFile>,
}

/// # Errors
/// [`BackUpError`]
pub async fn look_at_backup(app: &App, actor: Actor) -> Result<BackUpLook, BackUpError> {
    actor.require(Permission::View)?;
    let run = app.shared.get::<Running>().0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some(folder) = folder(app) else {
        return Ok(BackUpLook { run, progress: None, folder: None, files: Vec::new() });
    };
    let (place, database) = (folder.clone(), app.db.file().map(Path::to_owned));
    let running = run.file.clone().filter(|_| run.is_running);
    let looked = on_disk(&folder, move || {
        let whole = || database.and_then(|file| fs::metadata(file).ok()).map_or(0, |it| it.len());
        Ok((files(&place)?, running.map(|file| (part_bytes(&place, &file), whole()))))
    });
    let (files, progress) = looked.await?;
    Ok(BackUpLook { run, progress, folder: Some(folder), files })
}

/// What is written of this copy so far.
fn part_bytes(folder: &Path, file: &Path) -> u64 {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let whole = parts(folder, &name).filter(|it| it.path().extension().is_some_and(|end| end == "part"));
    whole.filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum()
}

/// Backups that are noted in the database, the newest first.
///
/// # Errors
/// [`BackUpError`]
pub async fn list_backups(app: &App, actor: Actor, count: i64) -> Result<Vec<BackupNote>, BackUpError> {
    actor.require(Permission::View)?;
    Ok(store::list_backups(&mut app.db.read().await?, count).await?)
}

/// Notes a backup that was made by other means.
///
/// # Errors
/// [`BackUpError`]
pub async fn note_backup(app: &App, actor: Actor) -> Result<(), BackUpError> {
    actor.require(Permission::Configure)?;
    Ok(note(app, actor, app.now(), None, None).await?)
}

async fn note(
    app: &App,
    actor: Actor,
    made_at: Timestamp,
    bytes: Option<i64>,
    file: Option<String>,
) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::insert_backup(&mut tx, made_at, bytes, file).await?;
    let detail = serde_json::json!({ "bytes": bytes });
    audit::record(&mut tx, made_at, actor, "backup", ("database", None), detail).await?;
    tx.commit().await
}

/// When the database was last backed up, for all that is noted in it.
///
/// # Errors
/// As the database says.
pub async fn find_last_backup(db: &Db) -> Result<Option<Timestamp>, StoreError> {
    store::find_last_backup(&mut db.read().await?).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;

    #[tokio::test]
    async fn a_run_that_breaks_off_does_not_keep_the_next_one_away() {
        let house = TestHouse::open().await;
        let running = house.app.shared.get::<Running>();
        running.0.lock().unwrap().is_running = true;
        assert!(matches!(back_up_here(&house.app, Actor::Console).await, Err(BackUpError::Running)));
        let its_end = End { running: Arc::clone(&running), error: Some("it broke off".to_owned()) };
        let broken = tokio::spawn(async move {
            let _end = its_end;
            panic!("the disk is on fire");
        });
        assert!(broken.await.is_err());
        let run = look_at_backup(&house.app, Actor::Console).await.unwrap().run;
        assert_eq!((run.is_running, run.error.as_deref()), (false, Some("it broke off")));
        back_up_here(&house.app, Actor::Console).await.unwrap();
    }
}
