//! The edition as a mailbox shows it: both parts, their limits, and what hostile input may not do.

use super::*;
use dom_query::Document;

/// Ten stories in full and twenty-five headlines, in a script that takes two bytes a letter.
fn full_evening() -> EditionView {
    let mut view = EditionView::sample();
    let story = StoryView {
        headline: "\u{412}\u{435}\u{447}\u{435}\u{440}\u{43d}\u{438}\u{439} \u{43f}\u{430}\u{440}\u{43e}\u{43c} \u{43e}\u{441}\u{442}\u{430}\u{43d}\u{435}\u{442}\u{441}\u{44f} \u{43d}\u{430} \u{437}\u{438}\u{43c}\u{443} \u{443} \u{441}\u{442}\u{430}\u{440}\u{43e}\u{433}\u{43e} \u{43f}\u{438}\u{440}\u{441}\u{430} \u{43f}\u{43e}\u{440}\u{442}\u{430}".into(),
        excerpt: "\u{434}\u{43e}\u{43c} ".repeat(70),
        url: format!("https://gazette.example/2026/11/23/{}/", "long-slug-".repeat(9)),
        ..view.sections[0].stories[0].clone()
    };
    view.sections = (0..3)
        .map(|n| SectionView { name: format!("Section {n}"), stories: (0..3).map(|_| story.clone()).collect() })
        .collect();
    let headline = HeadlineView { url: story.url.clone(), headline: story.headline, ..view.headlines[0].clone() };
    view.headlines = (0..22).map(|_| headline.clone()).collect();
    view.missed = (0..3).map(|_| headline.clone()).collect();
    view
}

fn quoted_printable_bytes(text: &str) -> usize {
    let octets: usize =
        text.bytes().map(|b| if b == b'\n' || (b' '..=b'~').contains(&b) && b != b'=' { 1 } else { 3 }).sum();
    octets + octets / 75 * 3 + text.lines().count()
}

#[test]
fn the_sample_as_html() {
    insta::assert_snapshot!(EditionView::sample().html().unwrap());
}

#[test]
fn the_sample_as_text() {
    insta::assert_snapshot!(EditionView::sample().text().unwrap());
}

#[test]
fn a_full_evening_stays_under_the_size_that_composing_aims_at() {
    let html = full_evening().html().unwrap();
    let base64 = html.len().div_ceil(3) * 4 * 78 / 76;
    let wire = quoted_printable_bytes(&html).min(base64);
    assert!(wire < crate::base::limits::EDITION_BYTES_AIM, "{wire} bytes; {} before encoding", html.len());
    let style =
        html.split("<style>").skip(1).filter_map(|part| part.split("</style>").next()).map(str::len).sum::<usize>();
    assert!(style < 16 * 1024, "{style}");
}

#[test]
fn every_address_of_the_html_is_also_in_the_text_on_a_line_of_its_own() {
    let view = EditionView::sample();
    let text = view.text().unwrap();
    let page = Document::from(view.html().unwrap());
    let links = page.select("a[href]");
    assert!(links.length() > 15);
    for link in links.iter() {
        let href = link.attr("href").unwrap();
        assert!(text.lines().any(|line| line.trim() == &*href), "{href}");
    }
}

#[test]
fn the_text_has_no_markup_and_no_line_beyond_the_margin() {
    for view in [EditionView::sample(), full_evening()] {
        let text = view.text().unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= 78 || line.trim_start().starts_with("https://"), "{line}");
            assert_eq!(line, line.trim_end());
        }
        assert!(!text.contains('<') && !text.contains("&amp;") && !text.contains("&#"), "{text}");
        assert!(!text.contains("\n\n\n"));
        assert!(text.contains(&view.postal_address) && text.contains(&view.unsubscribe_url));
    }
}

#[test]
fn a_hostile_feed_writes_no_markup() {
    let hostile = "\"onmouseover=\"alert(1)\" x='<script>alert(1)</script><img src=x onerror=1>\u{202e}\u{92}";
    let mut view =
        EditionView { note: hostile.into(), preheader: hostile.into(), why: hostile.into(), ..EditionView::sample() };
    let story = StoryView {
        headline: hostile.into(),
        excerpt: hostile.into(),
        byline: hostile.into(),
        note: hostile.into(),
        url: "javascript:alert(1)".into(),
        image: Some(ImageView { url: "data:text/html,x".into(), alt: hostile.into(), ..ImageView::default() }),
        related: vec![RelatedView { title: hostile.into(), url: "vbscript:x".into(), byline: hostile.into() }],
        ..StoryView::default()
    };
    view.top = Some(story.clone());
    view.sections = vec![SectionView { name: hostile.into(), stories: vec![story] }];
    let html = view.html().unwrap();
    let page = Document::from(html.as_str());
    assert!(!page.select("script, iframe, form, object, link, img[onerror], [onmouseover]").exists());
    for (selector, attribute) in [("[href]", "href"), ("[src]", "src")] {
        for element in page.select(selector).iter() {
            let address = element.attr(attribute).unwrap();
            assert!(safe_url(&address).is_some(), "{address}");
        }
    }
    assert!(html.contains("&#60;script&#62;") && !html.contains('\u{202e}') && !html.contains('\u{92}'));
}

