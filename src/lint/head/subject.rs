//! The subject as a reader sees it: there, short, honest.

use crate::lint::report::{Findings, Place, Section};
use crate::lint::rule::Rule;

/// What a telephone shows of a subject, in characters.
const CHARS_AIM: usize = 70;
/// Beyond this, no program shows it.
const CHARS_MAX: usize = 250;
/// "Re:" and "Fwd:" in the languages of the larger programs.
const ANSWERS: &[&str] = &["re", "fwd", "fw", "aw", "wg", "tr", "rv", "antw", "sv", "vs", "rif", "odp"];

/// The subject is decoded; `line` is that of the head.
pub(in crate::lint) fn check(subject: &str, line: usize, found: &mut Findings) {
    let subject = subject.trim();
    let place = || Place::line(Section::Head, line).quoting(subject);
    let chars = subject.chars().count();
    if chars == 0 {
        found.error(Rule::Subject, place(), "the subject is empty; write what the mail is about");
    } else if chars > CHARS_MAX {
        let message = format!("the subject has {chars} characters, and nobody sees them; cut it to {CHARS_AIM}");
        found.warning(Rule::Subject, place(), message);
    } else if chars > CHARS_AIM {
        let message = format!(
            "the subject has {chars} characters; a telephone shows about {CHARS_AIM}, so put first what counts"
        );
        found.note(Rule::Subject, place(), message);
    }
    let begins_like_an_answer = subject.split_once(':').is_some_and(|(first, _)| {
        let first = first.trim_end_matches(|c: char| c.is_ascii_digit() || "[]() ".contains(c));
        ANSWERS.contains(&first.to_lowercase().as_str())
    });
    if begins_like_an_answer {
        let message = "the subject begins like an answer, which Gmail takes for a trick; begin it with other words";
        found.warning(Rule::FalseReply, place(), message);
    }
}
