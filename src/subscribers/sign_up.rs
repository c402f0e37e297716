//! Signing up: one code path for the form, the embedded form and the API.
//!
//! It promises: whatever the address (new, waiting, subscribed, suppressed), the answer is the same value and the work is
//! one write transaction; an address gets one mail a day and publication, however often it is typed; nothing a visitor
//! typed is echoed. Errors speak of the form and the newsroom's set-up alone, never of persons. The limits by address and
//! over all are silent; the limit by network is told, since it says nothing about anybody's address. A filled honeypot
//! gets the same answer, counts against its network, and nothing else is done.
//!
//! A signed and timed form token was weighed and left out: forms are embedded in static pages, stay open overnight and
//! are filled by password managers within a second, so every rule on its age would turn away somebody; the honeypot, the
//! limits and the double opt-in carry the weight.

use super::choices::{self, ChoiceError};
use super::links::preferences_link;
use super::model::{Consent, ConsentSource, SubscriptionState};
use super::store::pending::{self, NewPending};
use super::store::people::{self, ChosenValues};
use super::store::suppressions;
use super::{consent, mails};
use crate::app::{App, Purpose, rate};
use crate::base::hash::sha256_hex;
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::{AddressError, EmailAddr, outbox};
use crate::publications::{Publication, find_publication_by_slug, list_publications, list_sections};
use std::net::IpAddr;

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
        }
    }
}

