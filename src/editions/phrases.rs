//! The fixed words of a mail, in the language of its publication: a table, with plurals and dates.
//!
//! What is not in the table is English. A word that a reader may take for the newsroom's own (a headline, a note) is
//! never here.

mod tables;

use chrono::{Datelike as _, NaiveDate};
use tables::{ARABIC, ENGLISH, FRENCH, GERMAN, JAPANESE, RUSSIAN, SPANISH};

/// One language. `{}` stands for the one value of a phrase.
pub struct Phrases {
    /// The fonts of running text. An unquoted name may hold spaces.
    pub serif: &'static str,
    /// Before the headlines of the preheader.
    also: &'static str,
    pub also_today: &'static str,
    pub missed: &'static str,
    pub corrections: &'static str,
    pub was: &'static str,
    pub should_read: &'static str,
    correction: &'static str,
    about: &'static str,
    pub we_were_wrong: &'static str,
    pub related: &'static str,
    pub from_the_editor: &'static str,
    by: &'static str,
    photo: &'static str,
    pub picture: &'static str,
    pub view: &'static str,
    pub preferences: &'static str,
    pub unsubscribe: &'static str,
    pub privacy: &'static str,
    pub forwarded: &'static str,
    subscribe: &'static str,
    /// `{n}` and `{site}`.
    more: [&'static str; 3],
    edition: &'static str,
    why: &'static str,
    /// Between the last two names of a list.
    and: &'static str,
    /// Between the other names, and between counts.
    pub comma: &'static str,
    minutes: &'static str,
    stories: [&'static str; 3],
    plural: fn(usize) -> usize,
    /// `{weekday}`, `{day}`, `{month}`, `{year}`.
    date: &'static str,
    day: &'static str,
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
}

impl Phrases {
    /// By the primary subtag of a BCP 47 tag.
    pub fn of(language: &str) -> &'static Self {
        let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "de" => &GERMAN,
            "fr" => &FRENCH,
            "es" => &SPANISH,
            "ru" => &RUSSIAN,
            "ja" => &JAPANESE,
            "ar" => &ARABIC,
            _ => &ENGLISH,
        }
    }

    /// `Also, the bridge closes`
    pub fn also(&self, headlines: &str) -> String {
        self.also.replacen("{}", headlines, 1)
    }

    /// `8 stories`
    pub fn stories(&self, count: usize) -> String {
        self.form(&self.stories, count).replacen("{}", &count.to_string(), 1)
    }

    /// `6 min`
    pub fn minutes(&self, count: usize) -> String {
        self.minutes.replacen("{}", &count.to_string(), 1)
    }

    /// `Correction: Harbour opens`
    pub fn correction(&self, headline: &str) -> String {
        self.correction.replacen("{}", headline, 1)
    }

    /// `About The Evening Lamp of Monday, 23 November 2026`
    pub fn about(&self, publication: &str, date: &str) -> String {
        self.about.replacen("{date}", date, 1).replacen("{publication}", publication, 1)
    }

    /// `and 12 more on The Gazette`
    pub fn more(&self, count: usize, site: &str) -> String {
        self.form(&self.more, count).replacen("{n}", &count.to_string(), 1).replacen("{site}", site, 1)
    }

    /// `By A and B`; a byline that already says so is left alone.
    pub fn by(&self, names: &str) -> String {
        let names = names.trim();
        let lower = names.to_lowercase();
        let begins = |phrase: &str| lower.starts_with(&phrase.replacen("{}", "", 1).to_lowercase());
        if names.is_empty() || begins(self.by) || begins(ENGLISH.by) {
            return names.to_owned();
        }
        self.by.replacen("{}", names, 1)
    }

    pub fn photo(&self, credit: &str) -> String {
        self.photo.replacen("{}", credit, 1)
    }

    pub fn subscribe(&self, publication: &str) -> String {
        self.subscribe.replacen("{}", publication, 1)
    }

    pub fn edition(&self, label: &str) -> String {
        self.edition.replacen("{}", label, 1)
    }

