//! `[limits]`: what one visitor, one address and one fetch may ask of the service.

use super::Network;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Sign-ups from one network (IPv4 /24, IPv6 /56) in an hour; one without a form's token counts twice.
    pub signups_per_network_hour: u32,
    /// Mails that visitors' sign-ups cause to one address in a day, whatever the publications.
    pub confirmations_per_address_day: u32,
    /// Minutes that lie between two such mails at least.
    pub confirmation_window_minutes: u32,
    /// Confirmation mails to all addresses of one domain in an hour.
    pub confirmations_per_domain_hour: u32,
    /// Confirmation mails to all addresses in an hour.
    pub confirmations_per_hour: u32,
    /// Failed log-ins from one network in an hour.
    pub logins_per_network_hour: u32,
    /// Hours for which a confirmation link works.
    pub confirm_link_hours: u32,
    /// Networks that are not public and that sources may nevertheless be read from.
    pub private_networks: Vec<Network>,
    /// Whether the links and images of a draft are asked for before it is approved.
    pub check_links: bool,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            signups_per_network_hour: 120,
            confirmations_per_address_day: 3,
            confirmation_window_minutes: 60,
            confirmations_per_domain_hour: 500,
            confirmations_per_hour: 2_000,
            logins_per_network_hour: 20,
            confirm_link_hours: 48,
            private_networks: Vec::new(),
            check_links: true,
        }
    }
}
