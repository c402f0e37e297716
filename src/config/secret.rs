//! A value that does not print, and files that hold one.

use super::ConfigError;
use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};

#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Takes it from a file of its own where one is named; `key` is that of the secret, the file's ends in `_file`.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] if the file cannot be read, or both are given.
    pub(super) fn fill(
        secret: &mut Option<Self>,
        file: Option<&PathBuf>,
        folder: &Path,
        key: &str,
    ) -> Result<(), ConfigError> {
        let Some(file) = file else { return Ok(()) };
        let file_key = format!("{key}_file");
        if secret.is_some() {
            let name = key.rsplit('.').next().unwrap_or(key);
            return Err(ConfigError::value(&file_key, format!("stands beside {name}"), "give one of the two"));
        }
        let file = folder.join(file);
        let text = std::fs::read_to_string(&file).map_err(|error| {
            let problem = format!("cannot be read: {}: {error}", file.display());
            ConfigError::value(&file_key, problem, "check the path and its permissions")
        })?;
        *secret = Some(Self::new(text.trim_end_matches(['\r', '\n'])));
        Ok(())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
