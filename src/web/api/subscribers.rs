//! `/api/v1/subscribers`: readers, looked at, added and forgotten.
//!
//! Addresses are whole for keys with the scope write, and masked for those that may read alone.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind, words};
use super::{cursor, json};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::mail::EmailAddr;
use crate::operators::Permission;
use crate::operators::tokens::Scope;
use crate::publications::{PublicationId, list_publications};
use crate::subscribers::{
    self, AddError, AddOutcome, ChoiceError, EraseError, Erased, LeftReason, ListError, ListFilter, SubscriberId,
    SubscriberLine, SubscriptionId, SubscriptionState, Who,
};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use serde_json::Value;

const GROUP: &str = "Subscribers";
const PAGE_ROWS: i64 = 100;

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::get("/subscribers", "listSubscribers", GROUP, "Subscriptions, in the order in which they were made")
                .about("Addresses are masked unless the key may write as well.")
                .query("publication", Kind::Text { chars_max: 100 }, "A slug; all without it.")
                .query("state", words(SubscriptionState::ALL.iter().map(|it| it.as_str())), "All without it.")
                .pages(PAGE_ROWS_MAX)
                .answers::<Page>(200, "A page of them.")
                .refuses(404, "There is no such publication."),
            get_subscribers,
        )
        .route(
            Endpoint::post("/subscribers", "addSubscriber", GROUP, "Add a reader whose consent you hold")
                .about("Active at once, without a mail. Who left, bounced or complained is not brought back.")
                .scope(Scope::Write)
                .takes::<New>()
                .example(r#"{"email": "anna@readers.example", "publication": "evening", "consent": "at the fair, 3 May 2026"}"#)
                .answers::<Added>(201, "Added.")
                .answers::<Added>(200, "Subscribed before.")
                .refuses(404, "There is no such publication.")
                .refuses(409, "Left earlier, or suppressed; outcome says which."),
            post_subscriber,
        )
        .route(
            Endpoint::get("/subscribers/{id}", "getSubscriber", GROUP, "Everything that is kept about one person")
                .about("Consents, choices, editions, what came back, changes, events: as the person would be given it.")
                .scope(Scope::Write)
                .answers::<Dossier>(200, "All of it."),
            get_subscriber,
        )
        .route(
            Endpoint::post("/subscribers/find", "findSubscriber", GROUP, "Everything that is kept about an address")
                .about("A POST, so that the address stands in no log. Also of one that nobody confirmed.")
                // Its answer is not kept: it would outlive the person.
                .key(super::contract::Key::None)
                .scope(Scope::Write)
                .takes::<ByAddress>()
                .example(r#"{"email": "anna@readers.example"}"#)
                .answers::<Dossier>(200, "All of it.")
                .refuses(404, "Nothing is kept."),
            post_find,
        )
        .route(
            Endpoint::post("/subscribers/erase", "eraseSubscriber", GROUP, "Forget a person")
                .about("All that names them goes. A keyed digest stays, so that no old list brings them back. Twice is once.")
                .scope(Scope::Write)
                .takes::<ByAddress>()
                .example(r#"{"email": "anna@readers.example"}"#)
                .answers::<ErasedAnswer>(200, "What was found of them."),
            post_erase,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SubscribersPage)]
struct Page {
    subscribers: Vec<Line>,
    next_cursor: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SubscriberLine)]
struct Line {
    subscription_id: SubscriptionId,
    subscriber_id: SubscriberId,
    email: String,
    publication_id: PublicationId,
    publication: String,
    state: SubscriptionState,
    /// Null: all of them.
    sections: Option<Vec<String>>,
    created_at: Timestamp,
    changed_at: Timestamp,
    left_reason: Option<LeftReason>,
}

#[derive(serde::Deserialize)]
struct Wanted {
    publication: Option<String>,
    state: Option<SubscriptionState>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_subscribers(
    State(app): State<App>,
    bearer: Bearer,
    Query(asked): Query<Wanted>,
) -> Result<Json<Page>, Error> {
    let actor = bearer.0.actor();
    let after = cursor::read::<1>("subscribers", asked.cursor.as_deref())?.map_or(0, |[id]| id);
    let rows_max = asked.limit.unwrap_or(PAGE_ROWS);
    let filter = ListFilter { publication: asked.publication, state: asked.state, after, rows_max };
    let found = subscribers::list(&app, actor, &filter).await.map_err(not_listed)?;
    let is_full = i64::try_from(found.len()).is_ok_and(|rows| rows == rows_max);
    let next = found.last().filter(|_| is_full).map(|it| cursor::write("subscribers", &[it.subscription_id.0]));
    let slugs = list_publications(&mut app.db.read().await?).await?;
    let slug = |id| slugs.iter().find(|it| it.id == id).map(|it| it.slug.clone()).unwrap_or_default();
    let is_whole = actor.require(Permission::ManageSubscribers).is_ok();
    let line = |it: SubscriberLine| Line {
        email: if is_whole { it.email.clone() } else { it.masked() },
        publication: slug(it.publication_id),
        subscription_id: it.subscription_id,
        subscriber_id: it.subscriber_id,
        publication_id: it.publication_id,
        state: it.state,
        sections: it.sections,
        created_at: it.created_at,
        changed_at: it.changed_at,
        left_reason: it.left_reason,
    };
    Ok(Json(Page { subscribers: found.into_iter().map(line).collect(), next_cursor: next }))
}

fn not_listed(error: ListError) -> Error {
    match error {
        ListError::UnknownPublication(_) => super::publications::unknown(),
        ListError::Forbidden(error) => error.into(),
        ListError::Store(error) => error.into(),
    }
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSubscriber)]
struct New {
    email: String,
    publication: String,
    /// Slugs; none is all of them.
    #[serde(default)]
    sections: Vec<String>,
    /// Where and when they agreed: kept with them as the proof.
    #[schema(min_length = 1, max_length = 500)]
    consent: String,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SubscriberAdded)]
