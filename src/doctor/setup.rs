//! From the configuration to what the DNS is asked about.
//!
//! Promises: the domains of `mail.from` and `mail.bounce_domain`, the public halves of the keys that sign, the addresses
//! of `[doctor]`; a setting that names no domain, or a key that cannot be read, is a finding. The From that a
//! publication has of its own is another file's ([`super::publications`]). The cases below hold it.

use super::dkim::{KeyKind, SigningKey};
use super::examine::Setup;
use super::finding::Finding;
use super::name::Name;
use crate::config::Config;
use crate::delivery::hello_name;
use crate::mail::dkim::{Algorithm, Identity, Signer};

/// # Errors
/// A finding about the setting that cannot be used.
pub(super) fn setup(config: &Config) -> Result<Setup, Box<Finding>> {
    let from = domain(config.mail.domain(), "mail.from")?;
    let mail_from = match &config.mail.bounce_domain {
        Some(text) => domain(text, "mail.bounce_domain")?,
        None => from.clone(),
    };
    let signer = Signer::from_config(&config.mail).map_err(|error| {
        let next = "`lamplighter dkim key` makes a key that can be used.";
        Box::new(Finding::fail("dkim.private_key", error.to_string(), next))
    })?;
    let identities = signer.as_ref().map(Signer::identities).unwrap_or_default();
    let keys = identities.iter().map(signing_key).collect::<Result<Vec<_>, _>>()?;
    let sending_ips = config.doctor.sending_ips.clone();
    Ok(Setup { from, mail_from, keys, sending_ips, helo: helo(config).to_owned() })
}

/// What the relay calls itself towards the world: most relays are called there as they are here.
fn helo(config: &Config) -> &str {
    let is_name = |host: &&str| host.contains('.') && host.parse::<std::net::IpAddr>().is_err();
    let relay = || config.relays.first().map(|relay| relay.host()).filter(is_name);
    config.doctor.helo.as_deref().or_else(relay).unwrap_or_else(|| hello_name(config))
}

fn domain(text: &str, key: &str) -> Result<Name, Box<Finding>> {
    Name::domain(text).map_err(|error| {
        let next = format!("Write a domain of the newsroom's own into {key}, like news.example.");
        Box::new(Finding::fail("domain.exists", format!("{key} names {text:?}: {error}."), next))
    })
}

fn signing_key(identity: &Identity) -> Result<SigningKey, Box<Finding>> {
    let record = identity.key.record().map_err(|error| {
        let next = "`lamplighter dkim key` makes a key that can be used.";
        Box::new(Finding::fail("dkim.private_key", format!("{}: {error}", identity.selector), next))
    })?;
    Ok(SigningKey {
        selector: identity.selector.clone(),
        domain: domain(&identity.domain, "mail.dkim.domain")?,
        kind: match identity.key.algorithm() {
            Algorithm::Rsa => KeyKind::Rsa,
            Algorithm::Ed25519 => KeyKind::Ed25519,
        },
        public_key: record.rsplit_once("p=").map(|(_, key)| key.to_owned()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;
    use crate::mail::dkim::Key;
    use std::path::Path;

    fn config(more: &str) -> Config {
        let text = format!(
            "[site]\nname = 'The Lamp'\nbase_url = 'https://lamp.example/'\npostal_address = '1 Quay'\n\
             [mail]\nfrom = 'The Lamp <lamp@news.example>'\n{more}"
        );
        Config::parse(&text, Path::new("x/lamplighter.toml"), &Overrides::default()).unwrap()
    }

    #[test]
    fn what_is_set_is_asked_about() {
        let relay = "[[relay]]\nurl = 'smtp://127.0.0.1:25'\n";
        let plain = setup(&config(relay)).unwrap();
        assert_eq!(
            (plain.from.to_string(), plain.mail_from.to_string()),
            ("news.example".into(), "news.example".into())
        );
        assert_eq!((plain.helo.as_str(), plain.keys.len(), plain.sending_ips.len()), ("lamp.example", 0, 0));
        let relay = "[[relay]]\nurl = 'smtp://mx.relay.example:587'\n";
        let full = setup(&config(&format!("bounce_domain = 'bounces.news.example'\n{relay}"))).unwrap();
        assert_eq!(
            (full.mail_from.to_string(), full.helo.as_str()),
            ("bounces.news.example".into(), "mx.relay.example")
        );
        let own = "[doctor]\nsending_ips = ['192.0.2.1', '2001:db8::1']\nhelo = 'out.news.example'\n";
        let own = setup(&config(&format!("{relay}{own}"))).unwrap();
        assert_eq!((own.helo.as_str(), own.sending_ips.len()), ("out.news.example", 2));
    }

    #[test]
    fn a_key_is_compared_by_its_public_half() {
        for (algorithm, kind) in [(Algorithm::Rsa, KeyKind::Rsa), (Algorithm::Ed25519, KeyKind::Ed25519)] {
            let (key, _) = Key::generate(algorithm).unwrap();
            let record = key.record().unwrap();
            let identity = Identity { selector: "lamp".to_owned(), domain: "news.example".to_owned(), key };
            let signing = signing_key(&identity).unwrap();
            assert_eq!((signing.kind, signing.record().value), (kind, record));
        }
    }
}
