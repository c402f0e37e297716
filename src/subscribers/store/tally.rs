//! The tables `reader_days` and `section_days`, and what they are counted from.
//!
//! `+ 0` keeps both engines to the index of the time: a day has few rows, a publication has them all.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::publications::PublicationId;

statements! {
    COUNT_ACTIVE = "SELECT COUNT(*) AS value FROM subscriptions WHERE publication_id = $1 AND state = 'active'";
    COUNT_JOINED = "SELECT COUNT(*) AS value FROM subscriptions WHERE publication_id = $1 AND created_at >= $2 AND created_at < $3";
    COUNT_LEFT = "SELECT COALESCE(left_reason, 'reader') AS word, COUNT(*) AS count FROM subscriptions WHERE state = 'left' AND left_at >= $2 AND left_at < $3 AND publication_id + 0 = $1 GROUP BY COALESCE(left_reason, 'reader')";
    COUNT_ASKED = "SELECT COUNT(*) AS value FROM pending_signups WHERE publication_id = $1 AND requested_at >= $2 AND requested_at < $3";
    COUNT_RETURNED = "SELECT COUNT(*) AS value FROM pending_signups w CROSS JOIN subscribers p CROSS JOIN subscriptions s WHERE w.publication_id = $1 AND w.confirmed_at >= $2 AND w.confirmed_at < $3 AND p.email_key = w.email_key AND s.subscriber_id = p.id AND s.publication_id = $1 AND s.created_at < $2";
    // What was counted once of a day is not taken back: who was erased since had joined all the same.
    UPSERT_DAY = "INSERT INTO reader_days (publication_id, day, asked, joined, returned, left_count, bounced, complained, removed, erased, active, is_rebuilt, counted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12) ON CONFLICT (publication_id, day) DO UPDATE SET asked = CASE WHEN excluded.asked > reader_days.asked THEN excluded.asked ELSE reader_days.asked END, joined = CASE WHEN excluded.joined > reader_days.joined THEN excluded.joined ELSE reader_days.joined END, returned = CASE WHEN excluded.returned > reader_days.returned THEN excluded.returned ELSE reader_days.returned END, left_count = CASE WHEN excluded.left_count > reader_days.left_count THEN excluded.left_count ELSE reader_days.left_count END, bounced = CASE WHEN excluded.bounced > reader_days.bounced THEN excluded.bounced ELSE reader_days.bounced END, complained = CASE WHEN excluded.complained > reader_days.complained THEN excluded.complained ELSE reader_days.complained END, removed = CASE WHEN excluded.removed > reader_days.removed THEN excluded.removed ELSE reader_days.removed END, active = COALESCE(excluded.active, reader_days.active), counted_at = excluded.counted_at";
    ADD_ERASED = "INSERT INTO reader_days (publication_id, day, asked, joined, returned, left_count, bounced, complained, removed, erased, active, is_rebuilt, counted_at) VALUES ($1, $2, 0, 0, 0, 0, 0, 0, 0, 1, NULL, FALSE, $3) ON CONFLICT (publication_id, day) DO UPDATE SET erased = reader_days.erased + 1";
    LAST_COUNTED = "SELECT MAX(day) AS value FROM reader_days WHERE publication_id = $1 AND active IS NOT NULL";
    LIST_DAYS = "SELECT day, asked, joined, returned, left_count, bounced, complained, removed, erased, active, is_rebuilt, counted_at FROM reader_days WHERE publication_id = $1 AND day >= $2 ORDER BY day";
    COUNT_CHOICES = "SELECT sections, COUNT(*) AS count FROM subscriptions WHERE publication_id = $1 AND state = 'active' GROUP BY sections";
    UPSERT_SECTION = "INSERT INTO section_days (publication_id, section, day, readers) VALUES ($1, $2, $3, $4) ON CONFLICT (publication_id, section, day) DO UPDATE SET readers = excluded.readers";
    LIST_SECTIONS = "SELECT section, day, readers FROM section_days WHERE publication_id = $1 AND day >= $2 ORDER BY section, day";
}

row! {
    pub struct WordCount {
        pub word: String,
        pub count: i64,
    }
}

row! {
    pub struct ChoiceCount {
        /// JSON as stored; none is every section.
        pub sections: Option<Vec<String>>,
        pub count: i64,
    }
}

