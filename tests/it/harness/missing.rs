//! What to do when this machine lacks a program that part of the suite needs: say so where nobody can overlook it and
//! run the rest; under `CI=true`, fail.

use std::io::Write as _;
use std::process::{Command, Stdio};

pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}

/// Says it at once and, since the lines of thousands of tests follow, once more below the summary.
///
/// # Panics
/// With `CI=true`.
pub fn tell(what: &str, consequence: &str, remedy: &str) {
    let message = format!("{what} was not found: {consequence}. {remedy}");
    assert!(!in_ci(), "{message}");
    announce(&message);
}

/// As [`tell`], of what even CI may not have.
pub fn announce(message: &str) {
    let banner = format!("\n!!! {message}\n\n");
    // Not `eprintln!`, which the test runner keeps to itself while tests pass.
    let _ = std::io::stderr().write_all(banner.as_bytes());
    // Ends when this process does, for then its standard input closes.
    let child = Command::new("sh")
        .args(["-c", "read -r _; printf '%s' \"$1\" >&2", "sh", &banner])
        .stdin(Stdio::piped())
        .spawn();
    if let Ok(child) = child {
        std::mem::forget(child.stdin);
    }
}
