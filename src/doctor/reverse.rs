//! What the sending addresses are called, and whether HELO is true (RFC 5321 4.1.4, RFC 1912 2.1).
//!
//! Promises: `reverse.ptr` for each address and `reverse.helo` once; both skipped, with the reason, where a relay
//! sends: its addresses are not ours to mend. Providers refuse addresses without a name that leads back to them. It
//! does not judge whether a name looks like a dial-up line's. The cases below hold it.

use crate::doctor::dns::{Dns, Kind};
use crate::doctor::finding::{Finding, Record};
use crate::doctor::name::Name;
use std::net::IpAddr;

/// Names of one address that are looked at; more than one is unusual already.
const NAMES_MAX: usize = 10;

/// Checks the addresses that mail leaves from; none if a relay sends from addresses of its own.
pub async fn check_reverse(dns: &Dns, sending_ips: &[IpAddr], helo: &str) -> Vec<Finding> {
    if sending_ips.is_empty() {
        let reason = "was not checked: the relay sends from its own addresses; if they are yours, list them in [doctor] sending_ips.";
        return vec![
            Finding::skipped("reverse.ptr", format!("The name of the sending address {reason}")),
            Finding::skipped("reverse.helo", format!("The HELO name {reason}")),
        ];
    }
    let mut findings = Vec::new();
    for ip in sending_ips {
        findings.push(ptr(dns, *ip, helo).await);
    }
    findings.push(helo_name(dns, sending_ips, helo).await);
    findings
}

async fn ptr(dns: &Dns, ip: IpAddr, helo: &str) -> Finding {
    let check = "reverse.ptr";
    let reverse = Name::reverse(ip);
    let answer = match dns.lookup(&reverse, Kind::Ptr).await {
        Ok(answer) => answer,
        Err(fault) => {
            let what = format!("The name of {ip} could not be looked up: {fault}.");
            return Finding::fail(check, what, fault.next_step());
        }
    };
    let names: Vec<&Name> = answer.names().take(NAMES_MAX).collect();
    if names.is_empty() {
        return Finding::fail(
            check,
            format!("{ip} has no name (PTR record): Gmail, Yahoo and Outlook refuse mail from it."),
            format!("Ask whoever gave you the address to set its reverse DNS to {helo}."),
        )
        .paste(Record { name: reverse.to_string(), kind: "PTR", value: format!("{helo}.") });
    }
    let mut fault = None;
    for name in &names {
        match dns.lookup(name, if ip.is_ipv4() { Kind::A } else { Kind::Aaaa }).await {
            Ok(forward) if forward.addresses().any(|it| it == ip) => {
                return Finding::ok(check, format!("{ip} is called {name}, and {name} leads back to it."));
            }
            Ok(_) => {}
            Err(its) => fault = Some(its),
        }
    }
    let listed = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match fault {
        Some(fault) => {
            let what = format!("{ip} is called {listed}, which could not be looked up: {fault}.");
            Finding::fail(check, what, fault.next_step())
        }
        None => Finding::fail(
            check,
            format!("{ip} is called {listed}, which does not lead back to it: receivers take the name for a lie."),
            format!("Give {listed} an address record with {ip}, or set the reverse DNS of {ip} to {helo}."),
        ),
    }
}

