//! A small DNS client for a person's one-off question: what does the world see of this domain?
//!
//! Promises: every lookup ends, in at most `resolvers x attempts x 3 exchanges x time` (8 s for a resolver that is
//! silent); no answer, however hostile, makes it panic, loop or grow; NXDOMAIN, "no such record",
//! SERVFAIL, refusal and silence are told apart. Each question is asked once in the life of a [`Dns`]: answers and
//! faults are kept without regard to their TTL, so it is made anew for each run. It validates no DNSSEC and speaks to
//! resolvers, not to authoritative servers. `dns/tests.rs` holds it against a server with faults.
//!
//! Why not a library: `docs/decisions/0013-own-dns-wire-format.md`. Asking needs one message out and one message in, which is
//! `wire.rs`.

mod data;
mod exchange;
mod resolvers;
mod wire;

pub use data::{Answer, Data, Fault, Kind};
pub use resolvers::{parse_resolv_conf, parse_resolver, system_resolvers};

use crate::doctor::name::Name;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// CNAME records that are followed in a row; resolvers give up at about as many.
const ALIASES_MAX: usize = 8;
/// Rounds over all resolvers.
const ATTEMPTS: usize = 2;
/// For one exchange. A resolver that finds the domain's servers silent needs some seconds to say SERVFAIL.
const EXCHANGE_TIME_MAX: Duration = Duration::from_secs(4);

/// The client. Cheap to make; keep one for a run.
pub struct Dns {
    resolvers: Vec<SocketAddr>,
    time_max: Duration,
    known: Mutex<HashMap<(Name, Kind), Result<Answer, Fault>>>,
}

impl Dns {
    /// Asks these, the first one first.
    pub fn new(resolvers: Vec<SocketAddr>) -> Self {
        Self { resolvers, time_max: EXCHANGE_TIME_MAX, known: Mutex::new(HashMap::new()) }
    }

    /// With another limit for one exchange.
    #[must_use]
    pub fn with_time_max(self, time_max: Duration) -> Self {
        Self { time_max, ..self }
    }

    /// The resolvers, for messages.
    pub fn resolvers(&self) -> String {
        self.resolvers.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(", ")
    }

    /// What the DNS knows, aliases followed (unless CNAME is asked for).
    ///
    /// # Errors
    /// [`Fault`] if nobody knows: the last resolver's.
    pub async fn lookup(&self, name: &Name, kind: Kind) -> Result<Answer, Fault> {
        let key = (name.clone(), kind);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return known;
        }
        let answer = self.follow(name, kind).await;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, answer.clone());
        answer
    }

    /// Both kinds of addresses of a name.
    ///
    /// # Errors
    /// [`Fault`] if one of the two could not be looked up and the other gave none: some servers fail for AAAA alone.
    pub async fn addresses(&self, name: &Name) -> Result<Vec<IpAddr>, Fault> {
        let (v4, v6) = (self.lookup(name, Kind::A).await, self.lookup(name, Kind::Aaaa).await);
        let found: Vec<IpAddr> = [&v4, &v6].into_iter().flatten().flat_map(Answer::addresses).collect();
        if found.is_empty() {
            v4?;
            v6?;
        }
        Ok(found)
    }

    async fn follow(&self, name: &Name, kind: Kind) -> Result<Answer, Fault> {
        let mut answer = Answer::default();
        let mut current = name.clone();
        loop {
            let reply = self.ask(&current, kind).await?;
            answer.exists = reply.exists;
            let mut has_moved = false;
            while kind != Kind::Cname
                && let Some(target) = alias_of(&reply.answers, &current)
            {
                // A circle ends here too.
                if answer.aliases.len() >= ALIASES_MAX {
                    return Err(Fault::AliasLoop);
                }
                answer.aliases.push(target.clone());
                current = target;
                has_moved = true;
            }
            let is_asked_for = |(owner, data): &(Name, Data)| *owner == current && data.kind() == kind;
            answer.records = reply.answers.into_iter().filter(is_asked_for).map(|(_, data)| data).collect();
            // A resolver gives the end of the chain too; one that only forwards may leave that to us.
            if !answer.records.is_empty() || !has_moved || !answer.exists {
                return Ok(answer);
            }
        }
    }

    async fn ask(&self, name: &Name, kind: Kind) -> Result<exchange::Reply, Fault> {
        let mut fault = Fault::Unreachable;
        for _ in 0..ATTEMPTS {
            for resolver in &self.resolvers {
                match exchange::ask(*resolver, name, kind, self.time_max).await {
                    Ok(reply) => return Ok(reply),
                    Err(its) => fault = its,
                }
            }
        }
        Err(fault)
    }
}

fn alias_of(answers: &[(Name, Data)], name: &Name) -> Option<Name> {
    answers.iter().find_map(|(owner, data)| match data {
        Data::Cname(target) if owner == name => Some(target.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
