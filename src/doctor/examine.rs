//! The whole examination of a sending setup.
//!
//! Promises: all checks, in a fixed order, each finding about one thing; where the resolver itself does not answer, one
//! finding says so and nothing else is said, since twenty faults with one cause help nobody. The tests below hold it.

use crate::doctor::dkim::{SigningKey, check_dkim};
use crate::doctor::dmarc::check::check_dmarc;
use crate::doctor::dns::{Dns, Kind};
use crate::doctor::finding::Finding;
use crate::doctor::free_mail::check_free_mail;
use crate::doctor::mail_domain::check_mail_domain;
use crate::doctor::name::Name;
use crate::doctor::reverse::check_reverse;
use crate::doctor::spf::check::check_spf;
use crate::doctor::transport::check_transport;
use std::net::IpAddr;

/// What is to be examined.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The domain of the From address.
    pub from: Name,
    /// The domain of the envelope sender, to which bounces come.
    pub mail_from: Name,
    /// The keys that sign; none if the relay signs.
    pub keys: Vec<SigningKey>,
    /// The addresses mail leaves from, as the world sees them; none if a relay sends from its own.
    pub sending_ips: Vec<IpAddr>,
    /// The name said in HELO.
    pub helo: String,
}

/// Runs every check.
pub async fn examine(dns: &Dns, setup: &Setup) -> Vec<Finding> {
    if let Some(finding) = resolver(dns, &setup.from).await {
        return vec![finding];
    }
    let ips = setup.sending_ips.as_slice();
    let signed_by: Vec<Name> = setup.keys.iter().map(|key| key.domain.clone()).collect();
    let domains = async {
        let mut findings = check_mail_domain(dns, &setup.from, "From").await;
        if setup.mail_from != setup.from {
            findings.extend(check_mail_domain(dns, &setup.mail_from, "bounce").await);
        }
        findings
    };
    let keys = async {
        let mut findings = Vec::new();
        for key in &setup.keys {
            findings.extend(check_dkim(dns, key).await);
        }
        if setup.keys.is_empty() {
            findings.push(Finding::skipped(
                "dkim.record",
                "DKIM keys were not checked: no [[mail.dkim]] is set up, so the relay signs, or nobody.",
            ));
        }
        findings
    };
    let (domains, spf, keys, dmarc, reverse, transport) = tokio::join!(
        domains,
        check_spf(dns, &setup.mail_from, ips, &setup.helo),
        keys,
        check_dmarc(dns, &setup.from, &setup.mail_from, &signed_by),
        check_reverse(dns, ips, &setup.helo),
        check_transport(dns, &setup.mail_from),
    );
    [vec![check_free_mail(&setup.from)], domains, spf, keys, dmarc, reverse, transport].concat()
}

/// What is wrong with the resolver. A server that serves some zones alone may refuse the root, so the domain itself is
/// asked for too before it is blamed; that alone may fail for faults of the domain.
async fn resolver(dns: &Dns, from: &Name) -> Option<Finding> {
    let root = Name::root();
    let (root, own) = tokio::join!(dns.lookup(&root, Kind::Ns), dns.lookup(from, Kind::Soa));
    let fault = root.err().filter(|fault| fault.is_of_the_resolver())?;
    let again = own.err().filter(|fault| fault.is_of_the_resolver());
    again.is_some().then(|| {
        Finding::fail(
            "dns.resolver",
            format!("The resolver {} does not answer: {fault}. Nothing else could be checked.", dns.resolvers()),
            "Look at /etc/resolv.conf and the network, or name another resolver with --resolver ADDR.",
        )
    })
}

#[cfg(test)]
#[path = "examine_tests.rs"]
mod tests;
