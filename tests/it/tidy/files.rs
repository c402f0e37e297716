//! What holds for files as such: a preface, a length, no leftovers, no traces of one machine, no whole address in a log.

use super::source::Source;
use super::{expect_none, files_in, read};

const LINES_MAX: usize = 500;

/// Leftovers, and folders of one machine. In two pieces, so that this file may hold them.
fn unwanted() -> Vec<String> {
    [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["unimple", "mented!"],
        ["/wo", "rk/"],
        ["/ho", "me/"],
        ["/ro", "ot/"],
        ["/Us", "ers/"],
    ]
    .map(|halves| halves.concat())
    .to_vec()
}

#[test]
fn every_module_says_what_it_is_for() {
    let wrong: Vec<String> = Source::all_in("src")
        .iter()
        .filter(|source| source.path != "src/main.rs" && !source.text.starts_with("//! "))
        .map(|source| source.path.clone())
        .collect();
    expect_none(&wrong, "a module opens with a //! paragraph: what it promises, what it does not:");
}

/// The files that a header names in backticks, `{a,b}` written out; from the root or from beside it.
fn named_tests(text: &str) -> Vec<String> {
    let header: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
    let header = header.join(" ");
    let named = header.split('`').skip(1).step_by(2).filter(|it| it.starts_with("tests/"));
    named.flat_map(written_out).collect()
}

fn written_out(path: &str) -> Vec<String> {
    match (path.split_once('{'), path.split_once('}')) {
        (Some((before, _)), Some((inner, after))) => {
            let choices = inner.rsplit('{').next().unwrap_or_default();
            choices.split(',').map(|it| format!("{before}{}{after}", it.trim())).collect()
        }
        _ => vec![path.to_owned()],
    }
}

#[test]
fn a_header_names_tests_that_are_there() {
    let mut wrong = Vec::new();
    let mut named = 0;
    for source in Source::all_in("src").iter().chain(&Source::all_in("tests/it")) {
        for path in named_tests(&source.text) {
            named += 1;
            let beside = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            if !["", beside].iter().any(|folder| super::root().join(folder).join(&path).exists()) {
                wrong.push(format!("{}: {path}", source.path));
            }
        }
    }
    assert!(named > 50, "{named}");
    expect_none(&wrong, "what is held to its word by a test names one that is there:");
}

#[test]
fn tests_that_a_header_names_are_found() {
    let text = "//! Held to it by `tests/it/web/{a, b}.rs` and\n//! `tests/it/c.rs`, not `src/d.rs`.\nuse x; // `tests/e.rs`\n";
    assert_eq!(named_tests(text), ["tests/it/web/a.rs", "tests/it/web/b.rs", "tests/it/c.rs"]);
}

#[test]
fn a_file_is_one_thought() {
    let mut wrong = Vec::new();
    for source in Source::all_in("src").iter().chain(&Source::all_in("tests/it")) {
        let lines = source.program_lines();
        if lines > LINES_MAX {
            wrong.push(format!("{}: {lines} lines", source.path));
        }
    }
    expect_none(&wrong, "past 500 lines (unit tests aside) a second thought has moved in; give it its own file:");
}

#[test]
fn nothing_is_left_over_and_nothing_names_one_machine() {
    let unwanted = unwanted();
    let mut wrong = Vec::new();
    for path in files_in("") {
        let text = read(&path);
        for (line, number) in text.lines().zip(1..) {
            for word in unwanted.iter().filter(|word| line.contains(word.as_str())) {
                wrong.push(format!("{path}:{number}: {word}"));
            }
        }
    }
    expect_none(&wrong, "finish it or file it; and write no path of your own machine:");
}

#[test]
fn no_snapshot_waits_for_a_decision() {
    let waiting = |path: &String| path.ends_with(".snap.new") || path.ends_with(".pending-snap");
    let wrong: Vec<String> = files_in("").into_iter().filter(waiting).collect();
    expect_none(&wrong, "accept the snapshot, or correct the code, and remove:");
}

#[test]
fn invented_people_live_at_example_domains() {
    let mut wrong = Vec::new();
    let texts = ["email_templates", "web_templates", "docs", "src/demo", "tests"];
    let singles = ["README.md", "CONTRIBUTING.md"].map(str::to_owned);
    for path in texts.iter().flat_map(|folder| files_in(folder)).chain(singles) {
        let Ok(bytes) = std::fs::read(super::root().join(&path)) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        for (line, number) in text.lines().zip(1..) {
            wrong.extend(foreign_domains(line).into_iter().map(|domain| format!("{path}:{number}: @{domain}")));
        }
    }
    expect_none(
        &wrong,
        "addresses are written at example domains (RFC 2606), so that no mail ever reaches a stranger:",
    );
}

/// Domains of addresses that could be somebody's.
fn foreign_domains(line: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let mut foreign = Vec::new();
    for (at, _) in line.match_indices('@') {
        let domain: String = line[at + 1..].chars().take_while(|c| is_part(*c)).collect();
        let domain = domain.trim_end_matches(['.', '-']).to_ascii_lowercase();
        let top = domain.rsplit('.').next().unwrap_or_default();
        let is_address = line[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) && domain.contains('.');
        let is_name = top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic());
        let reserved = matches!(top, "example" | "test" | "invalid" | "localhost")
            || ["example.org", "example.com", "example.net"]
                .iter()
                .any(|it| domain == *it || domain.ends_with(&format!(".{it}")));
        if is_address && is_name && !reserved {
            foreign.push(domain);
        }
    }
    foreign
}

#[test]
fn a_strangers_domain_is_noticed() {
    let stranger = ["c@somebody", ".de"].concat();
    let line = format!("to a@mail.example, b@news.example.org and {stranger}.");
    assert_eq!(foreign_domains(&line), ["somebody.de"]);
    assert!(foreign_domains("@media (max-width: 600px) { a@1x.5 } user@host").is_empty());
}

#[test]
fn no_log_line_shows_a_whole_address_or_a_secret() {
    let mut wrong = Vec::new();
    for source in Source::all_in("src") {
        for level in ["trace!(", "debug!(", "info!(", "warn!(", "error!("] {
            for (at, _) in source.code.match_indices(level) {
                let call = &source.code[at + level.len()..];
                let call = call.split(';').next().unwrap_or_default();
                if call.contains(".expose()") {
                    wrong.push(format!("{}:{}", source.path, source.line_of(at)));
                }
            }
        }
    }
    expect_none(&wrong, "log lines carry ids and masked addresses (.masked()):");
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let files = files_in("docs/decisions");
    for (path, number) in files.iter().zip(1..) {
        assert!(path.starts_with(&format!("docs/decisions/{number:04}-")), "{path} should have number {number:04}");
    }
}
