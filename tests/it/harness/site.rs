//! A whole news site on loopback: a feed that holds ten entries, further pages of it, an API, a sitemap and the articles'
//! own pages; each can be taken away or be made to answer otherwise.
//!
//! Unlike the [`super::Newspaper`], its articles stand on the site itself, so that their pages are read.

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use lamplighter::base::Timestamp;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;

#[derive(Clone, Debug)]
pub struct Post {
    pub id: u32,
    pub title: String,
    pub text: String,
    pub at: Timestamp,
    /// Neither in the feed nor on a page of its own.
    pub is_withdrawn: bool,
}

/// What the site offers, and how it answers.
#[derive(Clone, Debug)]
pub struct Manner {
    pub feed_size: usize,
    /// `?paged=2` of the feed.
    pub pages: bool,
    pub api: bool,
    pub sitemap: bool,
    /// Paths that begin with this answer with that status.
    pub refuses: Option<(&'static str, u16)>,
    /// With a refusal.
    pub retry_after: Option<String>,
    /// Stands before every guid and in every address: another one is a move to another system.
    pub system: &'static str,
    /// Stands at the end of every text.
    pub suffix: &'static str,
    /// So many of the latest stories are not in the feed yet: an old answer.
    pub behind: usize,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            feed_size: 10,
            pages: false,
            api: false,
            sitemap: false,
            refuses: None,
            retry_after: None,
            system: "a",
            suffix: "",
            behind: 0,
        }
    }
}

#[derive(Default)]
struct Desk {
    posts: Vec<Post>,
    manner: Manner,
    asked: Vec<String>,
}

#[derive(Clone)]
pub struct Site {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
}

impl Site {
    pub async fn open() -> Self {
        Self::offering(Manner::default()).await
    }

    pub async fn offering(manner: Manner) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let site = Self { address, desk: Arc::new(Mutex::new(Desk { manner, ..Desk::default() })) };
        let of_server = site.clone();
        let router = axum::Router::new().fallback(move |request: Request| {
            let site = of_server.clone();
            async move { site.answer(&request) }
        });
        // Ends with the test's runtime.
        tokio::spawn(async move { axum::serve(listener, router).await.expect("the site goes on") });
        site
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().expect("no test panics while it holds the desk")
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn feed(&self) -> String {
        self.url("/feed/")
    }

    pub fn change(&self, change: impl FnOnce(&mut Manner)) {
        change(&mut self.desk().manner);
    }

    /// Publishes a story that is dated `at`.
    pub fn publish(&self, title: &str, at: Timestamp) {
        let mut desk = self.desk();
        let id = u32::try_from(desk.posts.len() + 1).expect("few posts");
        // Every story has words of its own: what is alike is told apart elsewhere.
        let text = (0..12)
            .map(|n| format!("Sentence {n} of the story number {id} tells {title} with fact{n}x{id} and fact{id}y{n}."))
            .collect::<Vec<_>>()
            .join(" ");
        desk.posts.push(Post { id, title: title.to_owned(), text, at, is_withdrawn: false });
    }

    /// Publishes `count` stories called `name 1`, `name 2` and so on, a second apart and the last of them at `at`.
    pub fn publish_many(&self, name: &str, count: i64, at: Timestamp) {
        for n in 1..=count {
            self.publish(&format!("{name} {n}"), at - lamplighter::base::Span::seconds(count - n));
        }
    }

    /// # Panics
    /// If there is no story of this title.
    pub fn edit(&self, title: &str, change: impl FnOnce(&mut Post)) {
        change(self.desk().posts.iter_mut().find(|it| it.title == title).expect("it was published"));
    }

    /// Publishes another story's text once more.
    ///
    /// # Panics
    /// If there is no story of this title.
    pub fn copy(&self, title: &str, again: &str, at: Timestamp) {
        let mut desk = self.desk();
        let text = desk.posts.iter().find(|it| it.title == title).expect("it was published").text.clone();
        let id = u32::try_from(desk.posts.len() + 1).expect("few posts");
        desk.posts.push(Post { id, title: again.to_owned(), text, at, is_withdrawn: false });
    }

    /// Of every story, the earliest first.
    pub fn titles(&self) -> Vec<String> {
        self.desk().posts.iter().map(|it| it.title.clone()).collect()
    }

    /// The addresses that the feed shows now.
    pub fn shown(&self) -> Vec<String> {
        let desk = self.desk();
        let posts = desk.posts.iter().rev().filter(|it| !it.is_withdrawn).take(desk.manner.feed_size);
        posts.map(|it| self.address_of(it, &desk.manner)).collect()
    }

    /// Path and query of each question so far.
    pub fn asked(&self) -> Vec<String> {
        self.desk().asked.clone()
    }

    /// Questions whose path and query begin so.
    pub fn asked_for(&self, start: &str) -> usize {
        self.desk().asked.iter().filter(|it| it.starts_with(start)).count()
    }

    pub fn forget_questions(&self) {
        self.desk().asked.clear();
    }

