//! The sample newsroom, visited: its feed is well formed, its pages and pictures answer.

use super::*;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use quick_xml::Reader;
use quick_xml::events::Event;
use tower::ServiceExt;

const SIGN_UP: &str = "http://letters.example/subscribe?publication=evening&from=site";

/// 23 November 2026, 17:00 UTC.
fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_453_200)
}

fn site_at(now: Timestamp) -> Site {
    let zone = chrono_tz::Europe::Berlin;
    Site {
        base_url: "http://127.0.0.1:8000".to_owned(),
        subscribe_url: Box::new(|| SIGN_UP.to_owned()),
        zone,
        now,
        articles: articles::load(now, zone).unwrap(),
    }
}

async fn get(path: &str) -> (StatusCode, String, Vec<u8>) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = pages::router(Arc::new(site_at(now()))).oneshot(request).await.unwrap();
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let kind = if answer.status().is_redirection() { header(header::LOCATION) } else { header(header::CONTENT_TYPE) };
    let status = answer.status();
    (status, kind, axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec())
}

/// The texts of all elements of one name.
fn texts(feed: &str, name: &str) -> Vec<String> {
    let (mut reader, mut out, mut depth) = (Reader::from_str(feed), Vec::<String>::new(), 0);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) if tag.name().as_ref() == name => {
                depth += 1;
                out.push(String::new());
            }
            Event::End(tag) if tag.name().as_ref() == name => depth -= 1,
            Event::Text(text) if depth > 0 => out.last_mut().unwrap().push_str(&text),
            Event::CData(text) if depth > 0 => out.last_mut().unwrap().push_str(&text),
            Event::Eof => return out,
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_feed_is_well_formed_and_has_the_habits_of_wordpress() {
    let (status, kind, body) = get("/feed/").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/rss+xml; charset=UTF-8"));
    let feed = String::from_utf8(body).unwrap();
    assert_eq!(texts(&feed, "item").len(), 8);
    assert_eq!(texts(&feed, "guid").len(), 8);
    assert!(texts(&feed, "guid").iter().all(|guid| guid.contains("/?p=")));
    for description in texts(&feed, "description").iter().skip(1) {
        assert!(description.contains(" [&#8230;]</p>") && description.contains("appeared first on"), "{description}");
    }
    for content in texts(&feed, "content:encoded") {
        assert!(content.contains("Related articles") && content.contains(" <span class=\"byline\">by "), "{content}");
        assert!(
            content.contains("letters.example/subscribe") && content.contains("Subscribe to our evening newsletter")
        );
        let words = dom_query::Document::from(content.as_str()).text().split_whitespace().count();
        assert!((250..=480).contains(&words), "{words}");
    }
    assert_eq!(texts(&feed, "media:credit").len(), 5);
}

#[test]
fn every_article_was_published_today_before_now() {
    for offset in [0, 1, 60, 3_600 * 6 + 59, 3_600 * 7 - 1] {
        let now = now() + crate::base::Span::seconds(offset);
        let site = site_at(now);
        for article in site.articles.iter().filter(|article| article.is_of_today()) {
            assert!(article.published_at <= now);
            let day = |at: Timestamp| at.in_zone(site.zone).date_naive();
            assert_eq!(day(article.published_at), day(now), "{}", article.slug);
        }
    }
}

#[tokio::test]
async fn every_article_page_answers_with_its_headline_and_describes_itself() {
    for article in site_at(now()).articles {
        let (status, kind, body) = get(&article.path()).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/html; charset=utf-8"), "{}", article.slug);
        let page = dom_query::Document::from(String::from_utf8(body).unwrap());
        assert_eq!(page.select("h1").text().to_string(), article.title);
        let json = page.select("script[type='application/ld+json']").text().to_string();
        let about: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(about["headline"], article.title.as_str());
        assert_eq!(page.select("meta[property='og:title']").attr("content").as_deref(), Some(article.title.as_str()));
        for related in page.select(".related a").iter() {
            let href = related.attr("href").unwrap().replace("http://127.0.0.1:8000", "");
            assert_eq!(get(&href).await.0, StatusCode::OK, "{href}");
        }
        assert_eq!(page.select(".related li").length(), article.related.len());
        let short = get(&format!("/?p={}", article.id)).await;
        assert_eq!((short.0, short.1), (StatusCode::PERMANENT_REDIRECT, article.path()));
    }
}

#[tokio::test]
async fn every_picture_is_a_small_jpeg() {
    let mut total = 0;
    for image in site_at(now()).articles.iter().filter_map(|article| article.image.as_ref()) {
        let (status, kind, body) = get(&format!("/images/{}", image.file)).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/jpeg"), "{}", image.file);
        assert!(body.starts_with(&[0xff, 0xd8, 0xff]) && body.len() < 60 * 1024, "{}", image.file);
        total += body.len();
    }
    assert!(total < 200 * 1024, "{total}");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    for path in [
        "/nothing",
        "/images/passwd",
        "/?p=9",
        "/?p=x",
        "/city/nothing/",
        "/culture/night-market-returns-to-rope-street/",
    ] {
        assert_eq!(get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_home_page_leads_to_every_article_of_today() {
    let home = String::from_utf8(get("/").await.2).unwrap();
    for article in site_at(now()).articles.iter().filter(|article| article.is_of_today()) {
        assert!(home.contains(&format!("href=\"{}\"", article.path())), "{}", article.slug);
    }
    assert!(home.contains("Monday, 23 November 2026"));
}

#[tokio::test]
async fn a_started_newsroom_answers_until_it_is_stopped() {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let newsroom = Newsroom::start(listen, || SIGN_UP.to_owned(), now(), chrono_tz::UTC).unwrap();
    let address = newsroom.base_url().trim_start_matches("http://").to_owned();
    assert_eq!(newsroom.feed_url(), format!("http://{address}/feed/"));
    let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, b"GET /feed/ HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut socket, &mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200") && answer.ends_with("</rss>"), "{answer}");
    newsroom.stop().await;
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}
