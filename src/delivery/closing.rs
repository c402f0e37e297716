//! Ending those who wait for their turn, in pieces: of an edition that was aborted, of a group that was taken out, of a
//! wave whose time is over.
//!
//! Promises: no transaction of it holds the database for long, whatever the audience; stopped half-way it goes on at the
//! next [`close_what_is_over`]; who is in flight keeps the outcome that the relay gives. Held to it by
//! `tests/it/delivery/commands.rs`.

use super::store::{self, OpenWave, RangeLease};
use crate::app::App;
use crate::base::Span;
use crate::db::{StoreError, Tx};
use crate::editions::{self, EditionId, EditionState};

/// Rows that one transaction ends.
const ROWS_AT_ONCE: i64 = 10_000;
/// Of a group that was ended before its reason was kept.
const GROUP_ENDED: &str = "aborted for this provider";
/// A retry of an edition that ended longer ago has expired.
const ENDED_LATELY: Span = Span::days(3);
const TOO_LATE: &str = "not sent before its time was over";

/// Ends everybody who waits for this edition (in one mail group, if one is named).
///
/// # Errors
/// As the database says; those who were ended before it stay so.
pub(super) async fn close_waiting(
    app: &App,
    edition: EditionId,
    group: Option<&str>,
    reason: &str,
) -> Result<u64, StoreError> {
    let mut tx = app.db.begin().await?;
    let mut ended = store::end_apart(&mut tx, app.now(), edition, group, reason).await?;
    tx.commit().await?;
    loop {
        let mut tx = app.db.begin().await?;
        if let Some(wave) = store::find_open_of(&mut tx, edition, group).await? {
            ended += end_piece(app, &mut tx, &wave, reason).await?;
        } else if let Some(range) = store::find_idle_of(&mut tx, edition, group).await? {
            ended += end_idle(app, &mut tx, &range, reason).await?;
        } else {
            return Ok(ended);
        }
        tx.commit().await?;
    }
}

/// Ends those of whom nothing will become: the wave's time is over, or its edition ended before its time.
///
/// # Errors
/// As the database says; those who were ended before it stay so.
pub(super) async fn close_what_is_over(app: &App) -> Result<u64, StoreError> {
    let mut ended = 0;
    loop {
        let now = app.now();
        let mut tx = app.db.begin().await?;
        if let Some(wave) = store::find_over(&mut tx, now).await? {
            let reason = reason_of(&mut tx, wave.edition_id, wave.number).await?;
            ended += end_piece(app, &mut tx, &wave, &reason).await?;
        } else if let Some(range) = store::find_idle(&mut tx, now).await? {
            let reason = reason_of(&mut tx, range.edition_id, range.wave).await?;
            ended += end_idle(app, &mut tx, &range, &reason).await?;
        } else if let Some(apart) = store::find_apart(&mut tx, now - ENDED_LATELY).await? {
            let reason = reason_of(&mut tx, apart.edition_id, apart.wave.unwrap_or_default()).await?;
            ended += store::end_deferred(&mut tx, now, apart, &reason).await?;
        } else {
            return Ok(ended);
        }
        tx.commit().await?;
    }
}

async fn reason_of(tx: &mut Tx, edition: EditionId, wave: i64) -> Result<String, StoreError> {
    let found = editions::find_edition(tx, edition).await?;
    if let Some(aborted) = found.filter(|edition| edition.state == EditionState::Aborted) {
        return Ok(because_aborted(&aborted.reason));
    }
    Ok(match store::find_ended_why(tx, edition, wave).await? {
        Some(why) if why.is_empty() => GROUP_ENDED.to_owned(),
        Some(why) => why,
        None => TOO_LATE.to_owned(),
    })
}

/// What stands with everybody who gets nothing because of it.
pub(super) fn because_aborted(reason: &str) -> String {
    if reason.is_empty() { "aborted".to_owned() } else { format!("aborted: {reason}") }
}

async fn end_piece(app: &App, tx: &mut Tx, wave: &OpenWave, reason: &str) -> Result<u64, StoreError> {
    let last = wave.last_id.min(wave.next_id + ROWS_AT_ONCE - 1);
    let range = store::Range { edition: wave.edition_id, wave: wave.number, first: wave.next_id, last };
    store::advance(tx, wave, last + 1).await?;
    store::end_range(tx, app.now(), range, reason).await
}

async fn end_idle(app: &App, tx: &mut Tx, lease: &RangeLease, reason: &str) -> Result<u64, StoreError> {
    store::delete_leases(tx, &[lease.id]).await?;
    store::end_range(tx, app.now(), lease.range(), reason).await
}
