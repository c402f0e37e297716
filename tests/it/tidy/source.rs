//! A Rust file, taken apart into code, comments and literals.

use super::{files_in, read};

pub struct Source {
    pub path: String,
    pub text: String,
    /// The text with comments and the insides of literals blanked; as long as the text, line by line.
    pub code: String,
    pub literals: Vec<Literal>,
}

pub struct Literal {
    pub line: usize,
    pub text: String,
}

impl Source {
    pub fn read(path: &str) -> Self {
        Self::parse(path, read(path))
    }

    /// Every Rust file below a folder.
    pub fn all_in(folder: &str) -> Vec<Self> {
        files_in(folder).iter().filter(|path| path.ends_with(".rs")).map(|path| Self::read(path)).collect()
    }

    pub fn parse(path: &str, text: String) -> Self {
        let bytes = text.as_bytes();
        let mut code = bytes.to_vec();
        let mut literals = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let rest = &text[at..];
            let (length, literal) = match bytes[at] {
                b'/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), None),
                b'/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |end| end + 2), None),
                b'"' => {
                    let length = end_of_string(bytes, at) - at;
                    (length, Some(rest[1..length].trim_end_matches('"').to_owned()))
                }
                b'r' if !follows_a_word(bytes, at) && is_raw_string(rest) => {
                    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
                    let (open, close) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
                    let end = rest[open..].find(&close).map_or(rest.len(), |end| open + end);
                    ((end + close.len()).min(rest.len()), Some(rest[open..end].to_owned()))
                }
                b'\'' => (length_of_char(rest), None),
                _ => (0, None),
            };
            if length == 0 {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            }
            if let Some(literal) = literal {
                literals.push(Literal { line: line_of(&text, at), text: literal });
            }
            for byte in &mut code[at..at + length] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
            at += length;
        }
        let code = String::from_utf8_lossy(&code).into_owned();
        Self { path: path.to_owned(), text, code, literals }
    }

    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The number of lines before the module of unit tests; none in a file that is one.
    pub fn program_lines(&self) -> usize {
        if ["tests.rs", "fixtures.rs"].iter().any(|ending| self.path.ends_with(ending)) {
            return 0;
        }
        let end = self.text.find("#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        self.text[..end].lines().count()
    }

    pub fn line_of(&self, at: usize) -> usize {
        line_of(&self.code, at)
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn follows_a_word(bytes: &[u8], at: usize) -> bool {
    // `br"..."` is a literal as well.
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_') && bytes[at - 1] != b'b'
}

fn is_raw_string(rest: &str) -> bool {
    rest[1..].trim_start_matches('#').starts_with('"')
}

/// 0 for a lifetime.
fn length_of_char(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(0, |end| end + 4),
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

#[test]
fn code_comments_and_literals_are_told_apart() {
    let text = r##"let a = "x // \" y"; // "not a literal"
fn b<'a>(c: &'a str) -> char { '"' /* "nor this" */ }
let d = r#"raw "quoted""#; let e = '\''; let var = "é";"##;
    let source = Source::parse("x.rs", text.to_owned());
    let literals: Vec<_> = source.literals.iter().map(|literal| (literal.line, literal.text.as_str())).collect();
    assert_eq!(literals, [(1, "x // \\\" y"), (3, "raw \"quoted\""), (3, "é")]);
    assert!(source.code.contains("fn b<'a>(c: &'a str) -> char {"));
    assert!(!source.code.contains("nor this") && !source.code.contains("not a"));
    assert_eq!(source.code.lines().count(), 3);
}
