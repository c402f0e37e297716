//! Whether two articles are one story told twice, an update or a part of a series, or have nothing to do with each other.
//! Pure.
//!
//! It promises: no false copy. Shingles alone would fold a match report into the next one, or Tuesday's weather into
//! Monday's: texts made from one mould, which differ in nothing but names and numbers. So a likeness of 0.8 is a copy
//! only if what differs says nothing else: no number, name, day or negation stands in place of another, few plain words
//! do, and the headlines are not two of a series. What fails is an update, which an editor sees and readers get. Texts
//! of under 40 words, and texts that are furniture of their source, are never compared by their words. Held to it by
//! the tests below and by the moulds in `tests/moulds.rs`.

use super::agency;
use super::differences::{Difference, differences};
use super::lexicon;
use super::words::{self, Weight, Word};
use crate::base::{Span, Timestamp};
use std::collections::HashSet;

/// Texts shorter than this are never alike by their words.
pub(super) const WORDS_MIN: usize = 40;
/// Words of a text that are compared; what follows changes nothing.
pub(super) const WORDS_MAX: usize = 20_000;
/// Jaccard likeness of a copy, of 1000.
const COPY_PERMILLE_MIN: u32 = 800;
/// Jaccard likeness of an update or a part of a series, of 1000.
pub(super) const UPDATE_PERMILLE_MIN: u32 = 300;
/// A source that shows the same text again after this long means it.
const SAME_SOURCE_MAX: Span = Span::hours(20);
/// Of 1000, for headlines by their words without fillers.
const HEADLINES_ALIKE_MIN: u32 = 500;
const HEADLINES_SAME_MIN: u32 = 800;
/// A source that shows one text under two headlines: that long, and it is one article.
const SAME_SOURCE_WORDS_MIN: usize = 300;
/// One plain word in so many may be another one in a copy.
const PLAIN_ONE_IN: usize = 60;
/// The same under a headline that is alike.
const PLAIN_ONE_IN_ALIKE: usize = 20;

/// So few words with a negation among them turn the sentence they are put into.
const TURNED_WORDS_MAX: usize = 3;

/// An article as the comparison sees it.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub source: i64,
    pub seen_at: Timestamp,
    pub title: Vec<Word>,
    pub body: Vec<Word>,
}

impl Text {
    pub fn of(source: i64, seen_at: Timestamp, title: &str, body: &str, language: &str) -> Self {
        let mut body = words::weigh(agency::without_dateline(body), language);
        body.truncate(WORDS_MAX);
        Self { source, seen_at, title: words::weigh(title, language), body }
    }

