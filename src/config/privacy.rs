//! `[privacy]`: what the page on privacy says of the newsroom, beyond what the other sections decide (GDPR 13).

use super::ConfigError;
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacyConfig {
    /// Who decides what is done with addresses; without it, the site's name.
    pub controller: Option<String>,
    /// An address for questions; without it, the one that answers to mails go to.
    pub contact: Option<String>,
    /// Name and how to reach them, where the law wants one.
    pub data_protection_officer: Option<String>,
    /// What addresses are for; without it, what this service does with them, in the reader's language.
    pub purposes: Option<String>,
    /// Without it, consent (GDPR 6(1)(a)), in the reader's language.
    pub legal_basis: Option<String>,
    /// Companies that see addresses on the newsroom's behalf: a mail relay, a host.
    pub processors: Vec<Processor>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Processor {
    pub name: String,
    pub purpose: String,
    /// Where it works; what lies outside of the reader's law must be said.
    pub country: String,
}

impl PrivacyConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let texts = [
            ("privacy.controller", &self.controller),
            ("privacy.contact", &self.contact),
            ("privacy.data_protection_officer", &self.data_protection_officer),
            ("privacy.purposes", &self.purposes),
            ("privacy.legal_basis", &self.legal_basis),
        ];
        for (key, text) in texts {
            if text.as_ref().is_some_and(|it| it.trim().is_empty()) {
                return Err(ConfigError::value(key, "is empty", "write it, or leave the key out"));
            }
        }
        let is_mailbox = |it: &String| it.parse::<lettre::Address>().is_ok();
        if self.contact.as_ref().is_some_and(|it| !is_mailbox(it)) {
            let next = "write an address like privacy@news.example";
            return Err(ConfigError::value("privacy.contact", "is not an e-mail address", next));
        }
        let is_bare = |it: &Processor| [&it.name, &it.purpose, &it.country].iter().any(|text| text.trim().is_empty());
        if self.processors.iter().any(is_bare) {
            let next = "write name, purpose and country of each; readers have a right to all three";
            return Err(ConfigError::value("privacy.processors", "has an empty value", next));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), String> {
        let config: PrivacyConfig = toml::from_str(text).map_err(|error| error.to_string())?;
        config.check().map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_need_be_said_and_nothing_may_be_said_emptily() {
        assert_eq!(check(""), Ok(()));
        assert_eq!(
            check("contact = 'privacy@news.example'\n[[processors]]\nname = 'A'\npurpose = 'B'\ncountry = 'C'"),
            Ok(())
        );
        assert!(check("controller = ' '").unwrap_err().contains("privacy.controller"));
        assert!(check("contact = 'nobody'").unwrap_err().contains("privacy.contact"));
        assert!(check("[[processors]]\nname = 'A'\npurpose = ''\ncountry = 'C'").unwrap_err().contains("processors"));
        assert!(check("[[processors]]\nname = 'A'").unwrap_err().contains("purpose"));
    }
}
