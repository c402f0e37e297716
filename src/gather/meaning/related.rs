//! What to read next: articles of the archive that are about the same things and do not tell the same story. Pure.
//!
//! The score is the cosine of [`super::terms`], halved for every [`HALF_LIFE`] between the two; from [`SCORE_MIN`] it is
//! worth showing, and below nothing is shown at all. Articles with little text are near to nothing.

use super::terms::{Archive, Counts, Terms, Vector};
use crate::base::{Span, Timestamp};
use crate::gather::ArticleId;
use std::collections::{HashMap, HashSet};

/// Of two articles equally near, the one that is this much older counts half.
pub(super) const HALF_LIFE: Span = Span::days(90);
/// Of the pairs of the Lee corpus, people found none of those this near unlike (`lee.rs` counts them).
pub(super) const SCORE_MIN: f32 = 0.15;
/// So near is the same story in other words, whatever the shingles say.
const SAME_STORY_MIN: f32 = 0.8;
/// Different stems that an article must have.
const STEMS_MIN: usize = 15;
/// Kept for each article: some will be in the same edition, and fall away when it is composed.
pub(super) const KEPT_MAX: usize = 6;

/// An article that may be related to others.
pub(super) struct Reading {
    pub id: ArticleId,
    pub story_key: String,
    /// Primary tag; articles in two languages are not related.
    pub language: String,
    /// When it was published, as far as can be told.
    pub at: Timestamp,
    pub terms: Terms,
}

/// When it was published; without a date, or with one in the future, when it was seen.
pub(super) fn dated(published: Option<Timestamp>, seen: Timestamp) -> Timestamp {
    published.map_or(seen, |at| at.min(seen))
}

/// For each of `new`, in order: what of `archive` and of `new` itself it should lead to, the nearest first, with its
/// score of 1000. `same_story` holds pairs (either way round) that tell one story.
pub(super) fn related(
    new: &[Reading],
    archive: &[Reading],
    same_story: &HashSet<(ArticleId, ArticleId)>,
) -> Vec<Vec<(ArticleId, u32)>> {
    let mut counted = Archive::default();
    let counts: Vec<Counts> = archive.iter().chain(new).map(|it| counted.add(&it.terms)).collect();
    let vectors: Vec<Vector> = counts.iter().map(|it| counted.vector(it)).collect();
    let mut places: HashMap<u32, Vec<(usize, f32)>> = HashMap::new();
    for (place, vector) in vectors.iter().skip(archive.len()).enumerate() {
        for (stem, weight) in &vector.0 {
            places.entry(*stem).or_default().push((place, *weight));
        }
    }
    let mut found: Vec<Vec<(ArticleId, f32)>> = vec![Vec::new(); new.len()];
    let mut cosines = vec![0.0_f32; new.len()];
    for (other, vector) in archive.iter().chain(new).zip(&vectors) {
        if other.terms.0.len() < STEMS_MIN {
            continue;
        }
        cosines.fill(0.0);
        for (stem, weight) in &vector.0 {
            for (place, own) in places.get(stem).map(Vec::as_slice).unwrap_or_default() {
                if let Some(cosine) = cosines.get_mut(*place) {
                    *cosine += weight * own;
                }
            }
        }
        for ((it, cosine), list) in new.iter().zip(&cosines).zip(&mut found) {
            if let Some(score) = score(it, other, *cosine, same_story) {
                list.push((other.id, score));
            }
        }
    }
    found.into_iter().map(best).collect()
}

fn score(it: &Reading, other: &Reading, cosine: f32, same_story: &HashSet<(ArticleId, ArticleId)>) -> Option<f32> {
    let is_other_story = it.id != other.id
        && it.story_key != other.story_key
        && cosine < SAME_STORY_MIN
        && !same_story.contains(&(it.id, other.id))
        && !same_story.contains(&(other.id, it.id));
    let is_earlier = other.at <= it.at && it.language == other.language && it.terms.0.len() >= STEMS_MIN;
    let score = cosine * fading(it.at.since(other.at));
    (score >= SCORE_MIN && is_other_story && is_earlier).then_some(score)
}

/// 1 for no age, half for each half-life.
fn fading(age: Span) -> f32 {
    let hours = |span: Span| f32::from(u16::try_from(span.as_seconds() / 3_600).unwrap_or(u16::MAX));
    0.5_f32.powf(hours(age) / hours(HALF_LIFE))
}

fn best(mut list: Vec<(ArticleId, f32)>) -> Vec<(ArticleId, u32)> {
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    list.truncate(KEPT_MAX);
    list.into_iter().map(|(id, score)| (id, permille(score))).collect()
}

/// A score is between 0 and 1; counted down, so that no float is cast.
fn permille(score: f32) -> u32 {
    (0..=1000_u16).rev().find(|step| f32::from(*step) <= score * 1000.0).map_or(0, u32::from)
}
