//! Words that are saved although the edition was changed meanwhile: what somebody typed beside a change of something else.
//!
//! A page names its revision, and with the words that may be typed on it the marks of these words. It promises: words are
//! saved over an older revision if they read now as the page showed them, whatever else was moved, pinned, taken out, added
//! or written meanwhile; words that somebody else changed are a conflict that names what was changed, and so is a story that
//! is gone. Nobody's reading or approval is taken back by whoever had not heard of it. A place in the order is no word: it
//! conflicts as ever. Held to it by `tests/it/editions/beside.rs` and `tests/it/desk/beside.rs`.

use super::edition::{EditionChange, SubjectChange};
use super::item::ItemChange;
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::editions::model::{Edition, EditionEvent, EditionId, EditionState, Item};
use crate::editions::store;
use crate::editions::verbs::{Conflict, EditionError};
use crate::gather::ArticleId;

/// How often the same words are tried: each time somebody else was faster with something else.
const TRIES_MAX: usize = 5;
/// Of a mark: two words that look alike by chance are no danger in one story.
const MARK_CHARS: usize = 12;
const BETWEEN: char = '.';

/// What a page showed that somebody changes something on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    pub revision: Option<i64>,
    /// As [`item_marks`] or [`edition_marks`] gave them for that page. Empty: any change meanwhile is a conflict, unless
    /// stories were moved and nothing else was done.
    pub marks: &'a str,
}

/// The parts of a story, each with a mark of its own.
#[derive(Clone, Copy)]
enum ItemPart {
    Words,
    Image,
    Section,
}

/// The same of the edition's own words.
#[derive(Clone, Copy)]
enum EditionPart {
    Subject,
    Preheader,
    Note,
    /// The subjects to choose from.
    Subjects,
}

/// Marks of what a story shows by now, for the page that shows it.
pub fn item_marks(item: &Item) -> String {
    let words = (item.shown_headline(), item.shown_excerpt(), item.note.as_deref().unwrap_or_default());
    marks([mark(&words), mark(&item.shown_image()), mark(&item.section_id)])
}

/// Marks of the edition's own words, for the page that shows them. What the composer wrote changes with the stories, and is
/// nobody's word.
pub fn edition_marks(edition: &Edition) -> String {
    let own = |words: &str, by: &Option<String>| mark(&by.is_some().then(|| words.to_owned()));
    let subject = own(&edition.subject, &edition.subject_by);
    let preheader = own(&edition.preheader, &edition.preheader_by);
    marks([subject, preheader, mark(&edition.note), mark(&edition.subjects)])
}

fn mark(of: &impl serde::Serialize) -> String {
    // Texts, lists and numbers always become JSON.
    let told = serde_json::to_vec(of).unwrap_or_default();
    let mut mark = sha256_hex(&told);
    mark.truncate(MARK_CHARS);
    mark
}

fn marks<const N: usize>(parts: [String; N]) -> String {
    parts.join(&BETWEEN.to_string())
}

/// Whether these parts are as they were seen; without any, nothing is known of them.
fn are_same(seen: &str, present: &str, parts: &[usize]) -> bool {
    let of = |marks: &str, part: usize| marks.split(BETWEEN).nth(part).map(str::to_owned);
    !parts.is_empty() && parts.iter().all(|part| of(seen, *part).is_some() && of(seen, *part) == of(present, *part))
}

/// Of a change that is of words alone, which; none of one that moves the story.
fn parts_of_item(change: &ItemChange) -> Vec<usize> {
    if change.pin.is_some() || change.place.is_some() {
        return Vec::new();
    }
    let has_words = change.headline.is_some() || change.excerpt.is_some() || change.note.is_some();
    let parts = [
        (has_words, ItemPart::Words as usize),
        (change.image.is_some(), ItemPart::Image as usize),
        (change.section.is_some(), ItemPart::Section as usize),
    ];
    parts.into_iter().filter_map(|(is_touched, part)| is_touched.then_some(part)).collect()
}

fn parts_of_edition(change: &EditionChange) -> Vec<usize> {
    let is_choice = matches!(change.subject, Some(SubjectChange::Choice(_)));
    let parts = [
        (change.subject.is_some(), EditionPart::Subject as usize),
        (change.preheader.is_some(), EditionPart::Preheader as usize),
        (change.note.is_some(), EditionPart::Note as usize),
        // A number is another subject in another list.
        (is_choice, EditionPart::Subjects as usize),
    ];
    parts.into_iter().filter_map(|(is_touched, part)| is_touched.then_some(part)).collect()
}

/// The words that somebody saves, what they read when they were typed, and how far that has come.
pub(super) struct Words<'a> {
    id: EditionId,
    /// Of a story; none of the edition itself.
    article: Option<ArticleId>,
    seen: Seen<'a>,
    parts: Vec<usize>,
    /// A subject that is chosen by its number, or a place.
    is_of_order: bool,
    /// The revision that the next try is made from.
    from: Option<i64>,
    tries: usize,
    /// What was done to something else, before the last try.
    changes: Vec<EditionEvent>,
}