    fn answer(&self, request: &Request) -> Response<Body> {
        let uri = request.uri().to_string();
        let mut desk = self.desk();
        desk.asked.push(uri.clone());
        let manner = desk.manner.clone();
        let mut posts: Vec<Post> = desk.posts.iter().filter(|it| !it.is_withdrawn).cloned().collect();
        drop(desk);
        posts.reverse();
        if let Some((start, status)) = manner.refuses
            && uri.starts_with(start)
        {
            let mut response = Response::builder().status(status);
            if let Some(value) = &manner.retry_after {
                response = response.header("retry-after", value);
            }
            return response.body(Body::empty()).expect("a response");
        }
        let url = url::Url::parse(&self.url(&uri)).expect("a path");
        let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let number = |name: &str| query(name).and_then(|it| it.parse::<usize>().ok()).unwrap_or(1);
        let (kind, body) = match url.path() {
            "/feed/" => {
                let page = if manner.pages { number("paged") } else { 1 };
                let shown = posts.iter().skip(manner.behind + (page - 1) * manner.feed_size).take(manner.feed_size);
                let items: String = shown.map(|it| self.item(it, &manner)).collect();
                if page > 1 && items.is_empty() {
                    return not_found();
                }
                (
                    "application/rss+xml",
                    format!("<rss version=\"2.0\"><channel><title>Site</title>{items}</channel></rss>"),
                )
            }
            "/wp-json/wp/v2/posts" if manner.api => {
                let after = query("after").or_else(|| query("modified_after"));
                let after = after.and_then(|it| {
                    chrono::DateTime::parse_from_rfc3339(&it)
                        .ok()
                        .or_else(|| chrono::DateTime::parse_from_rfc3339(&format!("{it}Z")).ok())
                });
                let posts: Vec<&Post> =
                    posts.iter().filter(|it| after.is_none_or(|after| it.at.utc() > after)).collect();
                let size = number("per_page").max(1);
                let page = number("page");
                let shown: Vec<_> =
                    posts.iter().skip((page - 1) * size).take(size).map(|it| self.api(it, &manner)).collect();
                let total = posts.len().div_ceil(size).max(1).to_string();
                let body = serde_json::Value::from(shown).to_string();
                return Response::builder()
                    .header("content-type", "application/json")
                    .header("x-wp-totalpages", total)
                    .body(Body::from(body))
                    .expect("a response");
            }
            "/news-sitemap.xml" if manner.sitemap => {
                let urls: String = posts
                    .iter()
                    .map(|it| {
                        format!(
                            "<url><loc>{}</loc><news:news><news:publication_date>{}</news:publication_date>\
                             <news:title>{}</news:title></news:news></url>",
                            self.address_of(it, &manner),
                            it.at.rfc3339(),
                            it.title
                        )
                    })
                    .collect();
                (
                    "application/xml",
                    format!(
                        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
                         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">{urls}</urlset>"
                    ),
                )
            }
            // A plain sitemap: addresses and the last change of each.
            "/sitemap.xml" => {
                let url = |it: &Post| {
                    let day = it.at.utc().format("%Y-%m-%d");
                    format!("<url><loc>{}</loc><lastmod>{day}</lastmod></url>", self.address_of(it, &manner))
                };
                let about = format!("<url><loc>{}</loc></url>", self.url("/about-our-newsroom/"));
                let urls: String = posts.iter().map(url).collect();
                (
                    "application/xml",
                    format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{urls}{about}</urlset>"),
                )
            }
            // A section front.
            "/world/" => {
                let teaser = |it: &Post| {
                    format!(
                        "<article><h2><a href=\"{}\">{} in the words of the front page</a></h2></article>",
                        self.address_of(it, &manner),
                        it.title
                    )
                };
                let teasers: String = posts.iter().map(teaser).collect();
                (
                    "text/html",
                    format!("<html><body><nav><a href=\"/about/\">About</a></nav><main>{teasers}</main></body></html>"),
                )
            }
            path => match posts.iter().find(|it| self.address_of(it, &manner) == self.url(path)) {
                Some(post) => ("text/html; charset=utf-8", self.page(post, &manner)),
                None => return not_found(),
            },
        };
        Response::builder().header("content-type", kind).body(Body::from(body)).expect("a response")
    }

    pub fn address_of(&self, post: &Post, manner: &Manner) -> String {
        self.url(&format!("/{}/story-{}/", manner.system, post.id))
    }

    fn item(&self, it: &Post, manner: &Manner) -> String {
        format!(
            "<item><guid isPermaLink=\"false\">{}-{}</guid><link>{}</link><title>{}</title>\
             <description>{} {}</description><pubDate>{}</pubDate></item>",
            manner.system,
            it.id,
            self.address_of(it, manner),
            it.title,
            it.text.split_inclusive(". ").take(2).collect::<String>().trim(),
            manner.suffix,
            it.at.utc().to_rfc2822()
        )
    }

    fn api(&self, it: &Post, manner: &Manner) -> serde_json::Value {
        let at = it.at.utc().format("%Y-%m-%dT%H:%M:%S").to_string();
        serde_json::json!({
            "id": it.id, "status": "publish", "date_gmt": at, "modified_gmt": at,
            "link": self.address_of(it, manner),
            "guid": { "rendered": format!("{}-{}", manner.system, it.id) },
            "title": { "rendered": it.title },
            "content": { "rendered": format!("<p>{} {}</p>", it.text, manner.suffix) },
            "excerpt": { "rendered": "" },
        })
    }

    fn page(&self, it: &Post, manner: &Manner) -> String {
        let address = self.address_of(it, manner);
        let (title, text, suffix) = (&it.title, &it.text, manner.suffix);
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><title>{title} | Site</title>\
             <link rel=\"canonical\" href=\"{address}\">\
             <meta property=\"article:section\" content=\"World\">\
             <script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"headline\":\"{title}\",\
             \"author\":{{\"@type\":\"Person\",\"name\":\"Anna Ray\"}},\"mainEntityOfPage\":\"{address}\"}}</script>\
             </head><body><nav><a href=\"/\">Home</a></nav><article><h1>{title}</h1>\
             <figure><img src=\"/pictures/{}.jpg\" width=\"1200\" height=\"800\" alt=\"The quay\">\
             <figcaption>The quay at noon. Photo: Bo Lind</figcaption></figure>\
             <p>{text} {suffix}</p></article></body></html>",
            it.id
        )
    }
}

fn not_found() -> Response<Body> {
    Response::builder().status(404).body(Body::empty()).expect("a response")
}
