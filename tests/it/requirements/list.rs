//! `docs/REQUIREMENTS.md` against the names of the tests.

use crate::tidy::{expect_none, files_in, read};
use std::collections::BTreeSet;

/// Requirements that are listed before their test is written. What is here and has one is told, too.
const PENDING: &[&str] = &[];

struct Requirement {
    id: String,
    level: String,
    line: String,
}

/// Rows of the tables: `| A1 | M | one sentence | where it is held |`.
fn requirements() -> Vec<Requirement> {
    let text = read("docs/REQUIREMENTS.md");
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix('|')?.split('|').map(str::trim).collect();
        let id = cells.first().filter(|it| is_id(it))?;
        Some(Requirement { id: (*id).to_owned(), level: (*cells.get(1)?).to_owned(), line: line.to_owned() })
    };
    text.lines().filter_map(row).collect()
}

fn is_id(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|it| it.is_ascii_uppercase())
        && !letters.as_str().is_empty()
        && letters.all(|it| it.is_ascii_digit())
}

/// Every name that begins a function in the sources.
fn functions() -> BTreeSet<String> {
    let sources = ["src", "tests"].into_iter().flat_map(files_in).filter(|path| path.ends_with(".rs"));
    let mut names = BTreeSet::new();
    for path in sources {
        for line in read(&path).lines() {
            let Some((before, after)) = line.split_once("fn ") else { continue };
            if matches!(before.trim(), "" | "async" | "pub" | "pub async") {
                names.insert(after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
            }
        }
    }
    names
}

fn has_test(functions: &BTreeSet<String>, id: &str) -> bool {
    let start = format!("{}_", id.to_lowercase());
    functions.iter().any(|name| name.starts_with(&start))
}

#[test]
fn every_must_has_a_test_of_its_name() {
    let (all, functions) = (requirements(), functions());
    let musts: Vec<&Requirement> = all.iter().filter(|it| it.level == "M").collect();
    assert!(musts.len() > 80, "{} requirements with the level M were read", musts.len());
    let is_pending = |id: &str| PENDING.contains(&id);
    let missing: Vec<String> = musts
        .iter()
        .filter(|it| !is_pending(&it.id) && !has_test(&functions, &it.id))
        .map(|it| it.line.clone())
        .collect();
    expect_none(&missing, "each of these wants a test whose name begins with its id in small letters and a `_`:");
    let done: Vec<String> = PENDING.iter().filter(|id| has_test(&functions, id)).map(|id| (*id).to_owned()).collect();
    expect_none(&done, "these have their test; take them out of PENDING:");
    for id in PENDING {
        assert!(musts.iter().any(|it| it.id == *id), "{id} is no requirement");
    }
}

#[test]
fn every_requirement_has_a_level_and_stands_once_and_no_test_claims_one_that_is_not_listed() {
    let all = requirements();
    let mut ids = BTreeSet::new();
    for it in &all {
        assert!(matches!(it.level.as_str(), "M" | "S" | "N"), "{}", it.line);
        assert!(ids.insert(it.id.to_lowercase()), "twice: {}", it.line);
    }
    // One of the list's letters and a small number are an id; u64 is a type.
    let is_claim = |name: &&String| {
        let (start, _) = name.split_once('_').unwrap_or_default();
        let is_small = || start[1..].parse::<u8>().is_ok_and(|number| (1..30).contains(&number));
        is_id(&start.to_uppercase()) && "abcdefhlptuvwz".contains(&start[..1]) && is_small()
    };
    let strangers: Vec<String> = functions()
        .iter()
        .filter(is_claim)
        .filter(|name| name.split_once('_').is_some_and(|(id, _)| !ids.contains(id)))
        .cloned()
        .collect();
    expect_none(&strangers, "these begin like a requirement that docs/REQUIREMENTS.md does not list:");
}

#[test]
fn where_another_test_is_named_it_is_there() {
    let (functions, files) = (functions(), files_in(""));
    let mut wrong = Vec::new();
    for it in requirements() {
        let held = it.line.rsplit('|').nth(1).unwrap_or_default();
        for named in held.split('`').skip(1).step_by(2) {
            let name = named.rsplit("::").next().unwrap_or_default();
            let path = format!("tests/it/{}", named.replace("::", "/"));
            let is_file = || files.iter().any(|it| it == named || *it == format!("{path}.rs"));
            let is_function = named.contains("::") && functions.contains(name);
            if !is_function && !is_file() {
                wrong.push(format!("{}: {named}", it.id));
            }
        }
    }
    expect_none(&wrong, "docs/REQUIREMENTS.md names what is not there:");
}
