//! Readers found among many, and what is done in their name: `/api/v1/subscribers/search`, `/export`,
//! `/api/v1/subscriptions/{id}`.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, words};
use super::{cursor, json};
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::tokens::Scope;
use crate::subscribers::{
    self, ChoiceError, Choices, ConsentSource, ExportError, ExportFilter, FOUND_ROWS_MAX, FoundReader,
    FoundSubscription, InTheirNameError, LeftReason, PendingId, ReaderState, SearchError, SearchFilter, SubscriberId,
    SubscriptionId, SubscriptionState, SuppressionReason, Total, Trouble, Waiting,
};
use crate::web::csv_file;
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeSet;
use std::io::BufWriter;

const GROUP: &str = "Subscribers";
/// Places in one are none in another.
const LIST: &str = "found";
const LIST_BY_ADDRESS: &str = "found_by_address";
const WAITING: &str = "waiting";
const PAGE_ROWS: usize = 50;

pub(super) fn routes(contract: Contract) -> Contract {
    let in_their_name = |endpoint: Endpoint| {
        endpoint
            .scope(Scope::Write)
            .answers::<Subscription>(200, "The subscription as it is then.")
            .refuses(404, "There is no such subscription.")
            .refuses(409, "It has ended; the reader alone can begin it again.")
    };
    contract
        .route(
            Endpoint::post("/subscribers/search", "searchSubscribers", GROUP, "Find readers, the newest first")
                .about(
                    "By the beginning of an address or a domain, by publication, state, section, day of joining, source \
                     of consent, trouble. A POST, so that no address stands in a log.",
                )
                .scope(Scope::Write)
                .key(super::contract::Key::None)
                .takes::<Search>()
                .example(r#"{"text": "anna", "state": "active"}"#)
                .answers::<Page>(200, "A page of them.")
                .refuses(404, "There is no such publication.")
                .refuses(409, "Whom the page begins after was erased meanwhile: search again without the cursor."),
            post_search,
        )
        .route(
            Endpoint::post("/subscribers/export", "exportSubscribers", GROUP, "Take the list out as CSV")
                .about("Every subscription with its person and what they agreed to. The trail notes who took it.")
                .scope(Scope::Write)
                .key(super::contract::Key::None)
                .query("publication", super::contract::Kind::Text { chars_max: 100 }, "A slug; all without it.")
                .query("state", words(SubscriptionState::ALL.iter().map(|it| it.as_str())), "All without it.")
                .streams("text/csv", "The list, of one moment.")
                .refuses(404, "There is no such publication."),
            post_export,
        )
        .route(
            in_their_name(Endpoint::put("/subscriptions/{id}/choices", "chooseFor", GROUP, "Choose as a reader asked"))
                .about("Sections, hour, zone, day, breaking news: all of them at once. Because is kept in the trail.")
                .takes::<Chosen>()
                .example(r#"{"sections": ["sport"], "breaking": false, "because": "asked by letter"}"#),
            put_choices,
        )
        .route(
            in_their_name(Endpoint::post("/subscriptions/{id}/pause", "pauseFor", GROUP, "Send a reader nothing for a while"))
                .about("Until a day; without one, a pause ends.")
                .takes::<Pause>()
                .example(r#"{"until": "2026-12-24", "because": "asked on the phone"}"#),
            post_pause,
        )
        .route(
            in_their_name(Endpoint::post("/subscriptions/{id}/leave", "leaveFor", GROUP, "End a subscription as a reader asked"))
                .about("Twice is once.")
                .takes::<Because>()
                .example(r#"{"because": "asked by letter"}"#),
            post_leave,
        )
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = SubscriberSearch)]
#[derive(Default)]
struct Search {
    /// The beginning of an address, or `@domain.example`.
    #[schema(max_length = 320)]
    text: Option<String>,
    /// A slug.
    publication: Option<String>,
    state: Option<ReaderState>,
    /// A slug: who chose it, or takes every section.
    section: Option<String>,
    /// RFC 3339.
    #[schema(format = DateTime)]
    joined_from: Option<String>,
    /// Before this time.
    #[schema(format = DateTime)]
    joined_until: Option<String>,
    consent: Option<ConsentSource>,
    trouble: Option<Trouble>,
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    cursor: Option<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = FoundPage)]
struct Page {
    readers: Vec<Reader>,
    next_cursor: Option<String>,
    /// So many at least fit.
    total_at_least: i64,
    /// The number is exact.
    total_is_exact: bool,
    /// The search stopped at its limit; the next page looks further.
    stopped_early: bool,
    /// Sign-ups that nobody has confirmed: the page itself with the state pending; else, beside the first readers, those
    /// whose address begins as the text says.
    waiting: Vec<WaitingSignUp>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
pub(super) struct WaitingSignUp {
    id: PendingId,
    email: String,
    publication: String,
    consent: ConsentSource,
    requested_at: Timestamp,
    /// When its link ends to work.
    expires_at: Timestamp,
    /// When its mail went; null while a limit puts it off.
    mailed_at: Option<Timestamp>,
    /// The mail could not be delivered: nobody can press its link.
    mail_failed: bool,
}

impl WaitingSignUp {
    pub(super) fn all(waiting: Vec<Waiting>, undelivered: &BTreeSet<PendingId>) -> Vec<Self> {
        waiting.into_iter().map(|it| Self::of(it, undelivered)).collect()
    }

    fn of(it: Waiting, undelivered: &BTreeSet<PendingId>) -> Self {
        Self {
            mail_failed: undelivered.contains(&it.id),
            id: it.id,
            email: it.email,
            publication: it.publication,
            consent: it.source,
            requested_at: it.requested_at,
            expires_at: it.expires_at,
            mailed_at: it.mailed_at,
        }
    }
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = FoundReader)]
struct Reader {
    id: SubscriberId,
    email: String,
    language: String,
    created_at: Timestamp,
    subscriptions: Vec<Found>,
    suppressed: Option<SuppressionReason>,
    bounces: i64,
    complaints: i64,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = FoundSubscription)]
struct Found {
    id: SubscriptionId,
    publication: String,
    state: SubscriptionState,
    left_reason: Option<LeftReason>,
    paused_until: Option<Timestamp>,
}

async fn post_search(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Json<Page>, Error> {
    let asked: Search = json::read(request).await?;
    let is_by_address =
        asked.text.as_deref().is_some_and(|text| !text.trim().is_empty() && !text.trim().starts_with('@'));
    let list = match (asked.state, is_by_address) {
        (Some(ReaderState::Pending), _) => WAITING,
        (_, true) => LIST_BY_ADDRESS,
        _ => LIST,
    };
    let after = cursor::read::<1>(list, asked.cursor.as_deref())?.map(|[place]| place);
    let limit = match asked.limit {
        None => PAGE_ROWS,
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=FOUND_ROWS_MAX).contains(limit))
            .ok_or_else(|| json::unfit("limit", format!("limit is 1 to {FOUND_ROWS_MAX}")))?,
    };
    let filter = SearchFilter {
        text: asked.text.filter(|text| !text.trim().is_empty()),
        publication: asked.publication,
        state: asked.state,
        section: asked.section,
        joined_from: asked.joined_from.as_deref().map(|text| json::time("joined_from", text)).transpose()?,
        joined_until: asked.joined_until.as_deref().map(|text| json::time("joined_until", text)).transpose()?,
        consent: asked.consent,
        trouble: asked.trouble,
    };
    let found = subscribers::search(&app, bearer.0.actor(), &filter, after, limit).await.map_err(not_found)?;
    let (total_at_least, total_is_exact) = match found.total {
        Total::Exactly(count) => (count, true),
        Total::AtLeast(count) => (count, false),
    };
    Ok(Json(Page {
        readers: found.readers.into_iter().map(reader).collect(),
        next_cursor: found.next.map(|place| cursor::write(list, &[place])),
        total_at_least,
        total_is_exact,
        stopped_early: found.stopped_early,
        waiting: WaitingSignUp::all(found.waiting, &found.undelivered),
    }))
}

