//! `delivery_waves`: the frozen audience in ranges that go out alike, and where the next lease of each begins.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::EditionId;
use crate::publications::PublicationId;
use serde::Serialize;

statements! {
    // Before the freeze: what it writes has higher numbers.
    LAST_ID = "SELECT COALESCE(MAX(id), 0) AS value FROM deliveries";
    LIST_RANGES = "SELECT wave, MIN(id) AS first_id, MAX(id) AS last_id, COUNT(*) AS readers FROM deliveries WHERE id > $2 AND +edition_id = $1 GROUP BY wave ORDER BY wave";
    INSERT = sqlite: "INSERT INTO delivery_waves (edition_id, number, mail_group, rank, not_before, expires_at, first_id, last_id, next_id, readers, is_held) SELECT $1, value ->> 'number', value ->> 'mail_group', value ->> 'rank', value ->> 'not_before', value ->> 'expires_at', value ->> 'first_id', value ->> 'last_id', value ->> 'first_id', value ->> 'readers', value ->> 'is_held' FROM json_each($2)",
        postgres: "INSERT INTO delivery_waves (edition_id, number, mail_group, rank, not_before, expires_at, first_id, last_id, next_id, readers, is_held) SELECT $1, CAST(value ->> 'number' AS BIGINT), value ->> 'mail_group', CAST(value ->> 'rank' AS BIGINT), CAST(value ->> 'not_before' AS BIGINT), CAST(value ->> 'expires_at' AS BIGINT), CAST(value ->> 'first_id' AS BIGINT), CAST(value ->> 'last_id' AS BIGINT), CAST(value ->> 'first_id' AS BIGINT), CAST(value ->> 'readers' AS BIGINT), CAST(value ->> 'is_held' AS BOOLEAN) FROM json_array_elements(CAST($2 AS json)) AS rows(value)";
    // The condition of the partial index to the letter. What is urgent does not wait behind an evening's million.
    LIST_OPEN = sqlite: "SELECT w.edition_id, w.number, w.next_id, w.last_id FROM delivery_waves w CROSS JOIN editions e WHERE w.next_id <= w.last_id AND w.not_before <= $1 AND w.expires_at > $1 AND w.is_held = 0 AND w.paused_at IS NULL AND w.mail_group NOT IN (SELECT value FROM json_each($2)) AND w.edition_id || '/' || w.mail_group NOT IN (SELECT value FROM json_each($2)) AND e.id = w.edition_id AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL ORDER BY CASE WHEN e.kind IN ('breaking', 'correction') THEN 0 ELSE 1 END, w.rank, w.not_before, w.edition_id, w.number LIMIT $3",
        postgres: "SELECT w.edition_id, w.number, w.next_id, w.last_id FROM delivery_waves w JOIN editions e ON e.id = w.edition_id WHERE w.next_id <= w.last_id AND w.not_before <= $1 AND w.expires_at > $1 AND NOT w.is_held AND w.paused_at IS NULL AND w.mail_group NOT IN (SELECT value FROM json_array_elements_text(CAST($2 AS json)) AS names(value)) AND w.edition_id || '/' || w.mail_group NOT IN (SELECT value FROM json_array_elements_text(CAST($2 AS json)) AS names(value)) AND e.state IN ('sealed', 'sending') AND e.paused_at IS NULL ORDER BY CASE WHEN e.kind IN ('breaking', 'correction') THEN 0 ELSE 1 END, w.rank, w.not_before, w.edition_id, w.number LIMIT $3 FOR UPDATE OF w";
    ADVANCE = "UPDATE delivery_waves SET next_id = $3 WHERE edition_id = $1 AND number = $2";
    // Of an edition that ended before its time, and of one whose time is over.
    FIND_OVER = sqlite: "SELECT w.edition_id, w.number, w.next_id, w.last_id FROM delivery_waves w CROSS JOIN editions e WHERE w.next_id <= w.last_id AND e.id = w.edition_id AND (w.expires_at <= $1 OR e.state NOT IN ('sealed', 'sending')) ORDER BY w.edition_id, w.number LIMIT 1",
        postgres: "SELECT w.edition_id, w.number, w.next_id, w.last_id FROM delivery_waves w JOIN editions e ON e.id = w.edition_id WHERE w.next_id <= w.last_id AND (w.expires_at <= $1 OR e.state NOT IN ('sealed', 'sending')) ORDER BY w.edition_id, w.number LIMIT 1 FOR UPDATE OF w";
    FIND_OPEN_OF = locking: "SELECT edition_id, number, next_id, last_id FROM delivery_waves WHERE edition_id = $1 AND next_id <= last_id AND (CAST($2 AS TEXT) IS NULL OR mail_group = $2) ORDER BY number LIMIT 1";
    END_RANGE = "UPDATE deliveries SET state = 'expired', reason = $5, finished_at = $6 WHERE id BETWEEN $1 AND $2 AND +edition_id = $3 AND wave = $4 AND state = 'queued'";
    PAUSE_OPEN = "UPDATE delivery_waves SET paused_at = $3 WHERE edition_id = $1 AND mail_group = $2 AND paused_at IS NULL";
    SET_PAUSED = "UPDATE delivery_waves SET paused_at = $3 WHERE edition_id = $1 AND mail_group = $2 AND (paused_at IS NULL OR paused_at <> expires_at)";
    // Both alike: it was ended, and is no longer paused.
    TAKE_OUT = "UPDATE delivery_waves SET paused_at = $3, expires_at = $3, ended_why = $4 WHERE edition_id = $1 AND mail_group = $2 AND expires_at > $3";
    FIND_ENDED_WHY = "SELECT COALESCE(ended_why, '') AS value FROM delivery_waves WHERE edition_id = $1 AND number = $2 AND paused_at = expires_at";
    COUNT_GOING = "SELECT COUNT(*) AS value FROM delivery_waves WHERE edition_id = $1 AND mail_group = $2 AND (paused_at IS NULL OR paused_at <> expires_at)";
    // Of editions on their way; few rows, whatever the audience.
    LIST_HELD_GROUPS = "SELECT DISTINCT e.id AS edition_id, e.label, w.mail_group FROM editions e JOIN delivery_waves w ON w.edition_id = e.id WHERE e.state IN ('sealed', 'sending') AND w.paused_at IS NOT NULL AND w.paused_at <> w.expires_at ORDER BY w.mail_group, e.label, e.id";
    // Nobody waits any more: what was held back is not.
    LET_GO = "UPDATE delivery_waves SET paused_at = NULL WHERE edition_id = $1 AND paused_at IS NOT NULL AND paused_at <> expires_at";
    LIST_GROUPS = "SELECT DISTINCT mail_group AS value FROM delivery_waves WHERE edition_id = $1 ORDER BY mail_group";
    COUNT_CANARIES = "SELECT w.edition_id, MIN(w.not_before) AS began_at, COUNT(*) AS readers, CAST(SUM(CASE WHEN d.state = 'accepted' THEN 1 ELSE 0 END) AS BIGINT) AS accepted, CAST(SUM(CASE WHEN d.state = 'failed' THEN 1 ELSE 0 END) AS BIGINT) AS failed, CAST(SUM(CASE WHEN d.state IN ('queued', 'leased', 'deferred') THEN 1 ELSE 0 END) AS BIGINT) AS waiting FROM editions e CROSS JOIN delivery_waves w CROSS JOIN deliveries d WHERE e.state = 'sending' AND e.paused_at IS NULL AND w.edition_id = e.id AND w.rank = 0 AND EXISTS (SELECT 1 FROM delivery_waves h WHERE h.edition_id = e.id AND h.is_held) AND d.id BETWEEN w.first_id AND w.last_id AND +d.edition_id = e.id AND d.wave = w.number GROUP BY w.edition_id";
    // Of the publication's last edition that was sent.
    FIND_LAST = "SELECT MAX(id) AS value FROM editions WHERE publication_id = $1 AND id <> $2 AND state = 'sent'";
    RELEASE_HELD = "UPDATE delivery_waves SET is_held = FALSE WHERE edition_id = $1 AND is_held";
}

