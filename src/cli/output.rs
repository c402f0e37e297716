//! Writing results. A reader that went away (`lamplighter edition list | head -1`) is no error.

use super::exit::Failure;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write as _};

/// A line on standard output.
pub(super) fn say(line: impl std::fmt::Display) {
    let written = writeln!(io::stdout().lock(), "{line}");
    if written.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        std::process::exit(0);
    }
}

/// A line on standard error. Nobody may be there to read it either; there is nowhere left to say so.
pub(super) fn note(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A value as indented JSON on standard output.
pub(super) fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    say(serde_json::to_string_pretty(value).map_err(anyhow::Error::from)?);
    Ok(())
}

/// Words of a stranger's, for a terminal: nothing in them moves the cursor or changes what stands there.
pub(super) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// Whether a document is shown as JSON: to programs, unless they ask for text; to people, if they ask for it.
pub(super) fn wants_json(json: bool, text: bool) -> bool {
    json || (!text && !io::stdout().is_terminal())
}

/// A table with its columns aligned.
pub(super) fn say_table(headings: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(headings.get(column).map(|heading| heading.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    say(line(&mut headings.iter().copied()));
    for row in rows {
        say(line(&mut row.iter().map(String::as_str)));
    }
}
