//! All that an SPF record makes a receiver look up, at worst.
//!
//! Promises: a walk over the record and all it includes, as if no term matched, so its number of lookups is that of the
//! unluckiest mail. Evaluation stops at the first match and so hides that the eleventh lookup waits for the next
//! sender. Targets that depend on the mail (macros other than `d`) are counted and not entered. Void is a term that
//! finds no address of either family; one that is void for IPv6 alone is left to `evaluate.rs`. The walk ends: records
//! on the way are not entered twice, and it stops asking after [`LOOKUPS_SURVEYED_MAX`]. `check_tests.rs` holds it.

use super::evaluate::LOOKUPS_MAX;
use super::macros::{DomainSpec, Values};
use super::record::{Directive, Mechanism, Qualifier, SpfRecord, SyntaxError, is_spf, parse};
use crate::doctor::dns::{Dns, Fault, Kind};
use crate::doctor::name::Name;
use std::future::Future;
use std::net::Ipv4Addr;
use std::pin::Pin;

/// After so many the record is broken anyway; the number is then "at least".
pub const LOOKUPS_SURVEYED_MAX: usize = 40;

/// What the walk saw.
#[derive(Debug, Default)]
pub struct Survey {
    pub lookups: usize,
    /// Each term of the first record that costs lookups, with all that it brings along.
    pub costs: Vec<(String, usize)>,
    /// Terms that find nothing, and whose record they stand in.
    pub voids: Vec<(String, Name)>,
    /// Records with `ptr`.
    pub with_ptr: Vec<Name>,
    /// Included records that let everyone pass.
    pub open: Vec<Name>,
    /// What is wrong with records that are included or redirected to.
    pub problems: Vec<(Name, Problem)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Problem {
    NoRecord,
    SeveralRecords,
    Syntax(SyntaxError),
    Fault(Fault),
    /// It includes itself, at last.
    Circle,
    /// An `mx` with more than ten exchanges.
    TooManyExchanges,
    /// The term names nothing the DNS can hold.
    NoName(String),
}

/// How a record ends for those that match nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    All(Qualifier),
    /// Neither `all` nor `redirect`: neutral.
    Open,
    /// A redirect leads to nothing that can be read.
    Unknown,
}

/// The one SPF record of a name, if it can be read.
pub async fn own_record(dns: &Dns, name: &Name) -> Result<(String, SpfRecord), Problem> {
    let answer = dns.lookup(name, Kind::Txt).await.map_err(Problem::Fault)?;
    let mut records = answer.joined_texts().filter(|text| is_spf(text));
    let text = records.next().ok_or(Problem::NoRecord)?;
    if records.next().is_some() {
        return Err(Problem::SeveralRecords);
    }
    let record = parse(&text).map_err(Problem::Syntax)?;
    Ok((text, record))
}

/// Walks the record of the domain.
pub async fn survey(dns: &Dns, domain: &Name, record: &SpfRecord) -> (Survey, End) {
    let mut walk = Walk { dns, survey: Survey::default(), path: vec![domain.clone()] };
    let end = walk.record(domain.clone(), record.clone()).await;
    (walk.survey, end)
}

struct Walk<'a> {
    dns: &'a Dns,
    survey: Survey,
    /// The records that are being walked, the first one first.
    path: Vec<Name>,
}

type Walked<'a> = Pin<Box<dyn Future<Output = End> + Send + 'a>>;

