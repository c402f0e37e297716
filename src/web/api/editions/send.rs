//! `POST /api/v1/editions/{id}/send`, `pause`, `resume`, `abort`, `resend`: an edition on its way.
//!
//! `send` takes `{"now": true}` to send at once; without it the edition is approved and goes out at its time. With
//! `"only_today": true` the edition of a later day is refused: see [`editions::EditionError::Ahead`]. With a `revision` (or
//! `If-Match: "7"`) nothing is done to an edition that was changed since. It carries an `Idempotency-Key`, as does `resend`; the other three may. However many press it, an edition is sent once: the state sees
//! to that. With `{"group": "gmail"}` `pause`, `resume` and `abort` mean those readers alone. `resend` sends the uncertain again,
//! `{"all": true}`, `{"to": ["anna@readers.example"]}` or `{"deliveries": [4711]}`; some of them may get it twice.

use super::{EditionAlone, GROUP, find, refused};
use crate::app::App;
use crate::delivery::{self, Counts, DeliveryId, Exclusion, GroupError, Progress, ResendError, ResendTo, SealReport};
use crate::editions::{self, AtOnce, Edition, EditionId};
use crate::mail::EmailAddr;
use crate::operators::Actor;
use crate::operators::tokens::Scope;
use crate::web::api::asked::seen;
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Key, Revision};
use crate::web::api::json;
use crate::web::api::once::{Done, once, once_for_sure, request_hash};
use crate::web::error::Error;
use crate::web::fields::body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::de::DeserializeOwned;

