//! `GET /logo/{digest}`: a newsroom's logo, as mails show it. Its address is made of its bytes, so it never changes.

use crate::app::App;
use crate::publications::find_logo;
use crate::web::error::Error;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

pub(super) async fn get_logo(State(app): State<App>, Path(digest): Path<String>) -> Result<Response, Error> {
    let is_digest = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    let found = if is_digest { find_logo(&app, &digest).await? } else { None };
    let Some(logo) = found else { return Err(Error::not_found()) };
    let headers = [
        (CONTENT_TYPE, logo.media_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        // Should a browser ever take it for a page: it may do nothing.
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
    ];
    // Programs that show mail fetch it from other origins.
    let other = [("cross-origin-resource-policy", "cross-origin")];
    Ok((headers, other, logo.bytes).into_response())
}
