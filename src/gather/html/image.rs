//! The first picture of an article that is worth showing, with its caption and credit.

use super::{Image, absolute};
use crate::base::text::{collapse_spaces, one_line};
use crate::gather::feed::plain;
use dom_query::{Document, NodeRef, Selection};
use url::Url;

/// Pictures that declare less on a side, in pixels, are counters, icons and smileys.
const SIDE_PIXELS_MIN: i64 = 64;
/// Elements looked at above a picture for its figure.
const ANCESTORS_MAX: usize = 6;
const CREDIT_CLASSES: &str = "cite, [class*=credit], [class*=Credit], [class*=photographer], [class*=copyright]";

pub(super) fn first(document: &Document, base: Option<&Url>) -> Option<Image> {
    document.select("img").nodes().iter().find_map(|img| read(img, base))
}

/// What a page says about a picture that it shows: caption and credit of its figure.
pub(in crate::gather) fn described(img: &NodeRef<'_>) -> (String, String) {
    figure(img).map(|it| caption_and_credit(&it)).unwrap_or_default()
}

pub(in crate::gather) fn read(img: &NodeRef<'_>, base: Option<&Url>) -> Option<Image> {
    let side = |name: &str| img.attr(name).and_then(|it| it.trim_end_matches("px").parse::<i64>().ok());
    let is_small = [side("width"), side("height")].into_iter().flatten().any(|side| side < SIDE_PIXELS_MIN);
    let is_emoji = ["wp-smiley", "emoji", "avatar"].iter().any(|class| img.has_class(class));
    if is_small || is_emoji {
        return None;
    }
    let address = ["data-src", "data-lazy-src", "data-original", "src"]
        .iter()
        .filter_map(|name| img.attr(name))
        .find_map(|src| absolute(base, &src))
        .or_else(|| absolute(base, img.attr("srcset")?.split([' ', ',']).next()?))?;
    let alt = one_line(&img.attr_or("alt", ""));
    let (caption, credit) = described(img);
    Some(Image { url: address, alt, caption, credit })
}

fn figure<'a>(img: &NodeRef<'a>) -> Option<NodeRef<'a>> {
    img.ancestors(Some(ANCESTORS_MAX)).into_iter().find(|it| it.has_name("figure") || it.has_class("wp-caption"))
}

fn caption_and_credit(figure: &NodeRef<'_>) -> (String, String) {
    let figure = Selection::from(*figure);
    let caption = figure.select("figcaption, .wp-caption-text").first();
    let whole = plain(&caption.inner_html());
    let marked = caption.select(CREDIT_CLASSES).first();
    let marked = if marked.exists() { marked } else { figure.select(CREDIT_CLASSES).first() };
    let credit = plain(&marked.inner_html());
    if credit.is_empty() || credit == whole {
        return split(&whole);
    }
    (tidy(&collapse_spaces(&whole.replacen(&credit, "", 1))), without_lead_in(&credit))
}

const LEAD_INS: &[&str] = &[
    "image copyright",
    "courtesy of",
    "photograph by",
    "photograph:",
    "photo by",
    "photo credit:",
    "photo:",
    "photos:",
    "image by",
    "image credit:",
    "image:",
    "picture:",
    "picture by",
    "credit:",
    "foto:",
    "\u{a9}",
];

/// A caption whose end names the photographer: `The harbour. Photo: Anna Ray`.
pub(in crate::gather) fn split(whole: &str) -> (String, String) {
    for (at, c) in whole.char_indices() {
        let begins_a_word =
            at == 0 || whole.get(..at).is_some_and(|before| before.ends_with([' ', '(', '[', '|', '/']));
        if begins_a_word && (c.is_uppercase() || at == 0 || !c.is_alphabetic()) {
            let rest = whole.get(at..).unwrap_or_default();
            if strip_lead_in(rest).is_some() {
                return (tidy(whole.get(..at).unwrap_or_default()), without_lead_in(rest));
            }
        }
    }
    in_brackets(whole).unwrap_or_else(|| (whole.to_owned(), String::new()))
}

/// Words that a credit in brackets has: `(AP Photo/Anna Ray)`, `(Anna Ray via Getty Images)`.
const CREDIT_WORDS: &[&str] = &[
    "photo",
    "photos",
    "getty",
    "images",
    "image",
    "reuters",
    "afp",
    "ap",
    "epa",
    "tass",
    "courtesy",
    "via",
    "shutterstock",
    "file",
    "foto",
];

fn in_brackets(whole: &str) -> Option<(String, String)> {
    let (caption, credit) = whole.trim_end_matches('.').strip_suffix([')', ']'])?.rsplit_once(['(', '['])?;
    let words = credit.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty());
    let names_one = words.clone().any(|it| CREDIT_WORDS.contains(&it.to_lowercase().as_str()));
    (names_one && words.count() <= 10 && !caption.is_empty()).then(|| (tidy(caption), without_lead_in(credit)))
}

fn strip_lead_in(text: &str) -> Option<&str> {
    LEAD_INS.iter().find_map(|lead| {
        let head = text.get(..lead.len())?;
        head.eq_ignore_ascii_case(lead).then(|| text.get(lead.len()..).unwrap_or_default())
    })
}

pub(in crate::gather) fn without_lead_in(credit: &str) -> String {
    let credit = tidy(credit);
    tidy(strip_lead_in(&credit).unwrap_or(&credit))
}

fn tidy(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '|' | '/' | '-' | '\u{2013}'))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gather::html::read;

    fn image(markup: &str) -> Image {
        read(markup, Some(&Url::parse("https://news.example/2026/a").unwrap())).image.unwrap_or_default()
    }

    #[test]
    fn a_figure_gives_caption_and_credit() {
        let found = image(
            "<img src='/pixel.gif' width=1><figure><img src='/up/a.jpg' alt='Soldiers'>\
             <figcaption>Army members on parade <span class='credit'>Photo by Anna Ray</span></figcaption></figure>",
        );
        assert_eq!(found.url, "https://news.example/up/a.jpg");
        assert_eq!(
            (found.alt.as_str(), found.caption.as_str(), found.credit.as_str()),
            ("Soldiers", "Army members on parade", "Anna Ray")
        );
    }

    #[test]
    fn a_credit_at_the_end_of_a_caption_is_told_apart() {
        let credit = |caption: &str| split(caption);
        let both = |caption: &str, credit: &str| (caption.to_owned(), credit.to_owned());
        assert_eq!(credit("The harbour. Photo: Anna Ray"), both("The harbour.", "Anna Ray"));
        assert_eq!(credit("The harbour (Photo by Anna Ray)"), both("The harbour", "Anna Ray"));
        assert_eq!(credit("The harbour, 2026. (AP Photo/Anna Ray)"), both("The harbour, 2026.", "AP Photo/Anna Ray"));
        assert_eq!(credit("The harbour (left)"), both("The harbour (left)", ""));
        assert_eq!(credit("Image by"), both("", ""));
        assert_eq!(credit("A photo: it shows the harbour"), both("A photo: it shows the harbour", ""));
        assert_eq!(credit("The harbour"), both("The harbour", ""));
    }

    #[test]
    fn a_wordpress_caption_and_a_lazy_picture_are_read() {
        let found = image(
            "<div class='wp-caption'><img src='data:image/gif;base64,x' data-src='b.jpg'><p class='wp-caption-text'>\
             The bridge</p></div>",
        );
        assert_eq!((found.url.as_str(), found.caption.as_str()), ("https://news.example/2026/b.jpg", "The bridge"));
    }
}
