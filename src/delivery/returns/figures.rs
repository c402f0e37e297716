//! What came back, in numbers: by class and provider, and the complaint rate of each provider and day.
//!
//! A day's editions are those that began to go out on it, on their publication's calendar: one that is sent ahead of its
//! day counts on the day of the sending, and what a reader's own hour puts off until the next morning still belongs to it.
//! A rate is a share of the mails of that day's editions that the relay accepted, the measure of the mailbox providers
//! themselves (Gmail: below 0.1 %, never 0.3 %). Of an ended edition the accepted ones are on record by provider
//! (`delivery_tallies`); one that is on its way is counted. What is proved by no token is told as a number of its own and
//! is in no other.

use super::model::ReturnLine;
use super::store::{self, CauseCount, ClassCount, ReturnFilter};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::StoreError;
use crate::delivery::report::counts_by_group;
use crate::editions::EditionId;
use crate::operators::{Actor, Forbidden, Permission};
use crate::publications::{PublicationId, list_publications};
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::BTreeMap;

/// Causes told of.
const CAUSES_MAX: i64 = 100;
/// Lines of one answer.
pub const LINES_MAX: i64 = 1_000;

/// One provider on one day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct DayFigures {
    /// When the editions began to go out, on their publication's calendar; of what is about no edition, the date in UTC.
    pub day: String,
    pub group: String,
    /// Mails of that day's editions that the relay accepted.
    pub accepted: i64,
    pub hard: i64,
    pub soft: i64,
    /// Refused for reasons of ours.
    pub block: i64,
    /// This one message was refused, for its size or form.
    pub policy: i64,
    pub complaints: i64,
    /// Complaints in 100 accepted mails; none where nothing was accepted.
    pub complaint_percent: Option<f64>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Figures {
    pub since: Timestamp,
    /// The newest day first.
    pub days: Vec<DayFigures>,
    pub classes: Vec<ClassCount>,
    /// The most frequent first.
    pub causes: Vec<CauseCount>,
    /// Notices that carry no token of ours; they changed nothing.
    pub unproved: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The figures of the last days.
///
/// # Errors
/// [`FiguresError`]
pub async fn figures(app: &App, actor: Actor, days: u16) -> Result<Figures, FiguresError> {
    actor.require(Permission::View)?;
    let since = app.now() - Span::days(i64::from(days));
    let mut tx = app.db.read().await?;
    let mut all: BTreeMap<(String, String), DayFigures> = BTreeMap::new();
    let zones: BTreeMap<PublicationId, Tz> =
        list_publications(&mut tx).await?.into_iter().map(|it| (it.id, it.zone())).collect();
    let mut days: BTreeMap<EditionId, String> = BTreeMap::new();
    let mut open: Vec<EditionId> = Vec::new();
    for row in store::list_tallies(&mut tx, since).await? {
        let zone = zones.get(&row.publication_id).copied().unwrap_or(Tz::UTC);
        let day = row.sealed_at.in_zone(zone).date_naive().to_string();
        match (row.mail_group, row.accepted) {
            (Some(group), Some(accepted)) => entry(&mut all, day.clone(), group).accepted += accepted,
            _ => open.push(row.edition_id),
        }
        days.insert(row.edition_id, day);
    }
    for (edition, groups) in counts_by_group(&mut tx, &open, since).await? {
        let Some(day) = days.get(&edition) else { continue };
        for group in groups {
            entry(&mut all, day.clone(), group.group).accepted += group.counts.accepted;
        }
    }
    for row in store::count_by_edition(&mut tx, since).await? {
        let Some(day) = days.get(&row.edition_id) else { continue };
        entry(&mut all, day.clone(), row.mail_group).add(&row.class, row.count);
    }
    for row in store::count_apart(&mut tx, since).await? {
        let day = Timestamp::from_seconds(row.day_number.saturating_mul(86_400)).rfc3339();
        let day = day.get(..10).unwrap_or_default().to_owned();
        entry(&mut all, day, row.mail_group).add(&row.class, row.count);
    }
    Ok(Figures {
        since,
        days: all.into_values().rev().map(DayFigures::with_rate).collect(),
        classes: store::count_by_class(&mut tx, since).await?,
        causes: store::count_by_reason(&mut tx, since, CAUSES_MAX).await?,
        unproved: store::count_unproved(&mut tx, since).await?,
    })
}

/// What came back, the newest first.
///
/// # Errors
/// [`FiguresError`]
pub async fn list_returns(app: &App, actor: Actor, filter: &ReturnFilter) -> Result<Vec<ReturnLine>, FiguresError> {
    actor.require(Permission::ManageSubscribers)?;
    let filter = ReturnFilter { limit: filter.limit.clamp(1, LINES_MAX), ..filter.clone() };
    Ok(store::list(&mut app.db.read().await?, &filter).await?)
}

fn entry(all: &mut BTreeMap<(String, String), DayFigures>, day: String, group: String) -> &mut DayFigures {
    let it = all.entry((day.clone(), group.clone())).or_default();
    it.day = day;
    it.group = group;
    it
}

impl DayFigures {
    fn add(&mut self, class: &str, count: i64) {
        match class {
            "hard" => self.hard += count,
            "soft" => self.soft += count,
            "block" => self.block += count,
            "policy" => self.policy += count,
            "complaint" => self.complaints += count,
            _ => {}
        }
    }

    fn with_rate(mut self) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
        let percent = |count: i64| count as f64 * 100.0 / self.accepted as f64;
        self.complaint_percent = (self.accepted > 0).then(|| percent(self.complaints));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_share_of_what_was_accepted() {
        let day = DayFigures { accepted: 2_000, complaints: 3, ..DayFigures::default() };
        assert_eq!(day.with_rate().complaint_percent, Some(0.15));
        assert_eq!(DayFigures { complaints: 3, ..DayFigures::default() }.with_rate().complaint_percent, None);
    }
}
