//! Readers: found, looked at, helped; brought in from a list and taken out as one.
//!
//! Whole addresses are shown here, so these pages are for those who look after readers; everybody else at the desk sees
//! numbers, and is told why. Forms post to a verb and come back; nothing here decides.
//! Held to it by `tests/it/web/desk_readers.rs` and `tests/it/browser/subscribers.rs`.

mod add;
pub(super) mod export;
mod imports;
mod list;
pub(super) mod person;

pub(super) use list::of_list;

use super::doors::{Doors, Needs};
use super::form::Choice;
use super::frame::Moment;
use crate::app::App;
use crate::base::Timestamp;
use crate::config::LimitsConfig;
use crate::operators::Permission;
use crate::publications::{Publication, list_publications};
use crate::subscribers::{AskOutcome, ConsentSource, LeftReason, SubscriptionState, SuppressionReason};
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use chrono_tz::Tz;

pub(super) fn doors() -> Doors {
    const VIEW: Needs = Needs::Role(Permission::View);
    const MANAGE: Needs = Needs::Role(Permission::ManageSubscribers);
    Doors::new()
        .page("/desk/subscribers", VIEW, list::get_list)
        .page("/desk/subscribers/add", MANAGE, add::get_add)
        .deed("/desk/subscribers/add", MANAGE, add::post_add)
        .deed("/desk/subscribers/export", MANAGE, export::post_export)
        .deed("/desk/subscribers/waiting/{id}/ask", MANAGE, list::post_ask_again)
        .page("/desk/subscribers/imports", MANAGE, imports::get_imports)
        // The verb has a limit of its own, and takes the file piece by piece.
        .stream("/desk/subscribers/imports", MANAGE, imports::post_upload)
        .page("/desk/subscribers/imports/{id}", MANAGE, imports::get_import)
        .deed("/desk/subscribers/imports/{id}/try", MANAGE, imports::post_try)
        .deed("/desk/subscribers/imports/{id}/start", MANAGE, imports::post_start)
        .deed("/desk/subscribers/imports/{id}/cancel", MANAGE, imports::post_cancel)
        .page("/desk/subscribers/{id}", MANAGE, person::get_person)
        .deed("/desk/subscribers/{id}/choices", MANAGE, person::post_choices)
        .deed("/desk/subscribers/{id}/pause", MANAGE, person::post_pause)
        .deed("/desk/subscribers/{id}/leave", MANAGE, person::post_leave)
        .deed("/desk/subscribers/{id}/suppress", MANAGE, person::post_suppress)
        .deed("/desk/subscribers/{id}/lift", MANAGE, person::post_lift)
        .deed("/desk/subscribers/{id}/erase", MANAGE, person::post_erase)
}

/// What is wrong with what was typed; `field` is the id of its input.
pub(super) struct Problem {
    pub field: String,
    pub message: String,
}

impl Problem {
    pub(super) fn new(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        Self { field: field.into(), message: sentence(&message.to_string()) }
    }
}

/// A word of a state; the colour repeats what it says.
pub(super) struct Chip {
    pub tone: &'static str,
    pub text: String,
}

pub(super) async fn publications(app: &App) -> Result<Vec<Publication>, Error> {
    Ok(list_publications(&mut app.db.read().await?).await?)
}

pub(super) fn of_all(all: &[Publication], chosen: &str) -> Vec<Choice> {
    all.iter().map(|it| Choice::new(it.slug.clone(), it.name.clone(), chosen)).collect()
}

/// `23 Nov 2026, 19:30 CET`: what may be years ago has its year.
pub(super) fn dated(at: Timestamp, zone: Tz) -> Moment {
    let moment = Moment::of(at, zone);
    let local = at.in_zone(zone);
    let name = moment.said.rsplit(' ').next().unwrap_or_default();
    Moment { said: format!("{} {name}", local.format("%-d %b %Y, %H:%M")), ..moment }
}

/// The day alone.
pub(super) fn day(at: Timestamp, zone: Tz) -> Moment {
    Moment { said: at.in_zone(zone).format("%-d %b %Y").to_string(), ..Moment::of(at, zone) }
}