row! {
    /// What the freeze made of a wave.
    pub(in crate::delivery) struct WaveRange {
        pub wave: i64,
        pub first_id: i64,
        pub last_id: i64,
        pub readers: i64,
    }
}

/// A wave as it is written at the seal.
#[derive(Serialize)]
pub(in crate::delivery) struct NewWave {
    pub number: i64,
    pub mail_group: String,
    pub rank: i64,
    pub not_before: Timestamp,
    pub expires_at: Timestamp,
    pub first_id: i64,
    pub last_id: i64,
    pub readers: i64,
    pub is_held: bool,
}

row! {
    /// A wave of which something is left.
    pub(in crate::delivery) struct OpenWave {
        pub edition_id: EditionId,
        pub number: i64,
        pub next_id: i64,
        pub last_id: i64,
    }
}

pub(in crate::delivery) async fn last_delivery(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.fetch_value(LAST_ID, args![]).await
}

/// Of the deliveries that were written after `after`.
pub(in crate::delivery) async fn list_ranges(
    tx: &mut Tx,
    edition: EditionId,
    after: i64,
) -> Result<Vec<WaveRange>, StoreError> {
    tx.fetch_all(LIST_RANGES, args![edition, after]).await
}

/// Waves written by one statement.
const WAVES_AT_ONCE: usize = 500;

