//! The table `editions`.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::editions::model::{Edition, EditionId, EditionKind, EditionState};
use crate::publications::{PublicationId, SlotId};

statements! {
    INSERT_EDITION = "INSERT INTO editions (publication_id, slot_id, kind, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at) VALUES ($1, $2, $9, $3, $4, $5, $6, $7, 'planned', 1, '', '', '', '', $8) ON CONFLICT DO NOTHING RETURNING id AS value";
    COUNT_OF_DATE = "SELECT COUNT(*) AS value FROM editions WHERE publication_id = $1 AND local_date = $2 AND CASE WHEN kind IN ('breaking', 'correction') THEN kind ELSE '' END = $3";
    FIND_EDITION = "SELECT * FROM editions WHERE id = $1";
    LOCK_EDITION = locking: "SELECT * FROM editions WHERE id = $1";
    FIND_BY_LABEL = "SELECT * FROM editions WHERE publication_id = $1 AND label = $2";
    FIND_OF_SLOT = "SELECT id AS value FROM editions WHERE publication_id = $1 AND slot_id = $2 AND local_date = $3";
    LIST_OPEN = "SELECT * FROM editions WHERE publication_id = $1 AND state IN ('planned', 'collecting', 'drafted', 'in_review', 'approved', 'sealed') ORDER BY cutoff_at, id";
    LIST_RECENT = "SELECT * FROM editions WHERE (CAST($1 AS BIGINT) IS NULL OR publication_id = $1) ORDER BY cutoff_at DESC, id DESC LIMIT $2";
    NEXT_SEND = "SELECT MIN(send_at) AS value FROM editions WHERE publication_id = $1 AND kind = 'regular' AND id <> $2 AND send_at > $3 AND state IN ('planned', 'collecting', 'drafted', 'in_review', 'approved')";
    LIST_FILTERED = "SELECT * FROM editions WHERE (CAST($1 AS BIGINT) IS NULL OR publication_id = $1) AND (CAST($2 AS TEXT) IS NULL OR state = $2) AND (CAST($3 AS TEXT) IS NULL OR local_date >= $3) AND (CAST($4 AS TEXT) IS NULL OR local_date <= $4) AND (CAST($5 AS BIGINT) IS NULL OR cutoff_at < $5 OR (cutoff_at = $5 AND id < $6)) ORDER BY cutoff_at DESC, id DESC LIMIT $7";
    LAST_SUBJECT = "SELECT subject AS value FROM editions WHERE publication_id = $1 AND sealed_at IS NOT NULL ORDER BY sealed_at DESC, id DESC LIMIT 1";
    RETIME = "UPDATE editions SET cutoff_at = $2, send_at = $3, latest_send_at = $4, revision = revision + 1 WHERE id = $1 AND state = 'planned'";
    // What was found on the web stays found: the content is the same. What has ended is not paused.
    MOVE = "UPDATE editions SET state = $3, findings_revision = CASE WHEN findings_revision = revision THEN revision + 1 ELSE findings_revision END, revision = revision + 1, reason = $4, finished_at = $5, paused_at = CASE WHEN CAST($5 AS BIGINT) IS NULL THEN paused_at ELSE NULL END WHERE id = $1 AND state = $2";
    SET_CUTOFF = "UPDATE editions SET cutoff_at = $2, late = $3 WHERE id = $1";
    SET_COLLECTED = "UPDATE editions SET collected_at = $2 WHERE id = $1";
    SET_WORDS = "UPDATE editions SET subject = $2, subjects = $3, preheader = $4 WHERE id = $1";
    SET_APPROVAL = "UPDATE editions SET approved_by = $2, approved_at = $3 WHERE id = $1";
    SET_TIMES = "UPDATE editions SET cutoff_at = $2, send_at = $3, latest_send_at = $4 WHERE id = $1";
    SET_SEND_TIME = "UPDATE editions SET send_at = $2, latest_send_at = $3 WHERE id = $1";
    SET_SEALED = "UPDATE editions SET sealed_at = $2, content_hash = $3 WHERE id = $1";
    SET_AUDIENCE = "UPDATE editions SET candidates_count = $2, prepared_count = $3 WHERE id = $1";
    SET_PAUSED = "UPDATE editions SET paused_at = $2, revision = revision + 1 WHERE id = $1";
}

