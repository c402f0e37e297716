//! The file `newsroom.toml`: its keys, their defaults, and what can be wrong with them.
//!
//! Reading is separate from writing, so that every mistake is reported at once and before anything is changed.

use super::apply::ApplyError;
use super::declared_source::{self, SourceFile};
use super::model::{Approval, UncertainPolicy};
use super::store::{PublicationValues, SectionValues, SlotValues, SourceValues};
use crate::base::text::one_line;
use chrono::{NaiveDate, NaiveTime, Timelike as _};
use lettre::message::Mailbox;
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewsroomFile {
    #[serde(default, rename = "publication")]
    publications: Vec<PublicationFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicationFile {
    slug: String,
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default = "english")]
    language: String,
    #[serde(default = "utc")]
    time_zone: String,
    site_name: Option<String>,
    site_url: Option<String>,
    from: Option<String>,
    reply_to: Option<String>,
    #[serde(default = "amber")]
    accent_color: String,
    #[serde(default = "approval_default")]
    approval: Approval,
    #[serde(default = "uncertain_default")]
    uncertain_policy: UncertainPolicy,
    #[serde(default = "one")]
    min_items: i64,
    #[serde(default = "ten")]
    full_items_max: i64,
    #[serde(default = "twenty_five")]
    headline_items_max: i64,
    #[serde(default = "three_hours")]
    late_send_limit_minutes: i64,
    #[serde(default = "yes")]
    top_story_to_all: bool,
    #[serde(default = "three")]
    breaking_per_day_max: i64,
    #[serde(default, rename = "slot")]
    slots: Vec<SlotFile>,
    #[serde(default, rename = "section")]
    sections: Vec<SectionFile>,
    #[serde(default, rename = "source")]
    sources: Vec<SourceFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotFile {
    #[serde(default = "evening")]
    name: String,
    #[serde(default = "every_day")]
    weekdays: Vec<String>,
    #[serde(default = "six")]
    cutoff: String,
    #[serde(default = "half_past_six")]
    send: String,
    latest_send: Option<String>,
    time_zone: Option<String>,
    #[serde(default)]
    holidays: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionFile {
    slug: Option<String>,
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default = "hundred")]
    weight_percent: i64,
}