/// The same for every kind of address: it holds nothing that could tell.
#[derive(Clone, Debug)]
pub struct SignedUp {
    pub publication: Publication,
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
    #[error("the mail could not be written: {0}")]
    Template(#[from] askama::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A link's token stands in the database as this digest of the number it carries, so that case and trailing dots, which
/// mail programs change, do not matter.
pub(super) fn token_hash(number: i64) -> String {
    sha256_hex(format!("confirm {number}").as_bytes())
}

/// Takes a sign-up, and owes the address a mail if it may have one.
///
/// # Errors
/// [`SignUpError`]; none of them depends on whether the address is known.
pub async fn sign_up(app: &App, asked: SignUp) -> Result<SignedUp, SignUpError> {
    let email = EmailAddr::parse(&asked.email)?;
    refuse_our_own(app, &email)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if let Some(ip) = asked.ip {
        let bucket = format!("sign_up network {}", app.keys.fingerprint(&rate::network_of(ip)));
        let hits = rate::hit(&mut tx, now, &bucket, Span::hours(1)).await?;
        if hits.exceed(app.config.limits.signups_per_network_hour) {
            tx.commit().await?;
            return Err(SignUpError::RateLimited { retry_after: hits.window_ends_at.since(now) });
        }
    }
    let publication = find(&mut tx, asked.publication.as_deref()).await?;
    let wish = Wish::check(&mut tx, &asked, &publication).await?;
    if !asked.honeypot.is_empty() {
        tx.commit().await?;
        return Ok(SignedUp { publication });
    }
    let given = Consent {
        publication_id: publication.id,
        source: asked.source,
        text_version: consent::VERSION.to_owned(),
        text: consent::text(&publication),
        form_url: asked.form_url.chars().take(FORM_URL_CHARS_MAX).collect(),
        ip_prefix: asked.ip.map(rate::network_of),
        given_at: now,
        confirmed_at: None,
    };
    let owed = owe_mail(app, &mut tx, now, &email, &publication, &wish, &given, Hourly::Capped).await?;
    tx.commit().await?;
    app.context.faults.hit(CrashPoint::AfterSignUpCommit).await;
    if owed == Owed::Mail {
        app.wake.outbox();
    }
    Ok(SignedUp { publication })
}

const FORM_URL_CHARS_MAX: usize = 500;

/// Mail to these would come back to ourselves.
pub(super) fn refuse_our_own(app: &App, email: &EmailAddr) -> Result<(), AddressError> {
    let mail = &app.config.mail;
    let is_bounce = mail.bounce_domain.as_ref().is_some_and(|domain| domain.eq_ignore_ascii_case(email.domain()));
    let is_sender = mail.from.email.to_string().eq_ignore_ascii_case(&email.expose());
    if is_bounce || is_sender { Err(AddressError::Role) } else { Ok(()) }
}

async fn find(tx: &mut Tx, slug: Option<&str>) -> Result<Publication, SignUpError> {
    match slug.filter(|slug| !slug.is_empty()) {
        Some(slug) => find_publication_by_slug(tx, slug).await?.ok_or(SignUpError::UnknownPublication),
        None => list_publications(tx).await?.into_iter().next().ok_or(SignUpError::NoPublication),
    }
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
    async fn check(tx: &mut Tx, asked: &SignUp, publication: &Publication) -> Result<Self, SignUpError> {
        let sections = choices::sections(&list_sections(tx, publication.id).await?, &asked.sections)?;
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

    pub(super) fn chosen(&self) -> ChosenValues<'_> {
        ChosenValues {
            sections: self.sections.as_deref(),
            time_zone: self.time_zone.as_deref(),
            hour: self.hour,
            breaking: self.breaking,
        }
    }
}

fn is_language_tag(tag: &str) -> bool {
    (2..=35).contains(&tag.len())
        && tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Owed {
    Mail,
    /// The address may not be mailed, or not again today.
    Nothing,
}

/// Whether the cap on confirmations per hour over all holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hourly {
    Capped,
    /// An operator's import: deliberate, and paced by the delivery room.
    Uncapped,
}

/// Queues the one mail this address may have now: a confirmation, or for an active reader the way to the preferences.
/// Every lookup is made for every address.
#[expect(clippy::too_many_arguments, reason = "one step of two verbs; each argument is a thing of its own")]
pub(super) async fn owe_mail(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    email: &EmailAddr,
    publication: &Publication,
    wish: &Wish,
    given: &Consent,
    hourly: Hourly,
) -> Result<Owed, SignUpError> {
    let limits = &app.config.limits;
    let address_hash = app.keys.fingerprint(&email.key());
    let suppressed = suppressions::find(tx, now, &address_hash).await?;
    let known = people::find_subscription_of(tx, email, publication.id).await?;
    let of_all = rate::look(tx, now, CONFIRMATIONS, Span::hours(1)).await?;
    // A person may join two publications on one day: the bucket belongs to the address and the publication.
    let bucket = format!("confirm address {address_hash} {}", publication.id);
    let of_address = rate::hit(tx, now, &bucket, Span::days(1)).await?;

    let number = i64::from_be_bytes(app.context.random.bytes());
    let expires_at = now + Span::hours(i64::from(limits.confirm_link_hours));
    let active = known.filter(|it| it.state == SubscriptionState::Active);
    let mail = match &active {
        Some(it) => mails::already_subscribed(app, publication, email, preferences_link(app, it.id.0), expires_at)?,
        None => {
            let link = app.config.site.link(&format!("/confirm/{}", app.keys.sign(Purpose::Confirm, number)));
            mails::confirmation(app, publication, email, link, expires_at)?
        }
    };
    let over_all = hourly == Hourly::Capped && of_all.count >= i64::from(limits.confirmations_per_hour);
    if suppressed.is_some_and(|reason| !reason.yields_to_double_opt_in())
        || of_address.exceed(limits.confirmations_per_address_day)
        || over_all
    {
        tracing::debug!(address = email.masked(), publication = publication.id.0, "sign-up answered without a mail");
        return Ok(Owed::Nothing);
    }
    rate::hit(tx, now, CONFIRMATIONS, Span::hours(1)).await?;
    if active.is_none() {
        let new = NewPending {
            email,
            chosen: wish.chosen(),
            language: &wish.language,
            token_hash: &token_hash(number),
            consent: given,
            expires_at,
        };
        pending::upsert(tx, now, &new).await?;
    }
    outbox::enqueue(tx, now, &mail).await?;
    Ok(Owed::Mail)
}

/// The bucket of all confirmations.
const CONFIRMATIONS: &str = "confirm all";
