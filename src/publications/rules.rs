//! What a publication, a section and a slot may be: each rule once, for the file and for the desk.
//!
//! A rule names the field and what is wrong with it in words that go on from the field's name: `time_zone` and
//! `"Europe/Londn" is not a time zone; did you mean "Europe/London"?`. Pure.

use super::values::{PublicationValues, SectionValues, SlotPatch, SlotValues};
use crate::base::text::one_line;
use chrono::{NaiveDate, NaiveTime, Timelike as _};
use lettre::message::Mailbox;
use url::Url;

/// What is wrong with one field.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Mistake {
    pub field: &'static str,
    /// Goes on from the field's name: `is empty`.
    pub message: String,
}

impl Mistake {
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

pub const NAME_CHARS_MAX: usize = 120;
const DESCRIPTION_CHARS_MAX: usize = 1000;
const MAILBOX_CHARS_MAX: usize = 320;
const ADDRESS_CHARS_MAX: usize = 2000;
const SLUG_BYTES_MAX: usize = 64;
const ALIASES_MAX: usize = 50;
const HOLIDAYS_MAX: usize = 400;

pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The values as they are stored, or everything that is wrong with them.
pub(super) fn publication(mut it: PublicationValues) -> (PublicationValues, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let mut wrong = |field, message: String| mistakes.push(Mistake { field, message });
    if !is_slug(&it.slug) {
        wrong("slug", "must be lower-case letters, digits and hyphens, like \"evening\"".into());
    }
    it.name = name(&it.name, "name", &mut wrong);
    it.site_name = name(&it.site_name, "site_name", &mut wrong);
    it.description = it.description.trim().to_owned();
    length("description", &it.description, DESCRIPTION_CHARS_MAX, &mut wrong);
    if !is_language(&it.language) {
        wrong("language", format!("{:?} is not a language tag; write it like \"en\" or \"pt-BR\"", cut(&it.language)));
    }
    zone("time_zone", &it.time_zone, &mut wrong);
    if !it.site_url.is_empty() {
        it.site_url = it.site_url.trim().to_owned();
        if web_url(&it.site_url).is_none() {
            wrong(
                "site_url",
                format!("{:?} is not a web address; write it like https://news.example/", cut(&it.site_url)),
            );
        }
    }
    for (field, value) in [("from_mailbox", &it.from_mailbox), ("reply_to", &it.reply_to)] {
        let is_mailbox = |text: &String| text.chars().count() <= MAILBOX_CHARS_MAX && text.parse::<Mailbox>().is_ok();
        if value.as_ref().is_some_and(|text| !is_mailbox(text)) {
            wrong(field, "is not a mailbox; write it like \"Name <name@news.example>\"".into());
        }
    }
    if !is_color(&it.accent_color) {
        wrong("accent_color", format!("{:?} is not a colour; write it like \"#b45309\"", cut(&it.accent_color)));
    }
    it.accent_color = it.accent_color.to_ascii_lowercase();
    let clipped = "; a longer mail is clipped by mailbox providers";
    for (field, value, range, why) in [
        ("min_items", it.min_items, 1..=100, ""),
        ("full_items_max", it.full_items_max, 1..=30, clipped),
        ("headline_items_max", it.headline_items_max, 0..=100, clipped),
        ("late_send_limit_minutes", it.late_send_limit_minutes, 0..=1440, ""),
        ("breaking_per_day_max", it.breaking_per_day_max, 0..=24, ""),
    ] {
        if !range.contains(&value) {
            wrong(field, format!("is {} to {}{why}", range.start(), range.end()));
        }
    }
    (it, mistakes)
}

pub(super) fn section(mut it: SectionValues) -> (SectionValues, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let mut wrong = |field, message: String| mistakes.push(Mistake { field, message });
    if !is_slug(&it.slug) {
        wrong("slug", "must be lower-case letters, digits and hyphens, like \"city\"".into());
    }
    it.name = name(&it.name, "name", &mut wrong);
    if !(0..=1000).contains(&it.weight_percent) {
        wrong("weight_percent", "is 0 to 1000; 100 is the usual".into());
    }
    it.aliases = it.aliases.iter().map(|alias| one_line(alias)).filter(|alias| !alias.is_empty()).collect();
    if it.aliases.len() > ALIASES_MAX || it.aliases.iter().any(|alias| alias.chars().count() > NAME_CHARS_MAX) {
        wrong("aliases", format!("are at most {ALIASES_MAX} names of {NAME_CHARS_MAX} letters each"));
    }
    (it, mistakes)
}

/// A slot with what is typed over it; `publication_zone` has been checked where it stands.
pub(super) fn slot(it: SlotValues, patch: &SlotPatch, publication_zone: &str) -> (SlotValues, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let mut wrong = |field, message: String| mistakes.push(Mistake { field, message });
    let mut out = it;
    out.name = name(&out.name, "name", &mut wrong);
    if let Some(days) = &patch.weekdays {
        out.weekdays = weekdays(days, &mut wrong);
    }
    let mut time = |field, typed: &Option<String>, old: i64| match typed {
        Some(text) => minute(text).unwrap_or_else(|| {
            wrong(field, format!("{:?} is not a time of day; write it like \"18:00\"", cut(text)));
            0
        }),
        None => old,
    };
    out.cutoff_minute = time("cutoff", &patch.cutoff, out.cutoff_minute);
    out.send_minute = time("send", &patch.send, out.send_minute);
    out.latest_send_minute = match &patch.latest_send {
        Some(text) if text.trim().is_empty() => None,
        typed @ Some(_) => Some(time("latest_send", typed, 0)),
        None => out.latest_send_minute,
    };
    if out.latest_send_minute == Some(out.send_minute) {
        wrong(
            "latest_send",
            "is the send time itself, so that every edition would come too late; write a later time, or leave it out"
                .into(),
        );
    }
    if let Some(typed) = &patch.time_zone {
        out.time_zone = typed.trim().to_owned();
    }
    if out.time_zone != publication_zone {
        zone("time_zone", &out.time_zone, &mut wrong);
    }
    if let Some(dates) = &patch.holidays {
        out.holidays = dates.iter().map(|date| date.trim().to_owned()).filter(|date| !date.is_empty()).collect();
    }
    for date in out.holidays.iter().filter(|date| date.parse::<NaiveDate>().is_err()).take(5) {
        wrong("holidays", format!("has {:?}, which is not a date; write it like \"2026-12-25\"", cut(date)));
    }
    if out.holidays.len() > HOLIDAYS_MAX {
        wrong("holidays", format!("has more than {HOLIDAYS_MAX} dates; take those out that are over"));
    }
    (out, mistakes)
}

fn weekdays(days: &[String], wrong: &mut impl FnMut(&'static str, String)) -> i64 {
    let mut out = 0;
    for day in days {
        let short: String = day.to_lowercase().chars().take(3).collect();
        match WEEKDAYS.iter().position(|name| *name == short) {
            Some(index) => out |= 1 << index,
            None => wrong(
                "weekdays",
                format!("has {:?}, which is no weekday; write mon, tue, wed, thu, fri, sat or sun", cut(day)),
            ),
        }
    }
    if days.is_empty() {
        wrong("weekdays", "is empty; choose at least one day".into());
    }
    out
}

/// Minutes after midnight of `18:00`; a browser may add seconds.
fn minute(text: &str) -> Option<i64> {
    let text = text.trim();
    let time =
        NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S")).ok()?;
    Some(i64::from(time.num_seconds_from_midnight() / 60))
}

fn name(text: &str, field: &'static str, wrong: &mut impl FnMut(&'static str, String)) -> String {
    let text = one_line(text);
    if text.is_empty() {
        wrong(field, "is empty".into());
    }
    length(field, &text, NAME_CHARS_MAX, wrong);
    text
}

fn length(field: &'static str, text: &str, chars_max: usize, wrong: &mut impl FnMut(&'static str, String)) {
    if text.chars().count() > chars_max {
        wrong(field, format!("is longer than {chars_max} letters"));
    }
}

