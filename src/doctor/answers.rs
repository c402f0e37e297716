//! Whether anybody hears what comes back: bounces and complaints.
//!
//! Promises: `returns.address` (bounces come to a domain of our own, apart from people's mail), `returns.inlet` (somebody
//! takes them in), `returns.loops` (where complaints are asked for: the providers' own feedback loops). It looks at the
//! configuration alone; whether mail gets there is the DNS's part. Whether postmaster@ and abuse@ are read is not asked:
//! naming recipients without a mail is what providers call harvesting.

use super::finding::Finding;
use crate::config::Config;

pub(super) fn check_answers(config: &Config) -> Vec<Finding> {
    vec![address(config), inlet(config), loops(config)]
}

fn address(config: &Config) -> Finding {
    let check = "returns.address";
    match &config.mail.bounce_domain {
        Some(domain) if domain.eq_ignore_ascii_case(config.mail.domain()) => Finding::warn(
            check,
            format!("Bounces come to {domain}, the domain of people's own mail."),
            "Set mail.bounce_domain to a subdomain of your own, whose mail comes here; docs/RETURNS.md shows how.",
        ),
        Some(domain) => Finding::ok(check, format!("Bounces come to {domain}, each to an address of its own (VERP).")),
        None => Finding::warn(
            check,
            format!("Bounces come to {}, where people read, and are not seen here.", config.mail.from.email),
            "Set mail.bounce_domain to a subdomain of your own, and let its mail come here; docs/RETURNS.md shows how.",
        ),
    }
}

fn inlet(config: &Config) -> Finding {
    let check = "returns.inlet";
    let bounces = &config.bounces;
    let mut ways = Vec::new();
    ways.extend(bounces.lmtp.as_ref().map(|_| "LMTP"));
    ways.extend(bounces.maildir.as_ref().map(|_| "a Maildir"));
    ways.extend(bounces.imap.as_ref().map(|_| "an IMAP mailbox"));
    ways.extend(config.hooks.takes_bounces().then_some("the hooks of a mail service"));
    if ways.is_empty() {
        return Finding::warn(
            check,
            "No way is set by which bounces and complaints come in; unless a mail server pipes them into `lamplighter \
             bounce ingest`, dead addresses are mailed for ever.",
            "Set one in [bounces] or [hooks]; docs/RETURNS.md has an example of each. By a pipe alone, this warning can \
             be left standing.",
        );
    }
    Finding::ok(check, format!("Bounces and complaints come in by {}.", ways.join(" and ")))
}

fn loops(config: &Config) -> Finding {
    Finding::skipped(
        "returns.loops",
        format!(
            "Complaints are told to those who asked for them: for {}, enrol with Yahoo \
             (https://senders.yahooinc.com/complaint-feedback-loop/, by DKIM domain) and Microsoft (https://sendersupport.olc.protection.outlook.com/snds/, JMRP, by address), and \
             look at Gmail's Postmaster Tools (https://postmaster.google.com/), which sends none. Mail to postmaster@ and \
             abuse@ of your domain must reach a person (RFC 2142): write to both and see.",
            config.mail.domain()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;
    use crate::doctor::finding::Level;
    use crate::doctor::testing::level;
    use std::path::Path;

    fn levels(more: &str) -> [Level; 2] {
        let text = format!(
            "[site]\nname = 'The Lamp'\nbase_url = 'https://lamp.example/'\npostal_address = '1 Quay'\n\
             [mail]\nfrom = 'The Lamp <lamp@news.example>'\n{more}"
        );
        let config = Config::parse(&text, Path::new("x/lamplighter.toml"), &Overrides::default()).unwrap();
        let all = check_answers(&config);
        assert_eq!(level(&all, "returns.loops"), Level::Skipped);
        [level(&all, "returns.address"), level(&all, "returns.inlet")]
    }

    #[test]
    fn whoever_hears_no_bounce_is_warned() {
        assert_eq!(levels(""), [Level::Warn, Level::Warn]);
        let domain = "bounce_domain = 'bounces.news.example'\n";
        assert_eq!(levels(domain), [Level::Ok, Level::Warn]);
        assert_eq!(levels(&format!("{domain}[bounces]\nlmtp = '127.0.0.1:2424'")), [Level::Ok, Level::Ok]);
        assert_eq!(
            levels(&format!("{domain}[hooks]\nmailgun_signing_key = '0123456789abcdef'")),
            [Level::Ok, Level::Ok]
        );
    }
}
