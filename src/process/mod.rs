//! One process of Lamplighter: the roles it was given put together, and stopped in good order.
//!
//! The service's jobs and the pages know nothing of each other; whoever starts a process (`serve`, the demo) starts them
//! here. A stop lets each finish what is in flight, within [`DRAIN_TIME_MAX`]; what does not end in time is found and
//! settled at the next start. Held to it by `tests/it/delivery/` and `tests/it/cli/`.

use crate::app::App;
use crate::app::keys::KEYS_EVERY;
use crate::base::limits::DRAIN_TIME_MAX;
use crate::service::{self, Roles, RunError};
use crate::sink::Sink;
use crate::web;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error(transparent)]
    Service(#[from] RunError),
    #[error("the pages could not be served: {0}")]
    Pages(#[from] io::Error),
    #[error("a part of the process broke off: {0}")]
    Broken(#[from] JoinError),
}

/// Runs the roles until `stop`, or until one of them breaks off; then stops the others and closes the database. The
/// pages are served on `pages`, if this process has the web role.
///
/// # Errors
/// [`ProcessError`] of the part that ended first.
pub async fn serve(
    app: App,
    roles: Roles,
    pages: Option<TcpListener>,
    stop: CancellationToken,
) -> Result<(), ProcessError> {
    let mut jobs = tokio::spawn(service::run(app.clone(), roles, stop.clone()));
    let (web_app, web_stop) = (app.clone(), stop.clone());
    let mut web = tokio::spawn(async move {
        match pages {
            Some(listener) => web::serve(web_app, listener, web_stop).await,
            None => {
                web_stop.cancelled().await;
                Ok(())
            }
        }
    });
    let (keys_app, keys_stop) = (app.clone(), stop.clone());
    tokio::spawn(async move { keys_stop.run_until_cancelled(read_keys(keys_app)).await });
    let first = tokio::select! {
        () = stop.cancelled() => None,
        ended = &mut jobs => Some(ended.map_err(ProcessError::from).and_then(|done| done.map_err(ProcessError::from))),
        ended = &mut web => Some(ended.map_err(ProcessError::from).and_then(|done| done.map_err(ProcessError::from))),
    };
    stop.cancel();
    let drained = tokio::time::timeout(DRAIN_TIME_MAX.to_std(), async {
        if !web.is_finished() {
            web.await??;
        }
        if !jobs.is_finished() {
            jobs.await??;
        }
        app.db.close().await;
        Ok::<(), ProcessError>(())
    })
    .await;
    match (first, drained) {
        (Some(Err(error)), _) | (_, Ok(Err(error))) => Err(error),
        (_, Ok(Ok(()))) => Ok(()),
        (_, Err(_)) => {
            tracing::warn!("not everything ended in time; what was in flight is settled at the next start");
            Ok(())
        }
    }
}

/// A key that was added by another process signs links that this one must know.
async fn read_keys(app: App) {
    loop {
        app.context.clock.sleep_until(app.now() + KEYS_EVERY).await;
        if let Err(error) = app.keys.reload(&app.db, app.now()).await {
            tracing::warn!(%error, "the signing keys could not be read; those read before stay");
        }
    }
}

/// Shows what a test sink catches, until `stop`.
///
/// # Errors
/// As serving pages says.
pub async fn show_mails(sink: Arc<Sink>, pages: TcpListener, stop: CancellationToken) -> io::Result<()> {
    let router = web::mailbox::router(sink);
    axum::serve(pages, router).with_graceful_shutdown(stop.cancelled_owned()).await
}
