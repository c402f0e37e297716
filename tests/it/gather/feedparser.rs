//! Python's `feedparser` as the judge of the feed reader, over the real feeds beside the checkout.
//!
//! Every feed that it reads must be read, with every entry, and every field must agree, save by the rules that
//! `tests/judges/feedparser_judge.py` states. It is skipped loudly where there are no feeds, and where Python or
//! feedparser is missing, unless `CI=true`, which makes a missing judge a failure. `LAMPLIGHTER_FEEDS` names another
//! folder to compare, and `LAMPLIGHTER_PYTHON` the interpreter that knows feedparser.

use lamplighter::gather::inspect_feed;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut inside: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    inside.sort();
    for path in inside {
        if path.is_dir() {
            files(&path, out);
        } else if path.file_name().is_some_and(|name| name != "LICENSE") {
            out.push(path);
        }
    }
}

/// The interpreter that knows feedparser; the one of the system where that is where the package lies.
fn python() -> Option<String> {
    let named = std::env::var_os("LAMPLIGHTER_PYTHON").and_then(|it| it.into_string().ok());
    let candidates = named.into_iter().chain(["python3".to_owned(), "/usr/bin/python3".to_owned()]);
    candidates.into_iter().find(|python| {
        let found = Command::new(python).args(["-c", "import feedparser"]).stderr(Stdio::null()).status();
        found.is_ok_and(|status| status.success())
    })
}

fn judge(python: &str, lines: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/feedparser_judge.py");
    let mut child = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "the judge stopped; its reason stands above");
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

#[test]
fn what_feedparser_reads_is_read_and_means_the_same() {
    let folder = std::env::var_os("LAMPLIGHTER_FEEDS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/feeds"), PathBuf::from);
    let Some(python) = python() else {
        let advice =
            "python3 with feedparser is missing: apt-get install python3-feedparser, or pip install feedparser";
        assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "{advice}");
        eprintln!("SKIPPED: {advice}");
        return;
    };
    if !folder.is_dir() {
        eprintln!("SKIPPED: no real feeds at {}", folder.display());
        return;
    }
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut lines = String::new();
    for path in &paths {
        let ours = inspect_feed(&std::fs::read(path).unwrap(), None, None).ok();
        writeln!(lines, "{}", json!({ "file": path, "ours": ours })).unwrap();
    }
    let report = judge(&python, &lines);
    eprintln!("{} files, {} feeds, {} entries", paths.len(), report["feeds"], report["entries"]);
    for (field, counts) in report["fields"].as_object().unwrap() {
        let (compared, agree) = (counts["compared"].as_f64().unwrap(), counts["agree"].as_f64().unwrap());
        eprintln!("{field:<11} {agree:>6} of {compared:>6} agree, {:.2} %", 100.0 * agree / compared.max(1.0));
    }
    assert_eq!(report["lost_feeds"], json!([]));
    assert_eq!(report["lost_entries"], json!([]));
    let differences = report["differences"].as_array().unwrap();
    let shown: Vec<String> = differences.iter().take(40).map(|it| format!("{it:#}")).collect();
    assert!(shown.is_empty(), "{} differences, among them:\n{}", differences.len(), shown.join("\n"));
}