/// The values of a new edition.
pub(in crate::editions) struct NewEdition<'a> {
    pub publication_id: PublicationId,
    pub slot_id: Option<SlotId>,
    pub kind: EditionKind,
    pub local_date: &'a str,
    pub cutoff_at: Timestamp,
    pub send_at: Timestamp,
    pub latest_send_at: Timestamp,
}

/// Inserts an edition; `None` if the slot has one of that date already.
pub(in crate::editions) async fn insert_edition(
    tx: &mut Tx,
    now: Timestamp,
    new: &NewEdition<'_>,
) -> Result<Option<EditionId>, StoreError> {
    // What is sent beside the editions of the day is counted by itself: the evening's label stays the date.
    let (kind, letter) = match new.kind {
        EditionKind::Regular | EditionKind::Extra => ("", None),
        EditionKind::Breaking => (EditionKind::Breaking.as_str(), Some('b')),
        EditionKind::Correction => (EditionKind::Correction.as_str(), Some('c')),
    };
    let before: i64 = tx.fetch_value(COUNT_OF_DATE, args![new.publication_id, new.local_date, kind]).await?;
    let label = match (letter, before) {
        (None, 0) => new.local_date.to_owned(),
        (None, _) => format!("{}-{}", new.local_date, before + 1),
        (Some(letter), _) => format!("{}-{letter}{}", new.local_date, before + 1),
    };
    let values = args![
        new.publication_id,
        new.slot_id,
        new.local_date,
        label,
        new.cutoff_at,
        new.send_at,
        new.latest_send_at,
        now,
        new.kind
    ];
    Ok(tx.fetch_optional::<(EditionId,)>(INSERT_EDITION, values).await?.map(|(id,)| id))
}

/// # Errors
/// As the database says.
pub async fn find_edition(tx: &mut Tx, id: EditionId) -> Result<Option<Edition>, StoreError> {
    tx.fetch_optional(FIND_EDITION, args![id]).await
}

pub(in crate::editions) async fn lock_edition(tx: &mut Tx, id: EditionId) -> Result<Option<Edition>, StoreError> {
    tx.fetch_optional(LOCK_EDITION, args![id]).await
}

/// # Errors
/// As the database says.
pub async fn find_edition_by_label(
    tx: &mut Tx,
    publication: PublicationId,
    label: &str,
) -> Result<Option<Edition>, StoreError> {
    tx.fetch_optional(FIND_BY_LABEL, args![publication, label]).await
}

/// Whether a slot has its edition of a date.
pub(in crate::editions) async fn is_planned(
    tx: &mut Tx,
    publication: PublicationId,
    slot: SlotId,
    date: &str,
) -> Result<bool, StoreError> {
    Ok(tx.fetch_optional::<(EditionId,)>(FIND_OF_SLOT, args![publication, slot, date]).await?.is_some())
}

/// Editions on which something may still have to be done, by cutoff.
///
/// # Errors
/// As the database says.
pub async fn list_open(tx: &mut Tx, publication: PublicationId) -> Result<Vec<Edition>, StoreError> {
    tx.fetch_all(LIST_OPEN, args![publication]).await
}

/// The newest first.
///
/// # Errors
/// As the database says.
pub async fn list_recent(
    tx: &mut Tx,
    publication: Option<PublicationId>,
    limit: i64,
) -> Result<Vec<Edition>, StoreError> {
    tx.fetch_all(LIST_RECENT, args![publication, limit]).await
}

/// Which editions are asked for; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct EditionFilter {
    pub publication: Option<PublicationId>,
    pub state: Option<EditionState>,
    /// Local dates, both ends included.
    pub from: Option<String>,
    pub to: Option<String>,
    /// Those that come after this one in the list.
    pub after: Option<(Timestamp, EditionId)>,
}

