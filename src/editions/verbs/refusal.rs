//! Why an edition in this state takes a verb no more, or not yet, in words and with the next step. Pure.
//!
//! Promises: no verb's own name (`send_now`, `pause_group`) is told to anybody. Held to it by the tests here.

use crate::editions::model::EditionState;

/// What cannot be done to it. A verb that is not among them is told as one of the edits.
fn done(verb: &str) -> &'static str {
    match verb {
        "approve" => "approved",
        "review" => "marked as read",
        "reopen" => "made a draft again",
        "hold" | "flag" => "held back",
        "release" => "released",
        "check" => "checked",
        "collect" | "draft" => "drafted",
        "draft_again" => "drafted again",
        "bring_back" => "brought back",
        "send" | "send_now" | "seal" => "sent",
        "resend" => "sent once more to those who are uncertain",
        "pause" => "paused",
        "pause_group" => "paused for one provider",
        "resume" => "resumed",
        "resume_group" => "resumed for one provider",
        "abort" => "aborted",
        "abort_group" => "aborted for one provider",
        "finish" => "finished",
        "cancel" => "cancelled",
        "skip" => "skipped",
        "miss" => "missed",
        _ => "changed",
    }
}

/// `the edition was sent: it cannot be paused any more; ..`
pub(super) fn in_words(state: EditionState, verb: &str) -> String {
    use EditionState as S;
    let done = done(verb);
    let is_on_its_way_only = matches!(
        verb,
        "pause" | "pause_group" | "resume" | "resume_group" | "abort" | "abort_group" | "resend" | "finish"
    );
    let (is, when, next) = match state {
        S::Planned | S::Collecting => {
            ("has no draft yet", "before it has one", "`lamplighter edition draft` drafts it now")
        }
        S::Drafted | S::InReview if is_on_its_way_only => (
            "is a draft",
            "before it is sent",
            "`lamplighter edition send --now` sends it, `lamplighter edition hold` keeps it back",
        ),
        S::Drafted | S::InReview => ("is a draft", "now", "`lamplighter edition check` says what it needs"),
        S::Approved if is_on_its_way_only => {
            ("is approved", "before it is sent", "it goes out at its time; `lamplighter edition hold` keeps it back")
        }
        S::Approved => {
            ("is approved", "now", "it goes out at its time; `lamplighter edition reopen` makes it a draft again")
        }
        S::Sealed | S::Sending => (
            "is on its way",
            "any more",
            "`lamplighter edition pause` holds it back, `lamplighter edition abort` ends it",
        ),
        S::Sent => (
            "was sent",
            if verb.starts_with("send") { "again" } else { "any more" },
            "`lamplighter edition show` says what became of everybody; \
             `lamplighter edition correct` notes what was wrong, `lamplighter edition draft --extra` makes another edition",
        ),
        S::Aborted => (
            "was aborted",
            "any more",
            "who has not got it gets it no more: `lamplighter edition show` says who has it, \
             `lamplighter edition draft --extra` makes another edition",
        ),
        S::Skipped => ("was skipped", "any more", "`lamplighter edition draft --extra` makes another edition"),
        S::Cancelled => ("was cancelled", "any more", "`lamplighter edition draft --extra` makes another edition"),
        S::Missed => ("was missed", "any more", "`lamplighter edition draft --extra` makes another edition"),
    };
    format!("the edition {is}: it cannot be {done} {when}; {next}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_refusal_tells_the_name_of_a_verb_and_each_tells_what_to_do() {
        for state in EditionState::ALL {
            for verb in ["approve", "send_now", "pause_group", "resume_group", "abort_group", "edit_item", "review"] {
                let told = in_words(*state, verb);
                assert!(!told.contains('_') && told.contains("`lamplighter edition "), "{told}");
            }
        }
        let told = in_words(EditionState::Sent, "send_now");
        assert!(told.starts_with("the edition was sent: it cannot be sent again;"), "{told}");
        let told = in_words(EditionState::Aborted, "resume_group");
        assert!(told.starts_with("the edition was aborted: it cannot be resumed for one provider any more;"), "{told}");
        assert!(in_words(EditionState::Approved, "pause").contains("edition hold"));
    }
}
