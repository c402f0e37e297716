//! Addresses of pages: told apart, and made of what pages write.

use url::Url;

/// What two addresses of one page have in common: host without `www.`, path without its last slash, and the query where
/// the path alone names no article.
pub(super) fn place(address: &str) -> String {
    let Ok(url) = Url::parse(address.trim()) else { return address.trim().to_owned() };
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/amp").unwrap_or(path);
    let names_nothing = path.len() < 2 || path.ends_with(".php") || path.ends_with(".asp") || path.ends_with(".html");
    match url.query().filter(|_| names_nothing) {
        Some(query) => format!("{host}{path}?{query}"),
        None => format!("{host}{path}"),
    }
}

/// The address that a page gives as its own, if it can be: absolute, of the web, and not the front page of the site
/// where the page itself is none.
pub(super) fn canonical(declared: &[&str], url: Option<&Url>) -> Option<String> {
    let is_front = |it: &Url| it.path().len() < 2 && it.query().is_none();
    declared.iter().filter(|it| !it.trim().is_empty()).find_map(|declared| {
        let found = match Url::parse(declared.trim()) {
            Ok(found) => found,
            Err(_) => url?.join(declared.trim()).ok()?,
        };
        let is_web = matches!(found.scheme(), "http" | "https") && found.host_str().is_some();
        let is_astray = is_front(&found) && url.is_none_or(|url| !is_front(url));
        (is_web && !is_astray).then(|| found.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_page_are_one_place() {
        for (a, b) in [
            ("https://www.news.example/a/", "http://news.example/a"),
            ("https://news.example/a/#article", "https://news.example/a?utm_source=x"),
            ("https://news.example/a/amp/", "https://news.example/a"),
        ] {
            assert_eq!(place(a), place(b));
        }
        assert_ne!(place("https://news.example/view.php?id=1"), place("https://news.example/view.php?id=2"));
    }

    #[test]
    fn a_front_page_is_not_the_address_of_an_article() {
        let url = Url::parse("https://news.example/a").unwrap();
        assert_eq!(canonical(&["https://news.example/"], Some(&url)), None);
        assert_eq!(canonical(&["", "/b"], Some(&url)).as_deref(), Some("https://news.example/b"));
        assert_eq!(canonical(&["javascript:x"], Some(&url)), None);
    }
}