pub(super) fn not_found(error: SearchError) -> Error {
    match error {
        SearchError::UnknownPublication(_) => super::publications::unknown(),
        SearchError::TroubleOfWaiting => json::unfit("trouble", error.to_string()),
        SearchError::PlaceGone => {
            let told = "The reader after whom this page begins was erased meanwhile; search again without the cursor.";
            Error::new(StatusCode::CONFLICT, "place_gone", "Begin again", told)
        }
        SearchError::Forbidden(error) => error.into(),
        SearchError::Store(error) => error.into(),
    }
}

fn reader(it: FoundReader) -> Reader {
    let found = |it: FoundSubscription| Found {
        id: it.id,
        publication: it.slug,
        state: it.state,
        left_reason: it.left_reason,
        paused_until: it.paused_until,
    };
    Reader {
        id: it.id,
        email: it.email,
        language: it.language,
        created_at: it.created_at,
        subscriptions: it.subscriptions.into_iter().map(found).collect(),
        suppressed: it.suppressed,
        bounces: it.bounces,
        complaints: it.complaints,
    }
}

#[derive(serde::Deserialize)]
struct Which {
    publication: Option<String>,
    state: Option<SubscriptionState>,
}

async fn post_export(State(app): State<App>, bearer: Bearer, Query(asked): Query<Which>) -> Result<Response, Error> {
    let filter = ExportFilter { publication: asked.publication, state: asked.state };
    let mut out = BufWriter::new(csv_file::unnamed(&app)?);
    match subscribers::export(&app, bearer.0.actor(), &filter, &mut out).await {
        Ok(_) => csv_file::send(&app, out, "subscribers").await,
        Err(ExportError::UnknownPublication(_)) => Err(super::publications::unknown()),
        Err(ExportError::Forbidden(error)) => Err(error.into()),
        Err(ExportError::Store(error)) => Err(error.into()),
        Err(error) => Err(Error::internal(error)),
    }
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Subscription {
    subscription_id: SubscriptionId,
    /// False: it was so before.
    changed: bool,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReaderChoices)]
