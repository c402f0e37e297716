//! Telling the webhooks what happened: whose turn it is comes from [`crate::webhooks`], the way out is the guarded one of
//! `gather`. No transaction is open while an endpoint is waited for; a worker that dies is followed when its lease is over.

use super::jobs::{self, JobName};
use crate::app::App;
use crate::base::Span;
use crate::base::text::one_line;
use crate::db::StoreError;
use crate::gather::fetch::{FetchError, Fetcher};
use crate::webhooks::{self, ANSWER_BYTES_MAX, Answered, EndpointId, Parcel};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use std::collections::HashSet;
use std::pin::pin;

/// An endpoint that takes longer has not answered.
const ANSWER_TIME_MAX: Span = Span::seconds(15);
/// Events told to one endpoint before the others are looked at again.
const IN_ONE_TURN_MAX: usize = 50;

/// How soon a webhook is told.
const LOOK_EVERY: Span = Span::seconds(2);

/// Tells the endpoints what is due, again and again; never returns. Each has its own turn: one that takes its time to answer
/// keeps nobody else waiting.
pub async fn run_webhooks(app: &App) {
    let fetcher = match Fetcher::new(&app.config) {
        Ok(fetcher) => fetcher,
        Err(error) => {
            tracing::error!(%error, "webhooks cannot be told");
            return;
        }
    };
    let (mut turns, mut at_work) = (FuturesUnordered::new(), HashSet::new());
    let mut trouble: Option<String> = None;
    loop {
        let began_at = app.now();
        match webhooks::due_endpoints(app).await {
            Ok(due) => {
                for id in due.into_iter().filter(|id| at_work.insert(*id)) {
                    let fetcher = &fetcher;
                    turns.push(async move { (id, tell_one(app, fetcher, id).await) });
                }
            }
            Err(error) => {
                tracing::error!(%error, "webhooks could not be told");
                trouble = Some(error.to_string());
            }
        }
        jobs::note(app, JobName::Webhooks, began_at, LOOK_EVERY, trouble.take()).await;
        let mut pause = pin!(app.context.clock.sleep_until(app.now() + LOOK_EVERY));
        loop {
            tokio::select! {
                () = &mut pause => break,
                Some((id, told)) = turns.next() => {
                    at_work.remove(&id);
                    if let Err(error) = told {
                        tracing::error!(%error, webhook = id.0, "a webhook could not be told");
                        trouble = Some(error.to_string());
                    }
                }
            }
        }
    }
}

/// One turn of every endpoint that has something due, side by side; answers how many tries were made.
///
/// # Errors
/// As the database says.
pub async fn tell_webhooks(app: &App) -> Result<usize, StoreError> {
    let due = webhooks::due_endpoints(app).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let fetcher = match Fetcher::new(&app.config) {
        Ok(fetcher) => fetcher,
        Err(error) => {
            tracing::error!(%error, "webhooks cannot be told");
            return Ok(0);
        }
    };
    let told = join_all(due.into_iter().map(|id| tell_one(app, &fetcher, id))).await;
    told.into_iter().sum()
}

async fn tell_one(app: &App, fetcher: &Fetcher, id: EndpointId) -> Result<usize, StoreError> {
    let owner = app.context.random.token::<10>();
    let mut told = 0;
    while told < IN_ONE_TURN_MAX && webhooks::lease(app, id, &owner).await? {
        let Some(parcel) = webhooks::next(app, id, &owner).await? else { break };
        let answered = tell(app, fetcher, &parcel).await;
        webhooks::finish(app, id, &parcel, &answered).await?;
        told += 1;
    }
    webhooks::give_back(app, id, &owner).await?;
    Ok(told)
}

async fn tell(app: &App, fetcher: &Fetcher, parcel: &Parcel) -> Answered {
    let began_at = app.now();
    let headers = [
        ("webhook-id", parcel.signed.id.as_str()),
        ("webhook-timestamp", parcel.signed.timestamp.as_str()),
        ("webhook-signature", parcel.signed.signature.as_str()),
    ];
    let body = parcel.body.clone();
    let posted = fetcher.post_json(&parcel.url, &headers, body, ANSWER_BYTES_MAX, ANSWER_TIME_MAX, began_at).await;
    let took_ms = app.now().since(began_at).as_millis();
    let (status, answer, retry_after) = match posted {
        Ok(posted) => {
            // A stranger's words: shown on pages and terminals.
            let answer = one_line(&String::from_utf8_lossy(&posted.answer));
            (Some(posted.status), answer, posted.retry_after)
        }
        Err(error) => (None, why(&error), None),
    };
    Answered { status, answer, began_at, took_ms, retry_after }
}

fn why(error: &FetchError) -> String {
    match error {
        FetchError::TooSlow => format!("no answer within {} seconds", ANSWER_TIME_MAX.as_seconds()),
        other => other.to_string(),
    }
}
