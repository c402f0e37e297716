//! Forgetting what has served its time: sign-ups that nobody confirmed, suppressions that ran out.

use super::store::{changes, joining, pending, suppressions};
use crate::app::App;
use crate::base::Span;
use crate::db::StoreError;

/// How long a link that has expired is still told from one that was never ours.
const ASKED_LIFE: Span = Span::days(7);

/// Rows deleted, by table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purged {
    pub sign_ups: u64,
    pub suppressions: u64,
}

/// What is counted of sign-up mails is counted within a day.
const SIGN_UP_MAILS_KEPT: Span = Span::days(2);

/// Deletes what `[retention]` no longer covers. Run it now and then; run twice is run once.
///
/// # Errors
/// As the database says.
pub async fn purge(app: &App) -> Result<Purged, StoreError> {
    let now = app.now();
    let keep = Span::days(i64::from(app.config.retention.pending_days));
    let mut tx = app.db.begin().await?;
    let purged = Purged {
        sign_ups: pending::prune(&mut tx, now, now - keep).await?,
        suppressions: suppressions::prune(&mut tx, now).await?,
    };
    changes::prune(&mut tx, now - ASKED_LIFE).await?;
    joining::prune_mailed(&mut tx, now - SIGN_UP_MAILS_KEPT).await?;
    tx.commit().await?;
    Ok(purged)
}
