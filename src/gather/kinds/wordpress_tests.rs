//! Answers of the API as sites give them, and as they should not.

use super::*;
use crate::gather::identity;
use crate::publications::SourceId;
use serde_json::json;

fn url() -> Url {
    Url::parse("https://News.example/wp-json/wp/v2/posts?_embed=author").unwrap()
}

fn post(id: u64) -> Value {
    json!({
        "id": id, "date": "2026-11-23T19:30:00", "date_gmt": "2026-11-23T18:30:00", "modified_gmt": "2026-11-23T20:00:00",
        "guid": { "rendered": format!("https://news.example/?p={id}") }, "status": "publish", "type": "post", "sticky": true,
        "link": format!("https://news.example/2026/harbour-{id}/"), "title": { "rendered": "Harbour &#8220;opens&#8221;" },
        "content": { "rendered": "<p>All about the harbour.</p><p>More.</p>", "protected": false },
        "excerpt": { "rendered": "<p>About the harbour [&hellip;]</p>", "protected": false },
        "_embedded": {
            "author": [{ "id": 3, "name": "Anna Ray" }],
            "wp:featuredmedia": [{
                "id": 9, "media_type": "image", "alt_text": "Ships", "source_url": "https://news.example/up/a.jpg",
                "caption": { "rendered": "<p>The harbour. Photo: Ben Ode</p>" },
                "media_details": { "width": 6000, "height": 4000, "image_meta": { "credit": "Someone" }, "sizes": {
                    "medium": { "width": 300, "height": 200, "source_url": "https://news.example/up/a-300x200.jpg" },
                    "large": { "width": 1024, "height": 683, "source_url": "https://news.example/up/a-1024x683.jpg" },
                    "huge": { "width": 2048, "height": 1365, "source_url": "https://news.example/up/a-2048x1365.jpg" },
                    "square": { "width": 1010, "height": 1010, "source_url": "https://news.example/up/a-1010x1010.jpg" },
                } },
            }],
            "wp:term": [
                [{ "id": 5, "name": "Town &amp; Sea", "slug": "town", "taxonomy": "category" },
                 { "id": 6, "name": "Business", "slug": "business", "taxonomy": "category" },
                 { "id": 1, "name": "Uncategorized", "slug": "uncategorized", "taxonomy": "category" }],
                [{ "id": 7, "name": "ferries", "slug": "ferries", "taxonomy": "post_tag" }],
                [{ "id": 8, "name": "anna-ray", "slug": "cap-anna-ray", "taxonomy": "author" }],
            ],
        },
    })
}

fn read(answer: &str) -> Vec<Entry> {
    let entries = read_posts(answer.as_bytes(), &url()).unwrap();
    let mut feed = feed::Feed { entries, ..feed::Feed::default() };
    feed::read_bodies(&mut feed, Some(&url()));
    feed.entries
}

fn read_one(post: Value) -> Entry {
    read(&json!([post]).to_string()).remove(0)
}

#[test]
fn a_post_gives_all_that_an_article_needs() {
    let it = read_one(post(7));
    assert_eq!(it.keys, ["wp:news.example:7"]);
    assert_eq!(it.id.as_deref(), Some("https://news.example/?p=7"));
    assert_eq!(it.link.as_deref(), Some("https://news.example/2026/harbour-7/"));
    assert_eq!(it.title, "Harbour \u{201c}opens\u{201d}");
    assert_eq!(it.authors, ["Anna Ray"]);
    assert_eq!(it.published.unwrap().rfc3339(), "2026-11-23T18:30:00Z");
    assert_eq!(it.updated.unwrap().rfc3339(), "2026-11-23T20:00:00Z");
    assert_eq!(it.text, "All about the harbour.\n\nMore.");
    assert_eq!(it.categories, ["Town & Sea", "Business", "ferries"]);
    let image = it.image.unwrap();
    assert_eq!(image.url, "https://news.example/up/a-1024x683.jpg");
    assert_eq!(
        (image.alt.as_str(), image.caption.as_str(), image.credit.as_str()),
        ("Ships", "The harbour.", "Ben Ode")
    );
}

