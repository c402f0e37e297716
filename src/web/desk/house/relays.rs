//! `/desk/relays`: the relays and the groups of mailbox providers, what limits them, what holds them back.
//!
//! What is set here stands above `lamplighter.toml` until it is taken back, and holds for every worker within a second.

use super::super::form::{Field, Kind, Wrong, field, mark};
use super::super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::super::places::Place;
use super::super::said::{self, done};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::delivery::rates::{self, ClearOutcome, LimitChange, LimitError, ResumeOutcome, ScopeName, ScopeView};
use crate::operators::Permission;
use crate::publications::rules::Mistake;
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "desk/house/relays.html")]
struct RelaysPage {
    frame: DeskFrame,
    may_configure: bool,
    may_approve: bool,
    /// Relays, groups that something limits, the others.
    tables: Vec<Table>,
    chosen: Option<Chosen>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
}

struct Table {
    id: &'static str,
    title: &'static str,
    about: &'static str,
    lines: Vec<Line>,
}

struct Line {
    scope: String,
    name: String,
    word: String,
    tone: &'static str,
    connections: String,
    speed: String,
    hour: String,
    day: String,
    remarks: Vec<String>,
}

/// The scope whose limits are looked at.
struct Chosen {
    scope: String,
    name: String,
    is_live: bool,
    is_closed: bool,
    fields: Vec<Field>,
}

/// `relay:mx.example:25` without its kind.
fn name(scope: &str) -> String {
    scope.split_once(':').map_or(scope, |(_, name)| name).to_owned()
}

fn limit(value: u32) -> String {
    if value == 0 { "no limit".to_owned() } else { value.to_string() }
}

fn line(view: &ScopeView, zone: Tz) -> Line {
    let window = |used: u64, limit: u32| if limit == 0 { "no limit".to_owned() } else { format!("{used} of {limit}") };
    let mut remarks = Vec::new();
    let (word, tone) = match &view.closed {
        Some(closed) => {
            let until = closed.until.as_deref().and_then(Timestamp::parse_rfc3339);
            let until = until
                .map_or_else(|| "until it is resumed".to_owned(), |at| format!("until {}", Moment::of(at, zone).said));
            remarks.push(format!("Nothing goes there {until}."));
            (closed.because.told().to_owned(), "bad")
        }
        None if !view.held_by.is_empty() => ("held back for an edition".to_owned(), "warn"),
        None if view.level > 0 => (format!("slowed, step {}", view.level), "warn"),
        None => ("open".to_owned(), "good"),
    };
    remarks.extend(
        view.held_by
            .iter()
            .map(|label| format!("Edition {label} holds it back; go on with it on that edition's page.")),
    );
    if let Some(cap) = view.warm_up_today {
        remarks.push(format!("Warming up: {} of {cap} today.", view.used_today));
    }
    if let Some(why) = &view.why {
        remarks.push(format!("Why: {why}"));
    }
    if view.is_live {
        remarks.push("Set here, above lamplighter.toml.".to_owned());
    }
    Line {
        scope: view.scope.clone(),
        name: name(&view.scope),
        word,
        tone,
        connections: limit(view.connections),
        speed: match view.spread_ms {
            Some(ms) => format!("one in {ms} ms"),
            None if view.rate == 0 => "as fast as it goes".to_owned(),
            None => format!("{} a second", view.rate),
        },
        hour: window(view.used_hour, view.per_hour),
        day: window(view.used_day, view.per_day),
        remarks,
    }
}

fn limit_fields(texts: [String; 4]) -> Vec<Field> {
    let [connections, rate, hour, day] = texts;
    let number = |max| Kind::Number { min: 0, max };
    vec![
        field(
            "connections",
            "Connections at a time",
            number(200),
            connections,
            "0 means no limit; a relay has at least one.",
        ),
        field("rate", "Mails in a second", number(100_000), rate, "0 means no limit."),
        field("per_hour", "Mails in any hour", number(100_000_000), hour, "0 means no limit."),
        field("per_day", "Mails in any 24 hours", number(100_000_000), day, "0 means no limit."),
    ]
}

fn texts(view: &ScopeView) -> [String; 4] {
    [view.connections, view.rate, view.per_hour, view.per_day].map(|it| it.to_string())
}

struct Typed {
    scope: String,
    texts: [String; 4],
    mistakes: Vec<Mistake>,
}

async fn page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    scope: &str,
    typed: Option<Typed>,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let views = rates::survey(app, desk.actor()).await.map_err(told)?;
    let zone = house_zone(&mut app.db.read().await?).await?;
    let mut wrong = Vec::new();
    let chosen = views.iter().find(|view| view.scope == scope).map(|view| {
        let mut fields = limit_fields(texts(view));
        if let Some(typed) = typed.filter(|it| it.scope == view.scope) {
            fields = limit_fields(typed.texts);
            wrong = mark(&mut fields, &typed.mistakes);
        }
        Chosen {
            scope: view.scope.clone(),
            name: name(&view.scope),
            is_live: view.is_live,
            is_closed: view.closed.is_some() || view.level > 0,
            fields,
        }
    });
    let lines = |is_shown: &dyn Fn(&ScopeView) -> bool| {
        views.iter().filter(|it| is_shown(it)).map(|it| line(it, zone)).collect()
    };
    let is_relay = |it: &ScopeView| it.scope.starts_with("relay:");
    let tables = vec![
        Table {
            id: "relays",
            title: "Relays",
            about: "The mail servers that take our mail, as lamplighter.toml names them.",
            lines: lines(&is_relay),
        },
        Table {
            id: "limited",
            title: "Providers with limits",
            about: "Readers' mailbox providers, in groups, and editions that go out more slowly. An edition that was paused is resumed on its own page.",
            lines: lines(&|it| !is_relay(it) && !it.is_plain),
        },
        Table {
            id: "others",
            title: "Other providers",
            about: "Nothing limits them, and nothing is wrong.",
            lines: lines(&|it| !is_relay(it) && it.is_plain),
        },
    ];
    let page = RelaysPage {
        frame: desk.frame(app, "Relays", Place::Relays),
        may_configure: desk.may(Permission::Configure),
        may_approve: desk.may(Permission::Approve),
        tables,
        chosen,
        wrong,
        is_conflict: false,
        here: String::new(),
    };
    show_desk(status, &page)
}

