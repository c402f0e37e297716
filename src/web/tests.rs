//! Through the router without a socket: what visitors, scanners, mailbox providers and forgers send, and what they get.

mod archive;
mod articles;
mod desk;
mod hooks;
mod joining;
mod leaving;
mod metrics;
mod privacy;
mod reports;
mod unlocked;

use super::router;
use crate::app::fixtures::TestHouse;
use crate::subscribers::fixtures::Letters as _;
use crate::subscribers::{ConfirmOutcome, SignUp, SubscriptionId, confirm, sign_up};
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request};
use std::net::SocketAddr;
use tower::ServiceExt as _;

pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

pub(super) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
pub(super) const JSON: (&str, &str) = ("content-type", "application/json");

pub(super) async fn ask(
    house: &TestHouse,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.into()).unwrap();
    request.extensions_mut().insert(ConnectInfo("192.0.2.1:5000".parse::<SocketAddr>().unwrap()));
    let response = router(house.app.clone()).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 4 << 20).await.unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

pub(super) async fn get(house: &TestHouse, path: &str) -> Answer {
    ask(house, "GET", path, &[], Body::empty()).await
}

pub(super) async fn post_form(house: &TestHouse, path: &str, body: &str) -> Answer {
    ask(house, "POST", path, &[FORM], body.to_owned()).await
}

pub(super) async fn reader(house: &TestHouse, address: &str) -> SubscriptionId {
    sign_up(&house.app, SignUp::by_form(address)).await.unwrap();
    match confirm(&house.app, &house.confirm_token(address).await, None, &[]).await.unwrap() {
        ConfirmOutcome::Confirmed { subscription, .. } => subscription,
        other => panic!("{other:?}"),
    }
}

/// The path of a link.
pub(super) fn path_of(link: &str) -> String {
    link.strip_prefix("https://news.example").unwrap().to_owned()
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_a_number() {
    let house = TestHouse::open().await;
    for path in ["/", "/subscribe", "/privacy", "/nowhere", "/confirm/garbage", "/desk/login", "/health/ready"] {
        let answer = get(&house, path).await;
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
        assert!(!answer.text.contains("<script") && !answer.text.contains("style=\""), "{path}");
    }
}

#[tokio::test]
async fn an_error_speaks_the_language_it_was_asked_in() {
    let house = TestHouse::open().await;
    let page = ask(&house, "GET", "/nowhere", &[("accept", "text/html,*/*")], "").await;
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.text.contains("Page not found") && page.text.contains("To the front page"));
    let problem = ask(&house, "GET", "/nowhere", &[("accept", "application/json")], "").await;
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json()["code"], "not_found");
    assert_eq!(problem.json()["request_id"], problem.header("x-request-id"));

    let wrong = ask(&house, "DELETE", "/subscribe", &[], "").await;
    assert_eq!(wrong.status, 405);
    assert!(wrong.header("allow").contains("POST"));
    assert!(wrong.text.contains("</html>"));
}

#[tokio::test]
async fn a_database_that_is_away_is_a_503_that_tells_nothing() {
    let house = TestHouse::open().await;
    house.app.db.close().await;
    for path in ["/", "/health/ready", "/subscribe?publication=evening"] {
        let answer = get(&house, path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.header("retry-after"), "30");
        assert!(!answer.text.to_lowercase().contains("pool") && !answer.text.contains("sql"), "{}", answer.text);
    }
    assert_eq!(get(&house, "/health/live").await.status, 200);
}

#[tokio::test]
async fn the_stylesheet_has_its_contents_name_and_is_kept_for_a_year() {
    let house = TestHouse::open().await;
    let page = get(&house, "/").await;
    let (_, rest) = page.text.split_once("href=\"/static/").unwrap();
    let name = rest.split('"').next().unwrap();
    let sheet = get(&house, &format!("/static/{name}")).await;
    assert_eq!((sheet.status, sheet.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(sheet.header("cache-control").contains("immutable"));
    assert_eq!(get(&house, "/static/0000000000000000.css").await.status, 404);
    for word in ["http://", "https://", "@import", "url("] {
        assert!(!sheet.text.contains(word), "{word}");
    }
}

#[tokio::test]
async fn head_answers_like_get_without_a_body() {
    let house = TestHouse::open().await;
    for path in ["/", "/subscribe", "/privacy", "/health/live"] {
        let answer = ask(&house, "HEAD", path, &[], "").await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{path}");
    }
}
