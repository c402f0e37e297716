//! What the loops of one worker share: its relays, its mails, its keys to the outside.

use super::dispatch::{Dispatch, Gate};
use super::message::Contents;
use super::model::Delivery;
use super::outcome::Failure;
use super::relay::Relay;
use super::session::{MAILS_PER_CONNECTION_MAX, Session, Timeouts, tls_settings};
use crate::app::App;
use crate::base::Timestamp;
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
    pub contents: Contents,
    settings: Settings,
    tls: Result<Arc<ClientConfig>, String>,
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
        Self { app: app.clone(), owner, relays, dispatch, contents: Contents::default(), settings, tls }
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

    /// What may go by a relay now.
    pub fn gate<'a>(&self, relay: &'a Relay) -> RelayGate<'a> {
        RelayGate { relay, now: self.app.now() }
    }
}

pub(super) struct RelayGate<'a> {
    relay: &'a Relay,
    now: Timestamp,
}

impl Gate for RelayGate<'_> {
    fn pass(&self, _: &Delivery) -> Result<(), Timestamp> {
        self.pass_single()
    }

    fn pass_single(&self) -> Result<(), Timestamp> {
        self.relay.take_slot(self.now)
    }
}
