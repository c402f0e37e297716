//! The sign-up form: what it shows, what a visitor typed into it, and what was wrong with that.

use crate::db::{StoreError, Tx};
use crate::publications::{Publication, list_sections};
use crate::subscribers::{AskAgain, ChoiceError, SignUpError, consent};
use crate::web::error::{Error, FieldError};
use axum::http::StatusCode;

/// A section to tick.
pub(super) struct SectionChoice {
    pub slug: String,
    pub name: String,
    pub is_chosen: bool,
}

/// One form on a page; `key` keeps the ids of several apart.
pub(super) struct SignUpForm {
    pub key: String,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub consent: String,
    pub sections: Vec<SectionChoice>,
    pub offers_breaking: bool,
    pub takes_breaking: bool,
    pub email: String,
    pub errors: Vec<FieldError>,
    pub is_embedded: bool,
}

impl SignUpForm {
    pub(super) async fn of(tx: &mut Tx, publication: &Publication) -> Result<Self, StoreError> {
        let sections = list_sections(tx, publication.id).await?;
        Ok(Self {
            key: publication.slug.clone(),
            slug: publication.slug.clone(),
            name: publication.name.clone(),
            description: publication.description.clone(),
            consent: consent::text(publication, &publication.language),
            sections: sections
                .into_iter()
                .map(|it| SectionChoice { slug: it.slug, name: it.name, is_chosen: false })
                .collect(),
            offers_breaking: publication.offers_breaking(),
            takes_breaking: false,
            email: String::new(),
            errors: Vec::new(),
            is_embedded: false,
        })
    }

    pub(super) fn error(&self, field: &str) -> Option<&FieldError> {
        self.errors.iter().find(|error| error.field == field)
    }

    /// `aria-describedby` of the address.
    pub(super) fn email_described_by(&self) -> String {
        match self.error("email") {
            Some(_) => format!("email-error-{0} consent-{0}", self.key),
            None => format!("consent-{}", self.key),
        }
    }
}

/// What a door tells about a sign-up that it cannot take.
pub(in crate::web) fn sign_up_error(error: SignUpError) -> Error {
    use SignUpError as E;
    let public = error.to_string();
    let (field, code) = match error {
        E::Address(reason) => ("email", reason.code()),
        E::UnknownPublication | E::NoPublication => ("publication", "unknown_publication"),
        E::Choice(ref reason) => field_and_code(reason),
        E::Language => ("language", "language"),
        E::RateLimited { retry_after } => return Error::too_many(retry_after),
        E::AskAgain(how) => return ask_again(how),
        E::Store(error) => return error.into(),
    };
    let sentence = sentence(&public);
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, code, "Please check the form", sentence.clone())
        .with_field(field, code, sentence)
}

/// What a door says to a sign-up that came without what the newsroom demands of it.
fn ask_again(how: AskAgain) -> Error {
    let public = match how {
        AskAgain::Press => {
            "Please press the button once more. (By program: GET /api/v1/subscriptions/form gives the form_token to send.)"
        }
        AskAgain::Wait => {
            "Please wait a quarter of a minute, and press the button once more. (By program: GET \
             /api/v1/subscriptions/form gives a puzzle to solve.)"
        }
    };
    let code = match how {
        AskAgain::Press => "press_again",
        AskAgain::Wait => "wait_and_press",
    };
    Error::new(StatusCode::FORBIDDEN, code, "One more press", public)
}

/// Where a choice stands in a form, and what is wrong with it for machines.
pub(super) const fn field_and_code(reason: &ChoiceError) -> (&'static str, &'static str) {
    match reason {
        ChoiceError::UnknownSection(_) => ("sections", "unknown_section"),
        ChoiceError::UnknownTimeZone => ("time_zone", "unknown_time_zone"),
        ChoiceError::NoBreaking => ("breaking", "no_breaking"),
        ChoiceError::Hour => ("hour", "hour"),
    }
}

/// The first letter large, a full stop at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
