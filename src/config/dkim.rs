//! `[[mail.dkim]]`: the keys with which mails are signed.
//!
//! Here a key is a file that can be read; what is in it is for `mail::dkim` to say.

use super::mail::is_domain;
use super::{ConfigError, Secret};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Each key costs a signature for each mail; receivers look at few.
const KEYS_MAX: usize = 4;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DkimConfig {
    /// The name under which the public half is published: `SELECTOR._domainkey.DOMAIN`.
    pub selector: String,
    /// PEM, beside the configuration file unless it is an absolute path.
    pub key_file: PathBuf,
    /// The domain that signs; without it that of `mail.from`.
    #[serde(default)]
    pub domain: Option<String>,
    /// What is in the file.
    #[serde(skip, default = "nothing")]
    pub key: Secret,
}

fn nothing() -> Secret {
    Secret::new("")
}

/// Reads the files.
pub(super) fn check(keys: &mut [DkimConfig], folder: &Path) -> Result<(), ConfigError> {
    if keys.len() > KEYS_MAX {
        return Err(ConfigError::value("mail.dkim", "lists more than 4 keys", "keep one RSA and one Ed25519 key"));
    }
    for key in keys {
        if !is_selector(&key.selector) {
            let next = "use letters, digits and hyphens, such as \"lamp2026\"";
            return Err(ConfigError::value("mail.dkim.selector", "cannot stand in a DNS name", next));
        }
        if key.domain.as_ref().is_some_and(|domain| !is_domain(domain)) {
            return Err(ConfigError::value("mail.dkim.domain", "is not a domain", "write it like news.example"));
        }
        key.key_file = folder.join(&key.key_file);
        let text = std::fs::read_to_string(&key.key_file).map_err(|error| {
            let problem = format!("cannot be read: {}: {error}", key.key_file.display());
            let next = format!(
                "check the path and its permissions, or make a key by `lamplighter dkim key --selector {} --domain DOMAIN`",
                key.selector
            );
            ConfigError::value("mail.dkim.key_file", problem, &next)
        })?;
        key.key = Secret::new(text);
    }
    Ok(())
}

/// Labels of a DNS name (RFC 6376 3.1).
pub fn is_selector(text: &str) -> bool {
    let is_edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.len() <= 63 && is_edge(bytes.first()) && is_edge(bytes.last()) && is_domain(label)
    };
    text.len() <= 120 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str, folder: &Path) -> Result<Vec<DkimConfig>, String> {
        #[derive(Deserialize)]
        struct Keys {
            dkim: Vec<DkimConfig>,
        }
        let mut keys = toml::from_str::<Keys>(text).map_err(|error| error.to_string())?.dkim;
        check(&mut keys, folder).map_err(|error| error.to_string())?;
        Ok(keys)
    }

    #[test]
    fn a_key_is_read_from_the_file_beside_the_configuration_and_does_not_print() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("dkim.pem"), "a private key").unwrap();
        let keys =
            checked("[[dkim]]\nselector = 'lamp2026'\nkey_file = 'dkim.pem'\ndomain = 'news.example'\n", folder.path());
        let keys = keys.unwrap();
        assert_eq!(keys[0].key.expose(), "a private key");
        assert!(!format!("{keys:?}").contains("private"));
    }

    #[test]
    fn a_mistake_names_the_key_and_the_next_step() {
        let folder = tempfile::tempdir().unwrap();
        let of = |lines: &str| checked(&format!("[[dkim]]\n{lines}"), folder.path()).unwrap_err();
        let missing = of("selector = 'lamp2026'\nkey_file = 'nowhere.pem'");
        assert!(missing.contains("mail.dkim.key_file cannot be read"), "{missing}");
        assert!(missing.contains("lamplighter dkim key --selector lamp2026"), "{missing}");
        assert!(of("selector = 'a b'\nkey_file = 'x'").contains("mail.dkim.selector"));
        assert!(of("selector = 'a'\nkey_file = 'x'\ndomain = 'a_b'").contains("mail.dkim.domain"));
        assert!(of("selector = 'a'").contains("key_file"));
    }

    #[test]
    fn a_selector_is_made_of_labels() {
        for good in ["lamp2026", "a", "s1.lamp-2026"] {
            assert!(is_selector(good), "{good}");
        }
        for bad in ["", ".", "a.", "-a", "a-", "a_b", "a b", "a;b", &"a".repeat(64)] {
            assert!(!is_selector(bad), "{bad}");
        }
    }
}
