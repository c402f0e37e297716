//! `[database]`: SQLite by default, PostgreSQL when one machine is not enough.

use super::ConfigError;
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `sqlite:PATH` (relative to the configuration file) or `postgres://user:password@host/name`.
    pub url: super::Secret,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { url: super::Secret::new("sqlite:lamplighter.db") }
    }
}

impl DatabaseConfig {
    pub(super) fn check(&mut self, folder: &Path) -> Result<(), ConfigError> {
        let url = self.url.expose();
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(());
        }
        let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) else {
            let next = "write sqlite:lamplighter.db or postgres://user:password@host/name";
            return Err(ConfigError::value("database.url", "names no engine", next));
        };
        if path.is_empty() {
            return Err(ConfigError::value("database.url", "names no file", "write sqlite:lamplighter.db"));
        }
        let path: PathBuf = folder.join(path);
        self.url = super::Secret::new(format!("sqlite:{}", path.display()));
        Ok(())
    }
}