fn english() -> String {
    "en".into()
}
fn utc() -> String {
    "UTC".into()
}
fn amber() -> String {
    "#b45309".into()
}
fn evening() -> String {
    "evening".into()
}
fn six() -> String {
    "18:00".into()
}
fn half_past_six() -> String {
    "18:30".into()
}
fn every_day() -> Vec<String> {
    WEEKDAYS.iter().map(|day| (*day).to_owned()).collect()
}
const fn yes() -> bool {
    true
}
const fn three() -> i64 {
    3
}
const fn hundred() -> i64 {
    100
}
const fn one() -> i64 {
    1
}
const fn ten() -> i64 {
    10
}
const fn twenty_five() -> i64 {
    25
}
const fn three_hours() -> i64 {
    180
}
const fn approval_default() -> Approval {
    Approval::Auto
}
const fn uncertain_default() -> UncertainPolicy {
    UncertainPolicy::Hold
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A checked file, ready to be written.
pub(super) struct Plan {
    pub values: PublicationValues,
    pub sections: Vec<SectionValues>,
    pub slots: Vec<SlotValues>,
    pub sources: Vec<SourceValues>,
}

/// Reads and checks a file's text.
///
/// # Errors
/// [`ApplyError::Parse`] with the line, or [`ApplyError::Invalid`] with every mistake.
pub(super) fn read(text: &str) -> Result<Vec<Plan>, ApplyError> {
    let file: NewsroomFile =
        toml::from_str(text).map_err(|error| ApplyError::Parse(crate::config::explain(&error.to_string())))?;
    check(file)
}

fn check(file: NewsroomFile) -> Result<Vec<Plan>, ApplyError> {
    let mut mistakes = Vec::new();
    if file.publications.is_empty() {
        mistakes.push("the file declares no publication; begin one with [[publication]], slug and name".to_owned());
    }
    let mut seen = Vec::new();
    let mut plans = Vec::new();
    for publication in file.publications {
        let at = format!("publication {:?}", publication.slug);
        if seen.contains(&publication.slug) {
            mistakes.push(format!("{at}: declared twice; give each its own slug"));
        }
        seen.push(publication.slug.clone());
        plans.push(check_publication(publication, &at, &mut mistakes));
    }
    if mistakes.is_empty() { Ok(plans) } else { Err(ApplyError::Invalid(mistakes)) }
}

fn check_publication(file: PublicationFile, at: &str, mistakes: &mut Vec<String>) -> Plan {
    let mut wrong = |message: String| mistakes.push(format!("{at}: {message}"));
    if !is_slug(&file.slug) {
        wrong("slug must be lower-case letters, digits and hyphens, like \"evening\"".into());
    }
    if one_line(&file.name).is_empty() {
        wrong("name is empty".into());
    }
    if file.time_zone.parse::<chrono_tz::Tz>().is_err() {
        let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        wrong(format!("time_zone {:?} is not an IANA zone{}", file.time_zone, did_you_mean(&file.time_zone, names)));
    }
    for (key, value) in [("from", &file.from), ("reply_to", &file.reply_to)] {
        if value.as_ref().is_some_and(|text| text.parse::<Mailbox>().is_err()) {
            wrong(format!("{key} is not a mailbox; write it like \"Name <name@news.example>\""));
        }
    }
    if !is_color(&file.accent_color) {
        wrong(format!("accent_color {:?} is not a colour; write it like \"#b45309\"", file.accent_color));
    }
    if file.min_items < 1 || file.full_items_max < 1 || file.headline_items_max < 0 || file.late_send_limit_minutes < 0
    {
        wrong("min_items and full_items_max are at least 1, the other numbers at least 0".into());
    }
    if file.full_items_max > 30 || file.headline_items_max > 100 {
        wrong("full_items_max is at most 30 and headline_items_max at most 100; a longer mail is clipped by mailbox providers".into());
    }
    if !(0..=24).contains(&file.breaking_per_day_max) {
        wrong("breaking_per_day_max is 0 (none) to 24".into());
    }
    let sections = check_sections(file.sections, &mut wrong);
    let slots = check_slots(file.slots, &file.time_zone, &mut wrong);
    let sources = declared_source::check(file.sources, &sections, &mut wrong);
    if let Some(url) = &file.site_url
        && web_url(url).is_none()
    {
        wrong(format!("site_url {url:?} is not a web address"));
    }
    let site_url = file.site_url.or_else(|| {
        let first = sources.iter().find_map(|it| web_url(&it.url))?;
        Some(first.join("/").ok()?.to_string())
    });
    Plan {
        values: PublicationValues {
            slug: file.slug,
            site_name: one_line(&file.site_name.unwrap_or_else(|| file.name.clone())),
            name: one_line(&file.name),
            description: file.description.trim().to_owned(),
            language: file.language,
            time_zone: file.time_zone,
            site_url: site_url.unwrap_or_default(),
            from_mailbox: file.from,
            reply_to: file.reply_to,
            accent_color: file.accent_color.to_ascii_lowercase(),
            approval: file.approval,
            uncertain_policy: file.uncertain_policy,
            min_items: file.min_items,
            full_items_max: file.full_items_max,
            headline_items_max: file.headline_items_max,
            late_send_limit_minutes: file.late_send_limit_minutes,
            top_to_all: file.top_story_to_all,
            breaking_per_day_max: file.breaking_per_day_max,
        },
        sections,
        slots,
        sources,
    }
}

fn check_sections(files: Vec<SectionFile>, wrong: &mut impl FnMut(String)) -> Vec<SectionValues> {
    let mut out: Vec<SectionValues> = Vec::new();
    for file in files {
        let slug = file.slug.unwrap_or_else(|| slug_of(&file.name));
        if !is_slug(&slug) {
            wrong(format!("section {:?}: give it a slug of lower-case letters, digits and hyphens", file.name));
        }
        if out.iter().any(|other| other.slug == slug) {
            wrong(format!("section {slug:?} is declared twice"));
        }
        if !(0..=1000).contains(&file.weight_percent) {
            wrong(format!("section {slug:?}: weight_percent is 0 to 1000; 100 is the usual"));
        }
        let name = one_line(&file.name);
        out.push(SectionValues { slug, name, aliases: file.aliases, weight_percent: file.weight_percent });
    }
    out
}

fn check_slots(files: Vec<SlotFile>, zone: &str, wrong: &mut impl FnMut(String)) -> Vec<SlotValues> {
    let mut out: Vec<SlotValues> = Vec::new();
    for file in files {
        let at = format!("slot {:?}", file.name);
        if out.iter().any(|other| other.name == file.name) {
            wrong(format!("{at} is declared twice; give each slot of a publication its own name"));
        }
        let mut weekdays = 0;
        for day in &file.weekdays {
            let short: String = day.to_lowercase().chars().take(3).collect();
            match WEEKDAYS.iter().position(|name| *name == short) {
                Some(index) => weekdays |= 1 << index,
                None => wrong(format!("{at}: {day:?} is not a weekday; write mon, tue, wed, thu, fri, sat or sun")),
            }
        }
        if file.weekdays.is_empty() {
            wrong(format!("{at}: weekdays is empty; name at least one, or leave the key out for every day"));
        }
        let mut minute = |key: &str, text: &str| {
            NaiveTime::parse_from_str(text, "%H:%M")
                .map(|time| i64::from(time.num_seconds_from_midnight() / 60))
                .unwrap_or_else(|_| {
                    wrong(format!("{at}: {key} {text:?} is not a time of day; write it like \"18:00\""));
                    0
                })
        };
        let (cutoff_minute, send_minute) = (minute("cutoff", &file.cutoff), minute("send", &file.send));
        let latest_send_minute = file.latest_send.as_deref().map(|text| minute("latest_send", text));
        if latest_send_minute == Some(send_minute) {
            wrong(format!(
                "{at}: latest_send is the send time itself, so that every edition would come too late; write a later \
                 time, or leave the key out"
            ));
        }
        let time_zone = file.time_zone.unwrap_or_else(|| zone.to_owned());
        if time_zone.parse::<chrono_tz::Tz>().is_err() && time_zone != zone {
            wrong(format!("{at}: time_zone {time_zone:?} is not an IANA zone"));
        }
        for date in file.holidays.iter().filter(|date| date.parse::<NaiveDate>().is_err()) {
            wrong(format!("{at}: holiday {date:?} is not a date; write it like \"2026-12-25\""));
        }
        out.push(SlotValues {
            name: file.name,
            weekdays,
            cutoff_minute,
            send_minute,
            latest_send_minute,
            time_zone,
            holidays: file.holidays,
        });
    }
    out
}

pub(super) fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    crate::base::text::nearest(typed, known).map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
}

