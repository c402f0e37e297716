//! `GET /desk/jobs`: what runs in the house, when it did last, and whether anybody does it at all.

use super::super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::super::places::Place;
use crate::app::App;
use crate::service::{HouseWorkError, JobName, JobState, JobView, house_work};
use crate::web::error::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "desk/house/jobs.html")]
struct JobsPage {
    frame: DeskFrame,
    has_scheduler: bool,
    workers: usize,
    oldest_due: String,
    outbox: Vec<(&'static str, i64)>,
    lines: Vec<Line>,
}

struct Line {
    title: &'static str,
    about: &'static str,
    word: &'static str,
    tone: &'static str,
    last: Option<Moment>,
    took: String,
    next: Option<Moment>,
    error: String,
    error_at: Option<Moment>,
}

const fn title(name: JobName) -> (&'static str, &'static str) {
    match name {
        JobName::Scheduler => ("Scheduler", "Plans editions and takes every step that is due, every ten seconds."),
        JobName::Polling => ("Reading sources", "Asks each source when its time has come."),
        JobName::SignUps => ("Confirmations", "Mails those who signed up and still wait for it."),
        JobName::Mailbox => ("Bounces", "Looks into the mailbox to which bounces and complaints come."),
        JobName::Webhooks => ("Webhooks", "Tells your programs what happened, within seconds."),
        JobName::Imports => ("Imports", "Tries and imports the lists that were brought in."),
        JobName::Housekeeping => ("Housekeeping", "Forgets once an hour what has had its time."),
    }
}

const fn state(it: JobState) -> (&'static str, &'static str) {
    match it {
        JobState::Well => ("well", "good"),
        JobState::Failing => ("failed, tries again", "bad"),
        JobState::Silent => ("nobody does it", "bad"),
        JobState::Never => ("never done yet", "warn"),
    }
}

fn line(it: &JobView, zone: Tz) -> Line {
    let (title, about) = title(it.name);
    let (word, tone) = state(it.state);
    let is_planned = matches!(it.state, JobState::Well | JobState::Failing);
    Line {
        title,
        about,
        word,
        tone,
        last: it.ended_at.map(|at| Moment::of(at, zone)),
        took: it.took_ms.map(took).unwrap_or_default(),
        next: it.next_at.filter(|_| is_planned).map(|at| Moment::of(at, zone)),
        error: it.error.clone().unwrap_or_default(),
        error_at: it.error_at.map(|at| Moment::of(at, zone)),
    }
}

fn took(ms: i64) -> String {
    if ms < 1000 { format!("{ms} ms") } else { format!("{} s", ms / 1000) }
}

fn outbox_word(state: &str) -> &'static str {
    match state {
        "queued" => "Waiting",
        "deferred" => "Tried and waiting",
        _ => "In hand",
    }
}

pub(super) async fn get_jobs(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    let work = house_work(&app, desk.actor()).await.map_err(|error| match error {
        HouseWorkError::Forbidden(error) => Error::from(error),
        HouseWorkError::Store(error) => error.into(),
    })?;
    let zone = house_zone(&mut app.db.read().await?).await?;
    let due = work.oldest_due.as_seconds();
    let page = JobsPage {
        frame: desk.frame(&app, "Jobs", Place::Jobs),
        has_scheduler: work.has_scheduler,
        workers: work.workers.len(),
        oldest_due: match due {
            0 => "nothing waits".to_owned(),
            1..60 => format!("{due} s"),
            60..3_600 => format!("{} min", due / 60),
            3_600..86_400 => format!("{} h {} min", due / 3_600, due % 3_600 / 60),
            _ => format!("{} days", due / 86_400),
        },
        outbox: work.outbox.iter().map(|(state, count)| (outbox_word(state), *count)).collect(),
        lines: work.jobs.iter().map(|it| line(it, zone)).collect(),
    };
    show_desk(StatusCode::OK, &page)
}
