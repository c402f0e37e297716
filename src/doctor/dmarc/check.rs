//! What is wrong with DMARC of the From domain, and whether SPF and DKIM speak for it (RFC 9989, and RFC 9990 for
//! reports to others).
//!
//! Promises: `dmarc.record`, `dmarc.syntax`, `dmarc.policy`, `dmarc.obsolete`, `dmarc.reports`, `dmarc.spf_alignment`
//! and `dmarc.dkim_alignment`. It does not ask for a stricter policy: `p=none` satisfies the large providers, and more
//! is the owner's choice. `check_tests.rs` holds it with a zone for every fault.

use super::record::{DmarcRecord, is_dmarc};
use super::walk::{Walk, walk};
use crate::doctor::dns::{Dns, Fault, Kind};
use crate::doctor::finding::{Finding, Record};
use crate::doctor::misplaced::misplaced;
use crate::doctor::name::Name;

/// Addresses for reports that are looked at; receivers need not send to more than two.
const REPORT_ADDRESSES_MAX: usize = 10;

/// Checks mail of `from`, whose envelope sender is at `mail_from` and whose signatures have these `d=`; none if the
/// relay signs.
pub async fn check_dmarc(dns: &Dns, from: &Name, mail_from: &Name, signed_by: &[Name]) -> Vec<Finding> {
    let seen = walk(dns, from).await;
    let mut findings = vec![record(dns, from, &seen).await];
    let Some((at, rules)) = seen.policy() else {
        let reason = format!("Alignment with {from} was not checked: it needs a DMARC record first.");
        findings.push(Finding::skipped("dmarc.spf_alignment", &reason));
        findings.push(Finding::skipped("dmarc.dkim_alignment", reason));
        return findings;
    };
    findings.extend(quality(from, at, rules));
    findings.extend(reports(dns, at, rules).await);
    let alignment = Alignment { dns, from, organization: seen.organizational_domain() };
    let mut aligned = Vec::new();
    for domain in signed_by {
        aligned.push((domain, alignment.holds(domain, rules.strict_dkim).await));
    }
    let has_dkim = aligned.iter().any(|(_, is_aligned)| *is_aligned == Ok(true));
    let has_spf = alignment.holds(mail_from, rules.strict_spf).await;
    findings.push(spf_alignment(from, mail_from, has_spf, has_dkim, rules.strict_spf));
    findings.extend(dkim_alignment(from, &aligned, has_dkim, rules.strict_dkim));
    findings
}

fn suggestion(at: &Name) -> Record {
    Record::txt(format!("_dmarc.{at}"), format!("v=DMARC1; p=none; rua=mailto:dmarc-reports@{at}"))
}

async fn record(dns: &Dns, from: &Name, seen: &Walk) -> Finding {
    if let Some(name) = seen.several.iter().find(|name| **name == *from || seen.policy().is_none()) {
        return Finding::fail(
            "dmarc.record",
            format!("There are several DMARC records at _dmarc.{name}: receivers ignore them all (RFC 9989 4.10)."),
            "Keep one of them and remove the others.",
        );
    }
    match (seen.policy(), seen.fault) {
        (Some((at, record)), None) => {
            Finding::ok("dmarc.record", format!("DMARC of {from} is at _dmarc.{at}: {}", record.text))
        }
        (Some((at, _)), Some(fault)) => Finding::warn(
            "dmarc.record",
            format!("DMARC of {from} is at _dmarc.{at}, but the search above it ended: {fault}."),
            fault.next_step(),
        ),
        (None, Some(fault)) => {
            let why = format!("DMARC of {from} could not be looked up: {fault}.");
            Finding::fail("dmarc.record", why, fault.next_step())
        }
        (None, None) => {
            let next_step = misplaced(dns, from, "_dmarc", is_dmarc).await.unwrap_or_else(|| {
                "Publish this TXT record, with an address of yours that takes the reports.".to_owned()
            });
            let what = format!("There is no DMARC record for {from}: large providers refuse bulk mail without one.");
            Finding::fail("dmarc.record", what, next_step).paste(suggestion(from))
        }
    }
}

