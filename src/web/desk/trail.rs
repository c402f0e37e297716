//! `/desk/trail`: who did what to what, when, and what was there before.

use super::days::day_begins;
use super::doors::{Doors, Needs};
use super::form::Choice;
use super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::names::Names;
use super::places::Place;
use super::subscribers::of_list;
use super::words::{
    DEEDS, SUBJECTS, deed, edition_name, field_name, nothing_in_words, state_in_words, subject_name, value_in_words,
};
use crate::app::App;
use crate::base::Timestamp;
use crate::editions::EditionState;
use crate::operators::Permission;
use crate::operators::trail::{self, Doer, TrailCursor, TrailError, TrailFilter, TrailLine, Who};
use crate::publications::list_publications;
use crate::subscribers::{self, KnownReader, ListError, ReaderNumber, reader_number};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::Value;
use std::collections::HashMap;

const LINES: i64 = 50;

pub(super) fn doors() -> Doors {
    Doors::new().page("/desk/trail", Needs::Role(Permission::View), get_trail)
}

/// A field that changed, or a remark.
struct Note {
    name: String,
    /// Empty if there was nothing.
    before: String,
    after: String,
    is_change: bool,
}

struct Row {
    at: Moment,
    who: String,
    what: String,
    subject: String,
    /// Of a reader who is kept here, for whoever may see readers: the number of their page, and the address.
    reader: Option<(i64, String)>,
    notes: Vec<Note>,
}

#[derive(Template)]
#[template(path = "desk/trail.html")]
struct TrailPage {
    frame: DeskFrame,
    rows: Vec<Row>,
    doers: Vec<Choice>,
    subjects: Vec<Choice>,
    verbs: Vec<Choice>,
    from: String,
    to: String,
    zone: String,
    /// Something was asked for that is no filter.
    wrong: String,
    is_filtered: bool,
    /// Of the page that follows; empty at the end.
    next: String,
}

async fn get_trail(State(app): State<App>, desk: Desk, RawQuery(query): RawQuery) -> Result<Response, Error> {
    let asked = Fields::of_text(&query.unwrap_or_default());
    let zone = house_zone(&mut app.db.read().await?).await?;
    let (filter, wrong) = filter_of(&asked, zone);
    let doers = trail::list_doers(&app, desk.actor()).await.map_err(told)?;
    let page = trail::look(&app, desk.actor(), &filter, LINES).await.map_err(told)?;
    let publications = list_publications(&mut app.db.read().await?).await?;
    let mut page = page;
    for line in &mut page.lines {
        // Some deeds keep it by its short name, others by its number.
        let named = line.detail.get("publication").and_then(Value::as_str);
        let known = named.and_then(|slug| publications.iter().find(|it| it.slug == slug)).map(|it| it.name.clone());
        if let (Some(name), Some(kept)) = (known, line.detail.get_mut("publication")) {
            *kept = Value::String(name);
        }
    }
    let detail = |line: &TrailLine| {
        let publication = line.detail.get("publication").map(|it| value_in_words("publication", it));
        format!("{} {}", line.detail, publication.unwrap_or_default())
    };
    let details: Vec<String> = page.lines.iter().map(detail).collect();
    let details: Vec<&str> = details.iter().map(String::as_str).collect();
    let names = Names::in_texts(&mut app.db.read().await?, &details).await?;
    let numbers = page.lines.iter().filter_map(|it| reader_number(&it.subject_kind, it.subject_id)).collect();
    let readers = match subscribers::readers_behind(&app, desk.actor(), &numbers).await {
        // They see the numbers.
        Err(ListError::Forbidden(_)) => HashMap::new(),
        found => found.map_err(of_list)?,
    };
    let who = asked.get("who");
    let verb = filter.verb.clone().unwrap_or_default();
    let subject = asked.get("subject");
    let subjects = SUBJECTS.iter().filter(|(kind, ..)| {
        desk.may(Permission::ManageAccounts) || !matches!(*kind, "operator" | "token" | "signing_key")
    });
    let next = page.next.map(|cursor| with_cursor(&asked, cursor)).unwrap_or_default();
    let page = TrailPage {
        frame: desk.frame(&app, "Trail", Place::Trail),
        rows: page.lines.into_iter().map(|line| row(line, &names, &readers, zone)).collect(),
        doers: doers.into_iter().map(|it| choice(it, who)).collect(),
        subjects: subjects.map(|(value, name, _)| Choice::new(*value, *name, subject)).collect(),
        verbs: verbs(&verb),
        from: asked.get("from").chars().take(20).collect(),
        to: asked.get("to").chars().take(20).collect(),
        zone: zone.name().to_owned(),
        wrong,
        is_filtered: filter != TrailFilter::default(),
        next,
    };
    let status = if page.wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    show_desk(status, &page)
}

