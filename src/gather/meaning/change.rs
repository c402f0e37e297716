//! What an edit of an article was: a slip of the pen, a change of the matter, or a correction that the newsroom
//! announces. Pure.
//!
//! In doubt a change is material: a typo is only what changes a few letters and neither a name, a number, a day nor a
//! negation. A correction is only what the newsroom calls one, in its own words, which are kept verbatim. Held to it by
//! the tests below.

use super::differences::{Difference, differences};
use super::words::{self, Weight, Word};
use crate::base::text::collapse_spaces;
use crate::gather::excerpt::sentences;
use crate::gather::model::ChangeKind;

/// An article's words before or after an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub title: String,
    /// The editor's own summary; may be empty.
    pub dek: String,
    /// Paragraphs, an empty line between them.
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Letters, marks or spaces; nothing says anything else.
    Typo,
    Material,
    /// The newsroom says that something was wrong.
    Correction {
        /// Its own words: one sentence or a few, as they stand in the text but for line breaks.
        notice: String,
    },
}

impl Change {
    /// As the revision keeps it.
    pub const fn kind(&self) -> ChangeKind {
        match self {
            Self::Typo => ChangeKind::Typo,
            Self::Material => ChangeKind::Material,
            Self::Correction { .. } => ChangeKind::Correction,
        }
    }

    pub fn notice(&self) -> Option<&str> {
        match self {
            Self::Correction { notice } => Some(notice),
            _ => None,
        }
    }
}

/// Places at which words may differ in a typo.
const TYPO_PLACES_MAX: usize = 5;
/// Letters that may differ in one word of a typo, and in all of it together.
const WORD_EDITS_MAX: usize = 2;
const TYPO_EDITS_MAX: usize = 8;
/// A notice longer than this is cut at a sentence, in characters.
const NOTICE_CHARS_MAX: usize = 600;

/// How `after` differs from `before`. The same words are a [`Change::Typo`].
pub fn change_of(before: &Words, after: &Words) -> Change {
    let known = notices(before);
    let new: Vec<String> = notices(after).into_iter().filter(|notice| !known.contains(notice)).collect();
    if let Some(notice) = new.first() {
        return Change::Correction { notice: notice.clone() };
    }
    let mut budget = Budget { places: TYPO_PLACES_MAX, edits: TYPO_EDITS_MAX };
    let fields = [(&before.title, &after.title), (&before.dek, &after.dek), (&before.body, &after.body)];
    let is_typo = fields.into_iter().all(|(one, other)| budget.allows(one, other));
    if is_typo { Change::Typo } else { Change::Material }
}

struct Budget {
    places: usize,
    edits: usize,
}

impl Budget {
    fn allows(&mut self, one: &str, other: &str) -> bool {
        if one == other {
            return true;
        }
        let (a, b) = (words::weigh(one, ""), words::weigh(other, ""));
        differences(&a, &b).iter().all(|it| self.allows_difference(&a, &b, it))
    }

    fn allows_difference(&mut self, a: &[Word], b: &[Word], it: &Difference) -> bool {
        let starts_text = it.one.start == 0;
        let (a, b) = (a.get(it.one.clone()).unwrap_or_default(), b.get(it.other.clone()).unwrap_or_default());
        let joined = |words: &[Word]| words.iter().map(|word| word.text.as_str()).collect::<String>();
        let (joined_a, joined_b) = (joined(a), joined(b));
        let tells = |words: &[Word]| words.iter().any(|word| word.weight == Weight::Telling);
        // A number, a day or a "not" that comes, goes or changes is no slip.
        if tells(a) || tells(b) || self.places == 0 {
            return false;
        }
        self.places -= 1;
        // A word written apart or together.
        if joined_a == joined_b {
            return true;
        }
        // A word said twice: "the the".
        if a.is_empty() || b.is_empty() {
            let extra = if a.is_empty() { b } else { a };
            return self.spend_filler(extra);
        }
        if a.len() != b.len() {
            return false;
        }
        a.iter().zip(b).filter(|(x, y)| x.text != y.text).all(|(x, y)| self.spend(x, y, starts_text))
    }