row! {
    /// One day of a publication's list.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
    pub struct ReaderDay {
        /// `2026-11-23`, on the publication's calendar.
        pub day: String,
        /// Sign-ups that asked.
        pub asked: i64,
        /// New subscriptions.
        pub joined: i64,
        /// Had left, and confirmed anew.
        pub returned: i64,
        /// Left of their own wish.
        pub left_count: i64,
        pub bounced: i64,
        pub complained: i64,
        /// Ended by the newsroom.
        pub removed: i64,
        pub erased: i64,
        /// Active subscriptions when it was last counted; none before the first count, though somebody may be erased by then.
        pub active: Option<i64>,
        /// Counted on a later day, from what was still kept.
        pub is_rebuilt: bool,
        pub counted_at: Timestamp,
    }
}

row! {
    /// How many readers chose a section on a day; an empty section are those who take all.
    #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
    pub struct SectionDay {
        pub section: String,
        pub day: String,
        pub readers: i64,
    }
}

/// From an instant to before another.
#[derive(Clone, Copy)]
pub struct Within(pub Timestamp, pub Timestamp);

pub async fn count_active(tx: &mut Tx, publication: PublicationId) -> Result<i64, StoreError> {
    tx.fetch_value(COUNT_ACTIVE, args![publication]).await
}

/// What happened within a day; who was erased is not in it, and `active` neither.
pub async fn count(
    tx: &mut Tx,
    publication: PublicationId,
    day: &str,
    within: Within,
) -> Result<ReaderDay, StoreError> {
    let Within(from, to) = within;
    let mut it = ReaderDay {
        day: day.to_owned(),
        asked: tx.fetch_value(COUNT_ASKED, args![publication, from, to]).await?,
        joined: tx.fetch_value(COUNT_JOINED, args![publication, from, to]).await?,
        returned: tx.fetch_value(COUNT_RETURNED, args![publication, from, to]).await?,
        left_count: 0,
        bounced: 0,
        complained: 0,
        removed: 0,
        erased: 0,
        active: None,
        is_rebuilt: false,
        counted_at: to,
    };
    for WordCount { word, count } in tx.fetch_all(COUNT_LEFT, args![publication, from, to]).await? {
        match word.as_str() {
            "hard_bounce" => it.bounced += count,
            "complaint" => it.complained += count,
            "operator" | "not_me" => it.removed += count,
            "erased" => {}
            _ => it.left_count += count,
        }
    }
    Ok(it)
}

pub async fn upsert_day(tx: &mut Tx, publication: PublicationId, it: &ReaderDay) -> Result<(), StoreError> {
    let values = args![
        publication,
        &it.day,
        it.asked,
        it.joined,
        it.returned,
        it.left_count,
        it.bounced,
        it.complained,
        it.removed,
        it.active,
        it.is_rebuilt,
        it.counted_at
    ];
    tx.execute(UPSERT_DAY, values).await.map(drop)
}

/// One active reader fewer, at their own wish to be forgotten.
pub async fn add_erased(tx: &mut Tx, now: Timestamp, publication: PublicationId, day: &str) -> Result<(), StoreError> {
    tx.execute(ADD_ERASED, args![publication, day, now]).await.map(drop)
}

pub async fn last_counted(tx: &mut Tx, publication: PublicationId) -> Result<Option<String>, StoreError> {
    tx.fetch_value(LAST_COUNTED, args![publication]).await
}

pub async fn list_days(tx: &mut Tx, publication: PublicationId, from: &str) -> Result<Vec<ReaderDay>, StoreError> {
    tx.fetch_all(LIST_DAYS, args![publication, from]).await
}

/// Active readers by what they chose.
pub async fn count_choices(tx: &mut Tx, publication: PublicationId) -> Result<Vec<ChoiceCount>, StoreError> {
    tx.fetch_all(COUNT_CHOICES, args![publication]).await
}

pub async fn upsert_section(tx: &mut Tx, publication: PublicationId, it: &SectionDay) -> Result<(), StoreError> {
    tx.execute(UPSERT_SECTION, args![publication, &it.section, &it.day, it.readers]).await.map(drop)
}

pub async fn list_sections(tx: &mut Tx, publication: PublicationId, from: &str) -> Result<Vec<SectionDay>, StoreError> {
    tx.fetch_all(LIST_SECTIONS, args![publication, from]).await
}
