//! A look at a relay: a session is opened as for mails, nothing is sent, and it is closed again.
//!
//! Promises: what stops it here would stop a mail too, and is told in the same words; no row is read or written, so that
//! the pauses and limits of running workers stay as they are. Held to it by the cases of `doctor/relays.rs`.

use super::engine::{Settings, hello_name};
use super::outcome::Failure;
use super::session::{Offered, Session, tls_settings};
use crate::config::{Config, RelayConfig, TlsPolicy};
use std::sync::Arc;

/// What was found of a relay that would take a mail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RelayLook {
    /// And the certificate verified; else the relay is this very machine.
    pub is_encrypted: bool,
    /// Where no login is set, nobody tried.
    pub is_logged_in: bool,
    pub offers: Offered,
}

/// # Errors
/// [`Failure`]: why no mail could go this way now.
pub async fn look_at_relay(config: &Config, relay: &RelayConfig, settings: &Settings) -> Result<RelayLook, Failure> {
    let tls = match &settings.tls {
        Some(tls) => Ok(Arc::clone(tls)),
        None => tls_settings(),
    };
    let session = Session::open(relay, hello_name(config), &tls, settings.timeouts, 0).await?;
    let look = RelayLook {
        is_encrypted: relay.tls_policy() != TlsPolicy::None,
        is_logged_in: relay.username.is_some(),
        offers: session.offered(),
    };
    session.close().await;
    Ok(look)
}
