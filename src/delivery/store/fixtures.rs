//! An edition that is going out, its audience, and the relay it goes to: a test sink.

use crate::app::App;
use crate::app::fixtures::TestHouse;
use crate::base::{Context, FakeClock, Faults, Span, Timestamp};
use crate::config::{Config, Overrides, RelayConfig};
use crate::db::{Column, Sql, args};
use crate::delivery::{Counts, Settings, Timeouts, counts, run_until_idle_with};
use crate::editions::EditionId;
use crate::mail::EmailAddr;
use crate::sink::{Sink, SinkOptions};
use std::path::Path;
use std::sync::Arc;

pub(in crate::delivery) struct Stage {
    pub house: TestHouse,
    pub sink: Sink,
    pub app: App,
    sink_clock: Arc<FakeClock>,
}

pub(in crate::delivery) const EDITION: EditionId = EditionId(1);

/// Steps that a sink on loopback answers at once, and silence that is noticed soon.
pub(in crate::delivery) fn short_timeouts() -> Timeouts {
    let short = Span::millis(300);
    Timeouts {
        connect: Span::seconds(5),
        tls: Span::seconds(5),
        greeting: Span::seconds(5),
        command: Span::seconds(5),
        mail: Span::seconds(5),
        rcpt: short,
        data: Span::seconds(5),
        body: short,
        final_dot: short,
        quit: Span::seconds(1),
    }
}

/// A relay's configuration as a file would say it.
pub(in crate::delivery) fn relay(toml: &str) -> RelayConfig {
    let text = format!(
        "[site]\nname='x'\nbase_url='https://x.example'\npostal_address='x'\n[mail]\nfrom='x@x.example'\n[[relay]]\n{toml}"
    );
    Config::parse(&text, Path::new("x.toml"), &Overrides::default()).unwrap().relays.remove(0)
}

impl Stage {
    pub async fn open() -> Self {
        Self::open_with(|options| options, "connections = 2").await
    }

    /// With another sink, and further lines about the relay.
    pub async fn open_with(change: impl FnOnce(SinkOptions) -> SinkOptions, relay_lines: &str) -> Self {
        let sink_clock = Arc::new(FakeClock::at(Timestamp::from_seconds(0)));
        let options = SinkOptions { clock: sink_clock.clone(), ..SinkOptions::new("127.0.0.1:0".parse().unwrap()) };
        let sink = Sink::start(change(options)).unwrap();
        let relay = format!("[[relay]]\nurl = 'smtp://{}'\n{relay_lines}\n", sink.address());
        let house = TestHouse::open_with(&relay).await;
        let app = house.app.clone();
        let stage = Self { house, sink, app, sink_clock };
        stage.house.run("INSERT INTO editions (id, publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at) VALUES (1, 1, '2026-11-23', '2026-11-23', 0, 0, 0, 'sending', 1, '', 'Tonight', '', '', 0)").await;
        stage.house.run("INSERT INTO edition_variants (edition_id, key, subject, html, text, content_hash) VALUES (1, 'all', 'Tonight: the harbour', '<p>The harbour opens.</p><a href=\"https://unsubscribe.invalid/\">Leave</a> <a href=\"https://preferences.invalid/\">Choose</a>', 'The harbour opens.\nLeave: https://unsubscribe.invalid/', '')").await;
        stage
    }

