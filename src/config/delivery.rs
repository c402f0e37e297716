//! `[delivery]`: how an edition goes out.

use super::ConfigError;
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeliveryConfig {
    /// Of a hundred readers so many go first, and the others when it went well with them. 0 is no canary.
    pub canary_percent: u32,
    /// Addresses of the newsroom's own at the great providers, which get each edition before anybody else.
    pub seeds: Vec<String>,
    /// An edition's mails go out evenly over this time. 0 is as fast as the limits allow.
    pub spread_minutes: u32,
}

const CANARY_PERCENT_MAX: u32 = 50;
const SPREAD_MINUTES_MAX: u32 = 12 * 60;
const SEEDS_MAX: usize = 10;

impl DeliveryConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.canary_percent > CANARY_PERCENT_MAX {
            let next = "write a number from 0 to 50; 1 is usual";
            return Err(ConfigError::value("delivery.canary_percent", "is out of range", next));
        }
        if self.spread_minutes > SPREAD_MINUTES_MAX {
            let next = "write a number from 0 to 720";
            return Err(ConfigError::value("delivery.spread_minutes", "is out of range", next));
        }
        if self.seeds.len() > SEEDS_MAX {
            return Err(ConfigError::value("delivery.seeds", "are too many", "name at most ten addresses"));
        }
        for seed in &self.seeds {
            if let Err(error) = seed.parse::<lettre::Address>() {
                let next = "write addresses like desk@news.example";
                return Err(ConfigError::value("delivery.seeds", format!("holds {seed:?}: {error}"), next));
            }
        }
        Ok(())
    }
}
