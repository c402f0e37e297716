//! What a publication, a section, a slot and a source are set to, and changes to that.
//!
//! A file and the desk speak of the same values: both go through [`PublicationPatch`] and its like, so that the defaults
//! and the checks ([`super::rules`]) stand in one place. A [`Version`] names the values that somebody saw; a change that
//! names another one is refused.

use super::model::{Approval, FirstFetch, Pages, Publication, Section, Slot, SourceKind, UncertainPolicy};
use crate::base::Selectors;
use crate::base::hash::sha256_hex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Of what somebody looked at when they decided to change it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub String);

impl Version {
    pub fn of(values: &impl Serialize) -> Self {
        let text = serde_json::to_string(values).unwrap_or_default();
        Self(sha256_hex(text.as_bytes()).chars().take(20).collect())
    }
}

/// The members of a struct as JSON.
pub(super) fn members(values: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(values) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PublicationValues {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub language: String,
    pub time_zone: String,
    pub site_name: String,
    pub site_url: String,
    pub from_mailbox: Option<String>,
    pub reply_to: Option<String>,
    pub accent_color: String,
    pub approval: Approval,
    pub uncertain_policy: UncertainPolicy,
    pub min_items: i64,
    pub full_items_max: i64,
    pub headline_items_max: i64,
    pub late_send_limit_minutes: i64,
    pub top_to_all: bool,
    pub breaking_per_day_max: i64,
}

/// What is to become of a publication; what is None stays. An empty text takes an address or a mailbox away.
#[derive(Clone, Default, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicationPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
    pub site_name: Option<String>,
    pub site_url: Option<String>,
    pub from_mailbox: Option<String>,
    pub reply_to: Option<String>,
    pub accent_color: Option<String>,
    pub approval: Option<Approval>,
    pub uncertain_policy: Option<UncertainPolicy>,
    pub min_items: Option<i64>,
    pub full_items_max: Option<i64>,
    pub headline_items_max: Option<i64>,
    pub late_send_limit_minutes: Option<i64>,
    pub top_to_all: Option<bool>,
    pub breaking_per_day_max: Option<i64>,
}

impl PublicationValues {
    /// A publication of which nothing but its name is known.
    pub fn blank(slug: String, name: &str) -> Self {
        Self {
            slug,
            name: name.to_owned(),
            description: String::new(),
            language: "en".to_owned(),
            time_zone: "UTC".to_owned(),
            site_name: name.to_owned(),
            site_url: String::new(),
            from_mailbox: None,
            reply_to: None,
            accent_color: "#b05108".to_owned(),
            approval: Approval::Auto,
            uncertain_policy: UncertainPolicy::Hold,
            min_items: 1,
            full_items_max: 10,
            headline_items_max: 25,
            late_send_limit_minutes: 180,
            top_to_all: true,
            breaking_per_day_max: 3,
        }
    }

    pub fn of(it: &Publication) -> Self {
        Self {
            slug: it.slug.clone(),
            name: it.name.clone(),
            description: it.description.clone(),
            language: it.language.clone(),
            time_zone: it.time_zone.clone(),
            site_name: it.site_name.clone(),
            site_url: it.site_url.clone(),
            from_mailbox: it.from_mailbox.clone(),
            reply_to: it.reply_to.clone(),
            accent_color: it.accent_color.clone(),
            approval: it.approval,
            uncertain_policy: it.uncertain_policy,
            min_items: it.min_items,
            full_items_max: it.full_items_max,
            headline_items_max: it.headline_items_max,
            late_send_limit_minutes: it.late_send_limit_minutes,
            top_to_all: it.top_to_all,
            breaking_per_day_max: it.breaking_per_day_max,
        }
    }

