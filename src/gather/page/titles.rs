//! The headline of a page, without the name of the site that stands behind it, and the section it belongs to.

use url::Url;

const SEPARATORS: &[&str] =
    &[" | ", " - ", " \u{2013} ", " \u{2014} ", " :: ", " \u{bb} ", " \u{b7} ", " \u{2022} ", " / ", " ~ "];

/// `sites` are the names that the page gives to its site; `heading` is its `<h1>`.
pub(super) fn headline(title: &str, heading: &str, sites: &[&str], url: Option<&Url>) -> String {
    let bare = bare(title);
    let bare_heading = self::bare(heading);
    let is_whole =
        bare.starts_with(&bare_heading) || (bare.ends_with(&bare_heading) && bare_heading.len() * 10 >= bare.len() * 6);
    if is_whole && heading.chars().count() >= 12 {
        return heading.to_owned();
    }
    let mut title = title.trim();
    // A section and a site: twice.
    for _ in 0..3 {
        let cut = SEPARATORS.iter().filter_map(|it| title.rfind(it).map(|at| (at, *it))).max();
        let Some((at, separator)) = cut else { break };
        let (head, tail) = (title.get(..at).unwrap_or_default(), title.get(at + separator.len()..).unwrap_or_default());
        let is_bar = matches!(separator, " | " | " :: " | " \u{bb} ");
        let is_bars = is_bar && tail.split_whitespace().count() <= 4 && head.chars().count() >= 15;
        if !(is_site(tail, sites, url) || is_bars) || head.trim().is_empty() {
            break;
        }
        title = head.trim_end();
    }
    for separator in SEPARATORS {
        if let Some((head, tail)) = title.split_once(separator)
            && is_site(head, sites, url)
            && tail.chars().count() >= 12
        {
            return tail.trim().to_owned();
        }
    }
    title.to_owned()
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_site(text: &str, sites: &[&str], url: Option<&Url>) -> bool {
    let name = bare(text);
    if name.is_empty() {
        return true;
    }
    let plain = |name: &str| name.strip_prefix("the").unwrap_or(name).to_owned();
    let host: String =
        url.and_then(Url::host_str).unwrap_or_default().split('.').map(bare).collect::<Vec<_>>().join(".");
    let is_host =
        name.len() >= 3 && host.split('.').any(|label| label.len() >= 3 && (label == name || label == plain(&name)));
    let is_whole_host = bare(&host).ends_with(&name) && name.len() >= 5;
    is_host || is_whole_host || sites.iter().any(|site| plain(&bare(site)) == plain(&name))
}

/// Parts of an address that name no section.
const NO_SECTION: &[&str] = &[
    "news",
    "article",
    "articles",
    "story",
    "stories",
    "blog",
    "blogs",
    "post",
    "posts",
    "content",
    "archive",
    "archives",
    "index",
    "node",
    "view",
    "page",
    "pages",
    "amp",
    "en",
    "www",
    "detail",
    "read",
    "item",
    "category",
    "topic",
    "topics",
    "tag",
    "web",
    "p",
    "a",
    "id",
    "newsroom",
    "latest",
    "all",
    "wp",
    "site",
    "home",
    "live",
    "html",
    "uncategorized",
    "general",
    "eng",
    "rus",
    "ukr",
    "fra",
    "deu",
    "esp",
];

/// The section that the path of an address names: `/world-news/2026/11/23/harbour` is `World news`.
pub(super) fn section_of(url: &Url) -> Option<String> {
    let mut parts: Vec<&str> = url.path_segments()?.filter(|it| !it.is_empty()).collect();
    parts.pop();
    let part = parts.into_iter().take(3).find(|part| {
        let is_word =
            part.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '_')) && (3..=24).contains(&part.len());
        let is_language = part.len() == 5 && part.get(2..3) == Some("-");
        is_word
            && !is_language
            && !NO_SECTION.contains(&part.to_lowercase().as_str())
            && part.split(['-', '_']).count() <= 3
    })?;
    Some(sentence(&part.replace(['-', '_'], " ")))
}

/// With a capital; letters that are no word (`nfl`) in capitals.
fn sentence(text: &str) -> String {
    if text.is_ascii() && text.len() <= 4 && !text.contains(['a', 'e', 'i', 'o', 'u', 'y']) {
        return text.to_uppercase();
    }
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The sections that a page names, the primary one first; of each several.
pub(super) fn sections(named: &[Vec<String>], sites: &[&str], url: Option<&Url>) -> Vec<String> {
    let is_named = |it: &str| {
        let lower = it.to_lowercase();
        !it.is_empty()
            && !is_site(it, sites, url)
            && it.chars().count() <= 60
            && ![
                "uncategorized",
                "uncategorised",
                "all",
                "home",
                "homepage",
                "root",
                "null",
                "undefined",
                "none",
                "article",
                "articles",
            ]
            .contains(&lower.as_str())
    };
    let mut out: Vec<String> = Vec::new();
    let split = named.iter().flatten().flat_map(|it| {
        if it.contains(',') && !it.contains(" and ") { it.split(',').collect() } else { vec![it.as_str()] }
    });
    for section in split.map(|it| it.trim().trim_matches(['/', '>', '|']).trim()).filter(|it| is_named(it)) {
        // A machine's name: `world_news`.
        let section = if section.contains(' ') { section.to_owned() } else { section.replace('_', " ") };
        if !out.iter().any(|known| known.to_lowercase() == section.to_lowercase()) {
            out.push(if section.chars().all(|c| !c.is_uppercase()) { sentence(&section) } else { section });
        }
    }
    if out.is_empty() {
        out.extend(url.and_then(section_of));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_loses_the_name_of_its_site() {
        let url = Url::parse("https://www.dailyharbour.example/world/a").unwrap();
        for (title, heading, wanted) in [
            ("The harbour opens | World | The Daily Harbour", "", "The harbour opens"),
            ("The harbour opens - Daily Harbour", "", "The harbour opens"),
            ("The harbour opens - and closes", "", "The harbour opens - and closes"),
            ("The harbour opens \u{2014} dailyharbour.example", "", "The harbour opens"),
            ("Daily Harbour: x | The harbour opens", "", "Daily Harbour: x"),
            ("Daily Harbour | The harbour opens again today at noon", "", "The harbour opens again today at noon"),
            (
                "The harbour opens again - Seas, ships and more - Other",
                "The harbour opens again",
                "The harbour opens again",
            ),
            ("Opinion | The harbour opens again", "The harbour opens again", "The harbour opens again"),
            ("", "", ""),
        ] {
            assert_eq!(headline(title, heading, &["Daily Harbour"], Some(&url)), wanted, "{title}");
        }
    }

    #[test]
    fn a_path_names_a_section_but_for_dates_and_numbers() {
        for (path, wanted) in [
            ("/world-news/2026/11/23/harbour", Some("World news")),
            ("/news/politics/harbour-opens", Some("Politics")),
            ("/nfl/news/harbour", Some("NFL")),
            ("/2026/11/23/harbour", None),
            ("/harbour-opens-again", None),
            ("/articles/12345/x", None),
            ("/en-us/harbour-opens", None),
        ] {
            let url = Url::parse(&format!("https://news.example{path}")).unwrap();
            assert_eq!(section_of(&url).as_deref(), wanted, "{path}");
        }
    }

    #[test]
    fn the_first_section_that_is_one_is_the_primary_one() {
        let named = [vec![], vec!["Uncategorized".to_owned(), "World, Sea".to_owned()], vec!["world".to_owned()]];
        assert_eq!(sections(&named, &[], None), ["World", "Sea"]);
    }
}
