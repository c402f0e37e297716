//! Answers that a client may keep: with validators, and a 304 for whoever has them already (RFC 9110, 13).

use crate::base::Timestamp;
use crate::base::hash::sha256_hex;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono::DateTime;

/// Anybody may keep it, and asks again after five minutes.
const CACHED: &str = "public, max-age=300";

/// The body, or nothing if the request shows that its sender has this very one.
pub(super) fn answer(asked: &HeaderMap, content_type: &'static str, modified: Timestamp, body: String) -> Response {
    let digest = sha256_hex(body.as_bytes());
    let etag = format!("\"{}\"", digest.get(..32).unwrap_or(&digest));
    let mut response = if is_known(asked, &etag, modified) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (StatusCode::OK, [(CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    let date = modified.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    for (name, value) in [(ETAG, etag), (LAST_MODIFIED, date)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// A validator that is there goes before a date, however that reads.
fn is_known(asked: &HeaderMap, etag: &str, modified: Timestamp) -> bool {
    let tags: Vec<&str> = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
    if !tags.is_empty() {
        let mut all = tags.iter().flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
        return all.any(|tag| tag == "*" || tag == etag);
    }
    let since = asked.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let since = since.and_then(|text| DateTime::parse_from_rfc2822(text).ok());
    since.is_some_and(|since| modified.as_seconds() <= since.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(name: &'static str, value: &str) -> u16 {
        let mut asked = HeaderMap::new();
        asked.insert(name, HeaderValue::from_str(value).unwrap());
        answer(&asked, "text/plain", Timestamp::from_seconds(1_795_458_600), "words".to_owned()).status().as_u16()
    }

    #[test]
    fn whoever_has_it_gets_a_304_and_nobody_else() {
        let first = answer(&HeaderMap::new(), "text/plain", Timestamp::from_seconds(1_795_458_600), "words".to_owned());
        let etag = first.headers()[ETAG].to_str().unwrap();
        assert_eq!(first.headers()[LAST_MODIFIED], "Mon, 23 Nov 2026 18:30:00 GMT");
        assert_eq!(status("if-none-match", etag), 304);
        assert_eq!(status("if-none-match", &format!("\"other\", W/{etag}")), 304);
        assert_eq!(status("if-none-match", "*"), 304);
        assert_eq!(status("if-none-match", "\"other\""), 200);
        assert_eq!(status("if-modified-since", "Mon, 23 Nov 2026 18:30:00 GMT"), 304);
        assert_eq!(status("if-modified-since", "Mon, 23 Nov 2026 18:29:59 GMT"), 200);
        assert_eq!(status("if-modified-since", "yesterday"), 200);
    }
}
