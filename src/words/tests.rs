//! That every text that is asked for exists in every language, reads, and names the same values.

use super::*;
use std::collections::BTreeSet;
use std::path::Path;

/// The keys of a language as they stand in its files.
fn keys(language: Language) -> BTreeSet<String> {
    let lines = texts(language).iter().flat_map(|text| text.lines());
    lines
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned()))
        .collect()
}

fn all_files(folder: &Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all_files(&path, out) } else { out.push(path) }
    }
}

/// The keys that pages, mails and code ask for, with the first file that does.
fn asked_for() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["web_templates", "email_templates", "src"] {
        all_files(&root.join(folder), &mut files);
    }
    let mut out = Vec::new();
    for file in files.iter().filter(|it| !it.starts_with(root.join("src/words"))) {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        // Whoever speaks calls it `words`: that is how it is found.
        for verb in ["say", "of", "count", "fill", "known"] {
            let calls = ["words", "words()"].map(|words| format!("{words}.{verb}(\""));
            for (at, call) in calls.iter().flat_map(|call| text.match_indices(call.as_str())) {
                let key = text[at + call.len()..].split('"').next().unwrap_or_default();
                out.push((key.to_owned(), file.strip_prefix(root).unwrap().display().to_string()));
            }
        }
    }
    out
}

#[test]
fn every_text_that_is_asked_for_stands_in_english() {
    let known = keys(Language::En);
    let wrong: BTreeSet<String> = asked_for()
        .into_iter()
        .filter(|(key, _)| !known.contains(key))
        .map(|(key, file)| format!("{file} asks for {key:?}"))
        .collect();
    assert!(wrong.is_empty(), "add these to src/words/en/:\n{wrong:#?}");
}

#[test]
fn every_language_says_everything() {
    let english = keys(Language::En);
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let own = keys(language);
        wrong.extend(english.difference(&own).map(|key| format!("{}: {key} is missing", language.code())));
        wrong.extend(own.difference(&english).map(|key| format!("{}: {key} is not in English", language.code())));
    }
    assert!(wrong.is_empty(), "missing texts are said in English until they are translated:\n{wrong:#?}");
}

#[test]
fn every_file_reads_and_names_the_same_values_as_english() {
    let values = |language: Language, key: &str| -> BTreeSet<String> {
        let text = texts(language).concat();
        let mut lines = text.lines().skip_while(|line| line.split('=').next().map(str::trim) != Some(key));
        let first = lines.next().unwrap_or_default().to_owned();
        let rest = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '}']));
        let whole = rest.fold(first, |whole, line| whole + line);
        whole.split('$').skip(1).map(|it| it.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
    };
    for language in Language::ALL {
        for text in texts(language) {
            if let Err((_, errors)) = FluentResource::try_new((*text).to_owned()) {
                panic!("{}: {errors:?}", language.code());
            }
        }
        for key in keys(Language::En).intersection(&keys(language)) {
            assert_eq!(values(language, key), values(Language::En, key), "{}: {key}", language.code());
        }
    }
}

#[test]
fn a_missing_text_falls_back() {
    assert_eq!(Words(Language::Ru).say("no-such-text"), "no-such-text");
    assert_eq!(Words(Language::Ru).known("no-such-text"), None);
}

#[test]
fn a_number_chooses_its_plural() {
    let hours = |n: i64| Words(Language::Ru).count("hours", n).into_owned();
    assert_eq!(
        [hours(1), hours(2), hours(5), hours(21)],
        [
            "1 \u{447}\u{430}\u{441}",
            "2 \u{447}\u{430}\u{441}\u{430}",
            "5 \u{447}\u{430}\u{441}\u{43e}\u{432}",
            "21 \u{447}\u{430}\u{441}"
        ]
    );
    assert_eq!(Words(Language::En).count("hours", 1), "1 hour");
}
