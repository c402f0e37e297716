//! What is found on sites that offer much, little, nothing, or ill.

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use lamplighter::base::Timestamp;
use lamplighter::config::{self, Config, Overrides};
use lamplighter::gather::discover::{Discovered, discover};
use lamplighter::gather::fetch::{FetchError, Fetcher};
use lamplighter::publications::SourceKind;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

const NOON: Timestamp = Timestamp::from_seconds(1_795_435_200);

/// Pages by their paths: status and body, `HERE` in it being the site's own address.
struct Site {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    async fn open(pages: &[(&str, u16, String)]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let fill = |body: &String| body.replace("HERE", &address);
        let pages: HashMap<String, (u16, String)> =
            pages.iter().map(|(path, status, body)| ((*path).to_owned(), (*status, fill(body)))).collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ledger = Arc::clone(&asked);
        let answer = move |request: Request| {
            let path = request.uri().path().to_owned();
            ledger.lock().unwrap().push(path.clone());
            let (status, body) = pages.get(&path).or(pages.get("*")).cloned().unwrap_or((404, String::new()));
            let to = if status == 302 { body.clone() } else { "/".to_owned() };
            async move { Response::builder().status(status).header("location", to).body(Body::from(body)).unwrap() }
        };
        let router = axum::Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, asked }
    }

    async fn discover(&self, path: &str) -> Result<Discovered, FetchError> {
        let text = config::template("Trial");
        let config = Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default()).unwrap();
        let fetcher = Fetcher::new(&config).unwrap();
        let told = Mutex::new(0);
        let found =
            discover(&fetcher, &format!("{}{path}", self.address), NOON, &|_| *told.lock().unwrap() += 1).await?;
        assert_eq!(*told.lock().unwrap(), found.questions);
        assert!(found.questions <= 25, "{} questions", found.questions);
        // Redirects are asked as well.
        assert!(self.asked.lock().unwrap().len() <= 25 * 6);
        Ok(found)
    }
}

fn kinds(found: &Discovered) -> Vec<SourceKind> {
    found.offers.iter().map(|offer| offer.kind).collect()
}

fn feed(words: usize) -> String {
    let text = "word ".repeat(words);
    let items: String = (1..=10)
        .map(|n| {
            format!(
                "<item><title>Crossing {n} of the ferry</title><link>HERE/2026/{n}</link><pubDate>Mon, 23 Nov 2026 0{}:00:00 GMT</pubDate>\
                 <description>{text}</description></item>",
                n % 10
            )
        })
        .collect();
    format!("<rss version='2.0'><channel><title>The Gazette</title>{items}</channel></rss>")
}

fn posts() -> String {
    let post = |n: u32| {
        serde_json::json!({
            "id": n, "date_gmt": "2026-11-23T10:00:00", "link": format!("HERE/2026/{n}"), "status": "publish",
            "title": { "rendered": format!("Crossing {n} of the ferry") }, "content": { "rendered": "word ".repeat(200) },
            "_embedded": { "author": [{ "name": "Anna Ray" }], "wp:term": [[{ "name": "Sea", "taxonomy": "category" }]],
                           "wp:featuredmedia": [{ "source_url": "https://news.example/a.jpg" }] },
        })
    };
    serde_json::Value::from((1..=20).map(post).collect::<Vec<_>>()).to_string()
}

fn sitemap() -> String {
    let url = |n: u32| {
        format!(
            "<url><loc>HERE/2026/{n}</loc><n:news><n:publication_date>2026-11-23</n:publication_date>\
             <n:title>Crossing {n} of the ferry</n:title></n:news></url>"
        )
    };
    format!(
        "<urlset xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>{}</urlset>",
        (1..=30).map(url).collect::<String>()
    )
}

fn front(head: &str) -> String {
    let links: String = (1..=5)
        .map(|n| format!("<article><h2><a href='/2026/11/23/crossing-{n}'>Crossing {n} of the old ferry was calm</a></h2></article>"))
        .collect();
    format!("<!doctype html><html><head><title>The Gazette</title>{head}</head><body>{links}</body></html>")
}

