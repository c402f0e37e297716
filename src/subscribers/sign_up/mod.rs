//! Signing up: one code path for the form, the embedded form and the API.
//!
//! It promises: whatever the address (new, waiting, subscribed, suppressed), the answer is the same value, at the same time
//! and after the same statements; an address gets one mail a window, however often it is typed ([`gate`]); nothing a
//! visitor typed is echoed in it; a sign-up is durable before it is answered, and those that come together share one
//! commit ([`batch`]). Errors speak of the form and the newsroom's set-up alone, never of persons. The limits by address,
//! domain and over all are silent and only put off ([`waiting`]); the limit by network is told, since it says nothing about
//! anybody's address. A filled honeypot gets the same answer, counts against its network, and nothing else is done. What a
//! sign-up brings along weighs, and is demanded where the newsroom says so ([`credentials`]). Held to it by the tests
//! beside each part, `tests/it/subscribers/` and `benches/signups.rs`.

mod batch;
mod credentials;
mod desk;
mod form_token;
mod gate;
mod owing;
mod proof;
mod waiting;

pub use credentials::{AskAgain, PATIENCE};
pub use form_token::issue_form_token;
pub use proof::{Challenge, issue_challenge};
pub use waiting::{MailedLater, mail_waiting};

#[cfg(test)]
pub(super) use proof::tests::solve as solve_for_tests;

pub(super) use desk::Hourly;
pub(super) use owing::{Owed, Wanted, owe};

use super::choices::{self, ChoiceError};
use super::model::ConsentSource;
use crate::app::{App, Lane};
use crate::base::Span;
use crate::base::hash::sha256_hex;
use crate::db::StoreError;
use crate::mail::{AddressError, EmailAddr};
use crate::publications::{Publication, Section};
use batch::{Answer, Request};
use credentials::Credentials;
use std::net::IpAddr;
use std::sync::Arc;

/// What came through a door, as typed.
#[derive(Clone, Debug)]
pub struct SignUp {
    pub email: String,
    /// A slug; `None` is the newsroom's first publication.
    pub publication: Option<String>,
    /// Slugs; none is all sections.
    pub sections: Vec<String>,
    /// IANA name; `None` follows the publication.
    pub time_zone: Option<String>,
    /// Local hour of delivery.
    pub hour: Option<i64>,
    /// Breaking news too, where the publication offers them.
    pub breaking: bool,
    /// BCP 47; `None` is the publication's.
    pub language: Option<String>,
    pub source: ConsentSource,
    /// Where the form stood, for the consent record.
    pub form_url: String,
    /// `None` at the command line.
    pub ip: Option<IpAddr>,
    /// A field that people do not see; whatever fills it is no person.
    pub honeypot: String,
    /// From [`issue_form_token`], when the form was shown.
    pub form_token: Option<String>,
    /// A solved [`Challenge`], as ALTCHA writes it.
    pub proof: Option<String>,
}

impl SignUp {
    /// The plainest sign-up there is: an address in the form of the first publication, from nowhere.
    pub fn by_form(email: &str) -> Self {
        Self {
            email: email.to_owned(),
            publication: None,
            sections: Vec::new(),
            time_zone: None,
            hour: None,
            breaking: false,
            language: None,
            source: ConsentSource::Form,
            form_url: String::new(),
            ip: None,
            honeypot: String::new(),
            form_token: None,
            proof: None,
        }
    }
}

/// The same for every kind of address: it holds nothing that could tell.
#[derive(Clone, Debug)]
pub struct SignedUp {
    pub publication: Arc<Publication>,
}

#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("there is no publication of this name")]
    UnknownPublication,
    #[error("this newsroom has no publication yet")]
    NoPublication,
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error("the language must be a tag such as en or pt-BR")]
    Language,
    #[error("too many sign-ups from this network; try again later")]
    RateLimited { retry_after: Span },
    #[error("one more press is needed")]
    AskAgain(AskAgain),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A link's token stands in the database as this digest of the number it carries, so that case and trailing dots, which
/// mail programs change, do not matter.
pub(super) fn token_hash(number: i64) -> String {
    let mut digest = sha256_hex(format!("confirm {number}").as_bytes());
    // 128 bits: half the room in an index that every sign-up writes to.
    digest.truncate(32);
    digest
}

/// Takes a sign-up, and owes the address a mail if it may have one. Durable when it answers.
///
/// # Errors
/// [`SignUpError`]; none of them depends on whether the address is known.
pub async fn sign_up(app: &App, asked: SignUp) -> Result<SignedUp, SignUpError> {
    let began = app.now();
    let email = EmailAddr::parse(&asked.email)?;
    refuse_our_own(app, &email)?;
    let credentials = credentials::judge(app, began, asked.form_token.as_deref(), asked.proof.as_deref());
    if let Credentials::AskAgain(how) = credentials {
        return Err(SignUpError::AskAgain(how));
    }
    let lane = app.shared.get::<Lane<Request, Answer>>();
    let request = Request { email, asked, credentials };
    let house = app.clone();
    let answer = lane.ask(request, batch::BATCH_MAX, move |turn| serve_or_crash(house.clone(), turn)).await;
    // What was written differs by a few rows from address to address: the time of the answer shall not.
    app.context.clock.no_sooner(began, ANSWER_TIME_MIN).await;
    answer.unwrap_or_else(|_lost| Err(SignUpError::Store(StoreError::away())))
}

/// A turn runs in a task of its own: a crash of the world (in a test) takes it along, with what it has not committed.
async fn serve_or_crash(app: App, turn: Vec<Request>) -> Vec<Answer> {
    let faults = app.context.faults.clone();
    let served = tokio::select! {
        biased;
        answers = batch::serve(app, turn) => Some(answers),
        () = faults.crashed() => None,
    };
    match served {
        Some(answers) => answers,
        None => std::future::pending().await,
    }
}

/// Longer than one sign-up alone takes on a disk that is at rest.
const ANSWER_TIME_MIN: Span = Span::millis(4);

/// Mail to these would come back to ourselves.
pub(super) fn refuse_our_own(app: &App, email: &EmailAddr) -> Result<(), AddressError> {
    let mail = &app.config.mail;
    let is_bounce = mail.bounce_domain.as_ref().is_some_and(|domain| domain.eq_ignore_ascii_case(email.domain()));
    let is_sender = mail.from.email.to_string().eq_ignore_ascii_case(&email.expose());
    if is_bounce || is_sender { Err(AddressError::Role) } else { Ok(()) }
}

/// What was chosen, checked against the publication.
pub(super) struct Wish {
    pub sections: Option<Vec<String>>,
    pub time_zone: Option<String>,
    pub hour: Option<i64>,
    pub breaking: bool,
    pub language: String,
}

impl Wish {
    fn check(asked: &SignUp, publication: &Publication, sections: &[Section]) -> Result<Self, SignUpError> {
        let sections = choices::sections(sections, &asked.sections)?;
        let language = match asked.language.as_deref().map(str::trim).filter(|tag| !tag.is_empty()) {
            None => publication.language.clone(),
            Some(tag) if is_language_tag(tag) => tag.to_owned(),
            Some(_) => return Err(SignUpError::Language),
        };
        Ok(Self {
            sections,
            time_zone: choices::time_zone(asked.time_zone.as_deref())?,
            hour: choices::hour(asked.hour)?,
            breaking: choices::breaking(publication, asked.breaking)?,
            language,
        })
    }
}

fn is_language_tag(tag: &str) -> bool {
    (2..=35).contains(&tag.len())
        && tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
