//! Whether a domain that mail comes from can be written to (RFC 5321 5.1, RFC 7505).
//!
//! Promises: `domain.exists`, `domain.mx` and `domain.soa` for a domain; a domain that says it takes no mail (null MX)
//! is a fault, since Yahoo and others refuse its mail. It connects to no mail server: whether postmaster@ answers is
//! not found out here. The cases below hold it.

use crate::doctor::dns::{Answer, Dns, Fault, Kind};
use crate::doctor::finding::{Finding, Record};
use crate::doctor::name::Name;

/// Exchanges of a domain that are looked at.
const EXCHANGES_MAX: usize = 20;

/// Checks a domain; `role` says what it is for, such as "From" or "bounce".
pub async fn check_mail_domain(dns: &Dns, domain: &Name, role: &str) -> Vec<Finding> {
    match dns.lookup(domain, Kind::Mx).await {
        Err(fault) => {
            let what = format!("The {role} domain {domain} could not be looked up: {fault}.");
            vec![Finding::fail("domain.exists", what, fault.next_step())]
        }
        Ok(answer) if !answer.exists => vec![Finding::fail(
            "domain.exists",
            format!("The {role} domain {domain} does not exist (NXDOMAIN): all its mail is refused."),
            "Correct the name in the settings, or register and delegate the domain.",
        )],
        Ok(answer) => vec![exchanges(dns, domain, role, &answer).await, soa(dns, domain, role).await],
    }
}

async fn exchanges(dns: &Dns, domain: &Name, role: &str, answer: &Answer) -> Finding {
    let check = "domain.mx";
    let exchanges: Vec<&Name> = answer.exchanges().into_iter().map(|(_, name)| name).take(EXCHANGES_MAX).collect();
    if exchanges.iter().any(|name| name.labels().is_empty()) {
        return Finding::fail(
            check,
            format!(
                "The {role} domain {domain} says that it takes no mail (null MX, RFC 7505): mail from it is refused."
            ),
            "Replace the MX record by that of a server which takes mail for the domain.",
        );
    }
    if exchanges.is_empty() {
        return without_mx(dns, domain, role).await;
    }
    let mut faults = Vec::new();
    let mut working = 0;
    for exchange in &exchanges {
        match fault_of_exchange(dns, exchange).await {
            None => working += 1,
            Some((what, still_works)) => {
                working += usize::from(still_works);
                faults.push(format!("{exchange} {what}"));
            }
        }
    }
    let listed = faults.join("; ");
    let next_step = "Let each MX record name a host that has an address record of its own.";
    match (faults.is_empty(), working) {
        (true, _) => Finding::ok(check, format!("The {role} domain {domain} takes mail ({working} mail exchanges).")),
        (false, 0) => {
            let what = format!("No mail exchange of the {role} domain {domain} can be reached: {listed}.");
            Finding::fail(check, what, next_step)
        }
        (false, _) => {
            Finding::warn(check, format!("Of the mail exchanges of the {role} domain {domain}, {listed}."), next_step)
        }
    }
}

/// What is wrong with an exchange, and whether mail still gets there.
async fn fault_of_exchange(dns: &Dns, exchange: &Name) -> Option<(String, bool)> {
    match dns.addresses(exchange).await {
        Err(fault) => Some((format!("could not be looked up ({fault})"), false)),
        Ok(addresses) => {
            let alias = dns.lookup(exchange, Kind::A).await.ok().and_then(|answer| answer.aliases.first().cloned());
            match alias {
                Some(target) => {
                    let what = format!("is an alias of {target}, which RFC 5321 5.1 does not allow");
                    Some((what, !addresses.is_empty()))
                }
                None if addresses.is_empty() => Some(("has no address".to_owned(), false)),
                None => None,
            }
        }
    }
}

/// Without MX the domain's own address takes the mail (RFC 5321 5.1), if anything listens there.
async fn without_mx(dns: &Dns, domain: &Name, role: &str) -> Finding {
    let check = "domain.mx";
    let next_step = "Publish an MX record that names the server which takes mail for the domain.";
    match dns.addresses(domain).await {
        Err(fault) => {
            let what = format!("The address of the {role} domain {domain} could not be looked up: {fault}.");
            Finding::fail(check, what, fault.next_step())
        }
        Ok(addresses) if addresses.is_empty() => Finding::fail(
            check,
            format!("The {role} domain {domain} has neither MX nor address: mail to it is lost, mail from it refused."),
            next_step,
        ),
        Ok(_) => Finding::warn(
            check,
            format!("The {role} domain {domain} has an address and no MX record: mail to it goes to that address."),
            next_step,
        )
        .paste(Record { name: domain.to_string(), kind: "MX", value: format!("10 {domain}.") }),
    }
}