struct Chosen {
    /// Slugs; none is every section.
    #[serde(default)]
    sections: Vec<String>,
    /// Local hour; null is the publication's send time.
    #[schema(minimum = 0, maximum = 23)]
    hour: Option<i64>,
    /// IANA name; null is the publication's.
    time_zone: Option<String>,
    #[serde(default)]
    breaking: bool,
    /// 0 is Monday: the edition of that day alone.
    #[schema(minimum = 0, maximum = 6)]
    weekday: Option<i64>,
    #[schema(minimum = 2, maximum = 99)]
    stories_min: Option<i64>,
    /// How the reader asked for it; without an address.
    #[schema(min_length = 1, max_length = 200)]
    because: String,
}

async fn put_choices(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<Subscription>, Error> {
    let Chosen { sections, hour, time_zone, breaking, weekday, stories_min, because } = json::read(request).await?;
    let wanted = Choices { sections, hour, time_zone, breaking, weekday, stories_min };
    let id = SubscriptionId(id);
    let change = subscribers::choose_for(&app, bearer.0.actor(), id, &wanted, &because).await.map_err(refused)?;
    Ok(Json(Subscription { subscription_id: id, changed: change.is_change() }))
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReaderPause)]
struct Pause {
    /// A date; null ends a pause.
    #[schema(format = Date)]
    until: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    because: String,
}

async fn post_pause(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<Subscription>, Error> {
    let Pause { until, because } = json::read(request).await?;
    let id = SubscriptionId(id);
    let change =
        subscribers::pause_for(&app, bearer.0.actor(), id, until.as_deref(), &because).await.map_err(refused)?;
    Ok(Json(Subscription { subscription_id: id, changed: change.is_change() }))
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReaderLeave)]
struct Because {
    #[schema(min_length = 1, max_length = 200)]
    because: String,
}

async fn post_leave(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Json<Subscription>, Error> {
    let Because { because } = json::read(request).await?;
    let id = SubscriptionId(id);
    let changed = subscribers::leave_for(&app, bearer.0.actor(), id, &because).await.map_err(refused)?;
    Ok(Json(Subscription { subscription_id: id, changed }))
}

pub(super) fn refused(error: InTheirNameError) -> Error {
    let told = error.to_string();
    match error {
        InTheirNameError::Unknown | InTheirNameError::OfAnother => {
            Error::new(StatusCode::NOT_FOUND, "unknown_subscription", "No such subscription", told)
        }
        InTheirNameError::Left => Error::new(StatusCode::CONFLICT, "left", "It has ended", told),
        InTheirNameError::BecauseMissing | InTheirNameError::BecauseUnfit => json::unfit("because", told),
        InTheirNameError::Choice(ChoiceError::UnknownSection(_)) => json::unfit("sections", told),
        InTheirNameError::Choice(ChoiceError::UnknownTimeZone) => json::unfit("time_zone", told),
        InTheirNameError::Choice(_) => {
            Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", told)
        }
        InTheirNameError::Forbidden(error) => error.into(),
        InTheirNameError::Store(error) => error.into(),
    }
}
