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
    let stems: Vec<String> = candidates.iter().flat_map(|it| signs(it)).collect();
    let is_alike = |address: &str| signs(address).iter().any(|it| stems.contains(it));
    let is_it = |address: &str| html::absolute(base, address).is_some_and(|it| bare(&it) == bare(url));
    let of_page = |is_same: &dyn Fn(&str) -> bool| {
        let same = shown.iter().filter(|img| addresses(img).iter().any(|it| is_same(it)));
        let described = same.map(|img| (image::described(img), one_line(&img.attr_or("alt", ""))));
        // Of several places that show it, the one that says most.
        described.max_by_key(|((caption, credit), alt)| (caption.len().min(1), credit.len().min(1), alt.len().min(1)))
    };
    // The address itself before what looks like it: a short name such as 3.jpg is no sign.
    let exact = of_page(&is_it);
    let says_more = exact.as_ref().is_some_and(|((caption, credit), _)| !caption.is_empty() || !credit.is_empty());
    let described = if says_more { exact } else { of_page(&|it| is_it(it) || is_alike(it)) };
    if let Some(((caption, credit), alt)) = described {
        (found.caption, found.credit, found.alt) = (caption, credit, alt);
    }
    let says = |it: &&Picture| !it.caption.is_empty() || !it.credit.is_empty();
    let of_json = linked.iter().filter(says).find(|it| is_it(&it.url));
    if let Some(picture) = of_json.or_else(|| linked.iter().filter(says).find(|it| is_alike(&it.url))) {
        let (caption, credit) = image::split(&picture.caption);
        for (own, others) in
            [(&mut found.caption, [&caption, &caption]), (&mut found.credit, [&picture.credit, &credit])]
        {
            if let Some(other) = others.into_iter().find(|it| !it.is_empty()).filter(|_| own.is_empty()) {
                own.clone_from(other);
            }
        }
    }
    Some(found)
}

/// An address without what asks for a size.
fn bare(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
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

/// What makers of thumbnails add to a name.
const SIZES: &[&str] =
    &["large", "small", "jumbo", "thumb", "medium", "square", "wide", "crop", "scaled", "master", "lead", "full", "hd"];

/// What tells a picture from others whatever its size: the name of its file, and long numbers in its address.
fn signs(address: &str) -> Vec<String> {
    let path = bare(address);
    let file = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let mut name = file.rsplit_once('.').map_or(file, |(name, _)| name).to_lowercase();
    let is_size = |tail: &str| {
        let is_number =
            tail.chars().all(|c| c.is_ascii_digit() || c == 'x') && tail.chars().any(|c| c.is_ascii_digit());
        (is_number && tail.len() <= 10) || (tail.len() <= 16 && SIZES.iter().any(|it| tail.contains(it)))
    };
    while let Some((head, _)) = name
        .rsplit_once(['-', '_'])
        .filter(|(head, tail)| is_size(tail) && head.len() >= if tail.contains('x') { 3 } else { 6 })
    {
        name = head.to_owned();
    }
    let is_number = |part: &&str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        (part.len() >= 9 && digits == part.len()) || (part.len() >= 16 && digits >= 4)
    };
    let mut signs: Vec<String> =
        path.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_number).map(str::to_lowercase).collect();
    if name.len() >= 4 {
        signs.push(name);
    } else if signs.is_empty() && !name.is_empty() {
        // A short name is told apart by where it stands.
        signs.push(path.trim_start_matches("https:").trim_start_matches("http:").to_lowercase());
    }
    signs
}

/// The site's own sign in place of a picture.
fn is_stand_in(address: &str) -> bool {
    let file = address.rsplit('/').next().unwrap_or_default().to_lowercase();
    ["logo", "default", "placeholder", "favicon", "blank.", "spacer", "no-image", "noimage", "avatar"]
        .iter()
        .any(|it| file.contains(it))
        || file.ends_with(".svg")
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
    fn one_picture_in_several_sizes_has_one_sign() {
        let same = |a: &str, b: &str| signs(a).iter().any(|it| signs(b).contains(it));
        assert!(same("/a/19pier-facebookJumbo.jpg", "/b/19pier-articleLarge.jpg"));
        assert!(same("/i/1180855514/lead.jpg", "/x/1180855514.0.jpg"));
        assert!(same("/pier-at-dawn-800x600.jpg?x=1", "/pier-at-dawn-scaled.webp"));
        assert!(!same("/pier-1.jpg", "/pier-2.jpg"));
    }

    #[test]
    fn a_logo_is_no_picture_of_an_article() {
        let named = ["https://news.example/img/logo.png".to_owned()];
        assert_eq!(choose(&Document::from("<p>x</p>"), &named, &[], None), None);
        let page = "<article><img src='https://news.example/b.jpg' width=600></article>";
        assert_eq!(choose(&Document::from(page), &named, &[], None).unwrap().url, "https://news.example/b.jpg");
    }

    #[test]
    fn a_picture_with_a_short_name_keeps_its_caption_and_its_credit() {
        let base = Url::parse("https://news.example/world/a").unwrap();
        let named = ["https://news.example/img/3.jpg?w=1200".to_owned()];
        let page = "<figure><img src='/img/2.jpg'><figcaption>Another</figcaption></figure>\
                    <figure><img src='/img/3.jpg' alt='Pier'><figcaption>The pier</figcaption></figure>";
        let linked =
            [("2", "Other", "Ben Fox"), ("3", "", ""), ("3", "A pier", "Anna Ray")].map(|(n, caption, credit)| {
                Picture { url: format!("/img/{n}.jpg"), caption: caption.into(), credit: credit.into() }
            });
        let found = choose(&Document::from(page), &named, &linked, Some(&base)).unwrap();
        assert_eq!((&*found.caption, &*found.credit, &*found.alt), ("The pier", "Anna Ray", "Pier"));
        let found = choose(&Document::from("<img src='/img/3.jpg'>"), &[], &linked[1..], Some(&base)).unwrap();
        assert_eq!(
            (&*found.url, &*found.caption, &*found.credit),
            ("https://news.example/img/3.jpg", "A pier", "Anna Ray")
        );
    }

    #[test]
    fn json_ld_says_what_the_page_does_not() {
        let linked =
            [Picture { url: "https://cdn.example/pier.jpg".into(), caption: "Pier".into(), credit: "Anna Ray".into() }];
        let found = choose(&Document::from(""), &[], &linked, None).unwrap();
        assert_eq!((&*found.caption, &*found.credit), ("Pier", "Anna Ray"));
    }
}
