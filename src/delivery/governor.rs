//! What keeps a worker's pace beside its mails: leaves for what is limited, pauses shared with the other workers, the
//! brake, and one alert when a relay will not have us.
//!
//! Promises: a run that goes wrong is held by the worker at the answer that is one too many, and paused for everybody
//! within some seconds (at some providers, when it is theirs), with one mail to the people whose work it is; a relay that
//! nobody can use is told once in [`TELL_AGAIN`], whatever the number of workers.
//! Nobody is marked failed by any of it. The rules are in [`super::rates`]. Held to it by `worker_tests.rs` and
//! `tests/it/delivery/rates.rs`.

use super::canary;
use super::engine::Engine;
use super::rates::{self, Brake, BrakeScope, Workers};
use super::{steering, store};
use crate::app::App;
use crate::base::{Every, Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::editions::{self, EditionError, EditionId};
use crate::operators::Actor;
use crate::operators::alert::{self, Alert, Readers};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How often leaves are taken and news are read when nothing asks for it sooner.
const REFILL_EVERY: Span = Span::millis(250);
const FLUSH_EVERY: Span = Span::seconds(1);
/// How often the other workers are counted.
const COUNT_EVERY: Span = Span::seconds(5);
/// The same trouble with a relay is told again after this time.
const TELL_AGAIN: Span = Span::hours(6);

/// Runs until `stop`, and never ends in the middle of a turn: what a turn has taken to tell the others is nowhere else
/// until it is told. What was learnt after the last one is written by [`last_words`].
pub(super) async fn govern(engine: Arc<Engine>, stop: CancellationToken) {
    let clock = Arc::clone(&engine.app.context.clock);
    let now = engine.app.now();
    let (mut flush, mut count) = (Every::new(FLUSH_EVERY, now), Every::new(COUNT_EVERY, now + COUNT_EVERY));
    loop {
        tokio::select! {
            () = engine.rates.hungry() => {}
            () = engine.rates.alarmed() => flush.hurry(),
            () = engine.trouble.notified() => flush.hurry(),
            () = clock.sleep_until(engine.app.now() + REFILL_EVERY) => {}
            () = stop.cancelled() => return,
        }
        let now = engine.app.now();
        let result = async {
            engine.rates.refill(&engine.app).await?;
            if flush.take_turn(now) {
                last_words(&engine).await?;
            }
            if count.take_turn(now) {
                count_workers(&engine).await?;
            }
            Ok::<(), StoreError>(())
        };
        if let Err(error) = result.await {
            tracing::warn!(%error, "limits and pauses could not be shared; limited mails wait");
            stop.run_until_cancelled(clock.sleep_until(engine.app.now() + FLUSH_EVERY)).await;
        }
    }
}

/// What the others must know, and what follows from what they know.
///
/// # Errors
/// As the database says.
pub(super) async fn last_words(engine: &Engine) -> Result<(), StoreError> {
    engine.rates.flush(&engine.app).await?;
    // First: a canary that went wrong is a wrong run, too, and must not stop the edition twice.
    canary::look(&engine.app).await?;
    for (edition, brake) in engine.rates.brakes() {
        stop(&engine.app, edition, &brake).await?;
    }
    tell_of_relays(engine).await
}

/// A share for each that lives.
///
/// # Errors
/// As the database says.
pub(super) async fn count_workers(engine: &Engine) -> Result<(), StoreError> {
    let mut living = store::list_living(&mut engine.app.db.read().await?, engine.app.now()).await?;
    living.sort_unstable();
    let rank = living.iter().position(|owner| *owner == engine.owner).unwrap_or(0);
    let count = u32::try_from(living.len().max(1)).unwrap_or(1);
    engine.rates.set_workers(Workers { count, rank: u32::try_from(rank).unwrap_or(0) });
    Ok(())
}

/// The brake: nothing more of it goes out until somebody has looked.
async fn stop(app: &App, id: EditionId, brake: &Brake) -> Result<(), StoreError> {
    let why = brake.to_string();
    let mut tx = app.db.begin().await?;
    let Some(edition) = editions::find_edition(&mut tx, id).await? else { return Ok(()) };
    let (is_new, resume) = match &brake.scope {
        BrakeScope::Edition => (edition.paused_at.is_none(), format!("lamplighter edition resume {}", edition.label)),
        BrakeScope::Group(group) => {
            let paused = store::pause_open_group(&mut tx, id, group, app.now()).await?;
            if paused > 0 {
                let note = steering::told(group, &format!("the brake: {why}"));
                match editions::note_while_sending(app, &mut tx, Actor::System, id, "pause_group", &note).await {
                    Ok(_) => {}
                    Err(EditionError::Store(error)) => return Err(error),
                    // It ended at this moment.
                    Err(_) => return Ok(()),
                }
            }
            (paused > 0, format!("lamplighter edition resume {} --group {group}", edition.label))
        }
    };
    if !is_new {
        return Ok(());
    }
    let alert = Alert {
        heading: format!("The edition {} was stopped on its way", edition.label),
        what: why.clone(),
        details: Vec::new(),
        next_step: format!(
            "Nobody is lost: who has not got it waits. When it is mended, press \u{201c}Go on\u{201d} on its page at the \
             desk (or run `{resume}`)."
        ),
        link: app.config.site.link(&format!("/desk/editions/{id}")),
        link_label: "Open it at the desk",
    };
    alert::tell(app, &mut tx, app.now(), Readers::Editors, &alert).await?;
    tx.commit().await?;
    tracing::error!(edition = id.0, why, "the brake stopped a run");
    if brake.scope == BrakeScope::Edition {
        match editions::pause(app, Actor::System, id, &format!("the brake: {why}")).await {
            Ok(_) => {}
            Err(EditionError::Store(error)) => return Err(error),
            // It ended at this moment.
            Err(error) => tracing::info!(edition = id.0, %error, "the brake came too late"),
        }
    }
    app.wake.outbox();
    app.wake.deliveries();
    Ok(())
}

/// A relay that is left alone because it failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RelayTrouble {
    /// `host:port`
    pub relay: String,
    /// The cause, with the next step.
    pub why: String,
    /// When it is tried again (RFC 3339).
    pub until: Option<String>,
}