#[tokio::test]
async fn a_site_that_offers_everything_is_read_by_its_api() {
    let head = "<link rel='alternate' type='application/rss+xml' href='/feed/'><link rel='https://api.w.org/' href='/wp-json/'>";
    let site = Site::open(&[
        ("/", 200, front(head)),
        ("/feed/", 200, feed(20)),
        ("/wp-json/wp/v2/posts", 200, posts()),
        ("/robots.txt", 200, "User-agent: *\nSitemap: HERE/sitemaps.xml".to_owned()),
        ("/sitemaps.xml", 200, "<sitemapindex><sitemap><loc>HERE/news.xml</loc></sitemap></sitemapindex>".to_owned()),
        ("/news.xml", 200, sitemap()),
    ])
    .await;
    let found = site.discover("/").await.unwrap();
    use SourceKind::{Feed, Page, Sitemap, Wordpress};
    assert_eq!(kinds(&found), [Wordpress, Feed, Sitemap, Page], "{found:?}");
    assert_eq!(found.title, "The Gazette");
    assert!(found.reason.contains("API"), "{}", found.reason);
    let api = &found.offers[0];
    assert_eq!((api.url.clone(), api.entries), (format!("{}/wp-json/wp/v2/posts", site.address), 20));
    assert!(api.has_full_text && api.has_images && api.has_authors && api.has_sections);
    assert_eq!(api.newest.as_deref(), Some("2026-11-23T10:00:00Z"));
    let feed = &found.offers[1];
    assert!(!feed.has_full_text && feed.remark.contains("teasers"), "{}", feed.remark);
    assert_eq!((found.offers[2].entries, found.offers[2].url.ends_with("/sitemaps.xml")), (30, true));
}

#[tokio::test]
async fn a_feed_that_no_page_names_is_found_where_feeds_usually_are() {
    let site = Site::open(&[("/", 200, "<html><body>Hello".to_owned()), ("/rss.xml", 200, feed(200))]).await;
    let found = site.discover("").await.unwrap();
    assert_eq!(kinds(&found), [SourceKind::Feed]);
    assert!(found.offers[0].has_full_text && found.reason.contains("whole articles"), "{}", found.reason);
}

#[tokio::test]
async fn of_a_section_its_own_feed_is_recommended() {
    let site = Site::open(&[
        ("/world", 200, front("<link rel='alternate' type='application/rss+xml' href='/world/feed/'>")),
        ("/world/feed/", 200, feed(20)),
        ("/wp-json/wp/v2/posts", 200, posts()),
    ])
    .await;
    let found = site.discover("/world").await.unwrap();
    assert_eq!(kinds(&found)[..2], [SourceKind::Feed, SourceKind::Wordpress], "{found:?}");
}

#[tokio::test]
async fn the_address_of_a_feed_is_taken_as_what_it_is() {
    let site = Site::open(&[("/deep/feed.xml", 200, feed(20))]).await;
    let found = site.discover("/deep/feed.xml").await.unwrap();
    assert_eq!(kinds(&found), [SourceKind::Feed]);
    assert!(found.offers[0].url.ends_with("/deep/feed.xml"));
}

#[tokio::test]
async fn where_there_is_nothing_else_the_links_of_the_page_are_read_and_old_offers_come_last() {
    let site = Site::open(&[
        ("/", 200, front("<link rel='alternate' type='application/rss+xml' href='/old.xml'>")),
        ("/old.xml", 200, feed(20).replace("2026", "2019")),
    ])
    .await;
    let found = site.discover("/").await.unwrap();
    assert_eq!(kinds(&found), [SourceKind::Page, SourceKind::Feed], "{found:?}");
    assert!(found.offers[1].remark.contains("30 days"), "{}", found.offers[1].remark);
}

#[tokio::test]
async fn a_hostile_site_costs_a_bounded_number_of_questions_and_says_what_to_do() {
    let names: String =
        (0..500).map(|n| format!("<link rel='alternate' type='application/rss+xml' href='/f{n}'>")).collect();
    let hostile = [
        ("/", 200, format!("<html><head>{names}</head>")),
        ("/robots.txt", 200, "Sitemap: http://169.254.169.254/x\n".repeat(10_000)),
        ("*", 302, "/round".to_owned()),
    ];
    let found = Site::open(&hostile).await.discover("/").await.unwrap();
    assert!(found.offers.is_empty(), "{found:?}");
    assert!(found.reason.contains("lamplighter source test"), "{}", found.reason);
    // Every path answers with the same page.
    let found = Site::open(&[("*", 200, front(""))]).await.discover("/").await.unwrap();
    assert_eq!(kinds(&found), [SourceKind::Page]);
    assert!(matches!(Site::open(&[]).await.discover("/").await, Err(FetchError::Status { status: 404, .. })));
}
