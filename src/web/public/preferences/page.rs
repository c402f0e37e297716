//! The page as the template needs it.

use super::super::form::SectionChoice;
use super::{Said, told};
use crate::app::App;
use crate::publications::Publication;
use crate::subscribers::{Card, PreferencesView};
use crate::web::error::FieldError;
use crate::web::locale::Locale;
use crate::web::page::Frame;
use crate::words::{Language, Words};
use askama::Template;

#[derive(Template)]
#[template(path = "public/preferences.html")]
pub(super) struct PreferencesPage {
    frame: Frame,
    /// Where every form goes.
    action: String,
    address: String,
    notice: String,
    changes: Vec<String>,
    errors: Vec<FieldError>,
    cards: Vec<CardChoices>,
    others: Vec<Publication>,
    languages: Vec<Choice>,
}

struct CardChoices {
    slug: String,
    name: String,
    sections: Vec<SectionChoice>,
    weekdays: Vec<Choice>,
    /// Empty is none.
    stories_min: String,
    hours: Vec<Choice>,
    zones: Vec<Choice>,
    own_zone: String,
    offers_breaking: bool,
    takes_breaking: bool,
    /// Empty is not paused.
    paused_until: String,
    pause_first: String,
    pause_last: String,
    pause_value: String,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

pub(super) fn page(app: &App, locale: &Locale, token: &str, view: PreferencesView, said: Said) -> PreferencesPage {
    let words = locale.words();
    let frame = Frame::in_language(app, locale, &words.say("prefs-title")).unlisted();
    let own = Language::of_tag(&view.language);
    let language = |it: Language| Choice {
        value: it.code().to_owned(),
        label: it.own_name().to_owned(),
        is_chosen: own == Some(it),
    };
    PreferencesPage {
        action: frame.link(&format!("/preferences/{token}")),
        frame,
        address: view.masked_address,
        notice: said.notice,
        changes: said.changes,
        errors: said.errors,
        cards: view.cards.into_iter().map(|card| choices(words, card)).collect(),
        others: view.others,
        languages: Language::ALL.into_iter().map(language).collect(),
    }
}

fn choices(words: Words, card: Card) -> CardChoices {
    let it = &card.subscription;
    let section = |section: &crate::publications::Section| SectionChoice {
        slug: section.slug.clone(),
        name: section.name.clone(),
        is_chosen: card.takes(&section.slug),
    };
    let weekday = |day: &i64| Choice {
        value: day.to_string(),
        label: told::weekday(words, *day),
        is_chosen: it.weekday == Some(*day),
    };
    let hour = |hour: i64| Choice {
        value: hour.to_string(),
        label: format!("{hour:02}:00"),
        is_chosen: it.hour == Some(hour),
    };
    let chosen_zone = it.time_zone.as_deref();
    let zones = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .filter(|name| name.contains('/') && !name.starts_with("Etc/") || chosen_zone == Some(name))
        .map(|name| Choice { value: String::new(), label: name.to_owned(), is_chosen: chosen_zone == Some(name) })
        .collect();
    let pause_value = card.paused_until.map(|until| until.in_zone(card.zone()).date_naive().to_string());
    CardChoices {
        slug: card.publication.slug.clone(),
        name: card.publication.name.clone(),
        sections: card.sections.iter().map(section).collect(),
        weekdays: card.weekdays.iter().map(weekday).collect(),
        stories_min: it.stories_min.map(|n| n.to_string()).unwrap_or_default(),
        hours: (0..24).map(hour).collect(),
        zones,
        own_zone: card.publication.time_zone.clone(),
        offers_breaking: card.publication.offers_breaking(),
        takes_breaking: it.breaking,
        paused_until: card.paused_until.map(|until| told::day(words, &card, until)).unwrap_or_default(),
        pause_first: card.pause_ends.0.to_string(),
        pause_last: card.pause_ends.1.to_string(),
        pause_value: pause_value.unwrap_or_default(),
    }
}
