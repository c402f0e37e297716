//! `GET /`: the newsroom's publications, each with its sign-up.

use super::form::SignUpForm;
use super::schedule::schedule;
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::publications::{Publication, list_publications, list_slots};
use crate::web::error::Error;
use crate::web::locale::Locale;
use crate::web::page::{Frame, show};
use crate::words::Words;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "public/home.html")]
struct HomePage {
    frame: Frame,
    cards: Vec<Card>,
}

struct Card {
    form: SignUpForm,
    /// `Monday to Friday at 18:30`
    schedule: String,
}

pub(super) async fn get_home(State(app): State<App>, locale: Locale) -> Result<Response, Error> {
    let words = locale.words();
    let mut tx = app.db.read().await?;
    let mut cards = Vec::new();
    for publication in list_publications(&mut tx).await? {
        cards.push(card(&app, &mut tx, &publication, words).await?);
    }
    let frame = Frame::in_language(&app, &locale, &words.say("newsletters"));
    show(StatusCode::OK, &HomePage { frame, cards })
}

async fn card(app: &App, tx: &mut Tx, publication: &Publication, words: Words) -> Result<Card, StoreError> {
    let form = SignUpForm::of(app, tx, publication, words).await?.of_the_address_alone();
    let slots = list_slots(tx, publication.id).await?;
    Ok(Card { form, schedule: schedule(&slots, words) })
}
