//! The page after a sign-up: what happens next, from whom and under which subject, and the way to ask once more.
//!
//! It is the same for every kind of address, byte for byte apart from what the visitor typed: it is made of the request
//! and the newsroom's set-up alone. The address is shown to its typer only, here. A slip in its domain is hinted at.

use super::form::TYPED_CHARS_MAX;
use super::subscribe::form_path;
use crate::app::App;
use crate::base::text::one_line;
use crate::mail::{EmailAddr, typo};
use crate::publications::Publication;
use crate::subscribers::issue_form_token;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::locale::Locale;
use crate::web::page::{Frame, show_unlisted};
use crate::words::Words;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use lettre::message::Mailbox;

#[derive(Template)]
#[template(path = "public/subscribed.html")]
struct SubscribedPage {
    frame: Frame,
    publication: String,
    sender: String,
    subject: String,
    /// Which button, and for how long.
    press: String,
    /// At most one mail in this time.
    once_more: String,
    email: String,
    /// What the address was probably meant to be.
    meant: Option<Meant>,
    /// The other fields as they were sent, for asking once more.
    kept: Vec<(&'static str, String)>,
    /// It was asked for from this very page.
    is_again: bool,
    /// For asking once more, as in the form.
    token: String,
    form_path: String,
}

struct Meant {
    domain: &'static str,
    email: String,
}

pub(super) fn page(app: &App, locale: &Locale, to: &Publication, fields: &Fields) -> Result<Response, Error> {
    let words = locale.words();
    let email: String = fields.get("email").chars().take(TYPED_CHARS_MAX).collect();
    let frame = Frame::in_language(app, locale, &words.say("check-mailbox")).unlisted();
    let publication = one_line(&to.name);
    let page = SubscribedPage {
        frame: frame.embedded(fields.get("embedded") == "1").themed(fields.get("theme")),
        sender: sender(app, to),
        subject: words.of("confirm-subject", &publication).into_owned(),
        publication,
        press: words
            .fill(
                "sent-step-press",
                &[
                    ("button", &words.say("confirm-press")),
                    ("name", &words.count("hours", i64::from(app.config.limits.confirm_link_hours))),
                ],
            )
            .into_owned(),
        once_more: words.of("sent-once-more", window(app, words)).into_owned(),
        meant: meant(&email),
        email,
        kept: kept(fields),
        is_again: fields.get("again") == "1",
        token: issue_form_token(app),
        form_path: form_path(&to.slug),
    };
    show_unlisted(StatusCode::OK, &page)
}

/// The time in which an address gets one mail.
pub(super) fn window(app: &App, words: Words) -> String {
    words.count("minutes", i64::from(app.config.limits.confirmation_window_minutes)).into_owned()
}

/// As the mailbox shows it: `The Lamp <lamp@news.example>`.
fn sender(app: &App, publication: &Publication) -> String {
    let own: Option<Mailbox> = publication.from_mailbox.as_deref().and_then(|it| it.parse().ok());
    let mailbox = own.as_ref().unwrap_or(&app.config.mail.from);
    match &mailbox.name {
        Some(name) => format!("{name} <{}>", mailbox.email),
        None => mailbox.email.to_string(),
    }
}

/// The address with the domain it was probably meant to have.
fn meant(typed: &str) -> Option<Meant> {
    let domain = typo::meant(EmailAddr::parse(typed).ok()?.domain())?;
    let (local, _) = typed.rsplit_once('@')?;
    Some(Meant { domain, email: format!("{local}@{domain}") })
}

/// Of these a form may have sent one or many; whatever else came is not repeated.
const KEPT: [&str; 8] = ["publication", "sections", "hour", "time_zone", "breaking", "language", "embedded", "theme"];
const KEPT_MAX: usize = 64;

fn kept(fields: &Fields) -> Vec<(&'static str, String)> {
    KEPT.into_iter()
        .flat_map(|name| fields.all(name).into_iter().map(move |value| (name, value)))
        .take(KEPT_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_once_more_is_what_was_asked() {
        let fields = Fields::of_text("publication=evening&sections=a&sections=b&hour=7&email=x&leave_this_empty=y&z=1");
        let kept = kept(&fields);
        let expected = [("publication", "evening"), ("sections", "a"), ("sections", "b"), ("hour", "7")];
        assert_eq!(kept, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(meant("Ada@gmial.com").map(|it| it.email).as_deref(), Some("Ada@gmail.com"));
        assert!(meant("ada@readers.example").is_none() && meant("nobody").is_none());
    }
}
