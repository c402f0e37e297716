//! From an edition and its items to the view that the templates speak. Same inputs, same bytes.

use super::model::{Edition, Item, Placement};
use super::verbs::EditionError;
use super::view::{EditionView, HeadlineView, ImageView, RelatedView, SectionView, StoryView};
use super::{PREFERENCES_MARK, UNSUBSCRIBE_MARK, words};
use crate::app::App;
use crate::base::text::one_line;
use crate::base::time::long_date;
use crate::db::{StoreError, Tx};
use crate::gather::ArticleId;
use crate::publications::{self, Publication, Section, SectionId};

/// What frames the stories of an edition: read once, used for each variant.
pub(super) struct Frame {
    pub publication: Publication,
    sections: Vec<Section>,
    view_url: String,
    subscribe_url: String,
    privacy_url: String,
    postal_address: String,
}

impl Frame {
    pub async fn load(app: &App, tx: &mut Tx, edition: &Edition) -> Result<Self, EditionError> {
        let publication = publications::find_publication(tx, edition.publication_id)
            .await?
            .ok_or_else(|| StoreError::Corrupt("editions.publication_id".to_owned()))?;
        let sections = publications::list_sections(tx, publication.id).await?;
        let site = &app.config.site;
        Ok(Self {
            view_url: site.link(&format!("/archive/{}/{}", publication.slug, edition.label)),
            subscribe_url: site.link(&format!("/subscribe?publication={}", publication.slug)),
            privacy_url: site.link("/privacy"),
            postal_address: one_line(&site.postal_address),
            publication,
            sections,
        })
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
pub(super) fn view(
    frame: &Frame,
    edition: &Edition,
    items: &[Item],
    choice: Option<&[String]>,
    reader: Reader,
) -> Option<EditionView> {
    let publication = &frame.publication;
    let chosen: Vec<&Item> = items.iter().filter(|item| is_chosen(frame, item, choice)).collect();
    let of = |placement| chosen.iter().filter(move |item| item.placement == placement);
    let shown =
        chosen.iter().filter(|item| item.placement != Placement::Hidden && item.placement != Placement::Overflow);
    let stories = shown.clone().count();
    if stories == 0 {
        return None;
    }
    let words: usize = shown.clone().filter_map(|item| usize::try_from(item.story.word_count).ok()).sum();
    let headlines = of(Placement::Headline).map(|item| headline(frame, item)).collect();
    let date = edition.local_date.parse().map(long_date).unwrap_or_else(|_| edition.local_date.clone());
    let (unsubscribe_url, preferences_url) = match reader {
        Reader::Subscriber => (UNSUBSCRIBE_MARK.to_owned(), PREFERENCES_MARK.to_owned()),
        Reader::Public => (String::new(), String::new()),
    };
    Some(EditionView {
        language: publication.language.clone(),
        dir: words::direction(&publication.language),
        publication_name: publication.name.clone(),
        site_name: publication.site_name.clone(),
        site_url: publication.site_url.clone(),
        accent_color: publication.accent_color.clone(),
        date_long: date,
        label: edition.label.clone(),
        subject: edition.subject.clone(),
        preheader: edition.preheader.clone(),
        stories,
        minutes: words::reading_minutes(words),
        note: edition.note.clone(),
        top: of(Placement::Top).next().map(|item| story(frame, item, true)),
        sections: sections(frame, of(Placement::Full).copied()),
        headlines,
        missed: Vec::new(),
        corrections: Vec::new(),
        more: of(Placement::Overflow).count(),
        view_url: frame.view_url.clone(),
        unsubscribe_url,
        preferences_url,
        privacy_url: frame.privacy_url.clone(),
        subscribe_url: frame.subscribe_url.clone(),
        postal_address: frame.postal_address.clone(),
        why: format!("You receive {} because you signed up for it and confirmed your address.", publication.name),
    })
}

/// The articles that a choice of sections has before its eyes, in the order of the edition.
pub(super) fn shown(frame: &Frame, items: &[Item], choice: Option<&[String]>) -> Vec<ArticleId> {
    let is_shown = |item: &&Item| !matches!(item.placement, Placement::Hidden | Placement::Overflow);
    let chosen = items.iter().filter(|item| is_chosen(frame, item, choice));
    chosen.filter(is_shown).map(|item| item.article_id).collect()
}

/// The top story goes to all, a story without a section too.
fn is_chosen(frame: &Frame, item: &Item, choice: Option<&[String]>) -> bool {
    let Some(choice) = choice else { return true };
    if item.placement == Placement::Top {
        return true;
    }
    match section_of(frame, item.section_id) {
        Some(section) => choice.contains(&section.slug),
        None => true,
    }
}

fn section_of(frame: &Frame, id: Option<SectionId>) -> Option<&Section> {
    frame.sections.iter().find(|section| Some(section.id) == id)
}

/// Full stories in editorial order; what belongs to no section comes last, under the name its source gives it.
fn sections<'a>(frame: &Frame, items: impl Iterator<Item = &'a Item> + Clone) -> Vec<SectionView> {
    let mut out: Vec<SectionView> = frame
        .sections
        .iter()
        .map(|section| SectionView {
            name: section.name.clone(),
            stories: items
                .clone()
                .filter(|item| item.section_id == Some(section.id))
                .map(|item| story(frame, item, false))
                .collect(),
        })
        .collect();
    for item in items.filter(|item| section_of(frame, item.section_id).is_none()) {
        let name = section_name(frame, item);
        let view = story(frame, item, false);
        match out.iter_mut().find(|section| section.name == name) {
            Some(section) => section.stories.push(view),
            None => out.push(SectionView { name, stories: vec![view] }),
        }
    }
    out.retain(|section| !section.stories.is_empty());
    out
}

fn section_name(frame: &Frame, item: &Item) -> String {
    match section_of(frame, item.section_id) {
        Some(section) => section.name.clone(),
        None => one_line(&item.story.section),
    }
}

fn language_of(frame: &Frame, item: &Item) -> String {
    if item.story.language.is_empty() { frame.publication.language.clone() } else { item.story.language.clone() }
}

fn story(frame: &Frame, item: &Item, is_top: bool) -> StoryView {
    let story = &item.story;
    let language = language_of(frame, item);
    let related = if is_top { story.related.as_slice() } else { &[] };
    StoryView {
        headline: item.headline.clone().unwrap_or_else(|| story.title.clone()),
        url: story.url.clone(),
        section: section_name(frame, item),
        byline: words::byline(&story.authors),
        excerpt: item.excerpt.clone().unwrap_or_else(|| story.excerpt.clone()),
        note: item.note.clone().unwrap_or_default(),
        image: story.image.as_ref().map(|image| ImageView {
            url: image.url.clone(),
            alt: image.alt.clone(),
            caption: image.caption.clone(),
            credit: image.credit.clone(),
        }),
        minutes: words::reading_minutes(usize::try_from(story.word_count).unwrap_or(0)),
        related: related
            .iter()
            .take(3)
            .map(|it| RelatedView { title: it.title.clone(), url: it.url.clone(), byline: it.byline.clone() })
            .collect(),
        dir: words::direction(&language),
        language,
    }
}

fn headline(frame: &Frame, item: &Item) -> HeadlineView {
    let language = language_of(frame, item);
    HeadlineView {
        headline: item.headline.clone().unwrap_or_else(|| item.story.title.clone()),
        url: item.story.url.clone(),
        section: section_name(frame, item),
        byline: words::byline(&item.story.authors),
        dir: words::direction(&language),
        language,
    }
}

/// The bytes of the HTML part as it will be on the wire: quoted-printable writes three for one that is not ASCII, base64
/// four for three; the composer takes the shorter. The personal links are longer than their marks.
pub(super) fn size(frame: &Frame, edition: &Edition, items: &[Item]) -> Result<usize, EditionError> {
    let Some(view) = view(frame, edition, items, None, Reader::Subscriber) else { return Ok(0) };
    let html = view.html()?;
    let escaped = html.bytes().filter(|byte| !byte.is_ascii() || *byte == b'=').count();
    let quoted = html.len() + escaped * 2;
    let base64 = html.len().div_ceil(3) * 4;
    // Soft line breaks, one line end in 76.
    Ok(quoted.min(base64) * 79 / 76)
}
