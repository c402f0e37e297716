//! A small site on loopback whose pages the test writes.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub struct Loopback {
    address: String,
    server: JoinHandle<()>,
}

impl Loopback {
    /// Pages by their names: content type and body.
    pub async fn serve(pages: impl IntoIterator<Item = (String, String, Vec<u8>)>) -> Self {
        let pages: BTreeMap<String, (String, Vec<u8>)> =
            pages.into_iter().map(|(name, kind, body)| (name, (kind, body))).collect();
        let pages = Arc::new(pages);
        let answer = move |Path(name): Path<String>| {
            let page = pages.get(&name).cloned();
            async move {
                match page {
                    Some((kind, body)) => ([(header::CONTENT_TYPE, kind)], body).into_response(),
                    None => Response::builder()
                        .status(StatusCode::NOT_FOUND)
                        .body("nothing here".into())
                        .expect("an answer"),
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("a bound listener"));
        let router = Router::new().route("/{*name}", get(answer));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { address, server }
    }

    /// One feed with this many stories of today.
    pub async fn feed(stories: usize) -> Self {
        Self::serve([("feed.xml".to_owned(), "application/rss+xml".to_owned(), rss(stories).into_bytes())]).await
    }

    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub fn rss(stories: usize) -> String {
    let items: String = (1..=stories)
        .map(|n| {
            format!(
                "<item><title>The ferry's {n}. crossing</title><link>https://news.example/ferry/{n}</link>\
                 <guid isPermaLink=\"false\">ferry-{n}</guid><category>Harbour</category>\
                 <description>Crossing number {n} was calm, the captain said, and everybody saw the lighthouse.</description></item>"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Harbour</title>\
         <link>https://news.example/</link><description>News</description>{items}</channel></rss>"
    )
}
