//! One guarded way to the web, for feeds and for whatever else is read from strangers.
//!
//! It promises: no connection to an address that [`Guard`] refuses, on any hop; no more than
//! [`limits::FETCH_BYTES_MAX`] before and after unpacking, [`limits::FETCH_TIME_MAX`] from the first packet to the last
//! and [`limits::FETCH_REDIRECTS_MAX`] redirects; no proxy from the environment; of an answer that breaks off, what came,
//! and the word that it did; every failure says what to do next. It keeps nothing: validators are given and given back.
//! Held to it by `tests.rs`.

mod decode;
mod error;
mod guard;
mod post;
mod probe;
#[cfg(test)]
mod tests;

pub use error::FetchError;
pub use guard::Guard;
pub use post::Posted;
pub use probe::Probed;

use crate::base::{Span, Timestamp, limits};
use crate::config::Config;
use guard::GuardedResolver;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode, redirect};
use url::{Host, Url};

const CONNECT_TIME_MAX: Span = Span::seconds(10);
/// A server may ask for patience, but not for more than this.
const RETRY_AFTER_MAX: Span = Span::hours(24);
const ACCEPT: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, \
                      application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.4, */*;q=0.3";

/// What [`decode`] unpacks. The HTTP client unpacks nothing by itself: it knows no bounds and loses what came before a
/// damaged end.
const ACCEPT_ENCODING: &str = "gzip, deflate, br";

/// What the server gave with an answer, to be given back verbatim and as a pair (RFC 9110 section 13.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

#[derive(Debug)]
pub enum Answer {
    Fetched(Box<Document>),
    /// 304: the server says that nothing changed.
    Unchanged,
}

#[derive(Debug)]
pub struct Document {
    /// Unpacked.
    pub body: Vec<u8>,
    /// The end of the body is missing or damaged. No validators are given with it, so that the next question gets the
    /// whole.
    pub is_truncated: bool,
    pub content_type: Option<String>,
    pub headers: HeaderMap,
    /// Where the body came from, after all redirects.
    pub url: Url,
    pub redirects: Vec<Url>,
    /// Where the address asked for has moved to for good (301 and 308 alone), if it has.
    pub moved_to: Option<Url>,
    pub status: u16,
    pub validators: Validators,
}

/// Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    guard: Guard,
}

impl Fetcher {
    /// # Errors
    /// [`FetchError::Client`] if the machine's root certificates cannot be read.
    pub fn new(config: &Config) -> Result<Self, FetchError> {
        let guard = Guard::of(config);
        let agent = format!("Lamplighter/{} (+{})", env!("CARGO_PKG_VERSION"), config.site.base_url);
        let client = Client::builder()
            .user_agent(agent)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_TIME_MAX.to_std())
            .dns_resolver(GuardedResolver(guard.clone()))
            .build()
            .map_err(FetchError::Client)?;
        Ok(Self { client, guard })
    }

    /// Reads an address. With validators, the server may answer that nothing changed. `now` is needed to read a
    /// `Retry-After` that names a date.
    ///
    /// # Errors
    /// [`FetchError`], which says what to do next.
    pub async fn get(&self, url: &str, validators: &Validators, now: Timestamp) -> Result<Answer, FetchError> {
        let time = limits::FETCH_TIME_MAX.to_std();
        match tokio::time::timeout(time, self.follow(url, validators, now)).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::TooSlow),
        }
    }

    async fn follow(&self, url: &str, validators: &Validators, now: Timestamp) -> Result<Answer, FetchError> {
        let mut url = parse(url)?;
        let mut redirects = Vec::new();
        let mut is_permanent = true;
        loop {
            self.check_literal(&url)?;
            let request = self.client.get(url.clone()).headers(headers(validators));
            let response = request.send().await.map_err(|error| FetchError::of(error, &url))?;
            // The resolver and the check above leave no way here; this holds even if a proxy or pool finds one.
            if response.remote_addr().is_some_and(|peer| !self.guard.allows(peer.ip())) {
                return Err(FetchError::Private { host: host(&url) });
            }
            let status = response.status();
            if status == StatusCode::NOT_MODIFIED {
                return Ok(Answer::Unchanged);
            }
            if let Some(next) = redirect_target(&response, &url)? {
                if redirects.len() >= limits::FETCH_REDIRECTS_MAX || redirects.contains(&next) {
                    return Err(FetchError::Redirects);
                }
                is_permanent &= matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
                redirects.push(next.clone());
                url = next;
                continue;
            }
            if !status.is_success() {
                let retry_after = retry_after(response.headers(), now);
                return Err(FetchError::Status { status: status.as_u16(), retry_after });
            }
            let moved_to = (is_permanent && !redirects.is_empty()).then(|| url.clone());
            let document = read(response, url).await?;
            return Ok(Answer::Fetched(Box::new(Document { redirects, moved_to, ..document })));
        }
    }

    /// The resolver is not asked about a host that is an address already.
    fn check_literal(&self, url: &Url) -> Result<(), FetchError> {
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            _ => return Ok(()),
        };
        if self.guard.allows(ip) { Ok(()) } else { Err(FetchError::Private { host: host(url) }) }
    }
}

/// The body and what was said of it.
async fn read(mut response: Response, url: Url) -> Result<Document, FetchError> {
    let headers = response.headers().clone();
    let status = response.status().as_u16();
    let mut received = Vec::new();
    let mut cut = None;
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if received.len() + chunk.len() > limits::FETCH_BYTES_MAX => {
                return Err(FetchError::TooLarge);
            }
            Ok(Some(chunk)) => received.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => {
                cut = Some(FetchError::of(error, &url));
                break;
            }
        }
    }
    if let Some(error) = cut.take_if(|_| received.is_empty()) {
        return Err(error);
    }
    let encodings: Vec<String> = headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .map(str::to_owned)
        .collect();
    // Unpacking is work for the processor: it must not hold up the other sources.
    let is_cut = cut.is_some();
    let unpacked = tokio::task::spawn_blocking(move || decode::unpack(received, &encodings, is_cut)).await;
    let unpacked = unpacked.map_err(|error| FetchError::Broken { reason: error.to_string() })??;
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    let validators = if unpacked.is_truncated {
        Validators::default()
    } else {
        Validators { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    };
    Ok(Document {
        body: unpacked.bytes,
        is_truncated: unpacked.is_truncated,
        content_type: text(header::CONTENT_TYPE),
        validators,
        headers,
        url,
        redirects: Vec::new(),
        moved_to: None,
        status,
    })
}

/// Reads an address once, with the configuration's limits, for commands that need no database.
///
/// # Errors
/// As [`Fetcher::get`].
pub async fn fetch_url(config: &Config, url: &str, now: Timestamp) -> Result<Document, FetchError> {
    match Fetcher::new(config)?.get(url, &Validators::default(), now).await? {
        Answer::Fetched(document) => Ok(*document),
        Answer::Unchanged => Err(FetchError::Status { status: 304, retry_after: None }),
    }
}

fn parse(text: &str) -> Result<Url, FetchError> {
    let text = text.trim();
    let text = text.strip_prefix("feed:").map_or(text, |rest| rest.trim_start_matches("//"));
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("https://{text}")) };
    match url {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(url),
        _ => Err(FetchError::Address),
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn headers(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
    let pairs = [(header::IF_NONE_MATCH, &validators.etag), (header::IF_MODIFIED_SINCE, &validators.last_modified)];
    for (name, value) in pairs {
        if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

fn redirect_target(response: &Response, from: &Url) -> Result<Option<Url>, FetchError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location =
        response.headers().get(header::LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let target = location.and_then(|location| from.join(location).ok());
    match target {
        Some(url) if matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err(FetchError::Redirects),
    }
}

/// Seconds or a date (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Span> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse::<i64>() {
        Ok(seconds) => Span::seconds(seconds),
        Err(_) => super::feed::parse_date(value)?.since(now),
    };
    Some(wait.clamp(Span::ZERO, RETRY_AFTER_MAX))
}
