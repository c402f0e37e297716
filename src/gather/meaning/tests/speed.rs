//! What settling costs: `cargo test --release --lib gather::meaning::tests::speed -- --ignored --nocapture`.

use super::super::shingles::{Index, Shingles};
use super::super::terms::Stemming;
use super::super::{related, words};
use crate::base::Timestamp;
use crate::gather::ArticleId;
use std::collections::HashSet;

fn articles(count: usize) -> Vec<String> {
    let mut state = 7_u64;
    let mut pick = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..count)
        .map(|_| {
            (0..600)
                .map(|_| {
                    // Few words are common and most are rare, as in any language.
                    let rank = pick(2_000).min(pick(20_000)).min(pick(20_000));
                    format!("word{}{}", char::from(b'a' + u8::try_from(rank % 26).unwrap()), rank)
                })
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

#[test]
#[ignore = "a measurement"]
fn six_hundred_articles_are_compared() {
    let texts = articles(600);
    let clock = crate::base::SystemClock;
    let now = || crate::base::Clock::now(&clock);
    let begin = now();
    let mut index = Index::default();
    let near: usize = texts.iter().map(|text| index.add(1, Shingles::of(&words::split(text))).len()).sum();
    let shingled = now();
    let mut stemming = Stemming::default();
    let readings: Vec<related::Reading> = texts
        .iter()
        .zip(1..)
        .map(|(text, id)| related::Reading {
            id: ArticleId(id),
            story_key: format!("a{id}"),
            language: "en".to_owned(),
            at: Timestamp::from_seconds(1_800_000_000),
            terms: stemming.terms("", &words::split(text), "en"),
        })
        .collect();
    let termed = now();
    let found = related::related(&readings, &[], &HashSet::new());
    let done = now();
    let ms = |a: Timestamp, b: Timestamp| b.since(a).as_millis();
    eprintln!(
        "600 articles of 600 words: shingles {} ms ({near} near), terms {} ms, related {} ms ({} found)",
        ms(begin, shingled),
        ms(shingled, termed),
        ms(termed, done),
        found.iter().map(Vec::len).sum::<usize>()
    );
}
