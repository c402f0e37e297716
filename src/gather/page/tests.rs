//! Lessons from pages of the wild, on pages written for the purpose.

use super::*;
use crate::base::random::Random;

fn url() -> Url {
    Url::parse("https://www.news.example/world/2026/11/23/harbour-opens").unwrap()
}

fn read(page: &str) -> PageReading {
    with(page, &Selectors::default())
}

fn with(page: &str, selectors: &Selectors) -> PageReading {
    read_page(page.as_bytes(), Some("text/html; charset=utf-8"), Some(&url()), selectors).unwrap()
}

const FIRST: &str = "The harbour of the old town opens again on Monday, the council said after a long night of talks.";
const SECOND: &str = "Ferries will leave every hour from the eastern pier, as they did before the storm, and the fish market follows in spring.";
const THIRD: &str = "\u{201c}We have waited for this day for two years,\u{201d} the harbour master said, while the first boats came in.";

/// A page as a newsroom's system makes it, with everything around the text that readers are not meant to get.
fn page(head: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang='en-GB'><head><title>Harbour opens again | World | The News</title>\
         <meta property='og:site_name' content='The News'>{head}</head><body>\
         <header><nav><a href='/'>Home</a> <a href='/world'>World news, sport, weather and more from around the world</a></nav></header>\
         <main><article><h1>Harbour opens again</h1><p class='byline'>By Anna Ray, Staff Writer, and Ben Ode</p>\
         <time datetime='2026-11-23T18:30:00Z'>Monday</time>\
         <figure><img src='/up/pier-1024x576.jpg' alt='A pier'><figcaption>The pier, seen from the town hall. <span class='credit'>Photo: Cy Lee</span></figcaption></figure>\
         <div class='article-body'><p>{FIRST}</p><div class='ad-slot'>Advertisement</div><p>{SECOND}</p>\
         <p><a href='/x'>Read more: the storm that closed the harbour and what it did to the town</a></p>\
         <h2>Two years</h2><p>{THIRD}</p><ul><li>Ferries at eight</li><li>Boats at nine</li></ul>\
         <p>All of them are free on the first day.</p>\
         <p><em>Follow Anna Ray on <a href='https://social.example/anna'>social media</a>.</em></p></div>\
         <aside class='newsletter-signup'><p>Sign up for our evening letter, and get the news of the day at six, in one mail.</p></aside>\
         <h3>Related articles</h3><ul><li><a href='/old'>The old harbour</a></li><li><a href='/storm'>The storm</a></li></ul></article></main>\
         <section id='comments'><p>First! I have been there, and it was lovely, as everything is in that town, by the way.</p></section>\
         <footer><p>Copyright The News, all rights reserved, whatever that may mean to you.</p></footer></body></html>"
    )
}

#[test]
fn a_page_gives_its_text_and_what_is_said_of_it() {
    let found = read(&page(""));
    assert_eq!(found.title, "Harbour opens again");
    assert_eq!(found.authors, ["Anna Ray", "Ben Ode"]);
    assert_eq!(found.published.map(Timestamp::rfc3339).as_deref(), Some("2026-11-23T18:30:00Z"));
    assert_eq!(found.section, "World");
    let wanted = [
        FIRST,
        SECOND,
        "Two years",
        THIRD,
        "Ferries at eight",
        "Boats at nine",
        "All of them are free on the first day.",
    ];
    assert_eq!(found.text, wanted.join("\n\n"));
    let image = found.image.unwrap();
    assert_eq!((&*image.caption, &*image.credit), ("The pier, seen from the town hall.", "Cy Lee"));
    assert_eq!(image.url, "https://www.news.example/up/pier-1024x576.jpg");
    let related: Vec<&str> = found.related.iter().map(|it| it.url.as_str()).collect();
    assert_eq!(related, ["https://www.news.example/old", "https://www.news.example/storm"]);
    assert_eq!((&*found.language, &*found.direction), ("en-GB", "ltr"));
    assert!(found.text.contains(&found.excerpt) || found.text.replace("\n\n", " ").contains(&found.excerpt));
    assert_eq!(found.word_count, 77);
}

