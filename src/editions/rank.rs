//! The order of the day: a score for each story whose addends can be read, and what follows from it.
//!
//! Pure and deterministic: the same stories at the same cutoff give the same order, ties by article id. It judges what
//! the articles themselves show (age, length, image, section); what an editor knows better, an editor says.

use super::model::{Placement, ScoreParts, Story};
use crate::base::Timestamp;
use crate::gather::ArticleId;
use crate::publications::{Publication, Section, SectionId};

/// A claimed article before it has a place.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub article_id: ArticleId,
    pub section_id: Option<SectionId>,
    pub first_seen_at: Timestamp,
    pub story: Story,
}

/// A claimed article in its place.
#[derive(Clone, Debug)]
pub struct Ranked {
    pub candidate: Candidate,
    pub placement: Placement,
    pub score_millis: i64,
    pub score_parts: ScoreParts,
}

/// How many stories stand in full, and how many as headlines.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub full: usize,
    pub headlines: usize,
}

impl Room {
    pub fn of(publication: &Publication) -> Self {
        Self {
            full: usize::try_from(publication.full_items_max).unwrap_or(1).max(1),
            headlines: usize::try_from(publication.headline_items_max).unwrap_or(0),
        }
    }
}

/// A story loses half of its recency in six hours.
const RECENCY_HALF_LIFE_MINUTES: i64 = 6 * 60;
const RECENCY_MILLIS: i64 = 1000;
/// Length counts up to here; beyond it a story is not more important for being longer.
const LENGTH_WORDS_MAX: i64 = 800;
const LENGTH_MILLIS: i64 = 300;
const IMAGE_MILLIS: i64 = 200;
/// The first section of the editorial order; the others fall off evenly.
const SECTION_MILLIS: i64 = 150;
/// At most this many stories of one section among the first five.
const OF_ONE_SECTION_MAX: usize = 2;
const LEADING_STORIES: usize = 5;

/// Scores, orders and places the stories.
pub fn rank(candidates: Vec<Candidate>, sections: &[Section], cutoff_at: Timestamp, room: Room) -> Vec<Ranked> {
    let mut scored: Vec<(i64, ScoreParts, Candidate)> = candidates
        .into_iter()
        .map(|candidate| {
            let parts = score(&candidate, sections, cutoff_at);
            (parts.0.values().sum(), parts, candidate)
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.2.article_id.cmp(&b.2.article_id)));
    mix_sections(&mut scored);
    scored
        .into_iter()
        .enumerate()
        .map(|(index, (score_millis, score_parts, candidate))| Ranked {
            candidate,
            placement: place(index, room),
            score_millis,
            score_parts,
        })
        .collect()
}

/// The place of the story at this index of the order.
pub fn place(index: usize, room: Room) -> Placement {
    match index {
        0 => Placement::Top,
        _ if index < room.full => Placement::Full,
        _ if index < room.full + room.headlines => Placement::Headline,
        _ => Placement::Overflow,
    }
}

fn score(candidate: &Candidate, sections: &[Section], cutoff_at: Timestamp) -> ScoreParts {
    let mut parts = ScoreParts::default();
    let story = &candidate.story;
    // A date in the future is a mistake of the site's; it is not rewarded.
    let shown_at = story.published_at.unwrap_or(candidate.first_seen_at).min(cutoff_at);
    let age_minutes = cutoff_at.since(shown_at).as_seconds() / 60;
    parts.0.insert("recency".to_owned(), recency(age_minutes));
    parts.0.insert("length".to_owned(), story.word_count.clamp(0, LENGTH_WORDS_MAX) * LENGTH_MILLIS / LENGTH_WORDS_MAX);
    if story.image.is_some() {
        parts.0.insert("image".to_owned(), IMAGE_MILLIS);
    }
    let place = candidate.section_id.and_then(|id| sections.iter().position(|section| section.id == id));
    if let (Some(place), Ok(count)) = (place, i64::try_from(sections.len())) {
        let place = i64::try_from(place).unwrap_or(count);
        parts.0.insert("section".to_owned(), SECTION_MILLIS * (count - place) / count.max(1));
    }
    parts
}

/// Halves for each half-life, in whole numbers so that every machine agrees; linear between the halvings.
fn recency(age_minutes: i64) -> i64 {
    let halvings = age_minutes / RECENCY_HALF_LIFE_MINUTES;
    if halvings >= 20 {
        return 0;
    }
    let from = RECENCY_MILLIS >> halvings;
    let to = RECENCY_MILLIS >> (halvings + 1);
    from - (from - to) * (age_minutes % RECENCY_HALF_LIFE_MINUTES) / RECENCY_HALF_LIFE_MINUTES
}

