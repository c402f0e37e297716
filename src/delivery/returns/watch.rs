//! Refusals that are ours to mend: told to those who can.
//!
//! A run that is on its way is stopped by the brake. What comes back when it is over, or of a few only, is told by one
//! alert for each provider and day.

use super::model::{Told, class_word, reason_word};
use super::store;
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::bounces::Class;
use crate::config::OTHER;
use crate::db::{StoreError, Tx};
use crate::delivery::store as deliveries;
use crate::operators::alert::{self, Alert, Readers};

/// So many in a day at one provider are no accident of one mailbox.
pub const BLOCKS_TOLD: i64 = 5;
const DAY: Span = Span::days(1);

/// After one more of them.
pub(super) async fn look_at_blocks(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    group: &str,
    told: &Told,
) -> Result<(), StoreError> {
    let count = store::count_of_class(tx, now - DAY, &class_word(Class::Block), group, BLOCKS_TOLD).await?;
    if count < BLOCKS_TOLD {
        return Ok(());
    }
    if deliveries::take_turn(tx, &format!("blocks:{group}"), now, now + DAY).await? == 0 {
        return Ok(());
    }
    let at = if group == OTHER { "Several providers refuse" } else { group };
    let alert = Alert {
        heading: match group {
            OTHER => format!("{at} our mail"),
            _ => format!("{at} refuses our mail"),
        },
        what: format!(
            "{count} mails and more came back within a day for reasons that are ours, and not the readers'. The last said: {}",
            if told.reply.is_empty() { reason_word(told.reason) } else { told.reply.clone() }
        ),
        details: Vec::new(),
        next_step: format!(
            "{} Checks at the desk look at what providers go by; `lamplighter bounce list --class block` on the server \
             shows what was said. No reader was taken off the list for it.",
            told.reason.remedy()
        ),
        link: app.config.site.link("/desk/doctor"),
        link_label: "Open the checks",
    };
    alert::tell(app, tx, now, Readers::Admins, &alert).await?;
    tracing::error!(group, count, "mails are refused for reasons that are ours");
    app.wake.outbox();
    Ok(())
}
