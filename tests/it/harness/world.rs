//! One running Lamplighter and the world around it.

use super::{Stage, TestDatabase};
use lamplighter::app::App;
use lamplighter::base::{Clock as _, Context, FakeClock, Faults, Random, Span, Timestamp};
use lamplighter::config::{Config, Overrides};
use lamplighter::db::Db;
use lamplighter::sink::{Sink, SinkOptions};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// A Monday, 12:00 in UTC.
const NOON: Timestamp = Timestamp::from_seconds(1_795_435_200);

fn configuration(relay: SocketAddr) -> Config {
    let text = format!(
        r#"
[site]
name = "The Harbour Gazette"
base_url = "https://news.example"
postal_address = "The Harbour Gazette, 1 Quay Street, Exampleton"

[mail]
from = "The Harbour Gazette <evening@news.example>"
bounce_domain = "bounces.news.example"

[limits]
# The newspapers of the tests are on this machine.
private_networks = ["127.0.0.0/8"]
# Their stories are at example domains, where nothing answers.
check_links = false

[signup]
# Stories count the mails of a mailbox; the welcome has stories of its own.
welcome = false

[[relay]]
url = "smtp://{relay}"
"#
    );
    Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default())
        .expect("the suite's configuration is valid")
}

/// A connection that is not given back within this time is held by the test itself.
const LET_GO_TIME_MAX: Duration = Duration::from_secs(10);

pub struct Harness {
    pub app: App,
    pub clock: Arc<FakeClock>,
    pub faults: Faults,
    /// The relay: a machine of its own, which no restart of ours touches.
    pub sink: Sink,
    pub database: Arc<TestDatabase>,
    /// What runs beside the test; ends, wherever it stands, with this process of the program.
    tasks: JoinSet<()>,
    /// How often the program was started; seeds its chance, so that two runs of it draw different tokens.
    starts: u64,
}

impl Stage for Harness {
    async fn set(database: Arc<TestDatabase>) -> Self {
        let clock = Arc::new(FakeClock::at(NOON));
        let mut options = SinkOptions::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        options.clock = clock.clone();
        let sink = Sink::start(options).expect("a port is free");
        let config = configuration(sink.address());
        Self::start(World { database, clock, sink }, config, 1).await
    }
}

/// What outlives a process of the program.
struct World {
    database: Arc<TestDatabase>,
    clock: Arc<FakeClock>,
    sink: Sink,
}

impl Harness {
    async fn start(world: World, config: Config, starts: u64) -> Self {
        let World { database, clock, sink } = world;
        let faults = Faults::none();
        let random = Arc::new(Random::seeded(starts));
        let context = Context { clock: clock.clone(), random, faults: faults.clone() };
        let app = App::start(config, database.connect().await, context).await.expect("the program starts");
        Self { app, clock, faults, sink, database, tasks: JoinSet::new(), starts }
    }

    /// Another program on a fresh database of the same engine, at noon.
    pub async fn another_house(&self) -> Self {
        let database = TestDatabase::migrated(self.db().engine()).await.expect("the engine is there");
        Self::set(Arc::new(database)).await
    }

    pub fn db(&self) -> &Db {
        &self.app.db
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn advance(&self, span: Span) {
        self.clock.advance(span);
    }

    /// Runs something of the program beside the test, as a process of it would.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// As after `kill -9`: whatever ran stops where it stands, memory is gone, the database and the time stay.
    pub async fn restart(self) -> Self {
        self.restart_with(|_| ()).await
    }

    /// A restart with another configuration.
    pub async fn restart_with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        self.tasks.shutdown().await;
        let closed = tokio::time::timeout(LET_GO_TIME_MAX, self.app.db.close()).await;
        assert!(closed.is_ok(), "the test still holds a transaction of the program that it restarts");
        let mut config = Config::clone(&self.app.config);
        change(&mut config);
        let world = World { database: self.database, clock: self.clock, sink: self.sink };
        Self::start(world, config, self.starts + 1).await
    }
}
