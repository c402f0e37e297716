//! Who is at the desk, and what every page of it has in common: the bar, the tabs, the message of the page before.

use super::places::{NavLink, Place};
use super::said::{Said, Shown};
use super::session::{Ended, session_of, still_open, way_to_log_in};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Operator, Permission};
use crate::publications::list_publications;
use crate::web::error::Error;
use crate::web::guard::CSP;
use crate::web::page::{Frame, show_unlisted};
use crate::web::stylesheet;
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono_tz::Tz;
use std::ops::Deref;

/// Whoever is logged in, as a handler's argument; without a session the request is sent to the log-in page.
pub(in crate::web) struct Desk {
    pub operator: Operator,
    said: Option<Said>,
}

impl FromRequestParts<App> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let operator = session_of(parts, app).await?;
        Ok(Self { operator, said: Said::of(&parts.headers) })
    }
}

impl Desk {
    pub(in crate::web) fn actor(&self) -> Actor {
        Actor::Operator { id: self.operator.id, role: self.operator.role }
    }

    /// Whether a button is shown; the verb behind it asks again.
    pub(in crate::web) fn may(&self, permission: Permission) -> bool {
        self.actor().require(permission).is_ok()
    }

    /// For a page whose reading is no verb of its own.
    ///
    /// # Errors
    /// [`Forbidden`]
    pub(in crate::web) fn require(&self, permission: Permission) -> Result<(), Forbidden> {
        self.actor().require(permission)
    }

    /// Once more, at the end of a body that took its time: whether the session is still open, and may still do this.
    ///
    /// # Errors
    /// The answer for whoever it is by now.
    pub(in crate::web) async fn ask_again(
        &self,
        app: &App,
        headers: &HeaderMap,
        permission: Permission,
    ) -> Result<(), Response> {
        match still_open(app, headers).await? {
            Some(operator) if operator.id == self.operator.id && operator.role.may(permission) => Ok(()),
            Some(_) => Err(Error::from(Forbidden(permission)).into_response()),
            None => Err(way_to_log_in(app, None, Ended::Unsaved)),
        }
    }

    /// Masthead, bar and tabs of a page.
    pub(in crate::web) fn frame(&self, app: &App, title: &str, place: Place) -> DeskFrame {
        let (bar, tabs) = place.navigation(self.actor());
        DeskFrame {
            frame: Frame::of(app, title).unlisted().styled(stylesheet::desk_path()),
            script: stylesheet::desk_script_path(),
            operator: self.operator.name.clone(),
            role: self.operator.role.as_str(),
            is_account: place == Place::Account,
            bar,
            tabs,
            said: self.said.clone(),
        }
    }
}

/// What `desk/base.html` shows around a page.
pub(in crate::web) struct DeskFrame {
    frame: Frame,
    pub script: &'static str,
    pub operator: String,
    pub role: &'static str,
    pub is_account: bool,
    pub bar: Vec<NavLink>,
    /// Empty where a place is alone in its group.
    pub tabs: Vec<NavLink>,
    pub said: Option<Said>,
}

impl Deref for DeskFrame {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        &self.frame
    }
}

impl DeskFrame {
    /// Says on this very page why nothing was done, in place of a message of the page before.
    #[must_use]
    pub(in crate::web) fn refusing(mut self, text: impl Into<String>) -> Self {
        self.said = Some(Said { is_refusal: true, text: text.into() });
        self
    }
}

/// A page of the desk: our own script may run and ask this service, and frames show what is ours.
pub(in crate::web) fn show_desk(status: StatusCode, page: &impl Template) -> Result<Response, Error> {
    let mut response = show_unlisted(status, page)?;
    let policy = format!("{CSP}; script-src 'self'; connect-src 'self'; frame-src 'self'");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response.extensions_mut().insert(Shown);
    Ok(response)
}

/// The newsroom's zone, for what belongs to no publication: that of the first one, else UTC.
///
/// # Errors
/// As the database says.
pub(in crate::web) async fn house_zone(tx: &mut Tx) -> Result<Tz, StoreError> {
    Ok(list_publications(tx).await?.first().map_or(Tz::UTC, |it| it.zone()))
}

/// A moment as pages say it, and as machines read it: `<time datetime="{{ it.iso }}">{{ it.said }}</time>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::web) struct Moment {
    /// RFC 3339, in UTC.
    pub iso: String,
    /// `Mon 23 Nov, 18:30 CET`
    pub said: String,
}

impl Moment {
    pub(in crate::web) fn of(at: Timestamp, zone: Tz) -> Self {
        Self::said_as(at, zone, "%a %-d %b, %H:%M")
    }

    fn said_as(at: Timestamp, zone: Tz, format: &str) -> Self {
        let local = at.in_zone(zone);
        let name = local.format("%Z").to_string();
        // Zones without a name of their own are `+03`.
        let name = if name.starts_with(['+', '-']) { format!("UTC{name}") } else { name };
        Self {
            iso: at.utc().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            said: format!("{} {name}", local.format(format)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_with_its_zone() {
        let at = Timestamp::from_seconds(1_795_458_600);
        assert_eq!(Moment::of(at, chrono_tz::Europe::Berlin).said, "Mon 23 Nov, 19:30 CET");
        assert_eq!(Moment::of(at, chrono_tz::America::Sao_Paulo).said, "Mon 23 Nov, 15:30 UTC-03");
        assert_eq!(Moment::of(at, Tz::UTC).iso, "2026-11-23T18:30:00Z");
    }
}