pub(super) fn told(error: TrailError) -> Error {
    match error {
        TrailError::Forbidden(forbidden) => forbidden.into(),
        TrailError::Store(error) => error.into(),
    }
}

/// All deeds by their words; one that was asked for and is none stands among them, so that the page says what it shows.
fn verbs(chosen: &str) -> Vec<Choice> {
    let mut known: Vec<Choice> =
        DEEDS.iter().map(|(value, name)| Choice::new(*value, crate::base::text::capitalized(name), chosen)).collect();
    if !chosen.is_empty() && known.iter().all(|it| !it.is_chosen) {
        known.push(Choice::new(chosen, deed(chosen), chosen));
    }
    known.sort_by(|a, b| a.name.cmp(&b.name));
    known
}

fn choice(it: Doer, chosen: &str) -> Choice {
    Choice::new(it.value, it.label, chosen)
}

/// What is asked for, and in words what of it is no filter; that is left out.
fn filter_of(asked: &Fields, zone: Tz) -> (TrailFilter, String) {
    let mut wrong = Vec::new();
    let day = |name: &str, days: i64, wrong: &mut Vec<&str>| {
        let text = asked.filled(name)?;
        let at = day_begins(&text, days, zone);
        if at.is_none() {
            wrong.push("write a day like 2026-11-23");
        }
        at
    };
    let from = day("from", 0, &mut wrong);
    let to = day("to", 1, &mut wrong);
    let who = asked.filled("who").and_then(|word| {
        let who = Who::parse(&word);
        if who.is_none() {
            wrong.push("choose a person from the list");
        }
        who
    });
    let filter = TrailFilter {
        who,
        verb: asked.filled("verb").map(|it| it.to_lowercase().replace(' ', "_")),
        subject: asked.filled("subject").map(|kind| (kind, asked.get("id").parse().ok())),
        from,
        to,
        after: TrailCursor::parse(asked.get("after")),
    };
    wrong.dedup();
    (filter, wrong.join("; "))
}

fn with_cursor(asked: &Fields, cursor: TrailCursor) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["who", "verb", "subject", "id", "from", "to"] {
        if let Some(value) = asked.filled(name) {
            query.append_pair(name, &value);
        }
    }
    query.append_pair("after", &cursor.to_string()).finish()
}

fn row(line: TrailLine, names: &Names, readers: &HashMap<ReaderNumber, KnownReader>, zone: Tz) -> Row {
    let reader = reader_number(&line.subject_kind, line.subject_id).and_then(|it| readers.get(&it));
    Row {
        at: Moment::of(line.at, zone),
        what: deed(&line.verb),
        subject: subject(&line),
        reader: reader.map(|it| (it.id.0, it.email.clone())),
        notes: notes(&line.detail, names, zone),
        who: line.who,
    }
}

/// Its name; of what has none, its kind, and its number where one of many is meant.
fn subject(line: &TrailLine) -> String {
    let bare = format!("{} {}", line.subject_kind.replace('_', " "), line.subject_id.unwrap_or_default());
    match (line.subject_kind.as_str(), line.subject_id) {
        ("subscriber", Some(id)) => format!("reader {id}"),
        ("subscription", Some(id)) => format!("subscription {id}"),
        ("import", Some(id)) => format!("import {id}"),
        ("edition", Some(_)) => match line.subject.rsplit_once(' ') {
            Some((publication, label)) => format!("{publication}, {}", edition_name(label)),
            None => line.subject.clone(),
        },
        (_, Some(_)) if line.subject != bare => line.subject.clone(),
        (kind, _) => subject_name(kind),
    }
}

/// A value in words; an instant by the newsroom's clock.
fn told_at(name: &str, value: &Value, zone: Tz) -> String {
    let instant = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    match instant {
        Some(at) => Moment::of(Timestamp::from_micros(at.timestamp_micros()), zone).said,
        None => value_in_words(name, value),
    }
}