pub(super) fn routes(contract: Contract) -> Contract {
    let on_its_way = |path, id, summary| {
        Endpoint::post(path, id, GROUP, summary)
            .about("With a group, those readers alone.")
            .scope(Scope::Send)
            .key(Key::Own)
            .may_take::<Why>()
            .example(r#"{"reason": "a mistake in the top story"}"#)
            .answers::<Counted>(200, "The edition, and where its audience stands.")
            .refuses(409, "It is not in a state for this.")
    };
    contract
        .route(
            Endpoint::post("/editions/{id}/send", "sendEdition", GROUP, "Send it: now, or at its time")
                .about(
                    "However many press it, an edition is sent once. With only_today, the edition of a later day is \
                     refused.",
                )
                .scope(Scope::Send)
                .key(Key::Required)
                .revision(Revision::Optional)
                .may_take::<Send>()
                .example(r#"{"now": true, "revision": 7}"#)
                .answers::<EditionAlone>(200, "Approved: it goes out at its time.")
                .answers::<Sent>(202, "Sealed, and on its way.")
                .refuses(409, "It is of a later day, and only_today was said.")
                .refuses(422, "A check is red; errors names each."),
            post_send,
        )
        .route(on_its_way("/editions/{id}/pause", "pauseEdition", "Stop sending for a while"), post_pause)
        .route(on_its_way("/editions/{id}/resume", "resumeEdition", "Go on sending"), post_resume)
        .route(on_its_way("/editions/{id}/abort", "abortEdition", "Stop sending for good"), post_abort)
        .route(
            Endpoint::post("/editions/{id}/resend", "resendUncertain", GROUP, "Send the uncertain again")
                .about(
                    "Nobody knows whether they have it: some may get it twice. Name them by address or by the numbers of \
                     their deliveries, or say all.",
                )
                .scope(Scope::Send)
                .key(Key::Required)
                .takes::<Again>()
                .example(r#"{"to": ["anna@readers.example"]}"#)
                .answers::<Resent>(202, "They are due again.")
                .refuses(409, "None of them is uncertain, or their time is over."),
            post_resend,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EditionSent)]
pub(super) struct Sent {
    edition: Edition,
    /// Of the audience at the seal.
    candidates: i64,
    prepared: i64,
    excluded: Vec<Exclusion>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EditionCounted)]
struct Counted {
    edition: Edition,
    deliveries: Counts,
    progress: Progress,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Resent {
    edition: Edition,
    /// Readers who are mailed again.
    resent: u64,
    /// Those who are uncertain still.
    uncertain: i64,
}

/// A request with an optional JSON body, read whole.
pub(super) struct Read<T> {
    pub headers: HeaderMap,
    pub hash: String,
    pub asked: T,
}

/// # Errors
/// As [`json`] says of a body that is none.
pub(super) async fn read<T: DeserializeOwned>(request: Request) -> Result<Read<T>, Error> {
    let (headers, path) = (request.headers().clone(), request.uri().path().to_owned());
    let bytes = body(request).await?;
    let hash = request_hash(&format!("POST {path}"), &bytes);
    if !bytes.is_empty() {
        json::require_json(&headers)?;
    }
    let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
    let asked = json::parse(text)?;
    Ok(Read { headers, hash, asked })
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Send {
    /// At once; without it, it is approved and goes out at its time.
    #[serde(default)]
    now: bool,
    /// With now: refuse the edition of a later day, which would have none then.
    #[serde(default)]
    only_today: bool,
    revision: Option<i64>,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StopOrGo)]
struct Why {
    /// It is kept.
    #[serde(default)]
    reason: String,
    /// A mail group; without it, everybody.
    group: Option<String>,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Resend)]
struct Again {
    /// Their addresses.
    #[serde(default)]
    to: Vec<String>,
    /// Numbers of deliveries, as listDeliveries shows them.
    #[serde(default)]
    deliveries: Vec<DeliveryId>,
    #[serde(default)]
    all: bool,
}

async fn post_send(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Send>(request).await?;
    let edition = find(&app, id).await?;
    let seen = seen(&headers)?.or(asked.revision);
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        if asked.now {
            let said = AtOnce { seen, is_only_today: asked.only_today };
            return send_at_once(&its_app, actor, edition.id, said).await;
        }
        let approved = editions::approve_seen(&its_app, actor, edition.id, seen).await.map_err(refused)?;
        Done::of(StatusCode::OK, &EditionAlone { edition: approved })
    };
    once_for_sure(&app, bearer.0.id, &headers, &hash, work).await
}

/// # Errors
/// As the verb's refusal is in HTTP.
pub(super) async fn send_at_once(app: &App, actor: Actor, id: EditionId, said: AtOnce) -> Result<Done, Error> {
    let report = delivery::send_now_as_said(app, actor, id, said).await.map_err(refused)?;
    let SealReport { edition, candidates, prepared, excluded } = report;
    Done::of(StatusCode::ACCEPTED, &Sent { edition, candidates, prepared, excluded })
}

async fn post_pause(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Why>(request).await?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let (id, reason) = (EditionId(id), &asked.reason);
        let paused = match &asked.group {
            Some(group) => delivery::pause_group(&its_app, actor, id, group, reason).await.map_err(group_refused)?,
            None => editions::pause(&its_app, actor, id, reason).await.map_err(refused)?,
        };
        counted(&its_app, &paused).await
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

async fn post_resume(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Why>(request).await?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let id = EditionId(id);
        let resumed = match &asked.group {
            Some(group) => delivery::resume_group(&its_app, actor, id, group).await.map_err(group_refused)?,
            None => delivery::resume(&its_app, actor, id).await.map_err(refused)?,
        };
        counted(&its_app, &resumed).await
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

async fn post_abort(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Why>(request).await?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let (id, reason) = (EditionId(id), &asked.reason);
        let aborted = match &asked.group {
            Some(group) => delivery::abort_group(&its_app, actor, id, group, reason).await.map_err(group_refused)?,
            None => delivery::abort(&its_app, actor, id, reason).await.map_err(refused)?,
        };
        counted(&its_app, &aborted).await
    };
    once(&app, bearer.0.id, &headers, &hash, work).await
}

async fn post_resend(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let Read { headers, hash, asked } = read::<Again>(request).await?;
    let to = meant(&asked)?;
    let (actor, its_app) = (bearer.0.actor(), app.clone());
    let work = async move {
        let id = EditionId(id);
        let resent = delivery::resend_uncertain(&its_app, actor, id, &to).await.map_err(resend_refused)?;
        let (resent, uncertain, edition) = (resent.readers, resent.uncertain, resent.edition);
        Done::of(StatusCode::ACCEPTED, &Resent { edition, resent, uncertain })
    };
    once_for_sure(&app, bearer.0.id, &headers, &hash, work).await
}

/// All, these, or those, and never two of them by mistake.
fn meant(asked: &Again) -> Result<ResendTo, Error> {
    let wrong = |public: String| Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "Who gets it again?", public);
    match (asked.all, asked.to.as_slice(), asked.deliveries.as_slice()) {
        (true, [], []) => Ok(ResendTo::All),
        (false, [], [_, ..]) => Ok(ResendTo::Deliveries(asked.deliveries.clone())),
        (false, [_, ..], []) => {
            let addresses: Result<Vec<EmailAddr>, _> = asked.to.iter().map(|it| EmailAddr::parse(it)).collect();
            Ok(ResendTo::These(addresses.map_err(|error| wrong(format!("An address in `to` is none: {error}.")))?))
        }
        _ => Err(wrong(
            "Name the addresses in `to`, or their `deliveries`, or say `\"all\": true`: one of these.".to_owned(),
        )),
    }
}

fn group_refused(error: GroupError) -> Error {
    match error {
        GroupError::Edition(error) => refused(error),
        ended @ GroupError::Ended { .. } => {
            Error::new(StatusCode::CONFLICT, "group_ended", "This group was ended", ended.to_string())
        }
        unknown @ GroupError::UnknownGroup { .. } => {
            Error::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_group", "No such group", unknown.to_string())
        }
    }
}

fn resend_refused(error: ResendError) -> Error {
    let told = error.to_string();
    match error {
        ResendError::Edition(error) => refused(error),
        ResendError::NobodyUncertain => Error::new(StatusCode::CONFLICT, "nobody_uncertain", "Nobody to send to", told),
        ResendError::NotUncertain(_) => Error::new(StatusCode::CONFLICT, "not_uncertain", "Not uncertain", told),
        ResendError::Expired(_) => Error::new(StatusCode::CONFLICT, "expired", "Too late", told),
    }
}

/// The edition, and where its audience stands at this moment, by mail group as well: one may be paused.
async fn counted(app: &App, edition: &Edition) -> Result<Done, Error> {
    let progress = delivery::progress(app, &mut app.db.read().await?, edition).await?;
    Done::of(StatusCode::OK, &Counted { edition: edition.clone(), deliveries: progress.counts(), progress })
}