struct Added {
    subscription_id: SubscriptionId,
    /// `added`, `already_there`
    outcome: &'static str,
}

pub(super) fn address(text: &str) -> Result<EmailAddr, Error> {
    EmailAddr::parse(text).map_err(|reason| {
        let public = format!("The address does not read as one: {reason}.");
        let error = Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", public);
        error.with_field("email", reason.code(), reason.to_string())
    })
}

async fn post_subscriber(
    State(app): State<App>,
    bearer: Bearer,
    request: Request,
) -> Result<(StatusCode, Json<Added>), Error> {
    let New { email, publication, sections, consent } = json::read(request).await?;
    let email = address(&email)?;
    let outcome = subscribers::add_with_consent(&app, bearer.0.actor(), &publication, email, &sections, &consent).await;
    let conflict = |code, told: String| Err(Error::new(StatusCode::CONFLICT, code, "Not added", told));
    match outcome.map_err(not_added)? {
        AddOutcome::Added(id) => Ok((StatusCode::CREATED, Json(Added { subscription_id: id, outcome: "added" }))),
        AddOutcome::AlreadyThere(id) => {
            Ok((StatusCode::OK, Json(Added { subscription_id: id, outcome: "already_there" })))
        }
        AddOutcome::LeftEarlier => {
            conflict("left_earlier", "This reader has left. They come back by their own new sign-up.".to_owned())
        }
        AddOutcome::Suppressed(reason) => conflict(
            "suppressed",
            format!("This address is not mailed ({reason}); GET /api/v1/suppressions tells more."),
        ),
    }
}

fn not_added(error: AddError) -> Error {
    let told = error.to_string();
    match error {
        AddError::UnknownPublication(_) => super::publications::unknown(),
        AddError::Choice(ChoiceError::UnknownSection(_)) => json::unfit("sections", told),
        AddError::Choice(_) | AddError::Consent => json::unfit("consent", told),
        AddError::Forbidden(error) => error.into(),
        AddError::Store(error) => error.into(),
    }
}

/// As the person would be given it; times in RFC 3339.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Dossier)]
struct Dossier {
    /// Members by what they hold: subscriber, subscriptions, consents, editions, came_back, events and others.
    #[schema(value_type = Object)]
    dossier: Value,
}

async fn dossier(app: &App, bearer: &Bearer, who: &Who) -> Result<Json<Dossier>, Error> {
    let found = subscribers::dossier(app, bearer.0.actor(), who).await.map_err(not_listed)?;
    let dossier = found.ok_or_else(|| {
        Error::new(StatusCode::NOT_FOUND, "unknown_subscriber", "Nobody known", "Nothing is kept about this person.")
    })?;
    Ok(Json(Dossier { dossier }))
}

async fn get_subscriber(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Json<Dossier>, Error> {
    dossier(&app, &bearer, &Who::Id(SubscriberId(id))).await
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ByAddress {
    email: String,
}

async fn post_find(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Json<Dossier>, Error> {
    let ByAddress { email } = json::read(request).await?;
    dossier(&app, &bearer, &Who::Address(address(&email)?)).await
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SubscriberErased)]
struct ErasedAnswer {
    /// `subscriber`, `sign_up`, `nobody_known`
    found: &'static str,
}

async fn post_erase(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Json<ErasedAnswer>, Error> {
    let ByAddress { email } = json::read(request).await?;
    let erased = subscribers::erase(&app, bearer.0.actor(), &address(&email)?).await.map_err(|error| match error {
        EraseError::Forbidden(error) => Error::from(error),
        EraseError::Store(error) => error.into(),
    })?;
    let found = match erased {
        Erased::Subscriber => "subscriber",
        Erased::SignUp => "sign_up",
        Erased::NobodyKnown => "nobody_known",
    };
    Ok(Json(ErasedAnswer { found }))
}
