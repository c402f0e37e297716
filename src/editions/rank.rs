//! The order of the day: a score for each story whose addends can be read, and the order that follows from it.
//!
//! Pure and deterministic: the same stories at the same cutoff give the same order, ties by article id. It judges what
//! the articles themselves show (age, length, image, section, how many sources tell the story); what an editor knows
//! better, an editor says by a pin, and a pin is obeyed. Where a story stands in the mail is [`super::place`]'s.

use super::model::{ScoreParts, Story};
use crate::base::Timestamp;
use crate::gather::ArticleId;
use crate::publications::{Section, SectionId, Slot, SourceId};

/// A claimed article before it has a place.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub article_id: ArticleId,
    pub section_id: Option<SectionId>,
    pub source_id: SourceId,
    pub first_seen_at: Timestamp,
    /// How many sources tell the story, this one among them.
    pub sources: i64,
    pub breaking: bool,
    pub sticky: bool,
    pub story: Story,
}

/// A claimed article with what it scored.
#[derive(Clone, Debug)]
pub struct Ranked {
    pub candidate: Candidate,
    pub score_millis: i64,
    pub score_parts: ScoreParts,
}

/// What the stories of an edition are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Scale<'a> {
    pub sections: &'a [Section],
    pub cutoff_at: Timestamp,
    /// A story loses half of its recency in this time.
    pub half_life_minutes: i64,
}

impl<'a> Scale<'a> {
    pub fn of(sections: &'a [Section], slots: &[Slot], cutoff_at: Timestamp) -> Self {
        Self { sections, cutoff_at, half_life_minutes: half_life_minutes(slots) }
    }
}

/// Six hours for what comes out daily or nearly so. What comes out less often covers more days, and they must not all
/// count as old: a weekly's half-life is seven times as long.
fn half_life_minutes(slots: &[Slot]) -> i64 {
    let days = slots.iter().fold(0, |days, slot| days | (slot.weekdays & 0x7f)).count_ones();
    let days_between = i64::from(7_u32.checked_div(days).unwrap_or(1));
    RECENCY_HALF_LIFE_MINUTES * days_between
}

const RECENCY_HALF_LIFE_MINUTES: i64 = 6 * 60;
const RECENCY_MILLIS: i64 = 1000;
/// Length counts up to here; beyond it a story is not more important for being longer.
const LENGTH_WORDS_MAX: i64 = 800;
const LENGTH_MILLIS: i64 = 300;
const IMAGE_MILLIS: i64 = 200;
/// The first section of the editorial order; the others fall off evenly. Times the section's own weight.
const SECTION_MILLIS: i64 = 150;
/// For each further source that tells the same story, up to four.
const SOURCE_MILLIS: i64 = 150;
const FURTHER_SOURCES_MAX: i64 = 4;
const BREAKING_MILLIS: i64 = 800;
const STICKY_MILLIS: i64 = 500;
/// Above whatever the other addends can sum up to, and more for an earlier place.
const PIN_MILLIS: i64 = 100_000;
const PIN_STEP_MILLIS: i64 = 1_000;
/// At most this many stories of one section among the first five.
const OF_ONE_SECTION_MAX: usize = 2;
/// At most this many stories of one source among the first five.
const OF_ONE_SOURCE_MAX: usize = 3;
const LEADING_STORIES: usize = 5;

/// Scores and orders the stories.
pub fn rank(candidates: Vec<Candidate>, scale: &Scale<'_>) -> Vec<Ranked> {
    let mut scored: Vec<Option<Ranked>> = candidates
        .into_iter()
        .map(|candidate| {
            let score_parts = score(&candidate, scale);
            Some(Ranked { score_millis: score_parts.0.values().sum(), score_parts, candidate })
        })
        .collect();
    let standing: Vec<Standing> = scored
        .iter()
        .flatten()
        .map(|it| Standing {
            score_millis: it.score_millis,
            article_id: it.candidate.article_id,
            section_id: it.candidate.section_id,
            source_id: it.candidate.source_id,
            pinned: None,
        })
        .collect();
    order(&standing).into_iter().filter_map(|index| scored.get_mut(index).and_then(Option::take)).collect()
}

/// What the order is made from.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub score_millis: i64,
    pub article_id: ArticleId,
    pub section_id: Option<SectionId>,
    pub source_id: SourceId,
    /// The place that an editor gave it, from 1.
    pub pinned: Option<i64>,
}

