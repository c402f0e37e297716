//! The file `newsroom.toml`: its keys, their defaults, and what can be wrong with them.
//!
//! Reading is separate from writing, so that every mistake is reported at once and before anything is changed.

use super::apply::ApplyError;
use super::declared_source::{self, SourceFile};
use super::model::{Approval, UncertainPolicy};
use super::rules::{self, Mistake};
use super::values::{
    PublicationPatch, PublicationValues, SectionPatch, SectionValues, SlotPatch, SlotValues, SourceValues,
};
use serde::Deserialize;

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
    description: Option<String>,
    language: Option<String>,
    time_zone: Option<String>,
    site_name: Option<String>,
    site_url: Option<String>,
    from: Option<String>,
    reply_to: Option<String>,
    accent_color: Option<String>,
    approval: Option<Approval>,
    uncertain_policy: Option<UncertainPolicy>,
    min_items: Option<i64>,
    full_items_max: Option<i64>,
    headline_items_max: Option<i64>,
    late_send_limit_minutes: Option<i64>,
    top_story_to_all: Option<bool>,
    breaking_per_day_max: Option<i64>,
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
    weekdays: Option<Vec<String>>,
    cutoff: Option<String>,
    send: Option<String>,
    latest_send: Option<String>,
    time_zone: Option<String>,
    holidays: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionFile {
    slug: Option<String>,
    name: String,
    aliases: Option<Vec<String>>,
    weight_percent: Option<i64>,
}

fn evening() -> String {
    "evening".into()
}

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

/// What a field of the rules is called in the file.
fn key(field: &str) -> &str {
    match field {
        "from_mailbox" => "from",
        "top_to_all" => "top_story_to_all",
        other => other,
    }
}

fn told(at: &str, mistakes: &[Mistake], wrong: &mut impl FnMut(String)) {
    let colon = if at.is_empty() { "" } else { ": " };
    for it in mistakes {
        wrong(format!("{at}{colon}{} {}", key(it.field), it.message));
    }
}

fn check_publication(file: PublicationFile, at: &str, mistakes: &mut Vec<String>) -> Plan {
    let mut wrong = |message: String| mistakes.push(format!("{at}: {message}"));
    let patch = PublicationPatch {
        name: None,
        description: file.description,
        language: file.language,
        time_zone: file.time_zone,
        site_name: file.site_name,
        site_url: file.site_url,
        from_mailbox: file.from,
        reply_to: file.reply_to,
        accent_color: file.accent_color,
        approval: file.approval,
        uncertain_policy: file.uncertain_policy,
        min_items: file.min_items,
        full_items_max: file.full_items_max,
        headline_items_max: file.headline_items_max,
        late_send_limit_minutes: file.late_send_limit_minutes,
        top_to_all: file.top_story_to_all,
        breaking_per_day_max: file.breaking_per_day_max,
    };
    let (mut values, found) = rules::publication(PublicationValues::blank(file.slug, &file.name).patched(patch));
    told("", &found, &mut wrong);
    let sections = check_sections(file.sections, &mut wrong);
    let slots = check_slots(file.slots, &values.time_zone, &mut wrong);
    let sources = declared_source::check(file.sources, &sections, &mut wrong);
    if values.site_url.is_empty() {
        let first = sources.iter().find_map(|it| rules::web_url(&it.url));
        values.site_url = first.and_then(|url| url.join("/").ok()).map(String::from).unwrap_or_default();
    }
    Plan { values, sections, slots, sources }
}

fn check_sections(files: Vec<SectionFile>, wrong: &mut impl FnMut(String)) -> Vec<SectionValues> {
    let mut out: Vec<SectionValues> = Vec::new();
    for (file, position) in files.into_iter().zip(0..) {
        let slug = file.slug.unwrap_or_else(|| rules::slug_of(&file.name));
        let at = format!("section {:?}", if slug.is_empty() { &file.name } else { &slug });
        if out.iter().any(|other| other.slug == slug) {
            wrong(format!("{at} is declared twice"));
        }
        let blank = SectionValues { slug, name: file.name, position, aliases: Vec::new(), weight_percent: 100 };
        let patch = SectionPatch { name: None, aliases: file.aliases, weight_percent: file.weight_percent };
        let (values, found) = rules::section(blank.patched(patch));
        told(&at, &found, wrong);
        out.push(values);
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
        let patch = SlotPatch {
            weekdays: file.weekdays,
            cutoff: file.cutoff,
            send: file.send,
            latest_send: file.latest_send,
            time_zone: file.time_zone,
            holidays: file.holidays,
        };
        let (values, found) = rules::slot(SlotValues::blank(&file.name, zone), &patch, zone);
        told(&at, &found, wrong);
        out.push(values);
    }
    out
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
# accent_color = "#b05108"
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
}
