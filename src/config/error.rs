//! What can be wrong with a configuration: each error names the file, the key and the next step.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{file} does not exist; run `lamplighter init` to write one, or name another with --config FILE", file = .0.display())]
    Missing(PathBuf),
    #[error("{file} cannot be read: {cause}; check its permissions", file = .file.display())]
    Unreadable { file: PathBuf, cause: std::io::Error },
    /// Not TOML, an unknown key, or a value of the wrong type: the message shows the line.
    #[error("{file}: {message}", file = .file.display())]
    Parse { file: PathBuf, message: String },
    #[error("{file}: {key} {problem}; {next}", file = .file.display())]
    Invalid { file: PathBuf, key: String, problem: String, next: String },
}

impl ConfigError {
    pub(super) fn value(key: &str, problem: impl Into<String>, next: &str) -> Self {
        Self::Invalid { file: PathBuf::new(), key: key.to_owned(), problem: problem.into(), next: next.to_owned() }
    }

    pub(super) fn in_file(self, path: &std::path::Path) -> Self {
        match self {
            Self::Invalid { key, problem, next, .. } => Self::Invalid { file: path.to_owned(), key, problem, next },
            other => other,
        }
    }
}