#[test]
fn the_key_is_the_one_that_the_feed_gives() {
    for (api, guid) in [
        ("https://news.example/wp-json/wp/v2/posts", "https://news.example/?p=7"),
        ("https://news.example/fr/wp-json/wp/v2/posts", "https://news.example/fr/?p=7"),
        ("https://news.example/?rest_route=/wp/v2/posts", "https://news.example/?p=7"),
        ("https://news.example/blog/index.php?rest_route=/wp/v2/posts", "https://news.example/blog/?p=7"),
    ] {
        let of_api = &read_posts(json!([post(7)]).to_string().as_bytes(), &Url::parse(api).unwrap()).unwrap()[0];
        let of_feed =
            Entry { id: Some(guid.to_owned()), link: Some("https://news.example/x/".to_owned()), ..Entry::default() };
        let keys = identity::keys(SourceId(1), &of_feed);
        assert!(keys.contains(&of_api.keys[0]), "{:?} {keys:?}", of_api.keys);
    }
    // An address that serves many sites names none of them.
    let shared = Url::parse("https://api.example/wp/v2/sites/news.example/posts").unwrap();
    assert!(read_posts(json!([post(7)]).to_string().as_bytes(), &shared).unwrap()[0].keys.is_empty());
}

#[test]
fn the_sites_own_time_is_never_taken() {
    let mut it = post(7);
    it["date_gmt"] = Value::Null;
    it["modified_gmt"] = json!("0000-00-00T00:00:00");
    let it = read_one(it);
    assert_eq!((it.published, it.updated), (None, None));
}

#[test]
fn what_is_not_public_is_left_out_and_nothing_else_is() {
    let with = |name: &str, value: Value| {
        let mut it = post(1);
        it[name] = value;
        it
    };
    let posts = json!([
        with("status", json!("draft")),
        with("content", json!({ "rendered": "", "protected": true })),
        with("password", json!("x")),
        null, 7, "x", [], {}, { "id": "x" },
        with("_embedded", json!([])),
        { "id": "8", "link": "/relative/", "title": "Plain", "_embedded": { "author": [{ "code": "rest_user_invalid_id" }] } },
    ]);
    let read = read(&posts.to_string());
    assert_eq!(read.len(), 2, "{read:?}");
    assert_eq!(read[1].link.as_deref(), Some("https://news.example/relative/"));
    assert_eq!((read[1].title.as_str(), read[1].keys[0].as_str()), ("Plain", "wp:news.example:8"));
    assert!(read[1].authors.is_empty());
}

#[test]
fn warnings_around_the_answer_a_cut_and_a_broken_post_cost_nothing_else() {
    // In WordPress's order: the number first.
    let written = |id: u64| post(id).to_string().replacen('{', &format!("{{\"id\":{id},"), 1);
    let posts = format!("[{},{},{}]", written(1), written(2), written(3));
    let warned =
        format!("<br />\n<b>Warning</b>: Undefined array key [0] in <b>/x.php</b><br />\n{posts}\n<!-- cached -->");
    assert_eq!(read(&warned).len(), 3);
    assert_eq!(read(&posts[..posts.len() - 10]).len(), 2);
    let broken = posts.replacen("Anna Ray", "Anna \\ud800 Ray", 1).replace("\"id\":2,", "\"id\":2,,");
    assert_eq!(read(&broken).iter().map(|it| it.keys[0].as_str()).collect::<Vec<_>>(), ["wp:news.example:3"]);
    assert_eq!(read(&posts.replace("More.", "More.\u{1}\t")).len(), 3);
    let gaps = json!({ "0": post(1), "2": post(2) });
    assert_eq!(read(&gaps.to_string()).len(), 2);
    assert_eq!(read(&post(1).to_string()).len(), 1);
    assert!(read("[]").is_empty());
    assert!(read("Notice: x []").is_empty());
}

