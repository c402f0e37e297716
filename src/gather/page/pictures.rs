//! The picture of an article: the one that the page names, with what is written under it where it is shown.

use super::linked::Picture;
use crate::base::text::one_line;
use crate::gather::html::{self, Image, image};
use dom_query::{Document, NodeRef};
use url::Url;

/// Pictures of a page that are looked at.
const PICTURES_MAX: usize = 300;

/// `named` are the addresses that the page gives for its picture, the best first; `linked` those of its JSON-LD.
pub(super) fn choose(document: &Document, named: &[String], linked: &[Picture], base: Option<&Url>) -> Option<Image> {
    let shown: Vec<NodeRef<'_>> = document.select("img").nodes().iter().take(PICTURES_MAX).copied().collect();
    let all = named.iter().map(String::as_str).chain(linked.iter().map(|it| it.url.as_str()));
    let candidates: Vec<String> = all.filter_map(|it| html::absolute(base, it)).filter(|it| !is_stand_in(it)).collect();
    let Some(url) = candidates.first() else {
        return first_in_text(document, base);
    };
    let mut found = Image { url: url.clone(), ..Image::default() };
    let stems: Vec<String> = candidates.iter().filter_map(|it| stem(it)).collect();
    let same = shown.iter().filter(|img| addresses(img).iter().filter_map(|it| stem(it)).any(|it| stems.contains(&it)));
    // Of several places that show it, the one that says most.
    let described = same.map(|img| (image::described(img), one_line(&img.attr_or("alt", ""))));
    if let Some(((caption, credit), alt)) = described.max_by_key(|((caption, credit), alt)| (caption.len().min(1), credit.len().min(1), alt.len().min(1))) {
        (found.caption, found.credit, found.alt) = (caption, credit, alt);
    }
    let of_json = linked.iter().find(|it| stem(&it.url).is_some_and(|it| stems.contains(&it)));
    if let Some(picture) = of_json {
        if found.caption.is_empty() {
            found.caption.clone_from(&picture.caption);
        }
        if found.credit.is_empty() {
            found.credit.clone_from(&picture.credit);
        }
    }
    Some(found)
}

/// Where a page names none: the first in its article that is not small.
fn first_in_text(document: &Document, base: Option<&Url>) -> Option<Image> {
    ["article img", "main img", "figure img"].iter().find_map(|places| {
        document.select(places).nodes().iter().take(PICTURES_MAX).find_map(|img| image::read(img, base))
    })
}

fn addresses(img: &NodeRef<'_>) -> Vec<String> {
    let mut all: Vec<String> = ["src", "data-src", "data-lazy-src", "data-original"]
        .iter()
        .filter_map(|name| img.attr(name).map(|it| it.to_string()))
        .collect();
    for name in ["srcset", "data-srcset"] {
        let set = img.attr(name).map(|it| it.to_string()).unwrap_or_default();
        all.extend(set.split(", ").take(20).filter_map(|it| it.split_whitespace().next().map(str::to_owned)));
    }
    all
}

/// The name of the file without the size that makers of thumbnails add to it.
fn stem(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next()?;
    let file = path.trim_end_matches('/').rsplit('/').next()?;
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    let is_size = |tail: &str| {
        !tail.is_empty() && tail.len() <= 10 && tail.chars().all(|c| c.is_ascii_digit() || c == 'x') && tail.chars().any(|c| c.is_ascii_digit())
    };
    let name = name.rsplit_once(['-', '_']).filter(|(head, tail)| is_size(tail) && head.len() >= 6).map_or(name, |(head, _)| head);
    (name.len() >= 4).then(|| name.to_lowercase())
}

/// The site's own sign in place of a picture.
fn is_stand_in(address: &str) -> bool {
    let file = address.rsplit('/').next().unwrap_or_default().to_lowercase();
    ["logo", "default", "placeholder", "favicon", "blank.", "spacer", "no-image", "noimage", "avatar"].iter().any(|it| file.contains(it)) || file.ends_with(".svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_that_the_page_names_keeps_what_is_written_under_it() {
        let page = "<img src='/logo.png'><figure><img src='/up/pier-at-dawn-1024x576.jpg' alt='A pier'>\
                    <figcaption>The pier at dawn. Photo: Anna Ray</figcaption></figure><img src='/up/pier-at-dawn-150x150.jpg'>";
        let base = Url::parse("https://news.example/a").unwrap();
        let named = ["https://news.example/up/pier-at-dawn.jpg?w=1200".to_owned()];
        let found = choose(&Document::from(page), &named, &[], Some(&base)).unwrap();
        assert_eq!(found.url, named[0]);
        assert_eq!((&*found.caption, &*found.credit, &*found.alt), ("The pier at dawn.", "Anna Ray", "A pier"));
    }

    #[test]
    fn a_logo_is_no_picture_of_an_article() {
        let named = ["https://news.example/img/logo.png".to_owned()];
        assert_eq!(choose(&Document::from("<p>x</p>"), &named, &[], None), None);
        let page = "<article><img src='https://news.example/b.jpg' width=600></article>";
        assert_eq!(choose(&Document::from(page), &named, &[], None).unwrap().url, "https://news.example/b.jpg");
    }

    #[test]
    fn json_ld_says_what_the_page_does_not() {
        let linked = [Picture { url: "https://cdn.example/pier.jpg".into(), caption: "Pier".into(), credit: "Anna Ray".into() }];
        let found = choose(&Document::from(""), &[], &linked, None).unwrap();
        assert_eq!((&*found.caption, &*found.credit), ("Pier", "Anna Ray"));
    }
}
