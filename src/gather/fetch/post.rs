//! Telling a stranger something: a POST through the same guard as every fetch. No redirect is followed, for what is told is
//! signed and meant for that address alone.

use super::error::FetchError;
use super::{Fetcher, host, parse, retry_after};
use crate::base::{Span, Timestamp};
use reqwest::header::CONTENT_TYPE;
use url::Url;

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub status: u16,
    pub retry_after: Option<Span>,
    /// Its beginning.
    pub answer: Vec<u8>,
}

impl Fetcher {
    /// Posts JSON; reads at most `bytes_max` of the answer.
    ///
    /// # Errors
    /// [`FetchError`] if no answer comes; a status is no error.
    pub async fn post_json(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
        body: String,
        bytes_max: usize,
        time_max: Span,
        now: Timestamp,
    ) -> Result<Posted, FetchError> {
        let url = parse(url)?;
        match tokio::time::timeout(time_max.to_std(), self.post(url, headers, body, bytes_max, now)).await {
            Ok(posted) => posted,
            Err(_) => Err(FetchError::TooSlow),
        }
    }

    async fn post(
        &self,
        url: Url,
        headers: &[(&'static str, &str)],
        body: String,
        bytes_max: usize,
        now: Timestamp,
    ) -> Result<Posted, FetchError> {
        self.check_literal(&url)?;
        let mut request = self.client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.map_err(|error| FetchError::of(error, &url))?;
        if response.remote_addr().is_some_and(|peer| !self.guard.allows(peer.ip())) {
            return Err(FetchError::Private { host: host(&url) });
        }
        let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers(), now));
        let mut answer = Vec::new();
        // What breaks off after the status has been taken.
        while answer.len() < bytes_max
            && let Ok(Some(chunk)) = response.chunk().await
        {
            answer.extend_from_slice(&chunk);
        }
        answer.truncate(bytes_max);
        Ok(Posted { status, retry_after, answer })
    }
}
