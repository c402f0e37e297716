//! Finding readers among many: by address or domain, publication, state, section, day of joining, source of consent,
//! trouble. The newest first; by address in the order of the addresses.
//!
//! It promises: a page costs the same however long the list is: a walk along one index gives candidates, a sieve keeps
//! those who fit, and after [`LOOKED_AT_MAX`] candidates it stops, says so, and goes on when asked. Totals are counted up
//! to [`COUNTED_MAX`] and told as "at least" beyond; where a sieve would have to be walked to its end for one, what was found is. It shows whole addresses, so it is for those who look after readers;
//! it logs nothing. Held to it by `tests/it/subscribers/search.rs`, which also reads the plans of its statements.

use super::model::{ConsentSource, PendingId, SubscriberId, SubscriptionState, SuppressionReason};
use super::store::search::{self, Sieve};
pub use super::store::search::{FoundSubscription, Waiting};
use super::store::suppressions::SuppressionLine;
use super::waiting::{waiting_beside, waiting_page};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, text_enum};
use crate::mail::EmailAddr;
use crate::operators::{Actor, Forbidden, Permission};
use crate::publications::{Publication, PublicationId, list_publications};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Rows of a page, at most.
pub const FOUND_ROWS_MAX: usize = 100;
/// Candidates that one page looks at.
pub const LOOKED_AT_MAX: usize = 8_000;
/// A total above this is told as "at least".
pub const COUNTED_MAX: i64 = 10_000;
/// Sign-ups of an address that are shown beside readers.
const WAITING_BESIDE_MAX: usize = 20;
/// What is typed may be this long.
const TEXT_CHARS_MAX: usize = 320;
const FIRST_STEP: usize = 200;
const STEP_MAX: usize = 5_000;

text_enum! {
    /// In which state a reader is looked for.
    pub enum ReaderState {
        /// Signed up, not confirmed.
        Pending = "pending",
        Active = "active",
        Paused = "paused",
        Left = "left",
    }
}

text_enum! {
    pub enum Trouble {
        /// Something came back.
        Bounced = "bounced",
        Complained = "complained",
        /// Must not be mailed now.
        Suppressed = "suppressed",
    }
}

