//! `lamplighter.toml` as an operator meets it: whatever is wrong, the message names the file, the key and the next step.

use lamplighter::config::{Config, ConfigError, Overrides, template};
use std::path::Path;

const FILE: &str = "newsroom/lamplighter.toml";

const GOOD: &str = r#"
[site]
name = "The Harbour Gazette"
base_url = "https://news.example"
postal_address = "1 Quay Street, Exampleton"

[mail]
from = "The Harbour Gazette <evening@news.example>"
"#;

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new(FILE), &Overrides::default())
}

/// What an operator is told about a file with these lines added.
#[track_caller]
fn complaint(lines: &str) -> String {
    let message = read(&format!("{GOOD}\n{lines}")).expect_err(lines).to_string();
    assert!(message.contains(FILE), "the message does not name the file: {message}");
    message
}

#[test]
fn what_is_wrong_is_told_with_its_key_and_what_would_be_right() {
    let cases = [
        ("[database]\nurl = 'mysql://x'", "database.url", "postgres://"),
        ("[database]\nurl = 'sqlite:'", "database.url", "sqlite:lamplighter.db"),
        ("[[relay]]\nurl = 'http://mx.example'", "relay.url", "smtps://host:465"),
        ("[[relay]]\nurl = 'smtp://'", "relay.url", "smtp://host:587"),
        ("[[relay]]\nurl = 'smtp://me:secret@mx.example'", "relay.url", "password_file"),
        ("[[relay]]\nurl = 'smtps://mx.example'\ntls = 'required'", "relay.tls", "smtp://"),
        ("[[relay]]\nurl = 'smtp://mx.example'\nconnections = 0", "relay.connections", "1 to 200"),
        ("[[relay]]\nurl = 'smtp://mx.example'\nweight = 0", "relay.weight", "1 or more"),
        ("[[relay]]\nurl = 'smtp://mx.example'\nrate = 200000", "relay.rate", "100000"),
        ("[[group]]\nname = 'gmial'", "group.name", "did you mean `gmail`?"),
        ("[[group]]\nname = 'town'", "group.name", "domains"),
        ("[[group]]\nname = 'gmail'\nrate = 200000", "group.rate", "100000"),
        ("[[relay]]\nurl = 'smtp://mx.example'\nusername = 'me'", "relay.username", "both, or neither"),
        ("[[relay]]\nurl = 'smtp://mx.example'\npassword_file = 'not.there'", "relay.password_file", "permissions"),
        ("[limits]\nconfirm_link_hours = 0", "limits", "above 0"),
        ("[limits]\nprivate_networks = ['ten']", "private_networks", "10.0.0.0/8"),
        ("[web]\nlisten = 'everywhere'", "listen", "socket address"),
        ("[log]\nformat = 'xml'", "format", "json"),
    ];
    for (lines, key, right) in cases {
        let message = complaint(lines);
        assert!(message.contains(key), "{lines}\nkey {key} is not in: {message}");
        assert!(message.contains(right), "{lines}\n{right} is not in: {message}");
    }
}

#[test]
fn a_mistyped_key_of_any_section_is_refused_with_the_one_that_was_meant() {
    let cases = [
        ("[databse]\nurl = 'sqlite:x'", "database"),
        ("[database]\nurls = 'sqlite:x'", "url"),
        ("[web]\ntrusted_proxy = []", "trusted_proxies"),
        ("[[relay]]\nurl = 'smtp://mx.example'\nconections = 3", "connections"),
        ("[[group]]\nname = 'gmail'\nper_hours = 3", "per_hour"),
        ("[limits]\nconfirm_link_hour = 3", "confirm_link_hours"),
        ("[retention]\npending_day = 3", "pending_days"),
        ("[log]\nlevels = 'info'", "level"),
    ];
    for (lines, meant) in cases {
        let message = complaint(lines);
        assert!(message.contains(&format!("did you mean `{meant}`?")), "{lines}: {message}");
    }
}

#[test]
fn a_mistyped_key_of_the_environment_is_refused_too() {
    let overrides =
        Overrides { environment: vec![("LAMPLIGHTER_WEB__LISEN".into(), "127.0.0.1:1".into())], flags: Vec::new() };
    let message = Config::parse(GOOD, Path::new(FILE), &overrides).unwrap_err().to_string();
    assert!(message.contains("did you mean `listen`?"), "{message}");
}

#[test]
fn a_missing_file_names_the_command_that_writes_one() {
    let message = Config::load(Path::new("not/there.toml"), &Overrides::default()).unwrap_err().to_string();
    assert!(message.contains("not/there.toml") && message.contains("lamplighter init"), "{message}");
}

#[test]
fn a_file_that_is_no_toml_is_shown_with_its_line() {
    let message = complaint("[web\nlisten = 1");
    assert!(message.contains("line ") && message.contains("[web"), "{message}");
}

#[test]
fn secrets_stay_out_of_everything_that_prints() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("relay.password"), "wick-and-oil\n").unwrap();
    let text = format!(
        "{GOOD}\n[database]\nurl = 'postgres://me:lamp-oil@db.example/news'\n\
         [[relay]]\nurl = 'smtp://mx.example'\nusername = 'me'\npassword_file = 'relay.password'\n"
    );
    let config = Config::parse(&text, &folder.path().join("lamplighter.toml"), &Overrides::default()).unwrap();
    assert_eq!(config.relays[0].password.as_ref().map(|it| it.expose()), Some("wick-and-oil"));
    let printed = format!("{config:?}");
    assert!(!printed.contains("wick-and-oil") && !printed.contains("lamp-oil"), "{printed}");
}

#[test]
fn the_template_survives_any_name_of_a_newsroom() {
    for name in ["The Lamp", "L'\"Écho\" \\ du soir", "]]\nname = 'x'", "", "\u{1f3ee}"] {
        let read = read(&template(name));
        match name {
            "" => assert!(read.unwrap_err().to_string().contains("site.name")),
            name => assert_eq!(read.unwrap().site.name, name),
        }
    }
}