#[test]
fn json_ld_is_believed_before_meta_and_meta_before_the_page() {
    let head = r#"<link rel="canonical" href="/world/2026/11/23/harbour-opens"><meta property="og:title" content="Harbour: open | The News">
        <meta property="article:section" content="Europe"><meta property="article:modified_time" content="2026-11-23T20:00:00Z">
        <meta name="description" content="It opens on Monday."><meta property="og:image" content="/up/pier.jpg"><meta name="author" content="Desk">"#;
    let of_meta = read(&page(head));
    assert_eq!(of_meta.title, "Harbour: open");
    assert_eq!(of_meta.authors, ["Desk"]);
    assert_eq!((&*of_meta.section, &*of_meta.dek), ("Europe", "It opens on Monday."));
    assert_eq!(of_meta.updated.map(Timestamp::rfc3339).as_deref(), Some("2026-11-23T20:00:00Z"));
    assert_eq!(of_meta.canonical.as_deref(), Some("https://www.news.example/world/2026/11/23/harbour-opens"));
    let image = of_meta.image.unwrap();
    assert_eq!((&*image.url, &*image.credit), ("https://www.news.example/up/pier.jpg", "Cy Lee"));

    let json = r#"<script type="application/ld+json">[{"@type":"NewsArticle","headline":"Another","url":"https://www.news.example/other"},
        {"@type":"NewsArticle","headline":"The harbour opens","mainEntityOfPage":"https://www.news.example/world/2026/11/23/harbour-opens/",
        "author":{"@type":"Organization","name":"News Staff"},"articleSection":"Sea","datePublished":"2026-11-23T17:00:00Z",}]</script>"#;
    let of_json = read(&page(&format!("{head}{json}")));
    assert_eq!((&*of_json.title, &*of_json.section), ("The harbour opens", "Sea"));
    assert_eq!(of_json.authors, ["News Staff"]);
    assert_eq!(of_json.published.map(Timestamp::rfc3339).as_deref(), Some("2026-11-23T17:00:00Z"));
    assert_eq!(of_json.categories, ["Sea", "Europe"]);
}

#[test]
fn what_an_operator_points_at_is_believed_and_what_finds_nothing_changes_nothing() {
    let page = page("");
    let selectors = Selectors {
        title: Some("figcaption".into()),
        authors: Some(".credit".into()),
        published: Some(".nothing".into()),
        section: Some("nav a:nth-child(2)".into()),
        image: Some("figure".into()),
        caption: Some("h2".into()),
        credit: Some(".byline".into()),
        body: Some(".article-body p, .article-body".into()),
        remove: vec!["ul".into(), ".ad-slot, p:has(a)".into()],
        links: None,
    };
    selectors.check().unwrap();
    let found = with(&page, &selectors);
    assert_eq!(found.title, "The pier, seen from the town hall. Photo: Cy Lee");
    assert_eq!(found.published.map(Timestamp::rfc3339).as_deref(), Some("2026-11-23T18:30:00Z"));
    assert!(found.section.starts_with("World news"));
    let image = found.image.unwrap();
    assert_eq!(image.caption, "Two years");
    assert_eq!(found.text, [FIRST, SECOND, "Two years", THIRD, "All of them are free on the first day."].join("\n\n"));
    let nowhere = Selectors { body: Some(".nowhere".into()), title: Some(">>".into()), ..Selectors::default() };
    assert_eq!(with(&page, &nowhere), read(&page));
}

#[test]
fn scripts_in_titles_and_texts_come_out_as_words() {
    let page = format!(
        "<html><head><title>&lt;script&gt;alert(1)&lt;/script&gt;Harbour &lt;b&gt;opens&lt;/b&gt;</title></head><body><article>\
         <p>{FIRST}<script>alert('x, y.')</script></p><p onclick='x()'>{SECOND}</p><p>{THIRD}</p></article></body></html>"
    );
    let found = read(&page);
    assert_eq!(found.text, [FIRST, SECOND, THIRD].join("\n\n"));
    assert!(!found.title.contains('<'), "{}", found.title);
}

#[test]
fn comments_that_outweigh_the_article_are_none_of_it() {
    let comment = format!("<div class='comment'><p>{THIRD} {SECOND} {THIRD}</p></div>").repeat(30);
    let page = format!(
        "<body><div id='content'><h1>Harbour</h1><div><p>{FIRST}</p><p>{SECOND}</p></div></div><div class='comments'>{comment}</div></body>"
    );
    assert_eq!(read(&page).text, [FIRST, SECOND].join("\n\n"));
}

#[test]
fn a_text_under_a_wrong_name_is_found_after_all() {
    let page = format!(
        "<html><body><div class='sidebar'><p>{FIRST} {SECOND}</p></div><div class='related share'><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p><p>{SECOND} {FIRST}</p></div></body></html>"
    );
    assert!(read(&page).text.contains(THIRD));
}

