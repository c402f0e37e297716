//! The house checks itself: a rule that matters has a machine behind it, and the message says why.
//!
//! These tests read the source as text. They know enough Rust to tell code from comments and literals, and no more.

mod dependencies;
mod files;
mod rooms;
mod source;
mod sql;
mod templates;
mod verbs;

use std::path::{Path, PathBuf};

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the project below a folder (`""` is all of it), as paths from the root, in order.
pub fn files_in(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if name != "target" && name != ".git" {
                    folders.push(path);
                }
            } else if let Some(path) = path.strip_prefix(root()).ok().and_then(Path::to_str)
                && path != ".git"
            {
                found.push(path.to_owned());
            }
        }
    }
    found.sort();
    found
}

pub fn read(path: &str) -> String {
    String::from_utf8_lossy(&std::fs::read(root().join(path)).unwrap()).into_owned()
}

/// Fails with all that is wrong at once.
#[track_caller]
pub fn expect_none(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}\n  {}", wrong.join("\n  "));
}
