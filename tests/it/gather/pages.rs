//! The text of real pages: a public benchmark of article extraction where it is at hand, with its own measure (four-word
//! shingles, counted per page, precision and recall averaged over pages).

use lamplighter::base::Selectors;
use lamplighter::gather::page::read_page;
use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use url::Url;

/// What the design asks for; the figure at hand is higher and printed.
const F1_MIN: f64 = 0.94;

#[test]
fn the_text_of_real_pages_is_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/pages");
    let Ok(truth) = std::fs::read_to_string(folder.join("ground-truth.json")) else {
        eprintln!("SKIPPED: no pages in {}; the text of real pages was not measured", folder.display());
        return;
    };
    let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
    let mut scores: Vec<(f64, f64, String)> = Vec::new();
    for (name, page) in truth.as_object().unwrap() {
        let packed = std::fs::File::open(folder.join("html").join(format!("{name}.html.gz"))).unwrap();
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
        let url = page["url"].as_str().and_then(|url| Url::parse(url).ok());
        let found = read_page(&bytes, None, url.as_ref(), &Selectors::default()).unwrap();
        let (precision, recall) = compare(page["articleBody"].as_str().unwrap(), &found.text);
        scores.push((precision, recall, name.clone()));
    }
    let (all, even, odd) = (f1(&scores, |_| true), f1(&scores, |at| at % 2 == 0), f1(&scores, |at| at % 2 == 1));
    eprintln!("F1 {all:.4} over {} pages; every second {even:.4}, the others {odd:.4}", scores.len());
    let mut worst: Vec<_> =
        scores.iter().map(|(precision, recall, name)| (harmonic(*precision, *recall), name)).collect();
    worst.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (score, name) in worst.iter().take(10) {
        eprintln!("  {score:.3} {}", &name[..8]);
    }
    assert!(all >= F1_MIN, "{all:.4}");
}

fn f1(scores: &[(f64, f64, String)], wanted: impl Fn(usize) -> bool) -> f64 {
    let chosen: Vec<_> = scores.iter().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, score)| score).collect();
    let mean = |of: fn(&(f64, f64, String)) -> f64| chosen.iter().map(|it| of(it)).sum::<f64>() / chosen.len() as f64;
    harmonic(mean(|it| it.0), mean(|it| it.1))
}

fn harmonic(precision: f64, recall: f64) -> f64 {
    if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
}

/// Precision and recall of the four-word shingles.
fn compare(truth: &str, found: &str) -> (f64, f64) {
    let (truth, found) = (shingles(truth), shingles(found));
    let common: usize = truth.iter().map(|(shingle, count)| count.min(found.get(shingle).unwrap_or(&0))).sum();
    let share = |of: &HashMap<Vec<&str>, usize>| common as f64 / (of.values().sum::<usize>().max(1)) as f64;
    (share(&found), share(&truth))
}

fn shingles(text: &str) -> HashMap<Vec<&str>, usize> {
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|it| !it.is_empty()).collect();
    let mut out = HashMap::new();
    for at in 0..(words.len().max(4) - 3) {
        *out.entry(words[at..(at + 4).min(words.len())].to_vec()).or_default() += 1;
    }
    out
}
