//! How much of two texts is word for word the same: the Jaccard likeness of their 4-word shingles (Broder 1997), for
//! many pairs at once. Pure.
//!
//! Shingles are kept as 64-bit digests. An [`Index`] holds those of the new texts alone; the others are laid against it
//! one after the other and need not be in memory together. Work is linear in the words, but for shingles that many of
//! the new texts share.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

const WORDS_OF_SHINGLE: usize = 4;
/// A shingle that so many texts of one source hold is furniture of that source: a footer, a call to subscribe.
const FURNITURE_TEXTS_MIN: u8 = 3;
/// A shingle that more of the new texts hold than this tells none of them from another; it is counted no further.
const HOLDERS_MAX: usize = 64;

/// The shingles of one text, each once, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Shingles(Vec<u64>);

impl Shingles {
    pub fn of(words: &[String]) -> Self {
        let digests: Vec<u64> = words.iter().map(|word| super::words::digest(word)).collect();
        let mut all: Vec<u64> = digests.windows(WORDS_OF_SHINGLE).map(mix).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    pub const fn len(&self) -> usize {
        self.0.len()
    }
}

fn mix(window: &[u64]) -> u64 {
    window.iter().fold(0, |sum: u64, digest| sum.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ digest)
}

/// Of 1000; 0 for two empty sets.
pub(super) fn permille(common: usize, one: usize, other: usize) -> u32 {
    let all = (one + other).saturating_sub(common);
    (common * 1000).checked_div(all).and_then(|it| u32::try_from(it).ok()).unwrap_or(0)
}

/// What two texts have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Overlap {
    /// Place of the new text in the index.
    pub text: usize,
    pub shared: usize,
    /// Jaccard, of 1000.
    pub permille: u32,
}

struct Text {
    source: i64,
    shingles: Shingles,
    /// For each shingle, how many texts of the same source hold it, this one included.
    holders: Vec<u8>,
}

/// A digest needs no second one.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The new texts, by shingle.
#[derive(Default)]
pub(super) struct Index {
    texts: Vec<Text>,
    /// Text and place of the shingle in it.
    places: HashMap<u64, Vec<(u32, u32)>, BuildHasherDefault<AsItIs>>,
}

impl Index {
    /// Adds a text and answers what it shares with those added before.
    pub fn add(&mut self, source: i64, shingles: Shingles) -> Vec<Overlap> {
        let overlaps = self.overlaps(source, &shingles);
        let text = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let mut holders = vec![1_u8; shingles.len()];
        for ((shingle, holder), place) in shingles.0.iter().zip(&mut holders).zip(0_u32..) {
            let places = self.places.entry(*shingle).or_default();
            let same_source = |it: &&(u32, u32)| self.texts.get(it.0 as usize).is_some_and(|it| it.source == source);
            let before = places.iter().filter(same_source).count();
            *holder = u8::try_from(before + 1).unwrap_or(u8::MAX);
            if places.len() < HOLDERS_MAX {
                places.push((text, place));
            }
        }
        self.texts.push(Text { source, shingles, holders });
        overlaps
    }

    /// What a text that is not in the index shares with those that are.
    pub fn overlaps(&mut self, source: i64, shingles: &Shingles) -> Vec<Overlap> {
        let mut shared: HashMap<u32, usize> = HashMap::new();
        for shingle in &shingles.0 {
            let Some(places) = self.places.get(shingle) else { continue };
            for (text, place) in places {
                *shared.entry(*text).or_default() += 1;
                if let Some(it) = self.texts.get_mut(*text as usize).filter(|it| it.source == source)
                    && let Some(holders) = it.holders.get_mut(*place as usize)
                {
                    *holders = holders.saturating_add(1);
                }
            }
        }
        let overlap = |(text, shared): (u32, usize)| {
            let text = text as usize;
            let other = self.texts.get(text).map_or(0, |it| it.shingles.len());
            Overlap { text, shared, permille: permille(shared, shingles.len(), other) }
        };
        let mut all: Vec<Overlap> = shared.into_iter().map(overlap).collect();
        all.sort_unstable_by_key(|it| it.text);
        all
    }

    /// The likeness of a new text and another, once all were laid against the index, without the furniture of the new
    /// text's source: shingles left in common, and Jaccard of 1000.
    pub fn without_furniture(&self, text: usize, other: &Shingles) -> (usize, u32) {
        let Some(it) = self.texts.get(text) else { return (0, 0) };
        let mut common = 0;
        let (mut own, mut others) = (0, other.len());
        for (shingle, holders) in it.shingles.0.iter().zip(&it.holders) {
            let is_shared = other.0.binary_search(shingle).is_ok();
            if *holders < FURNITURE_TEXTS_MIN {
                own += 1;
                common += usize::from(is_shared);
            } else if is_shared {
                others -= 1;
            }
        }
        (common, permille(common, own, others))
    }

    pub fn shingles(&self, text: usize) -> Option<&Shingles> {
        self.texts.get(text).map(|it| &it.shingles)
    }
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;
    use proptest::prelude::*;

    fn shingles(text: &str) -> Shingles {
        Shingles::of(&words::split(text))
    }

    fn likeness(one: &str, other: &str) -> u32 {
        let mut index = Index::default();
        index.add(1, shingles(one));
        index.overlaps(2, &shingles(other)).first().map_or(0, |it| it.permille)
    }

    proptest! {
        #[test]
        fn likeness_is_what_the_definition_says(one in "([ab] ){0,30}", other in "([ab] ){0,30}") {
            let set = |text: &str| -> std::collections::BTreeSet<Vec<String>> {
                words::split(text).windows(4).map(<[String]>::to_vec).collect()
            };
            let (a, b) = (set(&one), set(&other));
            let (common, all) = (a.intersection(&b).count(), a.union(&b).count());
            let wanted = u32::try_from((common * 1000).checked_div(all).unwrap_or(0)).unwrap();
            prop_assert_eq!(likeness(&one, &other), wanted);
            prop_assert_eq!(likeness(&other, &one), wanted);
        }

        #[test]
        fn a_text_is_wholly_like_itself(text in "([a-z]{1,8} ){4,60}") {
            prop_assert_eq!(likeness(&text, &text), 1000);
        }
    }

    #[test]
    fn what_a_source_says_under_every_article_is_not_counted() {
        let footer = "follow us on every channel and read the newsletter each evening at six";
        let mut index = Index::default();
        for text in ["the harbour opens on monday to ferries", "a new school is built in the north"] {
            index.add(1, shingles(&format!("{text} {footer}")));
        }
        let third = shingles(&format!("nobody has seen the mayor since easter {footer}"));
        assert_eq!(index.overlaps(1, &third).len(), 2);
        assert_eq!(index.without_furniture(0, &third).0, 0);
    }
}
