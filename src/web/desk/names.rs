//! `operator 3` is a person and `article 5` a story: what histories keep by a number, told by name.
//!
//! Names are looked up for the texts of one page, whether the person still works here or the key is still in use. What has no
//! name any more is told without its number.

use super::words::{deed, reason_in_words};
use crate::db::{StoreError, Tx};
use crate::editions::EditionEvent;
use crate::operators::trail::find_names;
use std::collections::{BTreeSet, HashMap};

/// What is kept by a number, and what one of them is called that has no name.
const KINDS: [(&str, &str); 4] =
    [("operator", "somebody"), ("token", "a key"), ("article", "a story"), ("publication", "a newsletter")];

#[derive(Default)]
pub(in crate::web) struct Names(HashMap<(&'static str, i64), String>);

/// A number in a text: where it stands, and of what it is.
struct Mention {
    kind: &'static str,
    id: i64,
    start: usize,
    end: usize,
}

fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    for (kind, _) in KINDS {
        for (start, _) in text.match_indices(kind) {
            let is_word = text[..start].chars().next_back().is_none_or(|it| !it.is_alphanumeric());
            let Some(rest) = text[start + kind.len()..].strip_prefix(' ').filter(|_| is_word) else { continue };
            let digits = rest.len() - rest.trim_start_matches(|it: char| it.is_ascii_digit()).len();
            if let Ok(id) = rest[..digits].parse() {
                found.push(Mention { kind, id, start, end: start + kind.len() + 1 + digits });
            }
        }
    }
    found.sort_by_key(|it| it.start);
    found
}

impl Names {
    /// Of everything that these texts mention.
    pub(in crate::web) async fn in_texts(tx: &mut Tx, texts: &[&str]) -> Result<Self, StoreError> {
        let asked: BTreeSet<(&'static str, i64)> =
            texts.iter().flat_map(|text| mentions(text)).map(|it| (it.kind, it.id)).collect();
        let mut found = find_names(tx, &asked).await?;
        let named =
            asked.into_iter().filter_map(|(kind, id)| Some(((kind, id), found.remove(&(kind.to_owned(), id))?)));
        Ok(Self(named.collect()))
    }

    /// Of an edition's history.
    pub(in crate::web) async fn of_events(tx: &mut Tx, events: &[EditionEvent]) -> Result<Self, StoreError> {
        let texts: Vec<&str> = events.iter().flat_map(|it| [it.actor.as_str(), it.reason.as_str()]).collect();
        Self::in_texts(tx, &texts).await
    }

    /// Whoever did something.
    pub(in crate::web) fn of_label(&self, label: &str) -> String {
        match label {
            "console" => "The command line".to_owned(),
            "system" => "The service".to_owned(),
            "visitor" => "A visitor".to_owned(),
            _ if label.starts_with("subscription ") => "A reader".to_owned(),
            _ => crate::base::text::capitalized(&self.in_text(label)),
        }
    }

    /// Everything in a sentence.
    pub(in crate::web) fn in_text(&self, text: &str) -> String {
        let mut told = String::with_capacity(text.len());
        let mut at = 0;
        for it in mentions(text) {
            let Some(before) = text.get(at..it.start) else { continue };
            told.push_str(before);
            at = it.end;
            let rest = &text[at..];
            // `article 5 ("Harbour opens")` says its name already.
            if let (true, Some(end)) = (rest.starts_with(" (\""), rest.find("\")")) {
                told.push_str(&rest[2..=end]);
                at += end + 2;
                continue;
            }
            told.push_str(&self.name(it.kind, it.id));
        }
        told.push_str(&text[at..]);
        told
    }

    fn name(&self, kind: &'static str, id: i64) -> String {
        match (self.0.get(&(kind, id)), kind) {
            (Some(name), "token") => format!("the key {name}"),
            (Some(name), "article") => format!("\"{name}\""),
            (Some(name), _) => name.clone(),
            (None, _) => KINDS.iter().find(|(it, _)| *it == kind).map_or(kind, |(_, one)| *one).to_owned(),
        }
    }

    /// What somebody did to an edition, and why or how.
    pub(in crate::web) fn what(&self, event: &EditionEvent) -> String {
        let done = deed(&event.verb);
        match event.reason.as_str() {
            "" => done,
            reason => format!("{done}: {}", self.in_text(&reason_in_words(reason))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_known_is_called_by_name_and_whatever_is_not_without_a_number() {
        let known = [(("operator", 3), "Edda"), (("token", 2), "cms"), (("article", 5), "Ferry sails")];
        let names = Names(known.into_iter().map(|(key, name)| (key, name.to_owned())).collect());
        assert_eq!(names.of_label("operator 3"), "Edda");
        assert_eq!(names.of_label("operator 4"), "Somebody");
        assert_eq!(names.of_label("token 2"), "The key cms");
        assert_eq!(names.of_label("system"), "The service");
        assert_eq!(
            names.in_text("held by operator 3: the operator of the crane"),
            "held by Edda: the operator of the crane"
        );
        assert_eq!(names.in_text("operator 33 and operator 3"), "somebody and Edda");
        assert_eq!(names.in_text("from place 1: article 5, article 6"), "from place 1: \"Ferry sails\", a story");
        assert_eq!(names.in_text("article 6 (\"Mayor (62)\"), late"), "\"Mayor (62)\", late");
        assert_eq!(names.in_text("a particle 5, articles 5 and article x"), "a particle 5, articles 5 and article x");
    }
}
