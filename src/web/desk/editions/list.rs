//! `GET /desk/editions`: every edition, the newest first, by publication, state and date; a page at a time.

use crate::app::App;
use crate::base::Timestamp;
use crate::delivery::count_readers_of;
use crate::editions::{self, Edition, EditionFilter, EditionId, EditionKind, EditionState, corrections};
use crate::operators::Permission;
use crate::publications::{Publication, list_publications};
use crate::web::desk::frame::{Desk, DeskFrame, Moment, show_desk};
use crate::web::desk::places::Place;
use crate::web::desk::subscribers::grouped;
use crate::web::desk::words::{edition_name, kind_in_words, reason_in_words, state_in_words};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeSet;

const ROWS: usize = 30;

#[derive(Template)]
#[template(path = "desk/editions.html")]
struct EditionsPage {
    frame: DeskFrame,
    publications: Vec<(String, String)>,
    states: Vec<(&'static str, &'static str)>,
    asked_publication: String,
    asked_state: String,
    asked_from: String,
    asked_to: String,
    is_filtered: bool,
    may_edit: bool,
    /// What of the filter could not be read.
    problem: String,
    lines: Vec<Line>,
    /// The query of the next page; empty at the end.
    next: String,
}

struct Line {
    id: i64,
    label: String,
    publication: String,
    /// Empty for what the calendar made.
    kind: &'static str,
    state: &'static str,
    subject: String,
    attention: bool,
    is_corrected: bool,
    goes_out: Moment,
    /// `1,995`, or `260 of 1,995` of whom it was meant for; empty before it goes out.
    readers: String,
    /// At its end without having gone out.
    is_unsent: bool,
    reason: String,
}

/// How many have it, and how many it was meant for if they are others.
fn readers(it: &Edition, has_it: i64) -> String {
    match it.prepared_count {
        None => String::new(),
        Some(meant) if meant == has_it => grouped(meant),
        Some(meant) => format!("{} of {}", grouped(has_it), grouped(meant)),
    }
}

fn line(it: &Edition, publications: &[Publication], corrected: &BTreeSet<EditionId>, has_it: i64) -> Line {
    let publication = publications.iter().find(|known| known.id == it.publication_id);
    let zone = publication.map_or(Tz::UTC, Publication::zone);
    Line {
        id: it.id.0,
        label: edition_name(&it.label),
        publication: publication.map(|it| it.name.clone()).unwrap_or_default(),
        kind: if it.kind == EditionKind::Regular { "" } else { kind_in_words(it.kind) },
        state: state_in_words(it.state),
        subject: it.subject.clone(),
        attention: it.attention.is_some() && it.state.is_open(),
        is_corrected: corrected.contains(&it.id),
        goes_out: Moment::of(it.finished_at.unwrap_or(it.send_at), zone),
        readers: readers(it, has_it),
        // Of one that is open, the page itself says how it stands.
        reason: if it.state.is_end() { reason_in_words(&it.reason) } else { String::new() },
        is_unsent: it.state.is_end() && it.sealed_at.is_none(),
    }
}

/// `CUTOFF.ID` of the last line of a page.
fn cursor(text: &str) -> Option<(Timestamp, EditionId)> {
    let (cutoff, id) = text.split_once('.')?;
    Some((Timestamp::from_micros(cutoff.parse().ok()?), EditionId(id.parse().ok()?)))
}

pub(super) async fn get_editions(
    State(app): State<App>,
    desk: Desk,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let asked = Fields::of_text(&query.unwrap_or_default());
    let mut tx = app.db.read().await?;
    let publications = list_publications(&mut tx).await?;
    let mut problem = String::new();
    let mut date = |name: &str| {
        let text = asked.filled(name)?;
        let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
        if date.is_none() {
            problem = format!("{text:?} is no date; write it like 2026-11-23.");
        }
        date.map(|it| it.to_string())
    };
    let filter = EditionFilter {
        publication: publications.iter().find(|it| it.slug == asked.get("publication")).map(|it| it.id),
        state: EditionState::parse(asked.get("state")),
        from: date("from"),
        to: date("to"),
        after: cursor(asked.get("cursor")),
    };
    let limit = i64::try_from(ROWS + 1).unwrap_or(i64::MAX);
    let mut editions = editions::list_editions(&mut tx, &filter, limit).await?;
    let has_more = editions.len() > ROWS;
    editions.truncate(ROWS);
    let corrected = corrections::list_corrected(&mut tx, &editions).await?;
    let next = match editions.last().filter(|_| has_more) {
        Some(last) => url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(asked.pairs().filter(|(name, value)| *name != "cursor" && !value.is_empty()))
            .append_pair("cursor", &format!("{}.{}", last.cutoff_at.as_micros(), last.id))
            .finish(),
        None => String::new(),
    };
    let sealed: Vec<&Edition> = editions.iter().collect();
    let have = count_readers_of(&mut tx, &sealed).await?;
    let has_it = |it: &Edition| have.get(&it.id).copied().unwrap_or_default();
    let filters = ["publication", "state", "from", "to"];
    let page = EditionsPage {
        frame: desk.frame(&app, "Editions", Place::Editions),
        states: EditionState::ALL.iter().map(|it| (it.as_str(), state_in_words(*it))).collect(),
        asked_publication: asked.get("publication").to_owned(),
        asked_state: asked.get("state").to_owned(),
        asked_from: asked.get("from").to_owned(),
        asked_to: asked.get("to").to_owned(),
        may_edit: desk.may(Permission::Edit),
        is_filtered: filters.iter().any(|name| asked.filled(name).is_some()),
        problem,
        lines: editions.iter().map(|it| line(it, &publications, &corrected, has_it(it))).collect(),
        next,
        publications: publications.into_iter().map(|it| (it.slug, it.name)).collect(),
    };
    show_desk(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_that_is_none_begins_at_the_top() {
        assert_eq!(cursor("17.4"), Some((Timestamp::from_micros(17), EditionId(4))));
        for garbage in ["", "17", "a.b", "17.", "99999999999999999999.1"] {
            assert_eq!(cursor(garbage), None, "{garbage}");
        }
    }
}
