//! One story of a draft: its words, its image, its section, its place.

use super::beside::{Seen, Words};
use super::image::{self, ImageChange};
use super::text::{EXCERPT_CHARS_MAX, HEADLINE_CHARS_MAX, ITEM_NOTE_CHARS_MAX, change_of, line};
use super::{Draft, ShapeError, order, section};
use crate::app::App;
use crate::base::text::collapse_spaces;
use crate::db::Tx;
use crate::editions::model::{Edition, EditionId, Item, Placement};
use crate::editions::store;
use crate::editions::verbs::EditionError;
use crate::gather::html::Image;
use crate::gather::{self, ArticleId};
use crate::operators::{Actor, Permission};

/// What of a story is to be changed; `None` leaves it. An empty text goes back to the article's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemChange {
    pub headline: Option<String>,
    pub excerpt: Option<String>,
    /// From the editor, under the story.
    pub note: Option<String>,
    pub image: Option<ImageChange>,
    /// A slug; empty is no section.
    pub section: Option<String>,
    pub pin: Option<Pin>,
    pub place: Option<Place>,
}

/// Where in the order a story stays, whatever its score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// From 1.
    At(i64),
    /// By score again.
    Free,
}

/// What a story is in the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Whatever order and room make it.
    Auto,
    Top,
    Full,
    Headline,
    Hidden,
}

impl Place {
    pub const WORDS: &'static [&'static str] = &["auto", "top", "full", "headline", "hidden"];

    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "auto" => Self::Auto,
            "top" => Self::Top,
            "full" => Self::Full,
            "headline" => Self::Headline,
            "hidden" => Self::Hidden,
            _ => return None,
        })
    }

    const fn forced(self) -> Option<Placement> {
        match self {
            Self::Auto => None,
            Self::Top => Some(Placement::Top),
            Self::Full => Some(Placement::Full),
            Self::Headline => Some(Placement::Headline),
            Self::Hidden => Some(Placement::Hidden),
        }
    }
}

/// Changes one story of a draft.
///
/// # Errors
/// [`EditionError::Shape`] names the field and its limit; [`EditionError::Conflict`] what somebody else changed.
pub async fn change_item(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    article: ArticleId,
    change: &ItemChange,
) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "edit_item").await?;
    let before = draft.items().await?;
    let mut items = before.clone();
    let Some(index) = items.iter().position(|item| item.article_id == article) else {
        return Err(draft.no_item(article).into());
    };
    let mut changes = Vec::new();
    if let Some(item) = items.get_mut(index) {
        words(item, change, &mut changes)?;
        if let Some(wanted) = &change.image {
            let chosen = wanted.chosen(&images(&mut draft.tx, item).await?)?;
            if chosen != item.image {
                changes.push(format!("image: {}", image::told(chosen.as_ref())));
                item.image = chosen;
            }
        }
        if let Some(slug) = &change.section {
            let wanted = section(&mut draft.tx, &draft.publication, slug).await?;
            let name = wanted.as_ref().map_or("none", |section| section.name.as_str());
            let wanted = wanted.as_ref().map(|section| section.id);
            if wanted != item.section_id {
                changes.push(format!("section: {name}"));
                item.section_id = wanted;
            }
        }
    }
    if let Some(pin) = change.pin {
        set_pin(&mut items, index, pin, &mut changes)?;
    }
    if let Some(place) = change.place {
        set_place(&mut items, index, place, &actor.label(), &mut changes);
    }
    for (item, _) in items.iter().zip(&before).filter(|(item, before)| item != before) {
        store::set_shape(&mut draft.tx, item).await?;
    }
    if let Some(first) = changes.first_mut() {
        *first = format!("article {article}: {first}");
    }
    draft.keep(app, "edit_item", &changes).await
}

/// The same for whoever wrote words beside a draft that somebody else was at: they are saved at the place that the story has
/// by now, unless the same words were changed meanwhile, or the story is gone ([`super::beside`]).
///
/// # Errors
/// As [`change_item`].
pub async fn change_item_wherever(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Seen<'_>,
    article: ArticleId,
    change: &ItemChange,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Edit)?;
    let mut words = Words::of_item(id, seen, article, change);
    loop {
        let tried = change_item(app, actor, id, words.from(), article, change).await;
        if let Some(end) = words.end_of(app, tried).await {
            return end;
        }
    }
}

