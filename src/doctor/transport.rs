//! Whether the bounce domain asks for TLS and for reports about it (MTA-STS, RFC 8461; TLS-RPT, RFC 8460).
//!
//! Promises: `tls.mta_sts` and `tls.rpt`, for information: mail that we send does not depend on them, they protect what
//! comes back. Absent is skipped, not a fault. The policy behind MTA-STS is a web page and not fetched; DANE needs a
//! validating resolver and is not looked at. The cases below hold it.

use crate::doctor::dns::{Dns, Kind};
use crate::doctor::finding::Finding;
use crate::doctor::name::Name;

/// Checks the domain that bounces come back to.
pub async fn check_transport(dns: &Dns, domain: &Name) -> Vec<Finding> {
    vec![
        policy(dns, domain, "tls.mta_sts", "_mta-sts", "v=STSv1", "MTA-STS (RFC 8461)").await,
        policy(dns, domain, "tls.rpt", "_smtp._tls", "v=TLSRPTv1", "TLS-RPT (RFC 8460)").await,
    ]
}

async fn policy(dns: &Dns, domain: &Name, check: &'static str, below: &str, version: &str, what: &str) -> Finding {
    let answer = match domain.below(below) {
        Ok(name) => dns.lookup(&name, Kind::Txt).await,
        Err(_) => return Finding::skipped(check, format!("{domain} is too long a name for {what}.")),
    };
    let is_ours = |text: &String| text.strip_prefix(version).is_some_and(|rest| rest.trim_start().starts_with(';'));
    let count = match answer {
        Ok(answer) => answer.joined_texts().filter(is_ours).count(),
        Err(fault) => return Finding::skipped(check, format!("{what} of {domain} could not be looked up: {fault}.")),
    };
    match count {
        0 => Finding::skipped(check, format!("{domain} does not use {what}, which is optional.")),
        1 => Finding::ok(check, format!("{domain} uses {what}.")),
        count => Finding::warn(
            check,
            format!("{domain} has {count} records for {what}: senders ignore them all."),
            format!("Keep one TXT record at {below}.{domain}."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::testing::{dns, level, name};

    #[tokio::test]
    async fn present_absent_twice_and_unknown() {
        for (zone, expected) in [
            (
                "_mta-sts.b.example TXT v=STSv1; id=1\n_smtp._tls.b.example TXT v=TLSRPTv1;rua=mailto:r@b.example",
                Level::Ok,
            ),
            ("b.example TXT x", Level::Skipped),
            ("_mta-sts.b.example TXT v=STSv10; id=1\n_smtp._tls.b.example TXT hello", Level::Skipped),
            ("_mta-sts.b.example TXT !servfail\n_smtp._tls.b.example TXT !servfail", Level::Skipped),
            (
                "_mta-sts.b.example TXT v=STSv1; id=1\n_mta-sts.b.example TXT v=STSv1; id=2
                _smtp._tls.b.example TXT v=TLSRPTv1; rua=x\n_smtp._tls.b.example TXT v=TLSRPTv1; rua=y",
                Level::Warn,
            ),
        ] {
            let all = check_transport(&dns(zone).await, &name("b.example")).await;
            assert_eq!((level(&all, "tls.mta_sts"), level(&all, "tls.rpt")), (expected, expected), "{zone}");
        }
    }
}
