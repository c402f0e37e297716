//! `[[group]]`: what the mailboxes of one provider are sent at once, in a second, an hour and a day.
//!
//! The providers that most readers have are known by name ([`super::BUILT_IN_GROUPS`]); a section sets limits for one of
//! them, adds domains to it, or makes a group of its own. Everybody else is in `other`. Domains decide and not their MX:
//! a company whose mail is kept by a provider counts as `other` until its domain is listed.

use super::ConfigError;
use super::providers::{BUILT_IN_GROUPS, OTHER};
use crate::base::text::nearest;
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupConfig {
    /// One of the known ones, `other`, or a new name.
    pub name: String,
    /// Domains that belong to it, beside those that it is known by.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Connections that carry its mails at the same time; 0 is no limit, as in all that follows.
    #[serde(default)]
    pub connections: u32,
    /// Mails in a second.
    #[serde(default)]
    pub rate: u32,
    /// Mails in any hour.
    #[serde(default)]
    pub per_hour: u32,
    /// Mails in any 24 hours.
    #[serde(default)]
    pub per_day: u32,
    /// Mails after which a connection is closed.
    #[serde(default)]
    pub mails_per_connection: u32,
    /// Mails of the first day of a warm-up; each day with mails allows half as many again.
    #[serde(default)]
    pub warm_up: u32,
}

const GROUPS_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 40;
/// More in a second than one database and one machine carry.
pub(super) const RATE_MAX: u32 = 100_000;

impl GroupConfig {
    pub(super) fn check_all(groups: &mut [Self]) -> Result<(), ConfigError> {
        if groups.len() > GROUPS_MAX {
            return Err(ConfigError::value("group", "stands there more than 200 times", "put domains into one group"));
        }
        let mut names: Vec<&str> = Vec::new();
        let mut homes: HashMap<String, String> = HashMap::new();
        for group in groups.iter_mut() {
            group.check()?;
            if names.contains(&group.name.as_str()) {
                let next = "put its keys and domains into one section";
                return Err(ConfigError::value("group.name", format!("is twice {:?}", group.name), next));
            }
            names.push(&group.name);
            for domain in &mut group.domains {
                *domain = domain_of(domain)?;
                if let Some(other) = homes.insert(domain.clone(), group.name.clone())
                    && other != group.name
                {
                    let problem = format!("has {domain} twice, in {other} and in {}", group.name);
                    return Err(ConfigError::value("group.domains", problem, "leave it in one of them"));
                }
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), ConfigError> {
        let is_name = (1..=NAME_CHARS_MAX).contains(&self.name.len())
            && self.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_name {
            let problem = format!("is {:?}", self.name);
            return Err(ConfigError::value("group.name", problem, "write up to 40 of a-z, 0-9 and -"));
        }
        let is_known = BUILT_IN_GROUPS.iter().any(|(name, _)| *name == self.name);
        if self.name == OTHER && !self.domains.is_empty() {
            let next = "give the group a name of its own; other is whoever is in none";
            return Err(ConfigError::value("group.domains", "stands in the group other", next));
        }
        if self.domains.is_empty() && !is_known && self.name != OTHER {
            let known = || BUILT_IN_GROUPS.iter().map(|(name, _)| *name);
            let next = match nearest(&self.name, known()) {
                Some(name) => format!("did you mean `{name}`? Else list its domains = [..]"),
                None => format!("list its domains = [..]; known without: {}", known().collect::<Vec<_>>().join(", ")),
            };
            let problem = format!("is {:?}, which is not known", self.name);
            return Err(ConfigError::value("group.name", problem, &next));
        }
        if self.rate > RATE_MAX {
            return Err(ConfigError::value("group.rate", "is out of range", "write up to 100000 mails a second, or 0"));
        }
        Ok(())
    }
}

/// As the address's domain is kept: lower case, in its ASCII form.
fn domain_of(written: &str) -> Result<String, ConfigError> {
    let is_domain = |domain: &String| {
        domain.contains('.')
            && !domain.starts_with('.')
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    };
    idna::domain_to_ascii(written.trim().trim_end_matches('.')).ok().filter(is_domain).ok_or_else(|| {
        let problem = format!("has {written:?}");
        ConfigError::value("group.domains", problem, "write what stands behind the @, as \"mail.example\"")
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Overrides};
    use std::path::Path;

    const MINIMAL: &str = "[site]\nname = 'The Lamp'\nbase_url = 'https://news.example/'\npostal_address = '1 Quay'\n[mail]\nfrom = 'The Lamp <lamp@news.example>'\n";

    fn parse(lines: &str) -> Result<Config, String> {
        let text = format!("{MINIMAL}{lines}");
        Config::parse(&text, Path::new("x.toml"), &Overrides::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_group_is_known_or_lists_its_domains() {
        let config = parse(
            "[[group]]\nname = 'gmail'\nper_hour = 500\n[[group]]\nname = 'town'\ndomains = ['Town.Example', 'b\u{fc}ro.example']\n",
        )
        .unwrap();
        assert_eq!(config.groups[0].per_hour, 500);
        assert_eq!(config.groups[1].domains, ["town.example", "xn--bro-hoa.example"]);
        for (lines, wanted) in [
            ("name = 'gmial'", "did you mean `gmail`?"),
            ("name = 'town'", "list its domains"),
            ("name = 'Town'\ndomains = ['a.example']", "a-z"),
            ("name = 'other'\ndomains = ['a.example']", "a name of its own"),
            ("name = 'town'\ndomains = ['me@a.example']", "behind the @"),
            ("name = 'gmail'\nrate = 200000", "100000"),
            ("name = 'gmail'\nper_hours = 5", "did you mean `per_hour`?"),
            ("name = 'gmail'\n[[group]]\nname = 'gmail'", "one section"),
            ("name = 'a'\ndomains = ['x.example']\n[[group]]\nname = 'b'\ndomains = ['x.example']", "in one of them"),
        ] {
            let error = parse(&format!("[[group]]\n{lines}\n")).unwrap_err();
            assert!(error.contains(wanted), "{lines}: {error}");
        }
    }
}
