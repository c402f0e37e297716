//! What those who keep the newsroom running are told by mail: a source fails, is back, changed too much, or left a gap.
//!
//! Queued in the transaction that finds it, so that it is told once and not lost. No mail for what mends itself: a source
//! is named after [`super::rules::FAILURES_MAX`] failures in a row. Held to it by `tests/it/gather/alerts.rs`.

use crate::app::App;
use crate::base::text::one_line;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::outbox::{self, MailKind, OutboxMail};
use crate::operators;
use askama::Template;

/// News of yesterday's trouble helps nobody.
const WORTH: Span = Span::hours(12);

/// What happened to a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Failing { error: String },
    Back,
    Upheaval { reason: String },
    Gap { reason: String },
    Moved { to: String },
}

struct Words {
    heading: String,
    what: String,
    next_step: String,
    site: String,
    link: String,
}

#[derive(Template)]
#[template(path = "alert/subject.txt")]
struct Subject<'a> {
    it: &'a Words,
}

#[derive(Template)]
#[template(path = "alert/body.txt")]
struct Text<'a> {
    it: &'a Words,
}

#[derive(Template)]
#[template(path = "alert/body.html")]
struct Html<'a> {
    it: &'a Words,
}

fn words(app: &App, source: &str, trouble: &Trouble) -> Words {
    let name = one_line(source);
    // It begins the subject; in a command it stands as it is.
    let source = begun(&name);
    let command = |verb: &str| format!("lamplighter source {verb} {name:?}");
    let (heading, what, next_step) = match trouble {
        Trouble::Failing { error } => (
            format!("{source} cannot be read"),
            format!(
                "Three fetches in a row failed: {error}. Its articles are missing from the editions until it is back."
            ),
            format!("look with `{}`; it goes on being tried.", command("show")),
        ),
        Trouble::Back => (
            format!("{source} can be read again"),
            "What it shows now is taken up as always.".to_owned(),
            "nothing.".to_owned(),
        ),
        Trouble::Upheaval { reason } => (
            format!("{source} changed too much at once"),
            format!("{reason}. What changed is not taken up until somebody has looked at the site."),
            format!("if it is right, say `{}`.", command("release")),
        ),
        Trouble::Gap { reason } => (
            format!("Articles of {name} may be missing"),
            format!("{reason}."),
            format!("look at the site; `{}` names the hours in question.", command("show")),
        ),
        Trouble::Moved { to } => (
            format!("{source} has moved"),
            format!("For a week its site has said that it is at {to} now, for good."),
            "give the source its new address: in newsroom.toml, or by adding it anew.".to_owned(),
        ),
    };
    let site = &app.config.site;
    Words { heading, what, next_step, site: one_line(&site.name), link: site.link("/desk") }
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
    let it = &words(app, source, trouble);
    let parts = (|| Ok::<_, askama::Error>((Subject { it }.render()?, Text { it }.render()?, Html { it }.render()?)))();
    let (subject, text, html) = match parts {
        Ok(parts) => parts,
        Err(error) => {
            tracing::error!(%error, "an alert could not be written");
            return Ok(());
        }
    };
    for to in operators::list_alert_addresses(tx).await? {
        let mail = OutboxMail {
            kind: MailKind::Alert,
            to,
            from: None,
            subject: one_line(&subject),
            text: text.clone(),
            html: html.clone(),
            expires_at: now + WORTH,
        };
        outbox::enqueue(tx, now, &mail).await?;
    }
    Ok(())
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
