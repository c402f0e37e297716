//! What an address would give, in the few figures that decide between two of them. Pure.

use super::Probed;
use crate::base::text::counted;
use crate::base::{Span, Timestamp};
use crate::gather::feed::Entry;
use crate::publications::SourceKind;
use serde::Serialize;
use url::Url;

/// An article of at least so many words is given in full: teasers have up to 55, as WordPress cuts them.
const FULL_WORDS_MIN: usize = 100;
/// What shows nothing newer is out of use.
const STALE_AFTER: Span = Span::days(30);

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Offer {
    pub kind: SourceKind,
    /// What to declare as the source's url.
    pub url: String,
    pub title: String,
    pub entries: usize,
    /// RFC 3339; none if nothing is dated.
    pub newest: Option<String>,
    /// Each holds for half of the entries or more.
    pub has_titles: bool,
    pub has_full_text: bool,
    pub has_images: bool,
    pub has_authors: bool,
    pub has_sections: bool,
    /// What to know before it is taken.
    pub remark: String,
    #[serde(skip)]
    is_stale: bool,
    /// Whether it lies below the address that was asked about, and that is a part of a site.
    #[serde(skip)]
    is_of_part: bool,
}

impl Offer {
    /// `asked`: the address of the site, or of the part of it, that was asked about.
    pub(super) fn of(it: &Probed, asked: &Url, now: Timestamp) -> Self {
        let path = asked.path().trim_end_matches('/');
        let mut offer = Self::of_probed(it, now);
        offer.is_of_part = !path.is_empty() && Url::parse(&offer.url).is_ok_and(|url| url.path().starts_with(path));
        offer
    }

    fn measure(it: &Probed, now: Timestamp) -> Self {
        let mostly = |holds: &dyn Fn(&Entry) -> bool| {
            let count = it.entries.iter().filter(|entry| holds(entry)).count();
            count > 0 && count * 2 >= it.entries.len()
        };
        let newest = it.entries.iter().filter_map(|entry| entry.published.max(entry.updated)).max();
        let url = it.moved_to.clone().unwrap_or_else(|| it.url.clone());
        Self {
            kind: it.kind,
            url,
            title: it.title.clone(),
            entries: it.entries.len(),
            newest: newest.map(Timestamp::rfc3339),
            has_titles: mostly(&|entry| !entry.title.is_empty()),
            has_full_text: mostly(&|entry| entry.text.split_whitespace().count() >= FULL_WORDS_MIN),
            has_images: mostly(&|entry| entry.image.is_some()),
            has_authors: mostly(&|entry| !entry.authors.is_empty()),
            has_sections: mostly(&|entry| !entry.categories.is_empty()),
            remark: String::new(),
            is_stale: newest.is_some_and(|newest| now.since(newest) > STALE_AFTER),
            is_of_part: false,
        }
    }

    /// The same for an address that was asked by itself.
    pub fn of_probed(it: &Probed, now: Timestamp) -> Self {
        let mut offer = Self::measure(it, now);
        offer.remark = offer.remarks(it).join("; ");
        offer
    }

    fn remarks(&self, it: &Probed) -> Vec<String> {
        let mut out = Vec::new();
        if self.entries == 0 {
            out.push("it is empty".to_owned());
        } else if self.is_stale {
            out.push("nothing new for more than 30 days".to_owned());
        }
        match self.kind {
            SourceKind::Wordpress => out.push("tells of every change, nothing is missed".to_owned()),
            SourceKind::Feed if self.entries > 0 && !self.has_full_text => {
                out.push("teasers only: the articles' pages are read".to_owned());
            }
            SourceKind::Sitemap if !self.has_titles && self.entries > 0 => {
                out.push("no titles: the articles' pages are read".to_owned());
            }
            SourceKind::Page => out.push("found by the look of its links; every article's page is read".to_owned()),
            _ => {}
        }
        if !it.sitemaps.is_empty() {
            out.push(format!("an index of {}", counted(it.sitemaps.len(), "sitemap", "sitemaps")));
        }
        out.extend(it.bozo.clone());
        out
    }

    /// The lower, the better.
    pub(super) fn rank(&self) -> (bool, bool, bool, u8) {
        let by_kind = match self.kind {
            SourceKind::Wordpress => 0,
            SourceKind::Feed if self.has_full_text => 1,
            SourceKind::Feed => 2,
            SourceKind::Sitemap if self.has_titles => 3,
            SourceKind::Page => 4,
            SourceKind::Sitemap | SourceKind::Push => 5,
        };
        // Of a part of a site its own feed is wanted, not the whole; but any feed rather than a page's links.
        let is_of_whole = !self.is_of_part || self.kind == SourceKind::Page;
        (self.entries == 0, self.is_stale, is_of_whole, by_kind)
    }

    /// Why it is the best of all, as a sentence's end.
    pub(super) fn reason(&self) -> String {
        let why = match self.kind {
            _ if self.entries == 0 => "the only address that can be read, though it is empty now",
            _ if self.is_of_part && self.kind != SourceKind::Page => {
                "it belongs to the part of the site you asked about"
            }
            SourceKind::Wordpress => {
                "the site's API gives whole articles, tells of every change, and of what appeared while nobody asked"
            }
            SourceKind::Feed if self.has_full_text => "its feed gives whole articles",
            SourceKind::Feed => "its feed gives titles and teasers; the rest is read from the articles' pages",
            SourceKind::Sitemap => "there is no feed; its sitemap names every new article",
            SourceKind::Page | SourceKind::Push => {
                "there is no feed and no sitemap for news; the page's links are read"
            }
        };
        why.to_owned()
    }
}
