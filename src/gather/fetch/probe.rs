//! Asking whether an address answers, without reading what it says.
//!
//! The guard, the redirects and the time are those of a fetch. Some servers refuse HEAD, or answer it otherwise than what
//! readers ask: only a GET's answer is believed when it is bad news.

use super::error::FetchError;
use super::{ACCEPT, Fetcher, host, parse, redirect_target};
use crate::base::limits;
use reqwest::header::{self, HeaderValue};
use reqwest::{Method, Response, StatusCode};

/// What an address answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Probed {
    pub status: u16,
    /// How long what it names is, if the server says so or it was counted.
    pub bytes: Option<u64>,
}

impl Fetcher {
    /// Asks for an address. `counts` counts the bytes of an answer whose server does not tell them, up to one more than
    /// [`limits::IMAGE_BYTES_MAX`].
    ///
    /// # Errors
    /// [`FetchError`] if nothing answers; a status is no error.
    pub async fn probe(&self, url: &str, counts: bool) -> Result<Probed, FetchError> {
        match tokio::time::timeout(limits::PROBE_TIME_MAX.to_std(), self.ask(url, counts)).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::TooSlow),
        }
    }

    async fn ask(&self, url: &str, counts: bool) -> Result<Probed, FetchError> {
        let head = self.walk(Method::HEAD, url).await;
        if let Ok(response) = &head {
            let bytes = announced(response);
            if response.status().is_success() && (bytes.is_some() || !counts) {
                return Ok(Probed { status: response.status().as_u16(), bytes });
            }
        }
        if let Err(error @ (FetchError::Address | FetchError::Private { .. } | FetchError::UnknownHost { .. })) = head {
            return Err(error);
        }
        let mut response = self.walk(Method::GET, url).await?;
        let status = response.status().as_u16();
        let mut bytes = announced(&response);
        if bytes.is_none() && counts && response.status().is_success() {
            let mut counted = 0;
            while counted <= limits::IMAGE_BYTES_MAX
                && let Some(chunk) = response.chunk().await.map_err(|error| FetchError::of(error, response.url()))?
            {
                counted += chunk.len() as u64;
            }
            bytes = Some(counted);
        }
        Ok(Probed { status, bytes })
    }

    /// Follows redirects; the body is not read.
    async fn walk(&self, method: Method, url: &str) -> Result<Response, FetchError> {
        let mut url = parse(url)?;
        for _ in 0..=limits::FETCH_REDIRECTS_MAX {
            self.check_literal(&url)?;
            let request = self.client.request(method.clone(), url.clone());
            let request = request.header(header::ACCEPT, HeaderValue::from_static(ACCEPT));
            let response = request.send().await.map_err(|error| FetchError::of(error, &url))?;
            if response.remote_addr().is_some_and(|peer| !self.guard.allows(peer.ip())) {
                return Err(FetchError::Private { host: host(&url) });
            }
            match redirect_target(&response, &url)? {
                Some(next) => url = next,
                None => return Ok(response),
            }
        }
        Err(FetchError::Redirects)
    }
}

fn announced(response: &Response) -> Option<u64> {
    let is_whole = response.status() == StatusCode::OK;
    let value = response.headers().get(header::CONTENT_LENGTH).filter(|_| is_whole)?;
    value.to_str().ok()?.parse().ok()
}
