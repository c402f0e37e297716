//! `GET|POST /desk/subscribers/add`: one reader, asked to confirm, or added with the proof that they agreed.

use super::super::form::Choice;
use super::{Problem, asked_in_words, of_all, publications, suppression_in_words};
use crate::app::App;
use crate::mail::EmailAddr;
use crate::operators::Permission;
use crate::publications::list_sections;
use crate::subscribers::{AddError, AddOutcome, AskError, add_with_consent, ask_to_confirm};
use crate::web::desk::frame::{Desk, DeskFrame, show_desk};
use crate::web::desk::places::Place;
use crate::web::desk::said::{done, refused};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/subscribers/add.html")]
struct AddPage {
    frame: DeskFrame,
    problems: Vec<Problem>,
    email: String,
    publications: Vec<Choice>,
    sections: Vec<Choice>,
    is_agreed: bool,
    consent: String,
}

pub(super) async fn get_add(State(app): State<App>, desk: Desk, RawQuery(query): RawQuery) -> Result<Response, Error> {
    desk.require(Permission::ManageSubscribers)?;
    let fields = Fields::of_text(query.as_deref().unwrap_or_default());
    show(&app, &desk, &fields, Vec::new()).await
}

async fn show(app: &App, desk: &Desk, fields: &Fields, problems: Vec<Problem>) -> Result<Response, Error> {
    let all = publications(app).await?;
    let slug = fields.get("publication");
    let chosen = all.iter().find(|it| it.slug == slug).or_else(|| all.first());
    let typed = fields.all("sections");
    let sections = match chosen {
        Some(it) => list_sections(&mut app.db.read().await?, it.id).await?,
        None => Vec::new(),
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = AddPage {
        frame: desk.frame(app, "Add a reader", Place::Subscribers),
        problems,
        email: fields.get("email").to_owned(),
        publications: of_all(&all, chosen.map_or("", |it| it.slug.as_str())),
        sections: sections
            .into_iter()
            .map(|it| Choice { is_chosen: typed.contains(&it.slug), value: it.slug, name: it.name })
            .collect(),
        is_agreed: fields.get("way") == "agreed",
        consent: fields.get("consent").to_owned(),
    };
    show_desk(status, &page)
}

pub(super) async fn post_add(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    desk.require(Permission::ManageSubscribers)?;
    let email = match EmailAddr::parse(fields.get("email")) {
        Ok(email) => email,
        Err(error) => return show(&app, &desk, &fields, vec![Problem::new("email", error)]).await,
    };
    let slug = fields.get("publication");
    let sections = fields.all("sections");
    if fields.get("way") == "agreed" {
        let added = add_with_consent(&app, desk.actor(), slug, email, &sections, fields.get("consent")).await;
        return added_in_words(&app, &desk, &fields, added).await;
    }
    match ask_to_confirm(&app, desk.actor(), slug, &email, &sections).await {
        Ok(outcome) => {
            let (text, is_done) = asked_in_words(outcome, &app.config.limits);
            let back = if is_done { "/desk/subscribers?state=pending" } else { "/desk/subscribers/add" };
            Ok(if is_done { done(&app, back, &text) } else { refused(&app, back, &text) })
        }
        Err(AskError::Forbidden(error)) => Err(error.into()),
        Err(AskError::Store(error)) => Err(error.into()),
        Err(error @ AskError::Address(_)) => show(&app, &desk, &fields, vec![Problem::new("email", error)]).await,
        Err(error) => show(&app, &desk, &fields, vec![Problem::new("publication", error)]).await,
    }
}

async fn added_in_words(
    app: &App,
    desk: &Desk,
    fields: &Fields,
    added: Result<AddOutcome, AddError>,
) -> Result<Response, Error> {
    let back = "/desk/subscribers/add";
    Ok(match added {
        Ok(AddOutcome::Added(_)) => {
            let mut query = url::form_urlencoded::Serializer::new("/desk/subscribers?".to_owned());
            query.append_pair("q", fields.get("email"));
            done(app, &query.finish(), "Added. The next edition reaches them.")
        }
        Ok(AddOutcome::AlreadyThere(_)) => refused(app, back, "This person reads it already."),
        Ok(AddOutcome::LeftEarlier) => refused(
            app,
            back,
            "This person left earlier, so nobody but themselves can bring them back. Ask them to confirm instead.",
        ),
        Ok(AddOutcome::Suppressed(reason)) => {
            let text = format!("This address must not be mailed: {}.", suppression_in_words(reason));
            refused(app, back, &text)
        }
        Err(AddError::Forbidden(error)) => return Err(error.into()),
        Err(AddError::Store(error)) => return Err(error.into()),
        Err(error @ AddError::Consent) => return show(app, desk, fields, vec![Problem::new("consent", error)]).await,
        Err(AddError::UnknownPublication(_)) => {
            return show(app, desk, fields, vec![Problem::new("publication", "choose a publication of the list")])
                .await;
        }
        Err(AddError::Choice(error)) => {
            return show(app, desk, fields, vec![Problem::new("publication", error)]).await;
        }
    })
}