/// Whom to look for; the default is everybody.
#[derive(Clone, Debug, Default)]
pub struct SearchFilter {
    /// The beginning of an address, or `@domain.example`.
    pub text: Option<String>,
    /// A slug.
    pub publication: Option<String>,
    pub state: Option<ReaderState>,
    /// A slug: who chose it, or takes every section.
    pub section: Option<String>,
    pub joined_from: Option<Timestamp>,
    /// Before this instant.
    pub joined_until: Option<Timestamp>,
    pub consent: Option<ConsentSource>,
    pub trouble: Option<Trouble>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Total {
    Exactly(i64),
    AtLeast(i64),
}

/// One reader of a page.
#[derive(Clone, Debug)]
pub struct FoundReader {
    pub id: SubscriberId,
    pub email: String,
    pub language: String,
    pub created_at: Timestamp,
    pub subscriptions: Vec<FoundSubscription>,
    pub suppressed: Option<SuppressionReason>,
    /// Notices of failed deliveries that are kept.
    pub bounces: i64,
    pub complaints: i64,
}

/// A page of what was found.
#[derive(Clone, Debug)]
pub struct FoundPage {
    pub readers: Vec<FoundReader>,
    /// Sign-ups that nobody has confirmed: the page itself when those are looked for, else the first of those whose
    /// address begins as was typed.
    pub waiting: Vec<Waiting>,
    /// Of those, whose question never arrived: its mail failed for good, or its time ran out.
    pub undelivered: BTreeSet<PendingId>,
    /// What the next page begins with.
    pub next: Option<i64>,
    /// The walk stopped at its limit: the next page looks further.
    pub stopped_early: bool,
    pub total: Total,
    /// Of a whole address that was typed, known or not.
    pub suppression: Option<SuppressionLine>,
}

#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no publication {0:?}")]
    UnknownPublication(String),
    #[error("a sign-up that waits has had no mail that could come back; choose another state, or no trouble")]
    TroubleOfWaiting,
    #[error("whom this page begins after is not kept any more; begin the search again")]
    PlaceGone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of readers; `after` is the `next` of the page before.
///
/// # Errors
/// [`SearchError`]
pub async fn search(
    app: &App,
    actor: Actor,
    filter: &SearchFilter,
    after: Option<i64>,
    limit: usize,
) -> Result<FoundPage, SearchError> {
    actor.require(Permission::ManageSubscribers)?;
    let limit = limit.clamp(1, FOUND_ROWS_MAX);
    let now = app.now();
    let mut tx = app.db.read().await?;
    let publications = list_publications(&mut tx).await?;
    let publication = match &filter.publication {
        None => None,
        Some(slug) => {
            let found = publications.iter().find(|it| it.slug == *slug);
            Some(found.ok_or_else(|| SearchError::UnknownPublication(slug.clone()))?.id)
        }
    };
    let typed = Typed::of(filter.text.as_deref());
    let suppression = match &typed {
        Typed::Whole(email) => search::find_suppression(&mut tx, now, &app.keys.fingerprint(&email.key())).await?,
        _ => None,
    };
    if filter.state == Some(ReaderState::Pending) {
        let page = waiting_page(&mut tx, now, (&typed, filter), publication, after, limit).await?;
        let undelivered = undelivered(&mut tx, &page.waiting).await?;
        return Ok(FoundPage { suppression, undelivered, ..page });
    }
    let walk = Walk { typed: &typed, filter, publication, publications: &publications };
    let (ids, next, stopped_early) = walk.page(&mut tx, now, after, limit).await?;
    let readers = readers(&mut tx, now, &ids).await?;
    let total = match after {
        None if next.is_none() => Total::Exactly(count_of(&ids)),
        _ => walk.total(&mut tx, count_of(&ids)).await?,
    };
    let waiting = match (after, filter.state, filter.trouble) {
        (None, None, None) => waiting_beside(&mut tx, now, (&typed, filter), publication, WAITING_BESIDE_MAX).await?,
        _ => Vec::new(),
    };
    let undelivered = undelivered(&mut tx, &waiting).await?;
    Ok(FoundPage { readers, waiting, undelivered, next, stopped_early, total, suppression })
}

fn count_of(ids: &[SubscriberId]) -> i64 {
    i64::try_from(ids.len()).unwrap_or(i64::MAX)
}

async fn readers(tx: &mut Tx, now: Timestamp, ids: &[SubscriberId]) -> Result<Vec<FoundReader>, StoreError> {
    let mut subscriptions: HashMap<SubscriberId, Vec<FoundSubscription>> = HashMap::new();
    for it in search::list_subscriptions(tx, ids).await? {
        subscriptions.entry(it.subscriber_id).or_default().push(it);
    }
    let mut people: HashMap<SubscriberId, FoundReader> = HashMap::new();
    for it in search::list_people(tx, now, ids).await? {
        let reader = FoundReader {
            subscriptions: subscriptions.remove(&it.id).unwrap_or_default(),
            id: it.id,
            email: it.email,
            language: it.language,
            created_at: it.created_at,
            suppressed: it.suppressed,
            bounces: it.bounces,
            complaints: it.complaints,
        };
        people.insert(reader.id, reader);
    }
    Ok(ids.iter().filter_map(|id| people.remove(id)).collect())
}

/// What was typed into the field.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Typed {
    Nothing,
    Whole(EmailAddr),
    Begins(String),
    Domain(String),
}

impl Typed {
    fn of(text: Option<&str>) -> Self {
        let text: String = text.unwrap_or_default().trim().chars().take(TEXT_CHARS_MAX).collect();
        if text.is_empty() {
            return Self::Nothing;
        }
        if let Some(domain) = text.strip_prefix('@') {
            // As the address check writes it: lower case, foreign letters as A-labels.
            let parsed = EmailAddr::parse(&format!("x@{domain}"));
            return Self::Domain(parsed.map_or_else(|_| domain.to_lowercase(), |it| it.domain().to_owned()));
        }
        match EmailAddr::parse(&text) {
            Ok(email) => Self::Whole(email),
            Err(_) => Self::Begins(text.to_lowercase()),
        }
    }

