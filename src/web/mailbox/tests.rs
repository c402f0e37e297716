//! The viewer of caught mails: it shows every part and runs nothing of it.

use super::*;
use crate::sink::SinkOptions;
use axum::body::Body;
use axum::http::Request;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

const HOSTILE: &str = concat!(
    "From: Lamp <lamp@news.example>\r\nTo: reader@mail.example\r\nSubject: <script>alert(1)</script>\r\n",
    "Content-Type: text/html; charset=utf-8\r\n\r\n",
    "<h1>Evening</h1><script>alert(2)</script><a href=\"javascript:alert(3)\">x</a><a href=\"https://news.example/?a=1&amp;b=2\">y</a>\r\n"
);

async fn sink_with(mail: &str) -> Arc<Sink> {
    let sink = Sink::start(SinkOptions::new(SocketAddr::from(([127, 0, 0, 1], 0)))).unwrap();
    let mut socket = tokio::net::TcpStream::connect(sink.address()).await.unwrap();
    let talk = format!(
        "EHLO test.example\r\nMAIL FROM:<bounce@news.example>\r\nRCPT TO:<reader@mail.example>\r\nDATA\r\n{mail}.\r\nQUIT\r\n"
    );
    socket.write_all(talk.as_bytes()).await.unwrap();
    socket.read_to_end(&mut Vec::new()).await.unwrap();
    sink.wait_for(|mails| !mails.is_empty(), Duration::from_secs(5)).await.unwrap();
    Arc::new(sink)
}

async fn get(sink: &Arc<Sink>, path: &str) -> (StatusCode, String, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let answer = router(Arc::clone(sink)).oneshot(request).await.unwrap();
    let policy = answer.headers().get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap().to_owned();
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 1 << 22).await.unwrap();
    (status, policy, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_list_names_sender_reader_subject_and_size() {
    let sink = sink_with(HOSTILE).await;
    let (status, _, body) = get(&sink, "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        body.contains("lamp@news.example")
            && body.contains("reader@mail.example")
            && body.contains("href=\"/mails/1\"")
    );
    assert!(body.contains("&#60;script&#62;") && !body.contains("<script"));
}

#[tokio::test]
async fn a_mail_can_be_seen_in_every_way_and_none_lets_its_markup_loose() {
    let sink = sink_with(HOSTILE).await;
    for tab in Tab::ALL {
        let (status, policy, body) = get(&sink, &format!("/mails/1{}", tab.path())).await;
        assert_eq!((status, policy.as_str()), (StatusCode::OK, PAGE_POLICY), "{}", tab.label());
        assert!(!body.contains("<script") && !body.contains("href=\"javascript:"), "{body}");
    }
    assert!(get(&sink, "/mails/1").await.2.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(get(&sink, "/mails/1/source").await.2.contains("Content-Type: text/html"));
    assert!(get(&sink, "/mails/1/links").await.2.contains("href=\"https://news.example/?a=1&#38;b=2\""));
}

#[tokio::test]
async fn the_html_itself_is_sandboxed_without_scripts() {
    let sink = sink_with(HOSTILE).await;
    let (status, policy, body) = get(&sink, "/mails/1/html").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        policy.starts_with("sandbox ") && !policy.contains("allow-scripts") && !policy.contains("allow-same-origin")
    );
    assert!(policy.contains("default-src 'none'") && policy.contains("img-src http: https:"));
    assert!(body.contains("<h1>Evening</h1>"));
}

#[tokio::test]
async fn a_mail_that_is_not_there_is_not_found() {
    let sink = sink_with(HOSTILE).await;
    for path in ["/mails/2", "/mails/x", "/mails/1/nothing", "/mails/99999999999999999999/html", "/nothing"] {
        assert_eq!(get(&sink, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}
