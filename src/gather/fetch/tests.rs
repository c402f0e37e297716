//! The fetcher against a site on loopback.

use super::*;
use crate::gather::fixtures::{NOON, Page, Site, config};

async fn get(site: &Site, path: &str) -> Result<Answer, FetchError> {
    Fetcher::new(&config()).unwrap().get(&site.url(path), &Validators::default(), NOON).await
}

fn redirect(to: &str) -> Page {
    Page { status: 302, headers: vec![("location", to.to_owned())], ..Page::default() }
}

#[tokio::test]
async fn an_answer_carries_its_body_its_address_and_its_validators() {
    let site = Site::start().await;
    site.put("/a", redirect("/b"));
    let headers = vec![("content-type", "text/xml; charset=utf-8".to_owned())];
    site.put("/b", Page { status: 200, headers, body: b"x".to_vec(), etag: Some("W/\"1\"".to_owned()) });
    let Ok(Answer::Fetched(document)) = get(&site, "/a").await else { panic!("not fetched") };
    assert_eq!(document.body, b"x");
    assert_eq!(document.url.as_str(), site.url("/b"));
    assert_eq!(document.validators.etag.as_deref(), Some("W/\"1\""));
    assert_eq!(document.content_type.as_deref(), Some("text/xml; charset=utf-8"));
    let agent = site.asked()[0].1.get("user-agent").unwrap().to_str().unwrap().to_owned();
    assert!(agent.starts_with("Lamplighter/") && agent.contains("http://127.0.0.1:8080"), "{agent}");
}

#[tokio::test]
async fn redirects_end() {
    let site = Site::start().await;
    for hop in 0..9 {
        site.put(&format!("/{hop}"), redirect(&format!("/{}", hop + 1)));
    }
    site.put("/circle", redirect("/circle"));
    site.put("/out", redirect("file:///etc/passwd"));
    assert!(matches!(get(&site, "/0").await, Err(FetchError::Redirects)));
    assert!(matches!(get(&site, "/circle").await, Err(FetchError::Redirects)));
    assert!(matches!(get(&site, "/out").await, Err(FetchError::Redirects)));
}

#[tokio::test]
async fn private_addresses_are_refused_by_name_by_number_and_behind_a_redirect() {
    let site = Site::start().await;
    site.put("/metadata", redirect("http://169.254.169.254/latest"));
    assert!(matches!(get(&site, "/metadata").await, Err(FetchError::Private { .. })));
    let mut public = config();
    public.site.base_url = Url::parse("https://news.example").unwrap();
    let fetcher = Fetcher::new(&public).unwrap();
    let port = Url::parse(&site.address).unwrap().port().unwrap();
    for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}/a");
        let answer = fetcher.get(&url, &Validators::default(), NOON).await;
        assert!(matches!(answer, Err(FetchError::Private { .. })), "{host}: {answer:?}");
    }
    assert!(site.asked().iter().all(|(path, _)| path == "/metadata"));
    public.limits.private_networks = vec!["127.0.0.0/8".parse().unwrap()];
    let answer = Fetcher::new(&public).unwrap().get(&site.url("/a"), &Validators::default(), NOON).await;
    assert!(matches!(answer, Err(FetchError::Status { status: 404, .. })));
}

#[tokio::test]
async fn too_much_is_refused_where_it_unfolds() {
    let site = Site::start().await;
    site.put("/large", Page { status: 200, body: vec![b' '; limits::FETCH_BYTES_MAX + 1], ..Page::default() });
    assert!(matches!(get(&site, "/large").await, Err(FetchError::TooLarge)));
}

#[tokio::test]
async fn a_retry_after_is_read_as_seconds_or_date_and_clamped() {
    let site = Site::start().await;
    let wait = async |value: String| {
        site.put("/busy", Page { status: 503, headers: vec![("retry-after", value)], ..Page::default() });
        get(&site, "/busy").await.unwrap_err().patience(NOON)
    };
    assert_eq!(wait("60".to_owned()).await, Some(Span::seconds(60)));
    assert_eq!(wait((NOON + Span::hours(1)).utc().to_rfc2822()).await, Some(Span::hours(1)));
    assert_eq!(wait("99999999".to_owned()).await, Some(Span::hours(24)));
    assert_eq!(wait("soon".to_owned()).await, None);
}

#[tokio::test]
async fn what_is_no_web_address_is_not_asked() {
    let fetcher = Fetcher::new(&config()).unwrap();
    for url in ["", "ftp://news.example/feed", "file:///etc/passwd", "javascript:x", "https://"] {
        let answer = fetcher.get(url, &Validators::default(), NOON).await;
        assert!(matches!(answer, Err(FetchError::Address | FetchError::UnknownHost { .. })), "{url}: {answer:?}");
    }
    let refused = fetcher.get("http://127.0.0.1:1/feed", &Validators::default(), NOON).await;
    assert!(matches!(refused, Err(FetchError::Unreachable { .. })), "{refused:?}");
}