/// A zone has its SOA record at its top, which may be above the domain.
async fn soa(dns: &Dns, domain: &Name, role: &str) -> Finding {
    let mut fault: Option<Fault> = None;
    for labels in (2..=domain.labels().len()).rev() {
        let name = domain.last_labels(labels);
        match dns.lookup(&name, Kind::Soa).await {
            Ok(answer) if !answer.records.is_empty() => {
                return Finding::ok("domain.soa", format!("The {role} domain {domain} is in the zone {name}."));
            }
            Ok(_) => {}
            Err(its) => fault = Some(its),
        }
    }
    let why = fault.map_or_else(String::new, |fault| format!(" ({fault})"));
    Finding::fail(
        "domain.soa",
        format!("No zone (SOA record) was found for the {role} domain {domain}{why}: Yahoo refuses mail without one."),
        "Ask your DNS provider whether the domain is delegated and served completely.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::testing::{dns, level, name, one};

    async fn findings(zone: &str) -> Vec<Finding> {
        let zone = format!("{zone}\nexample SOA ns.example\n");
        check_mail_domain(&dns(&zone).await, &name("news.example"), "From").await
    }

    #[tokio::test]
    async fn a_domain_that_takes_mail_is_fine() {
        let all =
            findings("news.example MX 10 mx.example\nmx.example AAAA 2001:db8::1\nnews.example SOA ns.example").await;
        assert_eq!((level(&all, "domain.mx"), level(&all, "domain.soa")), (Level::Ok, Level::Ok));
    }

    #[tokio::test]
    async fn every_fault_is_told() {
        for (zone, expected, part) in [
            ("news.example MX 0 .", Level::Fail, "null MX"),
            ("news.example MX 10 gone.example", Level::Fail, "gone.example has no address"),
            (
                "news.example MX 10 gone.example\nnews.example MX 20 mx.example\nmx.example A 192.0.2.1",
                Level::Warn,
                "gone.example",
            ),
            (
                "news.example MX 10 a.example\na.example CNAME b.example\nb.example A 192.0.2.1",
                Level::Warn,
                "alias of b.example",
            ),
            (
                "news.example MX 10 a.example\na.example CNAME b.example\nb.example AAAA 2001:db8::1",
                Level::Warn,
                "alias of b.example",
            ),
            ("news.example MX 10 a.example\na.example CNAME b.example", Level::Fail, "alias of b.example"),
            ("news.example MX 10 a.example\na.example * !servfail", Level::Fail, "SERVFAIL"),
            ("news.example A 192.0.2.1", Level::Warn, "no MX record"),
            ("news.example TXT x", Level::Fail, "neither MX nor address"),
            ("news.example MX 10 a.example\na.example A !drop", Level::Fail, "in time"),
        ] {
            let all = findings(zone).await;
            let finding = one(&all, "domain.mx");
            assert!(finding.level == expected && finding.message.contains(part), "{zone}: {finding:?}");
        }
    }

    #[tokio::test]
    async fn a_long_list_of_exchanges_is_not_followed_to_its_end() {
        let zone: String =
            (0..30).map(|at| format!("news.example MX 1 m{at}.example\nm{at}.example A 192.0.2.1\n")).collect();
        assert!(one(&findings(&zone).await, "domain.mx").message.contains("(20 mail exchanges)"));
    }

    #[tokio::test]
    async fn a_domain_that_is_not_there_is_one_finding() {
        for (zone, part) in [("x.example TXT x", "NXDOMAIN"), ("news.example MX !servfail", "SERVFAIL")] {
            let all = findings(zone).await;
            assert!(all.len() == 1 && one(&all, "domain.exists").message.contains(part), "{all:?}");
        }
    }

    #[tokio::test]
    async fn the_zone_may_begin_above_but_not_at_the_top() {
        let zone = "a.news.example MX 10 mx.example\nnews.example SOA ns.example\nmx.example A 192.0.2.1";
        let dns = dns(zone).await;
        let all = check_mail_domain(&dns, &name("a.news.example"), "bounce").await;
        assert!(one(&all, "domain.soa").message.contains("zone news.example"), "{all:?}");
        assert_eq!(level(&findings("news.example A 192.0.2.1").await, "domain.soa"), Level::Fail);
    }
}
