//! Why an address could not be read, and what to do about it.

use super::guard::Refused;
use crate::base::{Span, Timestamp, limits};
use std::error::Error as _;
use url::Url;

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("this is not a web address; write it like https://news.example/feed")]
    Address,
    #[error(
        "{host} is a private address; if it is meant, allow its network: limits.private_networks = [\"10.0.0.0/8\"] in \
         lamplighter.toml"
    )]
    Private { host: String },
    #[error("the name {host} is not known; check the spelling, or the name server of this machine")]
    UnknownHost { host: String },
    #[error("no connection to {host} ({reason}); check that the site is up")]
    Unreachable { host: String, reason: String },
    #[error("no complete answer within {} seconds; it will be tried again later", limits::FETCH_TIME_MAX.as_seconds())]
    TooSlow,
    #[error("more than {} MiB after unpacking; give the address of a feed with fewer entries", limits::FETCH_BYTES_MAX / 1024 / 1024)]
    TooLarge,
    #[error(
        "the answer unfolds to {ratio} times its size, as no feed does; if the address is right, tell the site's owner"
    )]
    Bomb { ratio: usize },
    #[error("the answer is packed and damaged ({reason}); it will be tried again later")]
    Encoding { reason: String },
    #[error("redirected in a circle, too often or nowhere; open the address in a browser and use the one it ends at")]
    Redirects,
    #[error("the server answered {status} ({})", status_help(*.status))]
    Status { status: u16, retry_after: Option<Span> },
    #[error("the answer broke off ({reason}); it will be tried again later")]
    Broken { reason: String },
    #[error("{host} asked to be left alone until {}; it will be asked again then", until.rfc3339())]
    Waiting { host: String, until: Timestamp },
    #[error("the time of this gather was up before its turn came; it will be tried again at the next")]
    OutOfTime,
    #[error("the HTTPS client cannot start ({0}); install the machine's root certificates (ca-certificates)")]
    Client(#[source] reqwest::Error),
}

impl FetchError {
    /// The server itself asks to be left alone for a while; that is no fault of the source.
    pub fn patience(&self, now: Timestamp) -> Option<Span> {
        match self {
            Self::Waiting { until, .. } => Some(until.since(now)),
            Self::OutOfTime => Some(Span::ZERO),
            Self::Status { status: 429 | 503, retry_after } => *retry_after,
            _ => None,
        }
    }

    pub(super) fn of(error: reqwest::Error, url: &Url) -> Self {
        let host = super::host(url);
        let mut cause = error.source();
        let mut reason = error.to_string();
        while let Some(inner) = cause {
            if inner.is::<Refused>() {
                return Self::Private { host };
            }
            reason = inner.to_string();
            cause = inner.source();
        }
        if error.is_timeout() {
            Self::TooSlow
        } else if error.is_connect() {
            let is_name =
                reason.contains("lookup address") || reason.contains("resolve") || reason.contains("no address");
            if is_name { Self::UnknownHost { host } } else { Self::Unreachable { host, reason } }
        } else {
            Self::Broken { reason }
        }
    }
}

const fn status_help(status: u16) -> &'static str {
    match status {
        401..=403 => "the site refuses; ask its owner to let this reader in",
        404 => "there is nothing at this address; look for its new one",
        410 => "it is gone for good; remove the source or give its new address",
        406 | 415 => "the site does not like what it is asked for; give the address of the feed itself",
        429 => "too many requests; it will be asked again later",
        500..=599 => "the site has trouble; it will be tried again later",
        _ => "open the address in a browser to see why",
    }
}