#[test]
fn what_is_no_answer_is_named() {
    let said = |text: &str| read_posts(text.as_bytes(), &url()).unwrap_err().to_string();
    let refused =
        json!({ "code": "rest_forbidden", "message": "Sorry, you are not allowed.", "data": { "status": 401 } });
    assert!(said(&refused.to_string()).contains("you are not allowed"));
    assert!(said("<!doctype html><p>Hello").contains("web page"));
    assert!(said("7").contains("without posts"));
    assert!(matches!(read_posts(b"\xef\xbb\xbf ", &url()), Err(FeedError::Empty)));
}

#[test]
fn authors_come_in_every_shape() {
    let authors = |name: &str, value: Value| {
        let mut it = post(1);
        it[name] = value;
        read_one(it).authors
    };
    assert_eq!(
        authors("coauthors", json!([{ "display_name": "Cy Lee" }, { "name": "Di &amp; Mo" }])),
        ["Cy Lee", "Di & Mo"]
    );
    assert_eq!(authors("coauthors", json!([12, 13])), ["Anna Ray"]);
    assert_eq!(authors("authors", json!({ "display_name": "Cy Lee" })), ["Cy Lee"]);
    assert_eq!(authors("authors", json!("Cy Lee")), ["Cy Lee"]);
    assert_eq!(authors("_embedded", json!({})), Vec::<String>::new());
    let mut it = post(1);
    it["_embedded"]["author"] = json!([{ "code": "x" }]);
    it["yoast_head_json"] = json!({ "author": "Eve Orr" });
    assert_eq!(read_one(it).authors, ["Eve Orr"]);
}

#[test]
fn the_primary_category_comes_first() {
    let first = |name: &str, value: Value| {
        let mut it = post(1);
        it[name] = value;
        read_one(it).categories.remove(0)
    };
    assert_eq!(first("primary_category", json!({ "term_id": 6, "name": "Business" })), "Business");
    assert_eq!(first("primary_category", json!(6)), "Business");
    assert_eq!(first("primary_category", json!("Sea")), "Sea");
    assert_eq!(first("meta", json!({ "_yoast_wpseo_primary_category": "6" })), "Business");
    let crumbs = json!({ "schema": { "@graph": [
        { "@type": "Article", "articleSection": ["Town & Sea"], "inLanguage": "en-GB" },
        { "@type": "BreadcrumbList", "itemListElement": [{ "name": "Home" }, { "name": "business" }, { "name": "Harbour" }] },
    ] } });
    assert_eq!(first("yoast_head_json", crumbs), "Business");
    let section = json!({ "schema": { "@graph": [{ "articleSection": "Business" }] } });
    assert_eq!(first("yoast_head_json", section), "Business");
}

#[test]
fn a_picture_without_its_library_is_found_elsewhere() {
    let mut it = post(1);
    it["_embedded"]["wp:featuredmedia"] = json!([{ "code": "rest_forbidden" }]);
    it["content"]["rendered"] = json!("<img src='/in-text.jpg'>");
    assert_eq!(read_one(it.clone()).image.unwrap().url, "https://news.example/in-text.jpg");
    it["jetpack_featured_media_url"] = json!("https://news.example/up/b.jpg");
    assert_eq!(read_one(it).image.unwrap().url, "https://news.example/up/b.jpg");
    let mut it = post(1);
    it["_embedded"]["wp:featuredmedia"][0]["caption"] = json!({ "rendered": "" });
    assert_eq!(read_one(it).image.unwrap().credit, "Someone");
}

