//! What is wrong with the SPF of the envelope domain, and the record that mends it (RFC 7208).
//!
//! Promises: the checks `spf.record`, `spf.syntax`, `spf.includes`, `spf.lookups`, `spf.voids`, `spf.end`, `spf.ptr`
//! and `spf.sender`; each at most once, but `spf.sender` once for each address. It judges the envelope domain alone:
//! the HELO name has no need of a record while mail has a sender. `check_tests.rs` holds it with a zone for every
//! fault.

use super::evaluate::{LOOKUPS_MAX, Sender, SpfResult, VOIDS_MAX, check_host};
use super::record::{Qualifier, is_spf};
use super::survey::{End, LOOKUPS_SURVEYED_MAX, Problem, Survey, own_record, survey};
use crate::doctor::dns::{Dns, Kind};
use crate::doctor::finding::{Finding, Record};
use crate::doctor::name::Name;
use std::net::IpAddr;

/// Checks SPF of the domain of MAIL FROM for mail from these addresses; none if a relay sends from its own.
pub async fn check_spf(dns: &Dns, domain: &Name, sending_ips: &[IpAddr], helo: &str) -> Vec<Finding> {
    let (text, record) = match own_record(dns, domain).await {
        Ok(found) => found,
        Err(problem) => return vec![no_record(dns, domain, sending_ips, &problem).await],
    };
    let mut findings = vec![Finding::ok("spf.record", format!("{domain} has one SPF record: {text}"))];
    let (seen, end) = survey(dns, domain, &record).await;
    findings.extend(includes(&seen));
    findings.push(lookups(domain, &seen));
    findings.extend(voids(domain, &seen));
    findings.push(ending(domain, &text, end, &seen));
    if !seen.with_ptr.is_empty() {
        let names = list(seen.with_ptr.iter());
        findings.push(Finding::warn(
            "spf.ptr",
            format!("The SPF record of {names} uses ptr, which is slow and unreliable (RFC 7208 5.5: do not use)."),
            "Replace ptr by ip4: and ip6: with the addresses that send.",
        ));
    }
    findings.extend(senders(dns, domain, &text, sending_ips, helo).await);
    findings
}

async fn no_record(dns: &Dns, domain: &Name, ips: &[IpAddr], problem: &Problem) -> Finding {
    match problem {
        Problem::Fault(fault) => {
            Finding::fail("spf.record", format!("SPF of {domain} could not be looked up: {fault}."), fault.next_step())
        }
        Problem::SeveralRecords => {
            let answer = dns.lookup(domain, Kind::Txt).await.unwrap_or_default();
            let records: Vec<String> = answer.joined_texts().filter(|text| is_spf(text)).collect();
            let why = format!(
                "{domain} has {} SPF records, one is allowed (RFC 7208 3.2): receivers treat it as an error.",
                records.len()
            );
            Finding::fail("spf.record", why, "Publish one record with the terms of all, and remove the others.")
                .paste(Record::txt(domain, merged(&records)))
        }
        Problem::Syntax(error) => Finding::fail(
            "spf.syntax",
            format!("The SPF record of {domain} cannot be read: {error}. Receivers ignore the whole record."),
            format!("Correct or remove the term {:?}.", error.term),
        ),
        _ if ips.is_empty() => Finding::fail(
            "spf.record",
            format!("{domain} has no SPF record: large providers refuse mail or file it as spam."),
            "Publish a TXT record \"v=spf1 include:NAME ~all\" with the NAME that your relay gives for SPF.",
        ),
        _ => Finding::fail(
            "spf.record",
            format!("{domain} has no SPF record: large providers refuse mail or file it as spam."),
            "Publish this TXT record; add what else sends mail with this domain.",
        )
        .paste(Record::txt(domain, format!("v=spf1 {} ~all", list_terms(ips)))),
    }
}

