//! A site that answers as it is told, and an installation that reads it. For this room's tests.

use crate::app::App;
use crate::base::{Context, FakeClock, Faults, Random, Timestamp};
use crate::config::{Config, Overrides};
use crate::db::{Db, Sql, args};
use crate::publications::{PublicationId, SourceId};
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

pub(super) const NOON: Timestamp = Timestamp::from_seconds(1_795_435_200);

#[derive(Clone, Default)]
pub(super) struct Page {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Answers 304 to a question that carries this.
    pub etag: Option<String>,
}

#[derive(Clone)]
pub(super) struct Site {
    pub address: String,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Site {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let site = Self { address, pages: Arc::default(), asked: Arc::default() };
        let of_server = site.clone();
        let router = axum::Router::new().fallback(move |request: Request<Body>| {
            let site = of_server.clone();
            async move { site.answer(&request) }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        site
    }

    fn answer(&self, request: &Request<Body>) -> Response<Body> {
        let path = request.uri().path().to_owned();
        self.asked.lock().unwrap().push((path.clone(), request.headers().clone()));
        let page = self.pages.lock().unwrap().get(&path).cloned();
        let Some(page) = page else {
            return Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap();
        };
        let mut response = Response::builder().status(page.status);
        if let Some(etag) = &page.etag {
            if request.headers().get("if-none-match").is_some_and(|it| it.as_bytes() == etag.as_bytes()) {
                return Response::builder().status(304).body(Body::empty()).unwrap();
            }
            response = response.header("etag", etag);
        }
        for (name, value) in &page.headers {
            response = response.header(*name, value);
        }
        response.body(Body::from(page.body)).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub fn put(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// The feed, and a page for each story in it.
    pub fn put_feed(&self, path: &str, items: &[Story]) {
        for story in items {
            let page =
                format!("<html><body><article><h1>{}</h1><p>{}</p></article></body></html>", story.title, story.text);
            self.put(&format!("/{}/", story.slug), Page { status: 200, body: page.into(), ..Page::default() });
        }
        let items: String = items.iter().map(|it| it.item(&self.address)).collect();
        let body = format!("<rss version='2.0'><channel><title>News</title>{items}</channel></rss>");
        self.put(path, Page { status: 200, body: body.into(), ..Page::default() });
    }

    pub fn asked(&self) -> Vec<(String, HeaderMap)> {
        self.asked.lock().unwrap().clone()
    }
}

/// An item of a feed.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub slug: String,
    pub title: String,
    pub text: String,
    pub category: String,
    pub at: Option<Timestamp>,
}

pub(super) fn story(slug: &str) -> Story {
    Story {
        slug: slug.to_owned(),
        title: format!("About {slug}"),
        text: format!("All about {slug}, told at length."),
        category: String::new(),
        at: Some(NOON),
    }
}

impl Story {
    fn item(&self, site: &str) -> String {
        let date = self.at.map(|at| format!("<pubDate>{}</pubDate>", at.utc().to_rfc2822())).unwrap_or_default();
        let category =
            if self.category.is_empty() { String::new() } else { format!("<category>{}</category>", self.category) };
        format!(
            "<item><guid isPermaLink='false'>{0}</guid><link>{site}/{0}/?utm_source=rss</link><title>{1}</title>\
             <description>{2}</description>{category}{date}</item>",
            self.slug, self.title, self.text
        )
    }
}

/// An installation on a database of its own.
pub(super) struct Newsroom {
    pub app: App,
    pub clock: Arc<FakeClock>,
    _folder: tempfile::TempDir,
}

pub(super) fn config() -> Config {
    let text = crate::config::template("Test");
    Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default()).unwrap()
}

impl Newsroom {
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("test.db")).await.unwrap();
        let clock = Arc::new(FakeClock::at(NOON));
        let context = Context { clock: clock.clone(), random: Arc::new(Random::seeded(1)), faults: Faults::none() };
        let app = App::start(config(), db, context).await.unwrap();
        Self { app, clock, _folder: folder }
    }