impl<'a> Words<'a> {
    pub(super) fn of_item(id: EditionId, seen: Seen<'a>, article: ArticleId, change: &ItemChange) -> Self {
        let is_of_order = change.pin.is_some() || change.place.is_some();
        Self::new(id, Some(article), seen, parts_of_item(change), is_of_order)
    }

    pub(super) fn of_edition(id: EditionId, seen: Seen<'a>, change: &EditionChange) -> Self {
        let is_of_order = matches!(change.subject, Some(SubjectChange::Choice(_)));
        Self::new(id, None, seen, parts_of_edition(change), is_of_order)
    }

    const fn new(
        id: EditionId,
        article: Option<ArticleId>,
        seen: Seen<'a>,
        parts: Vec<usize>,
        is_of_order: bool,
    ) -> Self {
        Self { id, article, seen, parts, is_of_order, from: seen.revision, tries: 0, changes: Vec::new() }
    }

    /// The revision to try it from.
    pub(super) const fn from(&self) -> Option<i64> {
        self.from
    }

    /// What a try came to; `None` if it is to be made once more, since something else was changed meanwhile.
    pub(super) async fn end_of(
        &mut self,
        app: &App,
        tried: Result<Edition, EditionError>,
    ) -> Option<Result<Edition, EditionError>> {
        let Err(EditionError::Conflict(mut conflict)) = tried else { return Some(tried) };
        self.tries += 1;
        let is_beside = match self.are_beside(app, &conflict).await {
            Ok(is_beside) => is_beside && self.tries < TRIES_MAX,
            Err(error) => return Some(Err(error)),
        };
        self.changes.append(&mut conflict.changes);
        if is_beside {
            self.from = Some(conflict.present);
            return None;
        }
        // All that was changed since the page was opened, and not since the last try alone.
        conflict.seen = self.seen.revision.unwrap_or(conflict.seen);
        conflict.changes = std::mem::take(&mut self.changes);
        Some(Err(EditionError::Conflict(conflict)))
    }

    /// Whether what was done meanwhile was done to something else.
    async fn are_beside(&self, app: &App, conflict: &Conflict) -> Result<bool, EditionError> {
        if conflict.is_decided() {
            return Ok(false);
        }
        if self.seen.marks.is_empty() {
            return Ok(!self.is_of_order && conflict.is_of_order());
        }
        let present = present_marks(app, self.id, self.article).await?;
        Ok(present.is_some_and(|present| are_same(self.seen.marks, &present, &self.parts)))
    }
}

/// The marks of a story, or of the edition itself, as it is now; `None` if that story is gone.
///
/// # Errors
/// As the database says.
pub async fn present_marks(
    app: &App,
    id: EditionId,
    article: Option<ArticleId>,
) -> Result<Option<String>, EditionError> {
    let mut tx = app.db.read().await?;
    let Some(article) = article else {
        return Ok(store::find_edition(&mut tx, id).await?.as_ref().map(edition_marks));
    };
    let items = store::list_items(&mut tx, id).await?;
    Ok(items.iter().find(|item| item.article_id == article).map(item_marks))
}

impl Conflict {
    /// Whether somebody read or approved it meanwhile, and that word stands: a change would take it back.
    fn is_decided(&self) -> bool {
        let is_draft = self.changes.last().is_none_or(|it| it.to_state == EditionState::Drafted);
        !is_draft && self.changes.iter().any(|it| it.from_state != it.to_state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_if_every_part_that_is_touched_is() {
        assert!(are_same("a.b.c", "a.x.c", &[0, 2]));
        assert!(!are_same("a.b.c", "a.x.c", &[0, 1]));
        assert!(!are_same("a.b.c", "a.b.c", &[]), "of an order nothing is known");
        for garbage in ["", ".", "a", "a.b"] {
            assert!(!are_same(garbage, "a.b.c", &[2]), "{garbage}");
        }
    }

    #[test]
    fn a_change_is_of_the_parts_that_it_names_and_of_none_if_it_moves_the_story() {
        let words = ItemChange { headline: Some(String::new()), section: Some(String::new()), ..ItemChange::default() };
        assert_eq!(parts_of_item(&words), [0, 2]);
        assert!(parts_of_item(&ItemChange { pin: Some(super::super::Pin::Free), ..words }).is_empty());
        let choice = EditionChange { subject: Some(SubjectChange::Choice(1)), ..EditionChange::default() };
        assert_eq!(parts_of_edition(&choice), [0, 3]);
        let note = EditionChange { note: Some(String::new()), ..EditionChange::default() };
        assert_eq!(parts_of_edition(&note), [2]);
    }
}
