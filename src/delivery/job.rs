//! One mail to one person, and how the outcome of an attempt leaves it. Pure.

use super::masking::without_reader;
use super::model::{AttemptOutcome, Delivery, DeliveryId, DeliveryState, LeasedOutbox};
use super::outcome::{Finality, Outcome};
use super::retry::retry_at;
use crate::base::Timestamp;
use crate::mail::EmailAddr;
use crate::mail::outbox::OutboxId;
use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobId {
    Delivery(DeliveryId),
    Outbox(OutboxId),
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivery(id) => write!(f, "delivery {id}"),
            Self::Outbox(id) => write!(f, "outbox {id}"),
        }
    }
}

/// What is to be sent.
#[derive(Clone, Debug)]
pub enum Job {
    Delivery(Delivery),
    Outbox(LeasedOutbox),
}

impl Job {
    pub const fn id(&self) -> JobId {
        match self {
            Self::Delivery(delivery) => JobId::Delivery(delivery.id),
            Self::Outbox(mail) => JobId::Outbox(mail.id),
        }
    }

    /// None if the stored address does not read as one.
    pub fn recipient(&self) -> Option<EmailAddr> {
        match self {
            Self::Delivery(delivery) => EmailAddr::parse(&delivery.email).ok(),
            Self::Outbox(mail) => EmailAddr::parse(&mail.recipient).ok(),
        }
    }

    const fn expires_at(&self) -> Timestamp {
        match self {
            Self::Delivery(delivery) => delivery.expires_at,
            Self::Outbox(mail) => mail.expires_at,
        }
    }

    /// That have ended.
    pub const fn attempts(&self) -> i64 {
        match self {
            Self::Delivery(delivery) => delivery.attempts,
            Self::Outbox(mail) => mail.attempts,
        }
    }

    const fn number(&self) -> i64 {
        match self {
            Self::Delivery(delivery) => delivery.id.0,
            Self::Outbox(mail) => mail.id.0,
        }
    }
}

/// An attempt whose intent is durable.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Counts from 1.
    pub number: i64,
    pub started_at: Timestamp,
}

/// What is written of an attempt, and where it leaves the mail.
#[derive(Clone, Debug)]
pub struct Record {
    pub job: JobId,
    /// None: the mail could not even be composed.
    pub attempt: Option<Attempt>,
    pub relay: String,
    pub outcome: AttemptOutcome,
    pub state: DeliveryState,
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub reply: String,
    pub next_attempt_at: Option<Timestamp>,
}

impl Record {
    /// A mail that will never be one.
    pub fn impossible(job: &Job, reason: String) -> Self {
        Self {
            job: job.id(),
            attempt: None,
            relay: String::new(),
            outcome: AttemptOutcome::Failed,
            state: DeliveryState::Failed,
            code: None,
            enhanced: None,
            reply: reason,
            next_attempt_at: None,
        }
    }

    /// What the outcome of an attempt, known at `now`, makes of the mail.
    ///
    /// A relay's reply may repeat the address: it is kept without it ([`without_reader`]), so that nothing about a mail names its
    /// reader.
    ///
    /// A refusal for now follows the mail's own schedule. What was not sent for a reason of the connection, the login
    /// or the sender is due again at once the first time, since the pause of the relay paces it (or another relay takes
    /// it), and follows its schedule from then on, so that one mail on which connections die does not hold up the others.
    ///
    /// A refusal that is about us and not about the recipient (`is_ours`) puts the mail off, whatever its code.
    pub fn of(job: &Job, attempt: Attempt, relay: &str, outcome: Outcome, is_ours: bool, now: Timestamp) -> Self {
        let told = |reply: &str| without_reader(reply, job.recipient().as_ref());
        let later = || retry_at(job.number(), attempt.number, now, job.expires_at());
        let record = |outcome, state| Self {
            job: job.id(),
            attempt: Some(attempt),
            relay: relay.to_owned(),
            outcome,
            state,
            code: None,
            enhanced: None,
            reply: String::new(),
            next_attempt_at: None,
        };
        match outcome {
            Outcome::Accepted { code, reply } => Self {
                code: Some(code),
                reply: told(&reply),
                ..record(AttemptOutcome::Accepted, DeliveryState::Accepted)
            },
            Outcome::Rejected { code, enhanced, reply, finality } => {
                let base = match finality {
                    Finality::Permanent if !is_ours => record(AttemptOutcome::Failed, DeliveryState::Failed),
                    Finality::Permanent | Finality::Transient => Self {
                        next_attempt_at: Some(later()),
                        ..record(AttemptOutcome::Deferred, DeliveryState::Deferred)
                    },
                };
                Self { code: Some(code), enhanced, reply: told(&reply), ..base }
            }
            Outcome::NotSent(failure) => Self {
                code: failure.code,
                reply: told(&failure.why),
                next_attempt_at: Some(if attempt.number <= 1 { now } else { later() }),
                ..record(AttemptOutcome::NotSent, DeliveryState::Deferred)
            },
            Outcome::Uncertain { why } => {
                Self { reply: told(&why), ..record(AttemptOutcome::Uncertain, DeliveryState::Uncertain) }
            }
        }
    }

    /// The number of the delivery, if it is one.
    pub const fn delivery(&self) -> Option<i64> {
        match self.job {
            JobId::Delivery(id) => Some(id.0),
            JobId::Outbox(_) => None,
        }
    }

    /// The state's reason, in words an operator reads; alike for alike cases, so that a report can count them.
    pub fn reason(&self) -> String {
        match (self.code, self.state) {
            (_, DeliveryState::Accepted) => String::new(),
            (Some(code), _) if self.outcome != AttemptOutcome::NotSent => format!("{code} {}", self.reply),
            _ => self.reply.clone(),
        }
    }
}
