//! `POST /api/v1/editions/{id}/send`, `pause`, `resume`, `abort`: an edition on its way.
//!
//! `send` takes `{"now": true}` to send at once; without it the edition is approved and goes out at its time. With a
//! `revision` (or `If-Match: "7"`) nothing is done to an edition that was changed since. It carries
//! an `Idempotency-Key`; the other three may. However many press it, an edition is sent once: the state sees to that.

use super::{find, refused};
use crate::app::App;
use crate::delivery;
use crate::editions::{self, Edition, EditionId};
use crate::operators::Actor;
use crate::operators::tokens::Scope;
use crate::web::api::asked::seen;
use crate::web::api::bearer::Bearer;
use crate::web::api::json;
use crate::web::api::once::{Done, once, once_for_sure, request_hash};
use crate::web::error::Error;
use crate::web::fields::body;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::de::DeserializeOwned;
use serde_json::json;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/editions/{id}/send", post(post_send))
        .route("/api/v1/editions/{id}/pause", post(post_pause))
        .route("/api/v1/editions/{id}/resume", post(post_resume))
        .route("/api/v1/editions/{id}/abort", post(post_abort))
}

/// A request with an optional JSON body, read whole.
pub(super) struct Read<T> {
    pub headers: HeaderMap,
    pub hash: String,
    pub asked: T,
}

/// # Errors
/// As [`json`] says of a body that is none.
pub(super) async fn read<T: DeserializeOwned>(request: Request) -> Result<Read<T>, Error> {
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let bytes = body(request).await?;
    let hash = request_hash(&format!("POST {path}"), &bytes);
    if !bytes.is_empty() {
        json::require_json(&headers)?;
    }
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    let asked = serde_json::from_slice(text).map_err(|error| json::unreadable(&error))?;
    Ok(Read { headers, hash, asked })
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    #[serde(default)]
    now: bool,
    revision: Option<i64>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    #[serde(default)]
    reason: String,
}

async fn post_send(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Send>(request).await?;
    let edition = find(&app, id).await?;
    let seen = seen(&headers)?.or(asked.revision);
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        if asked.now {
            return send_at_once(&its_app, actor, edition.id, seen).await;
        }
        let approved = editions::approve_seen(&its_app, actor, edition.id, seen).await.map_err(refused)?;
        Ok(Done { status: StatusCode::OK, body: json!({ "edition": approved }) })
    };
    once_for_sure(&app, bearer.0.id, &headers, &hash, work).await
}

/// # Errors
/// As the verb's refusal is in HTTP.
pub(super) async fn send_at_once(app: &App, actor: Actor, id: EditionId, seen: Option<i64>) -> Result<Done, Error> {
    let report = delivery::send_now_seen(app, actor, id, seen).await.map_err(refused)?;
    let body = json!({
        "edition": report.edition,
        "candidates": report.candidates,
        "prepared": report.prepared,
        "excluded": report.excluded,
    });
    Ok(Done { status: StatusCode::ACCEPTED, body })
}

async fn post_pause(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Why>(request).await?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let paused = editions::pause(&its_app, actor, EditionId(id), &asked.reason).await.map_err(refused)?;
        counted(&its_app, &paused).await
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

async fn post_resume(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, .. } = read::<serde_json::Map<String, serde_json::Value>>(request).await?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let resumed = editions::resume(&its_app, actor, EditionId(id)).await.map_err(refused)?;
        counted(&its_app, &resumed).await
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

async fn post_abort(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Why>(request).await?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let aborted = delivery::abort(&its_app, actor, EditionId(id), &asked.reason).await.map_err(refused)?;
        counted(&its_app, &aborted).await
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

/// The edition, and where its audience stands at this moment.
async fn counted(app: &App, edition: &Edition) -> Result<Done, Error> {
    let counts = delivery::counts(&mut app.db.read().await?, edition.id).await?;
    Ok(Done { status: StatusCode::OK, body: json!({ "edition": edition, "deliveries": counts }) })
}
