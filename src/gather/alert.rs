//! What those who keep the newsroom running are told by mail: a source fails, is back, changed too much, or left a gap.
//!
//! Queued in the transaction that finds it, so that it is told once and not lost. No mail for what mends itself: a source
//! is named after [`super::rules::FAILURES_MAX`] failures in a row. Held to it by `tests/it/gather/manners.rs` and
//! `tests/it/gather/overflow.rs`.

use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::one_line;
use crate::db::{StoreError, Tx};
use crate::operators::alert::{self, Alert, Readers};
use crate::webhooks::EventKind;

/// What happened to a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Failing { error: String },
    Back,
    Upheaval { reason: String },
    Gap { reason: String },
    Moved { to: String },
}

impl Trouble {
    /// What the newsroom's programs are told of it.
    pub(super) const fn told_as(&self) -> Option<EventKind> {
        match self {
            Self::Failing { .. } => Some(EventKind::SourceFailing),
            Self::Back => Some(EventKind::SourceRecovered),
            Self::Upheaval { .. } | Self::Gap { .. } | Self::Moved { .. } => None,
        }
    }
}

fn words(app: &App, source: &str, trouble: &Trouble) -> Alert {
    let name = one_line(source);
    // It begins the subject.
    let source = begun(&name);
    let (heading, what, next_step) = match trouble {
        Trouble::Failing { error } => (
            format!("{source} cannot be read"),
            format!(
                "Three fetches in a row failed: {error}. Its articles are missing from the editions until it is back."
            ),
            "look at its page under Sources at the desk; it goes on being tried.".to_owned(),
        ),
        Trouble::Back => (
            format!("{source} can be read again"),
            "What it shows now is taken up as always.".to_owned(),
            "nothing.".to_owned(),
        ),
        Trouble::Upheaval { reason } => (
            format!("{source} changed too much at once"),
            format!("{reason}. What changed is not taken up until somebody has looked at the site."),
            "if it is right, press \u{201c}Accept what was held back\u{201d} on its page under Sources at the desk.".to_owned(),
        ),
        Trouble::Gap { reason } => (
            format!("Articles of {name} may be missing"),
            format!("{reason}."),
            "look at the site; its page under Sources at the desk names the hours in question.".to_owned(),
        ),
        Trouble::Moved { to } => (
            format!("{source} has moved"),
            format!("For a week its site has said that it is at {to} now, for good."),
            "give it its new address on its page under Sources at the desk, or in newsroom.toml if it is declared there."
                .to_owned(),
        ),
    };
    let link = app.config.site.link("/desk/sources");
    Alert { heading, what, details: Vec::new(), next_step, link, link_label: "Open the sources" }
}

/// What begins with a capital; an address keeps its small letters.
fn begun(name: &str) -> String {
    let mut rest = name.chars();
    match rest.next() {
        Some(first) if !name.contains(['/', '.']) => first.to_uppercase().chain(rest).collect(),
        Some(_) => format!("The source {name}"),
        None => String::new(),
    }
}

/// Queues one mail for each administrator. The caller rings the outbox after its commit.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    source: &str,
    trouble: &Trouble,
) -> Result<(), StoreError> {
    alert::tell(app, tx, now, Readers::Admins, &words(app, source, trouble)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_begins_with_a_capital() {
        let begun = ["front page", "news.example/feed", "\u{447}\u{430}\u{441}"].map(begun);
        assert_eq!(begun, ["Front page", "The source news.example/feed", "\u{427}\u{430}\u{441}"]);
    }
}
