//! `POST /api/v1/subscriptions`: a sign-up by JSON. Whatever the address, the answer is 202 with the same body.

use super::json;
use crate::app::App;
use crate::subscribers::{ConsentSource, SignUp, sign_up};
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
    /// Local hour of delivery, 0 to 23.
    #[serde(default)]
    hour: Option<i64>,
    #[serde(default)]
    breaking: bool,
    #[serde(default)]
    language: Option<String>,
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
        hour: asked.hour,
        breaking: asked.breaking,
        language: asked.language,
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
