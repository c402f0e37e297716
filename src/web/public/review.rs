//! `GET|POST /review/{token}`: a draft, and the buttons of whoever answers for it.
//!
//! The link stands in a mail, and mail programs and scanners open links: opening does nothing. Each button is a form that
//! names the revision which its page showed, so that nobody approves what he has not seen.

use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::{counted, one_line, sentence};
use crate::editions::review_page::{Decision, ReviewError, ReviewView, decide, look_at_review};
use crate::editions::summary::{HeldLine, StoryLine};
use crate::editions::{Edition, EditionError, EditionEvent, EditionState, Removal, joined};
use crate::gather::ArticleId;
use crate::operators::{Operator, Permission, Role};
use crate::publications::{Approval, Publication};
use crate::web::desk::state_in_words;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::{Frame, show_unlisted};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/review.html")]
struct ReviewPage {
    frame: Frame,
    token: String,
    publication: String,
    label: String,
    reader: String,
    state: &'static str,
    revision: i64,
    subject: String,
    preheader: String,
    attention: String,
    fate: String,
    times: Vec<Moment>,
    stories: Vec<StoryLine>,
    count: String,
    held: Vec<HeldLine>,
    source_troubles: Vec<String>,
    red: Vec<String>,
    warnings: Vec<String>,
    history: Vec<Done>,
    /// What was done just now.
    saved: String,
    /// Why it was not.
    refused: String,
    /// What others changed since the page that the button stood on.
    changes: Vec<Done>,
    may: May,
}

/// `Goes out`: `18:30 on Monday, 23 November`
struct Moment {
    name: &'static str,
    at: String,
}

struct Done {
    at: String,
    who: String,
    what: String,
}

/// Which buttons there are.
struct May {
    anything: bool,
    approve: bool,
    mark_read: bool,
    reopen: bool,
    release: bool,
    drop: bool,
}

impl May {
    fn of(edition: &Edition, approval: Approval, role: Role) -> Self {
        use EditionState as S;
        let is_draft = matches!(edition.state, S::Drafted | S::InReview);
        let is_read = approval != Approval::FourEyes || edition.state == S::InReview;
        Self {
            anything: edition.state.is_open(),
            approve: is_draft && is_read,
            mark_read: edition.state == S::Drafted && approval == Approval::FourEyes,
            reopen: matches!(edition.state, S::InReview | S::Approved),
            release: edition.attention.is_some(),
            // The verb asks again; an approver is not offered what he may not do.
            drop: role.may(Permission::Edit) && (is_draft || edition.state == S::Approved),
        }
    }
}

/// What a request has led to.
enum After {
    Nothing,
    Done(String),
    Refused { why: String, seen: i64 },
}

pub(super) async fn get_review(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Error> {
    let view = look_at_review(&app, &token).await.map_err(told)?;
    show_unlisted(StatusCode::OK, &page(&app, token, view, After::Nothing))
}

pub(super) async fn post_review(
    State(app): State<App>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Error> {
    let seen = fields.get("revision").parse().unwrap_or(0);
    let Some((decision, said)) = decision(&fields) else {
        let public = "The form came without its button. Please open the link in the mail again and press a button.";
        return Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, "no_button", "Nothing was done", public));
    };
    let (status, after) = match decide(&app, &token, seen, &decision).await {
        Ok(_) => (StatusCode::OK, After::Done(said.to_owned())),
        Err(ReviewError::Edition(error)) => {
            let why = in_words(error).map_err(|error| told(ReviewError::Edition(error)))?;
            (StatusCode::CONFLICT, After::Refused { why, seen })
        }
        Err(error) => return Err(told(error)),
    };
    let view = look_at_review(&app, &token).await.map_err(told)?;
    show_unlisted(status, &page(&app, token, view, after))
}

/// What the pressed button stands for, and what is said once it is done.
fn decision(fields: &Fields) -> Option<(Decision, &'static str)> {
    let reason = || fields.get("reason").chars().take(300).collect::<String>();
    let article = || fields.get("article").parse().ok().map(ArticleId);
    Some(match fields.get("action") {
        "approve" => (Decision::Approve, "Approved."),
        "read" => (Decision::MarkRead, "Marked as read. Somebody else approves it now."),
        "reopen" => (Decision::Reopen, "It is a draft again."),
        "hold" => (Decision::Hold { reason: reason() }, "Held back. It goes out when a person approves it."),
        "release" => (Decision::Release, "Nothing holds it back any more."),
        "skip" => (Decision::Skip { reason: reason() }, "Skipped. Its stories wait for the next edition."),
        "back" => (
            Decision::Drop { article: article()?, to: Removal::Back },
            "The story is out; it waits for the next edition.",
        ),
        "dismiss" => (
            Decision::Drop { article: article()?, to: Removal::Dismiss(String::new()) },
            "The story is out, and no edition takes it.",
        ),
        _ => return None,
    })
}