/// The relays that take no mail for now, and why, as all workers know it.
///
/// # Errors
/// As the database says.
pub async fn list_relay_troubles(app: &App) -> Result<Vec<RelayTrouble>, StoreError> {
    Ok(troubles(rates::survey_for_all(app).await?))
}

fn troubles(views: Vec<rates::ScopeView>) -> Vec<RelayTrouble> {
    views
        .into_iter()
        .filter_map(|view| {
            let closed = view.closed.filter(|it| it.because == rates::Because::RelayFails)?;
            let relay = view.scope.strip_prefix("relay:")?.to_owned();
            Some(RelayTrouble { relay, why: view.why?, until: closed.until })
        })
        .collect()
}

/// A relay that is left alone, once.
async fn tell_of_relays(engine: &Engine) -> Result<(), StoreError> {
    let now = engine.app.now();
    for RelayTrouble { relay, why, .. } in troubles(engine.rates.snapshot(now)) {
        let mut tx = engine.app.db.begin().await?;
        if !is_first_to_tell(&mut tx, now, &relay).await? {
            continue;
        }
        let alert = Alert {
            heading: format!("The relay {relay} takes no mail"),
            what: why.clone(),
            details: Vec::new(),
            next_step: "Nobody is lost and nobody is marked failed: everything waits, and goes on by itself when the \
                        relay takes mail again. Relays at the desk show when it is tried."
                .to_owned(),
            link: engine.app.config.site.link("/desk/relays"),
            link_label: "Open the relays",
        };
        alert::tell(&engine.app, &mut tx, now, Readers::Admins, &alert).await?;
        tx.commit().await?;
        tracing::error!(relay, why, "the relay takes no mail; everything waits");
        engine.app.wake.outbox();
    }
    Ok(())
}

async fn is_first_to_tell(tx: &mut Tx, now: Timestamp, relay: &str) -> Result<bool, StoreError> {
    Ok(store::take_turn(tx, &format!("relay-alert:{relay}"), now, now + TELL_AGAIN).await? > 0)
}
