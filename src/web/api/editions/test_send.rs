//! `POST /api/v1/editions/{id}/test-send`: `{"to": ["desk@news.example"], "sections": ["sport"]}`.

use super::send::{Read, read};
use super::{GROUP, find, refused};
use crate::app::App;
use crate::delivery::{self, TestSendError, TestSent};
use crate::mail::EmailAddr;
use crate::operators::tokens::Scope;
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Key};
use crate::web::api::once::{Done, once_for_sure};
use crate::web::error::Error;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

pub(super) fn routes(contract: Contract) -> Contract {
    contract.route(
        Endpoint::post("/editions/{id}/test-send", "testSend", GROUP, "Mail it to a few people, to look at")
            .about("As a reader of these sections has it. Nothing of it counts.")
            .scope(Scope::Send)
            .key(Key::Required)
            .takes::<Asked>()
            .example(r#"{"to": ["desk@news.example"], "sections": ["sport"]}"#)
            .answers::<TestSent>(202, "It is in the outbox.")
            .refuses(409, "There is nothing to read in it yet."),
        post_test_send,
    )
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TestSend)]
struct Asked {
    /// Addresses.
    to: Vec<String>,
    #[serde(default)]
    sections: Vec<String>,
}

async fn post_test_send(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Asked>(request).await?;
    let edition = find(&app, id).await?;
    let mut to = Vec::new();
    for (index, text) in asked.to.iter().enumerate() {
        to.push(EmailAddr::parse(text).map_err(|reason| {
            let public = format!("The address at index {index} does not read as one: {reason}.");
            let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", public);
            error.with_field(format!("to[{index}]"), reason.code(), reason.to_string())
        })?);
    }
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let sent = delivery::test_send(&its_app, actor, edition.id, &to, &asked.sections).await.map_err(told)?;
        Done::of(StatusCode::ACCEPTED, &sent)
    };
    once_for_sure(&app, bearer.0.id, &headers, &hash, work).await
}

fn told(error: TestSendError) -> Error {
    let words = error.to_string();
    let unfit = |code: &'static str, field: &'static str| {
        let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, code, "The fields do not fit", words.clone());
        error.with_field(field, code, words.clone())
    };
    match error {
        TestSendError::NoRecipient => unfit("no_recipient", "to"),
        TestSendError::TooMany => unfit("too_many", "to"),
        TestSendError::Suppressed { .. } => unfit("suppressed", "to"),
        TestSendError::UnknownSection { .. } => unfit("unknown_section", "sections"),
        TestSendError::Nothing(_) => Error::new(StatusCode::CONFLICT, "nothing_to_read", "Nothing to read", words),
        TestSendError::RateLimited { retry_after } => {
            let mut error = Error::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Please wait", words);
            error.retry_after = Some(retry_after);
            error
        }
        TestSendError::Edition(error) => refused(error),
        TestSendError::Store(error) => error.into(),
    }
}
