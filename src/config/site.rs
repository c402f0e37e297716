//! `[site]`: who runs this service, and where the public finds it.

use super::ConfigError;
use serde::Deserialize;
use url::Url;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteConfig {
    /// The newsroom's name, as readers know it.
    pub name: String,
    /// Where this service is reached from outside; every link in a mail begins with it.
    pub base_url: Url,
    /// The postal address that the law wants at the foot of each edition.
    pub postal_address: String,
}

impl SiteConfig {
    pub(super) fn check(&mut self) -> Result<(), ConfigError> {
        if self.name.trim().is_empty() {
            return Err(ConfigError::value("site.name", "is empty", "write the newsroom's name"));
        }
        if self.postal_address.trim().is_empty() {
            let next = "write the newsroom's postal address; every edition must carry one (CAN-SPAM, 15 USC 7704)";
            return Err(ConfigError::value("site.postal_address", "is empty", next));
        }
        if !matches!(self.base_url.scheme(), "http" | "https") || self.base_url.host_str().is_none() {
            return Err(ConfigError::value(
                "site.base_url",
                "is not a web address",
                "write it like https://news.example",
            ));
        }
        self.base_url.set_query(None);
        self.base_url.set_fragment(None);
        let path = self.base_url.path().trim_end_matches('/').to_owned();
        self.base_url.set_path(&path);
        Ok(())
    }

    /// An absolute link: `link("/subscribe")`.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }

    /// The same without the host: `path("/desk")` is `/desk`, or `/letters/desk` where the base URL has a path of its own.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.path().trim_end_matches('/'))
    }

    pub fn host(&self) -> &str {
        self.base_url.host_str().unwrap_or("localhost")
    }

    /// A trial on one's own machine: readers elsewhere could not follow its links.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.base_url)
    }
}

/// Whether an address leads to this very machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
