//! The stage of the demo: a temporary SQLite database, the sample newsroom, a mail sink, and the service, all in this
//! process and on loopback.

use super::newsroom::Newsroom;
use crate::app::App;
use crate::base::{Context, Span, Timestamp};
use crate::config::{Config, Overrides};
use crate::db::Db;
use crate::operators::{self, Actor, Role};
use crate::process;
use crate::publications::apply;
use crate::service::Roles;
use crate::sink::{Sink, SinkOptions};
use anyhow::Context as _;
use chrono::Timelike as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub const PUBLICATION: &str = "evening";
pub const OPERATOR: &str = "editor@saltmere.example";

pub struct Stage {
    pub app: App,
    pub sink: Arc<Sink>,
    pub newsroom: Newsroom,
    pub base_url: String,
    pub mailbox_url: String,
    pub password: String,
    stop: CancellationToken,
    tasks: TaskTracker,
    folder: Folder,
}

/// Removed when the demo ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "the demo's folder could not be removed");
        }
    }
}

/// Where the demo's pages are served when nobody says.
const LISTEN_DEFAULT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 8080);
const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

impl Stage {
    /// `listen` is where the service's pages are; without it port 8080, or any free one if that is taken.
    pub async fn set(listen: Option<SocketAddr>) -> anyhow::Result<Self> {
        let context = Context::system();
        let listener = bind(listen).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let now = context.now();
        let zone = chrono_tz::Tz::UTC;
        let subscribe_url = format!("{base_url}/subscribe?publication={PUBLICATION}");
        let newsroom = Newsroom::start(SocketAddr::from(ANY_PORT), move || subscribe_url.clone(), now, zone)
            .context("the sample newsroom could not be started")?;
        let sink =
            Sink::start(SinkOptions::new(SocketAddr::from(ANY_PORT))).context("the mail sink could not be started")?;
        let sink = Arc::new(sink);
        let mailbox = TcpListener::bind(ANY_PORT).await?;
        let mailbox_url = format!("http://{}/", mailbox.local_addr()?);

        let folder = Folder(std::env::temp_dir().join(format!("lamplighter-demo-{}", context.random.token::<10>())));
        std::fs::create_dir_all(&folder.0).with_context(|| format!("{} cannot be made", folder.0.display()))?;
        let app = open(&folder.0, &base_url, sink.address(), context).await?;
        let set_up = newsroom_toml(&newsroom.feed_url(), newsroom.base_url(), now);
        apply::apply(&app, Actor::Console, &set_up, false).await?;
        let password = app.context.random.token::<10>();
        operators::create(&app, Actor::Console, OPERATOR, "The editor", Role::Admin, &password).await?;

        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(process::serve(app.clone(), Roles::ALL, Some(listener), stop.clone()));
        tasks.spawn(process::show_mails(Arc::clone(&sink), mailbox, stop.clone()));
        tasks.close();
        Ok(Self { app, sink, newsroom, base_url, mailbox_url, password, stop, tasks, folder })
    }

    pub async fn strike(self) {
        self.stop.cancel();
        self.tasks.wait().await;
        self.newsroom.stop().await;
        if let Some(sink) = Arc::into_inner(self.sink) {
            sink.stop().await;
        }
        drop(self.folder);
    }
}

async fn bind(listen: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    if let Some(listen) = listen {
        return TcpListener::bind(listen).await.with_context(|| {
            format!("{listen} cannot be listened on; stop what uses it, or choose another with --listen")
        });
    }
    match TcpListener::bind(LISTEN_DEFAULT).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(ANY_PORT).await.context("no port of this machine can be listened on"),
    }
}

async fn open(folder: &Path, base_url: &str, relay: SocketAddr, context: Context) -> anyhow::Result<App> {
    let text = format!(
        r#"
        [site]
        name = "The Saltmere Gazette"
        base_url = "{base_url}"
        postal_address = "The Saltmere Gazette, 3 Lantern Quay, Saltmere"
        [database]
        url = "sqlite:demo.db"
        [mail]
        from = "The Saltmere Gazette <evening@saltmere.example>"
        reply_to = "The Saltmere Gazette <desk@saltmere.example>"
        [[relay]]
        url = "smtp://{relay}"
        "#
    );
    let config = Config::parse(&text, &folder.join("lamplighter.toml"), &Overrides::default())?;
    let db = Db::connect(config.database.url.expose()).await?;
    Ok(App::start(config, db, context).await?)
}

/// Tonight's cutoff lies a little ahead of now, so that the story can draw it forward; near midnight there is no
/// tonight left, and the story makes an extra edition.
fn newsroom_toml(feed_url: &str, site_url: &str, now: Timestamp) -> String {
    let day_minutes = |at: Timestamp| {
        let time = at.utc().time();
        (time.hour() * 60 + time.minute()).min(23 * 60 + 58)
    };
    let minute = |of_day: u32| format!("{:02}:{:02}", of_day / 60, of_day % 60);
    let start = day_minutes(now);
    let cutoff = if start > 22 * 60 { 23 * 60 + 58 } else { day_minutes(now + Span::minutes(60)) };
    format!(
        r#"
        [[publication]]
        slug = "{PUBLICATION}"
        name = "The Evening Gazette"
        description = "The day's stories from the Gazette's newsroom, every evening."
        time_zone = "UTC"
        site_name = "The Saltmere Gazette"
        site_url = "{site_url}"
        [[publication.slot]]
        cutoff = "{cutoff}"
        send = "23:59"
        [[publication.section]]
        name = "Harbour & Trade"
        [[publication.section]]
        name = "City"
        [[publication.section]]
        name = "Culture"
        [[publication.section]]
        name = "Science"
        [[publication.source]]
        name = "The Gazette's feed"
        url = "{feed_url}"
        "#,
        cutoff = minute(cutoff)
    )
}
