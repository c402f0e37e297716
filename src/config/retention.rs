//! `[retention]`: how long things are kept, in days.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Sign-ups that nobody confirmed.
    pub pending_days: u32,
    /// Single mails (confirmations, alerts) after they were sent.
    pub outbox_days: u32,
    /// The detail of each delivery; then only counts.
    pub delivery_days: u32,
    /// The addresses of people who left; then only their keyed digests.
    pub leaver_days: u32,
    /// The network that a consent came from.
    pub network_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self { pending_days: 7, outbox_days: 7, delivery_days: 90, leaver_days: 28, network_days: 90 }
    }
}
