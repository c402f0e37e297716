//! The image that an editor chooses for a story: the article's own, none, another one of the article's, or any other by
//! its address with its words.

use super::ShapeError;
use super::text::line;
use crate::editions::model::ChosenImage;
use crate::editions::view::safe_url;
use crate::gather::html::Image;

const URL_BYTES_MAX: usize = 2048;
const ALT_CHARS_MAX: usize = 250;
const CAPTION_CHARS_MAX: usize = 300;
const CREDIT_CHARS_MAX: usize = 120;

/// What is wanted of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageChange {
    /// The article's own, whichever it is.
    Own,
    /// The story stands without one.
    None,
    /// This one. Words that are missing are taken from the article, if the image is one of the article's.
    This { url: String, alt: Option<String>, caption: Option<String>, credit: Option<String> },
}

impl ImageChange {
    /// What is kept; `known` are the images of the article.
    pub(super) fn chosen(&self, known: &[Image]) -> Result<Option<ChosenImage>, ShapeError> {
        let Self::This { url, alt, caption, credit } = self else {
            return Ok((*self == Self::None).then_some(ChosenImage::None));
        };
        let url = url.trim();
        let own = known.iter().find(|it| it.url == url);
        let is_right =
            safe_url(url).is_some() && url.len() <= URL_BYTES_MAX && (own.is_some() || url.starts_with("https://"));
        if !is_right {
            let problem = format!(
                "must be an https address of at most {URL_BYTES_MAX} bytes, such as https://news.example/ferry.jpg"
            );
            return Err(ShapeError::field("image", problem));
        }
        let words = |field, given: &Option<String>, known: Option<&str>, max| match given {
            Some(text) => line(field, text, max).map(Option::unwrap_or_default),
            None => Ok(known.unwrap_or_default().to_owned()),
        };
        let alt = words("alt", alt, own.map(|it| it.alt.as_str()), ALT_CHARS_MAX)?;
        if alt.is_empty() {
            let problem = "is missing: say in a sentence what the image shows, for those who do not see it";
            return Err(ShapeError::field("alt", problem));
        }
        Ok(Some(ChosenImage::This(Image {
            url: url.to_owned(),
            alt,
            caption: words("caption", caption, own.map(|it| it.caption.as_str()), CAPTION_CHARS_MAX)?,
            credit: words("credit", credit, own.map(|it| it.credit.as_str()), CREDIT_CHARS_MAX)?,
        })))
    }
}

/// As the history says it.
pub(super) fn told(image: Option<&ChosenImage>) -> String {
    match image {
        None => "the article's own".to_owned(),
        Some(ChosenImage::None) => "none".to_owned(),
        Some(ChosenImage::This(image)) => super::text::quoted(&image.url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn this(url: &str, alt: Option<&str>) -> ImageChange {
        ImageChange::This { url: url.into(), alt: alt.map(str::to_owned), caption: None, credit: None }
    }

    #[test]
    fn an_image_from_elsewhere_needs_https_and_words() {
        let good = this("https://news.example/ferry.jpg", Some("A ferry")).chosen(&[]);
        assert!(matches!(good, Ok(Some(ChosenImage::This(image))) if image.alt == "A ferry"));
        for url in [
            "http://news.example/x.jpg",
            "javascript:alert(1)",
            "ferry.jpg",
            "https://",
            "https://x.example/a b",
            "https://x.example/\"onload=",
            "data:image/png;base64,AA",
        ] {
            let refused = this(url, Some("A ferry")).chosen(&[]);
            assert!(matches!(refused, Err(ShapeError::Field { field: "image", .. })), "{url}");
        }
        for alt in [None, Some(""), Some("  ")] {
            let refused = this("https://news.example/ferry.jpg", alt).chosen(&[]);
            assert!(matches!(refused, Err(ShapeError::Field { field: "alt", .. })), "{alt:?}");
        }
    }

    #[test]
    fn an_image_of_the_article_brings_its_own_words() {
        let known = [Image {
            url: "http://news.example/own.jpg".into(),
            alt: "The quay".into(),
            caption: "The quay at six".into(),
            credit: "Ada".into(),
        }];
        let Ok(Some(ChosenImage::This(image))) = this("http://news.example/own.jpg", None).chosen(&known) else {
            panic!("it is the article's own")
        };
        assert_eq!((image.alt.as_str(), image.credit.as_str()), ("The quay", "Ada"));
        assert_eq!(ImageChange::Own.chosen(&known), Ok(None));
        assert_eq!(ImageChange::None.chosen(&known), Ok(Some(ChosenImage::None)));
    }
}
