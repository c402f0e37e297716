//! Corrections: what was wrong in an edition that has gone out, and what is right. The next edition shows them; a mail of
//! its own can tell those who got what was wrong.

use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::delivery::{self, Counts, count_who_got};
use crate::editions::corrections::{
    self, CorrectionError, CorrectionId, CorrectionNote, articles_to_mail, corrections_about, list_corrections,
};
use crate::editions::{self, Edition, EditionError, EditionId, EditionState, Placement};
use crate::gather::ArticleId;
use crate::operators::Permission;
use crate::publications::find_publication;
use crate::web::desk::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use crate::web::desk::names::Names;
use crate::web::desk::places::Place;
use crate::web::desk::said::{done, refused};
use crate::web::desk::subscribers::readers_in_words;
use crate::web::desk::tonight::refusal::in_words;
use crate::web::desk::words::{edition_name, sentence, who_has_it};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

const ROWS: usize = 30;

struct Line {
    edition: i64,
    title: String,
    url: String,
    was: String,
    now_reads: String,
    who: String,
    at: Moment,
}

fn line(it: CorrectionNote, names: &Names, zone: Tz) -> Line {
    Line {
        edition: it.edition_id.0,
        title: it.title,
        url: it.url,
        was: it.was,
        now_reads: it.now_reads,
        who: if it.noted_by == "system" { "its source".to_owned() } else { names.of_label(&it.noted_by) },
        at: Moment::of(it.noted_at, zone),
    }
}

async fn names(tx: &mut Tx, notes: &[CorrectionNote]) -> Result<Names, StoreError> {
    let texts: Vec<&str> = notes.iter().map(|it| it.noted_by.as_str()).collect();
    Names::in_texts(tx, &texts).await
}

#[derive(Template)]
#[template(path = "desk/corrections.html")]
struct CorrectionsPage {
    frame: DeskFrame,
    lines: Vec<Line>,
    /// Before which the next page begins.
    next: Option<CorrectionId>,
}

pub(super) async fn get_corrections(
    State(app): State<App>,
    desk: Desk,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let asked = Fields::of_text(&query.unwrap_or_default());
    let before = asked.get("before").parse().ok().map(CorrectionId);
    let mut tx = app.db.read().await?;
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut notes = list_corrections(&mut tx, desk.actor(), before, limit).await.map_err(unread)?;
    let has_more = notes.len() > ROWS;
    notes.truncate(ROWS);
    let next = notes.last().filter(|_| has_more).map(|it| it.id);
    let names = names(&mut tx, &notes).await?;
    let zone = house_zone(&mut tx).await?;
    let page = CorrectionsPage {
        frame: desk.frame(&app, "Corrections", Place::Corrections),
        lines: notes.into_iter().map(|it| line(it, &names, zone)).collect(),
        next,
    };
    show_desk(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "desk/edition_corrections.html")]
struct OfEditionPage {
    frame: DeskFrame,
    id: i64,
    label: String,
    publication: String,
    lines: Vec<Line>,
    /// Number and headline of what readers saw.
    stories: Vec<(i64, String)>,
    was: String,
    is: String,
    article: i64,
    may_edit: bool,
    is_sent: bool,
    /// `4,070 readers have it, 2 more may have it`
    who_has_it: String,
    /// Who gets the wrong words still; none once it is at its end.
    still_to_come: Option<StillToCome>,
    /// What a mail of its own would be about, and for whom.
    to_mail: Option<ToMail>,
}

/// An edition that is going out while it is corrected.
struct StillToCome {
    /// `1,750 readers wait`
    readers_wait: String,
    is_paused: bool,
}

impl StillToCome {
    fn of(edition: &Edition, counts: &Counts) -> Option<Self> {
        let is_going_out = matches!(edition.state, EditionState::Sealed | EditionState::Sending);
        (is_going_out && counts.waiting > 0)
            .then(|| Self { readers_wait: wait_in_words(counts.waiting), is_paused: edition.paused_at.is_some() })
    }
}

fn wait_in_words(readers: i64) -> String {
    format!("{} {}", readers_in_words(readers), if readers == 1 { "waits" } else { "wait" })
}

/// Corrections that no mail has told of.
struct ToMail {
    count: usize,
    readers: i64,
    /// `812 readers`
    said: String,
}

