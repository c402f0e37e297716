//! The newsroom file of a test: an evening edition, and what a test wants otherwise.

use super::Newspaper;
use std::fmt;

/// One publication; shows as its part of `newsroom.toml`.
#[derive(Clone, Debug)]
pub struct Newsroom {
    slug: String,
    keys: Vec<String>,
    slots: Vec<String>,
    sections: &'static [&'static str],
    sources: Vec<String>,
}

impl Newsroom {
    /// The publication `evening` in UTC: cutoff at 18:00, sent at 18:30, the sections World, Local and Sport.
    pub fn of(paper: &Newspaper) -> Self {
        Self::empty().source(&paper.feed(), "")
    }

    /// The same without a source.
    pub fn empty() -> Self {
        Self {
            slug: "evening".to_owned(),
            keys: Vec::new(),
            slots: Vec::new(),
            sections: &["World", "Local", "Sport"],
            sources: Vec::new(),
        }
    }

    pub fn without_sections(mut self) -> Self {
        self.sections = &[];
        self
    }

    pub fn called(mut self, slug: &str) -> Self {
        self.slug = slug.to_owned();
        self
    }

    /// A key of the publication: `min_items = 3`.
    pub fn with(mut self, key: &str) -> Self {
        self.keys.push(key.to_owned());
        self
    }

    pub fn in_zone(self, zone: &str) -> Self {
        self.with(&format!("time_zone = \"{zone}\""))
    }

    /// A slot in place of the usual one.
    pub fn slot(mut self, cutoff: &str, send: &str) -> Self {
        let name = format!("slot-{}", self.slots.len() + 1);
        self.slots.push(format!("[[publication.slot]]\nname = \"{name}\"\ncutoff = \"{cutoff}\"\nsend = \"{send}\"\n"));
        self
    }

    /// A key of the slot that was named last: `latest_send = "19:00"`.
    pub fn slot_key(mut self, key: &str) -> Self {
        if let Some(slot) = self.slots.last_mut() {
            slot.push_str(&format!("{key}\n"));
        }
        self
    }

    /// A holiday of the slots that stand here; of the usual one if none does.
    pub fn holiday(mut self, date: &str) -> Self {
        if self.slots.is_empty() {
            self.slots.push("[[publication.slot]]\n".to_owned());
        }
        for slot in &mut self.slots {
            slot.push_str(&format!("holidays = [\"{date}\"]\n"));
        }
        self
    }

    /// One more source, with further keys of it.
    pub fn source(mut self, url: &str, keys: &str) -> Self {
        self.sources.push(format!("[[publication.source]]\nurl = \"{url}\"\n{keys}\n"));
        self
    }

    /// One more source, which articles are handed in to.
    pub fn push_source(mut self, name: &str) -> Self {
        self.sources.push(format!("[[publication.source]]\nkind = \"push\"\nname = \"{name}\"\n"));
        self
    }
}

impl fmt::Display for Newsroom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[[publication]]\nslug = \"{}\"\nname = \"The Lamp\"\n{}", self.slug, self.keys.join("\n"))?;
        if self.slots.is_empty() {
            writeln!(f, "[[publication.slot]]")?;
        }
        for section in self.sections {
            writeln!(f, "[[publication.section]]\nname = \"{section}\"")?;
        }
        write!(f, "{}{}", self.slots.concat(), self.sources.concat())
    }
}
