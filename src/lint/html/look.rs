//! How each element looks, by what stands inline and what it inherits.
//!
//! Style sheets are not asked: programs drop them, and a mail must be readable without (C1). What depends on a layout or
//! on a program is unknown.

use super::color::Color;
use super::css::pixels;
use super::page::{Element, Kind, Page, UNSEEN};

/// Text of this size is a headline to WCAG, in CSS pixels: bold, or in general.
const LARGE_BOLD_PIXELS: f32 = 18.66;
const LARGE_PIXELS: f32 = 24.0;
const CONTRAST_MIN: f32 = 4.5;
const CONTRAST_OF_LARGE_MIN: f32 = 3.0;

/// What an element hands down to the words in it.
#[derive(Clone, Copy, Default)]
pub(super) struct Look {
    pub color: Option<Color>,
    pub ground: Option<Color>,
    /// CSS pixels.
    pub size: Option<f32>,
    pub line: Option<Line>,
    is_bold: bool,
    /// Within a heading or a button: no running text.
    pub is_short: bool,
    /// Within what no program shows, such as the head.
    pub is_unseen: bool,
    pub is_hidden: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Line {
    Pixels(f32),
    Times(f32),
}

/// One for each node; words have that of the element around them.
pub(super) fn looks(page: &Page) -> Vec<Look> {
    let mut looks: Vec<Look> = Vec::with_capacity(page.nodes.len());
    for node in &page.nodes {
        let above = node.parent.and_then(|parent| looks.get(parent).copied()).unwrap_or_default();
        looks.push(match &node.kind {
            Kind::Element(element) => above.below(element),
            Kind::Words(_) => above,
        });
    }
    looks
}

impl Look {
    /// WCAG 2.2, 1.4.3.
    pub const fn needed_contrast(&self) -> f32 {
        if self.is_large() { CONTRAST_OF_LARGE_MIN } else { CONTRAST_MIN }
    }

    pub const fn is_large(&self) -> bool {
        match self.size {
            Some(size) => size >= LARGE_PIXELS || (self.is_bold && size >= LARGE_BOLD_PIXELS),
            None => false,
        }
    }

    fn below(self, element: &Element) -> Self {
        let mut look = self;
        look.is_unseen |= UNSEEN.contains(&element.name.as_str());
        look.is_short |= matches!(element.name.as_bytes(), [b'h', b'1'..=b'6']);
        look.is_bold |= ["b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"].contains(&element.name.as_str());
        if element.name == "a" {
            // A program gives a link a colour of its own.
            look.color = None;
            let display = element.css("display").unwrap_or_default();
            look.is_short |= display.ends_with("block");
        }
        if let Some(color) = element.attribute("bgcolor") {
            look.ground = Color::parse(&color.to_ascii_lowercase());
        }
        for declaration in &element.style {
            look.apply(&declaration.property, &declaration.value);
        }
        look
    }

    fn apply(&mut self, property: &str, value: &str) {
        match property {
            "color" if value != "inherit" => self.color = Color::parse(value),
            "background-color" | "background" if !["transparent", "inherit", "none"].contains(&value) => {
                self.ground = value.split_whitespace().find_map(Color::parse).filter(|_| !value.contains("url("));
            }
            "font-size" => self.size = pixels(value),
            "line-height" => self.line = line(value),
            "font-weight" => self.is_bold = is_bold(value),
            "font" => self.apply_font(value),
            "display" | "visibility" => self.is_hidden |= ["none", "hidden"].contains(&value),
            "opacity" => self.is_hidden |= value.parse::<f32>().is_ok_and(|it| it < 0.1),
            "max-height" | "max-width" => self.is_hidden |= pixels(value).is_some_and(|it| it < 1.0),
            "mso-hide" => self.is_hidden |= value == "all",
            "text-indent" => self.is_hidden |= pixels(value).is_some_and(|it| it < -500.0),
            _ => {}
        }
    }

    /// `bold 14px/21px Helvetica`
    fn apply_font(&mut self, value: &str) {
        self.is_bold = value.split_whitespace().any(is_bold);
        for token in value.split_whitespace() {
            let (size, height) = token.split_once('/').map_or((token, None), |(size, height)| (size, Some(height)));
            if let Some(size) = pixels(size) {
                self.size = Some(size);
                self.line = height.and_then(line);
                return;
            }
        }
        (self.size, self.line) = (None, None);
    }
}

fn is_bold(value: &str) -> bool {
    ["bold", "bolder"].contains(&value) || value.parse::<u16>().is_ok_and(|weight| (600..=1000).contains(&weight))
}

fn line(value: &str) -> Option<Line> {
    if let Some(pixels) = pixels(value).filter(|_| value != "0") {
        return Some(Line::Pixels(pixels));
    }
    let percent = value.strip_suffix('%').and_then(|it| it.parse::<f32>().ok()).map(|it| it / 100.0);
    let times = value.strip_suffix("em").unwrap_or(value).parse::<f32>().ok();
    percent.or(times).map(Line::Times)
}