async fn to_mail(tx: &mut Tx, desk: &Desk, edition: &Edition) -> Result<Option<ToMail>, Error> {
    let articles = articles_to_mail(tx, desk.actor(), edition).await.map_err(unread)?;
    if articles.is_empty() {
        return Ok(None);
    }
    let count = count_who_got(tx, edition, &articles).await?;
    Ok(Some(ToMail { count: articles.len(), readers: count, said: readers_in_words(count) }))
}

pub(super) async fn get_of_edition(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    show(&app, &desk, id, StatusCode::OK, None, None).await
}

/// With what was typed, and why it was not taken.
async fn show(
    app: &App,
    desk: &Desk,
    id: i64,
    status: StatusCode,
    typed: Option<&Fields>,
    refusal: Option<String>,
) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    let edition: Edition = editions::find_edition(&mut tx, EditionId(id))
        .await?
        .ok_or_else(|| Error::not_found().with_link("To all editions", "/desk/editions"))?;
    let publication = find_publication(&mut tx, edition.publication_id).await?.ok_or_else(Error::not_found)?;
    let items = editions::list_items(&mut tx, edition.id).await?;
    let about = corrections_about(&mut tx, desk.actor(), &edition).await.map_err(unread)?;
    let names = names(&mut tx, &about).await?;
    let counts = delivery::counts(&mut tx, edition.id).await?;
    let to_mail = to_mail(&mut tx, desk, &edition).await?;
    let is_shown = |it: &&editions::Item| !matches!(it.placement, Placement::Hidden | Placement::Overflow);
    let text = |name: &str| typed.map(|fields| fields.get(name).to_owned()).unwrap_or_default();
    let mut frame = desk.frame(app, &format!("Corrections of {}", edition_name(&edition.label)), Place::Corrections);
    if let Some(refusal) = refusal {
        frame = frame.refusing(refusal);
    }
    let page = OfEditionPage {
        frame,
        id,
        label: edition_name(&edition.label),
        publication: publication.name.clone(),
        lines: about.into_iter().map(|it| line(it, &names, publication.zone())).collect(),
        stories: items.iter().filter(is_shown).map(|it| (it.article_id.0, it.shown_headline().to_owned())).collect(),
        was: text("was"),
        is: text("is"),
        article: text("article").parse().unwrap_or_default(),
        may_edit: desk.may(Permission::Edit),
        is_sent: edition.sealed_at.is_some(),
        who_has_it: who_has_it(&counts),
        still_to_come: StillToCome::of(&edition, &counts),
        to_mail,
    };
    show_desk(status, &page)
}

pub(super) async fn post_correction(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let article = fields.get("article").parse().map(ArticleId).unwrap_or(ArticleId(0));
    let noted =
        corrections::correct(&app, desk.actor(), EditionId(id), article, fields.get("was"), fields.get("is")).await;
    match noted {
        Ok(_) => {
            let said = "Noted. Its page on the web shows it at once, the next edition tells it.";
            Ok(done(&app, &format!("/desk/editions/{id}/corrections"), said))
        }
        Err(CorrectionError::Edition(error)) => {
            let why = in_words(&app, error).await?;
            show(&app, &desk, id, StatusCode::CONFLICT, Some(&fields), Some(why)).await
        }
        Err(error) => {
            let why = sentence(&error.to_string());
            show(&app, &desk, id, StatusCode::UNPROCESSABLE_ENTITY, Some(&fields), Some(why)).await
        }
    }
}

pub(super) async fn post_mail(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    desk.require(Permission::Edit)?;
    let mut tx = app.db.read().await?;
    let wrong = editions::find_edition(&mut tx, EditionId(id)).await?.ok_or_else(Error::not_found)?;
    let for_whom = to_mail(&mut tx, &desk, &wrong).await?.map(|it| format!(", {} by now", it.said)).unwrap_or_default();
    drop(tx);
    match corrections::draft_correction_mail(&app, desk.actor(), EditionId(id), &[]).await {
        Ok(mail) => {
            let said = format!(
                "Drafted: a mail to those alone who got what was wrong{for_whom}. It goes out when somebody approves it."
            );
            Ok(done(&app, &format!("/desk/editions/{}", mail.id), &said))
        }
        Err(CorrectionError::Edition(error)) => {
            Ok(refused(&app, &format!("/desk/editions/{id}/corrections"), &in_words(&app, error).await?))
        }
        Err(error) => Ok(refused(&app, &format!("/desk/editions/{id}/corrections"), &sentence(&error.to_string()))),
    }
}

fn unread(error: EditionError) -> Error {
    match error {
        EditionError::Forbidden(error) => error.into(),
        EditionError::Store(error) => error.into(),
        other => Error::internal(other),
    }
}
