//! A newspaper's site on loopback: the feeds that the tests change, and a ledger of who asked for them.
//!
//! `/feed` shows every story, the newest first; `/feed/NAME` those of one category. Stories live at an example domain:
//! nothing reads them, and an edition that links to this very machine is refused.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode};
use futures_util::stream;
use lamplighter::base::Timestamp;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// An entry of the feed.
#[derive(Clone, Debug)]
pub struct Article {
    pub title: String,
    pub url: String,
    pub guid: String,
    pub text: String,
    pub category: String,
    /// Most feeds here are silent about time, which an edition must survive.
    pub dated: Option<Timestamp>,
}

/// What the site does with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mood {
    Answers,
    AnswersWith(u16),
    Hangs,
    HangsUp,
}

#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
}

impl Asked {
    /// With validators: the answer may be that nothing changed.
    pub fn is_conditional(&self) -> bool {
        self.headers.contains_key("if-none-match")
    }
}

pub struct Newspaper {
    address: SocketAddr,
    desk: Arc<Desk>,
    server: JoinHandle<()>,
}

struct Desk {
    articles: Mutex<Vec<Article>>,
    mood: watch::Sender<Mood>,
    asked: watch::Sender<Vec<Asked>>,
}

impl Newspaper {
    pub async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let desk = Arc::new(Desk {
            articles: Mutex::default(),
            mood: watch::Sender::new(Mood::Answers),
            asked: watch::Sender::default(),
        });
        let of_server = Arc::clone(&desk);
        let router = axum::Router::new().fallback(move |request: Request| answer(Arc::clone(&of_server), request));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("the site goes on") });
        Self { address, desk, server }
    }

    /// The feed of everything.
    pub fn feed(&self) -> String {
        format!("http://{}/feed", self.address)
    }

    /// The feed of one category.
    pub fn feed_of(&self, category: &str) -> String {
        format!("http://{}/feed/{category}", self.address)
    }

    pub fn publish(&self, title: &str) {
        self.publish_in("", title);
    }

    pub fn publish_in(&self, category: &str, title: &str) {
        self.add(title, category, None);
    }

    pub fn publish_dated(&self, title: &str, dated: Timestamp) {
        self.add(title, "", Some(dated));
    }

    fn add(&self, title: &str, category: &str, dated: Option<Timestamp>) {
        let slug = title.to_lowercase().replace(' ', "-");
        self.desk.articles().push(Article {
            title: title.to_owned(),
            url: format!("https://gazette.example/{slug}"),
            guid: format!("story {slug}"),
            text: format!(
                "{title}: this is what happened today at the harbour, as people there told it. More follows."
            ),
            category: category.to_owned(),
            dated,
        });
    }

    /// An editor changes a story.
    ///
    /// # Panics
    /// If there is none of this title.
    pub fn edit(&self, title: &str, change: impl FnOnce(&mut Article)) {
        change(self.desk.articles().iter_mut().find(|it| it.title == title).expect("the story was published"));
    }

    pub fn take_down(&self, title: &str) {
        self.desk.articles().retain(|it| it.title != title);
    }

    pub fn answer_with(&self, status: u16) {
        self.desk.mood.send_replace(Mood::AnswersWith(status));
    }

    /// Takes requests and says nothing, until another word is spoken here.
    pub fn hang(&self) {
        self.desk.mood.send_replace(Mood::Hangs);
    }

    /// Closes every connection in the middle of the answer, those that hang too.
    pub fn hang_up(&self) {
        self.desk.mood.send_replace(Mood::HangsUp);
    }

    pub fn recover(&self) {
        self.desk.mood.send_replace(Mood::Answers);
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.desk.asked.borrow().clone()
    }

    /// Waits until the site was asked this often, all paths together.
    pub async fn wait_for_requests(&self, count: usize) {
        self.desk.asked.subscribe().wait_for(|asked| asked.len() >= count).await.expect("the site is open");
    }
}

impl Drop for Newspaper {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Desk {
    fn articles(&self) -> MutexGuard<'_, Vec<Article>> {
        self.articles.lock().expect("no test panics while it holds the stories")
    }

    fn feed(&self, category: &str) -> String {
        let items: String = self
            .articles()
            .iter()
            .rev()
            .filter(|it| category.is_empty() || it.category == category)
            .map(Article::entry)
            .collect();
        format!("<rss version='2.0'><channel><title>The Gazette</title>{items}</channel></rss>")
    }
}

impl Article {
    fn entry(&self) -> String {
        let date = self.dated.map(|at| format!("<pubDate>{}</pubDate>", at.utc().to_rfc2822())).unwrap_or_default();
        format!(
            "<item><title>{}</title><link>{}</link><guid isPermaLink='false'>{}</guid><category>{}</category>\
             <description>{}</description>{date}</item>",
            self.title, self.url, self.guid, self.category, self.text
        )
    }
}

async fn answer(desk: Arc<Desk>, request: Request) -> Response<Body> {
    let path = request.uri().path().to_owned();
    desk.asked.send_modify(|asked| asked.push(Asked { path: path.clone(), headers: request.headers().clone() }));
    let mood = *desk.mood.subscribe().wait_for(|mood| *mood != Mood::Hangs).await.expect("the site is open");
    let body = desk.feed(path.trim_start_matches("/feed").trim_start_matches('/'));
    let etag = format!("\"{}\"", lamplighter::base::hash::sha256_hex(body.as_bytes()));
    let is_known = request.headers().get("if-none-match").is_some_and(|it| it.as_bytes() == etag.as_bytes());
    let response = Response::builder().header("etag", &etag);
    match mood {
        Mood::AnswersWith(status) => response.status(status).body(Body::empty()),
        Mood::HangsUp => {
            let broken = stream::iter([Ok("<rss"), Err(std::io::Error::other("the line is cut"))]);
            response.body(Body::from_stream(broken))
        }
        _ if is_known => response.status(StatusCode::NOT_MODIFIED).body(Body::empty()),
        _ => response.header("content-type", "application/rss+xml").body(Body::from(body)),
    }
    .expect("a response of ours is well formed")
}
