//! Real mail: the bars on hard failures, complaints and addresses, and a table of what was taken for what.
//!
//! The corpus lies beside the checkout and is no part of the project; without it the test says so and passes.

use lamplighter::bounces::{Class, Kind, Recipient, Report, read};
use std::collections::BTreeMap;
use std::path::Path;

const HARD_RECALL_MIN: f64 = 0.95;
const WRONGLY_HARD_MAX: f64 = 0.02;
const ADDRESSES_MIN: f64 = 0.97;

/// A row of `expected.tsv` that its makers agree on.
struct Row {
    file: String,
    index: usize,
    recipient: String,
    class: String,
}

fn rows(folder: &Path) -> Vec<Row> {
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let rows = table.lines().skip(1).filter_map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [file, index, recipient, _, _, _, _, class, "agree"] = columns[..] else { return None };
        let index = index.parse::<usize>().unwrap();
        Some(Row { file: file.into(), index, recipient: recipient.to_lowercase(), class: class.into() })
    });
    rows.collect()
}

fn is_same(found: &Option<String>, expected: &str) -> bool {
    found.as_deref().is_some_and(|address| address.to_lowercase() == expected)
}

/// The recipient of a row: by its address, or else by its place.
fn recipient<'a>(report: &'a Report, row: &Row) -> (Option<&'a Recipient>, bool) {
    let by_address =
        report.recipients.iter().find(|r| is_same(&r.address, &row.recipient) || is_same(&r.original, &row.recipient));
    let by_place = report.recipients.get(row.index - 1).or(report.recipients.last());
    (by_address.or(by_place), by_address.is_some())
}

#[test]
fn v6_real_mail_meets_the_bars() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/bounces");
    if !folder.is_dir() {
        eprintln!("SKIPPED: no corpus of bounces at {}; real mail was not measured", folder.display());
        return;
    }
    let rows = rows(&folder);
    assert!(rows.len() > 250, "only {} rows", rows.len());
    let mut table: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut found, mut missed, mut wrong) = (0, 0, Vec::new());
    for row in &rows {
        let report = read(&std::fs::read(folder.join("mails").join(&row.file)).unwrap());
        let (recipient, is_named) = recipient(&report, row);
        let class = recipient.map_or("none".to_owned(), |recipient| format!("{:?}", recipient.class).to_lowercase());
        match is_named {
            true => found += 1,
            false => missed += 1,
        }
        if row.class == "complaint" && report.kind != Kind::Complaint
            || row.class == "auto-reply" && report.kind != Kind::Autoreply
        {
            wrong.push(format!("{}: {:?} is no {}", row.file, report.kind, row.class));
        }
        let is_hard = recipient.is_some_and(|recipient| recipient.class == Class::Hard);
        if row.class == "not-a-bounce" && is_hard {
            wrong.push(format!("{}: {class} is no bounce", row.file));
        }
        *table.entry((row.class.clone(), class)).or_default() += 1;
    }
    for ((expected, class), count) in &table {
        eprintln!("{expected:>14} as {class:<10} {count:>4}");
    }
    let count = |expected: &str| {
        table.iter().filter(|(key, _)| key.0 == expected).map(|(_, count)| *count).sum::<usize>() as f64
    };
    let hard = |expected: &str| table.get(&(expected.to_owned(), "hard".to_owned())).copied().unwrap_or(0) as f64;
    let recall = hard("hard") / count("hard");
    let wrongly = hard("not-hard") / count("not-hard");
    let addresses = f64::from(found) / f64::from(found + missed);
    eprintln!("hard recall {recall:.3}, wrongly hard {wrongly:.3}, addresses found {addresses:.3}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(recall >= HARD_RECALL_MIN, "hard recall {recall:.3}");
    assert!(wrongly <= WRONGLY_HARD_MAX, "wrongly hard {wrongly:.3}");
    assert!(addresses >= ADDRESSES_MIN, "addresses {addresses:.3}");
}
