//! The DNS tree walk (RFC 9989 4.10): which record speaks for a domain, and where its organization begins.
//!
//! Promises: at most eight questions for a domain; records are discarded where there are several; a walk that a fault
//! of the DNS ends early says so and keeps what it found. There is no public suffix list here: RFC 9989 has none, and a
//! receiver that still goes by RFC 7489 may draw the line elsewhere. The cases below hold it.

use super::record::{DmarcRecord, Psd, is_dmarc, parse};
use crate::doctor::dns::{Dns, Fault, Kind};
use crate::doctor::name::Name;

/// From a longer name the walk goes to its last seven labels at once (4.10 step 4).
const LABELS_MAX: usize = 7;

/// What was seen on the way up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Walk {
    /// Where it began.
    pub start: Name,
    /// The longest name first.
    pub found: Vec<(Name, DmarcRecord)>,
    /// Names with more than one record, of which none counts.
    pub several: Vec<Name>,
    /// What ended the walk early.
    pub fault: Option<Fault>,
}

/// Walks up from the domain.
pub async fn walk(dns: &Dns, start: &Name) -> Walk {
    let mut walk = Walk { start: start.clone(), found: Vec::new(), several: Vec::new(), fault: None };
    let mut labels = start.labels().len();
    while labels > 0 {
        let name = start.last_labels(labels);
        match records_at(dns, &name).await {
            Err(fault) => {
                walk.fault = Some(fault);
                break;
            }
            Ok(records) => match records.as_slice() {
                [text] => {
                    let record = parse(text);
                    let is_last = record.psd != Psd::Unknown;
                    walk.found.push((name, record));
                    if is_last {
                        break;
                    }
                }
                [] => {}
                _ => walk.several.push(name),
            },
        }
        labels = (labels - 1).min(LABELS_MAX);
    }
    walk
}

async fn records_at(dns: &Dns, name: &Name) -> Result<Vec<String>, Fault> {
    // A name that leaves no room for the label cannot have a record.
    let Ok(name) = name.below("_dmarc") else { return Ok(Vec::new()) };
    let answer = dns.lookup(&name, Kind::Txt).await?;
    Ok(answer.joined_texts().filter(|text| is_dmarc(text)).collect())
}

impl Walk {
    /// The organizational domain (4.10.2).
    pub fn organizational_domain(&self) -> Name {
        let by_tag = self.found.iter().find_map(|(name, record)| match record.psd {
            Psd::No => Some(name.clone()),
            // One label below the public suffix; a suffix asked for itself has none below: it is its own domain.
            Psd::Yes => Some(self.start.last_labels(name.labels().len() + 1)),
            Psd::Unknown => None,
        });
        let shortest = || self.found.last().map(|(name, _)| name.clone());
        by_tag.or_else(shortest).unwrap_or_else(|| self.start.clone())
    }

    /// The record whose policy applies (4.10.1): the domain's own, else that of the organizational domain, else that of
    /// the public suffix.
    pub fn policy(&self) -> Option<&(Name, DmarcRecord)> {
        let at = |name: &Name| self.found.iter().find(|(it, _)| it == name);
        let of_suffix = || self.found.last().filter(|(_, record)| record.psd == Psd::Yes);
        at(&self.start).or_else(|| at(&self.organizational_domain())).or_else(of_suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::scripted::Server;
    use crate::doctor::testing::{dns, name};

    async fn walked(zone: &str, domain: &str) -> (String, Option<String>) {
        let walk = walk(&dns(zone).await, &name(domain)).await;
        let policy = walk.policy().map(|(name, _)| name.to_string());
        (walk.organizational_domain().to_string(), policy)
    }

    #[tokio::test]
    async fn the_walk_ends_where_the_rfc_ends_it() {
        let own = "_dmarc.news.shop.example TXT v=DMARC1; p=none\n";
        let org = "_dmarc.shop.example TXT v=DMARC1; p=none\n";
        let suffix = "_dmarc.example TXT v=DMARC1; p=reject; psd=y\n";
        let no = "_dmarc.news.shop.example TXT v=DMARC1; psd=n\n";
        let start_is_suffix = "_dmarc.news.shop.example TXT v=DMARC1; psd=y\n";
        let cases = [
            (String::new(), "news.shop.example", None),
            (own.to_owned(), "news.shop.example", Some("news.shop.example")),
            (format!("{own}{org}"), "shop.example", Some("news.shop.example")),
            (org.to_owned(), "shop.example", Some("shop.example")),
            (format!("{no}{org}"), "news.shop.example", Some("news.shop.example")),
            (format!("{own}{suffix}"), "shop.example", Some("news.shop.example")),
            (suffix.to_owned(), "shop.example", Some("example")),
            (format!("{start_is_suffix}{org}"), "news.shop.example", Some("news.shop.example")),
            (format!("{org}{org}"), "news.shop.example", None),
            (format!("{own}{org}{org}"), "news.shop.example", Some("news.shop.example")),
        ];
        for (zone, organization, policy) in cases {
            let expected = (organization.to_owned(), policy.map(str::to_owned));
            assert_eq!(walked(&zone, "news.shop.example").await, expected, "{zone}");
        }
    }

    #[tokio::test]
    async fn a_long_name_is_asked_for_eight_times() {
        let server = Server::start("x.test TXT x").await;
        let dns = Dns::new(vec![server.address]);
        walk(&dns, &name("a.b.c.d.e.f.g.h.i.mail.example")).await;
        let expected: Vec<String> = [
            "a.b.c.d.e.f.g.h.i.mail.example",
            "e.f.g.h.i.mail.example",
            "f.g.h.i.mail.example",
            "g.h.i.mail.example",
            "h.i.mail.example",
            "i.mail.example",
            "mail.example",
            "example",
        ]
        .map(|name| format!("_dmarc.{name} TXT"))
        .to_vec();
        assert_eq!(server.questions(), expected);
        walk(&dns, &name("1.2.3.4.5.6.7.8")).await;
        assert_eq!(server.questions().len(), expected.len() + 8, "eight labels are eight questions too");
    }

    #[tokio::test]
    async fn a_fault_keeps_what_was_found() {
        let zone = "_dmarc.news.example TXT v=DMARC1; p=none\n_dmarc.example TXT !servfail";
        let walk = walk(&dns(zone).await, &name("news.example")).await;
        assert_eq!((walk.found.len(), walk.fault), (1, Some(Fault::ServerFailed)));
    }
}
