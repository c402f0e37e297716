//! `[signup]`: how a sign-up is told from a program's, and what follows it.

use super::ConfigError;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignUpConfig {
    /// Whether a form without a valid token is asked for one more press; otherwise it counts twice against the limit of
    /// its network.
    pub require_form_token: bool,
    /// Seconds that a person needs at least to fill in a form.
    pub form_seconds_min: u32,
    /// Hours for which a form that was shown may be sent.
    pub form_hours_max: u32,
    /// Whether a browser has to solve a puzzle (ALTCHA), or its visitor to wait.
    pub proof_of_work: bool,
    /// Digests a browser computes for a puzzle at most; half of them on average.
    pub proof_difficulty: u32,
    /// Hours after which those who have not confirmed are reminded, once, while their link works; 0 is never.
    pub reminder_hours: u32,
    /// Whether a new reader gets a welcome.
    pub welcome: bool,
}

impl Default for SignUpConfig {
    fn default() -> Self {
        Self {
            require_form_token: false,
            form_seconds_min: 2,
            form_hours_max: 24,
            proof_of_work: false,
            proof_difficulty: 50_000,
            reminder_hours: 24,
            welcome: true,
        }
    }
}

/// More would take a phone longer than its owner waits.
const PROOF_DIFFICULTY_MAX: u32 = 10_000_000;

impl SignUpConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.form_hours_max == 0 {
            return Err(ConfigError::value("signup.form_hours_max", "would accept no form", "write at least 1"));
        }
        if self.proof_of_work && !(1_000..=PROOF_DIFFICULTY_MAX).contains(&self.proof_difficulty) {
            let next = "write a number from 1000 to 10000000; 50000 takes a phone about a second";
            return Err(ConfigError::value("signup.proof_difficulty", "asks too little or too much", next));
        }
        Ok(())
    }
}