fn includes(seen: &Survey) -> Option<Finding> {
    let (name, problem) = seen.problems.first()?;
    let what = match problem {
        Problem::NoRecord => format!("{name} is included and has no SPF record"),
        Problem::SeveralRecords => format!("{name} is included and has several SPF records"),
        Problem::Syntax(error) => format!("{name} is included and its SPF record cannot be read: {error}"),
        Problem::Fault(fault) => format!("{name} is included and could not be looked up: {fault}"),
        Problem::Circle => format!("the SPF record of {name} includes itself"),
        Problem::TooManyExchanges => format!("an mx term of {name} has more than 10 mail exchanges"),
        Problem::NoName(text) => format!("{text:?} in the SPF record of {name} is no name of the DNS"),
    };
    let more = match seen.problems.len() {
        1 => String::new(),
        count => format!(" (and {} more faults)", count - 1),
    };
    Some(Finding::fail(
        "spf.includes",
        format!("SPF ends in an error where it gets that far: {what}{more}."),
        "Remove the include or redirect if you no longer send through it; otherwise tell the one who runs it.",
    ))
}

fn lookups(domain: &Name, seen: &Survey) -> Finding {
    let at_least = if seen.lookups >= LOOKUPS_SURVEYED_MAX { "at least " } else { "" };
    let (count, lookups) = (seen.lookups, if seen.lookups == 1 { "lookup" } else { "lookups" });
    let needs =
        format!("SPF of {domain} needs {at_least}{count} {lookups}, {LOOKUPS_MAX} are allowed (RFC 7208 4.6.4)");
    let costs: Vec<String> = seen.costs.iter().map(|(term, cost)| format!("{term} {cost}")).collect();
    let advice = format!(
        "Replace includes by ip4:/ip6: or drop those you no longer send through. They cost: {}.",
        costs.join(", ")
    );
    match seen.lookups {
        count if count > LOOKUPS_MAX => {
            Finding::fail("spf.lookups", format!("{needs}: mail is refused where it is checked."), advice)
        }
        LOOKUPS_MAX => {
            Finding::warn("spf.lookups", format!("{needs}: it breaks as soon as an included record grows."), advice)
        }
        _ => Finding::ok("spf.lookups", format!("{needs}.")),
    }
}

fn voids(domain: &Name, seen: &Survey) -> Option<Finding> {
    let terms: Vec<String> = seen.voids.iter().map(|(term, name)| format!("{term} of {name}")).collect();
    let count =
        if terms.len() == 1 { "a term that finds".to_owned() } else { format!("{} terms that find", terms.len()) };
    let finds = format!("SPF of {domain} has {count} nothing: {}", terms.join(", "));
    let advice = "Remove these terms, or give their names an address.";
    match terms.len() {
        0 => None,
        1..=VOIDS_MAX => {
            let why = format!("{finds}. Receivers allow {VOIDS_MAX} of them (RFC 7208 4.6.4).");
            Some(Finding::warn("spf.voids", why, advice))
        }
        _ => {
            let why = format!("{finds}. {VOIDS_MAX} are allowed (RFC 7208 4.6.4): receivers treat it as an error.");
            Some(Finding::fail("spf.voids", why, advice))
        }
    }
}

const END_SOFTLY: &str = "End it, or the record it redirects to, in ~all.";

fn ending(domain: &Name, text: &str, end: End, seen: &Survey) -> Finding {
    let softly = merged(&[text.to_owned()]);
    if let Some(name) = seen.open.first() {
        return Finding::fail(
            "spf.end",
            format!("SPF of {domain} lets everyone send in its name: it includes {name}, which ends in +all."),
            format!("Remove the include of {name}."),
        );
    }
    let finding = match end {
        End::All(Qualifier::Pass) => Finding::fail(
            "spf.end",
            format!("SPF of {domain} ends in +all: it lets everyone send in its name."),
            END_SOFTLY,
        ),
        End::All(Qualifier::Neutral) | End::Open => Finding::warn(
            "spf.end",
            format!("SPF of {domain} does not end in ~all or -all: it says nothing about mail that others forge."),
            END_SOFTLY,
        ),
        End::All(Qualifier::SoftFail) => Finding::ok("spf.end", format!("SPF of {domain} ends in ~all.")),
        End::All(Qualifier::Fail) => Finding::ok("spf.end", format!("SPF of {domain} ends in -all.")),
        End::Unknown => {
            let reason = format!("How SPF of {domain} ends is not known: its redirect cannot be read.");
            Finding::skipped("spf.end", reason)
        }
    };
    // The end of a record that is redirected to is not this domain's to publish.
    let is_here = finding.next_step.is_some() && softly != text;
    if is_here { finding.paste(Record::txt(domain, softly)) } else { finding }
}

