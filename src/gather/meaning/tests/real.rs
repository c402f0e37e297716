//! Real bodies beside the checkout: no two of them are one story. They are never part of the project.

use super::super::likeness::Likeness;
use super::super::shingles::{Index, Shingles};
use super::super::words;
use std::collections::BTreeMap;
use std::path::Path;

/// No unrelated pair may come near this, of 1000.
const UNRELATED_PERMILLE_MAX: u32 = 200;

#[derive(serde::Deserialize)]
struct Truth {
    #[serde(rename = "articleBody")]
    body: String,
}

fn bodies() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/pages/ground-truth.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: no real bodies at {}", path.display());
        return Vec::new();
    };
    let all: BTreeMap<String, Truth> = serde_json::from_str(&text).unwrap();
    all.into_iter().map(|(id, it)| (id, it.body)).collect()
}

#[test]
fn no_two_unrelated_real_articles_come_near_to_each_other() {
    let bodies = bodies();
    let mut index = Index::default();
    let (mut pairs, mut nearest) = (0, 0);
    for (place, (id, body)) in bodies.iter().enumerate() {
        for overlap in index.add(i64::try_from(place).unwrap(), Shingles::of(&words::split(body))) {
            let other = &bodies[overlap.text];
            nearest = nearest.max(overlap.permille);
            assert!(overlap.permille < UNRELATED_PERMILLE_MAX, "{id} and {}: {}", other.0, overlap.permille);
            assert_eq!(super::likeness(("", body), ("", &other.1)).0, Likeness::Unrelated);
        }
        pairs += place;
    }
    eprintln!("{} bodies, {pairs} pairs, the nearest {nearest} of 1000", bodies.len());
}

#[test]
fn every_real_body_is_a_copy_of_itself_without_a_paragraph() {
    let (mut copies, mut all) = (0, 0);
    for (id, body) in bodies() {
        let paragraphs: Vec<&str> = body.split("\n\n").collect();
        if paragraphs.len() < 12 {
            continue;
        }
        let less = paragraphs[..paragraphs.len() - 1].join("\n\n");
        let (found, permille) = super::likeness(("One headline", &body), ("Quite another", &less));
        if permille >= 800 {
            all += 1;
            copies += u32::from(found == Likeness::Copy);
            assert_ne!(found, Likeness::Unrelated, "{id}");
        }
    }
    eprintln!("{copies} of {all} folded");
    assert_eq!(copies, all);
}
