//! `/api/v1/sign-ups`: people who were asked to confirm and have not yet; asking somebody, and asking once more.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind};
use super::readers::{WaitingSignUp, not_found};
use super::{cursor, json};
use crate::app::App;
use crate::mail::EmailAddr;
use crate::operators::tokens::Scope;
use crate::subscribers::{
    self, AskError, AskOutcome, ChoiceError, FOUND_ROWS_MAX, PendingId, ReaderState, SearchFilter,
};
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;

const GROUP: &str = "Subscribers";
const LIST: &str = "sign_ups";
const PAGE_ROWS: i64 = 50;

pub(super) fn routes(contract: Contract) -> Contract {
    let asks = |endpoint: Endpoint| {
        endpoint
            .scope(Scope::Write)
            .answers::<Asked>(202, "What came of it.")
            .refuses(409, "The address is not mailed; detail says why.")
    };
    let rows_max = i64::try_from(FOUND_ROWS_MAX).unwrap_or(PAGE_ROWS);
    contract
        .route(
            Endpoint::get("/sign-ups", "listSignUps", GROUP, "Sign-ups that wait to be confirmed, the newest first")
                .scope(Scope::Write)
                .query("publication", Kind::Text { chars_max: 100 }, "A slug; all without it.")
                .pages(rows_max)
                .answers::<Page>(200, "A page of them.")
                .refuses(404, "There is no such publication.")
                .refuses(409, "The place is gone; begin again."),
            get_sign_ups,
        )
        .route(
            asks(Endpoint::post("/sign-ups", "askToConfirm", GROUP, "Ask somebody to confirm"))
                .about("As their own sign-up would; nothing else comes before they have pressed.")
                .takes::<New>()
                .example(r#"{"email": "anna@readers.example", "publication": "evening"}"#)
                .refuses(404, "There is no such publication."),
            post_sign_up,
        )
        .route(
            asks(Endpoint::post("/sign-ups/{id}/ask", "askAgain", GROUP, "Send a confirmation once more"))
                .about("With what was chosen then."),
            post_ask_again,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SignUpsPage)]
struct Page {
    sign_ups: Vec<WaitingSignUp>,
    next_cursor: Option<String>,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSignUp)]
struct New {
    email: String,
    publication: String,
    /// Slugs; none is all of them.
    #[serde(default)]
    sections: Vec<String>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SignUpAsked)]
struct Asked {
    /// `asked`: the mail is on its way. `later`: not again so soon, or too many for now; it goes when the limits let it.
    /// `not_now`: the address had its mail a moment ago.
    outcome: &'static str,
}

#[derive(serde::Deserialize)]
struct Wanted {
    publication: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn get_sign_ups(
    State(app): State<App>,
    bearer: Bearer,
    Query(asked): Query<Wanted>,
) -> Result<Json<Page>, Error> {
    let after = cursor::read::<1>(LIST, asked.cursor.as_deref())?.map(|[id]| id);
    let limit = usize::try_from(asked.limit.unwrap_or(PAGE_ROWS)).unwrap_or(FOUND_ROWS_MAX);
    let filter =
        SearchFilter { publication: asked.publication, state: Some(ReaderState::Pending), ..SearchFilter::default() };
    let found = subscribers::search(&app, bearer.0.actor(), &filter, after, limit).await.map_err(not_found)?;
    Ok(Json(Page {
        sign_ups: WaitingSignUp::all(found.waiting, &found.undelivered),
        next_cursor: found.next.map(|place| cursor::write(LIST, &[place])),
    }))
}

async fn post_sign_up(
    State(app): State<App>,
    bearer: Bearer,
    request: Request,
) -> Result<(StatusCode, Json<Asked>), Error> {
    let New { email, publication, sections } = json::read(request).await?;
    let email = EmailAddr::parse(&email).map_err(|reason| json::unfit("email", reason.to_string()))?;
    asked(subscribers::ask_to_confirm(&app, bearer.0.actor(), &publication, &email, &sections).await)
}

async fn post_ask_again(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
) -> Result<(StatusCode, Json<Asked>), Error> {
    asked(subscribers::ask_again(&app, bearer.0.actor(), PendingId(id)).await)
}

fn asked(done: Result<AskOutcome, AskError>) -> Result<(StatusCode, Json<Asked>), Error> {
    let outcome = match done.map_err(refused)? {
        AskOutcome::Asked => "asked",
        AskOutcome::Later => "later",
        AskOutcome::NotNow => "not_now",
        AskOutcome::Suppressed(reason) => {
            let told = format!("This address is not mailed ({reason}); GET /api/v1/suppressions tells more.");
            return Err(Error::new(StatusCode::CONFLICT, "suppressed", "Not asked", told));
        }
    };
    Ok((StatusCode::ACCEPTED, Json(Asked { outcome })))
}

fn refused(error: AskError) -> Error {
    let told = error.to_string();
    match error {
        AskError::UnknownPublication(_) => super::publications::unknown(),
        AskError::NotWaiting => Error::new(StatusCode::NOT_FOUND, "not_waiting", "It does not wait", told),
        AskError::Address(_) => json::unfit("email", told),
        AskError::Choice(ChoiceError::UnknownSection(_)) => json::unfit("sections", told),
        AskError::Choice(_) => Error::new(StatusCode::UNPROCESSABLE_ENTITY, "fields", "The fields do not fit", told),
        AskError::Forbidden(error) => error.into(),
        AskError::Store(error) => error.into(),
    }
}
