//! A small house for tests: a fresh SQLite database, a clock that stands still, two publications.

use crate::app::App;
use crate::base::{Context, FakeClock, Faults, Random, Span, Timestamp};
use crate::config::{Config, Overrides};
use crate::db::{Column, Db, Sql, args};
use std::path::Path;
use std::sync::Arc;

pub(crate) struct TestHouse {
    pub app: App,
    pub clock: Arc<FakeClock>,
    _folder: tempfile::TempDir,
}

const CONFIG: &str = "[site]\nname = 'The Lamp'\nbase_url = 'https://news.example'\npostal_address = '1 Quay, Exampleton'\n[mail]\nfrom = 'The Lamp <lamp@news.example>'\nbounce_domain = 'bounces.news.example'\n";

impl TestHouse {
    /// 18:00 UTC on 23 November 2026; publications `evening` (sections `politics`, `sport`) and `weekend` (none).
    pub async fn open() -> Self {
        Self::open_with("").await
    }

    /// With further lines of configuration.
    pub async fn open_with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("test.db")).await.unwrap();
        let clock = Arc::new(FakeClock::at(Timestamp::from_seconds(1_795_456_800)));
        let context = Context { clock: clock.clone(), random: Arc::new(Random::seeded(11)), faults: Faults::none() };
        let config = Config::parse(&format!("{CONFIG}{more}"), Path::new("x.toml"), &Overrides::default()).unwrap();
        let app = App::start(config, db, context).await.unwrap();
        let house = Self { app, clock, _folder: folder };
        house.run("INSERT INTO publications (slug, name, description, language, time_zone, site_name, site_url, accent_color, approval, uncertain_policy, min_items, full_items_max, headline_items_max, late_send_limit_minutes, created_at) VALUES ('evening', 'The Evening Lamp', 'The day in one mail', 'en', 'Europe/London', 'The Lamp', 'https://site.example', '#b45309', 'auto', 'hold', 1, 8, 12, 90, 0), ('weekend', 'The Weekend Lamp', '', 'en', 'Europe/London', 'The Lamp', 'https://site.example', '#b45309', 'auto', 'hold', 1, 8, 12, 90, 0)").await;
        house.run("INSERT INTO sections (publication_id, slug, name, position, aliases) VALUES (1, 'politics', 'Politics', 0, '[]'), (1, 'sport', 'Sport', 1, '[]')").await;
        house
    }

    /// `change("publications", "name = 'x' WHERE id = 1")`
    pub async fn change(&self, table: &str, set: &str) {
        self.run(leaked(format!("UPDATE {table} SET {set}"))).await;
    }

    /// `insert("editions", "(id, ..) VALUES (1, ..)")`
    pub async fn insert(&self, table: &str, columns_and_values: &str) {
        self.run(leaked(format!("INSERT INTO {table} {columns_and_values}"))).await;
    }

    pub async fn run(&self, sql: &'static str) {
        let mut tx = self.app.db.begin().await.unwrap();
        tx.execute(Sql::both(sql), args![]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Rows of a table, or of `table WHERE ..`.
    pub async fn count(&self, from: &str) -> i64 {
        self.value(&format!("SELECT COUNT(*) AS value FROM {from}")).await
    }

    /// A text column of the first row of a table, or of `table WHERE ..`.
    pub async fn text(&self, column: &str, from: &str) -> String {
        self.value(&format!("SELECT {column} AS value FROM {from}")).await
    }

    async fn value<T: Column>(&self, sql: &str) -> T {
        self.app.db.read().await.unwrap().fetch_value(Sql::both(leaked(sql.to_owned())), args![]).await.unwrap()
    }

    pub fn advance(&self, span: Span) {
        self.clock.advance(span);
    }

    /// Everything in the tables a visitor's request could change, as one text: equal before and after means untouched.
    pub async fn dump(&self) -> String {
        let mut out = String::new();
        for table in [
            "SELECT COALESCE(json_group_array(json_array(id, email, language, confirmed_at)), '') AS value FROM subscribers",
            "SELECT COALESCE(json_group_array(json_array(id, state, sections, time_zone, hour, changed_at, left_at)), '') AS value FROM subscriptions",
            "SELECT COALESCE(json_group_array(json_array(id, token_hash, confirmed_at, expires_at)), '') AS value FROM pending_signups",
            "SELECT COALESCE(json_group_array(json_array(address_hash, reason)), '') AS value FROM suppressions",
            "SELECT COALESCE(json_group_array(json_array(bucket, hits)), '') AS value FROM rate_counters",
            "SELECT COALESCE(json_group_array(id), '') AS value FROM outbox",
            "SELECT COALESCE(json_group_array(id), '') AS value FROM consents",
            "SELECT COALESCE(json_group_array(id), '') AS value FROM audit_events",
            "SELECT COALESCE(json_group_array(token_hash), '') AS value FROM sessions",
        ] {
            out.push_str(&self.value::<String>(table).await);
            out.push('\n');
        }
        out
    }
}

/// A test's statements live as long as the test: what is leaked here is small and soon gone.
fn leaked(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}
