//! From an edition and its items to the view that the templates speak. Same inputs, same bytes.

use super::headings::{by_heading, heading, section_of};
use super::model::{Edition, EditionKind, Item, Placement};
use super::phrases::Phrases;
use super::place::Room;
use super::verbs::EditionError;
use super::view::{
    CorrectionView, EditionView, HeadlineView, ImageView, LogoView, RelatedView, SectionView, StoryView, Weight,
};
use super::words::{self, Words};
use super::{PREFERENCES_MARK, UNSUBSCRIBE_MARK, brand, corrections};
use crate::app::App;
use crate::base::text::one_line;
use crate::db::{StoreError, Tx};
use crate::gather::ArticleId;
use crate::gather::language::{direction, reading_minutes};
use crate::publications::{self, BrandValues, Publication, Section};
use chrono::NaiveDate;

/// A title that is longer is a paragraph.
const HEADLINE_CHARS_MAX: usize = 160;
/// Under the top story.
const RELATED_MAX: usize = 3;
/// A count of as many digits as any edition's.
const STORIES_MANY: usize = 9999;

/// What frames the stories of an edition: read once, used for each variant.
pub(super) struct Frame {
    pub publication: Publication,
    pub(super) sections: Vec<Section>,
    view_url: String,
    subscribe_url: String,
    privacy_url: String,
    postal_address: String,
    logo: Option<LogoView>,
    pub corrections: Vec<CorrectionView>,
}

impl Frame {
    pub async fn load(app: &App, tx: &mut Tx, edition: &Edition) -> Result<Self, EditionError> {
        let publication = publications::find_publication(tx, edition.publication_id)
            .await?
            .ok_or_else(|| StoreError::Corrupt("editions.publication_id".to_owned()))?;
        let sections = publications::list_sections(tx, publication.id).await?;
        let site = &app.config.site;
        let logo = brand::logo(app, tx, &BrandValues::of(&publication)).await?;
        Ok(Self {
            logo,
            view_url: site.link(&format!("/archive/{}/{}", publication.slug, edition.label)),
            subscribe_url: site.link(&format!("/subscribe?publication={}", publication.slug)),
            privacy_url: site.link("/privacy"),
            postal_address: brand::postal_address(app, publication.postal_address.as_deref()),
            publication,
            sections,
            corrections: corrections::list_of_edition(tx, edition.id).await?,
        })
    }

    /// At the foot of the mail.
    pub(super) fn postal_address(&self) -> &str {
        &self.postal_address
    }

    /// For tests and benchmarks of what needs no database.
    #[cfg(test)]
    pub fn of(publication: Publication, sections: Vec<Section>, site: &str, postal_address: &str) -> Self {
        Self {
            view_url: format!("{site}/archive/{}/2026-11-23", publication.slug),
            subscribe_url: format!("{site}/subscribe?publication={}", publication.slug),
            privacy_url: format!("{site}/privacy"),
            postal_address: postal_address.to_owned(),
            logo: None,
            corrections: Vec::new(),
            publication,
            sections,
        }
    }
}

/// Who reads a rendering.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A subscriber; the personal links are marks that delivery fills in.
    Subscriber,
    /// Anybody, in the web archive: no personal links.
    Public,
}

