//! The program teaches itself, and the README teaches what there is.

use super::*;

/// The names under "Commands:".
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

#[tokio::test]
async fn every_command_explains_itself() {
    let place = Place::empty();
    let mut paths: Vec<Vec<String>> = vec![vec![]];
    let mut seen = 0;
    while let Some(path) = paths.pop() {
        let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let said = place.run(&arguments).await.ok();
        assert!(said.out.contains("Usage: lamplighter"), "{said}");
        seen += 1;
        for name in commands(&said.out) {
            paths.push(path.iter().cloned().chain([name]).collect());
        }
    }
    assert!(seen > 25, "{seen} commands");
    place.run(&["--version"]).await.ok();
    place.run(&[]).await.with_code(2).tells(&["Usage: lamplighter"]);
    place.run(&["edtion"]).await.with_code(2).tells(&["edition"]);
}

#[tokio::test]
async fn what_the_pages_name_is_there() {
    let place = Place::empty();
    let mut checked = 0;
    for file in ["README.md", "docs/EDITIONS.md", "docs/OPERATIONS.md"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path).expect("the page is there");
        for (at, _) in text.match_indices("lamplighter ") {
            let before = text[..at].chars().next_back();
            if !matches!(before, None | Some('`' | '\n' | ' ')) {
                continue;
            }
            let line = text[at + "lamplighter ".len()..].split(['\n', '`', '#', '|', '&']).next().unwrap_or_default();
            let is_command =
                before == Some('`') || (before == Some('\n') && line.starts_with(|c: char| c.is_ascii_lowercase()));
            if !is_command {
                continue;
            }
            let is_name = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            let words: Vec<&str> = line.split_whitespace().collect();
            let flags = words.iter().filter(|word| word.starts_with("--"));
            let mut path: Vec<&str> =
                words.iter().copied().take_while(|word| is_name(word) && !word.starts_with('-')).take(2).collect();
            // The second word may be an argument.
            let help = loop {
                let arguments: Vec<&str> = path.iter().copied().chain(["--help"]).collect();
                let said = place.run(&arguments).await;
                if said.code == Some(0) || path.len() < 2 {
                    break said.ok();
                }
                path.pop();
            };
            for flag in flags {
                assert!(help.out.contains(flag), "{file}: lamplighter {line}: no {flag}");
            }
            checked += 1;
        }
    }
    assert!(checked > 8, "{checked} commands were found");
}