fn zone(field: &'static str, typed: &str, wrong: &mut impl FnMut(&'static str, String)) {
    if typed.parse::<chrono_tz::Tz>().is_err() {
        let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        // Likeness costs the product of the lengths.
        let typed = cut(typed);
        wrong(field, format!("{typed:?} is not an IANA zone{}", did_you_mean(&typed, names)));
    }
}

/// What is shown of something typed.
fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

pub(super) fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    crate::base::text::nearest(typed, known).map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
}

pub(super) fn web_url(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = Url::parse(text).ok().filter(|_| text.chars().count() <= ADDRESS_CHARS_MAX)?;
    (matches!(url.scheme(), "http" | "https") && url.host_str().is_some()).then_some(url)
}

pub(super) fn is_slug(text: &str) -> bool {
    let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_bounded = !text.is_empty() && text.len() <= SLUG_BYTES_MAX;
    is_bounded && text.bytes().all(inside) && !text.starts_with('-') && !text.ends_with('-')
}

/// `Harbour & Trade` becomes `harbour-trade`.
pub fn slug_of(name: &str) -> String {
    let words: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let slug: String = words.join("-").chars().take(SLUG_BYTES_MAX).collect();
    slug.trim_end_matches('-').to_owned()
}

pub fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
}

/// The form of BCP 47, not its registry.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_first = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    text.len() <= 35 && parts.next().is_some_and(is_first) && parts.all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_makes_a_slug() {
        assert_eq!(slug_of("Harbour & Trade"), "harbour-trade");
        assert!(is_slug(&slug_of(&"long word ".repeat(40))));
    }

    #[test]
    fn what_is_huge_or_strange_is_named_and_never_stored() {
        let mut values = PublicationValues::blank("evening".into(), &"x".repeat(100_000));
        values.language = "<script>".into();
        values.site_url = "javascript:alert(1)".into();
        values.accent_color = "red;}".into();
        values.time_zone = "Mars/Olympus".repeat(1000);
        let (_, mistakes) = publication(values);
        let fields: Vec<_> = mistakes.iter().map(|it| it.field).collect();
        assert_eq!(fields, ["name", "site_name", "language", "time_zone", "site_url", "accent_color"]);
        assert!(mistakes.iter().all(|it| it.message.len() < 300), "{mistakes:#?}");
    }

    #[test]
    fn a_browser_may_send_seconds_with_a_time() {
        assert_eq!((minute("18:05"), minute("18:05:00"), minute("24:00")), (Some(1085), Some(1085), None));
    }

    #[test]
    fn an_empty_latest_time_is_none_and_a_week_needs_a_day() {
        let patch = SlotPatch { latest_send: Some(" ".into()), weekdays: Some(vec![]), ..SlotPatch::default() };
        let (values, mistakes) = slot(SlotValues::blank("evening", "UTC"), &patch, "UTC");
        assert_eq!(values.latest_send_minute, None);
        assert_eq!(mistakes.iter().map(|it| it.field).collect::<Vec<_>>(), ["weekdays"]);
    }
}