/// What the record itself says.
fn quality(from: &Name, at: &Name, record: &DmarcRecord) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !record.faults.is_empty() {
        findings.push(Finding::warn(
            "dmarc.syntax",
            format!("The DMARC record at _dmarc.{at} is not well-formed: {}.", record.faults.join("; ")),
            "Correct or remove these tags; until then receivers take the defaults for them.",
        ));
    }
    let add_policy =
        "Let it say p=none (or quarantine, or reject) right behind v=DMARC1, and sp= and np= the same or nothing.";
    let has_reports = record.rua.iter().any(|uri| report_host(uri).is_some());
    findings.push(if record.has_sound_policy() {
        let testing = if record.is_testing { ", in testing mode (t=y)" } else { "" };
        let policy = record.policy_for(at != from).word();
        Finding::ok("dmarc.policy", format!("The DMARC policy for mail from {from} is {policy}{testing}."))
    } else if has_reports {
        let what =
            format!("The DMARC record at _dmarc.{at} has no valid policy: it counts as p=none (RFC 9989 4.10.1).");
        Finding::warn("dmarc.policy", what, add_policy)
    } else {
        let what = format!("The DMARC record at _dmarc.{at} has no valid policy and no rua=: receivers pass it over.");
        Finding::fail("dmarc.policy", what, add_policy)
    });
    if !record.obsolete.is_empty() {
        let tags = record.obsolete.join(", ");
        let what = format!("The DMARC record at _dmarc.{at} uses {tags}, which RFC 9989 took out");
        findings.push(match &record.pct {
            None => Finding::ok("dmarc.obsolete", format!("{what}; they do no harm.")),
            Some(pct) => Finding::warn(
                "dmarc.obsolete",
                format!("{what}: receivers differ in whether pct={pct} has an effect."),
                "Take it out; use t=y to try a policy.",
            )
            .paste(Record::txt(format!("_dmarc.{at}"), record.without_obsolete())),
        });
    }
    findings
}

/// Reports are sent to another organization only if it agrees (RFC 9990, verifying external destinations).
async fn reports(dns: &Dns, at: &Name, record: &DmarcRecord) -> Vec<Finding> {
    if record.rua.is_empty() {
        return vec![Finding::warn(
            "dmarc.reports",
            format!("The DMARC record at _dmarc.{at} has no rua=: nobody tells you when your mail fails."),
            format!("Add rua=mailto: with an address of yours that takes the reports, such as dmarc-reports@{at}."),
        )];
    }
    let mut faults = Vec::new();
    let own = walk(dns, at).await.organizational_domain();
    for uri in record.rua.iter().take(REPORT_ADDRESSES_MAX) {
        match report_host(uri) {
            None => faults.push((
                format!("{uri:?} in rua= is no mailto: URI; no reports are sent there."),
                "Write it as mailto:name@domain.".to_owned(),
                None,
            )),
            Some(host) if walk(dns, &host).await.organizational_domain() == own => {}
            Some(host) => {
                let Ok(name) = host.below(&format!("{at}._report._dmarc")) else { continue };
                match dns.lookup(&name, Kind::Txt).await {
                    Ok(answer) if answer.joined_texts().any(|text| is_dmarc(&text)) => {}
                    Ok(_) => faults.push((
                        format!("Reports about {at} go to {host}, which has not agreed to them: {name} is missing."),
                        format!("Let {host} publish this TXT record, or name an address of your own domain."),
                        Some(Record::txt(&name, "v=DMARC1")),
                    )),
                    Err(fault) => faults.push((
                        format!("Whether {host} takes reports about {at} could not be looked up: {fault}."),
                        fault.next_step().to_owned(),
                        None,
                    )),
                }
            }
        }
    }
    if faults.is_empty() {
        return vec![Finding::ok("dmarc.reports", format!("Reports go to {}.", record.rua.join(", ")))];
    }
    let finding = |(what, next_step, record)| Finding { record, ..Finding::warn("dmarc.reports", what, next_step) };
    faults.into_iter().map(finding).collect()
}

