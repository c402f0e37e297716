//! What an edition is called, and what state it is in.

use crate::base::text::capitalized;
use crate::delivery::{Counts, DeliveryState};
use crate::editions::report::Verdict;
use crate::editions::{EditionKind, EditionState, Placement};
use crate::gather::CandidateState;
use crate::web::desk::subscribers::{grouped, readers_in_words};
use chrono::NaiveDate;

/// `Saturday 28 November 2026`; as it is kept where it does not read.
pub(in crate::web::desk) fn long_date(local_date: &str) -> String {
    let date = NaiveDate::parse_from_str(local_date, "%Y-%m-%d");
    date.map_or_else(|_| local_date.to_owned(), |date| date.format("%A %-d %B %Y").to_string())
}

/// What an archive calls `2026-11-28-2`: `Saturday 28 November 2026, 2nd edition`.
pub(in crate::web::desk) fn edition_name(label: &str) -> String {
    let Some((date, rest)) = label.split_at_checked("2026-11-28".len()) else { return label.to_owned() };
    let told = long_date(date);
    if told == date {
        return label.to_owned();
    }
    let number = |text: &str| text.parse::<u32>().ok();
    let which = match rest.strip_prefix('-') {
        None => return told,
        Some(rest) => match (rest.strip_prefix('b').and_then(number), rest.strip_prefix('c').and_then(number)) {
            (Some(1), _) => "breaking news".to_owned(),
            (Some(count), _) => format!("breaking news, {} of the day", ordinal(count)),
            (_, Some(1)) => "correction".to_owned(),
            (_, Some(count)) => format!("{} correction", ordinal(count)),
            _ => number(rest).map_or_else(|| rest.to_owned(), |count| format!("{} edition", ordinal(count))),
        },
    };
    format!("{told}, {which}")
}

fn ordinal(number: u32) -> String {
    let end = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

pub(in crate::web::desk) const fn kind_in_words(kind: EditionKind) -> &'static str {
    match kind {
        EditionKind::Regular => "of the calendar",
        EditionKind::Extra => "by hand",
        EditionKind::Breaking => "breaking news",
        EditionKind::Correction => "correction",
    }
}

/// `260 readers have it, 2 more may have it`: whose mail the relay took, and apart from them of whom nobody knows. Every page
/// that says who has an edition counts these.
pub(in crate::web::desk) fn who_has_it(counts: &Counts) -> String {
    let have = match counts.accepted {
        0 => "Nobody has it for certain".to_owned(),
        1 => "1 reader has it".to_owned(),
        readers => format!("{} have it", readers_in_words(readers)),
    };
    match (counts.accepted, counts.uncertain) {
        (0, 0) => "Nobody has it".to_owned(),
        (_, 0) => have,
        (0, maybe) => format!("{have}, {} may have it", readers_in_words(maybe)),
        (_, maybe) => format!("{have}, {} more may have it", grouped(maybe)),
    }
}

/// The edition is ..
pub(in crate::web) const fn state_in_words(state: EditionState) -> &'static str {
    match state {
        EditionState::Planned => "planned",
        EditionState::Collecting => "collecting",
        EditionState::Drafted => "a draft",
        EditionState::InReview => "read once",
        EditionState::Approved => "approved",
        EditionState::Sealed => "about to go out",
        EditionState::Sending => "on its way",
        EditionState::Sent => "sent",
        EditionState::Skipped => "skipped",
        EditionState::Cancelled => "given up",
        EditionState::Missed => "missed",
        EditionState::Aborted => "stopped",
    }
}

/// Why an edition did not go out, without the word that programs know the reason by.
pub(in crate::web::desk) fn reason_in_words(reason: &str) -> String {
    let told = ["empty: ", "below_min: "].iter().find_map(|word| reason.strip_prefix(word)).unwrap_or(reason);
    let told = match told {
        "holiday: the slot has no edition on this date" => "a day off: its times have no edition on it",
        "the slot has no edition on this date any more" => "its times were changed, and have no edition on this day",
        other => other,
    };
    // What a draft is noted to have done with the stories of the pool.
    let count =
        |head: &str| head == "1 story" || head.strip_suffix(" stories").is_some_and(|it| it.parse::<u32>().is_ok());
    match told.split_once(" claimed") {
        Some((head, tail)) if count(head) => super::at_desk(&format!("{head} taken in{tail}")),
        _ => super::at_desk(told),
    }
}

