//! Whether each relay would take our mail, as far as can be seen without sending one.
//!
//! Promises: for each relay a session is opened just as for mails, and ended: `relay.connection`, `relay.tls`,
//! `relay.login`, and what it offers: `relay.size`, `relay.8bitmime`, `relay.smtputf8`. It does not try whether the relay
//! lets us send in our name: that takes a mail (`lamplighter edition test-send`). The cases below hold it.

use super::finding::Finding;
use crate::base::Span;
use crate::base::limits::EDITION_BYTES_MAX;
use crate::base::text::sentence;
use crate::config::{Config, RelayConfig};
use crate::delivery::{FailureClass, RelayLook, Settings, Timeouts, look_at_relay};

/// A mail is the edition twice, as text and as HTML, encoded, under a head.
const MAIL_BYTES_MAX: usize = 4 * EDITION_BYTES_MAX;

/// Somebody waits for the answer.
fn settings() -> Settings {
    let brief = Span::seconds(15);
    let timeouts = Timeouts { connect: brief, tls: brief, greeting: brief, command: brief, ..Timeouts::default() };
    Settings { timeouts, ..Settings::default() }
}

pub(super) async fn check_relays(config: &Config) -> Vec<Finding> {
    if config.relays.is_empty() {
        let next = "Add a [[relay]] with the url of the SMTP server that takes your mail.";
        return vec![Finding::fail("relay.connection", "No relay is set up: nothing can be sent.", next)];
    }
    let mut findings = Vec::new();
    for relay in &config.relays {
        findings.extend(check_relay(config, relay).await);
    }
    findings
}

async fn check_relay(config: &Config, relay: &RelayConfig) -> Vec<Finding> {
    match look_at_relay(config, relay, &settings()).await {
        Ok(look) => seen(&relay.label(), &look),
        Err(failure) => {
            let (what, next) = failure.parts();
            let check = match failure.class {
                FailureClass::Tls => "relay.tls",
                FailureClass::Login => "relay.login",
                _ => "relay.connection",
            };
            let finding = if failure.class == FailureClass::Busy { Finding::warn } else { Finding::fail };
            vec![finding(check, sentence(what), sentence(next))]
        }
    }
}

fn seen(label: &str, look: &RelayLook) -> Vec<Finding> {
    let tls = if look.is_encrypted {
        Finding::ok("relay.tls", format!("Relay {label} speaks TLS, and its certificate verifies."))
    } else {
        Finding::ok("relay.tls", format!("Relay {label} is this very machine and is spoken to in the clear."))
    };
    let login = if look.is_logged_in {
        Finding::ok("relay.login", format!("Relay {label} accepts the login."))
    } else {
        Finding::skipped("relay.login", format!("No login is set for relay {label}."))
    };
    let size = match look.offers.size {
        Some(size) if size > 0 && size < MAIL_BYTES_MAX => Finding::warn(
            "relay.size",
            format!("Relay {label} takes mails of {size} bytes at most; an edition may have {MAIL_BYTES_MAX}."),
            "Ask the relay's operator for more: larger editions are refused.",
        ),
        Some(size) if size > 0 => Finding::ok("relay.size", format!("Relay {label} takes mails of {size} bytes.")),
        _ => Finding::ok("relay.size", format!("Relay {label} names no limit to a mail's size.")),
    };
    vec![
        Finding::ok("relay.connection", format!("Relay {label} answers.")),
        tls,
        login,
        size,
        offered(label, "relay.8bitmime", "8BITMIME", look.offers.eight_bit, "mails that are not plain ASCII"),
        offered(
            label,
            "relay.smtputf8",
            "SMTPUTF8",
            look.offers.smtputf8,
            "mails to addresses like j\u{f6}rg@x.example",
        ),
    ]
}

fn offered(label: &str, check: &'static str, name: &str, is_offered: bool, lost: &str) -> Finding {
    if is_offered {
        return Finding::ok(check, format!("Relay {label} offers {name}."));
    }
    Finding::warn(
        check,
        format!("Relay {label} does not offer {name}: {lost} are refused, each with that reason."),
        format!("Ask the relay's operator to offer {name}, or live without these readers."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;
    use crate::doctor::finding::Level;
    use crate::doctor::testing::{level, one};
    use crate::sink::{Sink, SinkOptions};
    use std::path::Path;

    fn config(relay: &str) -> Config {
        let text = format!(
            "[site]\nname = 'The Lamp'\nbase_url = 'https://lamp.example/'\npostal_address = '1 Quay'\n\
             [mail]\nfrom = 'The Lamp <lamp@news.example>'\n{relay}"
        );
        Config::parse(&text, Path::new("x/lamplighter.toml"), &Overrides::default()).unwrap()
    }

    fn sink(change: impl FnOnce(&mut SinkOptions)) -> Sink {
        let mut options = SinkOptions::new(([127, 0, 0, 1], 0).into());
        change(&mut options);
        Sink::start(options).unwrap()
    }

    #[tokio::test]
    async fn a_relay_that_offers_all_passes_and_gets_no_mail() {
        let sink = sink(|_| {});
        let relay = format!("[[relay]]\nurl = 'smtp://{}'", sink.address());
        let all = check_relays(&config(&relay)).await;
        for check in ["relay.connection", "relay.tls", "relay.size", "relay.8bitmime", "relay.smtputf8"] {
            assert_eq!(level(&all, check), Level::Ok, "{check}");
        }
        assert_eq!(level(&all, "relay.login"), Level::Skipped);
    }

    #[tokio::test]
    async fn what_a_relay_lacks_is_told() {
        let sink = sink(|options| {
            options.extensions.smtputf8 = false;
            options.extensions.eight_bit_mime = false;
            options.mail_bytes_max = 1000;
        });
        let relay = format!("[[relay]]\nurl = 'smtp://{}'", sink.address());
        let all = check_relays(&config(&relay)).await;
        for check in ["relay.size", "relay.8bitmime", "relay.smtputf8"] {
            assert_eq!(level(&all, check), Level::Warn, "{check}");
        }
    }

    #[tokio::test]
    async fn what_stands_between_is_told_with_the_next_step() {
        let sink = sink(|_| {});
        let address = sink.address();
        for (relay, check, told, next) in [
            ("".to_owned(), "relay.connection", "No relay", "[[relay]]"),
            ("[[relay]]\nurl = 'smtp://127.0.0.1:9'".to_owned(), "relay.connection", "127.0.0.1:9", "url in [[relay]]"),
            (format!("[[relay]]\nurl = 'smtp://{address}'\ntls = 'required'"), "relay.tls", "STARTTLS", "[[relay]]"),
            (
                format!("[[relay]]\nurl = 'smtp://{address}'\nusername = 'lamp'\npassword = 'secret7'"),
                "relay.login",
                "AUTH",
                "password_file",
            ),
        ] {
            let all = check_relays(&config(&relay)).await;
            let finding = one(&all, check);
            assert_eq!(finding.level, Level::Fail, "{finding:?}");
            assert!(finding.message.contains(told), "{finding:?}");
            assert!(finding.next_step.as_ref().is_some_and(|step| step.contains(next)), "{finding:?}");
            assert!(!format!("{finding:?}").contains("secret7"));
        }
    }
}