pub(in crate::delivery) async fn insert_waves(
    tx: &mut Tx,
    edition: EditionId,
    waves: &[NewWave],
) -> Result<(), StoreError> {
    for waves in waves.chunks(WAVES_AT_ONCE) {
        tx.execute(INSERT, args![edition, waves]).await?;
    }
    Ok(())
}

/// How a group's part of one edition is named.
pub(in crate::delivery) fn part(edition: EditionId, group: &str) -> String {
    format!("{edition}/{group}")
}

/// Up to `limit` waves that may go out now, but those of groups, and of [`part`]s, that are named.
pub(in crate::delivery) async fn list_open(
    tx: &mut Tx,
    now: Timestamp,
    without: &[String],
    limit: usize,
) -> Result<Vec<OpenWave>, StoreError> {
    tx.fetch_all(LIST_OPEN, args![now, without, limit]).await
}

pub(in crate::delivery) async fn advance(tx: &mut Tx, wave: &OpenWave, next_id: i64) -> Result<u64, StoreError> {
    tx.execute(ADVANCE, args![wave.edition_id, wave.number, next_id]).await
}

/// A wave of which something is left and that goes out no more.
pub(in crate::delivery) async fn find_over(tx: &mut Tx, now: Timestamp) -> Result<Option<OpenWave>, StoreError> {
    tx.fetch_optional(FIND_OVER, args![now]).await
}

/// A wave of this edition (to one group, if one is named) of which something is left.
pub(in crate::delivery) async fn find_open_of(
    tx: &mut Tx,
    edition: EditionId,
    group: Option<&str>,
) -> Result<Option<OpenWave>, StoreError> {
    tx.fetch_optional(FIND_OPEN_OF, args![edition, group]).await
}

/// A range of numbers within a wave.
#[derive(Clone, Copy, Debug)]
pub(in crate::delivery) struct Range {
    pub edition: EditionId,
    pub wave: i64,
    pub first: i64,
    pub last: i64,
}

/// Ends those of the range that wait for their turn.
pub(in crate::delivery) async fn end_range(
    tx: &mut Tx,
    now: Timestamp,
    range: Range,
    reason: &str,
) -> Result<u64, StoreError> {
    tx.execute(END_RANGE, args![range.first, range.last, range.edition, range.wave, reason, now]).await
}

