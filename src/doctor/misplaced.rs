//! Where a record is when it is not where it should be.
//!
//! Promises: finds the two slips that DNS forms invite: the domain written twice, since the form adds it by itself, and
//! the record put at the domain instead of below it. A guess that finds nothing costs two lookups. The cases of
//! `dkim_tests.rs` and `dmarc/check_tests.rs` hold it.

use crate::doctor::dns::{Dns, Kind};
use crate::doctor::name::Name;

/// Looks for a text that should stand at `labels` below `domain`: what to do, if it stands elsewhere.
pub async fn misplaced(dns: &Dns, domain: &Name, labels: &str, is_it: impl Fn(&str) -> bool) -> Option<String> {
    let right = format!("{labels}.{domain}");
    let twice = domain.below(&right).ok()?;
    for wrong in [&twice, domain] {
        if let Ok(answer) = dns.lookup(wrong, Kind::Txt).await
            && answer.joined_texts().any(|text| is_it(&text))
        {
            return Some(format!(
                "The record stands at {wrong}. Move it to {right}; many DNS forms want {labels:?} alone for its name."
            ));
        }
    }
    None
}
