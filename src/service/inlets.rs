//! The ways in of mail to the bounce domain, as `[bounces]` sets them.
//!
//! Promises: what is set up and cannot work (a port that is taken, a folder that is no Maildir) is told before the service
//! starts; what fails later (a mailbox that is away) is tried again, ever more rarely, and told to people after an hour; at a stop the mail in hand
//! is finished. What a mail means is for [`crate::delivery::returns`]. Held to it by `tests/it/returns/doors.rs`.

use super::jobs::{self, JobName};
use super::store;
use crate::app::App;
use crate::base::Span;
use crate::config::BouncesConfig;
use crate::db::StoreError;
use crate::delivery;
use crate::delivery::returns::{self, Ingested, Via};
use crate::operators::alert::{self, Alert, Readers};
use crate::postbox::imap::{Account, Poller, Server, Timeouts};
use crate::postbox::lmtp::{Limits, Listener};
use crate::postbox::maildir::{Look, Maildir};
use crate::postbox::{Round, Taken, Taker, imap, lmtp};
use crate::subscribers::MailEnvelope;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Where complaints may be sent to, and what bounces may be forwarded to, at the bounce domain. postmaster@ and abuse@ are
/// people's: a mail server has to know them by itself.
const ROLES: &[&str] = &["fbl", "complaints", "bounces"];
/// A mailbox that is away is asked again after the usual pause, then after twice that, up to this.
const PAUSE_MAX: Span = Span::minutes(30);
/// One that cannot be read for so long is told to people, again after this.
const TELL_AFTER: Span = Span::hours(1);
const TELL_AGAIN: Span = Span::hours(24);

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
            tasks.spawn(looks(app.clone(), Mailbox::Folder(Look::new(folder)), every, stop.clone()));
        }
        if let Some(poller) = self.imap {
            tasks.spawn(looks(app.clone(), Mailbox::Server(Box::new(poller)), every, stop.clone()));
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

/// `%40` in an address is `@`; what forms give a meaning to has none here.
fn plain(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// What has to be looked into again and again.
enum Mailbox {
    Folder(Look),
    Server(Box<Poller>),
}

impl Mailbox {
    const fn via(&self) -> Via {
        match self {
            Self::Folder(_) => Via::Maildir,
            Self::Server(_) => Via::Imap,
        }
    }

    async fn look(&mut self, door: &Door, stop: &CancellationToken) -> Result<Round, String> {
        match self {
            Self::Folder(look) => look.once(door, stop).await,
            Self::Server(poller) => poller.poll(door, stop).await.map_err(|error| error.to_string()),
        }
    }
}

async fn looks(app: App, mut mailbox: Mailbox, every: Span, stop: CancellationToken) {
    let via = mailbox.via();
    let door = Door::of(&app, via);
    let mut failures = 0_u32;
    let mut failing_since = None;
    while !stop.is_cancelled() {
        let began_at = app.now();
        let mut trouble = None;
        match mailbox.look(&door, &stop).await {
            Ok(Round { done, refused, kept, too_big, skipped }) => {
                if failures > 0 {
                    tracing::info!(%via, failures, "the mailbox for bounces can be read again");
                }
                (failures, failing_since) = (0, None);
                if done + refused + kept + too_big + skipped > 0 {
                    tracing::info!(%via, done, refused, kept, too_big, skipped, "looked into the mailbox for bounces");
                }
            }
            Err(why) => {
                failures = failures.saturating_add(1);
                let since = *failing_since.get_or_insert_with(|| app.now());
                tracing::error!(%via, why, failures, "the mailbox for bounces cannot be read; it is tried again");
                if app.now().since(since) >= TELL_AFTER {
                    tell(&app, via, &why).await;
                }
                trouble = Some(why);
            }
        }
        let pause = (1..failures.min(10)).fold(every, |pause, _| (pause + pause).min(PAUSE_MAX.max(every)));
        jobs::note(&app, JobName::Mailbox, began_at, pause, trouble).await;
        let next = app.now() + pause;
        let _ = stop.run_until_cancelled(app.context.clock.sleep_until(next)).await;
    }
}

/// Nothing that comes back is heard of: told once a day, whatever the number of processes.
async fn tell(app: &App, via: Via, why: &str) {
    let told = async {
        let now = app.now();
        let mut tx = app.db.begin().await?;
        let nobody_else = app.context.random.token::<10>();
        if store::take_lease(&mut tx, now, &format!("inlet:{via}"), &nobody_else, now + TELL_AGAIN).await? == 0 {
            return Ok(());
        }
        let alert = Alert {
            heading: "Bounces and complaints are not read".to_owned(),
            what: format!("The {via} of [bounces] cannot be read: {why}"),
            details: Vec::new(),
            next_step:
                "What lies there is not lost and is read when it can be again; until then dead addresses are mailed \
                        on. Checks at the desk show how it is set up."
                    .to_owned(),
            link: app.config.site.link("/desk/doctor"),
            link_label: "Open the checks",
        };
        alert::tell(app, &mut tx, now, Readers::Admins, &alert).await?;
        tx.commit().await?;
        app.wake.outbox();
        Ok::<(), StoreError>(())
    };
    if let Err(error) = told.await {
        tracing::warn!(%error, "nobody could be told that bounces are not read");
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
        let is_here = domain.is_empty() || own.is_none_or(|own| own.eq_ignore_ascii_case(domain));
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
        assert_eq!(of("imap://b@imap.example/").1, 143, "STARTTLS");
        let (host, port, user, mailbox) = of("imap://b@[::1]:1143/A&B/Z%C3%BCri%20Post");
        assert_eq!((host.as_str(), port, user.as_str()), ("::1", 1143, "b"));
        assert_eq!(mailbox, "A&B/Z\u{fc}ri Post");
    }

    #[tokio::test]
    async fn a_mailbox_that_cannot_be_read_is_told_once_a_day() {
        let house = crate::app::fixtures::TestHouse::open().await;
        let create = crate::operators::accounts::create;
        let (role, password) = (crate::operators::Role::Admin, "correct horse battery staple");
        create(&house.app, crate::operators::Actor::Console, "admin@news.example", "Ada", role, password)
            .await
            .unwrap();
        for _ in 0..3 {
            tell(&house.app, Via::Imap, "it is away").await;
        }
        assert_eq!(house.count("outbox WHERE kind = 'alert'").await, 1);
        tell(&house.app, Via::Maildir, "it is gone").await;
        assert_eq!(house.count("outbox WHERE kind = 'alert'").await, 2);
    }
}
