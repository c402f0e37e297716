//! A mail that came to the bounce domain: leaving by mail, or a notice about a mail of ours.
//!
//! Promises: any bytes are taken and none makes it fail; a mail is answered by nothing but the effect it has (RFC 5321
//! 4.5.5: a notice is never answered); when this returns, the effect is committed, so that whoever holds the mail may
//! throw it away; an error means that it must be kept and brought again. Held to it by `tests/it/returns/`.

use super::model::{About, Effect, Proof, Recorded, ReturnKind, Told, Via};
use super::record::{Runs, record};
use super::store;
use super::whose::{self, Claimed};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::bounces::{self, Action, Class, Kind, Reason, Recipient, Report};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::subscribers::{self, MailEnvelope, MailedLeave, SubscriptionId};
use serde::Serialize;

/// What a mail came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Ingested {
    /// A reader left by mail.
    Left { before: bool },
    /// A notice about a mail of ours, or one that claims to be.
    Returned {
        proof: Proof,
        recorded: Recorded,
        /// What was judged of our reader's mail; the report may name others, too.
        reason: Reason,
        report: Box<Report>,
    },
    /// A notice that all is well so far.
    NothingFailed { report: Box<Report> },
    /// Ordinary mail: nobody reads it here.
    NotForUs,
}

/// Reads a mail and acts on it.
///
/// # Errors
/// As the database says; nothing was done then.
pub async fn ingest(app: &App, via: Via, raw: &[u8], envelope: MailEnvelope<'_>) -> Result<Ingested, StoreError> {
    // An address with a token is one reader's, so that a mail to several is about each; all others say nothing.
    let mut own: Vec<&str> = envelope.to.iter().copied().filter(|to| whose::is_ours(&app.keys, to)).collect();
    own.sort_unstable();
    own.dedup();
    if own.len() < 2 {
        return ingest_one(app, via, raw, envelope).await;
    }
    // The first that means anything is told.
    let mut first = Ingested::NotForUs;
    for to in own {
        let done = ingest_one(app, via, raw, MailEnvelope { to: &[to], ..envelope }).await?;
        if first == Ingested::NotForUs {
            first = done;
        }
    }
    Ok(first)
}

