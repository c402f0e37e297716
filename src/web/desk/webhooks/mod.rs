//! Webhooks: the programs of the newsroom that are told what happens, what they answered, and what to do when they do not.
//!
//! A secret is shown on the page that answers the button, and on no other.

mod one;

use super::doors::{Doors, Needs};
use super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::places::Place;
use crate::app::App;
use crate::operators::Permission;
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::webhooks::{self, Endpoint, EventKind, NewEndpoint, WebhookError};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

pub(super) fn doors() -> Doors {
    const CONFIGURE: Needs = Needs::Role(Permission::Configure);
    const VIEW: Needs = Needs::Role(Permission::View);
    Doors::new()
        .page("/desk/webhooks", VIEW, get_webhooks)
        .deed("/desk/webhooks", CONFIGURE, post_webhook)
        .page("/desk/webhooks/{id}", VIEW, one::get_webhook)
        .deed("/desk/webhooks/{id}/change", CONFIGURE, one::post_change)
        .deed("/desk/webhooks/{id}/test", CONFIGURE, one::post_test)
        .deed("/desk/webhooks/{id}/replay", CONFIGURE, one::post_replay)
        .deed("/desk/webhooks/{id}/rotate", CONFIGURE, one::post_rotate)
        .deed("/desk/webhooks/{id}/remove", CONFIGURE, one::post_remove)
}

/// What is allowed on a trial machine or within a network of one's own, and is to be known all the same.
fn remark(url: &str) -> &'static str {
    let Ok(url) = url::Url::parse(url) else { return "" };
    let is_here = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match (is_here, url.scheme()) {
        (true, _) => "On this machine: only a trial is told so, and no other machine hears of it.",
        (false, "http") => "Sent without encryption: whoever is on the way can read it. Use an https address.",
        _ => "",
    }
}

/// A kind of event in a form.
struct EventChoice {
    word: &'static str,
    about: &'static str,
    is_chosen: bool,
}

fn choices(chosen: &[EventKind]) -> Vec<EventChoice> {
    let of = |it: EventKind| EventChoice { word: it.as_str(), about: it.about(), is_chosen: chosen.contains(&it) };
    EventKind::choices().map(of).collect()
}

/// The boxes that were ticked.
fn ticked(fields: &Fields) -> Vec<EventKind> {
    fields.all("event").iter().filter_map(|word| EventKind::parse(word)).collect()
}

/// One line of the list.
struct Line {
    it: Endpoint,
    events: String,
    /// What to know of its address.
    remark: &'static str,
    paused_until: Option<Moment>,
}

#[derive(Template)]
#[template(path = "desk/webhooks.html")]
struct WebhooksPage {
    frame: DeskFrame,
    lines: Vec<Line>,
    may_configure: bool,
    choices: Vec<EventChoice>,
    name: String,
    url: String,
    /// The field's id, and what is wrong with it.
    problem: Option<(&'static str, String)>,
}

impl WebhooksPage {
    fn has_problem(&self, field: &str) -> bool {
        self.problem.as_ref().is_some_and(|(name, _)| *name == field)
    }
}

async fn get_webhooks(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    show_list(&app, &desk, StatusCode::OK, None, None).await
}

async fn show_list(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    typed: Option<&NewEndpoint>,
    problem: Option<(&'static str, String)>,
) -> Result<Response, Error> {
    let zone = house_zone(&mut app.db.read().await?).await?;
    let now = app.now();
    let all = webhooks::list(app, desk.actor()).await.map_err(told)?;
    let line = |it: Endpoint| {
        let names: Vec<&str> = it.events.iter().map(|it| it.about()).collect();
        Line {
            events: if names.is_empty() { "Whatever happens".to_owned() } else { names.join("; ") },
            remark: remark(&it.url),
            paused_until: it.paused_until.filter(|at| *at > now).map(|at| Moment::of(at, zone)),
            it,
        }
    };
    let page = WebhooksPage {
        frame: desk.frame(app, "Webhooks", Place::Webhooks),
        lines: all.into_iter().map(line).collect(),
        may_configure: desk.may(Permission::Configure),
        choices: choices(typed.map_or(&[], |it| &it.events)),
        name: typed.map(|it| it.name.clone()).unwrap_or_default(),
        url: typed.map(|it| it.url.clone()).unwrap_or_default(),
        problem,
    };
    show_desk(status, &page)
}

/// A secret, on the page that shows it.
#[derive(Template)]
#[template(path = "desk/webhook_secret.html")]
struct SecretPage {
    frame: DeskFrame,
    id: i64,
    name: String,
    secret: String,
    /// The secret before it serves for a day more.
    is_new_one: bool,
}

async fn post_webhook(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    let (name, url) = (fields.get("name").to_owned(), fields.get("url").to_owned());
    let new = NewEndpoint { name, url, events: ticked(&fields) };
    match webhooks::add(&app, desk.actor(), &new).await {
        Ok((it, secret)) => {
            let frame = desk.frame(&app, "The secret", Place::Webhooks);
            let page = SecretPage { frame, id: it.id.0, name: it.name, secret, is_new_one: false };
            show_desk(StatusCode::CREATED, &page)
        }
        Err(error) => {
            let (status, field) = match &error {
                WebhookError::Name => (StatusCode::UNPROCESSABLE_ENTITY, "name"),
                WebhookError::Exists => (StatusCode::CONFLICT, "name"),
                WebhookError::Address | WebhookError::Private(_) => (StatusCode::UNPROCESSABLE_ENTITY, "url"),
                WebhookError::TooMany => (StatusCode::CONFLICT, "name"),
                _ => return Err(told(error)),
            };
            show_list(&app, &desk, status, Some(&new), Some((field, sentence(&error.to_string())))).await
        }
    }
}

fn told(error: WebhookError) -> Error {
    let public = sentence(&error.to_string());
    match error {
        WebhookError::Forbidden(error) => error.into(),
        WebhookError::Store(error) => error.into(),
        WebhookError::Unknown | WebhookError::UnknownDelivery => {
            Error::new(StatusCode::NOT_FOUND, "unknown_webhook", "No such webhook", public)
                .with_link("To the webhooks", "/desk/webhooks")
        }
        _ => Error::new(StatusCode::UNPROCESSABLE_ENTITY, "webhook", "Nothing was done", public)
            .with_link("To the webhooks", "/desk/webhooks"),
    }
}

#[cfg(test)]
mod tests {
    use super::remark;

    #[test]
    fn an_address_without_encryption_or_on_this_machine_is_told_as_such() {
        assert!(remark("http://10.1.2.3/hook").starts_with("Sent without encryption"));
        for here in ["http://127.0.0.1:9000/hook", "https://localhost/hook", "http://[::1]/"] {
            assert!(remark(here).starts_with("On this machine"), "{here}");
        }
        for fine in ["https://cms.news.example/***", "***"] {
            assert_eq!(remark(fine), "");
        }
    }
}
