//! The HTML part: what mail programs make of it, what filters hold against it, and whether everybody can read it.
//!
//! The page is parsed once ([`page`]) and never rendered: what depends on a layout is judged by what stands inline,
//! as the programs do that drop style sheets. A page that would cost a parser too much is told and not looked at.

mod anchors;
mod color;
mod css;
mod dark;
mod features;
mod forbidden;
mod frame;
mod guard;
mod images;
mod legible;
mod look;
mod outline;
mod page;

use super::limits::{AIM_BYTES, CLIPPED_BYTES};
use super::report::{Findings, HtmlBytes, Kind, Place, Section, Support};
use super::rule::Rule;
use page::Page;

/// What the text part is compared with.
#[derive(Default)]
pub(super) struct Seen {
    /// Addresses of links that are no decoration, each once.
    pub links: Vec<String>,
    /// The words that a reader sees.
    pub words: String,
    pub support: Vec<Support>,
}

/// `one_click` is the address in List-Unsubscribe, if it is known. None if the page was not looked at.
pub(super) fn check(html: &str, one_click: Option<&str>, kind: Kind, found: &mut Findings) -> Option<Seen> {
    if guard::is_too_costly(html) {
        let message = "the page has so many or such deep elements that it was not looked at; make it simpler";
        found.error(Rule::HtmlCost, Place::of(Section::Html), message);
        return None;
    }
    let page = Page::read(html);
    let sheet = css::sheet(&frame::style_sheets(&page));
    let looks = look::looks(&page);
    frame::check(html, &page, kind, found);
    dark::check(&page, &sheet, &looks, found);
    outline::check(&page, found);
    let words = legible::check(&page, &looks, found);
    images::check(html, &page, &words, found);
    forbidden::check(&page, &sheet, found);
    let links = anchors::check(&page, &looks, one_click, kind, found);
    if super::parts::text::turns_round(&words) {
        let message = "an invisible mark turns the writing round; take it out, or isolate the words";
        found.warning(Rule::Bidi, Place::of(Section::Html), message);
    }
    let support = features::check(&page, &sheet, found);
    Some(Seen { links, words, support })
}

/// Gmail clips, and the link to leave by stands at the end.
pub(super) fn check_size(bytes: HtmlBytes, found: &mut Findings) {
    for (bytes, how) in [(bytes.decoded, ""), (bytes.encoded, " when encoded")] {
        let place = Place::of(Section::Html);
        if bytes >= CLIPPED_BYTES {
            let message =
                format!("the HTML is {bytes} bytes{how}, and Gmail clips at {CLIPPED_BYTES}; take stories out of it");
            found.error(Rule::HtmlSize, place, message);
        } else if bytes > AIM_BYTES {
            let message = format!(
                "the HTML is {bytes} bytes{how}, near the {CLIPPED_BYTES} at which Gmail clips; {AIM_BYTES} would be \
                 safe"
            );
            found.note(Rule::HtmlSize, place, message);
        }
    }
}