impl Walk<'_> {
    fn record(&mut self, domain: Name, record: SpfRecord) -> Walked<'_> {
        Box::pin(async move {
            for directive in &record.directives {
                let before = self.survey.lookups;
                self.directive(directive, &domain).await;
                self.tell_cost(&directive.text, before);
                if directive.mechanism == Mechanism::All {
                    return End::All(directive.qualifier);
                }
            }
            let Some(redirect) = &record.redirect else { return End::Open };
            let before = self.survey.lookups;
            self.survey.lookups += 1;
            let end = self.enter(redirect, &domain).await;
            self.tell_cost(&format!("redirect={}", redirect.text()), before);
            end
        })
    }

    fn tell_cost(&mut self, term: &str, before: usize) {
        let cost = self.survey.lookups - before;
        if self.path.len() == 1 && cost > 0 {
            self.survey.costs.push((term.to_owned(), cost));
        }
    }

    async fn directive(&mut self, directive: &Directive, domain: &Name) {
        if !directive.mechanism.costs_a_lookup() || self.survey.lookups >= LOOKUPS_SURVEYED_MAX {
            return;
        }
        self.survey.lookups += 1;
        let is_void = match &directive.mechanism {
            Mechanism::Include(spec) => {
                let end = self.enter(spec, domain).await;
                if end == End::All(Qualifier::Pass)
                    && directive.qualifier == Qualifier::Pass
                    && let Some(name) = fixed(spec, domain)
                {
                    self.survey.open.push(name);
                }
                false
            }
            Mechanism::A(spec, _) => match self.target(spec.as_ref(), domain) {
                Some(name) => self.has_no_address(&name).await,
                None => false,
            },
            Mechanism::Mx(spec, _) => match self.target(spec.as_ref(), domain) {
                Some(name) => self.has_no_exchange(&name, domain).await,
                None => false,
            },
            Mechanism::Exists(spec) => match self.target(Some(spec), domain) {
                Some(name) => self.dns.lookup(&name, Kind::A).await.is_ok_and(|answer| answer.records.is_empty()),
                None => false,
            },
            Mechanism::Ptr(_) => {
                self.survey.with_ptr.push(domain.clone());
                false
            }
            Mechanism::All | Mechanism::Ip(..) => false,
        };
        if is_void {
            self.survey.voids.push((directive.text.clone(), domain.clone()));
        }
    }

    /// Walks an included record.
    async fn enter(&mut self, spec: &DomainSpec, domain: &Name) -> End {
        let Some(name) = self.target(Some(spec), domain) else { return End::Unknown };
        if self.path.contains(&name) {
            self.survey.problems.push((name, Problem::Circle));
            return End::Unknown;
        }
        // The depth is limited by it too: each level is a lookup.
        if self.survey.lookups >= LOOKUPS_SURVEYED_MAX {
            return End::Unknown;
        }
        match own_record(self.dns, &name).await {
            Ok((_, record)) => {
                self.path.push(name.clone());
                let end = self.record(name, record).await;
                self.path.pop();
                end
            }
            Err(problem) => {
                self.survey.problems.push((name, problem));
                End::Unknown
            }
        }
    }

    /// The name a term asks for, unless it depends on the mail.
    fn target(&mut self, spec: Option<&DomainSpec>, domain: &Name) -> Option<Name> {
        let Some(spec) = spec else { return Some(domain.clone()) };
        let name = fixed(spec, domain);
        if name.is_none() && spec.is_fixed() {
            self.survey.problems.push((domain.clone(), Problem::NoName(spec.text().to_owned())));
        }
        name
    }

    async fn has_no_address(&self, name: &Name) -> bool {
        self.dns.addresses(name).await.is_ok_and(|addresses| addresses.is_empty())
    }

    async fn has_no_exchange(&mut self, name: &Name, domain: &Name) -> bool {
        let Ok(answer) = self.dns.lookup(name, Kind::Mx).await else { return false };
        if answer.records.len() > LOOKUPS_MAX {
            self.survey.problems.push((domain.clone(), Problem::TooManyExchanges));
        }
        answer.records.is_empty()
    }
}

fn fixed(spec: &DomainSpec, domain: &Name) -> Option<Name> {
    let domain = domain.to_string();
    let nobody = Ipv4Addr::UNSPECIFIED.into();
    let values = Values { sender: "", domain: &domain, ip: nobody, helo: "", validated_name: "" };
    spec.is_fixed().then(|| Name::parse(&spec.expand(&values)).ok()).flatten()
}