async fn senders(dns: &Dns, domain: &Name, text: &str, ips: &[IpAddr], helo: &str) -> Vec<Finding> {
    if ips.is_empty() {
        let reason = "Whether SPF allows the sending address was not checked: the relay sends from its own \
                      addresses; if they are yours, list them in [doctor] sending_ips.";
        return vec![Finding::skipped("spf.sender", reason)];
    }
    let mut results = Vec::new();
    // Bounces carry a token in front of the at sign; which one does not matter to a sane record.
    let mail_from = format!("bounces@{domain}");
    for ip in ips {
        let sender = Sender { ip: *ip, mail_from: &mail_from, helo };
        results.push((*ip, check_host(dns, &sender, &domain.to_string()).await));
    }
    let refused: Vec<IpAddr> = results
        .iter()
        .filter(|(_, result)| matches!(result, SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral))
        .map(|(ip, _)| *ip)
        .collect();
    let finding = |(ip, result): (IpAddr, SpfResult)| match result {
        SpfResult::Pass => Finding::ok("spf.sender", format!("SPF of {domain} allows {ip} to send.")),
        SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral | SpfResult::None => Finding::fail(
            "spf.sender",
            format!("SPF of {domain} does not allow {ip} to send: mail from there fails SPF."),
            "Publish the record with this address in it.",
        )
        .paste(Record::txt(domain, with_terms(text, &list_terms(&refused)))),
        SpfResult::PermError => Finding::fail(
            "spf.sender",
            format!("SPF of {domain} ends in an error for mail from {ip}: receivers treat it as if there were none."),
            "Mend what else is said about SPF here; a term that finds no address of this family counts as void too.",
        ),
        SpfResult::TempError => Finding::fail(
            "spf.sender",
            format!("SPF of {domain} could not be evaluated for {ip}: a name in it could not be looked up."),
            "Look whether the name servers of all included domains answer, then run this again.",
        ),
    };
    results.into_iter().map(finding).collect()
}

fn term(ip: &IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => format!("ip4:{ip}"),
        IpAddr::V6(ip) => format!("ip6:{ip}"),
    }
}

fn list_terms(ips: &[IpAddr]) -> String {
    ips.iter().map(term).collect::<Vec<_>>().join(" ")
}

fn list<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    names.map(Name::to_string).collect::<Vec<_>>().join(", ")
}

/// The record with more terms right behind its version, where they cost nothing and are met first.
fn with_terms(text: &str, terms: &str) -> String {
    let rest = text.split_once(' ').map_or("", |(_, rest)| rest.trim());
    format!("v=spf1 {terms} {rest}").trim_end().to_owned()
}

/// One record with the terms of all, each once, and `~all` unless it redirects.
fn merged(records: &[String]) -> String {
    let is_all = |term: &str| term.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case("all");
    let is_redirect = |term: &str| term.to_ascii_lowercase().starts_with("redirect=");
    let all: Vec<&str> = records.iter().flat_map(|text| text.split(' ').skip(1)).filter(|it| !it.is_empty()).collect();
    // An `all` makes receivers pass a redirect over: where there are both, the redirect has no effect.
    let ends_in_redirect = all.iter().any(|term| is_redirect(term)) && !all.iter().any(|term| is_all(term));
    let mut terms: Vec<&str> = Vec::new();
    for term in all {
        if !is_all(term) && !terms.contains(&term) && (ends_in_redirect || !is_redirect(term)) {
            terms.push(term);
        }
    }
    if !ends_in_redirect {
        terms.push("~all");
    }
    format!("v=spf1 {}", terms.join(" "))
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
