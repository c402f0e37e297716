//! `[[relay]]`: an SMTP server that takes our mail.

use super::groups::RATE_MAX;
use super::{ConfigError, Secret};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use url::Url;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayConfig {
    /// `smtp://host:587` (STARTTLS) or `smtps://host:465` (TLS from the first byte).
    pub url: Url,
    #[serde(default)]
    pub tls: Option<TlsPolicy>,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<Secret>,
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Connections open at the same time.
    #[serde(default = "connections_default")]
    pub connections: u32,
    /// Mails per second over all connections; 0 is no limit.
    #[serde(default)]
    pub rate: u32,
    /// Mails in any hour; 0 is no limit.
    #[serde(default)]
    pub per_hour: u32,
    /// Mails in any 24 hours; 0 is no limit.
    #[serde(default)]
    pub per_day: u32,
    /// Mails after which a connection is closed and another opened; 0 is no limit.
    #[serde(default = "mails_per_connection_default")]
    pub mails_per_connection: u32,
    /// Share of the mails when there are several relays.
    #[serde(default = "weight_default")]
    pub weight: u32,
}

const fn connections_default() -> u32 {
    4
}

const fn weight_default() -> u32 {
    1
}

/// Many relays close a connection after a hundred mails by themselves.
const fn mails_per_connection_default() -> u32 {
    100
}

const CONNECTIONS_MAX: u32 = 200;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsPolicy {
    /// STARTTLS, certificate verified; without it nothing is sent. The default.
    Required,
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// Plain text; only to this very machine.
    None,
}

impl RelayConfig {
    pub(super) fn check(&mut self, folder: &Path) -> Result<(), ConfigError> {
        let key = "relay.url";
        let implicit = match self.url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => {
                return Err(ConfigError::value(
                    key,
                    "is not an SMTP address",
                    "write smtp://host:587 or smtps://host:465",
                ));
            }
        };
        if self.url.host_str().is_none_or(str::is_empty) {
            return Err(ConfigError::value(key, "names no host", "write smtp://host:587 or smtps://host:465"));
        }
        if !self.url.username().is_empty() || self.url.password().is_some() {
            return Err(ConfigError::value(key, "holds a password", "use the keys username and password_file"));
        }
        if self.tls == Some(TlsPolicy::None) && !self.is_loopback() {
            let next = "use tls = \"required\" or smtps://; mail leaves this machine encrypted or not at all";
            return Err(ConfigError::value("relay.tls", "is \"none\" for another machine", next));
        }
        if implicit && self.tls.is_some_and(|tls| tls != TlsPolicy::Implicit) {
            return Err(ConfigError::value("relay.tls", "contradicts smtps://", "leave it out, or write smtp://"));
        }
        self.tls = Some(match self.tls {
            Some(policy) => policy,
            None if implicit => TlsPolicy::Implicit,
            None if self.is_loopback() => TlsPolicy::None,
            None => TlsPolicy::Required,
        });
        if self.connections == 0 || self.connections > CONNECTIONS_MAX {
            return Err(ConfigError::value("relay.connections", "is out of range", "write a number from 1 to 200"));
        }
        if self.rate > RATE_MAX {
            return Err(ConfigError::value("relay.rate", "is out of range", "write up to 100000 mails a second, or 0"));
        }
        if self.weight == 0 {
            return Err(ConfigError::value("relay.weight", "is 0", "write 1 or more, or remove the relay"));
        }
        Secret::fill(&mut self.password, self.password_file.as_ref(), folder, "relay.password")?;
        if self.username.is_some() != self.password.is_some() {
            return Err(ConfigError::value(
                "relay.username",
                "and the password belong together",
                "give both, or neither",
            ));
        }
        Ok(())
    }

    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or("localhost").trim_matches(['[', ']'])
    }

    pub fn port(&self) -> u16 {
        self.url.port().unwrap_or(match self.tls_policy() {
            TlsPolicy::Implicit => 465,
            TlsPolicy::Required => 587,
            TlsPolicy::None => 25,
        })
    }

    pub fn tls_policy(&self) -> TlsPolicy {
        self.tls.unwrap_or(TlsPolicy::Required)
    }

    /// How the relay is called in logs and reports.
    pub fn label(&self) -> String {
        format!("{}:{}", self.host(), self.port())
    }

    fn is_loopback(&self) -> bool {
        self.host() == "localhost" || self.host().parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}