/// The newest first.
///
/// # Errors
/// As the database says.
pub async fn list_editions(tx: &mut Tx, filter: &EditionFilter, limit: i64) -> Result<Vec<Edition>, StoreError> {
    let values = args![
        filter.publication,
        filter.state.map(EditionState::as_str),
        filter.from.clone(),
        filter.to.clone(),
        filter.after.map(|(cutoff_at, _)| cutoff_at),
        filter.after.map(|(_, id)| id),
        limit
    ];
    tx.fetch_all(LIST_FILTERED, values).await
}

/// When the publication's next edition after this one begins to go out, as far as it is planned.
///
/// # Errors
/// As the database says.
pub async fn next_send(tx: &mut Tx, edition: &Edition) -> Result<Option<Timestamp>, StoreError> {
    tx.fetch_value(NEXT_SEND, args![edition.publication_id, edition.id, edition.send_at]).await
}

pub(in crate::editions) async fn last_subject(
    tx: &mut Tx,
    publication: PublicationId,
) -> Result<Option<String>, StoreError> {
    Ok(tx.fetch_optional::<(String,)>(LAST_SUBJECT, args![publication]).await?.map(|(subject,)| subject))
}

pub(in crate::editions) async fn retime(
    tx: &mut Tx,
    id: EditionId,
    cutoff_at: Timestamp,
    send_at: Timestamp,
    latest_send_at: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(RETIME, args![id, cutoff_at, send_at, latest_send_at]).await
}

/// Compare-and-set on the state; zero rows means that somebody was faster.
pub(in crate::editions) async fn mark_state(
    tx: &mut Tx,
    id: EditionId,
    from: EditionState,
    to: EditionState,
    reason: &str,
    finished_at: Option<Timestamp>,
) -> Result<u64, StoreError> {
    tx.execute(MOVE, args![id, from, to, reason, finished_at]).await
}

pub(in crate::editions) async fn set_cutoff(
    tx: &mut Tx,
    id: EditionId,
    cutoff_at: Timestamp,
    late: bool,
) -> Result<(), StoreError> {
    tx.execute(SET_CUTOFF, args![id, cutoff_at, late]).await.map(drop)
}

pub(in crate::editions) async fn set_collected(tx: &mut Tx, id: EditionId, at: Timestamp) -> Result<(), StoreError> {
    tx.execute(SET_COLLECTED, args![id, at]).await.map(drop)
}

pub(in crate::editions) async fn set_words(tx: &mut Tx, edition: &Edition) -> Result<(), StoreError> {
    let values = args![edition.id, &edition.subject, &edition.subjects, &edition.preheader];
    tx.execute(SET_WORDS, values).await.map(drop)
}

pub(in crate::editions) async fn set_approval(
    tx: &mut Tx,
    id: EditionId,
    by: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(SET_APPROVAL, args![id, by, at]).await.map(drop)
}

pub(in crate::editions) async fn set_times(
    tx: &mut Tx,
    id: EditionId,
    cutoff_at: Timestamp,
    send_at: Timestamp,
    latest_send_at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(SET_TIMES, args![id, cutoff_at, send_at, latest_send_at]).await.map(drop)
}

pub(in crate::editions) async fn set_send_time(
    tx: &mut Tx,
    id: EditionId,
    send_at: Timestamp,
    latest_send_at: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(SET_SEND_TIME, args![id, send_at, latest_send_at]).await.map(drop)
}

pub(in crate::editions) async fn set_sealed(
    tx: &mut Tx,
    id: EditionId,
    at: Timestamp,
    content_hash: &str,
) -> Result<(), StoreError> {
    tx.execute(SET_SEALED, args![id, at, content_hash]).await.map(drop)
}

pub(in crate::editions) async fn set_audience(
    tx: &mut Tx,
    id: EditionId,
    candidates: i64,
    prepared: i64,
) -> Result<(), StoreError> {
    tx.execute(SET_AUDIENCE, args![id, candidates, prepared]).await.map(drop)
}

pub(in crate::editions) async fn set_paused(
    tx: &mut Tx,
    id: EditionId,
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(SET_PAUSED, args![id, at]).await.map(drop)
}