    /// With the changes, which are not checked here.
    #[must_use]
    pub fn patched(self, it: PublicationPatch) -> Self {
        let mailbox = |new: Option<String>, old: Option<String>| match new {
            Some(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            None => old,
        };
        Self {
            slug: self.slug,
            name: it.name.unwrap_or(self.name),
            description: it.description.unwrap_or(self.description),
            language: it.language.unwrap_or(self.language),
            time_zone: it.time_zone.unwrap_or(self.time_zone),
            site_name: it.site_name.unwrap_or(self.site_name),
            site_url: it.site_url.unwrap_or(self.site_url),
            from_mailbox: mailbox(it.from_mailbox, self.from_mailbox),
            reply_to: mailbox(it.reply_to, self.reply_to),
            accent_color: it.accent_color.unwrap_or(self.accent_color),
            approval: it.approval.unwrap_or(self.approval),
            uncertain_policy: it.uncertain_policy.unwrap_or(self.uncertain_policy),
            min_items: it.min_items.unwrap_or(self.min_items),
            full_items_max: it.full_items_max.unwrap_or(self.full_items_max),
            headline_items_max: it.headline_items_max.unwrap_or(self.headline_items_max),
            late_send_limit_minutes: it.late_send_limit_minutes.unwrap_or(self.late_send_limit_minutes),
            top_to_all: it.top_to_all.unwrap_or(self.top_to_all),
            breaking_per_day_max: it.breaking_per_day_max.unwrap_or(self.breaking_per_day_max),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SectionValues {
    pub slug: String,
    pub name: String,
    pub position: i64,
    pub aliases: Vec<String>,
    pub weight_percent: i64,
}

/// What is to become of a section; what is None stays.
#[derive(Clone, Default, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionPatch {
    pub name: Option<String>,
    pub aliases: Option<Vec<String>>,
    pub weight_percent: Option<i64>,
}

impl SectionValues {
    pub fn of(it: &Section) -> Self {
        Self {
            slug: it.slug.clone(),
            name: it.name.clone(),
            position: it.position,
            aliases: it.aliases.clone(),
            weight_percent: it.weight_percent,
        }
    }

    #[must_use]
    pub fn patched(self, it: SectionPatch) -> Self {
        Self {
            name: it.name.unwrap_or(self.name),
            aliases: it.aliases.unwrap_or(self.aliases),
            weight_percent: it.weight_percent.unwrap_or(self.weight_percent),
            ..self
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SlotValues {
    pub name: String,
    pub weekdays: i64,
    pub cutoff_minute: i64,
    pub send_minute: i64,
    pub time_zone: String,
    pub latest_send_minute: Option<i64>,
    pub holidays: Vec<String>,
}

/// What is to become of a slot, as it is typed; what is None stays. An empty `latest_send` takes that limit away.
#[derive(Clone, Default, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotPatch {
    /// `mon` to `sun`.
    pub weekdays: Option<Vec<String>>,
    /// `18:00`
    pub cutoff: Option<String>,
    pub send: Option<String>,
    pub latest_send: Option<String>,
    pub time_zone: Option<String>,
    /// `2026-12-25`
    pub holidays: Option<Vec<String>>,
}

impl SlotValues {
    /// Every evening: cutoff at six, out at half past.
    pub fn blank(name: &str, time_zone: &str) -> Self {
        Self {
            name: name.to_owned(),
            weekdays: 0b111_1111,
            cutoff_minute: 18 * 60,
            send_minute: 18 * 60 + 30,
            time_zone: time_zone.to_owned(),
            latest_send_minute: None,
            holidays: Vec::new(),
        }
    }

    pub fn of(it: &Slot) -> Self {
        Self {
            name: it.name.clone(),
            weekdays: it.weekdays,
            cutoff_minute: it.cutoff_minute,
            send_minute: it.send_minute,
            time_zone: it.time_zone.clone(),
            latest_send_minute: it.latest_send_minute,
            holidays: it.holidays.clone(),
        }
    }
}

/// A source's values as a file declares them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct SourceValues {
    pub name: String,
    pub kind: SourceKind,
    pub url: String,
    /// The slug of a section.
    pub section: Option<String>,
    pub position: i64,
    pub first_fetch: FirstFetch,
    pub standby: bool,
    pub pages: Pages,
    pub time_zone: Option<String>,
    pub selectors: Selectors,
}
