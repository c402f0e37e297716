//! What became of an edition: every person of the frozen audience in exactly one place.

pub use super::store::ReasonCount;
use super::store::{self, GroupCount};
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::editions::{Edition, EditionId, EditionState};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// Reasons in a report, the most frequent first.
const REASONS_MAX: i64 = 100;

/// `audience = accepted + suppressed + failed + expired + waiting + uncertain`.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Counts {
    pub audience: i64,
    /// By the relay; whether it reached the mailbox is the relay's to know.
    pub accepted: i64,
    /// Left, erased or suppressed after the audience was frozen.
    pub suppressed: i64,
    pub failed: i64,
    pub expired: i64,
    /// Queued, deferred, or in a worker's hands.
    pub waiting: i64,
    /// The connection died between our final dot and the answer.
    pub uncertain: i64,
}

/// `accepted 3 + suppressed 0 + failed 0 + expired 0 + waiting 0 + uncertain 0 = audience 3`
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "accepted {} + suppressed {} + failed {} + expired {} + waiting {} + uncertain {} = audience {}",
            self.accepted, self.suppressed, self.failed, self.expired, self.waiting, self.uncertain, self.audience
        )
    }
}

impl Counts {
    fn of(row: &GroupCount) -> Self {
        let &GroupCount { audience, accepted, suppressed, failed, expired, uncertain, .. } = row;
        let waiting = audience - accepted - suppressed - failed - expired - uncertain;
        Self { audience, accepted, suppressed, failed, expired, waiting, uncertain }
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.add(other);
        self
    }

    /// Each place by its name; they add up to the audience.
    pub const fn states(&self) -> [(&'static str, i64); 6] {
        [
            ("accepted", self.accepted),
            ("suppressed", self.suppressed),
            ("failed", self.failed),
            ("expired", self.expired),
            ("waiting", self.waiting),
            ("uncertain", self.uncertain),
        ]
    }

    fn add(&mut self, other: Self) {
        self.audience += other.audience;
        self.accepted += other.accepted;
        self.suppressed += other.suppressed;
        self.failed += other.failed;
        self.expired += other.expired;
        self.waiting += other.waiting;
        self.uncertain += other.uncertain;
    }
}

/// Where the audience of one edition at one provider stands.
#[derive(Clone, Default, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GroupCounts {
    /// Empty: of those whose detail is kept no longer.
    pub group: String,
    #[serde(flatten)]
    pub counts: Counts,
    /// Of those who wait: put off until their next try.
    pub deferred: i64,
    /// An operator, or the brake, holds it back.
    pub is_paused: bool,
    /// Answered for good by a relay within the time that was asked for.
    #[serde(skip)]
    pub recent: i64,
    /// Of them, those after a later time.
    #[serde(skip)]
    pub lately: i64,
}

/// No time is later.
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// # Errors
/// As the database says.
pub async fn counts(tx: &mut Tx, edition: EditionId) -> Result<Counts, StoreError> {
    Ok(counts_of_all(tx, &[edition]).await?.remove(&edition).unwrap_or_default())
}

/// Of several editions at once; one without deliveries is not among them.
///
/// # Errors
/// As the database says.
pub async fn counts_of_all(tx: &mut Tx, editions: &[EditionId]) -> Result<HashMap<EditionId, Counts>, StoreError> {
    let mut counts: HashMap<EditionId, Counts> = HashMap::new();
    for row in store::count_groups(tx, editions, NEVER, NEVER).await? {
        counts.entry(row.edition_id).or_default().add(Counts::of(&row));
    }
    Ok(counts)
}

/// How many readers have each of these editions: those whose mail the relay took, and nobody else. One that was sent has
/// this on record; one that is going out, or was stopped with mails on the wire, is counted.
///
/// # Errors
/// As the database says.
pub async fn count_readers_of(tx: &mut Tx, editions: &[&Edition]) -> Result<HashMap<EditionId, i64>, StoreError> {
    let ids = |of: &[&Edition]| of.iter().map(|it| it.id).collect::<Vec<_>>();
    let (sent, others): (Vec<&Edition>, Vec<&Edition>) =
        editions.iter().filter(|it| it.sealed_at.is_some()).partition(|it| it.state == EditionState::Sent);
    let mut readers: HashMap<EditionId, i64> = store::sum_tallies(tx, &ids(&sent)).await?.into_iter().collect();
    let untold: Vec<&Edition> = sent.into_iter().filter(|it| !readers.contains_key(&it.id)).chain(others).collect();
    for (id, counts) in counts_of_all(tx, &ids(&untold)).await? {
        readers.insert(id, counts.accepted);
    }
    Ok(readers)
}

/// The same by mail group, in the order of their names; `recent` counts what was answered after `recent_after`.
///
/// # Errors
/// As the database says.
pub async fn counts_by_group(
    tx: &mut Tx,
    editions: &[EditionId],
    recent_after: Timestamp,
) -> Result<HashMap<EditionId, Vec<GroupCounts>>, StoreError> {
    counts_by_group_since(tx, editions, recent_after, NEVER).await
}

/// As [`counts_by_group`]; `lately` counts what was answered after `lately_after`.
pub(super) async fn counts_by_group_since(
    tx: &mut Tx,
    editions: &[EditionId],
    recent_after: Timestamp,
    lately_after: Timestamp,
) -> Result<HashMap<EditionId, Vec<GroupCounts>>, StoreError> {
    let mut editions_groups: HashMap<EditionId, BTreeMap<String, GroupCounts>> = HashMap::new();
    for row in store::count_groups(tx, editions, recent_after, lately_after).await? {
        let counts = Counts::of(&row);
        let groups = editions_groups.entry(row.edition_id).or_default();
        let group = groups.entry(row.mail_group.clone()).or_default();
        group.group = row.mail_group;
        group.counts.add(counts);
        group.deferred += row.deferred;
        group.is_paused |= row.is_paused != 0;
        group.recent += row.recent;
        group.lately += row.lately;
    }
    Ok(editions_groups.into_iter().map(|(edition, groups)| (edition, groups.into_values().collect())).collect())
}

/// How many of the accepted may have it twice: an attempt before was uncertain.
///
/// # Errors
/// As the database says.
pub async fn count_maybe_twice(tx: &mut Tx, edition: EditionId) -> Result<i64, StoreError> {
    store::count_maybe_twice(tx, edition).await
}

/// Why mails were not accepted, or not yet: by state and reason, the most frequent first.
///
/// # Errors
/// As the database says.
pub async fn list_reasons(tx: &mut Tx, edition: EditionId) -> Result<Vec<ReasonCount>, StoreError> {
    store::list_reasons(tx, edition, REASONS_MAX).await
}
