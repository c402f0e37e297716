//! `check_host` (RFC 7208 4): may this address send for this domain?
//!
//! Promises: the result that RFC 7208 gives, with its limits of ten lookups, two void lookups, ten exchanges of an `mx`
//! and ten names of a `ptr` (4.6.4); it ends whatever the DNS holds. It fetches no explanation (6.2), since nobody here
//! reads one. An IPv4-mapped IPv6 address counts as IPv4 (5). `evaluate_tests.rs` holds it with the records of
//! appendix A and cases of its own.

use super::macros::{DomainSpec, Values};
use super::record::{Directive, Mechanism, Prefixes, Qualifier, agree, is_spf, parse};
use crate::doctor::dns::{Answer, Dns, Kind};
use crate::doctor::name::Name;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

/// Terms that ask the DNS, over the whole evaluation.
pub const LOOKUPS_MAX: usize = 10;
/// Lookups that may find nothing.
pub const VOIDS_MAX: usize = 2;
/// Exchanges of one `mx`, names of one `ptr`.
const NAMES_MAX: usize = 10;

/// What SPF says (2.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpfResult {
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,
    TempError,
    PermError,
}

/// Who sends.
#[derive(Clone, Debug)]
pub struct Sender<'a> {
    pub ip: IpAddr,
    /// The envelope sender, or `postmaster@` the HELO name if that is empty (2.4).
    pub mail_from: &'a str,
    pub helo: &'a str,
}

/// Evaluates the domain's record for the sender.
pub async fn check_host(dns: &Dns, sender: &Sender<'_>, domain: &str) -> SpfResult {
    let ip = sender.ip.to_canonical();
    let mut evaluation = Evaluation { dns, sender: Sender { ip, ..sender.clone() }, lookups: 0, voids: 0 };
    match evaluation.check(domain.to_owned()).await {
        Ok(result) => result,
        Err(Stop::Temporary) => SpfResult::TempError,
        Err(Stop::Permanent) => SpfResult::PermError,
    }
}

/// What ends the evaluation at once, however deep in includes.
enum Stop {
    Temporary,
    Permanent,
}

struct Evaluation<'a> {
    dns: &'a Dns,
    sender: Sender<'a>,
    lookups: usize,
    voids: usize,
}

type Checked<'a> = Pin<Box<dyn Future<Output = Result<SpfResult, Stop>> + Send + 'a>>;

