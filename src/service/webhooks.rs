//! Telling the webhooks what happened: whose turn it is comes from [`crate::webhooks`], the way out is the guarded one of
//! `gather`. No transaction is open while an endpoint is waited for; a worker that dies is followed when its lease is over.

use super::jobs::{self, JobName};
use crate::app::App;
use crate::base::text::one_line;
use crate::base::{Span, Timestamp};
use crate::db::StoreError;
use crate::gather::fetch::{FetchError, Fetcher};
use crate::webhooks::{self, ANSWER_BYTES_MAX, Answered, EndpointId, Parcel};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use std::collections::{BTreeMap, HashSet};
use std::pin::pin;

/// An endpoint that takes longer has not answered.
const ANSWER_TIME_MAX: Span = Span::seconds(15);
/// Events told to one endpoint before the others are looked at again.
const IN_ONE_TURN_MAX: usize = 50;

/// How soon a webhook is told.
const LOOK_EVERY: Span = Span::seconds(2);
/// A failed turn is told until one of the same webhook goes well; so long at most, as it may be gone or have nothing due.
const TROUBLE_TOLD_FOR: Span = Span::minutes(10);

/// Which webhooks' latest turns failed, when, and why.
#[derive(Default)]
struct Troubles(BTreeMap<EndpointId, (Timestamp, String)>);

impl Troubles {
    fn note(&mut self, now: Timestamp, id: EndpointId, error: Option<String>) {
        match error {
            Some(error) => self.0.insert(id, (now, error)),
            None => self.0.remove(&id),
        };
    }

    /// The latest of them.
    fn told(&mut self, now: Timestamp) -> Option<String> {
        self.0.retain(|_, (at, _)| now.since(*at) < TROUBLE_TOLD_FOR);
        self.0.values().max_by_key(|(at, _)| *at).map(|(_, error)| error.clone())
    }
}

/// Tells the endpoints what is due, again and again; never returns. Each has its own turn: one that takes its time to answer
/// keeps nobody else waiting.
pub async fn run_webhooks(app: &App) {
    let (mut turns, mut at_work) = (FuturesUnordered::new(), HashSet::new());
    let mut fetcher: Option<Fetcher> = None;
    let mut troubles = Troubles::default();
    loop {
        let began_at = app.now();
        let looked = look(app, &mut fetcher).await;
        let mut trouble = looked.as_ref().err().cloned();
        if let Ok((due, fetcher)) = looked {
            for id in due.into_iter().filter(|id| at_work.insert(*id)) {
                let fetcher = fetcher.clone();
                turns.push(async move { (id, tell_one(app, &fetcher, id).await) });
            }
        }
        trouble = trouble.or_else(|| troubles.told(began_at));
        jobs::note(app, JobName::Webhooks, began_at, LOOK_EVERY, trouble).await;
        let mut pause = pin!(app.context.clock.sleep_until(app.now() + LOOK_EVERY));
        loop {
            tokio::select! {
                () = &mut pause => break,
                Some((id, told)) = turns.next() => {
                    at_work.remove(&id);
                    let error = told.err().map(|error| error.to_string());
                    if let Some(error) = &error {
                        tracing::error!(%error, webhook = id.0, "a webhook could not be told");
                    }
                    troubles.note(app.now(), id, error);
                }
            }
        }
    }
}

/// What is due, and the way out. A way out that cannot be made now (the machine's certificates cannot be read) is tried
/// again at the next look.
async fn look(app: &App, fetcher: &mut Option<Fetcher>) -> Result<(Vec<EndpointId>, Fetcher), String> {
    let made = match fetcher.take() {
        Some(made) => made,
        None => Fetcher::new(&app.config).map_err(|error| said(&error))?,
    };
    *fetcher = Some(made.clone());
    let due = webhooks::due_endpoints(app).await.map_err(|error| said(&error))?;
    Ok((due, made))
}

fn said(error: &dyn std::error::Error) -> String {
    tracing::error!(%error, "webhooks could not be told");
    error.to_string()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_turn_is_told_until_one_of_the_same_webhook_goes_well_or_it_is_long_ago() {
        let (mut troubles, one, two) = (Troubles::default(), EndpointId(1), EndpointId(2));
        let at = |span| Timestamp::EPOCH + span;
        assert_eq!(troubles.told(at(Span::ZERO)), None);
        troubles.note(at(Span::ZERO), one, Some("locked".to_owned()));
        troubles.note(at(Span::seconds(1)), two, None);
        assert_eq!(troubles.told(at(Span::seconds(4))).as_deref(), Some("locked"), "another's success mends nothing");
        troubles.note(at(Span::seconds(5)), two, Some("full".to_owned()));
        assert_eq!(troubles.told(at(Span::seconds(6))).as_deref(), Some("full"));
        troubles.note(at(Span::seconds(7)), two, None);
        assert_eq!(troubles.told(at(Span::seconds(8))).as_deref(), Some("locked"));
        assert_eq!(troubles.told(at(TROUBLE_TOLD_FOR)), None);
    }
}
