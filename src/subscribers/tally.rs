//! The list in numbers: how it grows and shrinks by day, and how many chose which section.
//!
//! It is counted once an hour into a table by day, for two reasons: a page must not count a hundred thousand readers each
//! time it is shown, and people who were erased or forgotten since have joined and left all the same. It promises: days
//! are those of the publication's calendar; a day that has been counted is not made smaller by whoever was forgotten
//! later; days before the first count are rebuilt from what is still kept, and say so; it holds numbers alone. Nobody's
//! reading is followed: there is nothing of opens or clicks to count. Held to it by `tests/it/subscribers/tally.rs`.

use super::model::{SubscriberId, Subscription};
use super::store::tally::Within;
pub use super::store::tally::{ReaderDay, SectionDay};
use super::store::{people, tally};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Permission};
use crate::publications::{Publication, calendar, find_publication, find_publication_by_slug, list_publications};
use chrono::{Days, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use std::collections::BTreeMap;

/// Days before the first count that are rebuilt.
const REBUILT_DAYS_MAX: u64 = 366;
/// Days of one answer.
const DAYS_MAX: u16 = 732;

/// The list of one publication by day, the oldest first.
#[derive(Clone, Debug)]
pub struct Growth {
    pub publication: Publication,
    pub days: Vec<ReaderDay>,
}

/// Who chose what, by day, the oldest first.
#[derive(Clone, Debug)]
pub struct Interest {
    pub publication: Publication,
    pub days: Vec<SectionDay>,
}

#[derive(Debug, thiserror::Error)]
pub enum TallyError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no publication {0:?}")]
    UnknownPublication(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How the list of a publication grew over the last days, as counted by the hour.
///
/// # Errors
/// [`TallyError`]
pub async fn growth(app: &App, actor: Actor, slug: &str, days: u16) -> Result<Growth, TallyError> {
    let (mut tx, publication, from) = asked(app, actor, slug, days).await?;
    let days = tally::list_days(&mut tx, publication.id, &from).await?;
    Ok(Growth { publication, days })
}

/// How many readers of a publication chose each section over the last days.
///
/// # Errors
/// [`TallyError`]
pub async fn interest(app: &App, actor: Actor, slug: &str, days: u16) -> Result<Interest, TallyError> {
    let (mut tx, publication, from) = asked(app, actor, slug, days).await?;
    let days = tally::list_sections(&mut tx, publication.id, &from).await?;
    Ok(Interest { publication, days })
}

async fn asked(app: &App, actor: Actor, slug: &str, days: u16) -> Result<(Tx, Publication, String), TallyError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    let publication = find_publication_by_slug(&mut tx, slug)
        .await?
        .ok_or_else(|| TallyError::UnknownPublication(slug.to_owned()))?;
    let today = today(app.now(), publication.zone());
    let from = before(today, u64::from(days.clamp(1, DAYS_MAX)) - 1);
    Ok((tx, publication, from.to_string()))
}

fn today(now: Timestamp, zone: Tz) -> NaiveDate {
    now.in_zone(zone).date_naive()
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(day)
}

/// The instants between which a day lasts.
fn within(zone: Tz, day: NaiveDate) -> Option<Within> {
    let from = calendar::instant(zone, day.and_time(NaiveTime::MIN))?;
    let to = calendar::instant(zone, day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN))?;
    Some(Within(from, to))
}

/// Counts today and whatever was not counted since the last time; run twice is run once.
///
/// # Errors
/// As the database says; publications counted before it stay.
pub async fn count_readers(app: &App) -> Result<(), StoreError> {
    let publications = list_publications(&mut app.db.read().await?).await?;
    for publication in publications {
        count_publication(app, &publication).await?;
    }
    Ok(())
}

async fn count_publication(app: &App, publication: &Publication) -> Result<(), StoreError> {
    let (now, zone, id) = (app.now(), publication.zone(), publication.id);
    let today = today(now, zone);
    let mut days = Vec::new();
    let mut sections: BTreeMap<String, i64> = BTreeMap::new();
    {
        let mut tx = app.db.read().await?;
        let last: Option<NaiveDate> = tally::last_counted(&mut tx, id).await?.and_then(|day| day.parse().ok());
        let first = last.unwrap_or_else(|| before(today, REBUILT_DAYS_MAX)).max(before(today, REBUILT_DAYS_MAX));
        let mut size = tally::count_active(&mut tx, id).await?;
        let mut day = today;
        while day >= first.min(today) {
            let Some(span) = within(zone, day) else { break };
            let mut it = tally::count(&mut tx, id, &day.to_string(), span).await?;
            let change = it.joined + it.returned - it.left_count - it.bounced - it.complained - it.removed;
            // The day of the last count was measured then; what came after its last hour is added to its numbers.
            it.active = (last != Some(day) || day == today).then_some(size);
            it.is_rebuilt = day != today;
            it.counted_at = now;
            size = (size - change).max(0);
            days.push(it);
            day = before(day, 1);
        }
        for it in tally::count_choices(&mut tx, id).await? {
            match it.sections {
                None => *sections.entry(String::new()).or_default() += it.count,
                Some(slugs) => slugs.into_iter().for_each(|slug| *sections.entry(slug).or_default() += it.count),
            }
        }
    }
    // Days on which nothing was before the first reader are no history.
    while days.len() > 1 && days.last().is_some_and(is_blank) {
        days.pop();
    }
    let mut tx = app.db.begin().await?;
    for it in &days {
        tally::upsert_day(&mut tx, id, it).await?;
    }
    for (section, readers) in sections {
        tally::upsert_section(&mut tx, id, &SectionDay { section, day: today.to_string(), readers }).await?;
    }
    tx.commit().await
}

fn is_blank(it: &ReaderDay) -> bool {
    it.active.unwrap_or(0) == 0 && it.joined + it.asked + it.returned + it.left_count == 0
}

/// In the transaction of an erasure: those who read something now are counted among the erased of today.
pub(super) async fn note_erasure(app: &App, tx: &mut Tx, id: SubscriberId) -> Result<(), StoreError> {
    let all = people::list_subscriptions(tx, id).await?;
    for it in all.iter().filter(|it| Subscription::is_active(it)) {
        if let Some(publication) = find_publication(tx, it.publication_id).await? {
            let day = today(app.now(), publication.zone()).to_string();
            tally::add_erased(tx, app.now(), publication.id, &day).await?;
        }
    }
    Ok(())
}
