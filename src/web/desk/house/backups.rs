//! `/desk/backups`: when the last one was, whether one was tried out, make one now, note one that was made elsewhere.

use super::super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::super::places::Place;
use super::super::said::{self, done};
use super::super::words::at_desk;
use crate::app::App;
use crate::base::Span;
use crate::db::BackupError;
use crate::operators::Permission;
use crate::service::{
    BACKUPS_KEPT_MAX, BackUpError, back_up_here, list_backups, look_at_backup, look_at_rehearsals, note_backup,
};
use crate::web::error::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

const SHOWN_MAX: i64 = 20;
/// As the doctor counts.
const STALE_AFTER: Span = Span::days(7);

#[derive(Template)]
#[template(path = "desk/house/backups.html")]
struct BackupsPage {
    frame: DeskFrame,
    may_configure: bool,
    /// Empty on PostgreSQL.
    folder: String,
    kept_max: usize,
    last: Option<Moment>,
    is_stale: bool,
    /// When a copy was tried out last, and would have served.
    rehearsed: Option<Moment>,
    /// The last rehearsal, if it failed.
    failed: Option<Failed>,
    running: Option<Running>,
    error: String,
    files: Vec<(String, String)>,
    notes: Vec<Note>,
}

struct Running {
    since: Option<Moment>,
    done: u64,
    all: u64,
    told: String,
}

struct Failed {
    at: Moment,
    file: String,
    why: &'static str,
    next: String,
}

struct Note {
    at: Moment,
    size: String,
    place: String,
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

pub(super) async fn get_backups(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    let look = look_at_backup(&app, desk.actor()).await.map_err(told)?;
    let notes = list_backups(&app, desk.actor(), SHOWN_MAX).await.map_err(told)?;
    let zone = house_zone(&mut app.db.read().await?).await?;
    let last = notes.iter().map(|it| it.made_at).max();
    let rehearsals = look_at_rehearsals(&app, desk.actor()).await.map_err(told)?;
    let running = look.progress.map(|(done, all)| Running {
        since: look.run.began_at.map(|at| Moment::of(at, zone)),
        told: format!("{} of about {}", size(done), size(all)),
        done: done.min(all),
        all: all.max(1),
    });
    let page = BackupsPage {
        frame: desk.frame(&app, "Backups", Place::Backups),
        may_configure: desk.may(Permission::Configure),
        folder: look.folder.map(|it| it.display().to_string()).unwrap_or_default(),
        kept_max: BACKUPS_KEPT_MAX,
        last: last.map(|at| Moment::of(at, zone)),
        is_stale: last.is_none_or(|at| app.now().since(at) > STALE_AFTER),
        rehearsed: rehearsals.served_at.map(|at| Moment::of(at, zone)),
        failed: rehearsals.failed.map(|it| Failed {
            at: Moment::of(it.at, zone),
            file: it.file,
            why: it.why.words(),
            next: at_desk(it.why.next()),
        }),
        running,
        error: look.run.error.unwrap_or_default(),
        files: look.files.into_iter().map(|it| (it.name, size(it.bytes))).collect(),
        notes: notes
            .into_iter()
            .map(|it| Note {
                at: Moment::of(it.made_at, zone),
                size: it.bytes.and_then(|bytes| u64::try_from(bytes).ok()).map(size).unwrap_or_default(),
                place: it.file.unwrap_or_default(),
            })
            .collect(),
    };
    show_desk(StatusCode::OK, &page)
}

pub(super) async fn post_backup(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    match back_up_here(&app, desk.actor()).await {
        Ok(()) => Ok(done(&app, "/desk/backups", "A copy is being made. Nobody waits for it; look again in a moment.")),
        Err(error @ BackUpError::Running) => Ok(said::refused(&app, "/desk/backups", &format!("Wait: {error}."))),
        Err(BackUpError::Copy(BackupError::NotAFile)) => {
            let text = "This database is PostgreSQL's. Copy it with pg_dump, then note it here.";
            Ok(said::refused(&app, "/desk/backups", text))
        }
        Err(error) => Err(told(error)),
    }
}

pub(super) async fn post_note(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    note_backup(&app, desk.actor()).await.map_err(told)?;
    Ok(done(&app, "/desk/backups", "Noted. The checks count from now."))
}

fn told(error: BackUpError) -> Error {
    match error {
        BackUpError::Forbidden(error) => error.into(),
        BackUpError::Store(error) => error.into(),
        other => Error::internal(other),
    }
}
