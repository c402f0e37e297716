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

/// A server that says what it is told to, byte for byte, to each who asks, and hangs up.
async fn blunt(answer: Vec<u8>) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/feed", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            drop(line.read(&mut asked).await);
            drop(line.write_all(&answer).await);
            drop(line.shutdown().await);
        }
    });
    address
}

async fn get_blunt(head: &str, body: &[u8]) -> Result<Document, FetchError> {
    let address = blunt([format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes(), body].concat()).await;
    match Fetcher::new(&config()).unwrap().get(&address, &Validators::default(), NOON).await? {
        Answer::Fetched(document) => Ok(*document),
        Answer::Unchanged => panic!("nothing was conditional"),
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    to.write_all(text).unwrap();
    to.finish().unwrap()
}

const TEXT: &[u8] = b"<rss><channel><title>The Gazette</title></channel></rss>";

#[tokio::test]
async fn packed_answers_are_asked_for_and_unpacked_here() {
    let site = Site::start().await;
    let page = |encoding: &str, body: Vec<u8>| Page {
        status: 200,
        headers: vec![("content-encoding", encoding.to_owned()), ("x-wp-totalpages", "3".to_owned())],
        body,
        etag: Some("\"1\"".to_owned()),
    };
    for (encoding, body) in [("gzip", gzip(TEXT)), ("gzip", TEXT.to_vec()), ("identity", gzip(TEXT))] {
        site.put("/a", page(encoding, body));
        let Ok(Answer::Fetched(document)) = get(&site, "/a").await else { panic!("{encoding}") };
        assert_eq!((document.body.as_slice(), document.is_truncated), (TEXT, false), "{encoding}");
        assert_eq!(document.headers["x-wp-totalpages"], "3");
        assert!(document.validators.etag.is_some());
    }
    assert_eq!(site.asked()[0].1["accept-encoding"], "gzip, deflate, br");
    site.put("/a", page("gzip", gzip(&vec![b' '; 9 * 1024 * 1024])));
    assert!(matches!(get(&site, "/a").await, Err(FetchError::Bomb { .. })));
    site.put("/a", page("br", vec![1, 2, 3, 4]));
    assert!(matches!(get(&site, "/a").await, Err(FetchError::Encoding { .. })));
}

#[tokio::test]
async fn of_an_answer_that_breaks_off_what_came_is_handed_on_without_validators() {
    for (head, body) in [
        ("content-length: 9999\r\netag: \"1\"", TEXT.to_vec()),
        (
            "transfer-encoding: chunked\r\netag: \"1\"",
            [format!("{:x}\r\n", TEXT.len()).as_bytes(), TEXT, b"\r\n"].concat(),
        ),
        ("content-encoding: gzip\r\netag: \"1\"", gzip(TEXT)[..gzip(TEXT).len() - 4].to_vec()),
    ] {
        let document = get_blunt(head, &body).await.unwrap();
        assert_eq!((document.body.as_slice(), document.is_truncated), (TEXT, true), "{head}");
        assert_eq!(document.validators, Validators::default());
    }
    let nothing = get_blunt("content-length: 9999", b"").await;
    assert!(matches!(nothing, Err(FetchError::Broken { .. })), "{nothing:?}");
    let nothing = get_blunt("content-length: 9999\r\ncontent-encoding: gzip", &gzip(TEXT)[..12]).await;
    assert!(matches!(nothing, Err(FetchError::Encoding { .. })), "{nothing:?}");
    // Without a length the end of the connection is the end of the body.
    assert!(!get_blunt("content-type: image/png", TEXT).await.unwrap().is_truncated);
}

#[tokio::test]
async fn only_a_wholly_permanent_redirect_proposes_another_address() {
    let site = Site::start().await;
    let put = |path, status, to: &str| site.put(path, Page { status, ..redirect(to) });
    site.put("/end", Page { status: 200, body: TEXT.to_vec(), ..Page::default() });
    put("/a", 301, "/b");
    put("/b", 308, "/end");
    put("/c", 301, "/d");
    put("/d", 302, "/end");
    put("/e", 307, "/a");
    let moved = async |path: &str| match get(&site, path).await {
        Ok(Answer::Fetched(document)) => document.moved_to.map(String::from),
        other => panic!("{path}: {other:?}"),
    };
    assert_eq!(moved("/a").await, Some(site.url("/end")));
    assert_eq!(moved("/end").await, None);
    assert_eq!(moved("/c").await, None);
    assert_eq!(moved("/e").await, None);
    put("/x", 301, "/y");
    put("/y", 301, "/x");
    assert!(matches!(get(&site, "/x").await, Err(FetchError::Redirects)));
}

#[tokio::test]
async fn a_host_by_any_spelling_is_the_address_it_means() {
    let mut public = config();
    public.site.base_url = Url::parse("https://news.example").unwrap();
    let fetcher = Fetcher::new(&public).unwrap();
    for host in [
        "127.0.0.1.",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
        "0",
        "LOCALHOST",
        "[::]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
        "224.0.0.251",
        "192.0.2.1",
    ] {
        let answer = fetcher.get(&format!("http://{host}/feed"), &Validators::default(), NOON).await;
        assert!(matches!(answer, Err(FetchError::Private { .. })), "{host}: {answer:?}");
    }
}
