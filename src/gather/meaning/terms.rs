//! An article as a bag of stems, and how near two bags are: cosine of TF-IDF (Salton and Buckley 1988), with counts
//! dampened by a logarithm and the words of the title counted more. Pure.
//!
//! The bar, and how to measure it: `lee.rs`.

use super::{lexicon, words};
use rust_stemmers::Stemmer;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// An article is about what it says in its first so many words.
const WORDS_MAX: usize = 2_000;
/// Different stems kept of one article, the most frequent ones.
const STEMS_MAX: usize = 300;
/// A word of the title counts as often as this.
const TITLE_COUNT: u32 = 3;
/// A stem of fewer characters says nothing, unless it is of a script without spaces.
const STEM_CHARS_MIN: usize = 2;

/// Stems and how often each stands there. Ordered, so that the same text is the same JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Terms(pub BTreeMap<String, u32>);

/// Makes [`Terms`] of many articles; a word is stemmed once for all of them.
#[derive(Default)]
pub(super) struct Stemming {
    languages: HashMap<String, Language>,
}

struct Language {
    stemmer: Option<Stemmer>,
    fillers: &'static HashSet<&'static str>,
    /// `None` for a word that says nothing.
    stems: HashMap<String, Option<String>>,
}

impl Stemming {
    /// `body` is split into words; `language` is BCP 47: without one, or in a language without a stemmer, words stand for
    /// themselves.
    pub fn terms(&mut self, title: &str, body: &[String], language: &str) -> Terms {
        let tag = lexicon::primary(language);
        let language = self.languages.entry(tag).or_insert_with_key(|tag| Language {
            stemmer: lexicon::stemmer(tag),
            fillers: lexicon::fillers(tag),
            stems: HashMap::new(),
        });
        let title = words::split(title);
        let mut counts: HashMap<&str, u32> = HashMap::new();
        for word in &title {
            *counts.entry(word).or_default() += TITLE_COUNT;
        }
        for word in body.iter().take(WORDS_MAX) {
            *counts.entry(word).or_default() += 1;
        }
        let mut stems: BTreeMap<String, u32> = BTreeMap::new();
        for (word, count) in counts {
            if let Some(stem) = language.stem(word) {
                match stems.get_mut(stem) {
                    Some(sum) => *sum += count,
                    None => drop(stems.insert(stem.to_owned(), count)),
                }
            }
        }
        if stems.len() > STEMS_MAX {
            let mut all: Vec<(String, u32)> = stems.into_iter().collect();
            all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            all.truncate(STEMS_MAX);
            stems = all.into_iter().collect();
        }
        Terms(stems)
    }
}

impl Language {
    fn stem(&mut self, word: &str) -> Option<&str> {
        if !self.stems.contains_key(word) {
            let is_said = !self.fillers.contains(word)
                && (!word.is_ascii() || word.len() >= STEM_CHARS_MIN)
                && !word.chars().all(|c| c.is_ascii_digit());
            let stem = || self.stemmer.as_ref().map_or_else(|| word.to_owned(), |it| it.stem(word).into_owned());
            let stem = is_said.then(stem);
            self.stems.insert(word.to_owned(), stem);
        }
        self.stems.get(word)?.as_deref()
    }
}

/// How many articles of an archive hold each stem.
#[derive(Default)]
pub(super) struct Archive {
    articles: u32,
    ids: HashMap<String, u32>,
    holders: Vec<u32>,
}

/// An article in the coordinates of an [`Archive`], of length 1: stem number and weight, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Vector(pub Vec<(u32, f32)>);

/// Stems by their numbers in an [`Archive`], and how often each stands there.
pub(super) struct Counts(Vec<(u32, u32)>);

impl Archive {
    pub fn add(&mut self, terms: &Terms) -> Counts {
        self.articles = self.articles.saturating_add(1);
        let mut counts = Vec::with_capacity(terms.0.len());
        for (stem, count) in &terms.0 {
            let id = match self.ids.get(stem) {
                Some(id) => *id,
                None => {
                    let id = u32::try_from(self.holders.len()).unwrap_or(u32::MAX);
                    self.ids.insert(stem.clone(), id);
                    self.holders.push(0);
                    id
                }
            };
            if let Some(holders) = self.holders.get_mut(id as usize) {
                *holders = holders.saturating_add(1);
            }
            counts.push((id, *count));
        }
        counts.sort_unstable_by_key(|(id, _)| *id);
        Counts(counts)
    }

    /// Weighs what was added, once all are added.
    pub fn vector(&self, counts: &Counts) -> Vector {
        let weigh = |(id, count): &(u32, u32)| {
            let holders = self.holders.get(*id as usize).copied().unwrap_or(0);
            let weight = (1.0 + number(*count).ln()) * self.idf(holders);
            (weight > 0.0).then_some((*id, weight))
        };
        let mut all: Vec<(u32, f32)> = counts.0.iter().filter_map(weigh).collect();
        let length = all.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        if length > 0.0 {
            all.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        Vector(all)
    }

    /// Smoothed, so that the few articles of a new archive are not all alike nor all unlike.
    fn idf(&self, holders: u32) -> f32 {
        ((number(self.articles) + 1.0) / (number(holders) + 0.5)).ln().max(0.0)
    }
}

impl Vector {
    /// 0 (nothing in common) to 1.
    #[cfg(test)]
    pub fn cosine(&self, other: &Self) -> f32 {
        let mut sum = 0.0;
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some((i, x)), Some((j, y))) = (a.peek(), b.peek()) {
            match i.cmp(j) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    sum += x * y;
                    a.next();
                    b.next();
                }
            }
        }
        sum
    }
}

/// Counts beyond 65,535 count as that: an archive is smaller.
fn number(count: u32) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
