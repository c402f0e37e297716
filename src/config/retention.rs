//! `[retention]`: how long things are kept, in days.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Sign-ups that nobody confirmed.
    pub pending_days: u32,
    /// Single mails (confirmations, alerts) after they were sent.
    pub outbox_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self { pending_days: 7, outbox_days: 7 }
    }
}
