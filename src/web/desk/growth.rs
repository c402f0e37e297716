//! `GET /desk/growth`: how the list grows and shrinks, what arrives and what comes back, what is read for; numbers alone.

use super::doors::{Doors, Needs};
use super::form::Choice;
use super::frame::{Desk, DeskFrame, Moment, show_desk};
use super::places::Place;
use super::subscribers::{dated, grouped, of_all, publications};
use crate::app::App;
use crate::delivery::returns::{DayFigures, FiguresError, figures};
use crate::operators::Permission;
use crate::publications::{Section, list_sections};
use crate::subscribers::{self, ReaderDay, SectionDay, TallyError, growth, interest};
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::plot::{Mark, Picture, Series, Stack, Subject, lines, stacked};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Datelike as _, Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// More days than this are told by week.
const DAYS_BY_DAY_MAX: u16 = 92;
/// Providers and sections that have a picture of their own.
const MULTIPLES_MAX: usize = 6;
/// A list of so many readers is drawn from zero on.
const SHORT_LIST_READERS: i64 = 200;
const PERIODS: &[(u16, &str)] = &[(30, "30 days"), (90, "90 days"), (366, "A year")];

pub(super) fn doors() -> Doors {
    Doors::new().page("/desk/growth", Needs::Role(Permission::View), get_growth)
}

#[derive(Template)]
#[template(path = "desk/growth.html")]
struct GrowthPage {
    frame: DeskFrame,
    publications: Vec<Choice>,
    periods: Vec<Choice>,
    name: String,
    zone: String,
    counted: Option<Moment>,
    /// The first day that was counted on the day itself, if others are shown.
    rebuilt_before: Option<String>,
    now: String,
    change: String,
    joined: String,
    gone: String,
    size: Option<Picture>,
    /// It does not begin at zero.
    is_cut: bool,
    flow: Option<Picture>,
    sections: Vec<Picture>,
    arrived: Option<Picture>,
    providers: Vec<Picture>,
}

async fn get_growth(State(app): State<App>, desk: Desk, RawQuery(query): RawQuery) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let fields = Fields::of_text(query.as_deref().unwrap_or_default());
    let all = publications(&app).await?;
    let days = fields.get("days").parse().ok().filter(|days| PERIODS.iter().any(|(it, _)| it == days)).unwrap_or(30);
    let chosen = all.iter().find(|it| it.slug == fields.get("publication")).or_else(|| all.first());
    let mut page = GrowthPage {
        frame: desk.frame(&app, "Growth", Place::Growth),
        publications: of_all(&all, chosen.map_or("", |it| it.slug.as_str())),
        periods: PERIODS.iter().map(|(it, name)| Choice::new(it.to_string(), *name, &days.to_string())).collect(),
        name: chosen.map(|it| it.name.clone()).unwrap_or_default(),
        zone: chosen.map(|it| it.time_zone.clone()).unwrap_or_default(),
        counted: None,
        rebuilt_before: None,
        now: String::new(),
        change: String::new(),
        joined: String::new(),
        gone: String::new(),
        size: None,
        is_cut: false,
        flow: None,
        sections: Vec::new(),
        arrived: None,
        providers: Vec::new(),
    };
    if let Some(publication) = chosen {
        let told = growth(&app, desk.actor(), &publication.slug, days).await.map_err(tally_error)?;
        page.fill_growth(&told.days, publication.zone(), days > DAYS_BY_DAY_MAX);
        if page.counted.is_none() {
            // Before the first count of the hour, what is so at this moment.
            let counts = subscribers::counts(&mut app.db.read().await?, desk.actor(), app.now()).await;
            let counts = counts.map_err(Error::internal)?;
            let here = counts.iter().find(|it| it.publication_id == publication.id);
            page.now = grouped(here.map_or(0, |it| it.active));
        }
        let told = interest(&app, desk.actor(), &publication.slug, days).await.map_err(tally_error)?;
        let sections = list_sections(&mut app.db.read().await?, publication.id).await?;
        page.sections = interest_plots(&told.days, &sections);
    }
    let returned = figures(&app, desk.actor(), days).await.map_err(|error| match error {
        FiguresError::Forbidden(error) => Error::from(error),
        FiguresError::Store(error) => error.into(),
    })?;
    (page.arrived, page.providers) = delivery_plots(&returned.days, days > DAYS_BY_DAY_MAX);
    show_desk(StatusCode::OK, &page)
}

fn tally_error(error: TallyError) -> Error {
    match error {
        TallyError::Forbidden(error) => error.into(),
        TallyError::Store(error) => error.into(),
        other => Error::internal(other),
    }
}

