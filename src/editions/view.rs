//! What a reader sees of an edition: plain values in, the two parts of the mail out.
//!
//! It promises: everything that came from a feed is escaped; an address that is not http or https never becomes a
//! link; both parts carry the same stories; the same values give the same bytes. It does not choose, rank or cut:
//! whoever builds an [`EditionView`] has done that. The personal links are whatever the builder puts in, so marks that
//! the delivery replaces pass through untouched. Held to it by `view/tests.rs`, snapshots of both parts among them.

mod accent;
mod markdown;
mod sample;
#[cfg(test)]
mod tests;
mod weight;
mod wrap;

use super::phrases::Phrases;
use accent::Accent;
pub use accent::{Legibility, judge_accent};
use askama::Template;
pub(super) use weight::{Weight, weigh_heading};

const RULE: &str = "----------------------------------------------------------------------------";
const DOUBLE_RULE: &str = "============================================================================";

/// One edition as its readers see it. Texts are plain, never markup but for the note; an empty text means there is none.
#[derive(Clone, Debug, Default)]
pub struct EditionView {
    /// BCP 47.
    pub language: String,
    /// `ltr` or `rtl`.
    pub dir: &'static str,
    pub publication_name: String,
    pub site_name: String,
    pub site_url: String,
    /// `#rrggbb`; what is not is replaced, and where it is text it is made readable.
    pub accent_color: String,
    /// The same for the dark sheet; empty if it follows from the other.
    pub accent_dark: String,
    pub logo: Option<LogoView>,
    pub date_long: String,
    /// What the archive calls the edition.
    pub label: String,
    pub subject: String,
    /// The first line, and visible: mail hosts hold hidden text against the sender.
    pub preheader: String,
    pub stories: usize,
    pub minutes: usize,
    /// From the editor, in Markdown.
    pub note: String,
    pub top: Option<StoryView>,
    pub sections: Vec<SectionView>,
    /// "Also today".
    pub headlines: Vec<HeadlineView>,
    /// "In case you missed it".
    pub missed: Vec<HeadlineView>,
    pub corrections: Vec<CorrectionView>,
    /// Stories that are on the site only.
    pub more: usize,
    pub view_url: String,
    pub unsubscribe_url: String,
    pub preferences_url: String,
    pub privacy_url: String,
    pub subscribe_url: String,
    /// What the newsroom says at the foot of each edition.
    pub footer_text: String,
    pub postal_address: String,
    /// Why the reader gets this mail.
    pub why: String,
}

/// The newsroom's mark, in CSS pixels.
#[derive(Clone, Debug, Default)]
pub struct LogoView {
    pub url: String,
    pub alt: String,
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Debug, Default)]
pub struct SectionView {
    /// Empty: there is no heading, and each story says itself where it belongs.
    pub name: String,
    pub stories: Vec<StoryView>,
}

#[derive(Clone, Debug, Default)]
pub struct StoryView {
    pub headline: String,
    pub url: String,
    /// Shown above the top story, and above others that stand under no section's name.
    pub section: String,
    /// Names, without the word "by".
    pub byline: String,
    pub excerpt: String,
    /// From the editor.
    pub note: String,
    pub image: Option<ImageView>,
    /// Minutes of reading; zero is not shown.
    pub minutes: usize,
    pub related: Vec<RelatedView>,
    pub language: String,
    pub dir: &'static str,
}

#[derive(Clone, Debug, Default)]
pub struct ImageView {
    pub url: String,
    pub alt: String,
    pub caption: String,
    pub credit: String,
}

#[derive(Clone, Debug, Default)]
pub struct RelatedView {
    pub title: String,
    pub url: String,
    pub byline: String,
}

#[derive(Clone, Debug, Default)]
pub struct HeadlineView {
    pub headline: String,
    pub url: String,
    pub section: String,
    pub byline: String,
    pub language: String,
    pub dir: &'static str,
}

#[derive(Clone, Debug, Default)]
pub struct CorrectionView {
    pub headline: String,
    pub url: String,
    /// What was wrong.
    pub was: String,
    /// What is right.
    pub is: String,
}

#[derive(Template)]
#[template(path = "edition/body.html")]
struct HtmlPart<'a> {
    v: &'a EditionView,
    w: &'a Phrases,
    accent: Accent,
    start: &'static str,
    /// HTML.
    note: String,
}

#[derive(Template)]
#[template(path = "edition/body.txt")]
struct TextPart<'a> {
    v: &'a EditionView,
    w: &'a Phrases,
    note: String,
}

impl EditionView {
    /// The HTML part, as UTF-8 with line feeds.
    pub fn html(&self) -> Result<String, askama::Error> {
        let accent = Accent::of(&self.accent_color, &self.accent_dark);
        let note = markdown::html(&self.note, &accent.on_light);
        let page = HtmlPart { v: self, w: self.phrases(), accent, start: self.start(), note }.render()?;
        Ok(wrap::without_controls(&page))
    }

