//! Which picture stands for an entry: Media RSS, an enclosure, or the first one in the content.

use super::text;
use super::xml::Element;
use crate::gather::html::Image;

/// What Media RSS and the enclosures say, in the order found.
#[derive(Default)]
pub(super) struct Found {
    /// With the declared width, 0 if there is none.
    contents: Vec<(i64, Image)>,
    thumbnails: Vec<Image>,
    enclosed: Option<String>,
    credit: String,
    caption: String,
}

impl Found {
    pub fn read(&mut self, element: &Element, link: &dyn Fn(&str) -> Option<String>) {
        let url = element.attribute("url").and_then(|url| link(&url)).filter(|url| url.starts_with("http"));
        match (element.name.as_ref(), url) {
            ("content", Some(url)) if is_image(element, &url) => {
                let width = element.attribute("width").and_then(|width| width.parse().ok()).unwrap_or(0);
                let part = |name: &str| element.child(name).map(|it| text::plain(&it.text())).unwrap_or_default();
                let image = Image { url, alt: part("title"), caption: part("description"), credit: part("credit") };
                self.contents.push((width, image));
            }
            ("content", _) => element.elements().for_each(|inner| {
                if inner.name == "thumbnail" {
                    self.read(inner, link);
                }
            }),
            ("thumbnail", Some(url)) => self.thumbnails.push(Image { url, ..Image::default() }),
            ("credit", _) if self.credit.is_empty() => self.credit = text::plain(&element.text()),
            ("description", _) if self.caption.is_empty() => self.caption = text::plain(&element.text()),
            _ => {}
        }
    }

    pub fn read_enclosure(&mut self, url: &str, kind: &str) {
        if self.enclosed.is_none() && url.starts_with("http") && (kind.starts_with("image/") || has_image_ending(url)) {
            self.enclosed = Some(url.to_owned());
        }
    }

    pub fn image(self) -> Option<Image> {
        let widest = self.contents.into_iter().rev().max_by_key(|(width, _)| *width).map(|(_, image)| image);
        let enclosed = self.enclosed.map(|url| Image { url, ..Image::default() });
        let is_content = widest.is_some();
        let mut image = widest.or(enclosed).or_else(|| self.thumbnails.into_iter().next())?;
        if image.credit.is_empty() {
            image.credit = self.credit;
        }
        if image.caption.is_empty() && is_content {
            image.caption = self.caption;
        }
        Some(image)
    }
}

fn is_image(element: &Element, url: &str) -> bool {
    match (element.attribute("medium").as_deref(), element.attribute("type").as_deref()) {
        (Some(medium), _) => medium == "image",
        (None, Some(kind)) => kind.starts_with("image/"),
        (None, None) => has_image_ending(url),
    }
}

fn has_image_ending(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif"].iter().any(|ending| path.ends_with(ending))
}

/// The declared picture, with what the content says about the same one; without a declared one, the content's.
pub(super) fn choose(declared: Option<Image>, in_content: Option<Image>) -> Option<Image> {
    let Some(mut image) = declared else { return in_content };
    if let Some(other) = in_content
        && same_file(&image.url, &other.url)
    {
        for (own, others) in
            [(&mut image.alt, other.alt), (&mut image.caption, other.caption), (&mut image.credit, other.credit)]
        {
            if own.is_empty() {
                *own = others;
            }
        }
    }
    Some(image)
}

/// Two addresses of one picture differ by the size that WordPress writes into them, or by the query.
fn same_file(one: &str, other: &str) -> bool {
    fn stem(url: &str) -> &str {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        match name.rsplit_once('-') {
            Some((stem, size)) if size.contains('x') && size.chars().all(|c| c.is_ascii_digit() || c == 'x') => stem,
            _ => name,
        }
    }
    !stem(one).is_empty() && stem(one) == stem(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caption_in_the_content_belongs_to_the_same_picture_in_another_size() {
        let declared = Image { url: "https://news.example/up/harbour.jpg".to_owned(), ..Image::default() };
        let inner = Image {
            url: "https://news.example/up/harbour-300x200.jpg?w=3".to_owned(),
            caption: "The harbour".to_owned(),
            ..Image::default()
        };
        assert_eq!(choose(Some(declared.clone()), Some(inner.clone())).unwrap().caption, "The harbour");
        let other = Image { url: "https://news.example/up/town.jpg".to_owned(), ..inner };
        assert_eq!(choose(Some(declared), Some(other)).unwrap().caption, "");
    }
}