fn subject(id: &str, title: impl Into<String>, labels: Vec<String>) -> Subject {
    Subject {
        id: id.to_owned(),
        title: title.into(),
        axis: "Day".to_owned(),
        labels,
        width: 0.0,
        height: 260.0,
        from_zero: true,
        unit: "",
    }
}

fn counted(value: i64) -> Option<f64> {
    Some(value as f64)
}

/// `23 Nov`; a year's days lie in weeks, named by their Mondays.
fn label(day: &str) -> String {
    day.parse::<NaiveDate>().map_or_else(|_| day.to_owned(), |it| it.format("%-d %b").to_string())
}

fn week_of(day: &str) -> String {
    let monday = day
        .parse::<NaiveDate>()
        .ok()
        .and_then(|it| it.checked_sub_days(Days::new(u64::from(it.weekday().num_days_from_monday()))));
    monday.map_or_else(|| day.to_owned(), |it| it.to_string())
}

/// Days, or weeks of them.
fn bucket(day: &str, is_by_week: bool) -> String {
    if is_by_week { week_of(day) } else { day.to_owned() }
}

#[derive(Default)]
struct Flow {
    joined: i64,
    returned: i64,
    left: i64,
    bounced: i64,
    complained: i64,
    ended: i64,
    active: Option<i64>,
}

impl GrowthPage {
    fn fill_growth(&mut self, days: &[ReaderDay], zone: chrono_tz::Tz, is_by_week: bool) {
        // A day of which no more is known than that somebody was erased on it was not counted.
        let Some(counted_last) = days.iter().rev().find(|it| it.active.is_some()) else { return };
        let (Some(first), Some(last)) = (days.first(), days.last()) else { return };
        self.counted = Some(dated(counted_last.counted_at, zone));
        let begun = days.iter().find(|it| !it.is_rebuilt).map(|it| it.day.clone());
        self.rebuilt_before = begun.filter(|_| days.iter().any(|it| it.is_rebuilt)).map(|day| label(&day));
        let sum = |of: fn(&ReaderDay) -> i64| days.iter().map(of).sum::<i64>();
        let joined = sum(|it| it.joined + it.returned);
        let gone = sum(|it| it.left_count + it.bounced + it.complained + it.removed + it.erased);
        self.joined = grouped(joined);
        self.gone = grouped(gone);
        let known: Vec<i64> = days.iter().filter_map(|it| it.active).collect();
        if let (Some(begin), Some(end)) = (known.first(), known.last()) {
            self.now = grouped(*end);
            let change = end - begin;
            self.change = if change > 0 { format!("+{}", grouped(change)) } else { grouped(change) };
        }
        let mut buckets: BTreeMap<String, Flow> = BTreeMap::new();
        for it in days {
            let flow = buckets.entry(bucket(&it.day, is_by_week)).or_default();
            flow.joined += it.joined;
            flow.returned += it.returned;
            flow.left += it.left_count;
            flow.bounced += it.bounced;
            flow.complained += it.complained;
            flow.ended += it.removed + it.erased;
            flow.active = it.active.or(flow.active);
        }
        let labels: Vec<String> = buckets.keys().map(|day| label(day)).collect();
        let axis = if is_by_week { "Week from" } else { "Day" }.to_owned();
        let series = |name: &str, of: fn(&Flow) -> Option<f64>| Series {
            name: name.to_owned(),
            values: buckets.values().map(of).collect(),
        };
        let title = format!("Readers of {} from {} to {}", self.name, label(&first.day), label(&last.day));
        // A short list is seen whole, and so is one that has changed much. Of another, what changes would be too fine to
        // see; the page says that its axis does not begin at zero.
        let (least, most) = known.iter().fold((i64::MAX, 0), |(least, most), it| (least.min(*it), most.max(*it)));
        self.is_cut = most > SHORT_LIST_READERS && least > most / 2;
        let size = Subject { axis: axis.clone(), from_zero: !self.is_cut, ..subject("size", title, labels.clone()) };
        let readers = [series("Readers", |it| it.active.and_then(counted))];
        self.size = Some(Picture::of(&size, |it| lines(it, &readers)));
        let title = format!("Who came and who went, from {} to {}", label(&first.day), label(&last.day));
        let flow = Subject { axis, height: 300.0, ..subject("flow", title, labels) };
        let part = |name, of, is_below| Stack { series: series(name, of), is_below };
        let parts = [
            part("Joined", |it| counted(it.joined), false),
            part("Came back", |it| counted(it.returned), false),
            part("Left", |it| counted(it.left), true),
            part("Address failed", |it| counted(it.bounced), true),
            part("Complained", |it| counted(it.complained), true),
            part("Ended or erased", |it| counted(it.ended), true),
        ];
        self.flow = Some(Picture::of(&flow, |it| stacked(it, &parts)));
    }
}

