//! `delivery_counts`: what is left of deliveries and exclusions whose detail is kept no longer.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::editions::EditionId;

statements! {
    FIND_DUE = "SELECT e.id AS value FROM editions e WHERE e.state NOT IN ('sealed', 'sending') AND e.finished_at < $1 AND (EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = e.id) OR EXISTS (SELECT 1 FROM audience_exclusions x WHERE x.edition_id = e.id)) AND NOT EXISTS (SELECT 1 FROM delivery_waves w WHERE w.edition_id = e.id AND w.next_id <= w.last_id) AND NOT EXISTS (SELECT 1 FROM delivery_leases l WHERE l.edition_id = e.id) ORDER BY e.id LIMIT 1";
    // Two processes that count the same rows would count them twice.
    LOCK_EDITION = locking: "SELECT id AS value FROM editions WHERE id = $1";
    LIST_DELIVERIES = "SELECT id AS value FROM deliveries WHERE edition_id = $1 LIMIT $2";
    COUNT_DELIVERIES = sqlite: "SELECT state, reason, COUNT(*) AS count FROM deliveries WHERE id IN (SELECT value FROM json_each($1)) GROUP BY state, reason",
        postgres: "SELECT state, reason, COUNT(*) AS count FROM deliveries WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value)) GROUP BY state, reason";
    DELETE_ATTEMPTS = sqlite: "DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT value FROM json_each($1))",
        postgres: "DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value))";
    DELETE_DELIVERIES = sqlite: "DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each($1))",
        postgres: "DELETE FROM deliveries WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($1 AS json)) AS ids(value))";
    LIST_EXCLUDED = "SELECT subscriber_id AS value FROM audience_exclusions WHERE edition_id = $1 LIMIT $2";
    COUNT_EXCLUDED = sqlite: "SELECT 'excluded' AS state, reason, COUNT(*) AS count FROM audience_exclusions WHERE edition_id = $1 AND subscriber_id IN (SELECT value FROM json_each($2)) GROUP BY reason",
        postgres: "SELECT 'excluded' AS state, reason, COUNT(*) AS count FROM audience_exclusions WHERE edition_id = $1 AND subscriber_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS json)) AS ids(value)) GROUP BY reason";
    DELETE_EXCLUDED = sqlite: "DELETE FROM audience_exclusions WHERE edition_id = $1 AND subscriber_id IN (SELECT value FROM json_each($2))",
        postgres: "DELETE FROM audience_exclusions WHERE edition_id = $1 AND subscriber_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST($2 AS json)) AS ids(value))";
    // Nobody's delivery lies in them any more.
    DELETE_WAVES = "DELETE FROM delivery_waves WHERE edition_id = $1 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $1)";
    DELETE_CHOICES = "DELETE FROM seal_choices WHERE edition_id = $1 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = $1)";
    ADD = "INSERT INTO delivery_counts (edition_id, state, reason, count) VALUES ($1, $2, $3, $4) ON CONFLICT (edition_id, state, reason) DO UPDATE SET count = delivery_counts.count + excluded.count";
}

row! {
    pub(in crate::delivery) struct Group {
        /// A delivery's state, or `excluded`.
        pub state: String,
        pub reason: String,
        pub count: i64,
    }
}

/// An edition that ended before `before` and of which somebody's detail is kept.
pub(in crate::delivery) async fn find_due(tx: &mut Tx, before: Timestamp) -> Result<Option<EditionId>, StoreError> {
    Ok(tx.fetch_optional::<(EditionId,)>(FIND_DUE, args![before]).await?.map(|(id,)| id))
}

/// Takes up to so many deliveries, with their attempts, and then exclusions of an edition away, with the last deliveries
/// what the seal noted of the edition; answers what they were.
pub(in crate::delivery) async fn take(
    tx: &mut Tx,
    edition: EditionId,
    rows_max: usize,
) -> Result<Vec<Group>, StoreError> {
    tx.fetch_all::<(EditionId,)>(LOCK_EDITION, args![edition]).await?;
    let ids = of_ids(tx.fetch_all(LIST_DELIVERIES, args![edition, rows_max]).await?);
    if !ids.is_empty() {
        let groups = tx.fetch_all(COUNT_DELIVERIES, args![&ids]).await?;
        tx.execute(DELETE_ATTEMPTS, args![&ids]).await?;
        tx.execute(DELETE_DELIVERIES, args![&ids]).await?;
        tx.execute(DELETE_WAVES, args![edition]).await?;
        tx.execute(DELETE_CHOICES, args![edition]).await?;
        return Ok(groups);
    }
    let ids = of_ids(tx.fetch_all(LIST_EXCLUDED, args![edition, rows_max]).await?);
    let groups = tx.fetch_all(COUNT_EXCLUDED, args![edition, &ids]).await?;
    tx.execute(DELETE_EXCLUDED, args![edition, &ids]).await?;
    Ok(groups)
}

pub(in crate::delivery) async fn add(tx: &mut Tx, edition: EditionId, it: &Group) -> Result<(), StoreError> {
    tx.execute(ADD, args![edition, &it.state, &it.reason, it.count]).await?;
    Ok(())
}

fn of_ids(rows: Vec<(i64,)>) -> Vec<i64> {
    rows.into_iter().map(|(id,)| id).collect()
}
