//! Where two texts that are nearly the same differ. Pure, and linear: both are read side by side, and after a difference
//! the nearest place is sought at which three words agree again.
//!
//! Made for copies, which have the same paragraphs in the same order. Of texts that have not it finds too many
//! differences, never too few, which errs on the side of keeping both.

use super::words::{self, Word};
use std::collections::HashMap;
use std::ops::Range;

/// Words in a row that must agree after a difference.
const AGREE_MIN: usize = 3;
/// Words beyond a difference within which they are sought.
const REACH: usize = 250;

/// A stretch of either text that the other has not; one of the two may be empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Difference {
    pub one: Range<usize>,
    pub other: Range<usize>,
}

/// In order, as places in the lists of words.
pub(super) fn differences(one: &[Word], other: &[Word]) -> Vec<Difference> {
    let a: Vec<u64> = one.iter().map(|word| words::digest(&word.text)).collect();
    let b: Vec<u64> = other.iter().map(|word| words::digest(&word.text)).collect();
    let mut out = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a.get(i) == b.get(j) {
            i += 1;
            j += 1;
            continue;
        }
        let (skip_a, skip_b) = resume(a.get(i..).unwrap_or_default(), b.get(j..).unwrap_or_default());
        out.push(Difference { one: i..i + skip_a, other: j..j + skip_b });
        i += skip_a;
        j += skip_b;
    }
    out
}

/// How far to go in each until they agree again, the nearest such place; at least one word in one of them.
fn resume(a: &[u64], b: &[u64]) -> (usize, usize) {
    let window = |words: &[u64]| words.get(..words.len().min(REACH + AGREE_MIN)).unwrap_or_default().to_vec();
    let (near_a, near_b) = (window(a), window(b));
    let mut places: HashMap<&[u64], usize> = HashMap::new();
    for (place, run) in near_b.windows(AGREE_MIN).enumerate() {
        places.entry(run).or_insert(place);
    }
    let inner = near_a.windows(AGREE_MIN).enumerate().filter_map(|(at, run)| Some((at, *places.get(run)?)));
    if let Some(found) = inner.min_by_key(|(at, place)| at + place) {
        return found;
    }
    // The last words of both may agree and be fewer than a run.
    if a.len() <= REACH && b.len() <= REACH {
        let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
        return (a.len() - tail, b.len() - tail);
    }
    (a.len().min(REACH), b.len().min(REACH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(one: &str, other: &str) -> Vec<(String, String)> {
        let (a, b) = (words::weigh(one, "en"), words::weigh(other, "en"));
        let text = |words: &[Word]| words.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join(" ");
        differences(&a, &b).into_iter().map(|it| (text(&a[it.one]), text(&b[it.other]))).collect()
    }

    #[test]
    fn what_was_put_in_left_out_and_replaced_is_found() {
        let found = of(
            "The new harbour quay of Norrholm opens on Monday, the mayor said in the evening",
            "The harbour quay of Sandvik opens on Monday, the mayor said",
        );
        let wanted = [("new", ""), ("norrholm", "sandvik"), ("in the evening", "")];
        assert_eq!(found, wanted.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    proptest! {
        #[test]
        fn everything_outside_the_differences_is_the_same(one in "([abc] ){0,60}", other in "([abc] ){0,60}") {
            let (a, b) = (words::weigh(&one, ""), words::weigh(&other, ""));
            let (mut i, mut j) = (0, 0);
            for it in differences(&a, &b) {
                prop_assert!(!it.one.is_empty() || !it.other.is_empty());
                prop_assert_eq!(&a[i..it.one.start], &b[j..it.other.start]);
                (i, j) = (it.one.end, it.other.end);
            }
            prop_assert_eq!(&a[i..], &b[j..]);
        }
    }
}
