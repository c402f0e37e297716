//! The ways in of mail to the bounce domain, as `[bounces]` sets them.
//!
//! Promises: what is set up and cannot work (a port that is taken, a folder that is no Maildir) is told before the service
//! starts; what fails later (a mailbox that is away) is told and tried again, ever more rarely; at a stop the mail in hand
//! is finished. What a mail means is for [`crate::delivery::returns`]. Held to it by `tests/it/returns/doors.rs`.

use crate::app::App;
use crate::base::Span;
use crate::config::BouncesConfig;
use crate::delivery;
use crate::delivery::returns::{self, Ingested, Via};
use crate::postbox::imap::{Account, Poller, Server, Timeouts};
use crate::postbox::lmtp::{Limits, Listener};
use crate::postbox::maildir::Maildir;
use crate::postbox::{Taken, Taker, imap, lmtp, maildir};
use crate::subscribers::MailEnvelope;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What people must be able to write to (RFC 2142), and where complaints are told; all of the bounce domain.
const ROLES: &[&str] = &["postmaster", "abuse", "fbl", "bounces"];
/// A mailbox that is away is asked again after the usual pause, then after twice that, up to this.
const PAUSE_MAX: Span = Span::minutes(30);

/// Ways in that are ready to be used.
#[derive(Default)]
pub(super) struct Inlets {
    lmtp: Option<Listener>,
    maildir: Option<Maildir>,
    imap: Option<Poller>,
}

impl Inlets {
    /// # Errors
    /// In words, with the next step.
    pub async fn open(config: &BouncesConfig) -> Result<Self, String> {
        let lmtp = match &config.lmtp {
            Some(address) => Some(Listener::bind(address).await?),
            None => None,
        };
        let maildir = config.maildir.clone().map(Maildir::open).transpose()?;
        let imap = match account(config) {
            Some(account) => Some(Poller::new(account, delivery::tls_settings()?, Timeouts::default())),
            None => None,
        };
        Ok(Self { lmtp, maildir, imap })
    }

    pub fn spawn(self, app: &App, tasks: &TaskTracker, stop: &CancellationToken) {
        let every = Span::seconds(i64::from(app.config.bounces.poll_seconds));
        if let Some(listener) = self.lmtp {
            let name = app.config.mail.bounce_domain.clone().unwrap_or_else(|| app.config.mail.domain().to_owned());
            let (door, stop) = (Arc::new(Door::of(app, Via::Lmtp)), stop.clone());
            tasks.spawn(async move { lmtp::serve(listener, &name, door, Limits::default(), stop).await });
        }
        if let Some(folder) = self.maildir {
            let (door, stop, clock) = (Door::of(app, Via::Maildir), stop.clone(), Arc::clone(&app.context.clock));
            tasks.spawn(async move { maildir::serve(folder, &door, &*clock, every, stop).await });
        }
        if let Some(poller) = self.imap {
            tasks.spawn(polls(app.clone(), poller, every, stop.clone()));
        }
    }
}

fn account(config: &BouncesConfig) -> Option<Account> {
    let (url, password) = (config.imap.as_ref()?, config.imap_password.as_ref()?);
    let security = if url.scheme() == "imaps" { imap::Security::Tls } else { imap::Security::StartTls };
    let mailbox = url.path().trim_matches('/');
    Some(Account {
        server: Server {
            host: url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(if security == imap::Security::Tls { 993 } else { 143 }),
            security,
        },
        user: plain(url.username()),
        password: password.expose().to_owned(),
        mailbox: if mailbox.is_empty() { "INBOX".to_owned() } else { plain(mailbox) },
    })
}

/// `%40` in an address is `@`.
fn plain(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

async fn polls(app: App, mut poller: Poller, every: Span, stop: CancellationToken) {
    let door = Door::of(&app, Via::Imap);
    let mut failures = 0_u32;
    while !stop.is_cancelled() {
        match poller.poll(&door, &stop).await {
            Ok(round) => {
                if failures > 0 {
                    tracing::info!(failures, "the mailbox for bounces is there again");
                }
                failures = 0;
                if round != crate::postbox::Round::default() {
                    tracing::info!(?round, "looked into the mailbox for bounces");
                }
            }
            Err(error) => {
                failures = failures.saturating_add(1);
                tracing::error!(%error, failures, "the mailbox for bounces was not emptied; it is tried again");
            }
        }
        let pause = (0..failures.min(10)).fold(every, |pause, _| (pause + pause).min(PAUSE_MAX.max(every)));
        let next = app.now() + pause;
        let _ = stop.run_until_cancelled(app.context.clock.sleep_until(next)).await;
    }
}

/// Who reads the mail of one way in.
struct Door {
    app: App,
    via: Via,
}

impl Door {
    fn of(app: &App, via: Via) -> Self {
        Self { app: app.clone(), via }
    }
}

impl Taker for Door {
    fn knows(&self, recipient: &str) -> bool {
        let (local, domain) = recipient.rsplit_once('@').unwrap_or((recipient, ""));
        let is_role = ROLES.iter().any(|role| role.eq_ignore_ascii_case(local));
        let own = self.app.config.mail.bounce_domain.as_deref();
        let is_here = own.is_none_or(|own| own.eq_ignore_ascii_case(domain));
        (is_role && is_here) || returns::is_ours(&self.app.keys, recipient)
    }

    async fn take(&self, raw: &[u8], from: Option<&str>, to: &[String]) -> Result<Taken, String> {
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        match returns::ingest(&self.app, self.via, raw, MailEnvelope { from, to: &to }).await {
            Ok(done @ Ingested::NotForUs) => Ok(Taken::Refused(done.in_words())),
            Ok(_) => {
                self.app.wake.outbox();
                Ok(Taken::Done)
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_mailbox_is_read_whole() {
        let of = |url: &str| {
            let config = BouncesConfig {
                imap: Some(url.parse().unwrap()),
                imap_password: Some(crate::config::Secret::new("secret")),
                ..BouncesConfig::default()
            };
            let it = account(&config).unwrap();
            (it.server.host, it.server.port, it.user, it.mailbox)
        };
        let plain = ("imap.example".to_owned(), 993, "b+x@news.example".to_owned(), "INBOX".to_owned());
        assert_eq!(of("imaps://b+x%40news.example@imap.example"), plain);
        let (host, port, user, mailbox) = of("imap://b@[::1]:1143/Returned/Z%C3%BCri%20Post");
        assert_eq!((host.as_str(), port, user.as_str()), ("::1", 1143, "b"));
        assert_eq!(mailbox, "Returned/Z\u{fc}ri Post");
    }
}
