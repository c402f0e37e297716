//! The token of a form that was shown: signed, timed, and good for nothing but to say when that was.
//!
//! It needs no cookie and no row: the second of showing stands in it, under a keyed digest. A program that posts without
//! having asked for the form has none; one that fills in a form at once is too fast. Neither is refused outright unless
//! `[signup] require_form_token` says so: forms stand in static pages, stay open overnight and are filled in by password
//! managers, so by default such a sign-up weighs double against the limit of its network.

use crate::app::{App, Purpose};
use crate::base::{Span, Timestamp};

/// What a form's token says of the sign-up that brings it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormToken {
    /// Shown this long ago: long enough for a person, and not too long.
    Good(Span),
    Missing,
    /// Filled in sooner than a person could.
    TooFast,
    /// Shown too long ago, or by another installation.
    Stale,
}

/// The token for a form that is shown now.
pub fn issue_form_token(app: &App) -> String {
    app.keys.sign(Purpose::Form, app.now().as_seconds())
}

impl FormToken {
    pub(super) fn read(app: &App, now: Timestamp, token: Option<&str>) -> Self {
        let config = &app.config.sign_up;
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Self::Missing };
        let Some(second) = app.keys.verify(Purpose::Form, token) else { return Self::Stale };
        // Both in whole seconds: the one it was shown in has begun up to a second before.
        let age = Span::seconds(now.as_seconds().saturating_sub(second));
        if age < Span::ZERO || age > Span::hours(i64::from(config.form_hours_max)) {
            Self::Stale
        } else if age < Span::seconds(i64::from(config.form_seconds_min)) {
            Self::TooFast
        } else {
            Self::Good(age)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;

    #[tokio::test]
    async fn a_token_is_good_between_two_seconds_and_a_day_and_forged_ones_never() {
        let house = TestHouse::open().await;
        let app = &house.app;
        let token = issue_form_token(app);
        let read = |token: &str| FormToken::read(app, app.now(), Some(token));
        assert_eq!(read(&token), FormToken::TooFast);
        house.advance(Span::seconds(2));
        assert_eq!(read(&token), FormToken::Good(Span::seconds(2)));
        assert_eq!(FormToken::read(app, app.now(), None), FormToken::Missing);
        assert_eq!(read(""), FormToken::Missing);
        assert_eq!(read("garbage"), FormToken::Stale);
        assert_eq!(read(&app.keys.sign(Purpose::Confirm, app.now().as_seconds() - 9)), FormToken::Stale);
        assert_eq!(read(&app.keys.sign(Purpose::Form, i64::MAX)), FormToken::Stale);
        assert_eq!(read(&app.keys.sign(Purpose::Form, i64::MIN)), FormToken::Stale);
        house.advance(Span::hours(24));
        assert_eq!(read(&token), FormToken::Stale);
    }
}