    pub(super) fn prefix(&self) -> Option<String> {
        match self {
            Self::Whole(email) => Some(email.key()),
            Self::Begins(text) => Some(text.clone()),
            Self::Nothing | Self::Domain(_) => None,
        }
    }
}

/// Along which index candidates are found.
struct Walk<'a> {
    typed: &'a Typed,
    filter: &'a SearchFilter,
    publication: Option<PublicationId>,
    publications: &'a [Publication],
}

impl Walk<'_> {
    fn state(&self) -> Option<SubscriptionState> {
        match self.filter.state {
            Some(ReaderState::Active | ReaderState::Paused) => Some(SubscriptionState::Active),
            Some(ReaderState::Left) => Some(SubscriptionState::Left),
            // A suppression ends every subscription of its address.
            None if self.filter.trouble == Some(Trouble::Suppressed) => Some(SubscriptionState::Left),
            _ => None,
        }
    }

    fn sieve(&self) -> Sieve<'_> {
        Sieve {
            joined_from: self.filter.joined_from,
            joined_until: self.filter.joined_until,
            consent: self.filter.consent,
            publication: self.publication,
            state: match self.filter.state {
                Some(ReaderState::Active | ReaderState::Paused) => Some(SubscriptionState::Active),
                Some(ReaderState::Left) => Some(SubscriptionState::Left),
                _ => None,
            },
            is_paused: self.filter.state == Some(ReaderState::Paused),
            section: self.filter.section.as_deref(),
            trouble: self.filter.trouble.map(Trouble::as_str),
        }
    }

    /// Publication and state alone: the walk gives nobody who does not fit.
    fn needs_no_sieve(&self) -> bool {
        let it = self.filter;
        let is_plain = it.section.is_none()
            && it.joined_from.is_none()
            && it.joined_until.is_none()
            && it.consent.is_none()
            && it.trouble.is_none()
            && it.state != Some(ReaderState::Paused);
        let is_along = *self.typed == Typed::Nothing || (self.publication.is_none() && it.state.is_none());
        is_plain && is_along
    }

    /// Readers of a page, what the next one begins with, and whether the walk stopped at its limit.
    async fn page(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        after: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<SubscriberId>, Option<i64>, bool), SearchError> {
        let mut found = Vec::new();
        let (mut at, mut looked_at, mut step) = (after, 0, FIRST_STEP.max(limit + 1));
        let sieve = self.sieve();
        loop {
            let candidates = self.step(tx, at, step).await?;
            let is_end = candidates.len() < step;
            looked_at += candidates.len();
            at = candidates.last().map(|id| id.0).or(at);
            if self.needs_no_sieve() {
                found.extend(candidates);
            } else if !candidates.is_empty() {
                let kept: HashSet<SubscriberId> =
                    search::keep(tx, now, &candidates, &sieve).await?.into_iter().collect();
                found.extend(candidates.into_iter().filter(|id| kept.contains(id)));
            }
            if found.len() > limit {
                found.truncate(limit);
                let next = found.last().map(|id| id.0);
                return Ok((found, next, false));
            }
            if is_end {
                return Ok((found, None, false));
            }
            if looked_at >= LOOKED_AT_MAX {
                return Ok((found, at, true));
            }
            step = (step * 4).min(STEP_MAX);
        }
    }

    async fn step(&self, tx: &mut Tx, after: Option<i64>, limit: usize) -> Result<Vec<SubscriberId>, SearchError> {
        let below = after.unwrap_or(i64::MAX);
        match self.typed {
            Typed::Domain(domain) => return Ok(search::walk_domain(tx, domain, below, limit).await?),
            Typed::Whole(_) | Typed::Begins(_) => {
                let prefix = self.typed.prefix().unwrap_or_default();
                let after = match after {
                    None => String::new(),
                    Some(id) => search::find_key(tx, SubscriberId(id)).await?.ok_or(SearchError::PlaceGone)?,
                };
                return Ok(search::walk_address(tx, &prefix, &after, limit).await?);
            }
            Typed::Nothing => {}
        }
        let classes: &[&str] = match self.filter.trouble {
            Some(Trouble::Bounced) => &["hard", "soft"],
            Some(Trouble::Complained) => &["complaint"],
            _ => &[],
        };
        // Several walks side by side: the first of each together hold the first of all.
        let mut all = BTreeSet::new();
        for class in classes {
            all.extend(search::walk_class(tx, class, below, limit).await?);
        }
        if classes.is_empty() {
            let state = self.state();
            if self.publication.is_none() && state.is_none() {
                return Ok(search::walk_people(tx, below, limit).await?);
            }
            let states = state.map_or(SubscriptionState::ALL.to_vec(), |it| vec![it]);
            let of_all = || self.publications.iter().map(|it| it.id).collect();
            let publications: Vec<PublicationId> = self.publication.map_or_else(of_all, |it| vec![it]);
            for publication in publications {
                for state in &states {
                    all.extend(search::walk_state(tx, publication, *state, below, limit).await?);
                }
            }
        }
        Ok(all.into_iter().rev().take(limit).collect())
    }

    async fn total(&self, tx: &mut Tx, shown: i64) -> Result<Total, StoreError> {
        if !self.needs_no_sieve() {
            return Ok(Total::AtLeast(shown));
        }
        let limit = COUNTED_MAX + 1;
        let rows = usize::try_from(limit).unwrap_or(usize::MAX);
        let found = match self.typed {
            Typed::Domain(domain) => Some(search::walk_domain(tx, domain, i64::MAX, rows).await?),
            Typed::Whole(_) | Typed::Begins(_) => {
                Some(search::walk_address(tx, &self.typed.prefix().unwrap_or_default(), "", rows).await?)
            }
            Typed::Nothing => None,
        };
        if let Some(found) = found {
            return Ok(told(i64::try_from(found.len()).unwrap_or(i64::MAX)));
        }
        let count = match (self.publication, self.state()) {
            (None, None) => search::count_people(tx, limit).await?,
            (Some(publication), state) => {
                let mut all = 0;
                for state in state.map_or(SubscriptionState::ALL.to_vec(), |it| vec![it]) {
                    all += search::count_state(tx, publication, state, limit).await?;
                }
                all
            }
            (None, Some(state)) => {
                // Somebody may read several: the longest list alone is certain.
                let mut longest = 0;
                for publication in self.publications {
                    longest = longest.max(search::count_state(tx, publication.id, state, limit).await?);
                }
                let is_one = self.publications.len() == 1;
                return Ok(if is_one { told(longest) } else { Total::AtLeast(longest.min(COUNTED_MAX)) });
            }
        };
        Ok(told(count))
    }
}

