//! Sign-ups that nobody has confirmed yet, found by the same questions as readers ([`super::search`]).
//!
//! It promises: every filter holds here, too, but trouble, which only readers can have and which is refused in words; a
//! page looks at [`LOOKED_AT_MAX`] sign-ups at most, says when it stopped, and the next one goes on from there. The newest
//! first; those whose address begins with something in the order of the addresses. Held to it by
//! `tests/it/subscribers/search_waiting.rs`.

use super::model::PendingId;
use super::search::{FoundPage, LOOKED_AT_MAX, SearchError, SearchFilter, Total, Typed};
use super::store::search::{self, Waiting};
use crate::base::Timestamp;
use crate::db::Tx;
use crate::publications::PublicationId;
use std::collections::BTreeSet;

const STEP: usize = 500;

/// A page of sign-ups that wait; `after` is the `next` of the page before.
pub(super) async fn waiting_page(
    tx: &mut Tx,
    now: Timestamp,
    (typed, filter): (&Typed, &SearchFilter),
    publication: Option<PublicationId>,
    after: Option<i64>,
    limit: usize,
) -> Result<FoundPage, SearchError> {
    if filter.trouble.is_some() {
        return Err(SearchError::TroubleOfWaiting);
    }
    let prefix = typed.prefix();
    let mut at = match (&prefix, after) {
        (Some(_), Some(id)) => {
            let key = search::find_pending_key(tx, PendingId(id)).await?.ok_or(SearchError::PlaceGone)?;
            (key, id)
        }
        (Some(_), None) => (String::new(), 0),
        (None, after) => (String::new(), after.unwrap_or(i64::MAX)),
    };
    let (mut waiting, mut looked_at, mut stopped_early) = (Vec::new(), 0, false);
    loop {
        let step = match &prefix {
            Some(prefix) => search::walk_pending_of(tx, now, prefix, (&at.0, at.1), publication, STEP).await?,
            None => search::walk_pending(tx, now, at.1, publication, STEP).await?,
        };
        looked_at += step.len();
        let is_end = step.len() < STEP;
        if let Some(last) = step.last() {
            at = (last.email_key.clone(), last.id.0);
        }
        waiting.extend(step.into_iter().filter(|it| fits(it, typed, filter)));
        if waiting.len() > limit || is_end {
            break;
        }
        if looked_at >= LOOKED_AT_MAX {
            stopped_early = true;
            break;
        }
    }
    let has_more = waiting.len() > limit;
    waiting.truncate(limit);
    let next = match has_more {
        true => waiting.last().map(|it| it.id.0),
        false => stopped_early.then_some(at.1),
    };
    let shown = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
    let total = if next.is_some() || after.is_some() { Total::AtLeast(shown) } else { Total::Exactly(shown) };
    let stopped_early = stopped_early && !has_more;
    let (readers, undelivered) = (Vec::new(), BTreeSet::new());
    Ok(FoundPage { readers, waiting, undelivered, next, stopped_early, total, suppression: None })
}

/// The first of those that wait, to be shown beside readers whose address begins so.
pub(super) async fn waiting_beside(
    tx: &mut Tx,
    now: Timestamp,
    (typed, filter): (&Typed, &SearchFilter),
    publication: Option<PublicationId>,
    limit: usize,
) -> Result<Vec<Waiting>, SearchError> {
    let Some(prefix) = typed.prefix() else { return Ok(Vec::new()) };
    let mut waiting = search::walk_pending_of(tx, now, &prefix, ("", 0), publication, STEP).await?;
    waiting.retain(|it| fits(it, typed, filter));
    waiting.truncate(limit);
    Ok(waiting)
}

/// Whether a sign-up is one that was asked for. Pure.
fn fits(it: &Waiting, typed: &Typed, filter: &SearchFilter) -> bool {
    let is_there = match typed {
        Typed::Domain(domain) => it.email_key.rsplit_once('@').is_some_and(|(_, of)| of == domain),
        // The walk gives no others.
        Typed::Nothing | Typed::Whole(_) | Typed::Begins(_) => true,
    };
    let has_section = |slug: &String| it.sections.as_ref().is_none_or(|chosen| chosen.contains(slug));
    is_there
        && filter.section.as_ref().is_none_or(has_section)
        && filter.joined_from.is_none_or(|from| it.requested_at >= from)
        && filter.joined_until.is_none_or(|until| it.requested_at < until)
        && filter.consent.is_none_or(|source| it.source == source)
}
