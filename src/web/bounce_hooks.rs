//! `POST /hooks/bounces/{provider}`: what the mail service tells of mails that it carried.
//!
//! Promises: nothing is done before the service's signature (or, of Postmark, its password) is found right; success means
//! that the effect is committed, and anything else that the service may tell it again. Postmark and Mailgun do not sign
//! the event itself: their hooks must come by https. SES's certificate is fetched from Amazon's own host alone, once, and
//! so is the confirmation of a subscription to the configured topic. Held to it by `tests/it/returns/hooks.rs`.

use super::error::Error;
use super::fields::body_up_to;
use crate::app::App;
use crate::bounces::events::{Event, Refused, limits, mailgun, postmark, sendgrid, ses, sns};
use crate::delivery::returns::{HookReport, Via, take_events};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use url::Url;

pub(super) fn router() -> Router<App> {
    Router::new().route("/hooks/bounces/{provider}", post(post_bounces))
}

async fn post_bounces(
    State(app): State<App>,
    Path(provider): Path<String>,
    request: Request,
) -> Result<Json<HookReport>, Error> {
    let headers = request.headers().clone();
    let via = provider_of(&app, &provider).ok_or_else(|| not_here(&provider))?;
    let body = body_up_to(limits::BODY_BYTES_MAX, request).await?;
    let Heard { events, once } = hear(&app, via, &headers, &body).await?;
    let report = take_events(&app, via, &events, once.as_deref()).await?;
    if report.recorded > 0 {
        app.wake.outbox();
    }
    Ok(Json(report))
}

/// A provider whose hook is set up.
fn provider_of(app: &App, name: &str) -> Option<Via> {
    let hooks = &app.config.hooks;
    let (via, is_set) = match name {
        "ses" => (Via::Ses, hooks.ses_topic.is_some()),
        "postmark" => (Via::Postmark, hooks.postmark_credentials.is_some()),
        "mailgun" => (Via::Mailgun, hooks.mailgun_signing_key.is_some()),
        "sendgrid" => (Via::Sendgrid, hooks.sendgrid_public_key.is_some()),
        _ => return None,
    };
    is_set.then_some(via)
}

fn not_here(provider: &str) -> Error {
    let public = match provider {
        "ses" | "postmark" | "mailgun" | "sendgrid" => format!(
            "This service takes no hook of {provider}: its key is not set. Write it into lamplighter.toml ([hooks]) and \
             restart the service."
        ),
        _ => "Hooks are taken from ses, postmark, mailgun and sendgrid; correct the address.".to_owned(),
    };
    Error::new(StatusCode::NOT_FOUND, "hook_not_configured", "No hook here", public)
}

/// What a request says, once it is known who says it.
struct Heard {
    events: Vec<Event>,
    /// What serves once, where the signature does not cover the event.
    once: Option<String>,
}

async fn hear(app: &App, via: Via, headers: &HeaderMap, body: &[u8]) -> Result<Heard, Error> {
    let hooks = &app.config.hooks;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let all = |events: Result<Vec<Event>, Refused>| Ok(Heard { events: events.map_err(refused)?, once: None });
    match via {
        Via::Ses => {
            let topic = hooks.ses_topic.as_deref().unwrap_or_default();
            let url = sns::certificate_url(body, topic).map_err(refused)?;
            let kept = app.shared.get::<SnsCertificates>();
            let certificate = match kept.find(&url) {
                Some(pem) => pem,
                None => fetch(&url).await?,
            };
            let verified = sns::verify(body, certificate.as_bytes(), topic, app.now()).map_err(refused)?;
            // Only what has proved to be one.
            kept.keep(url, certificate);
            match verified {
                sns::Verified::Notification { .. } => all(ses::parse(body)),
                sns::Verified::SubscriptionConfirmation { subscribe_url } => {
                    fetch(&subscribe_url).await?;
                    tracing::info!("the subscription of the SNS topic is confirmed");
                    all(Ok(Vec::new()))
                }
                sns::Verified::UnsubscribeConfirmation { .. } => {
                    tracing::warn!("the SNS topic sends its notifications here no more");
                    all(Ok(Vec::new()))
                }
            }
        }
        Via::Postmark => {
            let credentials = hooks.postmark_credentials.as_ref().map_or("", |it| it.expose());
            let (user, password) = credentials.split_once(':').unwrap_or_default();
            postmark::verify(header, postmark::Secret::Basic { user, password }).map_err(refused)?;
            all(postmark::parse(body))
        }
        Via::Mailgun => {
            let key = hooks.mailgun_signing_key.as_ref().map_or("", |it| it.expose());
            let verified = mailgun::verify(body, key, app.now()).map_err(refused)?;
            Ok(Heard { events: mailgun::parse(body).map_err(refused)?, once: Some(verified.token) })
        }
        Via::Sendgrid => {
            let key = hooks.sendgrid_public_key.as_deref().unwrap_or_default();
            sendgrid::verify(header, body, key, app.now()).map_err(refused)?;
            all(sendgrid::parse(body))
        }
        _ => Err(not_here(via.as_str())),
    }
}

fn refused(why: Refused) -> Error {
    let (status, code) = match why {
        Refused::TooBig => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        Refused::Malformed(_) | Refused::Unsupported(_) => (StatusCode::BAD_REQUEST, "hook_not_understood"),
        Refused::Unsigned(_) => (StatusCode::UNAUTHORIZED, "signature_missing"),
        Refused::WrongSignature(_) | Refused::OtherTime | Refused::OtherTopic | Refused::ForeignAddress(_) => {
            (StatusCode::FORBIDDEN, "signature_wrong")
        }
        Refused::BadKey(_) => (StatusCode::SERVICE_UNAVAILABLE, "key_not_usable"),
    };
    tracing::warn!(why = %why, "a hook about bounces is refused");
    Error::new(status, code, "Not taken", format!("{why}."))
}

/// Certificates by their addresses, which Amazon changes with the certificate.
#[derive(Default)]
pub struct SnsCertificates(Mutex<HashMap<Url, String>>);

/// Amazon has one a region and year.
const CERTIFICATES_MAX: usize = 20;

impl SnsCertificates {
    pub fn keep(&self, url: Url, pem: String) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= CERTIFICATES_MAX {
            kept.clear();
        }
        kept.insert(url, pem);
    }

    fn find(&self, url: &Url) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(url).cloned()
    }
}

const FETCH_TIME_MAX: Duration = Duration::from_secs(10);
const FETCH_BYTES_MAX: usize = 64 * 1024;

/// From an address that was found to be Amazon's own.
async fn fetch(url: &Url) -> Result<String, Error> {
    let failed = |why: String| {
        tracing::warn!(why, host = url.host_str(), "Amazon's own pages could not be asked");
        let public = "The certificate or the confirmation could not be fetched from Amazon; tell it again later.";
        Error::new(StatusCode::SERVICE_UNAVAILABLE, "amazon_not_reached", "Not now", public)
    };
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .https_only(true)
        .timeout(FETCH_TIME_MAX)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let answered = client.get(url.clone()).send().await.and_then(reqwest::Response::error_for_status);
    let mut answer = answered.map_err(|error| failed(error.without_url().to_string()))?;
    let mut text = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| failed(error.without_url().to_string()))? {
        text.extend_from_slice(&piece);
        if text.len() > FETCH_BYTES_MAX {
            return Err(failed("the answer is too long".to_owned()));
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}