fn words(item: &mut Item, change: &ItemChange, changes: &mut Vec<String>) -> Result<(), ShapeError> {
    // Whoever writes the article's own words wants those, and not a copy that stays when the article changes.
    let without_copy = |wanted: &Option<String>, theirs: &str| match wanted {
        Some(text) if collapse_spaces(text) == collapse_spaces(theirs) => Some(String::new()),
        other => other.clone(),
    };
    let change = ItemChange {
        headline: without_copy(&change.headline, &item.story.title),
        excerpt: without_copy(&change.excerpt, &item.story.excerpt),
        note: change.note.clone(),
        ..ItemChange::default()
    };
    let own = (&mut item.headline, &mut item.excerpt, &mut item.note);
    write_words(&change, own, changes)
}

/// The words that an editor puts in place of the article's own, here and in what is intended before there is a draft.
pub(super) fn write_words(
    change: &ItemChange,
    (headline, excerpt, note): (&mut Option<String>, &mut Option<String>, &mut Option<String>),
    changes: &mut Vec<String>,
) -> Result<(), ShapeError> {
    let mut write = |name: &'static str, without, wanted: &Option<String>, own: &mut Option<String>, max| {
        let Some(text) = wanted else { return Ok(()) };
        let words = line(name, text, max)?;
        if words != *own {
            changes.push(change_of(name, without, own.as_deref(), words.as_deref()));
            *own = words;
        }
        Ok::<(), ShapeError>(())
    };
    write("headline", "the article's own", &change.headline, headline, HEADLINE_CHARS_MAX)?;
    write("excerpt", "the article's own", &change.excerpt, excerpt, EXCERPT_CHARS_MAX)?;
    write("note", "none", &change.note, note, ITEM_NOTE_CHARS_MAX)
}

/// Those of the article, as it was claimed and as it is now.
async fn images(tx: &mut Tx, item: &Item) -> Result<Vec<Image>, EditionError> {
    let mut all: Vec<Image> = item.story.image.iter().cloned().collect();
    all.extend(gather::list_images(tx, item.article_id).await?);
    Ok(all)
}

pub(super) fn set_pin(items: &mut [Item], index: usize, pin: Pin, changes: &mut Vec<String>) -> Result<(), ShapeError> {
    let Some(item) = items.get(index) else { return Ok(()) };
    let (article, before) = (item.article_id, item.pinned);
    match pin {
        Pin::At(place) if before != Some(place) => {
            order::put(items, &[article], place)?;
            changes.push(format!("pinned at place {place}"));
        }
        Pin::Free if before.is_some() => {
            unpin(items, index);
            changes.push("no longer pinned".to_owned());
        }
        Pin::At(_) | Pin::Free => {}
    }
    Ok(())
}

fn unpin(items: &mut [Item], index: usize) {
    if let Some(place) = items.get_mut(index).and_then(|item| item.pinned.take()) {
        order::close(items, place);
    }
}

fn set_place(items: &mut [Item], index: usize, place: Place, by: &str, changes: &mut Vec<String>) {
    let Some(item) = items.get(index) else { return };
    let wanted = place.forced();
    let present = item.placement_by.is_some().then_some(item.placement);
    if wanted == present {
        return;
    }
    if place == Place::Hidden {
        unpin(items, index);
    }
    for (other, item) in items.iter_mut().enumerate() {
        if other == index {
            (item.placement, item.placement_by) = (wanted.unwrap_or(Placement::Full), wanted.map(|_| by.to_owned()));
            item.placement_reason.clear();
        } else if place == Place::Top && item.placement == Placement::Top && item.placement_by.is_some() {
            // One story is on top.
            (item.placement, item.placement_by) = (Placement::Full, None);
        }
    }
    changes.push(match (wanted, present) {
        (Some(Placement::Hidden), _) => "hidden".to_owned(),
        (None, Some(Placement::Hidden)) => "shown again".to_owned(),
        (Some(placement), _) => format!("placed as {placement}"),
        (None, _) => "placed by the composer again".to_owned(),
    });
}
