//! What a part of the mail weighs on the wire, measured part by part, so that nobody renders the whole for a guess.

use super::{EditionView, HeadlineView, StoryView};
use crate::editions::phrases::Phrases;
use crate::editions::view::accent::Accent;
use askama::Template;

/// Bytes of HTML, and how many of them quoted-printable writes as three.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Weight {
    bytes: usize,
    escaped: usize,
}

impl Weight {
    pub fn of(html: &str) -> Self {
        let escaped = html.bytes().filter(|byte| !byte.is_ascii() || *byte == b'=').count();
        Self { bytes: html.len(), escaped }
    }

    /// Encoded: quoted-printable writes three for one that is not plain, base64 four for three; the composer takes the
    /// shorter. Soft line breaks, one line end in 76.
    pub fn on_the_wire(self) -> usize {
        let quoted = self.bytes + self.escaped * 2;
        let base64 = self.bytes.div_ceil(3) * 4;
        quoted.min(base64) * 79 / 76
    }
}

impl std::ops::Add for Weight {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, escaped: self.escaped + other.escaped }
    }
}

#[derive(Template)]
#[template(path = "edition/top.html")]
struct TopPart<'a> {
    story: &'a StoryView,
    w: &'a Phrases,
    accent: &'a Accent,
}

#[derive(Template)]
#[template(path = "edition/story.html")]
struct StoryPart<'a> {
    story: &'a StoryView,
    w: &'a Phrases,
    accent: &'a Accent,
    first: bool,
    is_alone: bool,
}

#[derive(Template)]
#[template(path = "edition/headline.html")]
struct HeadlinePart<'a> {
    item: &'a HeadlineView,
    w: &'a Phrases,
    first: bool,
}

#[derive(Template)]
#[template(path = "edition/heading.html")]
struct HeadingPart<'a> {
    title: &'a str,
    accent: &'a Accent,
    start: &'static str,
}

impl StoryView {
    /// As the top story of a mail in this language.
    pub fn weigh_as_top(&self, language: &str) -> Result<Weight, askama::Error> {
        let part = TopPart { story: self, w: Phrases::of(language), accent: &Accent::new("") };
        Ok(Weight::of(&part.render()?))
    }

    /// As one of the stories of a section.
    pub fn weigh(&self, language: &str) -> Result<Weight, askama::Error> {
        self.weigh_full(language, false)
    }

    /// As one that stands under no section's name.
    pub fn weigh_alone(&self, language: &str) -> Result<Weight, askama::Error> {
        self.weigh_full(language, true)
    }

    fn weigh_full(&self, language: &str, is_alone: bool) -> Result<Weight, askama::Error> {
        let part =
            StoryPart { story: self, w: Phrases::of(language), accent: &Accent::new(""), first: false, is_alone };
        Ok(Weight::of(&part.render()?))
    }
}

impl HeadlineView {
    pub fn weigh(&self, language: &str) -> Result<Weight, askama::Error> {
        Ok(Weight::of(&HeadlinePart { item: self, w: Phrases::of(language), first: false }.render()?))
    }
}

/// The heading of a section.
pub fn weigh_heading(title: &str) -> Result<Weight, askama::Error> {
    Ok(Weight::of(&HeadingPart { title, accent: &Accent::new(""), start: "right" }.render()?))
}

impl EditionView {
    /// The page around the stories, with every heading that is not a section's.
    pub fn weigh_page(&self) -> Result<Weight, askama::Error> {
        let w = self.phrases();
        Ok(Weight::of(&self.html()?) + weigh_heading(w.also_today)? + weigh_heading(w.missed)?)
    }
}
