//! `POST /api/v1/subscriptions`: a sign-up by JSON. Whatever the address, the answer is 202 with the same body.

use super::json;
use crate::app::App;
use crate::subscribers::{Challenge, ConsentSource, PATIENCE, SignUp, issue_challenge, issue_form_token, sign_up};
use crate::web::client::ClientIp;
use crate::web::error::Error;
use crate::web::fields::body;
use crate::web::public::sign_up_error;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    email: String,
    #[serde(default)]
    publication: Option<String>,
    #[serde(default)]
    sections: Vec<String>,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    breaking: bool,
    #[serde(default)]
    language: Option<String>,
    /// Local hour of delivery.
    #[serde(default)]
    hour: Option<i64>,
    /// From `GET /api/v1/subscriptions/form`.
    #[serde(default)]
    form_token: Option<String>,
    /// The solved puzzle, in base64 as ALTCHA's widget writes it.
    #[serde(default)]
    altcha: Option<String>,
    /// A field that people do not see.
    #[serde(default)]
    leave_this_empty: String,
}

/// `GET /api/v1/subscriptions/form`: what a form of one's own asks for when it is shown: its token, and a puzzle where the
/// newsroom demands one.
pub(super) async fn get_form(State(app): State<App>) -> Json<serde_json::Value> {
    let config = &app.config.sign_up;
    let challenge = config.proof_of_work.then(|| issue_challenge(&app));
    Json(serde_json::json!({
        "form_token": issue_form_token(&app),
        "seconds_min": config.form_seconds_min,
        // Instead of a solved puzzle.
        "seconds_without_proof": config.proof_of_work.then_some(PATIENCE.as_seconds()),
        "challenge": challenge,
    }))
}

/// `GET /api/v1/subscriptions/challenge`: a puzzle alone, as ALTCHA's widget asks for it.
pub(super) async fn get_challenge(State(app): State<App>) -> Json<Challenge> {
    Json(issue_challenge(&app))
}

pub(super) async fn post_subscription(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    request: Request,
) -> Result<(StatusCode, Json<serde_json::Value>), Error> {
    let asked = read(request).await?;
    let asked = SignUp {
        publication: asked.publication,
        sections: asked.sections,
        time_zone: asked.time_zone,
        breaking: asked.breaking,
        language: asked.language,
        hour: asked.hour,
        form_token: asked.form_token,
        proof: asked.altcha,
        honeypot: asked.leave_this_empty,
        source: ConsentSource::Api,
        form_url: "/api/v1/subscriptions".to_owned(),
        ip,
        ..SignUp::by_form(&asked.email)
    };
    sign_up(&app, asked).await.map_err(sign_up_error)?;
    let body = serde_json::json!({
        "status": "accepted",
        "message": "If this address can subscribe, a mail with the next step is on its way.",
    });
    Ok((StatusCode::ACCEPTED, Json(body)))
}

async fn read(request: Request) -> Result<Asked, Error> {
    json::require_json(request.headers())?;
    let bytes = body(request).await?;
    serde_json::from_slice(&bytes).map_err(|error| json::unreadable(&error))
}
