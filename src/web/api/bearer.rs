//! Who calls the API: the key in `Authorization: Bearer` (RFC 6750).
//!
//! A missing or unknown key is a 401, one without the scope a 403; both say what to do. The key itself reaches no log and
//! no answer.

use crate::app::App;
use crate::operators::tokens::{self, ApiToken, Scope};
use crate::web::error::Error;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

/// A key that was not revoked.
pub(in crate::web) struct Bearer(pub ApiToken);

impl FromRequestParts<App> for Bearer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        // The route's gate has looked already.
        if let Some(token) = parts.extensions.get::<ApiToken>() {
            return Ok(Self(token.clone()));
        }
        Self::of(app, &parts.headers).await
    }
}

impl Bearer {
    /// Whose key the headers show, as it is now.
    ///
    /// # Errors
    /// A 401 for none, and for one that opens nothing.
    pub(in crate::web) async fn of(app: &App, headers: &HeaderMap) -> Result<Self, Error> {
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
            let (scheme, key) = value.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        });
        let Some(key) = shown else {
            let public = "This address wants a key: Authorization: Bearer ... \
                          (an operator makes one with `lamplighter token create NAME --scope SCOPE`).";
            let challenge = "Bearer realm=\"lamplighter\"";
            return Err(refusal(StatusCode::UNAUTHORIZED, "unauthorized", "Who is it?", public, challenge));
        };
        tokens::verify(app, key).await?.map(Self).ok_or_else(|| {
            let public = "This key is unknown or was revoked; `lamplighter token list` shows the valid ones.";
            let challenge = "Bearer realm=\"lamplighter\", error=\"invalid_token\"";
            refusal(StatusCode::UNAUTHORIZED, "invalid_token", "This key does not work", public, challenge)
        })
    }

    /// # Errors
    /// A 403 that names the scope.
    pub(in crate::web) fn require(&self, scope: Scope) -> Result<(), Error> {
        if self.0.allows(scope) {
            return Ok(());
        }
        let (public, challenge) = match scope {
            Scope::Read => (
                "This key has not the scope read; make one with `lamplighter token create NAME --scope read`.",
                "Bearer realm=\"lamplighter\", error=\"insufficient_scope\", scope=\"read\"",
            ),
            Scope::Write => (
                "This key has not the scope write; make one with `lamplighter token create NAME --scope write`.",
                "Bearer realm=\"lamplighter\", error=\"insufficient_scope\", scope=\"write\"",
            ),
            Scope::Send => (
                "This key has not the scope send; make one with `lamplighter token create NAME --scope send`.",
                "Bearer realm=\"lamplighter\", error=\"insufficient_scope\", scope=\"send\"",
            ),
            Scope::Configure => (
                "This key has not the scope configure; make one with `lamplighter token create NAME --scope configure`.",
                "Bearer realm=\"lamplighter\", error=\"insufficient_scope\", scope=\"configure\"",
            ),
        };
        Err(refusal(StatusCode::FORBIDDEN, "insufficient_scope", "Not with this key", public, challenge))
    }
}

fn refusal(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    public: &'static str,
    challenge: &'static str,
) -> Error {
    let mut error = Error::new(status, code, title, public);
    error.challenge = Some(challenge);
    error
}