/// `{"before": .., "after": ..}` as changes; whatever else was noted as remarks.
fn notes(detail: &Value, names: &Names, zone: Tz) -> Vec<Note> {
    let Some(fields) = detail.as_object() else { return Vec::new() };
    let side = |name: &str| fields.get(name).and_then(Value::as_object);
    let (before, after) = (side("before"), side("after"));
    let mut notes = Vec::new();
    let mut fields_named: Vec<&String> =
        [before, after].into_iter().flatten().flat_map(serde_json::Map::keys).collect();
    fields_named.sort();
    fields_named.dedup();
    for name in fields_named {
        let of = |side: Option<&serde_json::Map<String, Value>>| {
            let value = side.and_then(|it| it.get(name)).map(|value| told_at(name, value, zone)).unwrap_or_default();
            if value.is_empty() { nothing_in_words(name).to_owned() } else { names.in_text(&value) }
        };
        notes.push(Note { name: field_name(name), before: of(before), after: of(after), is_change: true });
    }
    // What an edition was, and what it is since.
    let state = |name: &str| EditionState::parse(fields.get(name).and_then(Value::as_str)?);
    let step = state("from").zip(state("to"));
    if let Some((from, to)) = step.filter(|(from, to)| from != to) {
        let told = |state| state_in_words(state).to_owned();
        notes.push(Note { name: "state".to_owned(), before: told(from), after: told(to), is_change: true });
    }
    for (name, value) in fields {
        if step.is_some() && matches!(name.as_str(), "from" | "to") {
            continue;
        }
        let is_side = matches!(name.as_str(), "before" | "after") && value.is_object();
        if is_side || value.is_null() {
            continue;
        }
        let after = names.in_text(&told_at(name, value, zone));
        if !after.is_empty() {
            notes.push(Note { name: field_name(name), before: String::new(), after, is_change: false });
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_told_by_its_fields_and_a_remark_as_it_is() {
        let told = |detail: Value| -> Vec<String> {
            notes(&detail, &Names::default(), Tz::UTC)
                .iter()
                .map(|it| format!("{}|{}|{}|{}", it.name, it.before, it.after, it.is_change))
                .collect()
        };
        assert_eq!(
            told(
                json!({ "before": { "role": "editor" }, "after": { "role": "viewer", "send_limit": 3 }, "why": "asked" })
            ),
            ["role|editor|viewer|true", "send limit||3|true", "because||asked|false"]
        );
        assert_eq!(
            told(json!({ "before": "x", "scopes": ["read", "send"], "on": true, "no": null })),
            ["before||x|false", "on||yes|false", "scopes||read, send|false"]
        );
        assert_eq!(
            told(json!({ "from": "drafted", "to": "approved", "reason": "read" })),
            ["state|a draft|approved|true", "reason||read|false"]
        );
        assert_eq!(
            told(json!({ "from": "sent", "to": "sent", "publication": 1 })),
            ["publication||a newsletter|false"]
        );
        assert_eq!(
            told(json!({ "before": { "hour": null }, "after": { "hour": 7 }, "until": "2026-12-01T18:00:00Z" })),
            ["hour|when the edition goes out|07:00|true", "until||Tue 1 Dec, 18:00 UTC|false"]
        );
        assert!(told(json!(3)).is_empty());
    }

    #[test]
    fn a_day_begins_and_ends_in_the_newsrooms_zone() {
        let asked = Fields::of_text("from=2026-11-23&to=2026-11-23&who=operator:3&verb=Set+role&subject=edition&id=7");
        let (filter, wrong) = filter_of(&asked, chrono_tz::Europe::Berlin);
        assert_eq!(wrong, "");
        assert_eq!(filter.from.map(Timestamp::rfc3339).as_deref(), Some("2026-11-22T23:00:00Z"));
        assert_eq!(filter.to.map(Timestamp::rfc3339).as_deref(), Some("2026-11-23T23:00:00Z"));
        assert_eq!((filter.who, filter.verb.as_deref()), (Some(Who::Operator(3)), Some("set_role")));
        assert_eq!(filter.subject, Some(("edition".to_owned(), Some(7))));
        let (filter, wrong) = filter_of(&Fields::of_text("from=yesterday&who=x"), Tz::UTC);
        assert_eq!(filter, TrailFilter::default());
        assert!(wrong.contains("2026-11-23") && wrong.contains("list"), "{wrong}");
    }
}
