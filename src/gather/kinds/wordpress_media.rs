//! The featured picture of a post, with what the media library says about it.

use super::wordpress::{list, string};
use crate::gather::feed::plain;
use crate::gather::html::{self, Image};
use serde_json::Value;

/// A mail shows a picture 600 pixels wide on screens of twice the density; a rendition from here on serves it.
const WIDTH_PIXELS_MIN: u64 = 1000;

/// The picture, or what plugins say it is.
pub(super) fn featured(post: &Value) -> Option<Image> {
    let embedded = post.get("_embedded").map(|it| list(it, "wp:featuredmedia")).unwrap_or_default();
    let other = || {
        let shared = post.get("yoast_head_json").map(|it| list(it, "og_image")).unwrap_or_default();
        let url =
            string(post, "jetpack_featured_media_url").or_else(|| shared.iter().find_map(|it| string(it, "url")))?;
        url.starts_with("http").then(|| Image { url, ..Image::default() })
    };
    embedded.iter().find_map(read).or_else(other)
}

fn read(media: &Value) -> Option<Image> {
    let url = string(media, "source_url").filter(|url| url.starts_with("http"))?;
    if string(media, "media_type").is_some_and(|kind| kind != "image") {
        return None;
    }
    // Read as what it is on a page, so that a credit in the caption is told apart by the same rules.
    let caption = media.get("caption").and_then(|it| string(it, "rendered")).unwrap_or_default();
    let markup = format!("<figure><img src=\"https://picture.invalid/\"><figcaption>{caption}</figcaption></figure>");
    let on_page = html::read(&markup, None).image.unwrap_or_default();
    let credit = if on_page.credit.is_empty() { credit(media).unwrap_or_default() } else { on_page.credit };
    let alt = string(media, "alt_text").map(|alt| plain(&alt)).unwrap_or_default();
    Some(Image { url: rendition(media).unwrap_or(url), alt, caption: on_page.caption, credit })
}

/// Whose picture it is, from the fields that plugins for credits use and from the picture's own metadata.
fn credit(media: &Value) -> Option<String> {
    let fields = |holder: Option<&Value>, names: &[&str]| {
        let holder = holder?;
        names.iter().find_map(|name| string(holder, name)).map(|it| plain(&it)).filter(|it| !it.is_empty())
    };
    fields(media.get("meta"), &["_media_credit", "media_credit", "credit"])
        .or_else(|| fields(media.get("acf"), &["credit", "photo_credit", "photographer"]))
        .or_else(|| fields(Some(media), &["credit", "media_credit"]))
        .or_else(|| fields(media.get("media_details").and_then(|it| it.get("image_meta")), &["credit", "copyright"]))
}

/// The smallest rendition that is wide enough and not cropped; originals can have many megabytes.
fn rendition(media: &Value) -> Option<String> {
    let side = |it: &Value, name: &str| it.get(name).and_then(Value::as_u64).filter(|side| *side > 0);
    let details = media.get("media_details")?;
    let (width, height) = (side(details, "width")?, side(details, "height")?);
    let sizes = details.get("sizes")?.as_object()?;
    let fitting = sizes.values().filter_map(|size| {
        let (w, h) = (side(size, "width")?, side(size, "height")?);
        // The same shape, but for rounding to whole pixels: within two hundredths.
        let (one, other) = (u128::from(w) * u128::from(height), u128::from(h) * u128::from(width));
        let is_uncropped = one.abs_diff(other) * 50 <= one.max(other);
        let url = string(size, "source_url").filter(|url| url.starts_with("http"))?;
        (is_uncropped && w >= WIDTH_PIXELS_MIN && w <= width).then_some((w, url))
    });
    fitting.min().map(|(_, url)| url)
}