pub(super) async fn get_relays(State(app): State<App>, desk: Desk, request: Request) -> Result<Response, Error> {
    let asked = Fields::of_text(request.uri().query().unwrap_or_default());
    page(&app, &desk, StatusCode::OK, asked.get("scope"), None).await
}

fn scope_of(app: &App, typed: &Fields) -> Result<ScopeName, Error> {
    rates::find_scope(&app.config, typed.get("scope")).map_err(|_| {
        let public = "There is no such relay or provider in lamplighter.toml any more.";
        Error::new(StatusCode::NOT_FOUND, "not_found", "Not found", public).with_link("To the desk", "/desk")
    })
}

fn back(scope: &ScopeName) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("scope", &scope.to_string()).finish();
    format!("/desk/relays?{query}")
}

fn told(error: LimitError) -> Error {
    match error {
        LimitError::Forbidden(error) => error.into(),
        LimitError::Store(error) => error.into(),
        other => Error::internal(other),
    }
}

pub(super) async fn post_limits(State(app): State<App>, desk: Desk, typed: Fields) -> Result<Response, Error> {
    desk.require(Permission::Configure)?;
    let scope = scope_of(&app, &typed)?;
    let names = ["connections", "rate", "per_hour", "per_day"];
    let mut mistakes = Vec::new();
    let mut number = |field: &'static str| {
        let text = typed.get(field);
        let read = text.parse::<u32>();
        if !text.is_empty() && read.is_err() {
            mistakes.push(Mistake::new(field, "is a whole number, or 0 for no limit"));
        }
        read.ok()
    };
    let wanted = names.map(&mut number);
    let views = rates::survey(&app, desk.actor()).await.map_err(told)?;
    let now = views.iter().find(|it| it.scope == scope.to_string());
    // What is as before stays the file's word.
    let is_new = |at: usize, it: u32| {
        now.is_none_or(|now| [now.connections, now.rate, now.per_hour, now.per_day].get(at) != Some(&it))
    };
    let changed = |at: usize| wanted.get(at).copied().flatten().filter(|it| is_new(at, *it));
    let change = LimitChange { connections: changed(0), rate: changed(1), per_hour: changed(2), per_day: changed(3) };
    if mistakes.is_empty() {
        if change == LimitChange::default() {
            return Ok(done(&app, &back(&scope), "Nothing was changed."));
        }
        match rates::set_limit(&app, desk.actor(), &scope, change).await {
            Ok(()) => return Ok(done(&app, &back(&scope), "Set. It holds for every worker within a second.")),
            Err(LimitError::Value(_)) => {
                let range = "is 1 to 200 for a relay, and mails in a second are at most 100000";
                mistakes.push(Mistake::new("connections", range));
            }
            Err(error) => return Err(told(error)),
        }
    }
    let texts = names.map(|name| typed.get(name).to_owned());
    let scope = scope.to_string();
    let typed = Typed { scope: scope.clone(), texts, mistakes };
    page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, &scope, Some(typed)).await
}

pub(super) async fn post_clear(State(app): State<App>, desk: Desk, typed: Fields) -> Result<Response, Error> {
    let scope = scope_of(&app, &typed)?;
    let text = match rates::clear_limit(&app, desk.actor(), &scope).await.map_err(told)? {
        ClearOutcome::Cleared => "Taken back. lamplighter.toml holds again.",
        ClearOutcome::NotSet => "Nothing was set here.",
    };
    Ok(done(&app, &back(&scope), text))
}

pub(super) async fn post_pause(State(app): State<App>, desk: Desk, typed: Fields) -> Result<Response, Error> {
    let scope = scope_of(&app, &typed)?;
    let minutes = typed.get("minutes").parse::<i64>().ok().filter(|it| (1..=525_600).contains(it));
    if minutes.is_none() && !typed.get("minutes").is_empty() {
        return Ok(said::refused(&app, &back(&scope), "Write the minutes as a whole number, or leave them out."));
    }
    let until = minutes.map(|minutes| app.now() + Span::minutes(minutes));
    let reason: String = typed.get("reason").chars().take(200).collect();
    let reason = if reason.is_empty() { "paused at the desk" } else { &reason };
    rates::pause_scope(&app, desk.actor(), &scope, until, reason).await.map_err(told)?;
    let text = match minutes {
        Some(minutes) => format!("Paused for {minutes} minutes. What is in a connection's hands still goes."),
        None => "Paused until you resume it. What is in a connection's hands still goes.".to_owned(),
    };
    Ok(done(&app, &back(&scope), &text))
}

pub(super) async fn post_resume(State(app): State<App>, desk: Desk, typed: Fields) -> Result<Response, Error> {
    let scope = scope_of(&app, &typed)?;
    let text = match rates::resume_scope(&app, desk.actor(), &scope).await.map_err(told)? {
        ResumeOutcome::Resumed => "Resumed. Mail goes there again.",
        ResumeOutcome::NotPaused => "It was not paused.",
    };
    Ok(done(&app, &back(&scope), text))
}
