//! Forgetting who was sent what: some time after an edition ended, its deliveries become counts by state and reason.
//!
//! It promises: every sum stays what it was, also half-way, since rows are counted in the transaction that deletes them;
//! an edition that still has somebody to send to is not touched; a batch is bounded; run twice is run once. A reason that
//! quotes an address loses it. Mails already in mailboxes keep working links, for those name subscriptions.
//! Held to it by `tests/it/subscribers/retention.rs`.

use super::store;
use crate::app::App;
use crate::base::Timestamp;
use crate::db::StoreError;

/// Deliveries of one transaction.
const BATCH_ROWS: usize = 5_000;

/// Turns one batch of deliveries of editions that ended before `before` into counts; answers whether there was any.
///
/// # Errors
/// As the database says; what was committed before it stays.
pub async fn forget_deliveries(app: &App, before: Timestamp) -> Result<bool, StoreError> {
    let Some(edition) = store::find_due(&mut app.db.read().await?, before).await? else { return Ok(false) };
    let mut tx = app.db.begin().await?;
    for mut group in store::take(&mut tx, edition, BATCH_ROWS).await? {
        group.reason = without_addresses(&group.reason);
        store::add_counts(&mut tx, edition, &group).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Relays like to quote the address that they refuse.
fn without_addresses(reason: &str) -> String {
    let word = |word: &'_ str| if word.contains('@') { "***".to_owned() } else { word.to_owned() };
    reason.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_keeps_its_words_and_loses_the_address() {
        assert_eq!(without_addresses("550 <anna@a.example>: no such user"), "550 *** no such user");
        assert_eq!(without_addresses("left after the edition was sealed"), "left after the edition was sealed");
    }
}
