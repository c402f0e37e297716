//! `POST /api/v1/subscriptions`: a sign-up by JSON. Whatever the address, the answer is 202 with the same body.

use super::contract::{Contract, Endpoint};
use super::json;
use crate::app::App;
use crate::subscribers::{Challenge, ConsentSource, PATIENCE, SignUp, issue_challenge, issue_form_token, sign_up};
use crate::web::client::ClientIp;
use crate::web::error::Error;
use crate::web::fields::body;
use crate::web::public::sign_up_error;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;

const GROUP: &str = "Signing up";

pub(super) fn routes(contract: Contract) -> Contract {
    contract
        .route(
            Endpoint::post("/subscriptions", "signUp", GROUP, "Sign up")
                .about(
                    "For a form of your own. Whatever the address, the answer is the same: who is subscribed is told to \
                     nobody. A mail asks the reader to confirm.",
                )
                .open()
                .takes::<Asked>()
                .example(r#"{"email": "anna@readers.example", "publication": "evening"}"#)
                .answers::<Accepted>(202, "If the address can subscribe, a mail is on its way.")
                .refuses(404, "There is no such publication."),
            post_subscription,
        )
        .route(
            Endpoint::get("/subscriptions/form", "getSignUpForm", GROUP, "What a form asks for when it is shown")
                .about("Its token, and a puzzle where the newsroom demands one.")
                .open()
                .answers::<Form>(200, "The token goes back as form_token."),
            get_form,
        )
        .route(
            Endpoint::get("/subscriptions/challenge", "getChallenge", GROUP, "A puzzle alone")
                .about("As ALTCHA's widget asks for it.")
                .open()
                .answers::<Challenge>(200, "The solution goes back as altcha."),
            get_challenge,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SignUpAccepted)]
struct Accepted {
    status: &'static str,
    message: &'static str,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SignUpForm)]
struct Form {
    form_token: String,
    /// A form that comes back sooner is no person's.
    seconds_min: u32,
    /// Instead of a solved puzzle; null where none is demanded.
    seconds_without_proof: Option<i64>,
    challenge: Option<Challenge>,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignUp)]
struct Asked {
    email: String,
    #[serde(default)]
    publication: Option<String>,
    #[serde(default)]
    sections: Vec<String>,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    breaking: bool,
    #[serde(default)]
    language: Option<String>,
    /// Local hour of delivery.
    #[serde(default)]
    hour: Option<i64>,
    /// From `GET /api/v1/subscriptions/form`.
    #[serde(default)]
    form_token: Option<String>,
    /// The solved puzzle, in base64 as ALTCHA's widget writes it.
    #[serde(default)]
    altcha: Option<String>,
    /// A field that people do not see.
    #[serde(default)]
    leave_this_empty: String,
}

async fn get_form(State(app): State<App>) -> Json<Form> {
    let config = &app.config.sign_up;
    let challenge = config.proof_of_work.then(|| issue_challenge(&app));
    Json(Form {
        form_token: issue_form_token(&app),
        seconds_min: config.form_seconds_min,
        seconds_without_proof: config.proof_of_work.then_some(PATIENCE.as_seconds()),
        challenge,
    })
}

async fn get_challenge(State(app): State<App>) -> Json<Challenge> {
    Json(issue_challenge(&app))
}

async fn post_subscription(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    request: Request,
) -> Result<(StatusCode, Json<Accepted>), Error> {
    let asked = read(request).await?;
    let asked = SignUp {
        publication: asked.publication,
        sections: asked.sections,
        time_zone: asked.time_zone,
        breaking: asked.breaking,
        language: asked.language,
        hour: asked.hour,
        form_token: asked.form_token,
        proof: asked.altcha,
        honeypot: asked.leave_this_empty,
        source: ConsentSource::Api,
        form_url: "/api/v1/subscriptions".to_owned(),
        ip,
        ..SignUp::by_form(&asked.email)
    };
    sign_up(&app, asked).await.map_err(sign_up_error)?;
    let message = "If this address can subscribe, a mail with the next step is on its way.";
    Ok((StatusCode::ACCEPTED, Json(Accepted { status: "accepted", message })))
}

async fn read(request: Request) -> Result<Asked, Error> {
    json::require_json(request.headers())?;
    let bytes = body(request).await?;
    json::parse(&bytes)
}
