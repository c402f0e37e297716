//! `lamplighter.toml`: one file a section here, validated types, secrets that do not print.
//!
//! Order of precedence: the file, then the environment (`LAMPLIGHTER_SECTION__KEY`), then flags. An unknown key is
//! refused with the nearest known name; a wrong value with the file, the key and what would be right. Publications,
//! slots, sections and sources are not here: they live in the database (`lamplighter apply`).

mod bounces;
mod database;
mod delivery;
mod dkim;
mod doctor;
mod error;
mod free_mail;
mod groups;
mod hooks;
mod limits;
mod load;
mod log;
mod mail;
mod network;
mod privacy;
mod providers;
mod reach;
mod relay;
mod retention;
mod secret;
mod sign_up;
mod site;
mod template;
mod web;

pub use bounces::{BouncesConfig, LmtpAddress};
pub use database::DatabaseConfig;
pub use delivery::DeliveryConfig;
pub use dkim::{DkimConfig, is_selector};
pub use doctor::DoctorConfig;
pub use error::ConfigError;
pub use free_mail::is_free_mail;
pub use groups::GroupConfig;
pub use hooks::HooksConfig;
pub use limits::LimitsConfig;
pub(crate) use load::explain;
pub use load::{CONFIG_FILE, Overrides};
pub use log::{LogConfig, LogFormat};
pub use mail::MailConfig;
pub use network::Network;
pub use privacy::{PrivacyConfig, Processor};
pub use providers::{BUILT_IN_GROUPS, OTHER};
pub use reach::Guard;
pub use relay::{RelayConfig, TlsPolicy};
pub use retention::RetentionConfig;
pub use secret::Secret;
pub use sign_up::SignUpConfig;
pub use site::{SiteConfig, is_loopback};
pub use template::{is_sample_postal_address, template};
pub use web::WebConfig;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub site: SiteConfig,
    #[serde(default)]
    pub database: DatabaseConfig,
    #[serde(default)]
    pub web: WebConfig,
    pub mail: MailConfig,
    #[serde(default, rename = "relay")]
    pub relays: Vec<RelayConfig>,
    #[serde(default, rename = "group")]
    pub groups: Vec<GroupConfig>,
    #[serde(default)]
    pub delivery: DeliveryConfig,
    #[serde(default)]
    pub hooks: HooksConfig,
    #[serde(default)]
    pub bounces: BouncesConfig,
    #[serde(default)]
    pub limits: LimitsConfig,
    #[serde(default, rename = "signup")]
    pub sign_up: SignUpConfig,
    #[serde(default)]
    pub retention: RetentionConfig,
    #[serde(default)]
    pub privacy: PrivacyConfig,
    #[serde(default)]
    pub doctor: DoctorConfig,
    #[serde(default)]
    pub log: LogConfig,
}
