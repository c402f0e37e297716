//! The sign-up form: what it shows, what a visitor typed into it, and what was wrong with that.

use super::zones::{Region, regions};
use crate::app::App;
use crate::base::text::sentence;
use crate::db::{StoreError, Tx};
use crate::publications::{Publication, list_sections};
use crate::subscribers::{AskAgain, ChoiceError, SignUpError, consent, issue_challenge, issue_form_token};
use crate::web::error::{Error, FieldError};
use crate::web::fields::Fields;
use crate::web::stylesheet;
use crate::words::Words;
use axum::http::StatusCode;

/// A section to tick.
pub(super) struct SectionChoice {
    pub slug: String,
    pub name: String,
    pub is_chosen: bool,
}

/// A local hour to have the mail at.
pub(super) struct HourOption {
    pub hour: String,
    pub is_chosen: bool,
}

/// One form on a page; `key` keeps the ids of several apart.
pub(super) struct SignUpForm {
    pub key: String,
    pub slug: String,
    pub name: String,
    pub description: String,
    /// The consent in the language of the form, which the form posts too.
    pub consent: String,
    pub language: &'static str,
    pub sections: Vec<SectionChoice>,
    /// Empty where the form asks for the address alone.
    pub hours: Vec<HourOption>,
    pub regions: Vec<Region>,
    pub publication_zone: String,
    pub offers_breaking: bool,
    pub takes_breaking: bool,
    pub email: String,
    pub errors: Vec<FieldError>,
    pub is_embedded: bool,
    /// Says when the form was shown.
    pub token: String,
    /// What the browser has to solve, JSON; empty where nothing is asked.
    pub puzzle: String,
    pub puzzle_script: &'static str,
}

impl SignUpForm {
    pub(super) async fn of(
        app: &App,
        tx: &mut Tx,
        publication: &Publication,
        words: Words,
    ) -> Result<Self, StoreError> {
        let sections = list_sections(tx, publication.id).await?;
        Ok(Self {
            key: publication.slug.clone(),
            slug: publication.slug.clone(),
            name: publication.name.clone(),
            description: publication.description.clone(),
            consent: consent::text(publication, words.0.code()),
            language: words.0.code(),
            sections: sections
                .into_iter()
                .map(|it| SectionChoice { slug: it.slug, name: it.name, is_chosen: false })
                .collect(),
            hours: hours(""),
            regions: regions(""),
            publication_zone: publication.time_zone.clone(),
            offers_breaking: publication.offers_breaking(),
            takes_breaking: false,
            email: String::new(),
            errors: Vec::new(),
            is_embedded: false,
            token: issue_form_token(app),
            puzzle: puzzle(app),
            puzzle_script: stylesheet::puzzle_path(),
        })
    }

    /// For a page of several forms: the rest is chosen on the publication's own page.
    pub(super) fn of_the_address_alone(self) -> Self {
        let nothing = (Vec::new(), Vec::new(), Vec::new());
        Self { sections: nothing.0, hours: nothing.1, regions: nothing.2, offers_breaking: false, ..self }
    }

    /// With what was typed and ticked, and what was wrong with it.
    pub(super) fn filled(mut self, fields: &Fields, error: &Error, words: Words) -> Self {
        let chosen = fields.all("sections");
        self.email = fields.get("email").chars().take(TYPED_CHARS_MAX).collect();
        for section in &mut self.sections {
            section.is_chosen = chosen.contains(&section.slug);
        }
        self.hours = hours(fields.get("hour"));
        self.regions = regions(fields.get("time_zone"));
        self.takes_breaking = fields.get("breaking") == "1";
        self.errors = error.fields.iter().map(|it| said(it, words)).collect();
        if self.errors.is_empty() {
            let (_, message) = error.said(words);
            self.errors.push(FieldError { field: "form".into(), code: error.code, message: message.into_owned() });
        }
        self
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

fn puzzle(app: &App) -> String {
    if !app.config.sign_up.proof_of_work {
        return String::new();
    }
    serde_json::to_string(&issue_challenge(app)).unwrap_or_default()
}

/// What of an address is shown again.
pub(super) const TYPED_CHARS_MAX: usize = 300;

fn hours(chosen: &str) -> Vec<HourOption> {
    let option = |hour: u8| HourOption { hour: format!("{hour}"), is_chosen: chosen.parse() == Ok(hour) };
    (0..24).map(option).collect()
}

/// In the language of the form, by its code.
fn said(error: &FieldError, words: Words) -> FieldError {
    let message = words.known(&format!("field-{}", error.code)).map(|it| it.into_owned());
    FieldError { message: message.unwrap_or_else(|| error.message.clone()), ..error.clone() }
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
    let (code, public) = match how {
        AskAgain::Press => (
            "press_again",
            "Please press the button once more. (By program: GET /api/v1/subscriptions/form gives the form_token to send.)",
        ),
        AskAgain::Wait => (
            "wait_and_press",
            "Please wait a quarter of a minute, and press the button once more. (By program: GET \
             /api/v1/subscriptions/form gives a puzzle to solve.)",
        ),
    };
    Error::new(StatusCode::FORBIDDEN, code, "One more press", public).with_field("form", code, public)
}

/// Where a choice stands in a form, and what is wrong with it for machines.
pub(super) const fn field_and_code(reason: &ChoiceError) -> (&'static str, &'static str) {
    match reason {
        ChoiceError::UnknownSection(_) => ("sections", "unknown_section"),
        ChoiceError::UnknownTimeZone => ("time_zone", "unknown_time_zone"),
        ChoiceError::NoBreaking => ("breaking", "no_breaking"),
        ChoiceError::Hour => ("hour", "hour"),
        ChoiceError::Weekday => ("weekday", "weekday"),
        ChoiceError::StoriesMin => ("stories_min", "stories_min"),
        ChoiceError::PauseEnd => ("until", "pause_end"),
    }
}
