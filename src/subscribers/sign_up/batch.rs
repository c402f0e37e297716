//! A turn of sign-ups: all that waited, in one transaction, so that one fsync serves hundreds of visitors.
//!
//! Each is judged by itself and in its order, as if it had come alone; one that the database will not take fails alone
//! (the others are done again without it). The hits of a network are counted whatever comes of the sign-up.

use super::owing::{Owed, Wanted, owe};
use super::proof::Solved;
use super::{Credentials, Hourly, SignUp, SignUpError, SignedUp, Wish};
use crate::app::{App, rate};
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::publications::{Publication, PublicationId, Section, list_publications, list_sections};
use crate::subscribers::consent;
use crate::subscribers::model::Consent;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Sign-ups of one transaction.
pub(super) const BATCH_MAX: usize = 500;
const FORM_URL_CHARS_MAX: usize = 500;
const PROOF_WINDOW: Span = Span::days(1);
/// Another try for a turn that met another process at the same rows.
const TRIES_MAX: usize = 3;

/// A sign-up whose address reads.
pub(super) struct Request {
    pub email: EmailAddr,
    pub asked: SignUp,
    pub credentials: Credentials,
}

pub(super) type Answer = Result<SignedUp, SignUpError>;

/// Serves a turn; answers in its order.
pub(super) async fn serve(app: App, requests: Vec<Request>) -> Vec<Answer> {
    let mut tries = 1;
    loop {
        match write(&app, &requests).await {
            Ok(answers) => return answers,
            Err(error) if error.is_worth_another_try() && tries < TRIES_MAX => tries += 1,
            Err(StoreError::Unavailable(cause)) => {
                tracing::error!(%cause, sign_ups = requests.len(), "sign-ups could not be written");
                return requests.iter().map(|_| Err(SignUpError::Store(StoreError::away()))).collect();
            }
            Err(error) if requests.len() == 1 => return vec![Err(error.into())],
            Err(error) => {
                tracing::error!(%error, sign_ups = requests.len(), "a turn of sign-ups failed; each is tried alone");
                let mut answers = Vec::with_capacity(requests.len());
                for request in requests {
                    let answer = write(&app, std::slice::from_ref(&request)).await;
                    answers.push(answer.map_or_else(|error| Err(error.into()), |mut all| all.remove(0)));
                }
                return answers;
            }
        }
    }
}

async fn write(app: &App, requests: &[Request]) -> Result<Vec<Answer>, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let mut networks = Networks::count(app, &mut tx, now, requests).await?;
    let mut newsroom = Newsroom::read(&mut tx).await?;
    let mut answers = Vec::with_capacity(requests.len());
    let mut wanted = Vec::with_capacity(requests.len());
    for request in requests {
        if let Err(retry_after) = networks.admit(app, request) {
            answers.push(Err(SignUpError::RateLimited { retry_after }));
            continue;
        }
        if networks.is_spent(request) {
            answers.push(Err(SignUpError::AskAgain(super::AskAgain::Wait)));
            continue;
        }
        let (publication, wish) = match newsroom.check(&mut tx, &request.asked).await? {
            Ok(found) => found,
            Err(error) => {
                answers.push(Err(error));
                continue;
            }
        };
        if request.asked.honeypot.is_empty() {
            let given = consent_of(app, &publication, &wish, &request.asked, now);
            wanted.push(Wanted { email: request.email.clone(), wish, given, hourly: Hourly::Capped });
        }
        answers.push(Ok(SignedUp { publication }));
    }
    let owed = owe(app, &mut tx, now, &wanted).await?;
    tx.commit().await?;
    app.context.faults.hit(CrashPoint::AfterSignUpCommit).await;
    if owed.contains(&Owed::Mail) {
        app.wake.outbox();
    }
    Ok(answers)
}

fn consent_of(app: &App, publication: &Publication, wish: &Wish, asked: &SignUp, now: Timestamp) -> Consent {
    Consent {
        publication_id: publication.id,
        source: asked.source,
        text_version: consent::version(&wish.language),
        text: consent::text(publication, &wish.language),
        form_url: kept_form_url(app, publication, &asked.form_url),
        ip_prefix: asked.ip.map(rate::network_of),
        given_at: now,
        confirmed_at: None,
        confirmed_ip_prefix: None,
    }
}

