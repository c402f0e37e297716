//! One TLS stack, and nothing the licences or the advisories would stop: the part of `deny.toml` that needs no tool.

use super::{expect_none, read, root};
use std::process::Command;

const REFUSED: &[(&str, &str)] = &[
    ("openssl", "TLS is rustls with aws-lc-rs"),
    ("openssl-sys", "TLS is rustls with aws-lc-rs"),
    ("native-tls", "TLS is rustls with aws-lc-rs"),
    ("ring", "the one cryptographic library is aws-lc-rs"),
    ("rsa", "RUSTSEC-2023-0071"),
];

/// Names and licences of what is compiled on this machine. `Cargo.lock` would also list what no feature asks for.
fn compiled_in() -> Vec<(String, String)> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal,build,dev",
            "--prefix",
            "none",
            "--format",
            "{p}|{l}",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(tree.status.success(), "cargo tree: {}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    let package = |line: &str| {
        let (package, licence) = line.split_once('|')?;
        Some((package.split(' ').next()?.to_owned(), licence.trim_end_matches(" (*)").to_owned()))
    };
    tree.lines().filter_map(package).collect()
}

#[test]
fn there_is_one_tls_stack() {
    let packages = compiled_in();
    assert!(packages.len() > 100, "cargo tree lists {} packages", packages.len());
    let wrong: Vec<String> = REFUSED
        .iter()
        .filter(|(name, _)| packages.iter().any(|(package, _)| package == name))
        .map(|(name, reason)| format!("{name}: {reason}"))
        .collect();
    expect_none(&wrong, "a dependency brought what deny.toml refuses; look at its features:");
}

#[test]
fn every_licence_is_one_that_deny_toml_allows() {
    let deny = read("deny.toml");
    let allowed = |licence: &str| deny.contains(&format!("\"{licence}\""));
    let mut wrong: Vec<String> = compiled_in()
        .into_iter()
        .filter(|(_, licence)| !satisfied(licence, &allowed))
        .map(|(package, licence)| format!("{package}: {licence}"))
        .collect();
    wrong.dedup();
    expect_none(&wrong, "a dependency has a licence that deny.toml does not allow:");
}

/// One alternative of each demand: `(MIT OR Apache-2.0) AND Unicode-3.0`; `/` is an old spelling of OR.
fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let words = expression.replace(['(', ')'], " ").replace('/', " OR ");
    words.split(" AND ").all(|demand| demand.split(" OR ").any(|licence| allowed(licence.trim())))
}

#[test]
fn both_lists_of_refused_dependencies_agree() {
    let deny = read("deny.toml");
    for (name, _) in REFUSED {
        assert!(deny.contains(&format!("\"{name}\"")), "deny.toml does not refuse {name}");
    }
}
