//! What the loops of one worker share: its relays, its mails, its keys to the outside.

use super::dispatch::{Dispatch, Gate};
use super::message::Contents;
use super::model::Delivery;
use super::outcome::Failure;
use super::rates::{Grant, GroupId, Rates, Route};
use super::session::{Session, Timeouts, tls_settings};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::config::{Config, RelayConfig, TlsPolicy};
use crate::db::StoreError;
use rustls::ClientConfig;
use std::sync::Arc;
use tokio::sync::Notify;

/// A group whose connections are all busy is asked again after this time.
const BUSY: Span = Span::millis(20);

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
    pub rates: Rates,
    /// A relay failed: the others should know soon.
    pub trouble: Notify,
    pub dispatch: Arc<Dispatch>,
    pub contents: Contents,
    settings: Settings,
    tls: Result<Arc<ClientConfig>, String>,
}

/// An SMTP server that takes our mail.
pub(super) struct Relay {
    pub config: RelayConfig,
    pub label: String,
}

impl Engine {
    /// # Errors
    /// As the files of the keys for DKIM say.
    pub fn new(app: &App, settings: Settings) -> Result<Self, StoreError> {
        let relay = |config: &RelayConfig| Relay { label: config.label(), config: config.clone() };
        let relays: Vec<Relay> = app.config.relays.iter().map(relay).collect();
        let needs_tls = relays.iter().any(|relay| relay.config.tls_policy() != TlsPolicy::None);
        let tls = match &settings.tls {
            Some(config) => Ok(Arc::clone(config)),
            None if needs_tls => tls_settings(),
            None => Err("no relay uses TLS".to_owned()),
        };
        let dispatch = Arc::new(Dispatch::new(relays.iter().map(|relay| relay.config.weight)));
        let owner = app.context.random.token::<10>();
        let rates = Rates::new(&app.config, &owner);
        let contents =
            Contents::of(&app.config.mail).map_err(|error| StoreError::Corrupt(format!("[[mail.dkim]]: {error}")))?;
        Ok(Self { app: app.clone(), owner, relays, rates, trouble: Notify::new(), dispatch, contents, settings, tls })
    }

    pub fn timeouts(&self) -> &Timeouts {
        &self.settings.timeouts
    }

    /// Until when every relay is left alone; None when one may be used.
    pub fn all_paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        let pauses: Option<Vec<Timestamp>> =
            (0..self.relays.len()).map(|relay| self.paused_until(relay, now)).collect();
        pauses.and_then(|pauses| pauses.into_iter().min())
    }

    /// The groups to which nothing goes for now: there is no point in holding their mails.
    pub fn closed_groups(&self, now: Timestamp) -> Vec<String> {
        let groups = &self.rates.groups;
        let is_closed = |name: &&str| self.rates.group_closed(groups.named(name), now).is_some();
        groups.names().filter(is_closed).map(str::to_owned).collect()
    }

    /// Until when a relay is left alone; None when it may be used.
    pub fn paused_until(&self, relay: usize, now: Timestamp) -> Option<Timestamp> {
        if self.rates.relay_connections(relay) == 0 {
            return Some(now + Span::seconds(1));
        }
        self.rates.relay_closed(relay, now).map(|(until, _)| until)
    }

    /// # Errors
    /// Why the relay cannot be used; it is left alone for a while then.
    pub async fn connect(&self, index: usize, relay: &Relay) -> Result<Session, Failure> {
        let mails_max = self.rates.mails_per_connection(index, GroupId::OTHER).unwrap_or(0);
        let timeouts = self.settings.timeouts;
        let opened = Session::open(&relay.config, self.hello(), &self.tls, timeouts, mails_max).await;
        if let Err(failure) = &opened {
            self.relay_failed(index, failure);
        }
        opened
    }

    pub fn relay_failed(&self, index: usize, failure: &Failure) {
        self.rates.connection_failed(index, failure, self.app.now());
        self.trouble.notify_one();
    }

    fn hello(&self) -> &str {
        hello_name(&self.app.config)
    }

    /// What may go by a relay now.
    pub const fn gate(&self, relay: usize) -> RelayGate<'_> {
        RelayGate { engine: self, relay }
    }
}

/// The name we give in EHLO: the site's, or the mail domain where the site has none of its own.
pub fn hello_name(config: &Config) -> &str {
    let host = config.site.host();
    let is_name = host.contains('.') && host.parse::<std::net::IpAddr>().is_err();
    if is_name { host } else { config.mail.domain() }
}

/// Asked long after it was made, it goes by the time at which it is asked.
pub(super) struct RelayGate<'a> {
    engine: &'a Engine,
    relay: usize,
}

impl Gate for RelayGate<'_> {
    fn pass(&self, delivery: &Delivery, in_hand: usize) -> Result<(), Timestamp> {
        let rates = &self.engine.rates;
        let group = rates.groups.named(&delivery.mail_group);
        if group != GroupId::OTHER {
            let now = self.engine.app.now();
            let allowed = rates.connections_allowed(self.relay, group, now);
            let is_limited = allowed < rates.relay_connections(self.relay);
            if is_limited && usize::try_from(allowed).is_ok_and(|allowed| in_hand >= allowed) {
                return Err(now + BUSY);
            }
        }
        self.ask(&Route { relay: self.relay, group, edition: Some(delivery.edition_id) })
    }

    fn pass_single(&self) -> Result<(), Timestamp> {
        self.ask(&Route { relay: self.relay, group: GroupId::OTHER, edition: None })
    }
}

impl RelayGate<'_> {
    fn ask(&self, route: &Route) -> Result<(), Timestamp> {
        match self.engine.rates.take(route, self.engine.app.now()) {
            Grant::Now => Ok(()),
            Grant::NotBefore(at) => Err(at),
            Grant::Closed { until, .. } => Err(until),
        }
    }
}