/// No section fills the head of the mail alone, while others have something to say.
fn mix_sections(scored: &mut [(i64, ScoreParts, Candidate)]) {
    for index in 0..LEADING_STORIES.min(scored.len()) {
        let of_section = |section: Option<SectionId>, among: &[(i64, ScoreParts, Candidate)]| {
            among.iter().filter(|(_, _, other)| other.section_id == section).count()
        };
        let (head, tail) = scored.split_at(index);
        let fits = tail
            .iter()
            .position(|(_, _, it)| it.section_id.is_none() || of_section(it.section_id, head) < OF_ONE_SECTION_MAX);
        if let Some(offset) = fits {
            scored[index..=index + offset].rotate_right(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;
    use crate::publications::PublicationId;
    use proptest::prelude::*;

    const CUTOFF: Timestamp = Timestamp::from_seconds(1_795_456_800);
    const ROOM: Room = Room { full: 3, headlines: 2 };

    fn candidate(id: i64, section: Option<i64>, minutes_old: i64, words: i64, image: bool) -> Candidate {
        Candidate {
            article_id: ArticleId(id),
            section_id: section.map(SectionId),
            first_seen_at: CUTOFF,
            story: Story {
                title: format!("Story {id}"),
                url: format!("https://news.example/{id}"),
                excerpt: String::new(),
                authors: vec![],
                section: String::new(),
                language: "en".into(),
                word_count: words,
                published_at: Some(CUTOFF - Span::minutes(minutes_old)),
                image: image.then(|| crate::gather::html::Image {
                    url: "https://news.example/i.jpg".into(),
                    alt: String::new(),
                    caption: String::new(),
                    credit: String::new(),
                }),
                related: vec![],
            },
        }
    }

    fn sections(count: i64) -> Vec<Section> {
        (1..=count)
            .map(|id| Section {
                id: SectionId(id),
                publication_id: PublicationId(1),
                slug: format!("s{id}"),
                name: format!("S{id}"),
                position: id,
                aliases: vec![],
                weight_percent: 100,
            })
            .collect()
    }

    fn ids(ranked: &[Ranked]) -> Vec<i64> {
        ranked.iter().map(|it| it.candidate.article_id.0).collect()
    }

    #[test]
    fn the_newer_the_longer_and_the_pictured_come_first() {
        let day = vec![
            candidate(1, None, 600, 100, false),
            candidate(2, None, 10, 100, false),
            candidate(3, None, 10, 700, true),
        ];
        let ranked = rank(day, &[], CUTOFF, ROOM);
        assert_eq!(ids(&ranked), [3, 2, 1]);
        assert_eq!(ranked[0].score_millis, ranked[0].score_parts.0.values().sum::<i64>());
    }

    #[test]
    fn a_date_in_the_future_earns_nothing() {
        let day = vec![candidate(1, None, -100_000, 100, false), candidate(2, None, 0, 100, false)];
        let ranked = rank(day, &[], CUTOFF, ROOM);
        assert_eq!(ranked[0].score_millis, ranked[1].score_millis);
    }

    #[test]
    fn one_section_does_not_fill_the_head_alone() {
        let mut day: Vec<_> = (1..=6).map(|id| candidate(id, Some(1), id, 500, true)).collect();
        day.push(candidate(7, Some(2), 500, 50, false));
        day.push(candidate(8, Some(2), 600, 50, false));
        let ranked = rank(day, &sections(2), CUTOFF, ROOM);
        assert_eq!(&ids(&ranked)[..5], &[1, 2, 7, 8, 3]);
    }

    #[test]
    fn what_does_not_fit_is_counted_not_lost() {
        let day = (1..=9).map(|id| candidate(id, None, id, 100, false)).collect();
        let places: Vec<_> = rank(day, &[], CUTOFF, ROOM).iter().map(|it| it.placement).collect();
        use Placement as P;
        assert_eq!(
            places,
            [P::Top, P::Full, P::Full, P::Headline, P::Headline, P::Overflow, P::Overflow, P::Overflow, P::Overflow]
        );
    }

    proptest! {
        #[test]
        fn the_order_does_not_depend_on_the_order_of_arrival(seed in proptest::collection::vec((0i64..5, 0i64..2000, 0i64..1500, any::<bool>()), 0..40)) {
            let day: Vec<_> = seed.iter().zip(1..).map(|((section, age, words, image), id)| candidate(id, Some(*section), *age, *words, *image)).collect();
            let mut turned = day.clone();
            turned.reverse();
            let (one, other) = (rank(day.clone(), &sections(4), CUTOFF, ROOM), rank(turned, &sections(4), CUTOFF, ROOM));
            prop_assert_eq!(ids(&one), ids(&other));
            let mut all = ids(&one);
            all.sort_unstable();
            prop_assert_eq!(all, (1..=day.len() as i64).collect::<Vec<_>>());
        }

        #[test]
        fn recency_only_falls(age in 0i64..20_000) {
            prop_assert!(recency(age) >= recency(age + 1));
        }
    }
}
