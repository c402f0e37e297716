//! The words of the edition itself: the editor's note, the subject, the preheader.

use super::beside::{Seen, Words};
use super::text::{NOTE_CHARS_MAX, PREHEADER_CHARS_MAX, line, lines, quoted, subject};
use super::{Draft, ShapeError};
use crate::app::App;
use crate::editions::model::{Edition, EditionId};
use crate::editions::store;
use crate::editions::verbs::EditionError;
use crate::operators::{Actor, Permission};

/// What of an edition is to be changed; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditionChange {
    pub subject: Option<SubjectChange>,
    /// Empty lets the composer write it again.
    pub preheader: Option<String>,
    /// In Markdown; empty takes it away.
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectChange {
    /// These words; empty lets the composer write it again.
    Own(String),
    /// One of the edition's alternatives, from 1.
    Choice(usize),
}

/// Changes the words of an edition.
///
/// # Errors
/// [`EditionError::Shape`] names the field and its limit; [`EditionError::Conflict`] what somebody else changed.
pub async fn change_edition(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    change: &EditionChange,
) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "edit").await?;
    let edition = &mut draft.edition;
    let by = actor.label();
    let mut changes = Vec::new();
    let mut note_change = |name: &str, before: &str, after: Option<&str>| {
        let after = after.map_or_else(|| "written by the composer".to_owned(), quoted);
        changes.push(format!("{name}: {} -> {after}", quoted(before)));
    };
    match &change.subject {
        None => {}
        Some(wanted) => match chosen_subject(edition, wanted)? {
            Some(words) if words != edition.subject || edition.subject_by.is_none() => {
                note_change("subject", &edition.subject, Some(&words));
                (edition.subject, edition.subject_by) = (words, Some(by.clone()));
            }
            None if edition.subject_by.is_some() => {
                note_change("subject", &edition.subject, None);
                edition.subject_by = None;
            }
            _ => {}
        },
    }
    if let Some(wanted) = &change.preheader {
        match line("preheader", wanted, PREHEADER_CHARS_MAX)? {
            Some(words) if words != edition.preheader || edition.preheader_by.is_none() => {
                note_change("preheader", &edition.preheader, Some(&words));
                (edition.preheader, edition.preheader_by) = (words, Some(by));
            }
            None if edition.preheader_by.is_some() => {
                note_change("preheader", &edition.preheader, None);
                edition.preheader_by = None;
            }
            _ => {}
        }
    }
    if let Some(wanted) = &change.note {
        let words = lines("note", wanted, NOTE_CHARS_MAX)?.unwrap_or_default();
        if words != edition.note {
            changes.push(match words.chars().count() {
                0 => "the editor's note is taken away".to_owned(),
                chars => format!("the editor's note: {} ({chars} characters)", quoted(&words)),
            });
            edition.note = words;
        }
    }
    if !changes.is_empty() {
        store::set_editors_words(&mut draft.tx, &draft.edition).await?;
    }
    draft.keep(app, "edit", &changes).await
}

/// The same for whoever wrote words beside a draft that somebody else was at: they are saved unless the same words were
/// changed meanwhile ([`super::beside`]).
///
/// # Errors
/// As [`change_edition`].
pub async fn change_edition_wherever(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Seen<'_>,
    change: &EditionChange,
) -> Result<Edition, EditionError> {
    actor.require(Permission::Edit)?;
    let mut words = Words::of_edition(id, seen, change);
    loop {
        let tried = change_edition(app, actor, id, words.from(), change).await;
        if let Some(end) = words.end_of(app, tried).await {
            return end;
        }
    }
}

fn chosen_subject(edition: &Edition, wanted: &SubjectChange) -> Result<Option<String>, ShapeError> {
    match wanted {
        SubjectChange::Own(words) => subject(words),
        SubjectChange::Choice(number) => {
            let chosen = number.checked_sub(1).and_then(|index| edition.subjects.get(index));
            chosen.cloned().map(Some).ok_or_else(|| {
                let problem = match edition.subjects.len() {
                    0 => "is none: this edition has no alternatives; write a subject of your own".to_owned(),
                    count => format!("must be from 1 to {count}"),
                };
                ShapeError::field("subject_choice", problem)
            })
        }
    }
}
