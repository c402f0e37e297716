//! What stands between this newsroom and mail that arrives.
//!
//! Promises: [`examine_all`] looks at everything that decides it, and says of each thing what is so, what to do, and which
//! record to paste ([`finding::Finding`]). Through the DNS alone ([`examine`]): SPF, DKIM keys, DMARC and alignment, names
//! of addresses, where answers go, for the configuration's From and those of publications; every such check is also there by itself, as an async function over a [`dns::Dns`].
//! Beside it: the database and its backups, the sources, the public address ([`site`]), each relay up to the login, and
//! whether anybody hears what comes back. Nothing is changed, no mail is
//! sent, nobody is asked but the resolver, the relays and our own pages. It validates no DNSSEC and verifies no signature.
//! `examine_tests.rs` and `tests/it/cli/doctor.rs` hold the whole, the tests beside each file its part.

mod answers;
mod database;
pub mod dkim;
pub mod dmarc;
pub mod dns;
pub mod examine;
pub mod finding;
pub mod free_mail;
mod house;
pub mod mail_domain;
mod misplaced;
pub mod name;
mod publications;
mod relays;
pub mod reverse;
mod setup;
pub mod site;
pub mod spf;
pub mod tags;
pub mod transport;
mod store;
mod visit;

#[cfg(test)]
mod scripted;
#[cfg(test)]
mod testing;

pub(crate) use store::STATEMENTS;
pub use visit::{KeptFinding, Visit, VisitError, ask_for_visit, find_last_visit};

use crate::base::Context;
use crate::config::Config;
use dns::Dns;
use finding::Finding;

/// What can be looked at by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Area {
    Database,
    Sources,
    Site,
    Relay,
    /// Bounces and complaints.
    Returns,
    Dns,
}

impl Area {
    pub const ALL: [Self; 6] = [Self::Database, Self::Sources, Self::Site, Self::Relay, Self::Returns, Self::Dns];
}

/// Looks at these areas, in the order of [`Area::ALL`]: what is nearest comes first.
pub async fn examine_all(config: &Config, context: &Context, dns: &Dns, areas: &[Area]) -> Vec<Finding> {
    let url = config.database.url.expose();
    let mut findings = Vec::new();
    for area in Area::ALL.into_iter().filter(|area| areas.contains(area)) {
        findings.extend(match area {
            Area::Database => {
                let mut found = database::check_database(url).await;
                found.extend(house::check_backup(url, context.now()).await);
                found
            }
            Area::Sources => house::check_sources(url).await,
            Area::Returns => answers::check_answers(config),
            Area::Site => site::check_site(&config.site, context).await,
            Area::Relay => relays::check_relays(config).await,
            Area::Dns => match setup::setup(config) {
                Ok(setup) => {
                    let mut found = examine::examine(dns, &setup).await;
                    if found.iter().all(|it| it.check != "dns.resolver") {
                        found.extend(publications::check_publications(dns, &setup, url).await);
                    }
                    found
                }
                Err(finding) => vec![*finding],
            },
        });
    }
    findings
}