async fn ingest_one(app: &App, via: Via, raw: &[u8], envelope: MailEnvelope<'_>) -> Result<Ingested, StoreError> {
    match subscribers::leave_by_mail(app, raw, envelope).await? {
        MailedLeave::Left => return Ok(Ingested::Left { before: false }),
        MailedLeave::AlreadyLeft => return Ok(Ingested::Left { before: true }),
        MailedLeave::FromNobody | MailedLeave::Automatic | MailedLeave::NotUnderstood => {}
    }
    let report = Box::new(bounces::read_for(raw, envelope.to));
    if report.kind == Kind::NotABounce {
        return Ok(Ingested::NotForUs);
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let Whom { proof, about, email } = whom(&mut tx, whose::find_all(&app.keys, &report.hints)).await?;
    let recipient = of_reader(&report, email.as_ref());
    let Some(kind) = kind_of(&report, recipient) else { return Ok(Ingested::NothingFailed { report }) };
    let told = Told {
        via,
        at: None,
        kind,
        class: class_of(&report, recipient),
        reason: recipient.map_or(Reason::Undetermined, |it| it.reason),
        proof,
        about,
        domain: domain_of(recipient),
        code: recipient.and_then(|it| it.code),
        enhanced: recipient.and_then(|it| it.status.clone()),
        reply: recipient.map(|it| it.reply.clone()).unwrap_or_default(),
        remote_mta: recipient.and_then(|it| it.remote_mta.clone()),
        digest: sha256_hex(raw),
    };
    let reason = told.reason;
    let mut runs = Runs::default();
    let recorded = record(app, &mut tx, now, told, &mut runs).await?;
    runs.write(&mut tx, now).await?;
    tx.commit().await?;
    Ok(Ingested::Returned { proof, recorded, reason, report })
}

impl Ingested {
    /// In words for a log or a terminal.
    pub fn in_words(&self) -> String {
        match self {
            Self::Left { before: false } => "a reader left by mail".to_owned(),
            Self::Left { before: true } => "the reader had left before".to_owned(),
            Self::NotForUs => "discarded: neither a wish to leave nor a notice about a mail of ours".to_owned(),
            Self::NothingFailed { .. } => "nothing to do: the notice reports no failure".to_owned(),
            Self::Returned { proof: Proof::None, .. } => {
                "kept as a hint, without effect: no token of ours is in it, so anybody may have written it".to_owned()
            }
            Self::Returned { recorded: Recorded::Again, .. } => "told before; nothing was done again".to_owned(),
            Self::Returned { recorded: Recorded::New(effect), reason, .. } => {
                let what = reason.remedy();
                let done = match effect {
                    Effect::Suppressed => "nothing is sent to this reader any more",
                    Effect::Left => "the reader left by the mail service",
                    Effect::Counted => "counted; several failures over weeks end it",
                    Effect::Noted => "kept for the statistics; the reader is untouched",
                    Effect::Outdated => "without effect: the reader confirmed or changed the address since, or is gone",
                    Effect::Unproved => "without effect",
                };
                format!("{done}. {what}").trim_end().to_owned()
            }
        }
    }
}

/// Whose mail it was, and the address it went to as far as it is known.
pub(super) struct Whom {
    pub proof: Proof,
    pub about: About,
    email: Option<EmailAddr>,
}

/// The first of these tokens that leads to somebody. One that leads to nobody any more is a proof all the same.
pub(super) async fn whom(tx: &mut Tx, claims: Vec<(Proof, Claimed)>) -> Result<Whom, StoreError> {
    let proof = claims.first().map_or(Proof::None, |(proof, _)| *proof);
    let mut first = None;
    for (proof, claimed) in claims {
        let about = about(tx, claimed).await?;
        let person = match about.subscriber() {
            Some(id) => subscribers::find_reader(tx, id).await?,
            None => None,
        };
        if let Some(person) = person {
            return Ok(Whom { proof, about, email: Some(person.address()?) });
        }
        first = first.or(Some(about).filter(|about| *about != About::Nobody));
    }
    Ok(Whom { proof, about: first.unwrap_or(About::Nobody), email: None })
}

async fn about(tx: &mut Tx, claimed: Claimed) -> Result<About, StoreError> {
    Ok(match claimed {
        Claimed::Delivery(id) => {
            let Some(mailed) = store::find_mailed(tx, id).await? else { return Ok(About::Nobody) };
            if subscribers::find_reader(tx, mailed.subscriber_id).await?.is_some() {
                return Ok(About::Delivery(mailed));
            }
            // Joined with another address since: the same person, and a mail to the address of before.
            let joined = subscribers::find_reader_of(tx, SubscriptionId(mailed.subscription_id)).await?;
            joined.map_or(About::Delivery(mailed), About::Reader)
        }
        Claimed::Subscription(id) => {
            subscribers::find_reader_of(tx, SubscriptionId(id)).await?.map_or(About::Nobody, About::Reader)
        }
        Claimed::Single(id) => {
            let Some(single) = store::find_single(tx, id).await? else { return Ok(About::Nobody) };
            let Ok(email) = EmailAddr::parse(&single.recipient) else { return Ok(About::Nobody) };
            let person = subscribers::find_reader_by_address(tx, &email).await?;
            let mailed_at = single.created_at;
            person.map_or(About::Nobody, |it| About::Single { id, reader: it.id, mailed_at })
        }
    })
}

/// Which of the reported recipients is our reader: the one who is named, or the only one. Where a mail was passed on to
/// several, one of whom failed, the reader may well have got it: then the mildest outcome counts.
fn of_reader<'a>(report: &'a Report, email: Option<&EmailAddr>) -> Option<&'a Recipient> {
    let is_named = |it: &&Recipient| {
        let names = [it.original.as_deref(), it.address.as_deref()];
        email.is_some_and(|email| {
            names.into_iter().flatten().any(|name| EmailAddr::parse(name).is_ok_and(|name| name.key() == email.key()))
        })
    };
    let named = report.recipients.iter().find(is_named);
    named.or_else(|| report.recipients.iter().min_by_key(|it| severity(it)))
}

fn severity(it: &Recipient) -> u8 {
    match (it.action, it.class) {
        (Action::Delivered | Action::Relayed | Action::Expanded, _) => 0,
        (Action::Delayed, _) => 1,
        (Action::Failed, Class::Hard) => 3,
        (Action::Failed, _) => 2,
    }
}

/// None: there is nothing to keep.
fn kind_of(report: &Report, recipient: Option<&Recipient>) -> Option<ReturnKind> {
    match report.kind {
        Kind::Complaint => Some(ReturnKind::Complaint),
        Kind::Autoreply => Some(ReturnKind::Autoreply),
        Kind::Challenge => Some(ReturnKind::Challenge),
        Kind::Dsn | Kind::TextBounce => match recipient.map(|it| it.action) {
            None | Some(Action::Failed) => Some(ReturnKind::Bounce),
            Some(Action::Delayed) => Some(ReturnKind::Delay),
            Some(Action::Delivered | Action::Relayed | Action::Expanded) => None,
        },
        Kind::NotABounce => None,
    }
}

/// A feedback report that ends no subscription (`not-spam`, `virus`, `auth-failure`) is no complaint.
fn class_of(report: &Report, recipient: Option<&Recipient>) -> Class {
    match &report.feedback {
        Some(feedback) if feedback.unsubscribes => Class::Complaint,
        Some(_) => Class::Unknown,
        None => recipient.map_or(report.class, |it| it.class),
    }
}

fn domain_of(recipient: Option<&Recipient>) -> String {
    let address = recipient.and_then(|it| it.original.as_deref().or(it.address.as_deref())).unwrap_or_default();
    EmailAddr::parse(address).map(|it| it.domain().to_owned()).unwrap_or_default()
}