async fn helo_name(dns: &Dns, ips: &[IpAddr], helo: &str) -> Finding {
    let check = "reverse.helo";
    let Ok(name) = Name::domain(helo) else {
        return Finding::fail(
            check,
            format!("The HELO name {helo:?} is no full domain name."),
            "Set it to the name of this machine in the DNS, such as mail.example.org.",
        );
    };
    let addresses = match dns.addresses(&name).await {
        Ok(addresses) => addresses,
        Err(fault) => {
            let what = format!("The HELO name {name} could not be looked up: {fault}.");
            return Finding::fail(check, what, fault.next_step());
        }
    };
    let missing: Vec<&IpAddr> = ips.iter().filter(|ip| !addresses.contains(ip)).collect();
    let Some(first) = missing.first() else {
        return Finding::ok(check, format!("The HELO name {name} leads to the sending addresses."));
    };
    let listed = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let kind = if first.is_ipv4() { "A" } else { "AAAA" };
    Finding::fail(
        check,
        format!("The HELO name {name} does not lead to {listed}: receivers count that against the mail."),
        format!("Publish address records of {name} for {listed}."),
    )
    .paste(Record { name: name.to_string(), kind, value: first.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::testing::{dns, level, one};

    const SOUND: &str = "
        1.2.0.192.in-addr.arpa PTR other.example
        1.2.0.192.in-addr.arpa PTR mail.news.example
        mail.news.example A 192.0.2.1
        other.example A 192.0.2.9";

    async fn findings(zone: &str, helo: &str) -> Vec<Finding> {
        check_reverse(&dns(zone).await, &["192.0.2.1".parse().unwrap()], helo).await
    }

    #[tokio::test]
    async fn a_name_that_leads_back_is_fine() {
        let all = findings(SOUND, "mail.news.example").await;
        assert_eq!((level(&all, "reverse.ptr"), level(&all, "reverse.helo")), (Level::Ok, Level::Ok));
    }

    #[tokio::test]
    async fn a_relay_is_not_ours_to_judge() {
        let all = check_reverse(&dns("x.example TXT x").await, &[], "mail.news.example").await;
        assert_eq!((level(&all, "reverse.ptr"), level(&all, "reverse.helo")), (Level::Skipped, Level::Skipped));
    }

    #[tokio::test]
    async fn every_fault_of_a_name_is_told() {
        let ptr = "1.2.0.192.in-addr.arpa PTR";
        for (zone, part) in [
            ("x.example TXT x".to_owned(), "has no name"),
            (format!("{ptr} lie.example\nlie.example A 192.0.2.2"), "does not lead back"),
            (format!("{ptr} gone.example"), "does not lead back"),
            (format!("{ptr} !servfail"), "SERVFAIL"),
            (format!("{ptr} slow.example\nslow.example A !drop"), "in time"),
        ] {
            let all = findings(&zone, "mail.news.example").await;
            let finding = one(&all, "reverse.ptr");
            assert!(finding.level == Level::Fail && finding.message.contains(part), "{finding:?}");
        }
        let all = findings("x.example TXT x", "mail.news.example").await;
        let line = one(&all, "reverse.ptr").record.as_ref().unwrap().zone_line();
        assert_eq!(line, "1.2.0.192.in-addr.arpa. IN PTR mail.news.example.");
    }

    #[tokio::test]
    async fn every_fault_of_helo_is_told() {
        for (helo, part) in [
            ("localhost", "no full domain name"),
            ("", "no full domain name"),
            ("other.example", "does not lead to 192.0.2.1"),
            ("gone.example", "does not lead to 192.0.2.1"),
        ] {
            let all = findings(SOUND, helo).await;
            let finding = one(&all, "reverse.helo");
            assert!(finding.level == Level::Fail && finding.message.contains(part), "{finding:?}");
        }
        let broken = findings("mail.news.example * !servfail", "mail.news.example").await;
        assert!(one(&broken, "reverse.helo").message.contains("SERVFAIL"), "{broken:?}");
    }

    #[tokio::test]
    async fn ipv6_is_asked_for_in_its_own_tree() {
        let zone = format!(
            "{} PTR mail.news.example\nmail.news.example AAAA 2001:db8::1",
            Name::reverse("2001:db8::1".parse().unwrap())
        );
        let all = check_reverse(&dns(&zone).await, &["2001:db8::1".parse().unwrap()], "mail.news.example").await;
        assert_eq!((level(&all, "reverse.ptr"), level(&all, "reverse.helo")), (Level::Ok, Level::Ok));
    }
}
