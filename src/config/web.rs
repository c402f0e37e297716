//! `[web]`: where pages and the API are served.

use super::Network;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    pub listen: SocketAddr,
    /// Proxies whose `X-Forwarded-For` is believed; nobody else's is.
    pub trusted_proxies: Vec<Network>,
    /// Whether everybody at the desk needs a second step at the log-in; who has none sets it up at the next one.
    pub require_second_step: bool,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            trusted_proxies: Vec::new(),
            require_second_step: false,
        }
    }
}
