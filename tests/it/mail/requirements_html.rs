//! Section 5: the HTML of an edition. What only a browser can judge (C1, C3, C7, C8) is in `browser::mails`.

use super::{ADA, BEN, Evenings};
use dom_query::Document;
use lamplighter::editions::view::EditionView;

/// The mails that arrived, and one that shows every part.
async fn pages() -> Vec<String> {
    let mut pages: Vec<String> = Evenings::lived().await.all().map(|mail| mail.html.clone()).collect();
    pages.push(EditionView::sample().html().unwrap());
    pages
}

#[tokio::test]
async fn c1_styles_stand_inline_and_the_style_sheet_is_small_and_in_the_head() {
    for html in pages().await {
        let page = Document::from(html.as_str());
        assert!(page.select("head style").text().len() < 16 * 1024);
        assert!(!page.select("body style").exists());
        for cell in page.select("td.sheet, td.soft, h1, h2, h3").iter() {
            assert!(cell.attr("style").is_some());
        }
    }
}

#[tokio::test]
async fn c2_only_css_that_mail_clients_know() {
    for html in pages().await {
        for refused in [
            "flex",
            "display:grid",
            "position:",
            "var(",
            "rem;",
            "@import",
            "@font-face",
            "url(",
            "<link",
            "object-fit",
            "srcset",
            "<picture",
            "<svg",
            "<form",
            "data:",
            ".webp",
        ] {
            assert!(!html.contains(refused), "{refused}");
        }
    }
}

#[tokio::test]
async fn c3_the_page_has_a_width_for_outlook_and_bends_for_the_rest() {
    for html in pages().await {
        let page = Document::from(html.as_str());
        let table = page.select("body > div > table");
        assert_eq!(table.attr("width").as_deref(), Some("600"));
        let style = table.attr("style").unwrap();
        assert!(style.contains("max-width:600px") && style.contains("width:100%"), "{style}");
        assert!(html.contains("<!--[if mso]><table role=\"presentation\" width=\"600\""));
    }
}

#[tokio::test]
async fn c4_pictures_have_a_size_an_alternative_and_a_whole_address() {
    let page = Document::from(EditionView::sample().html().unwrap());
    let images = page.select("img");
    assert_eq!(images.length(), 2);
    for image in images.iter() {
        let size = |name: &str| image.attr(name).and_then(|it| it.parse::<u32>().ok());
        assert!(size("width") > Some(0) && size("height") > Some(0));
        assert!(image.attr("alt").is_some() && image.attr("src").unwrap().starts_with("https://"));
        assert!(image.attr("style").unwrap().contains("display:block"));
    }
}

#[tokio::test]
async fn c5_the_page_says_its_language_direction_title_and_character_set() {
    for html in pages().await {
        assert!(html.starts_with("<!DOCTYPE html>"));
        let page = Document::from(html.as_str());
        for element in ["html", "body > div"] {
            assert_eq!(page.select(element).attr("lang").as_deref(), Some("en"));
            assert_eq!(page.select(element).attr("dir").as_deref(), Some("ltr"));
        }
        assert!(!page.select("head title").text().is_empty());
        assert_eq!(page.select("meta[charset]").attr("charset").as_deref(), Some("utf-8"));
        assert!(page.select("meta[name=viewport]").exists());
    }
}

#[tokio::test]
async fn c6_tables_are_for_layout_and_headings_step_down_one_at_a_time() {
    for html in pages().await {
        let page = Document::from(html.as_str());
        for table in page.select("table").iter() {
            assert_eq!(table.attr("role").as_deref(), Some("presentation"));
            for attribute in ["cellpadding", "cellspacing", "border"] {
                assert_eq!(table.attr(attribute).as_deref(), Some("0"));
            }
        }
        let levels: Vec<u32> = page
            .select("h1, h2, h3, h4, h5, h6")
            .iter()
            .filter_map(|it| it.nodes().first()?.node_name()?.get(1..)?.parse().ok())
            .collect();
        assert_eq!((levels.first(), levels.iter().filter(|it| **it == 1).count()), (Some(&1), 1));
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    }
}

#[tokio::test]
async fn c7_the_dark_is_announced_and_changes_ground_text_and_links() {
    for html in pages().await {
        let page = Document::from(html.as_str());
        for name in ["color-scheme", "supported-color-schemes"] {
            assert_eq!(page.select(&format!("meta[name={name}]")).attr("content").as_deref(), Some("light dark"));
        }
        let dark = html.split("prefers-color-scheme:dark").nth(1).unwrap();
        for rule in [".page{background-color", ".sheet{background-color", ".ink{color", ".mark{color"] {
            assert!(dark.contains(rule), "{rule}");
        }
        for link in page.select("a").iter() {
            let class = link.attr("class").unwrap_or_default();
            assert!(["ink", "soft", "mark"].contains(&&*class) || link.select("img").exists(), "{class:?}");
        }
    }
}

#[tokio::test]
async fn c9_no_two_links_share_their_words_and_lead_elsewhere() {
    let page = Document::from(Evenings::lived().await.of(ADA)[0].html.as_str());
    let mut seen = std::collections::BTreeMap::new();
    for link in page.select("a[href]").iter() {
        let (text, href) = (link.text().trim().to_lowercase(), link.attr("href").unwrap().to_string());
        assert_eq!(seen.entry(text.clone()).or_insert_with(|| href.clone()), &href, "{text}");
    }
}

#[tokio::test]
async fn c14_nobody_is_watched() {
    let evenings = Evenings::lived().await;
    let strip = |address: &str| {
        let mail = evenings.of(address)[0];
        let own = |link: &&String| !link.contains("/unsubscribe/") && !link.contains("/preferences/");
        mail.links.iter().filter(own).cloned().collect::<Vec<_>>()
    };
    assert_eq!(strip(ADA), strip(BEN));
    assert!(
        !Document::from(evenings.of(ADA)[0].html.as_str()).select("img").exists(),
        "no picture but the stories' own"
    );
}
