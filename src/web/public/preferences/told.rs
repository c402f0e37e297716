//! What a change came to, in the reader's words: before and after.

use super::Said;
use crate::base::Timestamp;
use crate::editions::phrases::Phrases;
use crate::subscribers::{Card, ChoiceError, Subscription};
use crate::words::{Language, Words};
use std::fmt::Display;

/// The day as the reader's calendar has it: `24 December`.
pub(super) fn day(words: Words, card: &Card, at: Timestamp) -> String {
    Phrases::of(words.0.code()).short_date(at.in_zone(card.zone()).date_naive())
}

pub(super) fn weekday(words: Words, day: i64) -> String {
    words.say(&format!("prefs-weekday-{day}")).into_owned()
}

/// Says what one choice is.
type Teller<'a> = &'a dyn Fn(&Subscription) -> String;

/// One line for each choice that is another one now.
pub(super) fn change(words: Words, before: &Subscription, after: &Card) -> Said {
    let say = |key: &str| words.say(key).into_owned();
    let sections = |it: &Subscription| match &it.sections {
        None => say("prefs-sections-all"),
        Some(slugs) => {
            let name = |slug: &String| {
                after.sections.iter().find(|it| it.slug == *slug).map_or_else(|| slug.clone(), |it| it.name.clone())
            };
            slugs.iter().map(name).collect::<Vec<_>>().join(", ")
        }
    };
    let often = |it: &Subscription| it.weekday.map_or_else(|| say("prefs-often-all"), |day| weekday(words, day));
    let stories = |it: &Subscription| match it.stories_min {
        None => say("prefs-stories-none"),
        Some(n) => words.count("prefs-stories-min", n).into_owned(),
    };
    let hour = |it: &Subscription| it.hour.map_or_else(|| say("prefs-hour-none"), |hour| format!("{hour:02}:00"));
    let zone = |it: &Subscription| it.time_zone.clone().unwrap_or_else(|| say("prefs-zone-own"));
    let breaking = |it: &Subscription| say(if it.breaking { "prefs-yes" } else { "prefs-no" });
    let pause = |it: &Subscription| match it.paused_until {
        None => say("prefs-not-paused"),
        Some(until) => words.of("prefs-paused-until", day(words, after, until)).into_owned(),
    };
    let told: [(&str, Teller<'_>); 7] = [
        ("prefs-sections", &sections),
        ("prefs-often", &often),
        ("prefs-stories", &stories),
        ("prefs-hour", &hour),
        ("prefs-zone", &zone),
        ("prefs-breaking", &breaking),
        ("prefs-pause", &pause),
    ];
    let lines = told.into_iter().filter_map(|(what, told)| {
        let (was, is) = (told(before), told(&after.subscription));
        (was != is).then(|| line(words, what, &was, &is))
    });
    said(words, lines.collect())
}

pub(super) fn language(words: Words, was: Option<String>, is: Language) -> Said {
    let name = |tag: String| Language::of_tag(&tag).map_or(tag, |it| it.own_name().to_owned());
    said(words, was.map(|was| line(words, "prefs-language", &name(was), &is.own_name())).into_iter().collect())
}

fn line(words: Words, what: &str, before: &dyn Display, after: &dyn Display) -> String {
    let what = words.say(what);
    words.fill("prefs-change", &[("what", &what), ("before", before), ("after", after)]).into_owned()
}

fn said(words: Words, changes: Vec<String>) -> Said {
    let notice = if changes.is_empty() { words.say("prefs-same") } else { words.say("prefs-saved") };
    Said { notice: notice.into_owned(), changes, errors: Vec::new() }
}

pub(super) fn mistake(words: Words, reason: &ChoiceError) -> String {
    let said = match reason {
        ChoiceError::UnknownSection(_) => words.say("prefs-wrong-sections"),
        ChoiceError::UnknownTimeZone => words.say("prefs-wrong-zone"),
        ChoiceError::NoBreaking => words.say("prefs-wrong-breaking"),
        ChoiceError::Hour => words.say("prefs-wrong-hour"),
        ChoiceError::Weekday => words.say("prefs-wrong-weekday"),
        ChoiceError::StoriesMin => words.say("prefs-wrong-stories"),
        ChoiceError::PauseEnd => words.say("prefs-wrong-pause"),
    };
    said.into_owned()
}