    /// A filler left out or put in.
    fn spend_filler(&mut self, extra: &[Word]) -> bool {
        let chars: usize = extra.iter().map(|word| word.text.chars().count()).sum();
        let is_small = extra.len() == 1 && chars <= 3 && extra.iter().all(|word| word.weight == Weight::Plain);
        is_small && self.take(chars)
    }

    fn spend(&mut self, x: &Word, y: &Word, starts_text: bool) -> bool {
        let is_name = x.weight == Weight::Name && y.weight == Weight::Name && !starts_text;
        let edits = strsim::osa_distance(&x.text, &y.text);
        let longer = x.text.chars().count().max(y.text.chars().count());
        // Of a short word two letters are most of it; of a name one letter is another person.
        let allowed = if longer <= 3 {
            0
        } else if longer <= 5 {
            1
        } else {
            WORD_EDITS_MAX
        };
        !is_name && edits <= allowed && self.take(edits)
    }

    fn take(&mut self, edits: usize) -> bool {
        let is_left = edits <= self.edits;
        self.edits -= edits.min(self.edits);
        is_left
    }
}

/// What a notice begins with: at the start of a paragraph, in lower case.
const OPENINGS: &[&str] = &[
    // English
    "correction:",
    "correction -",
    "correction \u{2013}",
    "correction \u{2014}",
    "corrections:",
    "corrected:",
    "clarification:",
    "clarification -",
    "clarification \u{2013}",
    "clarification \u{2014}",
    "editor's note:",
    "editors' note:",
    "editor\u{2019}s note:",
    "editors\u{2019} note:",
    "an earlier version of this",
    "a previous version of this",
    "an earlier version incorrectly",
    "a previous version incorrectly",
    "this article was amended",
    "this story was amended",
    "this article has been amended",
    "this article was corrected",
    "this story was corrected",
    "this article has been corrected",
    "this story has been corrected",
    "this story has been updated to correct",
    "this article has been updated to correct",
    "this version corrects",
    "this story corrects",
    "we have corrected",
    "correction (",
    "correction, ",
    // German
    "korrektur:",
    "korrekturhinweis:",
    "berichtigung:",
    "richtigstellung:",
    "klarstellung:",
    "anmerkung der redaktion:",
    "anm. d. red.:",
    "in einer fr\u{fc}heren version",
    "in einer fr\u{fc}heren fassung",
    "in einer ersten version",
    "in einer vorherigen version",
    // French
    "correction :",
    "correctif:",
    "correctif :",
    "rectificatif:",
    "rectificatif :",
    "pr\u{e9}cision:",
    "pr\u{e9}cision :",
    "erratum:",
    "erratum :",
    "note de la r\u{e9}daction:",
    "note de la r\u{e9}daction :",
    "une version pr\u{e9}c\u{e9}dente de cet article",
    "une premi\u{e8}re version de cet article",
    // Spanish
    "correcci\u{f3}n:",
    "rectificaci\u{f3}n:",
    "fe de errores:",
    "fe de erratas:",
    "aclaraci\u{f3}n:",
    "nota del editor:",
    "nota de la redacci\u{f3}n:",
    "una versi\u{f3}n anterior de est",
    "en una versi\u{f3}n anterior de est",
    // Italian
    "correzione:",
    "rettifica:",
    "errata corrige:",
    "precisazione:",
    "nota della redazione:",
    "una versione precedente di questo",
    "in una versione precedente",
    // Portuguese
    "corre\u{e7}\u{e3}o:",
    "errata:",
    "uma vers\u{e3}o anterior dest",
    // Dutch
    "correctie:",
    "rectificatie:",
    "in een eerdere versie",
    // Russian
    "\u{438}\u{441}\u{43f}\u{440}\u{430}\u{432}\u{43b}\u{435}\u{43d}\u{438}\u{435}:",
    "\u{443}\u{442}\u{43e}\u{447}\u{43d}\u{435}\u{43d}\u{438}\u{435}:",
    "\u{43f}\u{43e}\u{43f}\u{440}\u{430}\u{432}\u{43a}\u{430}:",
    "\u{43e}\u{43f}\u{440}\u{43e}\u{432}\u{435}\u{440}\u{436}\u{435}\u{43d}\u{438}\u{435}:",
    "\u{43e}\u{442} \u{440}\u{435}\u{434}\u{430}\u{43a}\u{446}\u{438}\u{438}:",
    "\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{447}\u{430}\u{43d}\u{438}\u{435} \u{440}\u{435}\u{434}\u{430}\u{43a}\u{446}\u{438}\u{438}:",
    "\u{432} \u{43f}\u{440}\u{435}\u{434}\u{44b}\u{434}\u{443}\u{449}\u{435}\u{439} \u{432}\u{435}\u{440}\u{441}\u{438}\u{438}",
    "\u{432} \u{43f}\u{435}\u{440}\u{432}\u{43e}\u{43d}\u{430}\u{447}\u{430}\u{43b}\u{44c}\u{43d}\u{43e}\u{439} \u{432}\u{435}\u{440}\u{441}\u{438}\u{438}",
];

