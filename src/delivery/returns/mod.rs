//! What comes back: refusals, bounces, complaints, and what follows from them for readers and for the run.
//!
//! Promises: whichever way it comes (the relay's answer, a mail, a provider's hook), it is judged by one judge
//! ([`crate::bounces`]) and recorded once ([`record`]); a dead address and a complaint end all mail to it at once, passing
//! failures after weeks ([`soft`]); what is ours to mend pauses a run and is told to those who can mend it ([`watch`]), and
//! never touches a reader; a stranger's claim without a token of ours changes nothing ([`whose`]).
//!
//! Not done here: no mail is fetched (`crate::postbox` does), none is answered, none is kept. Held to it by the tests
//! beside each file and by `tests/it/returns/`.

mod events;
mod figures;
mod mail;
mod model;
mod record;
mod refusals;
mod soft;
mod store;
mod watch;
mod whose;

pub use events::{HookReport, WITNESS_FOR, take_events};
pub use figures::{DayFigures, Figures, FiguresError, LINES_MAX, figures, list_returns};
pub use mail::{Ingested, ingest};
pub use model::{Effect, Proof, Recorded, ReturnKind, ReturnLine, Via};
pub(super) use refusals::keep_settling;
pub use refusals::settle_refusals;
pub use store::{CauseCount, ClassCount, ComplaintCount, ReturnFilter};
pub(super) use store::{STATEMENTS, count_by_class, count_complaints, upsert_tally};
pub use watch::BLOCKS_TOLD;
pub use whose::{VERP_MARK, is_ours};

use crate::app::App;
use crate::base::Timestamp;
use crate::db::StoreError;

/// Forgets what came back before `before` (`None` keeps it for ever), and secrets of hooks that have had their time.
///
/// # Errors
/// As the database says.
pub async fn prune_returns(app: &App, before: Option<Timestamp>) -> Result<(), StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    events::prune_tokens(&mut tx, now).await?;
    tx.commit().await?;
    let Some(before) = before else { return Ok(()) };
    loop {
        let mut tx = app.db.begin().await?;
        let pruned = store::prune(&mut tx, before, PRUNED_MAX).await?;
        tx.commit().await?;
        if pruned == 0 {
            return Ok(());
        }
    }
}

/// Of one transaction.
const PRUNED_MAX: i64 = 5_000;
