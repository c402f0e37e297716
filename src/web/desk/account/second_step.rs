//! `/desk/account/second-step`: an app for the log-in, and the recovery codes.
//!
//! Recovery codes are shown on the answer that made them, and on no other page.

use super::super::doors::{Doors, Needs};
use super::super::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use super::super::places::Place;
use super::super::qr::{QrPicture, picture_of};
use super::super::said::{done, refused};
use super::super::words::{account_refusal, second_step_refusal};
use crate::app::App;
use crate::operators::accounts;
use crate::operators::second_step::{self, Offer, SecondStepError, Standing};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

const PAGE: &str = "/desk/account/second-step";

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(PAGE, Needs::Session, get_second_step)
        .deed("/desk/account/second-step/offer", Needs::Session, post_offer)
        .deed("/desk/account/second-step/confirm", Needs::Session, post_confirm)
        .deed("/desk/account/second-step/renew", Needs::Session, post_renew)
        .deed("/desk/account/second-step/turn-off", Needs::Session, post_turn_off)
}

#[derive(Template)]
#[template(path = "desk/second_step.html")]
struct SecondStepPage {
    frame: DeskFrame,
    standing: Standing,
    since: Option<Moment>,
    offer: Option<Offer>,
    qr: Option<QrPicture>,
    /// Shown this once.
    codes: Vec<String>,
    /// The field that it is about: `code`, `renew`, `turn-off`.
    wrong: &'static str,
    error: String,
}

async fn get_second_step(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    page(&app, &desk, StatusCode::OK, Vec::new(), "", String::new()).await
}

async fn page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    codes: Vec<String>,
    wrong: &'static str,
    error: String,
) -> Result<Response, Error> {
    let (actor, id) = (desk.actor(), desk.operator.id);
    let standing = match second_step::look(app, actor, id).await {
        Ok(standing) => standing,
        Err(error) => return Err(Error::internal(second_step_refusal(error)?)),
    };
    // As it is now: the one of the session was read before the deed.
    let account = match accounts::find(app, actor, id).await {
        Ok(account) => account,
        Err(error) => return Err(Error::internal(account_refusal(error)?)),
    };
    let zone = house_zone(&mut app.db.read().await?).await?;
    let offer = second_step::offered(app, &account);
    let page = SecondStepPage {
        frame: desk.frame(app, "The second step", Place::Account),
        standing,
        since: standing.since.map(|at| Moment::of(at, zone)),
        qr: offer.as_ref().and_then(|it| picture_of(&it.address)),
        offer,
        codes,
        wrong,
        error,
    };
    show_desk(status, &page)
}

async fn post_offer(State(app): State<App>, desk: Desk) -> Result<Response, Error> {
    match second_step::offer(&app, desk.actor()).await {
        Ok(()) => Ok(done(&app, PAGE, "Scan the code with your app, then type what the app shows.")),
        Err(error) => Ok(refused(&app, PAGE, &second_step_refusal(error)?)),
    }
}

async fn post_confirm(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    shown(&app, &desk, "code", second_step::confirm(&app, desk.actor(), fields.get("code")).await).await
}

async fn post_renew(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    let made = second_step::renew_recovery_codes(&app, desk.actor(), fields.raw("password")).await;
    shown(&app, &desk, "renew", made).await
}

async fn shown(
    app: &App,
    desk: &Desk,
    field: &'static str,
    made: Result<Vec<String>, SecondStepError>,
) -> Result<Response, Error> {
    match made {
        Ok(codes) => page(app, desk, StatusCode::OK, codes, "", String::new()).await,
        Err(error @ (SecondStepError::AlreadyOn | SecondStepError::NothingOffered | SecondStepError::NotOn)) => {
            Ok(refused(app, PAGE, &second_step_refusal(error)?))
        }
        Err(error) => {
            let told = second_step_refusal(error)?;
            page(app, desk, StatusCode::UNPROCESSABLE_ENTITY, Vec::new(), field, told).await
        }
    }
}

async fn post_turn_off(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    match second_step::turn_off(&app, desk.actor(), fields.raw("password")).await {
        Ok(()) => Ok(done(&app, PAGE, "The second step is off. Your password alone logs you in.")),
        Err(error) => {
            let told = second_step_refusal(error)?;
            page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, Vec::new(), "turn-off", told).await
        }
    }
}
