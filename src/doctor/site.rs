//! Whether readers' links work: the public address as mails have it, looked at from here.
//!
//! Promises: `site.postal_address`, `site.base_url`, and for an address that others could follow `site.answer` (our own
//! health page), `site.one_click` (a POST to the unsubscribe link of test mails, which does nothing) and `site.clock` (the
//! Date of that answer). No redirect is followed, because mailbox providers follow none. An address that can be reached
//! from outside only is told as one that cannot. The cases below hold it, and `tests/it/cli/doctor.rs` with a real service.

use super::finding::Finding;
use crate::base::{Context, Timestamp};
use crate::config::{SiteConfig, is_sample_postal_address};
use crate::subscribers::TEST_TOKEN;
use reqwest::{Client, Response, StatusCode, header, redirect};
use std::time::Duration;

const TIME_MAX: Duration = Duration::from_secs(15);
/// A Date has whole seconds, and was some time on its way.
const SKEW_SECONDS_MAX: i64 = 10;

pub(super) async fn check_site(site: &SiteConfig, context: &Context) -> Vec<Finding> {
    let mut findings = vec![postal_address(site), base_url(site)];
    if site.is_loopback() {
        let reason = "was not tried: base_url is on this very machine.";
        findings.push(Finding::skipped("site.answer", format!("Whether the public address answers {reason}")));
        findings.push(Finding::skipped("site.one_click", format!("Unsubscribing in one click {reason}")));
        findings.push(Finding::skipped("site.clock", format!("The Date of the public address {reason}")));
    } else {
        findings.extend(check_pages(site, context).await);
    }
    findings
}

fn postal_address(site: &SiteConfig) -> Finding {
    let check = "site.postal_address";
    if is_sample_postal_address(&site.postal_address) {
        let next = "Write the newsroom's own into site.postal_address; a publication's own, set at its look, is for its own \
                    mails alone.";
        let said = "The house's postal address is still the example's. Readers' pages carry it, mails about what is kept of \
                    a reader, and every mail of a publication that has none of its own.";
        return Finding::warn(check, said, next);
    }
    Finding::ok(check, "Mails and readers' pages carry a postal address.")
}

fn base_url(site: &SiteConfig) -> Finding {
    let (check, url) = ("site.base_url", &site.base_url);
    if site.is_loopback() {
        let next = "Set site.base_url to the public address, https://..., before you mail anybody else.";
        Finding::warn(check, format!("base_url {url} is on this very machine: nobody else can follow a link."), next)
    } else if url.scheme() == "https" {
        Finding::ok(check, format!("Links begin with {url}."))
    } else {
        let why = format!("base_url {url} is not https: mailbox providers show no unsubscribe button (RFC 8058 3.1).");
        Finding::fail(check, why, "Put a TLS proxy in front, and write https:// into site.base_url.")
    }
}

/// Our pages as mailbox providers find them, wherever they are.
pub async fn check_pages(site: &SiteConfig, context: &Context) -> Vec<Finding> {
    let agent = concat!("Lamplighter/", env!("CARGO_PKG_VERSION"), " doctor");
    let builder = Client::builder().user_agent(agent).redirect(redirect::Policy::none()).no_proxy().timeout(TIME_MAX);
    let client = match builder.build() {
        Ok(client) => client,
        Err(error) => {
            let next = "Install the machine's root certificates (ca-certificates), then run this again.";
            return vec![Finding::fail("site.answer", format!("No TLS is to be had: {}.", in_full(error)), next)];
        }
    };
    let url = site.link("/health/live");
    let response = match client.get(&url).send().await {
        Ok(response) => response,
        Err(error) => {
            let next = "Start `lamplighter serve`, and look at the name in the DNS, the proxy and its certificate; where \
                        the address can be reached from outside only, ask for it from there.";
            return vec![
                Finding::fail("site.answer", format!("{url} cannot be reached: {}.", in_full(error)), next),
                Finding::skipped("site.one_click", "Unsubscribing in one click was not tried: nobody answers."),
                Finding::skipped("site.clock", "The clock was not compared: nobody answers."),
            ];
        }
    };
    let clock = clock(&response, context.now());
    let answer = match redirected(&response) {
        Some(target) => Finding::fail(
            "site.answer",
            format!("{url} leads on to {target}: mailbox providers follow no redirect when they unsubscribe somebody."),
            "Write the address that it leads to into site.base_url.",
        ),
        None if response.status() == StatusCode::OK => Finding::ok("site.answer", format!("{url} answers.")),
        None => Finding::fail(
            "site.answer",
            format!("{url} answers {}.", response.status()),
            "Start `lamplighter serve`, and look whether the proxy passes all paths on to it.",
        ),
    };
    vec![answer, one_click(&client, site).await, clock]
}