/// The same of a state's word, as the trail keeps it; what is none stays.
pub(in crate::web::desk) fn state_of_word(word: &str) -> String {
    EditionState::parse(word).map_or_else(|| word.to_owned(), |state| capitalized(state_in_words(state)))
}

/// Where a story stands in the mail; empty for the usual.
pub(in crate::web::desk) const fn place_in_words(placement: Placement) -> &'static str {
    match placement {
        Placement::Top => "top story",
        Placement::Full => "",
        Placement::Headline => "headline only",
        Placement::Overflow => "counted only",
        Placement::Hidden => "hidden",
        Placement::Missed => "in case you missed it",
    }
}

/// What the report says of an article.
pub(in crate::web::desk) const fn verdict_in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Top => "top story",
        Verdict::Full => "in full",
        Verdict::Headline => "headline only",
        Verdict::Missed => "in case you missed it",
        Verdict::Overflow => "counted only",
        Verdict::Hidden => "hidden",
        Verdict::Unsent => "in a draft that was not sent",
        Verdict::Waiting => "waits in the pool",
        Verdict::Late => "came after the cutoff",
        Verdict::Embargoed => "under embargo",
        Verdict::Held => "held for an editor",
        Verdict::Dismissed => "dismissed",
        Verdict::Baseline => "known before its source was added",
        Verdict::Gone => "gone from its site",
        Verdict::Folded => "told by another article",
        Verdict::Elsewhere => "in another edition",
    }
}

/// What an article is to its publication, in the plural.
pub(in crate::web::desk) fn candidates_in_words(word: &str) -> String {
    let told = match CandidateState::parse(word) {
        Some(CandidateState::Pool) => "wait",
        Some(CandidateState::Claimed) => "in editions",
        Some(CandidateState::Held) => "held",
        Some(CandidateState::Dismissed) => "dismissed",
        Some(CandidateState::Baseline) => "known before their source was added",
        Some(CandidateState::Gone) => "gone from their site",
        Some(CandidateState::Folded) => "told by another article",
        None => word,
    };
    told.to_owned()
}

/// What became of one reader's mail.
pub(in crate::web::desk) const fn delivery_in_words(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Queued => "waits",
        DeliveryState::Leased | DeliveryState::Started => "is being sent",
        DeliveryState::Deferred => "put off",
        DeliveryState::Accepted => "accepted",
        DeliveryState::Suppressed => "suppressed",
        DeliveryState::Failed => "failed",
        DeliveryState::Expired => "expired",
        DeliveryState::Uncertain => "uncertain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_an_edition_did_not_go_out_is_told_without_codes() {
        use crate::editions::SkipReason as Why;
        for (why, told) in [
            (Why::Empty, "no new story in the pool"),
            (Why::Unread { sources: 2 }, "no new story in the pool, and 2 of its sources could not be read"),
            (Why::BelowMinimum { have: 1, need: 3 }, "1 of at least 3 stories; they go into the next edition"),
            (Why::Holiday, "a day off: its times have no edition on it"),
            (Why::NoSlot, "its times were changed, and have no edition on this day"),
            (Why::Decided("a strike: all day".to_owned()), "a strike: all day"),
        ] {
            assert_eq!(reason_in_words(&why.to_string()), told);
        }
        assert_eq!(
            reason_in_words("2 stories claimed; the approval is void"),
            "2 stories taken in; the approval is void"
        );
        assert_eq!(reason_in_words("the mayor claimed more"), "the mayor claimed more");
    }

    #[test]
    fn an_edition_is_called_by_its_day() {
        assert_eq!(edition_name("2026-11-28"), "Saturday 28 November 2026");
        assert_eq!(edition_name("2026-11-28-2"), "Saturday 28 November 2026, 2nd edition");
        assert_eq!(edition_name("2026-11-28-11"), "Saturday 28 November 2026, 11th edition");
        assert_eq!(edition_name("2026-11-28-b1"), "Saturday 28 November 2026, breaking news");
        assert_eq!(edition_name("2026-11-28-b2"), "Saturday 28 November 2026, breaking news, 2nd of the day");
        assert_eq!(edition_name("2026-11-28-c3"), "Saturday 28 November 2026, 3rd correction");
        for odd in ["", "2026", "2026-13-41", "2026-11-2\u{e9}x", "evening"] {
            assert_eq!(edition_name(odd), odd);
        }
    }
}