#[test]
fn a_question_is_built_from_the_site_the_api_or_its_posts() {
    let ask = |root: &str| request(&Url::parse(root).unwrap(), Since::Latest, 2).to_string();
    let posts = "https://news.example/wp-json/wp/v2/posts?_embed=author%2Cwp%3Afeaturedmedia%2Cwp%3Aterm&per_page=100&page=2&orderby=date&order=desc";
    for root in [
        "https://news.example",
        "https://news.example/",
        "https://news.example/wp-json/",
        "https://news.example/wp-json/wp/v2",
        "https://news.example/wp-json/wp/v2/posts/?page=9&per_page=3#x",
    ] {
        assert_eq!(ask(root).replace("posts/?", "posts?"), posts, "{root}");
    }
    assert!(ask("https://news.example/wp-json/wp/v2/articles?categories=5").contains("/articles?categories=5&_embed="));
    assert!(ask("https://news.example/blog/").starts_with("https://news.example/blog/wp-json/wp/v2/posts?"));
    for root in ["https://news.example/?rest_route=/", "https://news.example/?rest_route=/wp/v2/posts"] {
        assert!(ask(root).starts_with("https://news.example/?rest_route=%2Fwp%2Fv2%2Fposts&_embed="), "{}", ask(root));
    }
    assert!(
        ask("https://api.example/wp/v2/sites/news.example/posts")
            .starts_with("https://api.example/wp/v2/sites/news.example/posts?")
    );
    let root = Url::parse("https://news.example").unwrap();
    let since = Timestamp::from_seconds(1_795_435_200);
    let published = request(&root, Since::Published(since), 1);
    assert!(published.as_str().ends_with("&after=2026-11-22T22%3A00%3A00Z"), "{published}");
    let changed = request(&root, Since::Modified(since), 0);
    assert!(changed.as_str().contains("page=1&orderby=modified&order=desc&modified_after="), "{changed}");
}

#[test]
fn the_site_is_known_again_from_what_was_asked_and_from_its_feed() {
    for root in [
        "https://news.example/",
        "https://news.example/blog/",
        "https://news.example/wp-json/wp/v2/posts?categories=5",
        "https://news.example/?rest_route=%2Fwp%2Fv2%2Fposts",
    ] {
        let asked = request(&Url::parse(root).unwrap(), Since::Latest, 3);
        assert_eq!(root_of(&asked).as_str(), root);
    }
    let of_feed = |feed: &str| root_of_feed(&Url::parse(feed).unwrap()).map(String::from);
    assert_eq!(of_feed("https://news.example/feed/").as_deref(), Some("https://news.example/"));
    assert_eq!(of_feed("https://news.example/blog/feed/atom").as_deref(), Some("https://news.example/blog/"));
    assert_eq!(of_feed("https://news.example/?feed=rss2").as_deref(), Some("https://news.example/"));
    for other in [
        "https://news.example/category/sea/feed/",
        "https://news.example/comments/feed/",
        "https://news.example/?feed=rss2&cat=5",
        "https://news.example/feed/?tag=sea",
        "https://news.example/rss.xml",
    ] {
        assert_eq!(of_feed(other), None, "{other}");
    }
    let mut headers = HeaderMap::new();
    assert_eq!(pages_total(&headers), 1);
    headers.insert("x-wp-totalpages", "7".parse().unwrap());
    assert_eq!(pages_total(&headers), 7);
}

#[test]
fn a_site_that_does_not_know_the_bound_is_read_no_further_than_was_asked() {
    let changed = "2026-11-23T20:00:00Z";
    let at = |hours| parse_date(changed).unwrap() + Span::hours(hours);
    let left = |since| {
        let mut entries = read(&json!([post(1), post(2)]).to_string());
        (leave_out_older(since, &mut entries), entries.len())
    };
    assert_eq!(left(Since::Modified(at(1))), (false, 2));
    assert_eq!(left(Since::Modified(at(15))), (true, 0));
    assert_eq!(left(Since::Published(at(15))), (true, 0));
    assert_eq!(left(Since::Latest), (false, 2));
}