/// Whose last question came to nothing; of a page, one look-up each.
async fn undelivered(tx: &mut Tx, waiting: &[Waiting]) -> Result<BTreeSet<PendingId>, StoreError> {
    let mut found = BTreeSet::new();
    for it in waiting.iter().filter(|it| it.mailed_at.is_some()) {
        let state = search::find_last_question(tx, &it.email_key).await?;
        if state.is_some_and(|state| matches!(state.as_str(), "failed" | "expired")) {
            found.insert(it.id);
        }
    }
    Ok(found)
}

const fn told(count: i64) -> Total {
    if count > COUNTED_MAX { Total::AtLeast(COUNTED_MAX) } else { Total::Exactly(count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_an_address_its_beginning_or_a_domain() {
        assert_eq!(Typed::of(None), Typed::Nothing);
        assert_eq!(Typed::of(Some("  ")), Typed::Nothing);
        assert_eq!(Typed::of(Some(" Ann")), Typed::Begins("ann".to_owned()));
        assert_eq!(Typed::of(Some("Ann@Readers.")), Typed::Begins("ann@readers.".to_owned()));
        assert_eq!(Typed::of(Some("@Readers.Example")), Typed::Domain("readers.example".to_owned()));
        assert_eq!(Typed::of(Some("@b\u{fc}cher.example")), Typed::Domain("xn--bcher-kva.example".to_owned()));
        assert_eq!(Typed::of(Some("Ann@Readers.Example")).prefix().as_deref(), Some("ann@readers.example"));
        assert_eq!(Typed::of(Some("%_'\"")), Typed::Begins("%_'\"".to_owned()));
    }
}