pub(super) fn web_url(text: &str) -> Option<Url> {
    Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
}

fn is_slug(text: &str) -> bool {
    let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(inside) && !text.starts_with('-') && !text.ends_with('-')
}

/// `Harbour & Trade` becomes `harbour-trade`.
fn slug_of(name: &str) -> String {
    let words: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    words.join("-")
}

fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
}

/// The commented `newsroom.toml` that `init` writes.
pub fn template() -> &'static str {
    r##"# What this newsroom publishes. Make it true with `lamplighter apply newsroom.toml`; run it again after every change.

[[publication]]
slug = "evening"
name = "The Evening Edition"
description = "The day's stories from our newsroom, every evening."
language = "en"
time_zone = "Europe/London"
# site_url = "https://your.site/"   # else that of the first source that is named here
# accent_color = "#b45309"
# from = "The Evening Edition <evening@news.example>"    # else mail.from of lamplighter.toml
# approval = "auto"            # or "manual": an edition goes out only when an editor has approved it; "four_eyes": when two have
# top_story_to_all = true      # the top story goes to readers of other sections too
# breaking_per_day_max = 3     # breaking editions of one day, to those who chose them
# uncertain_policy = "hold"    # or "resend_once": whose mail may have been lost is sent one more
# min_items = 1                # with fewer stories the day rolls into the next edition
# full_items_max = 10
# headline_items_max = 25
# late_send_limit_minutes = 180

  # When: what is known at the cutoff goes out at the send time, by the wall clock of the zone.
  [[publication.slot]]
  name = "evening"
  weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  cutoff = "18:00"
  send = "18:30"
  # latest_send = "21:30"      # else late_send_limit_minutes after the send time; later than this it is not sent any more
  # holidays = ["2026-12-25"]

  # Sections in editorial order; aliases are the names under which the feeds file them.
  # [[publication.section]]
  # slug = "city"
  # name = "City"
  # aliases = ["Local", "Metro"]
  # weight_percent = 100       # 200 lifts its stories, 50 lowers them

  # Where the articles come from. `lamplighter source add --discover https://your.site` finds it and adds it by itself; or
  # take the "# " away from what is needed here, and put your feed's address in.
  # [[publication.source]]
  # name = "Front page"
  # url = "https://news.example/feed/"
  # section = "city"           # file everything from this source under one section
  # kind = "feed"              # RSS, Atom or JSON Feed; or "wordpress" (the site's REST API), "sitemap", "page" (a page that lists articles), "push"
  # standby = true             # read only while the source before it in the same section cannot be
  # pages = "auto"             # read the articles' own pages where the source says too little; or "always", "never"
  # time_zone = "Asia/Bishkek" # of dates that name no zone; else the publication's
  # select = { body = "div.story > p", remove = [".share"] }   # where things stand on the pages, if reading goes wrong
  # first_fetch = "auto"       # what the first fetch shows is news before the first edition, a baseline after it
