//! What the newsrooms of a month publish, remembered here beside the program's own memory.

use lamplighter::base::Timestamp;
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub struct Story {
    pub id: String,
    pub source: String,
    pub title: String,
    pub section: &'static str,
    pub text: String,
    pub embargo: Option<Timestamp>,
    pub dated: Option<Timestamp>,
}

/// Every story, and every text that an address ever showed.
#[derive(Default)]
pub struct Stories {
    pub all: Vec<Story>,
    texts: Vec<(String, String)>,
    count: usize,
}

const SECTIONS: [&str; 4] = ["World", "Local", "Sport", ""];
const SUBJECTS: [&str; 12] = [
    "Harbour", "Council", "Ferry", "School", "Bridge", "Hospital", "Market", "Library", "Theatre", "Railway", "Museum",
    "Quarry",
];
const DEEDS: [&str; 12] =
    ["opens", "closes", "votes", "wins", "loses", "plans", "delays", "repairs", "sells", "buys", "moves", "waits"];

impl Stories {
    /// A story with words of its own: what is alike is told apart elsewhere.
    pub fn write(&mut self, source: &str) -> Story {
        self.count += 1;
        let number = self.count;
        let subject = SUBJECTS[number % 12];
        let deed = DEEDS[number / 12 % 12];
        let title = format!("{subject} {deed} as wind {number} rises over the old quay number {}", number * 7);
        let sentences = (0..6).map(|n| {
            format!("The {subject} of day{number}x{n} {deed} with note{n}y{number} and voice{number}z{n} at the quay.")
        });
        let text = sentences.collect::<Vec<_>>().join(" ");
        let section = SECTIONS[number % SECTIONS.len()];
        Story { id: format!("s{number}"), source: source.to_owned(), title, section, text, embargo: None, dated: None }
    }

    /// The same words under another name, as another paper prints them.
    pub fn copy(&mut self, of: &Story, source: &str) -> Story {
        self.count += 1;
        let (id, title) = (format!("s{}", self.count), format!("{}, agencies say", of.title));
        Story { id, source: source.to_owned(), title, ..of.clone() }
    }

    pub fn remember(&mut self, story: &Story) {
        self.texts.push((story.url(), plain(&story.text)));
        match self.all.iter_mut().find(|it| it.id == story.id && it.source == story.source) {
            Some(known) => known.clone_from(story),
            None => self.all.push(story.clone()),
        }
    }

    /// Texts that are not a story's: those of a site.
    pub fn remember_text(&mut self, url: String, text: &str) {
        self.texts.push((url, plain(text)));
    }

    /// Whether an article of this address ever said so, word for word.
    pub fn said(&self, url: &str, words: &str) -> bool {
        let wanted = plain(words);
        self.texts.iter().any(|(known, text)| known == url && text.contains(&wanted))
    }
}

impl Story {
    pub fn url(&self) -> String {
        format!("https://gazette.example/{}/{}", self.source, self.id)
    }

    pub fn json(&self) -> Value {
        json!({
            "id": self.id,
            "source": self.source,
            "url": self.url(),
            "title": self.title,
            "section": self.section,
            "content_text": self.text,
            "published": self.dated.map(Timestamp::rfc3339),
            "embargo_until": self.embargo.map(Timestamp::rfc3339),
            "authors": ["Anna Ray"],
            "language": "en",
        })
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
