//! The From domains that publications have of their own, looked at like the configuration's.
//!
//! Promises: for each further domain `from.free_mail`, `domain.*` and `dmarc.*`, with the same envelope sender and keys; a
//! mailbox that does not read is a finding. A database that is not ready is asked nothing.

use super::dmarc::check::check_dmarc;
use super::dns::Dns;
use super::examine::Setup;
use super::finding::Finding;
use super::free_mail::check_free_mail;
use super::house;
use super::mail_domain::check_mail_domain;
use super::name::Name;
use crate::publications;
use lettre::message::Mailbox;
use std::collections::BTreeMap;

/// Further domains that are looked at.
const DOMAINS_MAX: usize = 20;

pub(super) async fn check_publications(dns: &Dns, setup: &Setup, url: &str) -> Vec<Finding> {
    let Some(db) = house::open(url).await else { return Vec::new() };
    let listed = async { publications::list_publications(&mut db.read().await?).await };
    let listed = listed.await;
    db.close().await;
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) => return vec![house::unreadable("domain.exists", &error)],
    };
    let own = listed.into_iter().filter_map(|it| Some((it.slug, it.from_mailbox?)));
    let mut findings = Vec::new();
    let mut domains: BTreeMap<String, (String, Name)> = BTreeMap::new();
    for (slug, mailbox) in own {
        match domain_of(&mailbox) {
            Some(name) if name == setup.from => {}
            Some(name) => drop(domains.entry(name.to_string()).or_insert((slug, name))),
            None => findings.push(Finding::fail(
                "domain.exists",
                format!("The From of publication {slug} does not read as a mailbox at a domain: {mailbox:?}."),
                "Write it like \"Name <name@news.example>\" into newsroom.toml, and run `lamplighter apply`.",
            )),
        }
    }
    if domains.len() > DOMAINS_MAX {
        let more = domains.len() - DOMAINS_MAX;
        findings.push(Finding::skipped("domain.exists", format!("{more} more From domains were not looked at.")));
    }
    for (slug, name) in domains.into_values().take(DOMAINS_MAX) {
        let role = format!("From ({slug})");
        let signed_by: Vec<Name> = setup.keys.iter().map(|key| key.domain.clone()).collect();
        findings.push(check_free_mail(&name));
        findings.extend(check_mail_domain(dns, &name, &role).await);
        findings.extend(check_dmarc(dns, &name, &setup.mail_from, &signed_by).await);
    }
    findings
}

fn domain_of(mailbox: &str) -> Option<Name> {
    let mailbox: Mailbox = mailbox.parse().ok()?;
    Name::domain(mailbox.email.domain()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_names_its_domain() {
        assert_eq!(domain_of("Sport <sport@sport.example>").unwrap().to_string(), "sport.example");
        assert!(domain_of("Sport").is_none());
    }
}
