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

/// Size and line height of each `font:` of an element's style, in pixels; what holds no text has the size 0.
fn fonts(style: &str) -> Option<(f64, f64)> {
    let font = style.split(';').find_map(|it| it.trim().strip_prefix("font:"))?;
    let (size, line) = font.split(' ').find(|word| word.contains("px/"))?.split_once('/')?;
    let number = |text: &str| text.trim_end_matches("px").parse::<f64>().ok();
    Some((number(size)?, number(line)?))
}

/// WCAG 2.2: how much two colours, `#1c1917`, differ in brightness.
fn contrast(one: &str, other: &str) -> f64 {
    let brightness = |colour: &str| {
        let channel = |at: usize| {
            let share = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (one, other) = (brightness(one), brightness(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[tokio::test]
async fn c8_texts_are_large_clear_and_far_enough_apart_and_links_are_no_mere_colour() {
    // What a browser makes of it is measured in `browser::mails`.
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01);
    for html in pages().await {
        let page = Document::from(html.as_str());
        let mut seen = 0;
        for element in page.select("body [style]").iter() {
            let style = element.attr("style").unwrap();
            let is_heading = element.is("h1, h2, h3");
            if let Some((size, line)) = fonts(&style) {
                assert!(size >= 14.0 && line / size >= if is_heading { 1.1 } else { 1.4 }, "{style}");
                seen += 1;
            }
            let colour = style.split(';').find_map(|it| it.trim().strip_prefix("color:"));
            if let Some(colour) = colour.filter(|it| it.starts_with('#')) {
                // The sheet, and what is set apart on it.
                for ground in ["#fffdf9", "#f5f0e5"] {
                    assert!(contrast(colour, ground) >= 4.5, "{colour} on {ground}");
                }
            }
        }
        assert!(seen > 8, "{seen} texts");
        // A link among other words is underlined; a headline is a link as a whole.
        for link in page.select("p > a[href]").iter() {
            let sentence = link.parent().text().trim().to_string();
            let is_alone = link.text().trim() == sentence;
            assert!(is_alone || link.attr("style").unwrap().contains("underline"), "{sentence}");
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