    /// The text part, as UTF-8 with line feeds, in lines of at most 78 columns.
    pub fn text(&self) -> Result<String, askama::Error> {
        let page = TextPart { v: self, w: self.phrases(), note: markdown::text(&self.note) }.render()?;
        Ok(wrap::wrap_lines(&wrap::without_controls(&page)))
    }

    fn phrases(&self) -> &'static Phrases {
        Phrases::of(&self.language)
    }

    /// `8 stories, 6 min`
    fn count_line(&self) -> String {
        if self.stories == 0 && !self.corrections.is_empty() {
            return self.phrases().corrections.to_owned();
        }
        let stories = self.phrases().stories(self.stories);
        let w = self.phrases();
        if self.minutes == 0 { stories } else { format!("{stories}{}{}", w.comma, w.minutes(self.minutes)) }
    }

    fn footer_links(&self) -> Vec<(&str, &'static str)> {
        let w = self.phrases();
        [
            (&self.view_url, w.view),
            (&self.preferences_url, w.preferences),
            (&self.unsubscribe_url, w.unsubscribe),
            (&self.privacy_url, w.privacy),
        ]
        .into_iter()
        .filter_map(|(url, label)| Some((safe_url(url)?, label)))
        .collect()
    }

    /// The mark, if its address may stand in a mail.
    fn mark(&self) -> Option<&LogoView> {
        self.logo.as_ref().filter(|logo| safe_url(&logo.url).is_some() && logo.width > 0 && logo.height > 0)
    }

    fn site_href(&self) -> Option<&str> {
        safe_url(&self.site_url)
    }

    fn subscribe_href(&self) -> Option<&str> {
        safe_url(&self.subscribe_url)
    }

    fn start(&self) -> &'static str {
        start_side(self.dir)
    }

    fn end(&self) -> &'static str {
        if self.start() == "left" { "right" } else { "left" }
    }
}

impl StoryView {
    fn href(&self) -> Option<&str> {
        safe_url(&self.url)
    }

    /// The image, if its address may stand in a mail.
    fn picture(&self) -> Option<&ImageView> {
        self.image.as_ref().filter(|image| safe_url(&image.url).is_some())
    }

    /// A picture that says nothing makes no link: whoever listens would hear an address.
    fn picture_href(&self) -> Option<&str> {
        self.href().filter(|_| self.picture().is_some_and(|image| !image.alt.trim().is_empty()))
    }

    fn credits(&self, w: &Phrases) -> String {
        let minutes = if self.minutes == 0 { String::new() } else { w.minutes(self.minutes) };
        joined(&[&w.by(&self.byline), &minutes])
    }

    /// With the picture's, for a picture too small to have a line of its own.
    fn all_credits(&self, w: &Phrases) -> String {
        let credit = self.picture().map_or("", |image| image.credit.trim());
        let photo = if credit.is_empty() { String::new() } else { w.photo(credit) };
        joined(&[&self.credits(w), &photo])
    }

    fn start(&self) -> &'static str {
        start_side(self.dir)
    }
}

impl ImageView {
    /// Caption and credit in one line.
    fn legend(&self, w: &Phrases) -> String {
        let credit = self.credit.trim();
        match (self.caption.trim(), credit) {
            (caption, "") => caption.to_owned(),
            ("", credit) => w.photo(credit),
            (caption, credit) => format!("{caption} ({credit})"),
        }
    }

    /// A picture's own proportions are not known here; 3:2 is what most press pictures have. Clients that read styles
    /// take the real ones (`height:auto`), the others at least keep the room.
    const fn height_at(&self, width: u32) -> u32 {
        width * 2 / 3
    }
}

impl RelatedView {
    fn href(&self) -> Option<&str> {
        safe_url(&self.url)
    }

    fn credit(&self, w: &Phrases) -> String {
        w.by(&self.byline)
    }
}

impl HeadlineView {
    fn href(&self) -> Option<&str> {
        safe_url(&self.url)
    }

    fn credits(&self, w: &Phrases) -> String {
        joined(&[self.section.trim(), &w.by(&self.byline)])
    }

    fn start(&self) -> &'static str {
        start_side(self.dir)
    }
}

impl CorrectionView {
    fn href(&self) -> Option<&str> {
        safe_url(&self.url)
    }
}

/// The address, if it is http or https, names a host and cannot end the attribute or the line it stands in.
pub fn safe_url(url: &str) -> Option<&str> {
    let plain = !url.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\' | '`'));
    let parsed = url::Url::parse(url).ok()?;
    (plain && matches!(parsed.scheme(), "http" | "https") && parsed.has_host()).then_some(url)
}

fn joined(parts: &[&str]) -> String {
    let present: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    present.join(" \u{b7} ")
}

fn start_side(dir: &str) -> &'static str {
    if dir == "rtl" { "right" } else { "left" }
}
