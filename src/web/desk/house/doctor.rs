//! `GET|POST /desk/doctor`: what stands between this house and mail that arrives.

use super::super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::super::places::Place;
use super::super::said::{self, done};
use super::super::words::{at_desk, name_of_check};
use crate::app::App;
use crate::doctor::{KeptFinding, Visit, VisitError, ask_for_visit, find_last_visit};
use crate::operators::Permission;
use crate::web::error::Error;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/house/doctor.html")]
struct DoctorPage {
    frame: DeskFrame,
    may_configure: bool,
    visit: Option<Visit>,
    asked: Option<Moment>,
    /// What is to be mended first comes first.
    groups: Vec<Group>,
}

struct Group {
    id: &'static str,
    title: &'static str,
    tone: &'static str,
    word: &'static str,
    is_folded: bool,
    findings: Vec<KeptFinding>,
}

fn groups(visit: &Visit) -> Vec<Group> {
    [
        ("fail", "To mend", "bad", "mend this", false),
        ("warn", "To look at", "warn", "look at this", false),
        ("ok", "All is well", "good", "well", true),
        ("skipped", "Not looked at", "", "not looked at", true),
    ]
    .into_iter()
    .map(|(id, title, tone, word, is_folded)| {
        let findings = visit.findings.iter().filter(|it| it.level == id).cloned().collect();
        Group { id, title, tone, word, is_folded, findings }
    })
    .filter(|group| !group.findings.is_empty())
    .collect()
}

pub(super) async fn get_doctor(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    let visit = find_last_visit(&app, desk.actor()).await.map_err(told)?;
    let zone = house_zone(&mut app.db.read().await?).await?;
    let page = DoctorPage {
        frame: desk.frame(&app, "Checks", Place::Doctor),
        may_configure: desk.may(Permission::Configure),
        asked: visit.as_ref().map(|it| Moment::of(it.asked_at, zone)),
        groups: visit.as_ref().map(groups).unwrap_or_default(),
        visit,
    };
    show_desk(StatusCode::OK, &page)
}

pub(super) async fn post_doctor(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    match ask_for_visit(&app, desk.actor()).await {
        Ok(()) => {
            let text = "The checks are running. They ask name servers and relays, so look again in half a minute.";
            Ok(done(&app, "/desk/doctor", text))
        }
        Err(error @ VisitError::Running) => Ok(said::refused(&app, "/desk/doctor", &format!("Wait: {error}."))),
        Err(error) => Err(told(error)),
    }
}

fn told(error: VisitError) -> Error {
    match error {
        VisitError::Forbidden(error) => error.into(),
        VisitError::Store(error) => error.into(),
        VisitError::Running => Error::internal(error),
    }
}