/// Of a page of the newsroom's own the whole address; of another the site alone, for that is all it proves.
fn kept_form_url(app: &App, publication: &Publication, told: &str) -> String {
    let Ok(url) = url::Url::parse(told) else { return told.chars().take(FORM_URL_CHARS_MAX).collect() };
    let site = url::Url::parse(&publication.site_url).ok();
    let ours = [Some(&app.config.site.base_url), site.as_ref()];
    let is_ours = ours.iter().flatten().any(|it| it.host_str() == url.host_str());
    let kept = if is_ours { url.as_str().to_owned() } else { url.origin().ascii_serialization() };
    kept.chars().take(FORM_URL_CHARS_MAX).collect()
}

/// Hits of the turn's networks, and the puzzles it brought.
struct Networks {
    /// What a bucket held before the request that is looked at next.
    counts: HashMap<String, i64>,
    ends_in: Span,
    spent: HashMap<String, i64>,
}

impl Networks {
    async fn count(app: &App, tx: &mut Tx, now: Timestamp, requests: &[Request]) -> Result<Self, StoreError> {
        let mut hits: BTreeMap<String, i64> = BTreeMap::new();
        // Counted in the window in which a puzzle ends: it is the same whenever it is brought back.
        let mut proofs: BTreeMap<Timestamp, BTreeMap<String, i64>> = BTreeMap::new();
        for request in requests {
            if let Some(bucket) = bucket(app, request) {
                *hits.entry(bucket).or_default() += weight(request);
            }
            if let Some(solved) = proof(request) {
                let ends_at = rate::window_end(solved.expires_at, PROOF_WINDOW);
                *proofs.entry(ends_at).or_default().entry(spent_bucket(solved)).or_default() += 1;
            }
        }
        let window = Span::hours(1);
        let mut counts = rate::hit_many(tx, now, window, &hits).await?;
        for (bucket, added) in &hits {
            *counts.entry(bucket.clone()).or_default() -= added;
        }
        let mut spent = HashMap::new();
        for (ends_at, proofs) in &proofs {
            spent.extend(rate::hit_many(tx, *ends_at - PROOF_WINDOW, PROOF_WINDOW, proofs).await?);
            for (proof, added) in proofs {
                *spent.entry(proof.clone()).or_default() -= added;
            }
        }
        Ok(Self { counts, ends_in: rate::window_end(now, window).since(now), spent })
    }

    fn admit(&mut self, app: &App, request: &Request) -> Result<(), Span> {
        let Some(bucket) = bucket(app, request) else { return Ok(()) };
        let count = self.counts.entry(bucket).or_default();
        *count += weight(request);
        if *count > i64::from(app.config.limits.signups_per_network_hour) { Err(self.ends_in) } else { Ok(()) }
    }

    /// Whether its puzzle has served before.
    fn is_spent(&mut self, request: &Request) -> bool {
        let Some(solved) = proof(request) else { return false };
        let count = self.spent.entry(spent_bucket(solved)).or_default();
        *count += 1;
        *count > 1
    }
}

fn bucket(app: &App, request: &Request) -> Option<String> {
    let network = rate::network_of(request.asked.ip?);
    Some(format!("sign_up network {}", app.keys.fingerprint(&network)))
}

const fn weight(request: &Request) -> i64 {
    match request.credentials {
        Credentials::Taken { weight, .. } => weight,
        Credentials::AskAgain(_) => 0,
    }
}

const fn proof(request: &Request) -> Option<&Solved> {
    match &request.credentials {
        Credentials::Taken { proof: Some(solved), .. } => Some(solved),
        _ => None,
    }
}

fn spent_bucket(solved: &Solved) -> String {
    format!("sign_up proof {}", solved.challenge)
}

/// What there is to subscribe to, read once a turn.
struct Newsroom {
    publications: Vec<Arc<Publication>>,
    sections: HashMap<PublicationId, Vec<Section>>,
}

impl Newsroom {
    async fn read(tx: &mut Tx) -> Result<Self, StoreError> {
        let publications = list_publications(tx).await?.into_iter().map(Arc::new).collect();
        Ok(Self { publications, sections: HashMap::new() })
    }

    async fn check(
        &mut self,
        tx: &mut Tx,
        asked: &SignUp,
    ) -> Result<Result<(Arc<Publication>, Wish), SignUpError>, StoreError> {
        let found = match asked.publication.as_deref().filter(|slug| !slug.is_empty()) {
            Some(slug) => self.publications.iter().find(|it| it.slug == slug).ok_or(SignUpError::UnknownPublication),
            None => self.publications.first().ok_or(SignUpError::NoPublication),
        };
        let publication = match found {
            Ok(publication) => Arc::clone(publication),
            Err(error) => return Ok(Err(error)),
        };
        let sections = match self.sections.entry(publication.id) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => unread.insert(list_sections(tx, publication.id).await?),
        };
        Ok(Wish::check(asked, &publication, sections).map(|wish| (publication, wish)))
    }
}