    pub fn why(&self, publication: &str) -> String {
        self.why.replacen("{}", publication, 1)
    }

    /// `A, B and C`
    pub fn names(&self, names: &[String]) -> String {
        match names {
            [] => String::new(),
            [one] => one.clone(),
            [init @ .., last] => format!("{}{}{last}", init.join(self.comma), self.and),
        }
    }

    /// `Monday, 23 November 2026`
    pub fn long_date(&self, date: NaiveDate) -> String {
        let weekday = self.weekdays.get(date.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
        let rest = self.date.replacen("{weekday}", weekday, 1).replacen("{year}", &date.year().to_string(), 1);
        self.with_day(&rest, date)
    }

    /// `23 November`
    pub fn short_date(&self, date: NaiveDate) -> String {
        self.with_day(self.day, date)
    }

    fn with_day(&self, phrase: &str, date: NaiveDate) -> String {
        let month = self.months.get(date.month0() as usize).copied().unwrap_or_default();
        phrase.replacen("{day}", &date.day().to_string(), 1).replacen("{month}", month, 1)
    }

    fn form(&self, forms: &[&'static str; 3], count: usize) -> &'static str {
        forms.get((self.plural)(count)).or(forms.last()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_counts_as_its_readers_do() {
        let count = |language, n| Phrases::of(language).stories(n);
        assert_eq!([count("en", 1), count("en-GB", 2), count("xx", 0)], ["1 story", "2 stories", "0 stories"]);
        assert_eq!([count("fr", 0), count("fr", 1), count("fr-CA", 2)], ["0 article", "1 article", "2 articles"]);
        for (n, word) in [
            (1, "материал"),
            (2, "материала"),
            (5, "материалов"),
            (11, "материалов"),
            (12, "материалов"),
            (21, "материал"),
            (22, "материала"),
            (111, "материалов"),
            (114, "материалов"),
        ] {
            assert_eq!(count("ru", n), format!("{n} {word}"));
        }
        assert_eq!(Phrases::of("de").more(3, "Die {n} {site}"), "und 3 weitere auf Die {n} {site}");
    }

    #[test]
    fn a_date_reads_as_in_a_newspaper() {
        let date = "2026-11-03".parse().unwrap();
        for (language, expected) in [
            ("en", "Tuesday, 3 November 2026"),
            ("de-AT", "Dienstag, 3. November 2026"),
            ("fr", "Mardi 3 novembre 2026"),
            ("es", "Martes, 3 de noviembre de 2026"),
            ("ru", "Вторник, 3 ноября 2026 г."),
            ("ja", "2026年11月3日 火曜日"),
        ] {
            assert_eq!(Phrases::of(language).long_date(date), expected);
        }
        assert_eq!(Phrases::of("de").short_date(date), "3. November");
    }

    #[test]
    fn names_and_bylines_read_well() {
        let names = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
        assert_eq!(Phrases::of("en").by(&Phrases::of("en").names(&names)), "By A, B and C");
        assert_eq!(Phrases::of("de").names(&names[..2]), "A und B");
        assert_eq!(
            (Phrases::of("de").by("von Ada"), Phrases::of("fr").by("By Ada")),
            ("von Ada".into(), "By Ada".into())
        );
        assert_eq!(Phrases::of("en").by(" "), "");
    }

    #[test]
    fn no_phrase_has_lost_its_value() {
        for it in [&ENGLISH, &GERMAN, &FRENCH, &SPANISH, &RUSSIAN, &JAPANESE, &ARABIC] {
            for phrase in [it.also, it.by, it.photo, it.subscribe, it.edition, it.why, it.minutes] {
                assert_eq!(phrase.matches("{}").count(), 1, "{phrase}");
            }
            assert!(it.stories.iter().all(|form| form.contains("{}")));
            assert!(it.more.iter().all(|form| form.contains("{n}") && form.contains("{site}")));
            assert!(["{weekday}", "{day}", "{month}", "{year}"].iter().all(|part| it.date.contains(part)));
        }
    }
}
