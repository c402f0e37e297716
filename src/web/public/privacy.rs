//! `GET /privacy`: what is kept, why and how long, from the configuration that decides it (GDPR 13), in five languages.
//!
//! No number here is written down twice: a test changes each value of the configuration and finds it on the page.

use super::subscribed::window;
use crate::app::App;
use crate::config::Processor;
use crate::web::error::Error;
use crate::web::locale::Locale;
use crate::web::page::{Frame, show};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::borrow::Cow;

#[derive(Template)]
#[template(path = "public/privacy.html")]
struct PrivacyPage<'a> {
    frame: Frame,
    controller: &'a str,
    contact: String,
    officer: Option<&'a str>,
    purposes: Cow<'a, str>,
    legal_basis: Cow<'a, str>,
    processors: &'a [Processor],
    /// What is kept, and until when.
    terms: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// Of a network, and of an address.
    limits: [Cow<'static, str>; 2],
}

pub(super) async fn get_privacy(State(app): State<App>, locale: Locale) -> Result<Response, Error> {
    let words = locale.words();
    let (mail, privacy, limits) = (&app.config.mail, &app.config.privacy, &app.config.limits);
    let reply_to = || mail.reply_to.as_ref().unwrap_or(&mail.from).email.to_string();
    let said =
        |own: &'static str, configured: &Option<String>| configured.clone().map_or_else(|| words.say(own), Cow::Owned);
    let page = PrivacyPage {
        frame: Frame::in_language(&app, &locale, &words.say("privacy-link")),
        controller: privacy.controller.as_deref().unwrap_or(&app.config.site.name),
        contact: privacy.contact.clone().unwrap_or_else(reply_to),
        officer: privacy.data_protection_officer.as_deref(),
        purposes: said("privacy-purposes", &privacy.purposes),
        legal_basis: said("privacy-basis", &privacy.legal_basis),
        processors: &privacy.processors,
        terms: terms(&app, &locale),
        limits: [
            words.count("privacy-limits-text", i64::from(limits.signups_per_network_hour)),
            words.fill(
                "privacy-limits-address",
                &[("window", &window(&app, words)), ("mails", &limits.confirmations_per_address_day)],
            ),
        ],
    };
    show(StatusCode::OK, &page)
}

fn terms(app: &App, locale: &Locale) -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
    let (words, retention) = (locale.words(), &app.config.retention);
    let after = |key: &str, days: u32| words.of(key, words.count("days", i64::from(days)));
    let link = words.count("hours", i64::from(app.config.limits.confirm_link_hours));
    vec![
        (words.say("privacy-long-link"), words.of("privacy-works-for", link)),
        (words.say("privacy-long-pending"), after("privacy-deleted-after", retention.pending_days)),
        (words.say("privacy-long-outbox"), after("privacy-deleted-sent", retention.outbox_days)),
        (words.say("privacy-long-delivery"), after("privacy-counts-after", retention.delivery_days)),
        (words.say("privacy-long-network"), after("privacy-deleted-after", retention.network_days)),
        (words.say("privacy-long-leaver"), after("privacy-digest-after", retention.leaver_days)),
        (words.say("privacy-long-barred"), words.say("privacy-digest")),
    ]
}
