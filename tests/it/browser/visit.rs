//! A visit to the pages: a browser, a newsroom, and what can be seen of both.

use crate::harness::{Browser, Doors, Harness, Newsroom, TestDatabase, until};
use lamplighter::config::Config;
use lamplighter::db::{Engine, Sql};
use std::sync::Arc;
use std::time::Duration;

const ACTIVE: Sql = Sql::both("SELECT COUNT(*) AS value FROM subscriptions WHERE state = 'active'");
const SUBSCRIPTION: Sql = Sql::both(
    "SELECT s.id AS value FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE p.email = $1",
);
const TAB: &str = "\u{e004}";
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Visit {
    pub browser: Browser,
    pub t: Harness,
    pub doors: Doors,
}

impl Visit {
    pub(super) async fn begin() -> Option<Self> {
        Self::at(&Newsroom::empty()).await
    }

    pub(super) async fn at(newsroom: &Newsroom) -> Option<Self> {
        Self::with(newsroom, |_| ()).await
    }

    /// With a configuration of its own.
    pub(super) async fn with(newsroom: &Newsroom, change: impl FnOnce(&mut Config)) -> Option<Self> {
        let browser = Browser::open().await?;
        let database = TestDatabase::migrated(Engine::Sqlite).await?;
        let t = <Harness as crate::harness::Stage>::set(Arc::new(database)).await;
        let mut t = t.restart_with(change).await;
        t.set_up(newsroom).await;
        let doors = Doors::open(&mut t).await;
        Some(Self { browser, t, doors })
    }

    pub(super) async fn open(&self, link: &str) {
        self.browser.goto(&self.doors.url(link)).await;
    }

    /// Until the page that loads is called this.
    pub(super) async fn reads(&self, title: &str) {
        until(title, PATIENCE, async || self.browser.title().await.starts_with(title)).await;
    }

    /// Until the page's main part says this.
    pub(super) async fn says(&self, text: &str) {
        until(text, PATIENCE, async || self.browser.text("main").await.contains(text)).await;
    }

    /// Until a script says yes.
    pub(super) async fn holds(&self, what: &str) {
        until(what, PATIENCE, async || self.browser.run(&format!("return {what}")).await == true).await;
    }

    pub(super) async fn active(&self) -> i64 {
        self.t.db().read().await.unwrap().fetch_value(ACTIVE, vec![]).await.unwrap()
    }

    /// The number of a reader's one subscription.
    pub(super) async fn subscription_of(&self, reader: &str) -> i64 {
        self.t.db().read().await.unwrap().fetch_value(SUBSCRIPTION, vec![reader.into()]).await.unwrap()
    }

    /// The link at the end of every edition.
    pub(super) async fn unsubscribe_link(&self, reader: &str) -> String {
        lamplighter::subscribers::unsubscribe_link(&self.t.app, self.subscription_of(reader).await)
    }

    /// Moves the focus on until it is on what a script recognises.
    pub(super) async fn tab_to(&self, what: &str) {
        for _ in 0..60 {
            self.browser.press(TAB).await;
            let script = format!("const e = document.activeElement; return {what}");
            if self.browser.run(&script).await == true {
                let outline = self.browser.run("const s = getComputedStyle(document.activeElement); return s.outlineStyle != 'none' || s.boxShadow != 'none'").await;
                assert_eq!(outline, true, "the focus is seen: {what}");
                return;
            }
        }
        panic!("no key leads to {what}");
    }

    /// How many pixels the page is wider than the window.
    pub(super) async fn overflow(&self) -> i64 {
        let pixels = self.browser.run("return document.documentElement.scrollWidth - innerWidth").await;
        pixels.as_i64().expect("a number of pixels")
    }
}