/// The indexes of the stories in their order: those with a pin at their place, or next to it where two want the same
/// one; the others by score, ties by id, but no section and no source fills the head of the mail alone while others
/// have something to say.
pub fn order(stories: &[Standing]) -> Vec<usize> {
    let by = |wanted: bool| {
        let mut indexes: Vec<usize> = (0..stories.len()).collect();
        indexes.retain(|index| stories.get(*index).is_some_and(|it| it.pinned.is_some() == wanted));
        indexes
    };
    let story = |index: &usize| stories.get(*index);
    let (mut pinned, mut free) = (by(true), by(false));
    pinned.sort_by_key(|index| story(index).map(|it| (it.pinned, it.article_id)));
    free.sort_by_key(|index| story(index).map(|it| (std::cmp::Reverse(it.score_millis), it.article_id)));
    pinned.reverse();
    let mut head: Vec<usize> = Vec::with_capacity(stories.len());
    while head.len() < stories.len() {
        let place = i64::try_from(head.len() + 1).unwrap_or(i64::MAX);
        let is_wanted = |index: &usize| story(index).and_then(|it| it.pinned).is_some_and(|pin| pin <= place);
        let next = match pinned.last() {
            Some(index) if is_wanted(index) || free.is_empty() => pinned.pop(),
            _ => Some(free.remove(mixed(stories, &head, &free))),
        };
        head.extend(next);
    }
    head
}

/// Which of the free stories is next: the first one, unless the head has enough of its section or source.
fn mixed(stories: &[Standing], head: &[usize], free: &[usize]) -> usize {
    if head.len() >= LEADING_STORIES {
        return 0;
    }
    let count = |is_same: &dyn Fn(&Standing) -> bool| {
        head.iter().filter_map(|index| stories.get(*index)).filter(|it| is_same(it)).count()
    };
    let section_fits = |it: &Standing| {
        it.section_id.is_none() || count(&|other| other.section_id == it.section_id) < OF_ONE_SECTION_MAX
    };
    let source_fits = |it: &Standing| count(&|other| other.source_id == it.source_id) < OF_ONE_SOURCE_MAX;
    let find = |fits: &dyn Fn(&Standing) -> bool| free.iter().position(|index| stories.get(*index).is_some_and(fits));
    find(&|it| section_fits(it) && source_fits(it))
        .or_else(|| find(&section_fits))
        .or_else(|| find(&source_fits))
        .unwrap_or(0)
}

/// What a pin adds to a score, so that the printed sum says why the story stands where it stands.
pub fn pin_millis(place: i64) -> i64 {
    (PIN_MILLIS - place.saturating_mul(PIN_STEP_MILLIS)).max(PIN_STEP_MILLIS)
}

fn score(candidate: &Candidate, scale: &Scale<'_>) -> ScoreParts {
    let mut parts = ScoreParts::default();
    let mut add = |name: &str, millis: i64| {
        if millis != 0 {
            parts.0.insert(name.to_owned(), millis);
        }
    };
    let story = &candidate.story;
    // A date in the future is a mistake of the site's; it is not rewarded.
    let shown_at = story.published_at.unwrap_or(candidate.first_seen_at).min(scale.cutoff_at);
    let age_minutes = scale.cutoff_at.since(shown_at).as_seconds() / 60;
    add("recency", recency(age_minutes, scale.half_life_minutes));
    add("length", story.word_count.clamp(0, LENGTH_WORDS_MAX) * LENGTH_MILLIS / LENGTH_WORDS_MAX);
    add("image", if story.image.is_some() { IMAGE_MILLIS } else { 0 });
    add("sources", (candidate.sources - 1).clamp(0, FURTHER_SOURCES_MAX) * SOURCE_MILLIS);
    add("breaking", if candidate.breaking { BREAKING_MILLIS } else { 0 });
    add("sticky", if candidate.sticky { STICKY_MILLIS } else { 0 });
    let place = scale.sections.iter().position(|section| Some(section.id) == candidate.section_id);
    if let (Some(place), Ok(count)) = (place, i64::try_from(scale.sections.len())) {
        let weight = scale.sections.get(place).map_or(100, |section| section.weight_percent);
        let place = i64::try_from(place).unwrap_or(count);
        add("section", SECTION_MILLIS * (count - place) / count.max(1) * weight / 100);
    }
    parts
}

/// Halves for each half-life, in whole numbers so that every machine agrees; linear between the halvings.
fn recency(age_minutes: i64, half_life_minutes: i64) -> i64 {
    let half_life = half_life_minutes.max(1);
    let halvings = age_minutes / half_life;
    if halvings >= 20 {
        return 0;
    }
    let from = RECENCY_MILLIS >> halvings;
    let to = RECENCY_MILLIS >> (halvings + 1);
    from - (from - to) * (age_minutes % half_life) / half_life
}

#[cfg(test)]
mod tests;
