//! `GET /desk/subscribers`: finding readers. A form without a script, a page at a time.

use super::super::form::Choice;
use super::{
    Chip, Problem, asked_in_words, dated, day, grouped, of_all, publications, readers_in_words, source_in_words,
    standing, suppression_in_words,
};
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::Permission;
use crate::publications::{calendar, list_sections};
use crate::subscribers::{
    self, AskError, ConsentSource, FoundPage, FoundReader, ListError, PendingId, ReaderState, SearchError,
    SearchFilter, Total, Trouble, Waiting, ask_again, counts,
};
use crate::web::desk::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use crate::web::desk::places::Place;
use crate::web::desk::said::{done, refused};
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Days, NaiveTime};
use chrono_tz::Tz;

const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "desk/subscribers/list.html")]
struct ListPage {
    frame: DeskFrame,
    /// Whole addresses are shown.
    may_manage: bool,
    counts: Vec<CountLine>,
    form: SearchForm,
    problems: Vec<Problem>,
    rows: Vec<ReaderRow>,
    waiting: Vec<WaitingRow>,
    /// The waiting ones are what was looked for.
    is_pending: bool,
    total: String,
    notes: Vec<String>,
    next: Option<String>,
    next_label: &'static str,
    first: Option<String>,
    has_filter: bool,
    has_readers: bool,
    zone: String,
}

struct CountLine {
    name: String,
    active: String,
    pending: String,
    left: String,
}

struct SearchForm {
    text: String,
    publications: Vec<Choice>,
    states: Vec<Choice>,
    sections: Vec<Choice>,
    from: String,
    to: String,
    consents: Vec<Choice>,
    troubles: Vec<Choice>,
    has_more: bool,
}

struct ReaderRow {
    id: i64,
    email: String,
    joined: Moment,
    chips: Vec<Chip>,
}

struct WaitingRow {
    id: i64,
    email: String,
    publication: String,
    asked: Moment,
    until: Moment,
    by: &'static str,
    is_mailed: bool,
    /// Its mail never arrived.
    is_undelivered: bool,
}

const STATES: &[(&str, &str)] = &[
    ("", "Any"),
    ("active", "Reading"),
    ("paused", "Paused"),
    ("pending", "Waiting to confirm"),
    ("left", "Left or ended"),
];
const TROUBLES: &[(&str, &str)] = &[
    ("", "Any"),
    ("bounced", "Mail came back"),
    ("complained", "Marked as spam"),
    ("suppressed", "Must not be mailed"),
];

