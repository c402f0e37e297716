//! `[hooks]`: what other machines may tell this service.

use super::{ConfigError, Secret};
use serde::Deserialize;
use std::path::{Path, PathBuf};

const SECRET_CHARS_MIN: usize = 16;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HooksConfig {
    /// With which the site signs `POST /hooks/publish`; without one no hook is taken.
    pub publish_secret: Option<Secret>,
    pub publish_secret_file: Option<PathBuf>,
}

impl HooksConfig {
    pub(super) fn check(&mut self, folder: &Path) -> Result<(), ConfigError> {
        if let Some(file) = &self.publish_secret_file {
            let key = "hooks.publish_secret_file";
            if self.publish_secret.is_some() {
                return Err(ConfigError::value(key, "stands beside publish_secret", "give one of the two"));
            }
            let file = folder.join(file);
            let text = std::fs::read_to_string(&file).map_err(|error| {
                let problem = format!("cannot be read: {}: {error}", file.display());
                ConfigError::value(key, problem, "check the path and its permissions")
            })?;
            self.publish_secret = Some(Secret::new(text.trim_end_matches(['\r', '\n'])));
        }
        if self.publish_secret.as_ref().is_some_and(|secret| secret.expose().chars().count() < SECRET_CHARS_MIN) {
            let next = "write at least 16 characters, such as the output of `openssl rand -hex 32`";
            return Err(ConfigError::value("hooks.publish_secret", "is too short", next));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_from_the_file_or_a_file_of_its_own_and_is_never_short() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("hook.secret"), "0123456789abcdef\n").unwrap();
        let check = |text: &str| {
            let mut config: HooksConfig = toml::from_str(text).unwrap();
            let checked = config.check(folder.path()).map_err(|error| error.to_string());
            checked.map(|()| config.publish_secret.map(|it| it.expose().to_owned()))
        };
        assert_eq!(check("publish_secret_file = 'hook.secret'"), Ok(Some("0123456789abcdef".to_owned())));
        assert_eq!(check(""), Ok(None));
        assert!(check("publish_secret = 'short'").unwrap_err().contains("too short"));
        assert!(check("publish_secret_file = 'nowhere'").unwrap_err().contains("cannot be read"));
        let both = "publish_secret = '0123456789abcdef'\npublish_secret_file = 'hook.secret'";
        assert!(check(both).unwrap_err().contains("one of the two"));
    }
}