/// The view of an edition for one choice of sections; `None` if the choice leaves nothing to read.
///
/// A choice filters what the edition holds. Where it takes out the top story, the first one that is left leads, and
/// names the mail; where it takes out anything, the first line names only what is left.
pub(super) fn view(
    frame: &Frame,
    edition: &Edition,
    items: &[Item],
    choice: Option<&[String]>,
    reader: Reader,
) -> Option<EditionView> {
    let publication = &frame.publication;
    let phrases = Phrases::of(&publication.language);
    // A mail about a mistake says what was wrong and what is right, whatever the reader chose, and tells no news.
    let is_correction = edition.kind == EditionKind::Correction && !frame.corrections.is_empty();
    let told = if is_correction { &[] } else { items };
    let all = placed_for(frame, told, None);
    let chosen = placed_for(frame, told, choice);
    let lead = |placed: &[Placed<'_>]| placed.iter().find(|it| it.placement == Placement::Top).map(|it| it.item.id);
    let is_whole = chosen.len() == all.len();
    let has_own_lead = lead(&chosen) == lead(&all);
    let of = |placement| chosen.iter().filter(move |it| it.placement == placement).map(|it| it.item);
    let shown = chosen.iter().filter(|it| it.placement != Placement::Overflow).map(|it| it.item);
    let stories = shown.clone().count();
    if stories == 0 && !is_correction {
        return None;
    }
    let words: Vec<Words<'_>> = in_reading_order(&chosen).map(words_of).collect();
    let date: Option<NaiveDate> = edition.local_date.parse().ok();
    let subject = if has_own_lead {
        edition.subject.clone()
    } else {
        words::subjects(&publication.name, phrases, date, &words, None).swap_remove(0)
    };
    let preheader = if is_whole { edition.preheader.clone() } else { words::preheader(phrases, &words) };
    let (unsubscribe_url, preferences_url) = match reader {
        Reader::Subscriber => (UNSUBSCRIBE_MARK.to_owned(), PREFERENCES_MARK.to_owned()),
        Reader::Public => (String::new(), String::new()),
    };
    Some(EditionView {
        date_long: date.map_or_else(|| edition.local_date.clone(), |date| phrases.long_date(date)),
        label: edition.label.clone(),
        subject,
        preheader,
        stories,
        minutes: minutes(shown.map(|item| item.story.word_count).sum()),
        note: edition.note.clone(),
        top: of(Placement::Top).next().map(|item| story(frame, item, true)),
        sections: sections(frame, of(Placement::Full)),
        headlines: of(Placement::Headline).map(|item| headline(frame, item)).collect(),
        missed: of(Placement::Missed).map(|item| headline(frame, item)).collect(),
        more: of(Placement::Overflow).count(),
        unsubscribe_url,
        preferences_url,
        ..page(frame)
    })
}

/// The articles that a choice of sections has before its eyes, in the order of the edition.
pub(super) fn shown(frame: &Frame, items: &[Item], choice: Option<&[String]>) -> Vec<ArticleId> {
    let placed = placed_for(frame, items, choice);
    placed.iter().filter(|it| it.placement != Placement::Overflow).map(|it| it.item.article_id).collect()
}

/// What stands around the stories of every edition.
fn page(frame: &Frame) -> EditionView {
    let publication = &frame.publication;
    EditionView {
        language: publication.language.clone(),
        dir: direction(&publication.language),
        publication_name: one_line(&publication.name),
        site_name: one_line(&publication.site_name),
        site_url: publication.site_url.clone(),
        accent_color: publication.accent_color.clone(),
        accent_dark: publication.accent_dark.clone().unwrap_or_default(),
        logo: frame.logo.clone(),
        footer_text: one_line(&publication.footer_text),
        corrections: frame.corrections.clone(),
        view_url: frame.view_url.clone(),
        privacy_url: frame.privacy_url.clone(),
        subscribe_url: frame.subscribe_url.clone(),
        postal_address: frame.postal_address.clone(),
        why: Phrases::of(&publication.language).why(&publication.name),
        ..EditionView::default()
    }
}

/// An item where one reader finds it.
#[derive(Clone, Copy)]
struct Placed<'a> {
    item: &'a Item,
    placement: Placement,
}

impl<'a> Placed<'a> {
    fn of(item: &'a Item) -> Self {
        Self { item, placement: item.placement }
    }
}

/// What a choice leaves of the edition, and where it stands.
fn placed_for<'a>(frame: &Frame, items: &'a [Item], choice: Option<&[String]>) -> Vec<Placed<'a>> {
    let shown = items.iter().filter(|item| item.placement != Placement::Hidden);
    let chosen = shown.filter(|item| is_chosen(frame, item, choice)).map(Placed::of).collect();
    led(chosen, Room::of(&frame.publication))
}

/// Nobody's mail is without a top story as long as it has a full one, and none says only "and more".
fn led(mut chosen: Vec<Placed<'_>>, room: Room) -> Vec<Placed<'_>> {
    if chosen.iter().all(|it| it.placement == Placement::Overflow) {
        for it in chosen.iter_mut().take(room.full) {
            it.placement = Placement::Full;
        }
    }
    if chosen.iter().all(|it| it.placement != Placement::Top)
        && let Some(first) = chosen.iter_mut().find(|it| it.placement == Placement::Full)
    {
        first.placement = Placement::Top;
    }
    chosen
}

/// The top story, then the others of the mail in their order.
fn in_reading_order<'a>(chosen: &[Placed<'a>]) -> impl Iterator<Item = &'a Item> + use<'a> {
    let is_top = |it: &Placed<'_>| it.placement == Placement::Top;
    let mut sorted: Vec<Placed<'a>> = chosen.iter().filter(|it| it.placement != Placement::Overflow).copied().collect();
    sorted.sort_by_key(|it| (!is_top(it), it.item.position));
    sorted.into_iter().map(|it| it.item)
}

/// The stories that a reader of everything finds in the mail, the top story first.
pub(super) fn read_first(items: &[Item]) -> impl Iterator<Item = &Item> {
    let placed: Vec<Placed<'_>> =
        items.iter().filter(|item| item.placement != Placement::Hidden).map(Placed::of).collect();
    in_reading_order(&placed)
}

/// As an editor wrote them, else as the article has them.
pub(super) fn words_of(item: &Item) -> Words<'_> {
    Words { headline: item.shown_headline(), excerpt: item.shown_excerpt() }
}

fn minutes(words: i64) -> usize {
    usize::try_from(reading_minutes(words)).unwrap_or(0)
}

