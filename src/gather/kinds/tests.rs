//! All three readers on what nobody would send on purpose.

use super::{listing, sitemap, wordpress};
use crate::base::Selectors;
use proptest::prelude::*;
use url::Url;

/// Pieces of the three formats, whole and broken.
const PIECES: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"id\"",
    "{\"id\":1,",
    "\"link\":\"https://news.example/a\"",
    "\"title\":{\"rendered\":\"x\"}",
    "\"_embedded\":{",
    "\"wp:term\":[[",
    "\"content\":",
    "null",
    "1e999",
    "\"\\ud800\"",
    "\"date_gmt\":\"2026-02-31\"",
    "<urlset>",
    "</urlset>",
    "<url>",
    "</url>",
    "<loc>",
    "</loc>",
    "https://news.example/2026/11/23/crossing-the-river",
    "<news:news>",
    "<news:title>",
    "<image:image>",
    "<image:loc>",
    "<sitemap>",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&x",
    "<!--",
    "<a href='",
    "'>",
    "</a>",
    "<h2>",
    "<article>",
    "<li>",
    "<time datetime='",
    "<base href='//",
    "<nav>",
    "\u{0}",
    "\u{1f600}",
    "\u{202e}",
    "<",
    " ",
    "\n",
    "Crossing the ferry was calm again",
    "<script>",
    "<template>",
    "<svg><p>",
];

proptest! {
    #[test]
    fn no_document_makes_a_reader_panic_or_gives_an_address_that_is_none(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60),
        is_json in any::<bool>(),
    ) {
        let document = format!("{}{}", if is_json { "[" } else { "<" }, pieces.concat());
        let url = Url::parse("https://news.example/wp-json/wp/v2/posts").unwrap();
        let posts = wordpress::read_posts(document.as_bytes(), &url).unwrap_or_default();
        let named = sitemap::read(document.as_bytes(), &url).unwrap_or_default();
        let linked = listing::read(document.as_bytes(), None, &url, &Selectors::default()).unwrap_or_default();
        for entry in posts.iter().chain(&named.entries).chain(&linked) {
            let link = entry.link.as_deref().unwrap_or("https://news.example/");
            prop_assert!(link.starts_with("http"), "{}", link);
            prop_assert!(!entry.title.contains(char::is_control), "{:?}", entry.title);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let url = Url::parse("https://news.example/").unwrap();
        drop(wordpress::read_posts(&bytes, &url));
        drop(sitemap::read(&bytes, &url));
        drop(listing::read(&bytes, Some("text/html; charset=utf-16"), &url, &Selectors::default()));
    }
}