pub(in crate::delivery) async fn set_group_paused(
    tx: &mut Tx,
    edition: EditionId,
    group: &str,
    paused_at: Option<Timestamp>,
) -> Result<u64, StoreError> {
    tx.execute(SET_PAUSED, args![edition, group, paused_at]).await
}

/// Pauses those that are not; answers how many.
pub(in crate::delivery) async fn pause_open_group(
    tx: &mut Tx,
    edition: EditionId,
    group: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(PAUSE_OPEN, args![edition, group, now]).await
}

/// Ends a group for good: its waves are over from `now` on.
pub(in crate::delivery) async fn take_group_out(
    tx: &mut Tx,
    edition: EditionId,
    group: &str,
    now: Timestamp,
    why: &str,
) -> Result<u64, StoreError> {
    tx.execute(TAKE_OUT, args![edition, group, now, why]).await
}

/// What stands with those of a wave that is over because its group was ended; empty if nobody wrote it down.
pub(in crate::delivery) async fn find_ended_why(
    tx: &mut Tx,
    edition: EditionId,
    number: i64,
) -> Result<Option<String>, StoreError> {
    let found: Option<(String,)> = tx.fetch_optional(FIND_ENDED_WHY, args![edition, number]).await?;
    Ok(found.map(|(why,)| why))
}

/// Waves of a group that were not ended.
pub(in crate::delivery) async fn count_going(tx: &mut Tx, edition: EditionId, group: &str) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_GOING, args![edition, group]).await
}

row! {
    /// A group that an edition on its way holds back.
    #[derive(Clone, PartialEq, Eq, Debug)]
    pub struct HeldGroup {
        pub edition_id: EditionId,
        pub label: String,
        pub mail_group: String,
    }
}

/// The groups that an operator, or the brake, holds back, by edition.
///
/// # Errors
/// As the database says.
pub async fn list_held_groups(tx: &mut Tx) -> Result<Vec<HeldGroup>, StoreError> {
    tx.fetch_all(LIST_HELD_GROUPS, args![]).await
}

/// Ends every pause of an edition's groups.
pub(in crate::delivery) async fn let_go(tx: &mut Tx, edition: EditionId) -> Result<u64, StoreError> {
    tx.execute(LET_GO, args![edition]).await
}

/// The mail groups of an edition's audience.
pub(in crate::delivery) async fn list_groups(tx: &mut Tx, edition: EditionId) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = tx.fetch_all(LIST_GROUPS, args![edition]).await?;
    Ok(rows.into_iter().map(|(group,)| group).collect())
}

row! {
    /// How it went with those who go first, of an edition whose others are held.
    #[derive(Clone, Debug)]
    pub(in crate::delivery) struct CanaryCounts {
        pub edition_id: EditionId,
        /// When the first of them might begin.
        pub began_at: Timestamp,
        pub readers: i64,
        pub accepted: i64,
        pub failed: i64,
        pub waiting: i64,
    }
}

pub(in crate::delivery) async fn count_canaries(tx: &mut Tx) -> Result<Vec<CanaryCounts>, StoreError> {
    tx.fetch_all(COUNT_CANARIES, args![]).await
}

/// The publication's last edition that was sent, before this one.
pub(in crate::delivery) async fn find_last_sent(
    tx: &mut Tx,
    publication: PublicationId,
    edition: EditionId,
) -> Result<Option<EditionId>, StoreError> {
    Ok(tx.fetch_value::<Option<i64>>(FIND_LAST, args![publication, edition]).await?.map(EditionId))
}

/// The canary went well: everybody else may follow.
pub(in crate::delivery) async fn release_held(tx: &mut Tx, edition: EditionId) -> Result<u64, StoreError> {
    tx.execute(RELEASE_HELD, args![edition]).await
}
