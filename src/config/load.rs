//! From the file, the environment and the flags to a checked [`Config`].

use super::{Config, ConfigError, GroupConfig};
use crate::base::text::nearest;
use serde::Deserialize as _;
use std::path::Path;
use toml::{Table, Value};

pub const CONFIG_FILE: &str = "lamplighter.toml";
const ENVIRONMENT_PREFIX: &str = "LAMPLIGHTER_";

/// What comes on top of the file, in this order.
#[derive(Default)]
pub struct Overrides {
    /// `(name, value)` as in `LAMPLIGHTER_SITE__NAME=The Lamp`.
    pub environment: Vec<(String, String)>,
    /// `(section.key, value)`.
    pub flags: Vec<(String, String)>,
}

impl Overrides {
    /// The environment of this process.
    pub fn from_environment() -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX) && name.contains("__"))
            .collect();
        Self { environment, flags: Vec::new() }
    }
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`], each naming the file, the key and the next step.
    pub fn load(path: &Path, overrides: &Overrides) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing(path.to_owned()),
            _ => ConfigError::Unreadable { file: path.to_owned(), cause },
        })?;
        Self::parse(&text, path, overrides)
    }

    /// Checks the text of a configuration file; `path` is for messages and relative file names.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, path: &Path, overrides: &Overrides) -> Result<Self, ConfigError> {
        let parse_error =
            |error: toml::de::Error| ConfigError::Parse { file: path.to_owned(), message: explain(&error.to_string()) };
        // Straight from the text first, so that a mistake is shown with its line.
        let mut config: Self = if overrides.environment.is_empty() && overrides.flags.is_empty() {
            toml::from_str(text).map_err(parse_error)?
        } else {
            let mut table: Table = toml::from_str(text).map_err(parse_error)?;
            for (name, value) in &overrides.environment {
                let keys = name[ENVIRONMENT_PREFIX.len()..].to_ascii_lowercase();
                set(&mut table, &keys.split("__").collect::<Vec<_>>(), value);
            }
            for (key, value) in &overrides.flags {
                set(&mut table, &key.split('.').collect::<Vec<_>>(), value);
            }
            Self::deserialize(Value::Table(table)).map_err(parse_error)?
        };
        config.check(path.parent().unwrap_or(Path::new("."))).map_err(|error| error.in_file(path))?;
        Ok(config)
    }

    fn check(&mut self, folder: &Path) -> Result<(), ConfigError> {
        self.site.check()?;
        self.database.check(folder)?;
        self.mail.check(folder)?;
        self.hooks.check(folder)?;
        self.bounces.check(folder)?;
        self.delivery.check()?;
        self.privacy.check()?;
        for relay in &mut self.relays {
            relay.check(folder)?;
        }
        GroupConfig::check_all(&mut self.groups)?;
        self.sign_up.check()?;
        let limits = &self.limits;
        if limits.confirm_link_hours == 0 || limits.confirmations_per_address_day == 0 {
            return Err(ConfigError::value("limits", "would let nobody confirm", "write numbers above 0"));
        }
        Ok(())
    }
}

/// Sets one key of the table; `relay.0.url` reaches into lists. A value that reads as TOML is taken as such, anything
/// else as text.
fn set(table: &mut Table, keys: &[&str], value: &str) {
    let Some((first, rest)) = keys.split_first() else { return };
    if rest.is_empty() {
        table.insert((*first).to_owned(), read_value(value));
        return;
    }
    let entry = table.entry((*first).to_owned());
    if let Some((index, deeper)) = rest.split_first()
        && let Ok(index) = index.parse::<usize>()
    {
        let Value::Array(list) = entry.or_insert_with(|| Value::Array(Vec::new())) else { return };
        if index == list.len() {
            list.push(Value::Table(Table::new()));
        }
        if let Some(Value::Table(inner)) = list.get_mut(index) {
            set(inner, deeper, value);
        }
        return;
    }
    if let Value::Table(inner) = entry.or_insert_with(|| Value::Table(Table::new())) {
        set(inner, rest, value);
    }
}

fn read_value(text: &str) -> Value {
    let parsed: Option<Table> = toml::from_str(&format!("value = {text}")).ok();
    match parsed.and_then(|mut table| table.remove("value")) {
        Some(Value::Datetime(_)) | None => Value::String(text.to_owned()),
        Some(value) => value,
    }
}

/// Adds the nearest known name to serde's "unknown field `x`, expected one of `a`, `b`".
pub(crate) fn explain(message: &str) -> String {
    let message = message.trim_end();
    let Some((_, after)) = message.split_once("unknown field `") else { return message.to_owned() };
    let mut quoted = after.split('`').step_by(2);
    let Some(typed) = quoted.next() else { return message.to_owned() };
    match nearest(typed, quoted) {
        Some(name) => format!("{message}\ndid you mean `{name}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "[site]\nname = 'The Lamp'\nbase_url = 'https://news.example/'\npostal_address = '1 Quay'\n[mail]\nfrom = 'The Lamp <lamp@news.example>'\n";

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("x/lamplighter.toml"), &Overrides::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_name_and_its_line() {
        let error = parse(&format!("{MINIMAL}[web]\nlisen = '127.0.0.1:1'\n")).unwrap_err();
        assert!(error.contains("did you mean `listen`?"), "{error}");
        assert!(error.contains("lamplighter.toml") && error.contains("lisen = "), "{error}");
    }

    #[test]
    fn the_environment_stands_above_the_file() {
        let overrides = Overrides {
            environment: vec![
                ("LAMPLIGHTER_SITE__NAME".into(), "42nd Street".into()),
                ("LAMPLIGHTER_RELAY__0__URL".into(), "smtp://127.0.0.1:2525".into()),
                ("LAMPLIGHTER_LIMITS__CONFIRM_LINK_HOURS".into(), "5".into()),
            ],
            flags: vec![("web.listen".into(), "127.0.0.1:9999".into())],
        };
        let config = Config::parse(MINIMAL, Path::new("lamplighter.toml"), &overrides).unwrap();
        assert_eq!(config.site.name, "42nd Street");
        assert_eq!(config.relays[0].tls_policy(), super::super::TlsPolicy::None);
        assert_eq!(config.limits.confirm_link_hours, 5);
        assert_eq!(config.web.listen.port(), 9999);
    }

    #[test]
    fn links_begin_with_the_base_url_whatever_its_slashes() {
        let config = parse(MINIMAL).unwrap();
        assert_eq!(config.site.link("/subscribe"), "https://news.example/subscribe");
        assert_eq!(config.database.url.expose(), "sqlite:x/lamplighter.db");
    }

    #[test]
    fn mail_to_another_machine_goes_encrypted_or_not_at_all() {
        let error = parse(&format!("{MINIMAL}[[relay]]\nurl = 'smtp://mx.example:25'\ntls = 'none'\n")).unwrap_err();
        assert!(error.contains("relay.tls"), "{error}");
    }

    #[test]
    fn a_free_mail_sender_and_an_empty_postal_address_are_refused() {
        assert!(parse(&MINIMAL.replace("lamp@news.example", "lamp@gmail.com")).unwrap_err().contains("mail.from"));
        assert!(parse(&MINIMAL.replace("1 Quay", " ")).unwrap_err().contains("postal_address"));
    }

    #[test]
    fn the_template_is_a_valid_configuration() {
        let config = parse(&super::super::template("The Lamp")).unwrap();
        assert!(config.site.is_loopback());
        assert_eq!(config.relays.len(), 1);
    }
}