    /// Whether there is enough of it to be compared by its words.
    pub fn is_telling(&self) -> bool {
        let texts: Vec<&str> = self.body.iter().map(|word| word.text.as_str()).collect();
        words::count(&texts) >= WORDS_MIN
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Likeness {
    /// The same story; one of the two is enough.
    Copy,
    /// An editor should see them side by side.
    Update,
    Unrelated,
}

/// How much two texts share, from the shingles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    /// Jaccard, of 1000.
    pub permille: u32,
    /// Without what the source says under every article: shingles in common, and Jaccard of 1000.
    pub own_shared: usize,
    pub own_permille: u32,
}

pub(super) fn judge(one: &Text, other: &Text, it: Measured) -> Likeness {
    if it.permille < UPDATE_PERMILLE_MIN || !one.is_telling() || !other.is_telling() {
        return Likeness::Unrelated;
    }
    let headlines = headline_likeness(one, other);
    if it.own_permille < UPDATE_PERMILLE_MIN && headlines < HEADLINES_ALIKE_MIN {
        return Likeness::Unrelated;
    }
    let is_near = it.permille >= COPY_PERMILLE_MIN && it.own_permille >= COPY_PERMILLE_MIN;
    if !is_near || it.own_shared < WORDS_MIN || is_series(one, other, headlines) {
        return Likeness::Update;
    }
    if one.source == other.source && !is_shown_twice(one, other, headlines) {
        return Likeness::Update;
    }
    if says_something_else(one, other, headlines) { Likeness::Update } else { Likeness::Copy }
}

/// Jaccard of the words of both headlines, without fillers, of 1000.
fn headline_likeness(one: &Text, other: &Text) -> u32 {
    let (a, b) = (said(&one.title), said(&other.title));
    super::shingles::permille(a.intersection(&b).count(), a.len(), b.len())
}

fn said(words: &[Word]) -> HashSet<&str> {
    words.iter().filter(|word| word.weight != Weight::Filler).map(|word| word.text.as_str()).collect()
}

/// Headlines from one mould: `Weather for Monday`, `Weather for Tuesday`.
fn is_series(one: &Text, other: &Text, headlines: u32) -> bool {
    let (a, b) = (said(&one.title), said(&other.title));
    let differs = |mine: &Text, theirs: &HashSet<&str>, is: fn(&Text, &Word) -> bool| {
        mine.title.iter().any(|word| !theirs.contains(word.text.as_str()) && is(mine, word))
    };
    let tells = |_: &Text, word: &Word| word.weight == Weight::Telling;
    // Headlines are often capitalised throughout: the body knows what is a name.
    let names = |text: &Text, word: &Word| text.body.iter().any(|it| it.weight == Weight::Name && it.text == word.text);
    let both = |is: fn(&Text, &Word) -> bool| differs(one, &b, is) && differs(other, &a, is);
    (headlines >= UPDATE_PERMILLE_MIN && both(tells)) || (headlines >= HEADLINES_ALIKE_MIN && both(names))
}

/// One source shows the same article at two addresses: on the same day, under the same headline, or at length.
fn is_shown_twice(one: &Text, other: &Text, headlines: u32) -> bool {
    let apart = one.seen_at.max(other.seen_at).since(one.seen_at.min(other.seen_at));
    let is_long = one.body.len().min(other.body.len()) >= SAME_SOURCE_WORDS_MIN;
    apart <= SAME_SOURCE_MAX && (headlines >= HEADLINES_SAME_MIN || is_long)
}

fn says_something_else(one: &Text, other: &Text, headlines: u32) -> bool {
    let set = |text: &Text| -> HashSet<String> { text.body.iter().map(|word| word.text.clone()).collect() };
    let (all_one, all_other) = (set(one), set(other));
    let mut plain_replaced = 0;
    let (mut added_one, mut added_other) = (false, false);
    for Difference { one: a, other: b } in differences(&one.body, &other.body) {
        let (a, b) = (one.body.get(a).unwrap_or_default(), other.body.get(b).unwrap_or_default());
        let (only_a, only_b) = (without(a, b), without(b, a));
        let any = |words: &[&Word], weight: Weight| words.iter().any(|word| word.weight == weight);
        if !a.is_empty() && !b.is_empty() {
            let is_other_fact = any(&only_a, Weight::Telling) || any(&only_b, Weight::Telling);
            let is_other_name = any(&only_a, Weight::Name) && any(&only_b, Weight::Name);
            if is_other_fact || is_other_name {
                return true;
            }
        }
        let is_turned =
            |words: &[Word]| words.len() <= TURNED_WORDS_MAX && words.iter().any(|it| lexicon::is_negation(&it.text));
        if (a.is_empty() && is_turned(b)) || (b.is_empty() && is_turned(a)) {
            return true;
        }
        let plain = |words: &[&Word]| words.iter().filter(|word| word.weight != Weight::Filler).count();
        if !only_a.is_empty() && !only_b.is_empty() {
            plain_replaced += plain(&only_a).max(plain(&only_b));
        }
        added_one |= is_news(&only_a, &all_other);
        added_other |= is_news(&only_b, &all_one);
    }
    let one_in = if headlines >= HEADLINES_ALIKE_MIN { PLAIN_ONE_IN_ALIKE } else { PLAIN_ONE_IN };
    // Each has facts of its own: neither can stand for the other.
    (added_one && added_other) || plain_replaced > one.body.len().min(other.body.len()) / one_in
}

/// Words of a stretch that its counterpart has not.
fn without<'a>(stretch: &'a [Word], counterpart: &[Word]) -> Vec<&'a Word> {
    let theirs: HashSet<&str> = counterpart.iter().map(|word| word.text.as_str()).collect();
    stretch.iter().filter(|word| !theirs.contains(word.text.as_str())).collect()
}

fn is_news(words: &[&Word], elsewhere: &HashSet<String>) -> bool {
    words
        .iter()
        .any(|word| matches!(word.weight, Weight::Name | Weight::Telling) && !elsewhere.contains(word.text.as_str()))
}
