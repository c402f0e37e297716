//! The way out to strangers, through [`Guard`]: what is connected to is what was checked.

pub use crate::config::Guard;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// A resolver that gives no address that the guard refuses: what is connected to is what was checked.
pub(super) struct GuardedResolver(pub Guard);

#[derive(Debug, thiserror::Error)]
#[error("the name {0} leads to a private address")]
pub(super) struct Refused(String);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.iter().copied().filter(|it| guard.allows(it.ip())).collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(Refused(name.as_str().to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
