//! Likeness against human ratings: the 50 news documents of Lee, Pincombe and Welsh (2005), whose pairs 83 people rated.
//!
//! The corpus is not part of the project. Point `LEE_CORPUS` at a folder with `lee.cor`, `lee_background.cor` and
//! `similarities0-1.txt` (they are in the test data of the Python package gensim), and run
//! `LEE_CORPUS=DIR cargo test --lib gather::meaning::lee -- --ignored --nocapture`.

use super::terms::{Archive, Stemming, Terms};
use super::words;
use std::path::PathBuf;

const BAR: f64 = 0.58;

fn latin1(path: PathBuf) -> Vec<String> {
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text: String = bytes.into_iter().map(char::from).collect();
    text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

fn terms(text: &str) -> Terms {
    Stemming::default().terms("", &words::split(text), "en")
}

fn pearson(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (mx, my) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let cov: f64 = pairs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let (vx, vy): (f64, f64) =
        (pairs.iter().map(|p| (p.0 - mx).powi(2)).sum(), pairs.iter().map(|p| (p.1 - my).powi(2)).sum());
    cov / (vx * vy).sqrt()
}

#[test]
#[ignore = "reads a corpus that is not part of the project"]
fn likeness_agrees_with_people() {
    let Some(folder) = std::env::vars().find(|(name, _)| name == "LEE_CORPUS").map(|(_, it)| PathBuf::from(it)) else {
        eprintln!("SKIPPED: LEE_CORPUS names no folder; see the head of this file");
        return;
    };
    let rated = latin1(folder.join("lee.cor"));
    let background = latin1(folder.join("lee_background.cor"));
    let ratings: Vec<Vec<f64>> = latin1(folder.join("similarities0-1.txt"))
        .iter()
        .map(|line| line.split_whitespace().map(|it| it.parse().unwrap()).collect())
        .collect();
    assert_eq!((rated.len(), background.len(), ratings.len()), (50, 300, 50));
    let mut archive = Archive::default();
    for text in &background {
        archive.add(&terms(text));
    }
    let counts: Vec<_> = rated.iter().map(|text| archive.add(&terms(text))).collect();
    let vectors: Vec<_> = counts.iter().map(|it| archive.vector(it)).collect();
    let mut pairs = Vec::new();
    for i in 0..50 {
        for j in i + 1..50 {
            pairs.push((f64::from(vectors[i].cosine(&vectors[j])), ratings[i][j]));
        }
    }
    let r = pearson(&pairs);
    let near = |bar: f64| pairs.iter().filter(move |it| it.0 >= bar);
    let shown: Vec<f64> = near(0.15).map(|it| it.1).collect();
    let mean = shown.iter().sum::<f64>() / shown.len() as f64;
    let unlike = shown.iter().filter(|it| **it < 0.4).count();
    eprintln!("r = {r:.4} over {} pairs", pairs.len());
    eprintln!("{} pairs at 0.15 or more, rated {mean:.2} in the mean, {unlike} of them below 0.4", shown.len());
    assert!(r >= BAR, "r = {r:.4}");
}