    /// Freezes these people into the audience.
    pub async fn audience(&self, addresses: &[&str]) {
        let now = self.app.now();
        let mut tx = self.app.db.begin().await.unwrap();
        let next = Sql::both("SELECT COALESCE(MAX(number), 0) + 1 AS value FROM delivery_waves");
        let wave: i64 = tx.fetch_value(next, args![]).await.unwrap();
        let mut ids = Vec::new();
        for address in addresses {
            let email = EmailAddr::parse(address).unwrap();
            let subscriber = Sql::both(
                "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) VALUES ($1, $2, $3, 'en', 0, 0) RETURNING id AS value",
            );
            let hash = self.app.keys.fingerprint(&email.key());
            let id: i64 = tx.fetch_value(subscriber, args![email.expose(), email.key(), hash]).await.unwrap();
            let subscription = Sql::both(
                "INSERT INTO subscriptions (subscriber_id, publication_id, state, created_at, changed_at) VALUES ($1, 1, 'active', 0, 0) RETURNING id AS value",
            );
            let subscription: i64 = tx.fetch_value(subscription, args![id]).await.unwrap();
            let delivery = Sql::both(
                "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at, wave) VALUES (1, $1, $2, 'all', 'queued', '', $3, $4, $5) RETURNING id AS value",
            );
            let values = args![id, subscription, now, now + Span::hours(24), wave];
            ids.push(tx.fetch_value::<i64>(delivery, values).await.unwrap());
        }
        let wave_of = Sql::both(
            "INSERT INTO delivery_waves (edition_id, number, mail_group, rank, not_before, expires_at, first_id, last_id, next_id, readers) VALUES (1, $1, 'other', 2, $2, $3, $4, $5, $4, 1)",
        );
        let (first, last) = (ids.first().copied(), ids.last().copied());
        tx.execute(wave_of, args![wave, now, now + Span::hours(24), first, last]).await.unwrap();
        // What was sent to its earlier audience goes out again.
        tx.execute(Sql::both("UPDATE editions SET state = 'sending'"), args![]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub fn settings(&self) -> Settings {
        Settings { timeouts: short_timeouts(), tls: None }
    }

    pub async fn run(&self) {
        run_until_idle_with(&self.app, self.settings()).await.unwrap();
    }

    /// A new process on the same database.
    pub fn restart(&mut self) {
        self.app = self.another_process();
    }

    pub fn another_process(&self) -> App {
        let faults = Faults::none();
        let db = self.app.db.clone().with_faults(faults.clone());
        let context = Context { faults, ..self.app.context.clone() };
        App { context, db, ..self.app.clone() }
    }

    pub fn advance(&self, span: Span) {
        self.house.clock.advance(span);
        self.sink_clock.advance(span);
    }

    /// Runs until nobody waits or the edition has expired, moving the clock.
    pub async fn run_to_the_end(&self) {
        for _ in 0..200 {
            self.run().await;
            if self.counts().await.waiting == 0 {
                return;
            }
            self.advance(Span::minutes(10));
        }
        panic!("somebody still waits: {:?}", self.counts().await);
    }

    pub async fn counts(&self) -> Counts {
        counts(&mut self.app.db.read().await.unwrap(), EDITION).await.unwrap()
    }

    /// A column of the delivery to an address.
    pub async fn of<T: Column>(&self, address: &str, column: &str) -> T {
        let sql = format!(
            "SELECT d.{column} AS value FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id WHERE s.email = $1"
        );
        let sql: &'static str = Box::leak(sql.into_boxed_str());
        self.app.db.read().await.unwrap().fetch_value(Sql::both(sql), args![address]).await.unwrap()
    }

    pub async fn state(&self, address: &str) -> String {
        self.of(address, "state").await
    }

    /// The outcomes of the attempts to an address, in order; of the accepted one the delivery itself tells.
    pub async fn attempts(&self, address: &str) -> Vec<String> {
        let sql = Sql::both(
            "SELECT value FROM (SELECT a.outcome AS value, a.number FROM delivery_attempts a JOIN deliveries d ON d.id = a.delivery_id JOIN subscribers s ON s.id = d.subscriber_id WHERE s.email = $1 UNION ALL SELECT d.state AS value, d.attempts AS number FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id WHERE s.email = $1 AND d.state = 'accepted') AS told ORDER BY number",
        );
        let rows: Vec<(String,)> = self.app.db.read().await.unwrap().fetch_all(sql, args![address]).await.unwrap();
        rows.into_iter().map(|(outcome,)| outcome).collect()
    }
}