/// A refusal as the page tells it; what is no refusal comes back.
fn in_words(error: EditionError) -> Result<String, EditionError> {
    Ok(match error {
        EditionError::Conflict(_) | EditionError::Stale => {
            "Somebody changed the edition after this page was opened, so nothing was done. Look at it as it is now, and \
             press again if you still want to."
                .to_owned()
        }
        EditionError::ChecksFailed(red) => format!("It cannot go out as it is: {}.", joined(&red)),
        EditionError::Approval(refusal) => sentence(&refusal.to_string()),
        EditionError::WrongState { state, .. } => {
            format!("The edition is {} by now, so that is not possible any more.", state_in_words(state))
        }
        EditionError::Shape(error) => sentence(&error.to_string()),
        other => return Err(other),
    })
}

fn local(at: Timestamp, publication: &Publication) -> String {
    at.in_zone(publication.zone()).format("%H:%M on %A, %-d %B").to_string()
}

fn page(app: &App, token: String, view: ReviewView, after: After) -> ReviewPage {
    let ReviewView { reader, publication, edition, summary, events, people, approves_at } = view;
    let moment = |name, at: Option<Timestamp>| Some(Moment { name, at: local(at?, &publication) });
    let is_open = edition.state.is_open();
    let times = [
        moment("Approved by the service", approves_at.filter(|_| is_open)),
        moment("Goes out", Some(edition.send_at).filter(|_| is_open)),
        moment("Missed after", Some(edition.latest_send_at).filter(|_| is_open)),
        moment("Closed", edition.finished_at.or(edition.sealed_at).filter(|_| !is_open)),
    ];
    let (red, warnings): (Vec<_>, Vec<_>) = summary.checks.iter().partition(|check| check.is_red());
    let done = |event: &EditionEvent| Done {
        at: event.at.in_zone(publication.zone()).format("%H:%M").to_string(),
        who: named(&event.actor, &people),
        what: if event.reason.is_empty() { event.verb.clone() } else { format!("{}: {}", event.verb, event.reason) },
    };
    let (saved, refused, seen) = match after {
        After::Nothing => (String::new(), String::new(), None),
        After::Done(said) => (said, String::new(), None),
        After::Refused { why, seen } => (String::new(), why, Some(seen).filter(|seen| *seen != edition.revision)),
    };
    let changes = events.iter().filter(|it| seen.is_some_and(|seen| it.revision > seen)).map(done).collect();
    ReviewPage {
        frame: Frame::of(app, &format!("{} {}", publication.name, edition.label)).unlisted(),
        token,
        publication: one_line(&publication.name),
        label: edition.label.clone(),
        reader: one_line(&reader.name),
        state: state_in_words(edition.state),
        revision: edition.revision,
        subject: edition.subject.clone(),
        preheader: edition.preheader.clone(),
        attention: edition.attention.clone().filter(|_| is_open).unwrap_or_default(),
        fate: summary.fate,
        times: times.into_iter().flatten().collect(),
        count: counted(summary.shown, "story", "stories"),
        stories: summary.stories,
        held: summary.held,
        source_troubles: summary.source_troubles,
        red: red.iter().map(ToString::to_string).collect(),
        warnings: warnings.iter().map(ToString::to_string).collect(),
        history: events.iter().rev().map(done).collect(),
        saved,
        refused,
        changes,
        may: May::of(&edition, publication.approval, reader.role),
    }
}

/// `operator 3` is a person.
fn named(label: &str, people: &[Operator]) -> String {
    let id = label.strip_prefix("operator ").and_then(|id| id.parse().ok());
    let person = people.iter().find(|it| Some(it.id.0) == id);
    person.map_or_else(|| label.to_owned(), |it| one_line(&it.name))
}

fn told(error: ReviewError) -> Error {
    match error {
        ReviewError::Invalid => Error::bad_link(),
        ReviewError::NotAllowed => {
            let public = "The account that this link was made for is disabled, or may not decide about editions any more. \
                          An administrator of the newsroom can change that.";
            Error::new(StatusCode::FORBIDDEN, "account_disabled", "This account may not decide", public)
        }
        ReviewError::Edition(EditionError::Forbidden(forbidden)) => forbidden.into(),
        ReviewError::Edition(EditionError::Store(error)) => error.into(),
        ReviewError::Edition(error) => Error::internal(error),
    }
}