/// The domain of `mailto:name@domain`, whatever size limit or parameters stand behind it.
fn report_host(uri: &str) -> Option<Name> {
    let scheme = uri.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"))?;
    let address = uri.get(scheme.len()..)?.split(['!', '?']).next()?;
    let (local, host) = address.rsplit_once('@')?;
    if local.is_empty() { None } else { Name::domain(host).ok() }
}

struct Alignment<'a> {
    dns: &'a Dns,
    from: &'a Name,
    organization: Name,
}

impl Alignment<'_> {
    /// Strict: the same domain; relaxed: the same organizational domain (RFC 9989 4.10.2).
    async fn holds(&self, domain: &Name, is_strict: bool) -> Result<bool, Fault> {
        if domain == self.from || is_strict {
            return Ok(domain == self.from);
        }
        let seen = walk(self.dns, domain).await;
        match seen.fault {
            Some(fault) if seen.organizational_domain() != self.organization => Err(fault),
            _ => Ok(seen.organizational_domain() == self.organization),
        }
    }
}

fn mode(is_strict: bool) -> &'static str {
    if is_strict { "strict" } else { "relaxed" }
}

fn unknown(check: &'static str, domain: &Name, from: &Name, fault: Fault) -> Finding {
    let what = format!("Whether {domain} is aligned with {from} could not be looked up: {fault}.");
    Finding::warn(check, what, fault.next_step())
}

fn spf_alignment(
    from: &Name,
    mail_from: &Name,
    has_spf: Result<bool, Fault>,
    has_dkim: bool,
    is_strict: bool,
) -> Finding {
    let check = "dmarc.spf_alignment";
    let mode = mode(is_strict);
    let next_step = format!(
        "Use an envelope domain that is {from} or, where alignment is relaxed, belongs to the same organization."
    );
    let what = format!("The envelope domain {mail_from} is not aligned with {from} ({mode}): SPF does not count");
    match (has_spf, has_dkim) {
        (Err(fault), _) => unknown(check, mail_from, from, fault),
        (Ok(true), _) => {
            Finding::ok(check, format!("The envelope domain {mail_from} is aligned with {from} ({mode})."))
        }
        (Ok(false), true) => {
            let what = format!("{what} for DMARC; a signature does, but some providers want both.");
            Finding::warn(check, what, next_step)
        }
        (Ok(false), false) => {
            Finding::fail(check, format!("{what} for DMARC, and no signature of ours does."), next_step)
        }
    }
}

fn dkim_alignment(
    from: &Name,
    aligned: &[(&Name, Result<bool, Fault>)],
    has_dkim: bool,
    is_strict: bool,
) -> Vec<Finding> {
    let check = "dmarc.dkim_alignment";
    if aligned.is_empty() {
        return vec![Finding::skipped(
            check,
            "Alignment of signatures was not checked: no [[mail.dkim]] is set up, so the relay signs, or nobody.",
        )];
    }
    let mode = mode(is_strict);
    let finding = |(domain, is_aligned): &(&Name, Result<bool, Fault>)| {
        let what = format!("The signature's domain {domain} is not aligned with {from} ({mode})");
        let next_step = format!("Sign with d={from}.");
        match (is_aligned, has_dkim) {
            (Err(fault), _) => unknown(check, domain, from, *fault),
            (Ok(true), _) => {
                Finding::ok(check, format!("The signature's domain {domain} is aligned with {from} ({mode})."))
            }
            (Ok(false), true) => Finding::warn(check, format!("{what}; another signature is."), next_step),
            (Ok(false), false) => Finding::fail(check, format!("{what}: it does not count for DMARC."), next_step),
        }
    };
    aligned.iter().map(finding).collect()
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
