//! The publications of a generated month: their zone, slots, holidays and rules, as a newsroom file.

use super::dice::Dice;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::fmt;

/// Where and when a month begins: on ordinary days, and before each kind of strange night.
const PLACES: [(&str, &str); 17] = [
    ("UTC", "2026-11-23"),
    ("Europe/London", "2026-03-14"),
    ("Europe/London", "2026-10-10"),
    ("America/New_York", "2026-02-24"),
    ("America/New_York", "2026-10-18"),
    // Half an hour, not one.
    ("Australia/Lord_Howe", "2026-03-21"),
    ("Australia/Lord_Howe", "2026-09-19"),
    // Midnight itself is left out.
    ("Africa/Cairo", "2026-04-08"),
    ("Africa/Cairo", "2026-10-14"),
    ("Asia/Beirut", "2026-03-14"),
    // A whole day is left out.
    ("Pacific/Apia", "2011-12-14"),
    ("Pacific/Auckland", "2026-09-12"),
    ("America/St_Johns", "2026-02-22"),
    ("America/Santiago", "2026-08-22"),
    ("Asia/Kolkata", "2027-12-15"),
    ("Pacific/Kiritimati", "2026-02-20"),
    ("Africa/Casablanca", "2027-01-25"),
];

/// Cutoff and send time, in minutes of the day.
const TIMES: [(i64, i64); 12] = [
    (18 * 60, 18 * 60 + 30),
    (18 * 60, 18 * 60 + 30),
    (17 * 60 + 45, 18 * 60 + 15),
    (6 * 60, 6 * 60 + 30),
    (0, 30),
    (30, 45),
    (60 + 15, 60 + 30),
    (2 * 60 + 10, 2 * 60 + 40),
    (23 * 60 + 30, 10),
    (12 * 60, 12 * 60),
    (22 * 60, 6 * 60),
    (2 * 60, 3 * 60),
];

const WEEKS: [&[&str]; 5] = [
    &["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    &["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    &["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    &["mon", "tue", "wed", "thu", "fri"],
    &["wed", "sun"],
];

#[derive(Clone, Debug)]
pub struct PlannedSlot {
    name: String,
    pub weekdays: &'static [&'static str],
    /// What it was in the past, what it is now at the end.
    pub times: Vec<(i64, i64)>,
    pub holidays: Vec<NaiveDate>,
}

#[derive(Clone, Debug)]
pub struct Paper {
    pub slug: &'static str,
    pub zone: Tz,
    pub slots: Vec<PlannedSlot>,
    pub sources: Vec<String>,
    pub feed: Option<String>,
    pub approval: &'static str,
    resends: bool,
    min_items: i64,
    full_items: i64,
}

/// A place, and the noon at which everything begins.
pub fn place(dice: &mut Dice) -> (Tz, String) {
    let (zone, date) = dice.pick(&PLACES);
    (zone.parse().expect("a zone"), format!("{date} 12:07"))
}

impl Paper {
    pub fn found(dice: &mut Dice, slug: &'static str, zone: Tz) -> Self {
        let mut slots = vec![PlannedSlot::found(dice, "one")];
        if dice.chance(12) {
            slots.push(PlannedSlot::found(dice, "two"));
        }
        let sources = match dice.below(3) {
            0 => vec!["desk".to_owned()],
            1 => vec!["desk".to_owned(), "wire".to_owned()],
            _ => vec!["desk".to_owned(), "wire".to_owned(), format!("{slug}-own")],
        };
        Self {
            slug,
            zone,
            slots,
            sources,
            feed: None,
            approval: dice.weighted(&[(8, "auto"), (2, "manual")]),
            resends: dice.chance(20),
            min_items: dice.weighted(&[(7, 1), (1, 2), (1, 4)]),
            full_items: dice.between(1, 8),
        }
    }
}

impl PlannedSlot {
    fn found(dice: &mut Dice, name: &str) -> Self {
        let (weekdays, times) = (*dice.pick(&WEEKS), *dice.pick(&TIMES));
        Self { name: name.to_owned(), weekdays, times: vec![times], holidays: Vec::new() }
    }

    pub fn now(&self) -> (i64, i64) {
        *self.times.last().expect("a slot has times")
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn move_to_another_time(&mut self, dice: &mut Dice) {
        self.times.push(*dice.pick(&TIMES));
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[[publication]]\nslug = \"{}\"\nname = \"The Lamp\"\ntime_zone = \"{}\"", self.slug, self.zone)?;
        writeln!(f, "approval = \"{}\"\nmin_items = {}", self.approval, self.min_items)?;
        writeln!(f, "full_items_max = {}\nheadline_items_max = 6", self.full_items)?;
        writeln!(f, "uncertain_policy = \"{}\"", if self.resends { "resend_once" } else { "hold" })?;
        for section in ["World", "Local", "Sport"] {
            writeln!(f, "[[publication.section]]\nname = \"{section}\"")?;
        }
        for slot in &self.slots {
            let (cutoff, send) = slot.now();
            let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
            writeln!(f, "[[publication.slot]]\nname = \"{}\"\nweekdays = {:?}", slot.name, slot.weekdays)?;
            writeln!(f, "cutoff = \"{}\"\nsend = \"{}\"", clock(cutoff), clock(send))?;
            let holidays: Vec<String> = slot.holidays.iter().map(ToString::to_string).collect();
            writeln!(f, "holidays = {holidays:?}")?;
        }
        for source in &self.sources {
            writeln!(f, "[[publication.source]]\nkind = \"push\"\nname = \"{source}\"")?;
        }
        if let Some(url) = &self.feed {
            writeln!(f, "[[publication.source]]\nurl = \"{url}\"\npages = \"never\"")?;
        }
        Ok(())
    }
}
