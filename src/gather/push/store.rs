//! Sources that articles are handed in to, and the time at which the others are due.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, row, statements};
use crate::gather::model::ArticleId;
use crate::publications::SourceId;
use std::collections::HashMap;

statements! {
    LIST_PUSH_SOURCES = "SELECT id, name, paused_at FROM sources WHERE kind = 'push' AND archived_at IS NULL ORDER BY id";
    LIST_REVISIONS = sqlite: "SELECT id, revision FROM articles WHERE id IN (SELECT value FROM json_each($1))", postgres: "SELECT id, revision FROM articles WHERE id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT))";
    LIST_POLLED_SOURCES = "SELECT id, name, url FROM sources WHERE kind <> 'push' AND archived_at IS NULL AND paused_at IS NULL ORDER BY id";
    MAKE_DUE = sqlite: "UPDATE sources SET next_fetch_at = $2 WHERE next_fetch_at > $2 AND id IN (SELECT value FROM json_each($1))", postgres: "UPDATE sources SET next_fetch_at = $2 WHERE next_fetch_at > $2 AND id IN (SELECT CAST(json_array_elements_text(CAST($1 AS JSON)) AS BIGINT))";
}

row! {
    /// A source that articles are handed in to.
    #[derive(Clone, Debug)]
    pub(super) struct PushSource {
        pub id: SourceId,
        pub name: String,
        pub paused_at: Option<Timestamp>,
    }
}

pub(super) async fn list_push_sources(tx: &mut Tx) -> Result<Vec<PushSource>, StoreError> {
    tx.fetch_all(LIST_PUSH_SOURCES, args![]).await
}

row! {
    struct RevisionRow {
        id: ArticleId,
        revision: i64,
    }
}

pub(super) async fn list_revisions(tx: &mut Tx, ids: &[ArticleId]) -> Result<HashMap<ArticleId, i64>, StoreError> {
    let rows: Vec<RevisionRow> = tx.fetch_all(LIST_REVISIONS, args![ids]).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.revision)).collect())
}

row! {
    /// A source that is fetched.
    #[derive(Clone, Debug)]
    pub(super) struct PolledSource {
        pub id: SourceId,
        pub name: String,
        pub url: String,
    }
}

pub(super) async fn list_polled_sources(tx: &mut Tx) -> Result<Vec<PolledSource>, StoreError> {
    tx.fetch_all(LIST_POLLED_SOURCES, args![]).await
}

/// Brings the next fetch forward; never puts it off.
pub(super) async fn make_due(tx: &mut Tx, ids: &[SourceId], at: Timestamp) -> Result<u64, StoreError> {
    tx.execute(MAKE_DUE, args![ids, at]).await
}