/// A story without a section goes to all, and so does the top story, unless the publication wants it otherwise.
fn is_chosen(frame: &Frame, item: &Item, choice: Option<&[String]>) -> bool {
    let Some(choice) = choice else { return true };
    if item.placement == Placement::Top && frame.publication.top_to_all {
        return true;
    }
    match section_of(&frame.sections, item.section_id) {
        Some(section) => choice.contains(&section.slug),
        None => true,
    }
}

/// The full stories under their headings.
fn sections<'a>(frame: &Frame, items: impl Iterator<Item = &'a Item> + Clone) -> Vec<SectionView> {
    let view = |(name, stories): (String, Vec<&Item>)| SectionView {
        name,
        stories: stories.into_iter().map(|item| story(frame, item, false)).collect(),
    };
    by_heading(&frame.sections, items).into_iter().map(view).collect()
}

fn language_of(frame: &Frame, item: &Item) -> String {
    if item.story.language.is_empty() { frame.publication.language.clone() } else { item.story.language.clone() }
}

fn story(frame: &Frame, item: &Item, is_top: bool) -> StoryView {
    let phrases = Phrases::of(&frame.publication.language);
    let story = &item.story;
    let language = language_of(frame, item);
    let related = if is_top { story.related.as_slice() } else { &[] };
    let words = words_of(item);
    StoryView {
        headline: words::short(&one_line(words.headline), HEADLINE_CHARS_MAX),
        url: story.url.clone(),
        section: heading(&frame.sections, item),
        byline: one_line(&phrases.names(&story.authors)),
        excerpt: one_line(words.excerpt),
        note: item.note.clone().unwrap_or_default(),
        image: item.shown_image().map(|image| ImageView {
            url: image.url.clone(),
            alt: one_line(&image.alt),
            caption: one_line(&image.caption),
            credit: one_line(&image.credit),
        }),
        minutes: minutes(story.word_count),
        related: related
            .iter()
            .take(RELATED_MAX)
            .map(|it| RelatedView { title: one_line(&it.title), url: it.url.clone(), byline: one_line(&it.byline) })
            .collect(),
        dir: direction(&language),
        language,
    }
}

fn headline(frame: &Frame, item: &Item) -> HeadlineView {
    let language = language_of(frame, item);
    HeadlineView {
        headline: words::short(&one_line(words_of(item).headline), HEADLINE_CHARS_MAX),
        url: item.story.url.clone(),
        section: heading(&frame.sections, item),
        byline: one_line(&Phrases::of(&frame.publication.language).names(&item.story.authors)),
        dir: direction(&language),
        language,
    }
}

/// What somebody reads who chose all sections, before anybody's copy is made of it.
pub(super) struct Whole {
    pub subject: String,
    pub html: String,
    pub text: String,
}

impl Whole {
    /// `None` if there is nothing to read.
    pub fn of(frame: &Frame, edition: &Edition, items: &[Item]) -> Result<Option<Self>, EditionError> {
        let Some(view) = view(frame, edition, items, None, Reader::Subscriber) else { return Ok(None) };
        Ok(Some(Self { html: view.html()?, text: view.text()?, subject: view.subject }))
    }

    pub fn size(&self) -> usize {
        Weight::of(&self.html).on_the_wire()
    }
}

/// The bytes of the HTML part as it will be on the wire. The personal links are longer than their marks.
pub(super) fn size(frame: &Frame, edition: &Edition, items: &[Item]) -> Result<usize, EditionError> {
    let Some(view) = view(frame, edition, items, None, Reader::Subscriber) else { return Ok(0) };
    Ok(Weight::of(&view.html()?).on_the_wire())
}

/// The page without its stories.
pub(super) fn weigh_page(frame: &Frame, edition: &Edition) -> Result<Weight, EditionError> {
    let view = EditionView {
        subject: edition.subject.clone(),
        preheader: edition.preheader.clone(),
        note: edition.note.clone(),
        date_long: edition.local_date.clone(),
        label: edition.label.clone(),
        more: STORIES_MANY,
        stories: STORIES_MANY,
        minutes: STORIES_MANY,
        unsubscribe_url: UNSUBSCRIBE_MARK.to_owned(),
        preferences_url: PREFERENCES_MARK.to_owned(),
        ..page(frame)
    };
    Ok(view.weigh_page()?)
}

/// A story in the form that its placement gives it.
pub(super) fn weigh_item(frame: &Frame, item: &Item) -> Result<Weight, EditionError> {
    let language = &frame.publication.language;
    Ok(match item.placement {
        Placement::Top => story(frame, item, true).weigh_as_top(language)?,
        Placement::Full if frame.sections.is_empty() => story(frame, item, false).weigh_alone(language)?,
        Placement::Full => story(frame, item, false).weigh(language)?,
        Placement::Headline | Placement::Missed => headline(frame, item).weigh(language)?,
        Placement::Overflow | Placement::Hidden => Weight::default(),
    })
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
