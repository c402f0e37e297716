//! The gate for a batch: what is known of its addresses, read once; what is mailed, counted as it goes.
//!
//! Every address costs the same statements, whoever it belongs to. Between [`Desk::open`] and [`Desk::close`] the counts of
//! its addresses are locked, so that two processes do not each find a window free.

use super::gate::{self, Facts, Limits, Mailed, Verdict};
use crate::app::{App, rate};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::publications::PublicationId;
use crate::subscribers::model::SubscriptionState;
use crate::subscribers::store::joining::{self, Asked, MailedRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The bucket of all confirmations.
const CONFIRMATIONS: &str = "confirm all";
const WINDOW: Span = Span::hours(1);

/// Whether the caps by domain and over all hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::subscribers) enum Hourly {
    Capped,
    /// An operator's import: deliberate, and paced by the delivery room.
    Uncapped,
}

pub(super) struct Desk {
    now: Timestamp,
    limits: Limits,
    places: Vec<Place>,
    mailed: HashMap<String, Mailed>,
    changed: BTreeSet<String>,
    /// By bucket: before, and what this batch adds.
    hits: HashMap<String, i64>,
    added: BTreeMap<String, i64>,
}

struct Place {
    hash: String,
    domain: String,
    facts: Facts,
    /// A known person's address, as it is stored for sending.
    stored: Option<EmailAddr>,
}

impl Desk {
    pub(super) async fn open(
        app: &App,
        tx: &mut Tx,
        now: Timestamp,
        asked: &[(&EmailAddr, PublicationId)],
    ) -> Result<Self, StoreError> {
        let limits = &app.config.limits;
        let hashes: Vec<String> = asked.iter().map(|(email, _)| app.keys.fingerprint(&email.key())).collect();
        let distinct: BTreeSet<&str> = hashes.iter().map(String::as_str).collect();
        let distinct: Vec<&str> = distinct.into_iter().collect();
        let touched = joining::touch_mailed(tx, &distinct).await?;
        let rows: Vec<Asked<'_>> = asked
            .iter()
            .zip(&hashes)
            .map(|((email, publication), hash)| Asked { hash, key: email.key(), publication: *publication })
            .collect();
        let known = joining::find_known(tx, now, &rows).await?;
        let domain = |email: &EmailAddr| {
            let digest = app.keys.fingerprint(email.domain());
            format!("confirm domain {}", digest.get(..32).unwrap_or(&digest))
        };
        let mut places: Vec<Place> = asked
            .iter()
            .zip(&hashes)
            .map(|((email, _), hash)| Place {
                hash: hash.clone(),
                domain: domain(email),
                facts: Facts::default(),
                stored: None,
            })
            .collect();
        for it in known {
            let Some(place) = places.get_mut(it.place) else { continue };
            place.facts.suppressed = it.suppressed;
            place.stored = it.email.and_then(|email| EmailAddr::parse(&email).ok());
            place.facts.confirmed_at = it.confirmed_at;
            place.facts.active = it.subscription_id.filter(|_| it.state == Some(SubscriptionState::Active));
        }
        let buckets: BTreeSet<&str> = places.iter().map(|it| it.domain.as_str()).chain([CONFIRMATIONS]).collect();
        let buckets: Vec<String> = buckets.into_iter().map(str::to_owned).collect();
        Ok(Self {
            now,
            limits: Limits {
                window: Span::minutes(i64::from(limits.confirmation_window_minutes)),
                per_address_day: i64::from(limits.confirmations_per_address_day),
                per_domain_hour: i64::from(limits.confirmations_per_domain_hour),
                per_hour: i64::from(limits.confirmations_per_hour),
            },
            places,
            mailed: touched
                .into_iter()
                .map(|it| {
                    let mailed = Mailed { last_at: it.last_at, day_began_at: it.day_began_at, mails: it.mails };
                    (it.address_hash, mailed)
                })
                .collect(),
            changed: BTreeSet::new(),
            hits: rate::look_many(tx, now, WINDOW, &buckets).await?,
            added: BTreeMap::new(),
        })
    }

    /// Judges one of the asked, after the mails that were counted before.
    pub(super) fn judge(&self, place: usize, hourly: Hourly) -> Verdict {
        let Some(it) = self.places.get(place) else { return Verdict::Nothing };
        let mailed = self.mailed.get(&it.hash).copied().unwrap_or_default();
        let count = |bucket: &str| match hourly {
            Hourly::Capped => {
                self.hits.get(bucket).copied().unwrap_or(0) + self.added.get(bucket).copied().unwrap_or(0)
            }
            Hourly::Uncapped => 0,
        };
        let facts = Facts { mailed, of_domain: count(&it.domain), of_all: count(CONFIRMATIONS), ..it.facts };
        gate::judge(self.now, self.limits, &facts)
    }

    /// Counts a mail that one of the asked gets.
    pub(super) fn count(&mut self, place: usize) {
        let Some(it) = self.places.get(place) else { return };
        let mailed = self.mailed.get(&it.hash).copied().unwrap_or_default();
        self.mailed.insert(it.hash.clone(), mailed.and_now(self.now));
        self.changed.insert(it.hash.clone());
        for bucket in [it.domain.clone(), CONFIRMATIONS.to_owned()] {
            *self.added.entry(bucket).or_default() += 1;
        }
    }

    /// Where to write to somebody who is known: never to a spelling that somebody has just typed.
    pub(super) fn stored_address(&self, place: usize) -> Option<&EmailAddr> {
        self.places.get(place)?.stored.as_ref()
    }

    /// Whether the cap over all leaves room for nobody.
    pub(super) fn is_exhausted(&self) -> bool {
        let of_all = self.hits.get(CONFIRMATIONS).copied().unwrap_or(0);
        of_all + self.added.get(CONFIRMATIONS).copied().unwrap_or(0) >= self.limits.per_hour
    }

    /// Writes what was counted.
    pub(super) async fn close(self, tx: &mut Tx) -> Result<(), StoreError> {
        let rows: Vec<MailedRow> = self
            .changed
            .iter()
            .filter_map(|hash| {
                let it = self.mailed.get(hash)?;
                Some(MailedRow {
                    address_hash: hash.clone(),
                    last_at: it.last_at,
                    day_began_at: it.day_began_at,
                    mails: it.mails,
                })
            })
            .collect();
        joining::write_mailed(tx, &rows).await?;
        rate::add_many(tx, self.now, WINDOW, &self.added).await?;
        Ok(())
    }
}
