//! The direction of the house: a room uses those above it in `src/lib.rs`, never those below.

use super::source::Source;
use super::{expect_none, read};

/// The rooms in the order of `src/lib.rs`.
fn rooms() -> Vec<String> {
    let lines = read("src/lib.rs");
    let name = |line: &str| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned());
    lines.lines().filter_map(name).collect()
}

/// The first names of all paths that begin with `crate::`, with where they stand.
fn crate_paths(code: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.push((at, first_word(rest)));
            continue;
        };
        let mut depth = 1;
        let mut name_may_follow = true;
        for (offset, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => name_may_follow = true,
                c if depth == 1 && name_may_follow && !c.is_whitespace() => {
                    names.push((at, first_word(&group[offset..])));
                    name_may_follow = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn a_room_uses_only_the_rooms_above_it() {
    let rooms = rooms();
    assert!(rooms.len() >= 5, "src/lib.rs lists no rooms: {rooms:?}");
    let place = |name: &str| rooms.iter().position(|room| room == name);
    let mut wrong = Vec::new();
    for source in Source::all_in("src") {
        let Some((room, _)) = source.path.trim_start_matches("src/").split_once('/') else { continue };
        let Some(own_place) = place(room) else {
            wrong.push(format!("{}: the room {room} is missing in src/lib.rs", source.path));
            continue;
        };
        for (at, used) in crate_paths(&source.code) {
            let two_doors = room == "cli" && used == "web";
            if two_doors || place(&used).is_some_and(|place| place > own_place) {
                wrong.push(format!("{}:{}: {room} uses {used}", source.path, source.line_of(at)));
            }
        }
    }
    expect_none(&wrong, "a room may use those above it in src/lib.rs, never those below; move what is shared upwards:");
}

#[test]
fn every_path_of_a_group_is_seen() {
    let names: Vec<_> = crate_paths("use crate::{base::{A, B}, db, web::c::{self, d}};\nlet x = crate::cli::run();")
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names, ["base", "db", "web", "cli"]);
}

#[test]
fn main_only_opens_the_door() {
    assert!(read("src/main.rs").lines().count() < 30, "src/main.rs parses nothing and decides nothing");
}
