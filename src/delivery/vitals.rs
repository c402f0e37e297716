//! What a monitor may ask of the deliveries, at a price that does not grow with how often it asks.
//!
//! Editions that are going out, and those of the last day, are counted; a large one at most every quarter of a minute
//! ([`Counted`] is kept by whoever asks). No address, no name of a reader and no subject is in it. Held to it by
//! `src/web/tests/metrics.rs`.

use super::report::{GroupCounts, counts_by_group};
use super::returns::{self, ClassCount, ComplaintCount};
use super::store::{self, EditionRow};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};

/// An edition that ended is told of for so long.
const WATCHED_FOR: Span = Span::days(1);
/// Complaints come for days after an edition.
const COMPLAINTS_OF: Span = Span::days(7);
/// Editions told of, the newest first.
const EDITIONS_MAX: i64 = 50;
const PUBLICATIONS_MAX: i64 = 200;
/// From so many readers on, counts are kept for [`COUNTS_LIFE`].
const LARGE_AUDIENCE: i64 = 10_000;
const COUNTS_LIFE: Span = Span::seconds(15);

/// Editions and where their audiences stood.
#[derive(Clone, Debug)]
pub struct Counted {
    pub at: Timestamp,
    /// What counting took.
    pub took: Span,
    pub editions: Vec<WatchedEdition>,
}

#[derive(Clone, Debug)]
pub struct WatchedEdition {
    pub label: String,
    pub publication: String,
    pub is_paused: bool,
    pub groups: Vec<GroupCounts>,
}

impl WatchedEdition {
    fn of(row: EditionRow, groups: Vec<GroupCounts>) -> Self {
        Self { label: row.label, publication: row.publication, is_paused: row.paused_at.is_some(), groups }
    }
}

/// What is cheap, and read anew each time.
#[derive(Clone, Debug)]
pub struct Vitals {
    /// By publication, how long ago its oldest edition should have been sealed that is not.
    pub late: Vec<(String, Span)>,
    /// How long the oldest work waits that may be done.
    pub oldest_due: Span,
    /// Single mails by state, those that wait and those in hand.
    pub outbox: Vec<(String, i64)>,
    pub workers: usize,
    pub schedulers: i64,
    /// What came back within a day, by provider and class.
    pub returned: Vec<ClassCount>,
    /// About the editions of a week that have ended, by provider.
    pub complaints: Vec<ComplaintCount>,
}

impl Counted {
    /// Small audiences are counted each time.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let readers: i64 = self.editions.iter().flat_map(|it| &it.groups).map(|it| it.counts.audience).sum();
        let life = if readers < LARGE_AUDIENCE { Span::ZERO } else { super::pause_after(self.took, COUNTS_LIFE) };
        now >= self.at && now.since(self.at) < life
    }
}

/// # Errors
/// As the database says.
pub async fn count_watched(app: &App) -> Result<Counted, StoreError> {
    let at = app.now();
    let mut tx = app.db.read().await?;
    let rows = store::list_watched(&mut tx, at - WATCHED_FOR, EDITIONS_MAX).await?;
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let mut groups = counts_by_group(&mut tx, &ids, at).await?;
    let watched = |row: EditionRow| {
        let groups = groups.remove(&row.id).unwrap_or_default();
        WatchedEdition::of(row, groups)
    };
    let editions = rows.into_iter().map(watched).collect();
    Ok(Counted { at, took: app.now().since(at), editions })
}

/// # Errors
/// As the database says.
pub async fn vitals(app: &App) -> Result<Vitals, StoreError> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let late = store::list_due(&mut tx, now, PUBLICATIONS_MAX).await?;
    Ok(Vitals {
        late: late.into_iter().map(|it| (it.publication, it.due_at.map_or(Span::ZERO, |at| now.since(at)))).collect(),
        oldest_due: store::oldest_due(&mut tx, now).await?.map_or(Span::ZERO, |at| now.since(at)),
        outbox: store::count_outbox(&mut tx).await?.into_iter().map(|it| (it.state, it.count)).collect(),
        workers: store::list_living(&mut tx, now).await?.len(),
        schedulers: store::count_schedulers(&mut tx, now).await?,
        returned: returns::count_by_class(&mut tx, now - WATCHED_FOR).await?,
        complaints: returns::count_complaints(&mut tx, now - COMPLAINTS_OF).await?,
    })
}

/// The names of the workers that live, by their own word.
///
/// # Errors
/// As the database says.
pub async fn list_workers(tx: &mut Tx, now: Timestamp) -> Result<Vec<String>, StoreError> {
    store::list_living(tx, now).await
}