/// One small picture a section, the most wanted first; those who take every section are one of them.
fn interest_plots(days: &[SectionDay], sections: &[Section]) -> Vec<Picture> {
    let all: BTreeSet<&str> = days.iter().map(|it| it.day.as_str()).collect();
    let all: Vec<&str> = all.into_iter().collect();
    let mut of: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for it in days {
        of.entry(&it.section).or_default().insert(&it.day, it.readers);
    }
    let newest = |slug: &str| of.get(slug).and_then(|it| it.values().next_back()).copied().unwrap_or(0);
    let mut slugs: Vec<&str> = of.keys().copied().collect();
    slugs.sort_by_key(|slug| (std::cmp::Reverse(newest(slug)), *slug));
    let name = |slug: &str| match sections.iter().find(|it| it.slug == slug) {
        Some(section) => section.name.clone(),
        None if slug.is_empty() => "Every section".to_owned(),
        None => format!("{slug} (no section any more)"),
    };
    slugs.truncate(2 * MULTIPLES_MAX);
    slugs
        .into_iter()
        .enumerate()
        .map(|(at, slug)| {
            let values = all.iter().map(|day| of.get(slug)?.get(day).copied().and_then(counted)).collect();
            let labels = all.iter().map(|day| label(day)).collect();
            let title = format!("{}: {} readers", name(slug), grouped(newest(slug)));
            let small = Subject { height: 150.0, ..subject(&format!("section-{at}"), title, labels) };
            let readers = [Series { name: name(slug), values }];
            Picture::small(&small, |it| lines(it, &readers))
        })
        .collect()
}

/// All mails by day, and for each great provider what share did not arrive and what share was complained about.
fn delivery_plots(days: &[DayFigures], is_by_week: bool) -> (Option<Picture>, Vec<Picture>) {
    let lost = |it: &DayFigures| it.hard + it.soft + it.block + it.policy;
    let mut by_day: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    let mut by_group: BTreeMap<&str, BTreeMap<String, (i64, i64, i64)>> = BTreeMap::new();
    for it in days {
        let day = bucket(&it.day, is_by_week);
        for sums in
            [by_day.entry(day.clone()).or_default(), by_group.entry(&it.group).or_default().entry(day).or_default()]
        {
            sums.0 += it.accepted;
            sums.1 += lost(it);
            sums.2 += it.complaints;
        }
    }
    if by_day.is_empty() {
        return (None, Vec::new());
    }
    let labels: Vec<String> = by_day.keys().map(|day| label(day)).collect();
    let axis = if is_by_week { "Week from" } else { "Day" }.to_owned();
    let all = Subject {
        axis: axis.clone(),
        height: 300.0,
        ..subject("arrived", "Mails accepted, and what came back", labels.clone())
    };
    let part = |name: &str, of: fn(&(i64, i64, i64)) -> i64, is_below| Stack {
        series: Series { name: name.to_owned(), values: by_day.values().map(|it| counted(of(it))).collect() },
        is_below,
    };
    let parts = [
        part("Accepted", |it| it.0, false),
        part("Came back", |it| it.1, true),
        part("Marked as spam", |it| it.2, true),
    ];
    let arrived = Picture::of(&all, |it| stacked(it, &parts));
    let mut groups: Vec<(&str, i64)> =
        by_group.iter().map(|(name, days)| (*name, days.values().map(|it| it.0).sum())).collect();
    groups.sort_by_key(|(name, accepted)| (std::cmp::Reverse(*accepted), *name));
    let percent = |part: i64, whole: i64| (whole > 0).then(|| part as f64 * 100.0 / whole as f64);
    let providers = groups
        .into_iter()
        .take(MULTIPLES_MAX)
        .enumerate()
        .map(|(at, (group, accepted))| {
            let of = by_group.get(group);
            let sums = |day: &String| of.and_then(|days| days.get(day)).copied();
            let values = |share: &dyn Fn((i64, i64, i64)) -> Option<f64>| {
                by_day.keys().map(|day| sums(day).and_then(share)).collect()
            };
            let title = format!("{group}: {} accepted", grouped(accepted));
            let subject = Subject {
                axis: axis.clone(),
                height: 180.0,
                unit: " %",
                ..subject(&format!("provider-{at}"), title, labels.clone())
            };
            let came_back = values(&|it| percent(it.1, it.0 + it.1));
            let complained = values(&|it| percent(it.2, it.0));
            let shares = [
                Series { name: "came back".to_owned(), values: came_back },
                Series { name: "marked as spam".to_owned(), values: complained },
            ];
            Picture::small(&subject, |it| lines(it, &shares))
        })
        .collect();
    (Some(arrived), providers)
}
