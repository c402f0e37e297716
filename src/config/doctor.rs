//! `[doctor]`: what `lamplighter doctor` cannot know by itself.

use serde::Deserialize;
use std::net::IpAddr;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DoctorConfig {
    /// The addresses that mail leaves from, as the world sees them, where they are the newsroom's own; without them SPF is
    /// not tried for an address, and no address's name is looked at.
    pub sending_ips: Vec<IpAddr>,
    /// What the relay calls itself in HELO; without it the relay's host.
    pub helo: Option<String>,
}