/// An editor's note says anything; one that says nothing of this kind corrects nothing.
const NOTES: &[&str] =
    &["note", "anmerkung", "anm.", "nota", "\u{440}\u{435}\u{434}\u{430}\u{43a}\u{446}\u{438}\u{438}"];
const OF_ERROR: &[&str] = &[
    "correct",
    "amend",
    "clarif",
    "error",
    "mistake",
    "misstat",
    "wrong",
    "inaccura",
    "earlier version",
    "previous version",
    "korrigiert",
    "berichtigt",
    "fehler",
    "falsch",
    "fr\u{fc}here",
    "corrig",
    "erreur",
    "rectifi",
    "erron",
    "error",
    "corregi",
    "errore",
    "corrett",
    "errat",
    "\u{438}\u{441}\u{43f}\u{440}\u{430}\u{432}\u{43b}",
    "\u{43e}\u{448}\u{438}\u{431}",
    "\u{443}\u{442}\u{43e}\u{447}\u{43d}",
];

/// The notices in a text: a paragraph or a sentence that opens as one.
fn notices(words: &Words) -> Vec<String> {
    [&words.title, &words.dek, &words.body].into_iter().flat_map(|text| text.split("\n")).filter_map(notice).collect()
}

/// From the sentence that opens as a notice to the end of its paragraph, for few sentences.
fn notice(paragraph: &str) -> Option<String> {
    let text = collapse_spaces(paragraph);
    let sentences = sentences(&text);
    let first = sentences.iter().find(|range| text.get(range.start..).is_some_and(opens_notice))?;
    let mut end = first.end;
    for next in sentences.iter().filter(|range| range.start >= first.end) {
        let length = text.get(first.start..next.end).map_or(0, |it| it.chars().count());
        if length > NOTICE_CHARS_MAX {
            break;
        }
        end = next.end;
    }
    let whole = text.get(first.start..end)?;
    let cut = whole.char_indices().nth(NOTICE_CHARS_MAX).map_or(whole.len(), |(at, _)| at);
    whole.get(..cut).map(|it| it.trim_start_matches(['(', '[', '*', ' ']).to_owned())
}

fn opens_notice(rest: &str) -> bool {
    let opening: String = rest.trim_start_matches(['(', '[', '*', ' ']).chars().take(NOTICE_CHARS_MAX).collect();
    let opening = opening.to_lowercase();
    let Some(found) = OPENINGS.iter().find(|it| opening.starts_with(**it)) else { return false };
    let is_note = NOTES.iter().any(|it| found.contains(it));
    !is_note || OF_ERROR.iter().any(|it| opening.contains(it))
}
