//! Related reading: what it must find, and what it must leave.

use super::super::related::{HALF_LIFE, Reading, related};
use super::super::terms::{Stemming, Terms};
use super::super::words;
use crate::base::{Span, Timestamp};
use crate::gather::ArticleId;
use std::collections::HashSet;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

const BRIDGE: &str = "The bridge across the river opened to traffic after years of work. The council paid for the ramps and the builder promised that lorries could cross the bridge before spring. Engineers measured the pillars every week, and the mayor walked across with the workers.";
const FERRY: &str = "The council wants to sell the ferry now that the bridge is open. Its crew carried lorries and people across the river for decades. The mayor said the money would pay for the ramps of the bridge, which the builder has not finished, and for new lamps on the pillars.";
const CHOIR: &str = "The choir of the cathedral sings a forgotten mass from a manuscript that a student found in a cupboard. Soloists come from the academy, the organ was tuned in autumn, and tickets for both concerts were gone within an hour of the announcement.";

fn terms(text: &str) -> Terms {
    Stemming::default().terms("", &words::split(text), "en")
}

fn reading(id: i64, story: &str, body: &str, age: Span) -> Reading {
    Reading {
        id: ArticleId(id),
        story_key: story.to_owned(),
        language: "en".to_owned(),
        at: NOW - age,
        terms: terms(body),
    }
}

fn archive() -> Vec<Reading> {
    let other = |n: i64| {
        let body = format!(
            "word{n}a word{n}b word{n}c word{n}d other news from place{n} about matter{n} and thing{n} with person{n} saying sentence{n} in front of house{n}, where animal{n} eats plant{n} near street{n} behind shop{n} and school{n} while rain{n} falls"
        );
        reading(100 + n, &format!("a{}", 100 + n), &body, Span::days(2))
    };
    let mut all: Vec<Reading> = (0..30).map(other).collect();
    all.push(reading(1, "a1", FERRY, Span::days(3)));
    all.push(reading(2, "a2", CHOIR, Span::days(3)));
    all
}

fn found(new: Reading, archive: &[Reading]) -> Vec<i64> {
    related(&[new], archive, &HashSet::new()).remove(0).into_iter().map(|(id, _)| id.0).collect()
}

#[test]
fn what_is_about_the_same_things_is_found_and_nothing_else() {
    assert_eq!(found(reading(9, "a9", BRIDGE, Span::ZERO), &archive()), [1]);
    assert!(found(reading(9, "a9", "Too short to say.", Span::ZERO), &archive()).is_empty());
}

#[test]
fn the_same_story_another_language_and_what_came_later_are_left_out() {
    let mut all = archive();
    assert!(found(reading(9, "a1", BRIDGE, Span::ZERO), &all).is_empty(), "the same story");
    assert!(found(reading(9, "a9", BRIDGE, Span::days(4)), &all).is_empty(), "it came later");
    let pair = [(ArticleId(1), ArticleId(9))].into_iter().collect();
    assert!(related(&[reading(9, "a9", BRIDGE, Span::ZERO)], &all, &pair)[0].is_empty(), "an update");
    all.push(reading(3, "a3", BRIDGE, Span::days(1)));
    assert_eq!(found(reading(9, "a9", BRIDGE, Span::ZERO), &all), [1], "the same words");
    all.iter_mut().for_each(|it| it.language = "de".to_owned());
    assert!(found(reading(9, "a9", BRIDGE, Span::ZERO), &all).is_empty(), "another language");
}

#[test]
fn age_fades() {
    let score = |age: Span| {
        let mut all = archive();
        all.iter_mut().filter(|it| it.id.0 == 1).for_each(|it| it.at = NOW - age);
        related(&[reading(9, "a9", BRIDGE, Span::ZERO)], &all, &HashSet::new())[0].first().map_or(0, |it| it.1)
    };
    let fresh = score(Span::ZERO);
    assert!(fresh > 300, "{fresh}");
    assert!(score(HALF_LIFE).abs_diff(fresh / 2) <= 1, "{fresh} {}", score(HALF_LIFE));
    assert_eq!(score(HALF_LIFE.times(6)), 0);
}