    pub async fn add_publication(&self, slug: &str) -> PublicationId {
        let mut tx = self.app.db.begin().await.unwrap();
        let sql = Sql::both(
            "INSERT INTO publications (slug, name, description, language, time_zone, site_name, site_url, accent_color, approval, uncertain_policy, min_items, full_items_max, headline_items_max, late_send_limit_minutes, created_at) VALUES ($1, $1, '', 'en', 'UTC', '', '', '', 'auto', 'hold', 1, 10, 15, 60, $2) RETURNING id AS value",
        );
        let id = tx.fetch_value(sql, args![slug, self.app.now()]).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn add_section(&self, publication: PublicationId, slug: &str) -> i64 {
        let sql = Sql::both(
            "INSERT INTO sections (publication_id, slug, name, position, aliases) VALUES ($1, $2, $2, 1, '[]') RETURNING id AS value",
        );
        let mut tx = self.app.db.begin().await.unwrap();
        let id = tx.fetch_value(sql, args![publication, slug]).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn add_source(&self, publication: PublicationId, url: &str) -> SourceId {
        self.add_source_as(publication, url, "auto").await
    }

    pub async fn add_source_as(&self, publication: PublicationId, url: &str, first_fetch: &str) -> SourceId {
        let mut tx = self.app.db.begin().await.unwrap();
        let sql = Sql::both(
            "INSERT INTO sources (name, kind, url, created_at, status, next_fetch_at) VALUES ($1, 'feed', $1, $2, 'new', $2) ON CONFLICT (url) DO UPDATE SET name = excluded.name RETURNING id AS value",
        );
        let id: SourceId = tx.fetch_value(sql, args![url, self.app.now()]).await.unwrap();
        let sql = Sql::both(
            "INSERT INTO publication_sources (publication_id, source_id, position, first_fetch, added_at) VALUES ($1, $2, 1, $3, $4)",
        );
        tx.execute(sql, args![publication, id, first_fetch, self.app.now()]).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn seal_an_edition(&self, publication: PublicationId) {
        let mut tx = self.app.db.begin().await.unwrap();
        let sql = Sql::both(
            "INSERT INTO editions (publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, sealed_at, created_at) VALUES ($1, '2026-11-22', '2026-11-22', $2, $2, $2, 'sent', 1, '', '', '', '', $2, $2)",
        );
        tx.execute(sql, args![publication, self.app.now()]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn count(&self, table: &'static str) -> i64 {
        let sql = match table {
            "articles" => Sql::both("SELECT COUNT(*) AS value FROM articles"),
            "candidates" => Sql::both("SELECT COUNT(*) AS value FROM candidates"),
            "article_keys" => Sql::both("SELECT COUNT(*) AS value FROM article_keys"),
            "article_revisions" => Sql::both("SELECT COUNT(*) AS value FROM article_revisions"),
            "sightings" => Sql::both("SELECT COUNT(*) AS value FROM sightings"),
            "fetches" => Sql::both("SELECT COUNT(*) AS value FROM fetches"),
            _ => panic!("{table} is not counted here"),
        };
        self.app.db.read().await.unwrap().fetch_value(sql, args![]).await.unwrap()
    }

    /// The candidates of a publication as `state title`, in the order of their articles' titles.
    pub async fn candidates(&self, publication: PublicationId) -> Vec<String> {
        let sql = Sql::both(
            "SELECT c.state || ' ' || a.title AS value FROM candidates c JOIN articles a ON a.id = c.article_id WHERE c.publication_id = $1 ORDER BY a.title",
        );
        let rows: Vec<(String,)> = self.app.db.read().await.unwrap().fetch_all(sql, args![publication]).await.unwrap();
        rows.into_iter().map(|(row,)| row).collect()
    }
}
