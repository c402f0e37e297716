//! How often something was tried: hits of a bucket in a window of time, kept in the database so that a limit holds
//! across processes and restarts.
//!
//! Windows are fixed (hour by hour, day by day in UTC), so around a boundary twice the limit may pass. A bucket must hold
//! no personal data: callers put a [`super::Keyring::fingerprint`] into its name.

use super::store;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// What a bucket holds after a hit, or at a look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hits {
    pub count: i64,
    pub window_ends_at: Timestamp,
}

impl Hits {
    pub fn exceed(self, limit: u32) -> bool {
        self.count > i64::from(limit)
    }
}

fn window_start(now: Timestamp, window: Span) -> Timestamp {
    Timestamp::from_micros(now.as_micros() - now.as_micros().rem_euclid(window.as_micros().max(1)))
}

/// Counts one hit. Serialises callers of the same bucket until their transactions end.
///
/// # Errors
/// As the database says.
pub async fn hit(tx: &mut Tx, now: Timestamp, bucket: &str, window: Span) -> Result<Hits, StoreError> {
    let start = window_start(now, window);
    let count = store::count_hit(tx, bucket, start).await?;
    Ok(Hits { count, window_ends_at: start + window })
}

/// Counts hits of many buckets of one window at once; answers what each then holds.
///
/// # Errors
/// As the database says.
pub async fn hit_many(
    tx: &mut Tx,
    now: Timestamp,
    window: Span,
    hits: &BTreeMap<String, i64>,
) -> Result<HashMap<String, i64>, StoreError> {
    let counted = store::count_hits(tx, window_start(now, window), &bucket_hits(hits)).await?;
    Ok(counted.into_iter().map(|it| (it.bucket, it.hits)).collect())
}

/// Counts hits of many buckets of one window at once, and answers nothing.
///
/// # Errors
/// As the database says.
pub async fn add_many(
    tx: &mut Tx,
    now: Timestamp,
    window: Span,
    hits: &BTreeMap<String, i64>,
) -> Result<(), StoreError> {
    store::add_hits(tx, window_start(now, window), &bucket_hits(hits)).await?;
    Ok(())
}

/// In one order for everybody, or two processes would wait for each other.
fn bucket_hits(hits: &BTreeMap<String, i64>) -> Vec<store::BucketHits<'_>> {
    hits.iter().map(|(bucket, hits)| store::BucketHits { bucket, hits: *hits }).collect()
}

/// Looks at many buckets of one window without counting; those that hold nothing are missing.
///
/// # Errors
/// As the database says.
pub async fn look_many(
    tx: &mut Tx,
    now: Timestamp,
    window: Span,
    buckets: &[String],
) -> Result<HashMap<String, i64>, StoreError> {
    let found = store::list_hits(tx, window_start(now, window), buckets).await?;
    Ok(found.into_iter().map(|it| (it.bucket, it.hits)).collect())
}

/// The end of the window that an instant falls into.
pub fn window_end(now: Timestamp, window: Span) -> Timestamp {
    window_start(now, window) + window
}

/// Takes one hit back: what was counted turned out to be harmless.
///
/// # Errors
/// As the database says.
pub async fn forgive(tx: &mut Tx, now: Timestamp, bucket: &str, window: Span) -> Result<(), StoreError> {
    store::forgive_hit(tx, bucket, window_start(now, window)).await?;
    Ok(())
}

/// Looks without counting.
///
/// # Errors
/// As the database says.
pub async fn look(tx: &mut Tx, now: Timestamp, bucket: &str, window: Span) -> Result<Hits, StoreError> {
    let start = window_start(now, window);
    let count = store::find_hits(tx, bucket, start).await?.unwrap_or(0);
    Ok(Hits { count, window_ends_at: start + window })
}

/// Forgets windows that began before `now - keep`.
///
/// # Errors
/// As the database says.
pub async fn prune(tx: &mut Tx, now: Timestamp, keep: Span) -> Result<u64, StoreError> {
    store::prune_hits(tx, now - keep).await
}

/// The network an address belongs to, as limits see it: IPv4 /24, IPv6 /56. One household or office, not one machine.
pub fn network_of(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(ip) => {
            let prefix = u128::from(ip) & (u128::MAX << 72);
            format!("{}/56", std::net::Ipv6Addr::from(prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_network_and_strangers_do_not() {
        let network = |ip: &str| network_of(ip.parse().unwrap());
        assert_eq!(network("192.0.2.7"), "192.0.2.0/24");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2ff::9"), "2001:db8:1:200::/56");
        assert_ne!(network("2001:db8:1:200::9"), network("2001:db8:1:300::9"));
    }

    #[test]
    fn a_window_begins_at_a_whole_multiple_of_its_length() {
        let at = Timestamp::from_seconds(7_201);
        assert_eq!(window_start(at, Span::hours(1)), Timestamp::from_seconds(7_200));
    }
}