impl Evaluation<'_> {
    /// One record. Its depth is bounded by the ten lookups.
    fn check(&mut self, domain: String) -> Checked<'_> {
        Box::pin(async move {
            let Some(name) = Name::parse(&domain).ok().filter(|name| name.labels().len() > 1) else {
                return Ok(SpfResult::None);
            };
            let answer = self.dns.lookup(&name, Kind::Txt).await.map_err(|_| Stop::Temporary)?;
            let mut records = answer.joined_texts().filter(|text| is_spf(text));
            let Some(text) = records.next() else { return Ok(SpfResult::None) };
            if records.next().is_some() {
                return Err(Stop::Permanent);
            }
            let record = parse(&text).map_err(|_| Stop::Permanent)?;
            for directive in &record.directives {
                if self.matches(directive, &domain).await? {
                    return Ok(match directive.qualifier {
                        Qualifier::Pass => SpfResult::Pass,
                        Qualifier::Neutral => SpfResult::Neutral,
                        Qualifier::SoftFail => SpfResult::SoftFail,
                        Qualifier::Fail => SpfResult::Fail,
                    });
                }
            }
            let Some(redirect) = &record.redirect else { return Ok(SpfResult::Neutral) };
            self.count_lookup()?;
            let target = self.expand(redirect, &domain).await?;
            match self.check(target).await? {
                SpfResult::None => Err(Stop::Permanent),
                result => Ok(result),
            }
        })
    }

    async fn matches(&mut self, directive: &Directive, domain: &str) -> Result<bool, Stop> {
        if directive.mechanism.costs_a_lookup() {
            self.count_lookup()?;
        }
        match &directive.mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip(network, bits) => Ok(agree(*network, self.sender.ip, *bits)),
            Mechanism::Include(spec) => {
                let target = self.expand(spec, domain).await?;
                match self.check(target).await? {
                    SpfResult::Pass => Ok(true),
                    SpfResult::None => Err(Stop::Permanent),
                    _ => Ok(false),
                }
            }
            Mechanism::Exists(spec) => {
                let Ok(name) = Name::parse(&self.expand(spec, domain).await?) else { return Ok(false) };
                // Always A, even if the mail comes by IPv6 (5.7).
                Ok(!self.lookup(&name, Kind::A).await?.records.is_empty())
            }
            Mechanism::A(spec, prefixes) => {
                let Some(name) = self.target(spec.as_ref(), domain).await? else { return Ok(false) };
                self.has_address(&name, *prefixes).await
            }
            Mechanism::Mx(spec, prefixes) => {
                let Some(name) = self.target(spec.as_ref(), domain).await? else { return Ok(false) };
                let answer = self.lookup(&name, Kind::Mx).await?;
                let exchanges = answer.exchanges();
                if exchanges.len() > NAMES_MAX {
                    return Err(Stop::Permanent);
                }
                for (_, exchange) in exchanges {
                    if !exchange.labels().is_empty() && self.has_address(exchange, *prefixes).await? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Mechanism::Ptr(spec) => {
                let Some(target) = self.target(spec.as_ref(), domain).await? else { return Ok(false) };
                Ok(self.validated_names().await?.iter().any(|name| name.is_within(&target)))
            }
        }
    }

    /// The name a mechanism asks for; none if no name comes out.
    async fn target(&mut self, spec: Option<&DomainSpec>, domain: &str) -> Result<Option<Name>, Stop> {
        let text = match spec {
            Some(spec) => self.expand(spec, domain).await?,
            None => domain.to_owned(),
        };
        Ok(Name::parse(&text).ok())
    }

    async fn has_address(&mut self, name: &Name, prefixes: Prefixes) -> Result<bool, Stop> {
        let (kind, bits) =
            if self.sender.ip.is_ipv4() { (Kind::A, prefixes.v4_bits) } else { (Kind::Aaaa, prefixes.v6_bits) };
        let answer = self.lookup(name, kind).await?;
        Ok(answer.addresses().any(|ip| agree(ip, self.sender.ip, bits)))
    }

    /// The names of the sending address that lead back to it (5.5). A fault of the DNS is no fault here.
    async fn validated_names(&mut self) -> Result<Vec<Name>, Stop> {
        let Ok(answer) = self.dns.lookup(&Name::reverse(self.sender.ip), Kind::Ptr).await else {
            return Ok(Vec::new());
        };
        self.count_void(&answer)?;
        let kind = if self.sender.ip.is_ipv4() { Kind::A } else { Kind::Aaaa };
        let mut validated = Vec::new();
        for name in answer.names().take(NAMES_MAX) {
            if let Ok(forward) = self.dns.lookup(name, kind).await
                && forward.addresses().any(|ip| ip == self.sender.ip)
            {
                validated.push(name.clone());
            }
        }
        Ok(validated)
    }

    async fn expand(&mut self, spec: &DomainSpec, domain: &str) -> Result<String, Stop> {
        let mut validated_name = "unknown".to_owned();
        if spec.needs_validated_name() {
            self.count_lookup()?;
            let names = self.validated_names().await?;
            // The domain itself if it is among them, else one below it, else any (7.3).
            let own = Name::parse(domain).ok();
            let best = names
                .iter()
                .find(|name| own.as_ref() == Some(*name))
                .or_else(|| names.iter().find(|name| own.as_ref().is_some_and(|own| name.is_within(own))));
            if let Some(name) = best.or(names.first()) {
                validated_name = name.to_string();
            }
        }
        let values = Values {
            sender: self.sender.mail_from,
            domain,
            ip: self.sender.ip,
            helo: self.sender.helo,
            validated_name: &validated_name,
        };
        Ok(spec.expand(&values))
    }

    async fn lookup(&mut self, name: &Name, kind: Kind) -> Result<Answer, Stop> {
        let answer = self.dns.lookup(name, kind).await.map_err(|_| Stop::Temporary)?;
        self.count_void(&answer)?;
        Ok(answer)
    }

    const fn count_lookup(&mut self) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > LOOKUPS_MAX { Err(Stop::Permanent) } else { Ok(()) }
    }

    const fn count_void(&mut self, answer: &Answer) -> Result<(), Stop> {
        self.voids += answer.records.is_empty() as usize;
        if self.voids > VOIDS_MAX { Err(Stop::Permanent) } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
