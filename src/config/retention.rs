//! `[retention]`: how long things are kept, in days.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Sign-ups that nobody confirmed; 0 is until their link expires.
    pub pending_days: u32,
    /// Single mails (confirmations, alerts) after they were sent.
    pub outbox_days: u32,
    /// Who was sent which edition, and how that went, after the edition ended; then only counts. 0 keeps it for ever.
    pub delivery_days: u32,
    /// What came back (bounces, complaints), which names readers by number only. 0 keeps it for ever.
    pub bounce_days: u32,
    /// The address of a reader after their last subscription ended; then only its keyed digest. 0 keeps it for ever.
    pub leaver_days: u32,
    /// What webhooks were told, and what they answered.
    pub webhook_days: u32,
    /// The network from which a consent came. 0 keeps it as long as the consent.
    pub network_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            pending_days: 7,
            outbox_days: 7,
            delivery_days: 90,
            bounce_days: 90,
            leaver_days: 28,
            webhook_days: 30,
            network_days: 90,
        }
    }
}
