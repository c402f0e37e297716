//! The order of the day, judged by days that are made up.

use super::*;
use crate::base::Span;
use crate::publications::{PublicationId, SlotId};
use proptest::prelude::*;

const CUTOFF: Timestamp = Timestamp::from_seconds(1_795_456_800);

fn candidate(id: i64, section: Option<i64>, minutes_old: i64, words: i64, image: bool) -> Candidate {
    Candidate {
        article_id: ArticleId(id),
        section_id: section.map(SectionId),
        source_id: SourceId(id),
        first_seen_at: CUTOFF,
        sources: 1,
        breaking: false,
        sticky: false,
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
                ..crate::gather::html::Image::default()
            }),
            related: vec![],
        },
    }
}

fn sections(count: i64) -> Vec<Section> {
    (1..=count)
        .map(|id| Section {
            declared: None,
            archived_at: None,
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

fn ranked(day: Vec<Candidate>, sections: &[Section]) -> Vec<Ranked> {
    rank(day, &Scale::of(sections, &[], CUTOFF))
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
    let ranked = ranked(day, &[]);
    assert_eq!(ids(&ranked), [3, 2, 1]);
    assert_eq!(ranked[0].score_millis, ranked[0].score_parts.0.values().sum::<i64>());
}

#[test]
fn what_several_sources_tell_what_breaks_and_what_is_kept_in_front_each_show_as_an_addend() {
    let plain = candidate(1, None, 60, 100, false);
    let told = Candidate { sources: 3, ..candidate(2, None, 60, 100, false) };
    let everywhere = Candidate { sources: 90, ..candidate(3, None, 60, 100, false) };
    let breaking = Candidate { breaking: true, ..candidate(4, None, 60, 100, false) };
    let sticky = Candidate { sticky: true, ..candidate(5, None, 60, 100, false) };
    let ranked = ranked(vec![plain, told, everywhere, breaking, sticky], &[]);
    assert_eq!(ids(&ranked), [4, 3, 5, 2, 1]);
    let part = |id: usize, name: &str| ranked[id].score_parts.0.get(name).copied();
    assert_eq!((part(0, "breaking"), part(1, "sources")), (Some(800), Some(600)));
    assert_eq!((part(2, "sticky"), part(3, "sources")), (Some(500), Some(300)));
    assert_eq!((part(4, "sources"), part(4, "breaking")), (None, None), "what adds nothing is not printed");
}

#[test]
fn a_section_weighs_what_the_newsroom_says() {
    let mut of_two = sections(2);
    of_two[1].weight_percent = 400;
    let day = vec![candidate(1, Some(1), 60, 100, false), candidate(2, Some(2), 60, 100, false)];
    let with_weight = ranked(day.clone(), &of_two);
    assert_eq!(ids(&with_weight), [2, 1]);
    assert_eq!(with_weight[0].score_parts.0["section"], 300);
    of_two[1].weight_percent = 0;
    assert_eq!(ids(&ranked(day, &of_two)), [1, 2]);
}

#[test]
fn a_weekly_ages_its_stories_seven_times_as_slowly() {
    let slot = |weekdays| Slot {
        declared: None,
        archived_at: None,
        id: SlotId(1),
        publication_id: PublicationId(1),
        name: String::new(),
        weekdays,
        cutoff_minute: 0,
        send_minute: 0,
        time_zone: "UTC".into(),
        latest_send_minute: None,
        holidays: vec![],
        created_at: CUTOFF,
    };
    assert_eq!(half_life_minutes(&[]), 360);
    assert_eq!(half_life_minutes(&[slot(0b111_1111)]), 360);
    assert_eq!(half_life_minutes(&[slot(0b001_1111)]), 360, "every weekday is daily enough");
    assert_eq!(half_life_minutes(&[slot(0b000_0001), slot(0b000_1000)]), 360 * 3);
    assert_eq!(half_life_minutes(&[slot(0b100_0000)]), 360 * 7);
    assert_eq!((recency(7 * 360, 7 * 360), recency(360, 360)), (500, 500));
}

#[test]
fn a_date_in_the_future_earns_nothing() {
    let day = vec![candidate(1, None, -100_000, 100, false), candidate(2, None, 0, 100, false)];
    let ranked = ranked(day, &[]);
    assert_eq!(ranked[0].score_millis, ranked[1].score_millis);
}

#[test]
fn one_section_does_not_fill_the_head_alone() {
    let mut day: Vec<_> = (1..=6).map(|id| candidate(id, Some(1), id, 500, true)).collect();
    day.push(candidate(7, Some(2), 500, 50, false));
    day.push(candidate(8, Some(2), 600, 50, false));
    let ranked = ranked(day, &sections(2));
    assert_eq!(&ids(&ranked)[..5], &[1, 2, 7, 8, 3]);
}

#[test]
fn one_source_does_not_fill_the_head_alone() {
    let of_source =
        |id, source, minutes| Candidate { source_id: SourceId(source), ..candidate(id, None, minutes, 500, true) };
    let mut day: Vec<_> = (1..=6).map(|id| of_source(id, 1, id)).collect();
    day.push(of_source(7, 2, 3000));
    assert_eq!(&ids(&ranked(day.clone(), &[]))[..6], &[1, 2, 3, 7, 4, 5]);
    day.pop();
    assert_eq!(ids(&ranked(day, &[])), [1, 2, 3, 4, 5, 6], "alone it may");
}

fn standing(id: i64, pinned: Option<i64>) -> Standing {
    Standing { score_millis: 1000 - id, article_id: ArticleId(id), section_id: None, source_id: SourceId(id), pinned }
}

fn ordered(stories: &[Standing]) -> Vec<i64> {
    order(stories).into_iter().map(|index| stories[index].article_id.0).collect()
}

#[test]
fn a_pin_is_obeyed_and_the_rest_closes_up() {
    let day = [standing(1, None), standing(2, None), standing(3, Some(1)), standing(4, Some(3)), standing(5, None)];
    assert_eq!(ordered(&day), [3, 1, 4, 2, 5]);
    let both = [standing(1, None), standing(2, Some(1)), standing(3, Some(1))];
    assert_eq!(ordered(&both), [2, 3, 1], "two that want one place stand side by side, by id");
    let beyond = [standing(1, Some(99)), standing(2, None)];
    assert_eq!(ordered(&beyond), [2, 1], "a place beyond the end is the end");
    assert!(pin_millis(1) > pin_millis(2) && pin_millis(500) > 0);
}

proptest! {
    #[test]
    fn the_order_does_not_depend_on_the_order_of_arrival(seed in proptest::collection::vec((0i64..5, 0i64..2000, 0i64..1500, any::<bool>(), 1i64..6, proptest::option::of(1i64..9)), 0..40)) {
        let day: Vec<_> = seed.iter().zip(1..).map(|((section, age, words, image, sources, _), id)| Candidate {
            sources: *sources,
            source_id: SourceId(*sources),
            ..candidate(id, Some(*section), *age, *words, *image)
        }).collect();
        let mut turned = day.clone();
        turned.reverse();
        let sections = sections(4);
        let (one, other) = (ranked(day.clone(), &sections), ranked(turned, &sections));
        prop_assert_eq!(ids(&one), ids(&other));
        let mut all = ids(&one);
        all.sort_unstable();
        prop_assert_eq!(all, (1..=day.len() as i64).collect::<Vec<_>>());
        // The same with pins: nothing is lost, and every pin that no other one wants is where it should be.
        let pinned: Vec<_> = seed.iter().zip(1..).map(|((.., pin), id)| standing(id, *pin)).collect();
        let mut turned = pinned.clone();
        turned.reverse();
        prop_assert_eq!(ordered(&pinned), ordered(&turned));
        for (index, id) in ordered(&pinned).into_iter().enumerate() {
            let pin = pinned[id as usize - 1].pinned;
            let rivals = pinned.iter().filter(|it| it.pinned.is_some_and(|other| Some(other) <= pin)).count();
            let free = pinned.iter().filter(|it| it.pinned.is_none()).count();
            if let Some(pin) = pin && rivals == 1 && pin as usize <= free + 1 {
                prop_assert_eq!(index + 1, pin as usize);
            }
        }
    }

    #[test]
    fn recency_only_falls(age in 0i64..20_000, half_life in 1i64..5_000) {
        prop_assert!(recency(age, half_life) >= recency(age + 1, half_life));
    }
}