/// A whole number with its thousands apart.
pub(super) fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut out = if count < 0 { "-".to_owned() } else { String::new() };
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 reader`, `4,070 readers`
pub(super) fn readers_in_words(count: i64) -> String {
    if count == 1 { "1 reader".to_owned() } else { format!("{} readers", grouped(count)) }
}

pub(super) const fn source_in_words(source: ConsentSource) -> &'static str {
    match source {
        ConsentSource::Form => "the sign-up form",
        ConsentSource::Api => "a program (API)",
        ConsentSource::Import => "a list, or asked by the newsroom",
        ConsentSource::Operator => "the newsroom, by hand",
    }
}

/// Why a newsroom suppresses an address: what is chosen, and what may be written beside it.
pub(super) const SUPPRESS_REASONS: [&str; 4] = [
    "They asked for it",
    "A legal demand",
    "The mailbox is nobody's, or belongs to many",
    "Abuse, or an address that was planted",
];

/// `They asked for it: by telephone`; empty if nothing was said.
pub(super) fn why_suppressed(fields: &Fields) -> String {
    let note = fields.get("because").trim();
    match SUPPRESS_REASONS.iter().find(|it| **it == fields.get("why")) {
        Some(chosen) if note.is_empty() => (*chosen).to_owned(),
        Some(chosen) => format!("{chosen}: {note}"),
        None => note.to_owned(),
    }
}

pub(super) fn suppress_reasons(chosen: &str) -> Vec<Choice> {
    SUPPRESS_REASONS.iter().map(|it| Choice::new(*it, *it, chosen)).collect()
}

pub(super) const fn suppression_in_words(reason: SuppressionReason) -> &'static str {
    match reason {
        SuppressionReason::Left => "left, and was forgotten since",
        SuppressionReason::HardBounce => "the address does not work",
        SuppressionReason::Complaint => "marked a mail as spam",
        SuppressionReason::Erased => "asked to be erased",
        SuppressionReason::Operator => "suppressed by the newsroom",
        SuppressionReason::NotMe => "said that somebody else had signed them up",
    }
}

pub(super) const fn left_in_words(reason: Option<LeftReason>) -> &'static str {
    match reason {
        Some(LeftReason::HardBounce) => "address failed",
        Some(LeftReason::Complaint) => "complained",
        Some(LeftReason::Erased) => "erased",
        Some(LeftReason::Operator) => "ended by us",
        Some(LeftReason::NotMe) => "not them",
        Some(LeftReason::Reader) | None => "left",
    }
}

/// How somebody stands to one publication.
pub(super) fn standing(
    name: &str,
    state: SubscriptionState,
    left: Option<LeftReason>,
    paused: Option<Timestamp>,
    now: Timestamp,
) -> Chip {
    match state {
        SubscriptionState::Left => Chip { tone: "", text: format!("{name}: {}", left_in_words(left)) },
        SubscriptionState::Active if paused.is_some_and(|until| until > now) => {
            Chip { tone: "warn", text: format!("{name}: paused") }
        }
        SubscriptionState::Active => Chip { tone: "good", text: format!("{name}: reads") },
    }
}

/// What came of a question, and whether a mail goes.
pub(super) fn asked_in_words(outcome: AskOutcome, limits: &LimitsConfig) -> (String, bool) {
    let (told, is_done) = match outcome {
        AskOutcome::Asked => {
            ("A mail with a link to confirm is on its way. Nothing else comes before it is pressed.", true)
        }
        // The limits by the hour do not hold back what the newsroom asks itself.
        AskOutcome::Later => {
            let (minutes, mails) = (limits.confirmation_window_minutes, limits.confirmations_per_address_day);
            let told = format!(
                "Nothing was sent now: one address gets such a mail at most every {minutes} minutes, and at most {mails} in a \
                 day, and this one had its last too lately. The next one goes by itself when it may."
            );
            return (told, true);
        }
        AskOutcome::NotNow => {
            ("Nothing was sent: they read this already, and were told so by a mail a short while ago.", false)
        }
        AskOutcome::Suppressed(SuppressionReason::Operator) => {
            ("Nothing was sent: the newsroom suppressed this address. Lift the suppression first.", false)
        }
        AskOutcome::Suppressed(_) => {
            ("Nothing was sent: the owner said that this was not them. Nothing goes there until that expires.", false)
        }
    };
    (told.to_owned(), is_done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped_and_dates_have_their_year() {
        for (count, said) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(grouped(count), said);
        }
        let at = Timestamp::from_seconds(1_795_458_600);
        assert_eq!(dated(at, chrono_tz::Europe::Berlin).said, "23 Nov 2026, 19:30 CET");
    }
}
