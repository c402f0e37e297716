//! An article as a bag of stems, and how near two bags are: cosine of TF-IDF (Salton and Buckley 1988), with counts
//! dampened by a logarithm and the words of the title counted more. Pure.
//!
//! The bar, and how to measure it: `lee.rs`.

use super::{lexicon, words};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

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

impl Terms {
    /// `language` is BCP 47; without one, or in a language without a stemmer, words stand for themselves.
    pub fn of(title: &str, body: &str, language: &str) -> Self {
        let stemmer = lexicon::stemmer(language);
        let fillers = lexicon::fillers(language);
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut known: HashMap<String, Option<String>> = HashMap::new();
        let title = words::split(title).into_iter().map(|word| (word, TITLE_COUNT));
        let body = words::split(body).into_iter().take(WORDS_MAX).map(|word| (word, 1));
        for (word, count) in title.chain(body) {
            let stem = known.entry(word).or_insert_with_key(|word| {
                let is_said = !fillers.contains(word.as_str())
                    && (word.len() > 3 || word.chars().count() >= STEM_CHARS_MIN || !word.is_ascii())
                    && !word.chars().all(|c| c.is_ascii_digit());
                is_said.then(|| stemmer.as_ref().map_or_else(|| word.clone(), |it| it.stem(word).into_owned()))
            });
            if let Some(stem) = stem {
                *counts.entry(stem.clone()).or_default() += count;
            }
        }
        if counts.len() > STEMS_MAX {
            let mut all: Vec<(String, u32)> = counts.into_iter().collect();
            all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            all.truncate(STEMS_MAX);
            counts = all.into_iter().collect();
        }
        Self(counts)
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