pub(super) async fn get_list(State(app): State<App>, desk: Desk, RawQuery(query): RawQuery) -> Result<Response, Error> {
    let fields = Fields::of_text(query.as_deref().unwrap_or_default());
    let now = app.now();
    let all = publications(&app).await?;
    let mut tx = app.db.read().await?;
    let zone = house_zone(&mut tx).await?;
    let numbers = counts(&mut tx, desk.actor(), now).await.map_err(of_list)?;
    let chosen = fields.get("publication");
    let mut sections: Vec<Choice> = Vec::new();
    for it in all.iter().filter(|it| chosen.is_empty() || it.slug == chosen) {
        for section in list_sections(&mut tx, it.id).await? {
            if !sections.iter().any(|known| known.value == section.slug) {
                sections.push(Choice::new(section.slug, section.name, fields.get("section")));
            }
        }
    }
    drop(tx);
    let may_manage = desk.may(Permission::ManageSubscribers);
    let mut problems = Vec::new();
    let filter = filter_of(&fields, zone, &mut problems);
    let after = fields.get("after").parse().ok();
    let found = match may_manage {
        true => match subscribers::search(&app, desk.actor(), &filter, after, ROWS).await {
            Ok(page) => Some(page),
            Err(SearchError::UnknownPublication(_)) => {
                problems.push(Problem::new("publication", "there is no such publication; choose one of the list"));
                None
            }
            Err(error @ SearchError::TroubleOfWaiting) => {
                problems.push(Problem::new("trouble", error));
                None
            }
            // The list goes on from its beginning, and says so.
            Err(SearchError::PlaceGone) => {
                let from_here = format!("/desk/subscribers?{}", query_of(&fields, None));
                let told = "Whom that page began after is not kept any more, so here is the first page again.";
                return Ok(refused(&app, &from_here, told));
            }
            Err(SearchError::Forbidden(error)) => return Err(error.into()),
            Err(SearchError::Store(error)) => return Err(error.into()),
        },
        false => None,
    };
    let counts = all
        .iter()
        .map(|it| {
            let of_it = numbers.iter().find(|row| row.publication_id == it.id);
            CountLine {
                name: it.name.clone(),
                active: grouped(of_it.map_or(0, |row| row.active)),
                pending: grouped(of_it.map_or(0, |row| row.pending)),
                left: grouped(of_it.map_or(0, |row| row.left_count)),
            }
        })
        .collect();
    let has_more = ["section", "from", "to", "consent", "trouble"].iter().any(|name| !fields.get(name).is_empty());
    let has_filter = has_more || ["q", "publication", "state"].iter().any(|name| !fields.get(name).is_empty());
    let has_readers = numbers.iter().any(|it| it.active + it.left_count + it.pending > 0);
    let is_pending = filter.state == Some(ReaderState::Pending);
    let shown = found.map(|page| Shown::of(&page, &fields, zone, now)).unwrap_or_default();
    let page = ListPage {
        frame: desk.frame(&app, "Subscribers", Place::Subscribers),
        may_manage,
        counts,
        form: SearchForm {
            text: fields.get("q").to_owned(),
            publications: of_all(&all, chosen),
            states: choices(STATES, fields.get("state")),
            sections,
            from: fields.get("from").to_owned(),
            to: fields.get("to").to_owned(),
            consents: std::iter::once(Choice::new("", "Any", fields.get("consent")))
                .chain(
                    ConsentSource::ALL
                        .iter()
                        .map(|it| Choice::new(it.as_str(), sentence_case(source_in_words(*it)), fields.get("consent"))),
                )
                .collect(),
            troubles: choices(TROUBLES, fields.get("trouble")),
            has_more,
        },
        rows: shown.rows,
        waiting: shown.waiting,
        is_pending,
        total: shown.total,
        notes: shown.notes,
        next: shown.next,
        next_label: shown.next_label,
        first: after.map(|_| query_of(&fields, None)),
        has_filter,
        has_readers,
        zone: zone.name().to_owned(),
        problems,
    };
    let status = if page.problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    show_desk(status, &page)
}

pub(in crate::web::desk) fn of_list(error: ListError) -> Error {
    match error {
        ListError::Forbidden(error) => error.into(),
        ListError::Store(error) => error.into(),
        ListError::UnknownPublication(_) => Error::not_found(),
    }
}

fn sentence_case(text: &str) -> String {
    sentence(text).trim_end_matches('.').to_owned()
}

fn choices(all: &[(&str, &str)], chosen: &str) -> Vec<Choice> {
    all.iter().map(|(value, name)| Choice::new(*value, *name, chosen)).collect()
}

fn filter_of(fields: &Fields, zone: Tz, problems: &mut Vec<Problem>) -> SearchFilter {
    let mut day = |name: &str, later: u64| {
        let typed = fields.filled(name)?;
        let date = calendar::typed_day(&typed).and_then(|it| it.checked_add_days(Days::new(later)));
        let at = date.and_then(|it| calendar::instant(zone, it.and_time(NaiveTime::MIN)));
        if at.is_none() {
            problems.push(Problem::new(name, "write a day like 2026-11-23"));
        }
        at
    };
    let (joined_from, joined_until) = (day("from", 0), day("to", 1));
    SearchFilter {
        text: fields.filled("q"),
        publication: fields.filled("publication"),
        state: ReaderState::parse(fields.get("state")),
        section: fields.filled("section"),
        joined_from,
        joined_until,
        consent: ConsentSource::parse(fields.get("consent")),
        trouble: Trouble::parse(fields.get("trouble")),
    }
}

