//! The pages of a [`Harness`] over real HTTP, at a port of their own.

use super::Harness;
use lamplighter::web;
use reqwest::{Client, RequestBuilder, redirect::Policy};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Open until dropped.
pub struct Doors {
    pub address: String,
    client: Client,
    stop: CancellationToken,
}

/// Where the links in mails lead.
const OUTSIDE: &str = "https://news.example";

impl Doors {
    pub async fn open(t: &mut Harness) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("a bound listener"));
        let (app, stop) = (t.app.clone(), CancellationToken::new());
        let stopped = stop.clone();
        t.spawn(async move { web::serve(app, listener, stopped).await.expect("it serves") });
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().expect("a plain HTTP client");
        Self { address, client, stop }
    }

    /// A path, or a link as it stands in a mail, as it is reached from here.
    pub fn url(&self, link: &str) -> String {
        format!("{}{}", self.address, link.strip_prefix(OUTSIDE).unwrap_or(link))
    }

    pub fn get(&self, link: &str) -> RequestBuilder {
        self.client.get(self.url(link))
    }

    pub fn head(&self, link: &str) -> RequestBuilder {
        self.client.head(self.url(link))
    }

    /// `PATCH`, `PUT`, `DELETE`.
    pub fn request(&self, method: &str, link: &str) -> RequestBuilder {
        self.client.request(method.parse().expect("a method"), self.url(link))
    }

    pub fn post(&self, link: &str) -> RequestBuilder {
        self.client.post(self.url(link))
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
