//! `GET /metrics`: what Prometheus reads, in its text format 0.0.4.
//!
//! Not for the public: whoever asks from this machine or a private network gets it, and whoever shows a key with the scope
//! read; to everybody else there is no such page. A request that a proxy passed on is not local, unless the proxy is one of
//! `[web] trusted_proxies`, who tell from where it came. There is no address, no name and no headline in it, and the number
//! of its series is bounded. A large audience is counted at most every fifteen seconds, and never for more than a
//! twentieth of the time. Held to it by `tests/metrics.rs`.

mod families;
mod process;
mod text;

use super::api::bearer::Bearer;
use super::client::ClientIp;
use super::error::Error;
use crate::app::App;
use crate::config::Network;
use crate::db::StoreError;
use crate::delivery::{Counted, count_watched, rates, vitals};
use crate::operators::tokens::Scope;
use axum::Router;
use axum::extract::{ConnectInfo, Extension, FromRequestParts as _, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::sync::Mutex;

/// The last count. Whoever asks while another counts waits for that one.
#[derive(Clone, Default)]
struct LastCount(Arc<Mutex<Option<Counted>>>);

pub(super) fn router() -> Router<App> {
    Router::new().route("/metrics", get(get_metrics)).layer(Extension(LastCount::default()))
}

async fn get_metrics(
    State(app): State<App>,
    Extension(last): Extension<LastCount>,
    request: Request,
) -> Result<Response, Error> {
    let (mut parts, _) = request.into_parts();
    let Ok(client) = ClientIp::from_request_parts(&mut parts, &app).await;
    if !is_local(client, &parts, &app.config.web.trusted_proxies) {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Err(Error::not_found());
        }
        Bearer::from_request_parts(&mut parts, &app).await?.require(Scope::Read)?;
    }
    let counted = last.count(&app).await?;
    let families =
        families::families(&counted, &vitals(&app).await?, &rates::survey_for_all(&app).await?, &process::read());
    Ok(([(CONTENT_TYPE, text::CONTENT_TYPE)], text::render(&families)).into_response())
}

impl LastCount {
    async fn count(&self, app: &App) -> Result<Counted, StoreError> {
        let mut last = self.0.lock().await;
        if let Some(counted) = last.as_ref().filter(|it| it.is_fresh(app.now())) {
            return Ok(counted.clone());
        }
        let counted = count_watched(app).await?;
        *last = Some(counted.clone());
        Ok(counted)
    }
}

/// Headers by which a proxy says that it asks for somebody else.
const PASSED_ON: [&str; 3] = ["x-forwarded-for", "forwarded", "via"];

fn is_local(ClientIp(client): ClientIp, parts: &Parts, trusted: &[Network]) -> bool {
    let Some(client) = client else { return false };
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let is_trusted = peer.is_some_and(|peer| trusted.iter().any(|network| network.contains(peer)));
    let is_passed_on = PASSED_ON.iter().any(|name| parts.headers.contains_key(*name));
    (is_trusted || !is_passed_on) && is_private(client)
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}