#[test]
fn only_plain_web_addresses_become_links() {
    for good in ["https://news.example/?p=1&q=2", "HTTP://news.example", "https://n\u{e4}chrichten.example/\u{fc}"] {
        assert_eq!(safe_url(good), Some(good));
    }
    for bad in [
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "mailto:a@b.example",
        "//news.example/x",
        "/x",
        "",
        "https://",
        "https://news.example/\"onclick=x",
        "https://news.example/a b",
        "https://news.example/\n",
        "file:///etc/passwd",
        "https:\\\\news.example",
    ] {
        assert_eq!(safe_url(bad), None, "{bad:?}");
    }
}

#[test]
fn headings_step_down_one_level_at_a_time() {
    let page = Document::from(EditionView::sample().html().unwrap());
    let levels: Vec<u32> = page
        .select("h1, h2, h3, h4, h5, h6")
        .iter()
        .filter_map(|heading| heading.nodes().first()?.node_name()?.get(1..)?.parse().ok())
        .collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert_eq!(levels.first(), Some(&1));
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
}

#[test]
fn only_css_that_mail_clients_know() {
    let html = full_evening().html().unwrap();
    for refused in [
        "flex",
        "grid",
        "position",
        "var(",
        "rem;",
        "rem\"",
        "@import",
        "@font-face",
        "background-image",
        "url(",
        "<link",
        "object-fit",
        "srcset",
        "<picture",
        "<svg",
        "<form",
    ] {
        assert!(!html.contains(refused), "{refused}");
    }
}

#[test]
fn layout_and_images_say_what_they_are() {
    let page = Document::from(full_evening().html().unwrap());
    for table in page.select("table").iter() {
        assert_eq!(table.attr("role").as_deref(), Some("presentation"));
        for attribute in ["cellpadding", "cellspacing", "border"] {
            assert_eq!(table.attr(attribute).as_deref(), Some("0"));
        }
    }
    for image in page.select("img").iter() {
        let size = |name: &str| image.attr(name).and_then(|value| value.parse::<u32>().ok());
        assert!(size("width") > Some(0) && size("height") > Some(0) && image.attr("alt").is_some());
        assert!(image.attr("style").unwrap().contains("display:block"));
    }
}

#[test]
fn no_two_links_share_a_text_and_lead_elsewhere() {
    let page = Document::from(EditionView::sample().html().unwrap());
    let mut seen = std::collections::BTreeMap::new();
    for link in page.select("a[href]").iter() {
        let (text, href) = (link.text().trim().to_lowercase(), link.attr("href").unwrap().to_string());
        let first = seen.entry(text.clone()).or_insert_with(|| href.clone());
        assert!(text.is_empty() || *first == href, "{text}");
    }
}

#[test]
fn a_story_in_another_script_keeps_its_own_direction() {
    let mut view = EditionView::sample();
    view.headlines[0] = HeadlineView {
        language: "he".into(),
        dir: "rtl",
        headline: "\u{5e0}\u{5de}\u{5dc}".into(),
        ..view.headlines[0].clone()
    };
    let page = Document::from(view.html().unwrap());
    let cell = page.select("td[lang=he]");
    assert_eq!(cell.attr("dir").as_deref(), Some("rtl"));
    assert!(cell.select("td").attr("style").unwrap().contains("text-align:right"));
    assert_eq!(page.select("html").attr("dir").as_deref(), Some("ltr"));
    assert_eq!(page.select("body > div").attr("lang").as_deref(), Some("en"));
}

fn quiet_evening() -> EditionView {
    EditionView {
        stories: 1,
        minutes: 2,
        note: String::new(),
        sections: vec![],
        headlines: vec![],
        missed: vec![],
        corrections: vec![],
        more: 0,
        ..EditionView::sample()
    }
}

#[test]
fn one_story_alone_makes_a_whole_mail() {
    let view = quiet_evening();
    let (html, text) = (view.html().unwrap(), view.text().unwrap());
    assert!(html.contains("1 story, 2 min") && text.contains("1 story, 2 min"));
    for absent in ["Also today", "In case you missed it", "Corrections", " more on "] {
        assert!(!html.contains(absent) && !text.to_lowercase().contains(&absent.to_lowercase()), "{absent}");
    }
}

#[test]
fn the_marks_of_personal_links_pass_through_untouched() {
    let view = EditionView::sample();
    for part in [view.html().unwrap(), view.text().unwrap()] {
        assert!(part.contains("https://unsubscribe.invalid/") && part.contains("https://preferences.invalid/"));
    }
}

/// Writes pages to look at in a browser.
#[test]
#[ignore = "for whoever changes the look: writes pages into target/look"]
fn pages_to_look_at() {
    std::fs::create_dir_all("target/look").unwrap();
    for (name, view) in [("sample", EditionView::sample()), ("full", full_evening()), ("quiet", quiet_evening())] {
        std::fs::write(format!("target/look/{name}.html"), view.html().unwrap()).unwrap();
        std::fs::write(format!("target/look/{name}.txt"), view.text().unwrap()).unwrap();
    }
}