/// As a mailbox provider does it (RFC 8058 3.2), by the link of test mails.
async fn one_click(client: &Client, site: &SiteConfig) -> Finding {
    let check = "site.one_click";
    let url = site.link(&format!("/unsubscribe/{TEST_TOKEN}"));
    let form = client.post(&url).form(&[("List-Unsubscribe", "One-Click")]);
    let next = "Let the proxy pass POST requests to /unsubscribe/ on as they are.";
    match form.send().await {
        Ok(response) if response.status().is_success() => {
            Finding::ok(check, "Mailbox providers can unsubscribe readers in one click.")
        }
        Ok(response) => {
            let status = response.status();
            let why =
                format!("A POST to an unsubscribe link is answered {status}: the button of mailbox providers fails.");
            Finding::fail(check, why, next)
        }
        Err(error) => {
            Finding::fail(check, format!("A POST to an unsubscribe link is not answered: {}.", in_full(error)), next)
        }
    }
}

fn redirected(response: &Response) -> Option<String> {
    let target = response.headers().get(header::LOCATION).filter(|_| response.status().is_redirection())?;
    Some(String::from_utf8_lossy(target.as_bytes()).into_owned())
}

fn clock(response: &Response, now: Timestamp) -> Finding {
    let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    let theirs = date.and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok());
    match theirs {
        None => Finding::skipped("site.clock", "The clock was not compared: the answer has no Date."),
        Some(theirs) => skew(now.as_seconds() - theirs.timestamp()),
    }
}

fn skew(seconds: i64) -> Finding {
    let check = "site.clock";
    if seconds.abs() <= SKEW_SECONDS_MAX {
        return Finding::ok(check, "The clock agrees with the Date of the public address.");
    }
    let way = if seconds > 0 { "ahead of" } else { "behind" };
    let why = format!("This machine's clock is {} s {way} the Date of the public address.", seconds.abs());
    Finding::warn(check, why, "Let both machines keep their time by NTP: editions are due by this clock.")
}

/// With its causes, for reqwest names the reason last; without the address, which was said before.
fn in_full(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::testing::{level, one};
    use axum::http::StatusCode as Status;
    use axum::response::IntoResponse as _;
    use axum::{Router, routing};

    fn site(base_url: &str) -> SiteConfig {
        SiteConfig {
            name: "The Lamp".to_owned(),
            base_url: base_url.parse().unwrap(),
            postal_address: "1 Quay".to_owned(),
        }
    }

    /// The pages of a service behind a proxy that answers like this.
    async fn pages(live: Status, unsubscribe: Status, date: &'static str) -> SiteConfig {
        let answer =
            move |status: Status| async move { (status, [("location", "/on"), ("date", date)]).into_response() };
        let router = Router::new()
            .route("/health/live", routing::get(move || answer(live)))
            .route("/unsubscribe/{token}", routing::post(move || answer(unsubscribe)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        site(&url)
    }

    #[tokio::test]
    async fn a_trial_is_told_and_not_looked_at() {
        let all = check_site(&site("http://127.0.0.1:9"), &Context::system()).await;
        assert_eq!(level(&all, "site.base_url"), Level::Warn);
        for check in ["site.answer", "site.one_click", "site.clock"] {
            assert_eq!(level(&all, check), Level::Skipped, "{check}");
        }
        assert_eq!(level(&[base_url(&site("http://news.example"))], "site.base_url"), Level::Fail);
        assert_eq!(level(&[base_url(&site("https://news.example"))], "site.base_url"), Level::Ok);
    }

    #[tokio::test]
    async fn pages_are_asked_as_mailbox_providers_ask() {
        let date = "Fri, 27 Nov 2026 18:30:00 GMT";
        for (live, unsubscribe, expected) in [
            (Status::OK, Status::OK, [Level::Ok, Level::Ok]),
            (Status::OK, Status::MOVED_PERMANENTLY, [Level::Ok, Level::Fail]),
            (Status::OK, Status::METHOD_NOT_ALLOWED, [Level::Ok, Level::Fail]),
            (Status::MOVED_PERMANENTLY, Status::OK, [Level::Fail, Level::Ok]),
            (Status::BAD_GATEWAY, Status::BAD_GATEWAY, [Level::Fail, Level::Fail]),
        ] {
            let all = check_pages(&pages(live, unsubscribe, date).await, &Context::system()).await;
            assert_eq!([level(&all, "site.answer"), level(&all, "site.one_click")], expected, "{live} {unsubscribe}");
            assert_eq!(level(&all, "site.clock"), Level::Warn, "that day is not today");
        }
        let all = check_pages(&site("http://127.0.0.1:9"), &Context::system()).await;
        assert_eq!(level(&all, "site.answer"), Level::Fail);
        assert_eq!(level(&all, "site.one_click"), Level::Skipped);
    }

    #[test]
    fn a_clock_may_be_some_seconds_off() {
        assert_eq!(skew(SKEW_SECONDS_MAX).level, Level::Ok);
        let ahead = skew(SKEW_SECONDS_MAX + 1);
        assert!(ahead.level == Level::Warn && ahead.message.contains("11 s ahead of"), "{ahead:?}");
        assert!(skew(-90).message.contains("90 s behind"));
    }

    #[test]
    fn the_address_of_the_example_is_nobodys() {
        let found = |address: &str| {
            let site = SiteConfig { postal_address: address.to_owned(), ..site("https://news.example") };
            one(&[postal_address(&site)], "site.postal_address").level
        };
        assert_eq!(found("The Newsroom, 1 Harbour Street, Exampleton"), Level::Warn);
        assert_eq!(found("1 Quay"), Level::Ok);
    }
}