/// The same question, from another place on.
fn query_of(fields: &Fields, after: Option<i64>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["q", "publication", "state", "section", "from", "to", "consent", "trouble"] {
        if let Some(value) = fields.filled(name) {
            query.append_pair(name, &value);
        }
    }
    if let Some(after) = after {
        query.append_pair("after", &after.to_string());
    }
    query.finish()
}

#[derive(Default)]
struct Shown {
    rows: Vec<ReaderRow>,
    waiting: Vec<WaitingRow>,
    total: String,
    notes: Vec<String>,
    next: Option<String>,
    next_label: &'static str,
}

impl Shown {
    fn of(page: &FoundPage, fields: &Fields, zone: Tz, now: Timestamp) -> Self {
        let mut notes = Vec::new();
        if let Some(it) = &page.suppression {
            notes.push(format!("This address must not be mailed: {}.", suppression_in_words(it.reason)));
        }
        if page.stopped_early {
            notes.push(
                "The search has looked at some 8,000 readers and stopped there. Go on to look at those before."
                    .to_owned(),
            );
        }
        let text = fields.get("q");
        if page.readers.is_empty() && page.waiting.is_empty() && text.contains('.') && !text.contains('@') {
            notes.push(format!("To find everybody at a domain, write @{text}"));
        }
        Self {
            rows: page.readers.iter().map(|it| row(it, zone, now)).collect(),
            waiting: page.waiting.iter().map(|it| waiting_row(it, page.undelivered.contains(&it.id), zone)).collect(),
            total: match page.total {
                Total::Exactly(count) => readers_in_words(count),
                Total::AtLeast(count) => format!("At least {}", readers_in_words(count)),
            },
            notes,
            next: page.next.map(|after| query_of(fields, Some(after))),
            next_label: if page.stopped_early { "Look further back" } else { "Next page" },
        }
    }
}

fn row(it: &FoundReader, zone: Tz, now: Timestamp) -> ReaderRow {
    let mut chips: Vec<Chip> =
        it.subscriptions.iter().map(|of| standing(&of.name, of.state, of.left_reason, of.paused_until, now)).collect();
    if let Some(reason) = it.suppressed {
        chips.push(Chip { tone: "bad", text: format!("must not be mailed: {}", suppression_in_words(reason)) });
    }
    if it.complaints > 0 {
        chips.push(Chip { tone: "bad", text: "marked a mail as spam".to_owned() });
    }
    if it.bounces > 0 {
        chips.push(Chip { tone: "warn", text: format!("came back {} times", it.bounces).replace(" 1 times", " once") });
    }
    ReaderRow { id: it.id.0, email: it.email.clone(), joined: day(it.created_at, zone), chips }
}

fn waiting_row(it: &Waiting, is_undelivered: bool, zone: Tz) -> WaitingRow {
    WaitingRow {
        id: it.id.0,
        email: it.email.clone(),
        publication: it.publication_name.clone(),
        asked: dated(it.requested_at, zone),
        until: dated(it.expires_at, zone),
        by: source_in_words(it.source),
        is_mailed: it.mailed_at.is_some(),
        is_undelivered,
    }
}

/// `POST /desk/subscribers/waiting/{id}/ask`: the confirmation once more.
pub(super) async fn post_ask_again(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let back = "/desk/subscribers?state=pending";
    match ask_again(&app, desk.actor(), PendingId(id)).await {
        Ok(outcome) => {
            let (text, is_done) = asked_in_words(outcome, &app.config.limits);
            Ok(if is_done { done(&app, back, &text) } else { refused(&app, back, &text) })
        }
        Err(AskError::Forbidden(error)) => Err(error.into()),
        Err(AskError::Store(error)) => Err(error.into()),
        Err(error) => Ok(refused(&app, back, &sentence(&error.to_string()))),
    }
}