#[test]
fn a_text_that_only_the_json_ld_has_is_read_from_there() {
    let body = [FIRST, SECOND, THIRD, SECOND, FIRST].join("\\n\\n");
    let of = |body: &str| {
        let json = format!("{{\"@type\":\"NewsArticle\",\"headline\":\"Harbour\",\"articleBody\":\"{body}\"}}");
        read(&format!("<html><script type='application/ld+json'>{json}</script><body><div id=app><p>Loading, one moment please.</p></div></body></html>")).text
    };
    assert_eq!(of(&body), [FIRST, SECOND, THIRD, SECOND, FIRST].join("\n\n"));
    assert_eq!(
        of(&format!("<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD} {FIRST} {SECOND}</p>")),
        format!("{FIRST}\n\n{SECOND}\n\n{THIRD} {FIRST} {SECOND}")
    );
    assert!(!of(&format!("{FIRST} {SECOND} {THIRD} {FIRST} {SECOND} And then...")).contains(FIRST));
}

#[test]
fn the_next_article_on_the_same_page_is_none_of_it() {
    let first = format!("<article><h1>Harbour</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></article>");
    let next = "<article><h2><a href='/b'>Bridge</a></h2><p>The bridge closes on Monday, the council said, and will be closed for long, as it was before.</p></article>";
    let found = read(&format!("<body><div>{first}{}</div></body>", next.repeat(4)));
    assert_eq!(found.text, [FIRST, SECOND, THIRD].join("\n\n"));
}

#[test]
fn a_text_without_spaces_or_paragraphs_is_a_text() {
    let sentence = "\u{6e2f}\u{306f}\u{6708}\u{66dc}\u{65e5}\u{306b}\u{518d}\u{958b}\u{3059}\u{308b}\u{3068}\u{5e02}\u{8b70}\u{4f1a}\u{304c}\u{767a}\u{8868}\u{3057}\u{305f}\u{3002}".repeat(4);
    let page = format!(
        "<html><body><div class=menu><a href=/>x</a></div><td>{sentence}<br><br>{sentence}<br><br>{sentence}</body></html>"
    );
    let found = read(&page);
    assert_eq!(found.text, [sentence.as_str(); 3].join("\n\n"));
    assert_eq!(found.language, "ja");
    assert!(found.word_count > 100);
}

#[test]
fn what_is_no_page_is_named() {
    for (bytes, named) in [
        (b"%PDF-1.7 <" as &[u8], "PDF"),
        (b"\x89PNG\r\n", "picture"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "feed"),
        (b"{\"a\": \"<\"}", "JSON"),
        (b"hello", "no markup"),
        (b" \n\0", "empty"),
        (b"", "empty"),
    ] {
        let error = read_page(bytes, None, None, &Selectors::default()).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

/// What parsers dislike most. Ten MiB of each take below half a second in an optimised build; here a fifth of that.
#[test]
fn hostile_pages_are_read_to_their_end() {
    let size = limits::FETCH_BYTES_MAX / 5;
    let many = |unit: &str| unit.repeat(size / unit.len());
    let formatting: String = (0..300).map(|at| format!("<b id={at}>")).collect();
    let pages = [
        many("<div>"),
        many("<p>a, b. "),
        many("<a href=x>y</a> "),
        many("<table><tr><td>"),
        many("<script>"),
        many("<!--"),
        many("</div></p>"),
        many("<ul><li>x"),
        many("\u{1f600}<"),
        many("<article><h1>a</h1>"),
        many("&amp;&#0;&lt;"),
        many("<meta content=x name=y>"),
        format!("<p>{formatting}</p>{}", "<p>x".repeat(size / 4)),
        format!("<script type='application/ld+json'>{}</script><p>x", many("[{\"@graph\":")),
        format!("<div class='{}'><p>x", many("a ")),
        format!("<title>{}</title><p>x", many("a | ")),
    ];
    for page in pages {
        let page = format!("<html>{page}");
        let found = read_page(page.as_bytes(), None, Some(&url()), &Selectors::default()).unwrap();
        assert!(found.text.len() <= TEXT_BYTES_MAX);
    }
    let deep = format!(
        "<html><head><title>Harbour</title></head><body>{}<article><p>{FIRST}</p></article>",
        "<div>".repeat(5000)
    );
    let found = read(&deep);
    assert_eq!((found.title.as_str(), found.text.as_str()), ("Harbour", FIRST));
}

#[test]
fn no_page_that_is_cut_or_garbled_makes_it_panic() {
    let random = Random::seeded(20_261_123);
    let whole = page(
        "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"x\",\"author\":[{\"name\":\"y\"}]}</script>",
    );
    let below = |bound: usize| usize::try_from(random.below(u64::try_from(bound).unwrap())).unwrap();
    for _ in 0..300 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..=below(8) {
            let at = below(bytes.len());
            match below(4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = b"<>&\"'/\0\xff"[below(8)],
                2 => drop(bytes.drain(at..(at + below(40)).min(bytes.len()))),
                _ => bytes.extend_from_within(at..(at + below(60)).min(bytes.len())),
            }
            bytes.push(b'<');
        }
        drop(read_page(&bytes, None, Some(&url()), &Selectors::default()));
    }
}
