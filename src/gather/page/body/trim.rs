//! Runs that only accompany the text: invitations, lists of links, bylines before it, what comes after its end.

use super::Hints;
use super::super::runs::{Kind, Run};

pub(super) fn trim<'a>(runs: Vec<&'a Run>, hints: Hints<'_>) -> Vec<&'a Run> {
    let is_title = |run: &Run| run.is_heading() && !hints.title.is_empty() && alike(&run.text, hints.title);
    let mut kept: Vec<&Run> = runs.into_iter().filter(|run| !is_title(run) && !accompanies(run)).collect();
    // What stands before the first sentence is a byline, a date, a picture's credit.
    let first = kept.iter().position(|run| run.prose() > 0).unwrap_or(0);
    let mut at = 0;
    kept.retain(|run| {
        at += 1;
        at > first || (run.is_heading() && !matches!(run.kind, Kind::Heading(1)))
    });
    let last = kept.iter().rposition(|run| run.prose() > 0 || (run.ends_a_sentence() && !run.is_heading()));
    kept.truncate(last.map_or(0, |it| it + 1));
    kept
}

fn accompanies(run: &Run) -> bool {
    let is_prose_kind = matches!(run.kind, Kind::Paragraph | Kind::Loose);
    if run.links > 0 && run.is_mostly_links() && (run.link_weight * 10 > run.weight * 8 || !is_prose_kind) {
        return true;
    }
    run.text.chars().all(|c| !c.is_alphanumeric())
}

fn alike(a: &str, b: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    bare(a) == bare(b)
}
