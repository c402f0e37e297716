//! Pictures: blocked at first by many programs, so that a mail must stand without them.

use super::page::{Element, Page};
use crate::lint::links::{Reach, reach};
use crate::lint::report::{Findings, Place, Section, in_all};
use crate::lint::rule::Rule;

/// SpamAssassin's HTML_IMAGE_ONLY rules count up to so many bytes of HTML around a picture (its 20_html_tests.cf).
const HTML_BYTES_MIN: usize = 3200;
/// Fewer words than these say nothing to whoever does not see the pictures.
const WORDS_BYTES_MIN: usize = 200;

/// `words` is what a reader sees of the page.
pub(super) fn check(html: &str, page: &Page, words: &str, found: &mut Findings) {
    let (mut pictures, mut loopbacks) = (0, Vec::new());
    for (_, image) in page.named("img") {
        if is_pixel(image) {
            let message = "a picture of one pixel reports who opened the mail; take it out, or ask readers first \
                           (GDPR, ePrivacy 5(3))";
            found.warning(Rule::Pixel, Place::excerpt(Section::Html, &image.shown()), message);
            continue;
        }
        pictures += 1;
        check_image(image, found);
        let source = image.attribute("src").unwrap_or_default();
        if reach(source) == Reach::Loopback {
            loopbacks.push(source);
        }
    }
    if let Some(first) = loopbacks.first() {
        let message = format!(
            "a picture lies on this very machine, where no reader finds it{}; fine in a trial",
            in_all(loopbacks.len())
        );
        found.note(Rule::Loopback, Place::excerpt(Section::Html, first), message);
    }
    let bytes: usize = words.split_whitespace().map(|word| word.len() + 1).sum();
    if pictures > 0 && (html.len() <= HTML_BYTES_MIN || bytes < WORDS_BYTES_MIN) {
        let message = format!(
            "{bytes} bytes of words in {} bytes of HTML are few beside {pictures} pictures, as in spam; say more, or \
             leave pictures out",
            html.len()
        );
        found.warning(Rule::FewWords, Place::of(Section::Html), message);
    }
}

fn size(image: &Element, name: &str) -> Option<u32> {
    image.attribute(name)?.trim().parse().ok()
}

fn is_pixel(image: &Element) -> bool {
    let tiny = |name: &str| {
        let by_style = image.css(name).and_then(super::css::pixels).map(|it| it <= 1.0);
        by_style.or_else(|| size(image, name).map(|it| it <= 1)).unwrap_or(false)
    };
    (tiny("width") && tiny("height")) || image.css("display") == Some("none")
}

fn check_image(image: &Element, found: &mut Findings) {
    let place = || Place::excerpt(Section::Html, &image.shown());
    if size(image, "width").is_none_or(|it| it == 0) || size(image, "height").is_none_or(|it| it == 0) {
        let message = "a picture has no width and height, so Outlook shows it in any size; write both, as numbers";
        found.warning(Rule::ImageSize, place(), message);
    }
    if image.attribute("alt").is_none() {
        let message =
            "a picture has no alt, and whoever does not see it hears its address; describe it, or write alt=\"\"";
        found.error(Rule::ImageAlt, place(), message);
    }
    let source = image.attribute("src").unwrap_or_default().trim();
    let path = source.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let kind = ["svg", "svgz", "webp", "avif"]
        .into_iter()
        .find(|it| path.strip_suffix(it).is_some_and(|it| it.ends_with('.')));
    match (reach(source), kind) {
        (Reach::Https | Reach::Http | Reach::Loopback, Some(kind)) => {
            let message = format!("a picture is {kind}, which Outlook or Gmail does not show; use JPEG, PNG or GIF");
            found.error(Rule::ImageSource, place(), message);
        }
        (Reach::Https | Reach::Loopback, None) => {}
        (Reach::Http, None) => {
            let message = "a picture is not loaded over https, and programs warn or show none; use an https address";
            found.warning(Rule::ImageSource, place(), message);
        }
        _ if source.starts_with("data:") => {
            let message =
                "a picture stands in the mail as data:, which Gmail and Outlook do not show; put it on a server";
            found.error(Rule::ImageSource, place(), message);
        }
        _ => {
            let message = "a picture has no whole address, so no program finds it; write https:// and all that follows";
            found.error(Rule::ImageSource, place(), message);
        }
    }
}
