//! What the loops of one worker share, and one attempt from its intent to its record.

use super::dispatch::Dispatch;
use super::job::{Job, Record};
use super::ledger::{Ledger, Started};
use super::message::{self, Contents, MessageError};
use super::outcome::{Failure, Outcome};
use super::relay::Relay;
use super::session::{MAILS_PER_CONNECTION_MAX, Parcel, Session, Timeouts, tls_settings};
use crate::app::App;
use crate::base::{CrashPoint, Timestamp};
use crate::config::TlsPolicy;
use rustls::ClientConfig;
use std::sync::Arc;

/// How a worker behaves towards relays.
#[derive(Clone, Default)]
pub struct Settings {
    pub timeouts: Timeouts,
    /// Whom to trust; None is whom this machine trusts.
    pub tls: Option<Arc<ClientConfig>>,
}

pub(super) struct Engine {
    pub app: App,
    /// Unique to this worker; stands on its leases.
    pub owner: String,
    pub relays: Vec<Relay>,
    pub dispatch: Arc<Dispatch>,
    settings: Settings,
    tls: Result<Arc<ClientConfig>, String>,
    contents: Contents,
}

/// What became of a job in a connection's hands.
pub(super) enum Carried {
    /// Recorded, whatever the outcome.
    Done,
    /// Not begun, for a reason that may pass.
    NotBegun,
    /// No longer ours.
    Gone,
}

impl Engine {
    pub fn new(app: &App, settings: Settings) -> Self {
        let relays: Vec<Relay> = app.config.relays.iter().cloned().map(Relay::new).collect();
        let needs_tls = relays.iter().any(|relay| relay.config.tls_policy() != TlsPolicy::None);
        let tls = match &settings.tls {
            Some(config) => Ok(Arc::clone(config)),
            None if needs_tls => tls_settings(),
            None => Err("no relay uses TLS".to_owned()),
        };
        let dispatch = Arc::new(Dispatch::new(relays.iter().map(|relay| relay.config.weight)));
        let owner = app.context.random.token::<10>();
        Self { app: app.clone(), owner, relays, dispatch, settings, tls, contents: Contents::default() }
    }

    pub fn timeouts(&self) -> &Timeouts {
        &self.settings.timeouts
    }

    /// Until when every relay is left alone; None when one may be used.
    pub fn all_paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        let pauses: Option<Vec<Timestamp>> = self.relays.iter().map(|relay| relay.paused_until(now)).collect();
        pauses.and_then(|pauses| pauses.into_iter().min())
    }

    pub async fn connect(&self, relay: &Relay) -> Result<Session, Failure> {
        let timeouts = self.settings.timeouts;
        let opened = Session::open(&relay.config, self.hello(), &self.tls, timeouts, MAILS_PER_CONNECTION_MAX).await;
        if let Err(failure) = &opened {
            relay.failed(self.app.now(), failure);
        }
        opened
    }

    /// The name we give in EHLO: the site's, or the mail domain where the site has none of its own.
    fn hello(&self) -> &str {
        let host = self.app.config.site.host();
        let is_name = host.contains('.') && host.parse::<std::net::IpAddr>().is_err();
        if is_name { host } else { self.app.config.mail.domain() }
    }

    /// One attempt: the intent made durable, the mail sent, the outcome made durable.
    pub async fn carry_out(&self, job: &Job, relay: &Relay, session: &mut Session, ledger: &Ledger) -> Carried {
        let message = match message::build(&self.app, &self.contents, job).await {
            Ok(message) => message,
            Err(MessageError::Store(error)) => {
                tracing::warn!(job = %job.id(), %error, "the content could not be read");
                return Carried::NotBegun;
            }
            Err(error) => {
                tracing::error!(job = %job.id(), %error, "this mail cannot be sent");
                ledger.record(Record::impossible(job, error.to_string())).await;
                return Carried::Done;
            }
        };
        let context = &self.app.context;
        context.clock.sleep_until(relay.next_slot(context.now())).await;
        let attempt = match ledger.start(job.id(), &relay.label).await {
            Started::Yes(attempt) => attempt,
            Started::No => return Carried::Gone,
            Started::Unavailable => return Carried::NotBegun,
        };
        context.faults.hit(CrashPoint::AfterAttemptStarted).await;
        let began = context.now();
        let parcel = Parcel { sender: &message.sender, to: &message.to, bytes: &message.bytes };
        let outcome = session.send(&parcel, &context.faults).await;
        match &outcome {
            Outcome::NotSent(failure) => relay.failed(context.now(), failure),
            Outcome::Uncertain { why } => {
                let lost = Failure { class: super::FailureClass::Lost, why: why.clone(), code: None };
                relay.failed(context.now(), &lost);
            }
            Outcome::Accepted { .. } | Outcome::Rejected { .. } => relay.answered(),
        }
        if matches!(outcome, Outcome::Accepted { .. }) {
            context.faults.hit(CrashPoint::AfterAcceptBeforeRecord).await;
        }
        let record = Record::of(job, attempt, &relay.label, &outcome, context.now());
        tracing::info!(
            job = %job.id(), attempt = attempt.number, relay = %relay.label, to = %message.to.masked(),
            outcome = %record.outcome, code = record.code, enhanced = record.enhanced.as_deref(),
            ms = context.now().since(began).as_millis(), "attempt"
        );
        ledger.record(record).await;
        Carried::Done
    }
}
