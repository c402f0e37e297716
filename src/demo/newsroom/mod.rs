//! An invented newspaper's site, served on loopback, for trying Lamplighter out.
//!
//! It offers what a newsroom's site offers to a reader and to a program: a home page, article pages with OpenGraph and
//! JSON-LD, pictures, and an RSS feed in the shape that WordPress gives it, cut descriptions and calls to subscribe
//! included. Its articles were all published today, before the moment it was started at. Place, people and news are
//! invented. It is no content system: nothing can be written to it. Held to it by the tests in `tests.rs`.

mod articles;
mod feed;
mod images;
mod pages;
#[cfg(test)]
mod tests;

use crate::base::Timestamp;
use articles::Article;
use chrono_tz::Tz;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

const SITE_NAME: &str = "The Saltmere Gazette";

/// What the pages are made from.
struct Site {
    base_url: String,
    subscribe_url: Box<dyn Fn() -> String + Send + Sync>,
    zone: Tz,
    now: Timestamp,
    articles: Vec<Article>,
}

/// A running site; it stops when this is dropped.
pub struct Newsroom {
    base_url: String,
    stop: CancellationToken,
    server: Option<tokio::task::JoinHandle<io::Result<()>>>,
}

impl Newsroom {
    /// Serves the site at `listen` (port 0 takes any free one), as it looks at `now` in `zone`. `subscribe_url` is asked
    /// at each page view where readers sign up, so it may become known later. To be called inside a tokio runtime.
    ///
    /// # Errors
    /// As binding says: an address in use, or not of this machine.
    pub fn start(
        listen: SocketAddr,
        subscribe_url: impl Fn() -> String + Send + Sync + 'static,
        now: Timestamp,
        zone: Tz,
    ) -> io::Result<Self> {
        let articles = articles::load(now, zone).map_err(io::Error::other)?;
        let socket = std::net::TcpListener::bind(listen)?;
        socket.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(socket)?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let site = Site { base_url: base_url.clone(), subscribe_url: Box::new(subscribe_url), zone, now, articles };
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let serve = axum::serve(listener, pages::router(Arc::new(site))).with_graceful_shutdown(stopped);
        Ok(Self { base_url, stop, server: Some(tokio::spawn(serve.into_future())) })
    }

    /// Without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    pub fn feed_url(&self) -> String {
        format!("{}/feed/", self.base_url)
    }

    /// Stops listening, and waits until the pages being served have been.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            let _ = server.await;
        }
    }
}

impl Drop for Newsroom {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
