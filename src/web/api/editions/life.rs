//! `POST /api/v1/editions/{id}/VERB`: check, review, approve, reopen, hold, release, skip, cancel, bring-back.
//!
//! The body may be empty, or JSON: `{"revision": 7, "reason": "..."}`. With a revision (or `If-Match: "7"`) nothing is done
//! to an edition that was changed since. The answer is the edition as it is then, and what the checks say of it.

use super::{GROUP, find, refused};
use crate::app::App;
use crate::db::text_enum;
use crate::editions::{self, Check, Conflict, Edition, EditionError};
use crate::operators::Actor;
use crate::operators::tokens::Scope;
use crate::web::api::asked::seen;
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Key, Revision};
use crate::web::api::json;
use crate::web::api::once::{Done, once, request_hash};
use crate::web::error::Error;
use crate::web::fields::body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

text_enum! {
    enum Verb {
        Check = "check",
        Review = "review",
        Approve = "approve",
        Reopen = "reopen",
        Hold = "hold",
        Release = "release",
        Skip = "skip",
        Cancel = "cancel",
        BringBack = "bring-back",
    }
}

impl Verb {
    const fn id(self) -> &'static str {
        match self {
            Self::Check => "checkEdition",
            Self::Review => "reviewEdition",
            Self::Approve => "approveEdition",
            Self::Reopen => "reopenEdition",
            Self::Hold => "holdEdition",
            Self::Release => "releaseEdition",
            Self::Skip => "skipEdition",
            Self::Cancel => "cancelEdition",
            Self::BringBack => "bringBackEdition",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Check => "/editions/{id}/check",
            Self::Review => "/editions/{id}/review",
            Self::Approve => "/editions/{id}/approve",
            Self::Reopen => "/editions/{id}/reopen",
            Self::Hold => "/editions/{id}/hold",
            Self::Release => "/editions/{id}/release",
            Self::Skip => "/editions/{id}/skip",
            Self::Cancel => "/editions/{id}/cancel",
            Self::BringBack => "/editions/{id}/bring-back",
        }
    }

    const fn summary(self) -> &'static str {
        match self {
            Self::Check => "Ask the web about its links and images",
            Self::Review => "Say that it was read",
            Self::Approve => "Approve it: it goes out at its time",
            Self::Reopen => "Take the approval back",
            Self::Hold => "Hold it back: nothing goes out until it is released",
            Self::Release => "Let a held edition go on",
            Self::Skip => "No edition on this date; its stories go into the next one",
            Self::Cancel => "End it; its stories go back to the pool",
            Self::BringBack => "Plan it once more after it was skipped or cancelled, until its send time",
        }
    }
}

pub(super) fn routes(contract: Contract) -> Contract {
    let one = |contract: Contract, verb: Verb| {
        let endpoint = Endpoint::post(verb.path(), verb.id(), GROUP, verb.summary())
            .scope(Scope::Send)
            .key(Key::Own)
            .revision(Revision::Optional)
            .may_take::<Asked>()
            .example(r#"{"revision": 7, "reason": "the minister resigned"}"#)
            .answers::<Checked>(200, "The edition as it is then, and what the checks say of it.")
            .refuses(422, "A check is red; errors names each.")
            .refuses(502, "The web could not be asked.");
        let act = move |State(app): State<App>, bearer: Bearer, Path(id): Path<i64>, request: Request| {
            act(app, bearer, id, verb, request)
        };
        contract.route(endpoint, act)
    };
    Verb::ALL.iter().copied().fold(contract, one)
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EditionChecked)]
struct Checked {
    edition: Edition,
    /// Empty is green, or it is no draft any more.
    checks: Vec<Check>,
}

#[derive(Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = Decision)]
struct Asked {
    /// The revision that you saw; instead of If-Match.
    revision: Option<i64>,
    /// Why; it is kept, and the editors are told.
    #[schema(max_length = 300)]
    reason: String,
}

async fn act(app: App, bearer: Bearer, id: i64, verb: Verb, request: Request) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let headers = request.headers().clone();
    let bytes = body(request).await?;
    let mut asked = if bytes.is_empty() {
        Asked::default()
    } else {
        json::require_json(&headers)?;
        json::parse(&bytes)?
    };
    if let Some(revision) = seen(&headers)? {
        asked.revision = Some(revision);
    }
    let hash = request_hash(&format!("POST /api/v1/editions/{id}/{verb}"), &bytes);
    let (token, actor) = (bearer.0.id, bearer.0.actor());
    let work = {
        let app = app.clone();
        async move { done(&app, actor, id, verb, &asked).await }
    };
    once(&app, token, &headers, &hash, work).await
}

async fn done(app: &App, actor: Actor, id: i64, verb: Verb, asked: &Asked) -> Result<Done, Error> {
    let edition = find(app, id).await?;
    let edition = carry_out(app, actor, edition, verb, asked).await.map_err(refused)?;
    let checks = match edition.state.is_open() {
        true => editions::checks(app, &mut app.db.read().await?, &edition).await.map_err(refused)?,
        false => Vec::new(),
    };
    Done::of(StatusCode::OK, &Checked { edition, checks })
}

async fn carry_out(
    app: &App,
    actor: Actor,
    edition: Edition,
    verb: Verb,
    asked: &Asked,
) -> Result<Edition, EditionError> {
    let (id, seen, reason) = (edition.id, asked.revision, asked.reason.as_str());
    match verb {
        Verb::Check => {
            if seen.is_some_and(|seen| seen != edition.revision) {
                let changes = editions::list_events(&mut app.db.read().await?, id).await?;
                let changes = changes.into_iter().filter(|it| it.revision > seen.unwrap_or_default()).collect();
                let conflict = Conflict { seen: seen.unwrap_or_default(), present: edition.revision, changes };
                return Err(Box::new(conflict).into());
            }
            editions::ask_web(app, actor, id).await?;
            editions::find_edition(&mut app.db.read().await?, id).await?.ok_or(EditionError::Unknown)
        }
        Verb::Review => editions::review(app, actor, id, seen).await,
        Verb::Approve => editions::approve_seen(app, actor, id, seen).await,
        Verb::Reopen => editions::reopen(app, actor, id, reason, seen).await,
        Verb::Hold => editions::hold(app, actor, id, reason, seen).await,
        Verb::Release => editions::release(app, actor, id, seen).await,
        Verb::Skip => editions::skip(app, actor, id, reason, seen).await,
        Verb::Cancel => editions::cancel_seen(app, actor, id, reason, seen).await,
        Verb::BringBack => editions::bring_back(app, actor, id, seen).await,
    }
}
