//! The canary: some readers go first, and the others when it went well with them.
//!
//! Promises: while the canary is on its way nobody else is sent the edition; when it went wrong the edition is paused with
//! one mail to the editors, and when it went well, or nothing more can be learnt from it, the others follow by themselves.
//! The rule is [`judge`], which is pure. A relay that is away lets neither happen: everybody waits. Held to it by the tests
//! below and `tests/it/delivery/canary.rs`.

use super::store::{self, CanaryCounts};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::StoreError;
use crate::editions::{self, EditionError, EditionId};
use crate::operators::Actor;
use crate::operators::alert::{self, Alert, Readers};

/// With fewer readers a canary tells nothing.
pub(super) const AUDIENCE_MIN: i64 = 500;
/// Below this many outcomes one refusal would be a verdict.
const ENDED_MIN: i64 = 5;
const FAILED_PERCENT_MAX: i64 = 5;
/// Put-off mails of the canary are not waited for longer than this.
const PATIENCE: Span = Span::minutes(10);

/// What becomes of the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Wait,
    Release,
    Stop,
}

/// `since` is the time since the canary might begin.
fn judge(counts: &CanaryCounts, since: Span) -> Verdict {
    let ended = counts.accepted + counts.failed;
    if ended >= ENDED_MIN && counts.failed * 100 > ended * FAILED_PERCENT_MAX {
        return Verdict::Stop;
    }
    let is_done = counts.waiting == 0;
    let is_enough = since >= PATIENCE && counts.accepted * 2 >= counts.readers;
    if is_done || is_enough { Verdict::Release } else { Verdict::Wait }
}

/// Looks after every edition whose canary is on its way.
///
/// # Errors
/// As the database says.
pub(super) async fn look(app: &App) -> Result<(), StoreError> {
    let now = app.now();
    let counted = store::count_canaries(&mut app.db.read().await?).await?;
    for counts in counted {
        match judge(&counts, now.since(counts.began_at)) {
            Verdict::Wait => {}
            Verdict::Release => {
                let mut tx = app.db.begin().await?;
                store::release_held(&mut tx, counts.edition_id).await?;
                tx.commit().await?;
                tracing::info!(edition = counts.edition_id.0, accepted = counts.accepted, "the canary went well");
                app.wake.deliveries();
            }
            Verdict::Stop => stop(app, now, &counts).await?,
        }
    }
    Ok(())
}

async fn stop(app: &App, now: Timestamp, counts: &CanaryCounts) -> Result<(), StoreError> {
    let id: EditionId = counts.edition_id;
    let ended = counts.accepted + counts.failed;
    let what = format!("{} of the first {ended} mails were refused for good", counts.failed);
    match editions::pause(app, Actor::System, id, &format!("the canary: {what}")).await {
        Ok(edition) => {
            let alert = Alert {
                heading: format!("The edition {} was stopped after its canary", edition.label),
                what,
                details: Vec::new(),
                next_step: "Everybody else waits. Look at the reasons on its page at the desk; \u{201c}Go on\u{201d} there lets \
                            them follow."
                    .to_owned(),
                link: app.config.site.link(&format!("/desk/editions/{id}")),
                link_label: "Open it at the desk",
            };
            let mut tx = app.db.begin().await?;
            // Whoever resumes it has decided: the others follow then.
            store::release_held(&mut tx, id).await?;
            alert::tell(app, &mut tx, now, Readers::Editors, &alert).await?;
            tx.commit().await?;
            app.wake.outbox();
            Ok(())
        }
        Err(EditionError::Store(error)) => Err(error),
        // It ended at this moment.
        Err(error) => {
            tracing::info!(edition = id.0, %error, "the canary came too late");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_follow_when_it_went_well_or_nothing_more_can_be_learnt() {
        for (accepted, failed, waiting, minutes, verdict) in [
            (0, 0, 100, 0, Verdict::Wait),
            (50, 1, 49, 1, Verdict::Wait),
            (97, 3, 0, 1, Verdict::Release),
            (60, 0, 40, 10, Verdict::Release),
            (30, 0, 70, 60, Verdict::Wait),
            (4, 1, 95, 1, Verdict::Stop),
            (3, 1, 96, 1, Verdict::Wait),
            (94, 6, 0, 1, Verdict::Stop),
        ] {
            let readers = accepted + failed + waiting;
            let counts = CanaryCounts {
                edition_id: EditionId(1),
                began_at: Timestamp::EPOCH,
                readers,
                accepted,
                failed,
                waiting,
            };
            assert_eq!(judge(&counts, Span::minutes(minutes)), verdict, "{accepted} {failed} {waiting} {minutes}");
        }
    }
}