"##
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_reads_as_one_publication() {
        let plans = read(template()).unwrap();
        assert_eq!((plans.len(), plans[0].slots.len()), (1, 1));
        assert_eq!(plans[0].sources.len(), 0, "an invented source would fail from the first day");
        assert_eq!(plans[0].slots[0].cutoff_minute, 18 * 60);
        let (head, example) = template().split_once("  # [[publication.source]]").unwrap();
        let example: String = example.lines().map(|line| line.replacen("# ", "", 1) + "\n").collect();
        let example = example.replace("section =", "# section =").replace("standby =", "# standby =");
        let plans = read(&format!("{head}[[publication.source]]{example}")).unwrap();
        assert_eq!(plans[0].sources.len(), 1);
        assert_eq!(plans[0].values.site_url, "https://news.example/");
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let text = "[[publication]]\nslug = 'A b'\nname = 'x'\ntime_zone = 'Europe/Londn'\naccent_color = 'red'\n\
                    [[publication.slot]]\nweekdays = ['funday']\ncutoff = '25:00'\n\
                    [[publication.source]]\nurl = 'ftp://x'\n[[publication.source]]\nurl = 'https://a.example/'\nsection = 'nope'\n";
        let Err(ApplyError::Invalid(mistakes)) = read(text) else { panic!("a file full of mistakes was accepted") };
        for part in ["slug", "did you mean \"Europe/London\"", "accent_color", "funday", "25:00", "ftp://x", "nope"] {
            assert!(mistakes.iter().any(|line| line.contains(part)), "{part} in {mistakes:#?}");
        }
    }

    #[test]
    fn an_edition_may_go_out_at_its_cutoff_but_not_at_its_latest_send_time_alone() {
        let slot = |latest: &str| {
            read(&format!(
                "[[publication]]\nslug = 'a'\nname = 'b'\n[[publication.slot]]\ncutoff = '18:00'\nsend = '18:00'\n{latest}"
            ))
        };
        assert_eq!(slot("latest_send = '18:01'").unwrap()[0].slots[0].latest_send_minute, Some(18 * 60 + 1));
        let Err(ApplyError::Invalid(mistakes)) = slot("latest_send = '18:00'") else {
            panic!("no edition would go out")
        };
        assert!(mistakes.iter().any(|line| line.contains("latest_send")), "{mistakes:#?}");
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_name() {
        let Err(ApplyError::Parse(message)) = read("[[publication]]\nslug = 'a'\nname = 'b'\ntimezone = 'UTC'\n")
        else {
            panic!("an unknown key was accepted")
        };
        assert!(message.contains("did you mean `time_zone`?"), "{message}");
    }

    #[test]
    fn a_name_makes_a_slug() {
        assert_eq!(slug_of("Harbour & Trade"), "harbour-trade");
    }
}
