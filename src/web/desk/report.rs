//! `GET /desk/editions/{id}/report`: the run report as a page; the fragment inside it stands by itself.

use super::frame::{Desk, DeskFrame, show_desk};
use super::names::Names;
use super::places::Place;
use super::subscribers::grouped;
use super::words::{
    at_desk, candidates_in_words, delivery_in_words, edition_name, place_in_words, reason_in_words, state_in_words,
    verdict_in_words,
};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::capitalized;
use crate::delivery::{DeliveryState, Pace, RunReport, run_report};
use crate::editions::report::{CandidateLine, Verdict};
use crate::editions::{EditionError, EditionEvent, EditionId, ScoreParts};
use crate::operators::Permission;
use crate::web::error::Error;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "desk/report_page.html")]
struct ReportPage {
    frame: DeskFrame,
    id: i64,
    label: String,
    publication: String,
    /// Rendered already.
    fragment: String,
}

/// What the fragment shows; it has no frame of its own, so that any page of the desk may take it in.
#[derive(Template)]
#[template(path = "desk/report.html")]
struct Fragment<'a> {
    report: &'a RunReport,
    names: &'a Names,
    zone: Tz,
    stories: Vec<&'a CandidateLine>,
    /// What is not in the edition, kind by kind.
    others: Vec<&'a CandidateLine>,
    /// Known when their source was added, and not told one by one.
    baseline: usize,
    left_off: i64,
}

impl<'a> Fragment<'a> {
    fn of(report: &'a RunReport, names: &'a Names) -> Self {
        let all = &report.report.candidates;
        let (stories, rest): (Vec<_>, Vec<_>) = all.iter().partition(|line| line.position.is_some());
        let (baseline, mut others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|line| line.verdict == Verdict::Baseline);
        others.sort_by_key(|line| line.verdict);
        Self {
            report,
            names,
            zone: report.report.time_zone.parse().unwrap_or(Tz::UTC),
            stories,
            others,
            baseline: baseline.len(),
            left_off: report.report.candidates_left_off,
        }
    }

    fn at(&self, at: &Timestamp) -> String {
        at.in_zone(self.zone).format("%a %-d %b, %H:%M:%S").to_string()
    }

    /// What stands out.
    fn is_trouble(&self, state: &DeliveryState) -> bool {
        matches!(state, DeliveryState::Failed | DeliveryState::Uncertain)
    }

    fn who(&self, label: &str) -> String {
        self.names.of_label(label)
    }

    fn what(&self, event: &EditionEvent) -> String {
        self.names.what(event)
    }

    fn reason(&self, text: &str) -> String {
        self.names.in_text(&reason_in_words(text))
    }

    fn told(&self, text: &str) -> String {
        self.names.in_text(&at_desk(text))
    }

    /// What spoke for a story, the weightiest first.
    fn score(&self, line: &CandidateLine) -> String {
        let Some(parts) = &line.score_parts else { return String::new() };
        let mut parts: Vec<(&String, &i64)> = parts.0.iter().filter(|(_, millis)| **millis > 0).collect();
        parts.sort_by_key(|(name, millis)| (std::cmp::Reverse(**millis), (*name).clone()));
        let told: Vec<&str> = parts.into_iter().map(|(name, millis)| spoke_for_it(name, *millis)).collect();
        capitalized(&told.join(", "))
    }

    /// By which stories are compared; nothing of one that an editor put where it stands.
    fn points(&self, line: &CandidateLine) -> String {
        let is_pinned = line.score_parts.as_ref().is_some_and(|it| it.0.contains_key(ScoreParts::PIN));
        match line.score_millis {
            Some(points) if !is_pinned => format!("{} points", grouped(points)),
            _ => String::new(),
        }
    }

    /// How a source answered before the cutoff.
    fn answer(&self, outcome: &str) -> String {
        match outcome {
            "fetched" => "read".to_owned(),
            "unchanged" => "nothing new".to_owned(),
            "failed" => "could not be read".to_owned(),
            "unanswered" => "no answer in time".to_owned(),
            other => other.replace('_', " "),
        }
    }

    fn conservation(&self) -> String {
        let counts = &self.report.report.conservation;
        let words: Vec<String> =
            counts.iter().map(|it| format!("{} {}", it.hits, candidates_in_words(&it.word))).collect();
        format!("{} in all: {}", counts.iter().map(|it| it.hits).sum::<i64>(), words.join(", "))
    }

    /// Empty where it is not known.
    fn rate(&self, pace: &Pace) -> String {
        pace.rate_per_s.map_or_else(String::new, |rate| format!("{rate:.1}"))
    }

    fn left(&self, pace: &Pace) -> String {
        pace.left().unwrap_or_default()
    }

    fn kibibytes(&self) -> String {
        // As beside the draft: of what mailbox providers show whole.
        format!("{} of {} KiB", self.report.report.size.bytes.div_ceil(1024), self.report.report.size.bytes_max / 1024)
    }
}

/// A part of a score, for people. A fresh story has up to a thousand points for being so, and half as many after a while.
fn spoke_for_it(part: &str, points: i64) -> &'static str {
    match part {
        ScoreParts::PIN => "pinned by an editor",
        "breaking" => "breaking news",
        "recency" if points >= 700 => "fresh",
        "recency" if points >= 300 => "of today",
        "recency" => "not so fresh any more",
        "length" if points >= 200 => "a long text",
        "length" if points >= 80 => "a text of some length",
        "length" => "a short text",
        "image" => "has a picture",
        "sources" => "told by several sources",
        "sticky" => "kept at the top of its site",
        "section" => "its section stands high",
        _ => "something of its own",
    }
}

pub(super) async fn get_report(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    let report = run_report(&app, &mut tx, EditionId(id)).await.map_err(|error| match error {
        EditionError::Unknown => Error::not_found().with_link("To the desk", "/desk"),
        EditionError::Store(error) => error.into(),
        other => Error::internal(other),
    })?;
    let it = &report.report;
    let texts = it.events.iter().flat_map(|event| [event.actor.as_str(), event.reason.as_str()]);
    let texts = texts.chain(it.candidates.iter().map(|line| line.why.as_str()));
    let texts = texts.chain(it.intents.iter().map(|line| line.actor.as_str()));
    let texts = texts.chain(it.corrections_since.iter().map(|note| note.noted_by.as_str()));
    let texts: Vec<&str> = texts.collect();
    let names = Names::in_texts(&mut tx, &texts).await?;
    let fragment = Fragment::of(&report, &names).render()?;
    let label = edition_name(&it.edition.label);
    let page = ReportPage {
        frame: desk.frame(&app, &format!("Report: {label}"), Place::Editions),
        id,
        publication: report.report.publication_name.clone(),
        label,
        fragment,
    };
    show_desk(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests {
    use super::spoke_for_it;

    #[test]
    fn every_part_of_a_score_has_words() {
        let rank = include_str!("../../editions/rank.rs");
        let parts: Vec<&str> =
            rank.split("add(\"").skip(1).filter_map(|rest| rest.split('"').next()).chain(["pin"]).collect();
        assert!(parts.len() >= 8, "{parts:?}");
        for part in parts {
            assert_ne!(spoke_for_it(part, 100), "something of its own", "say in words what {part:?} is");
        }
    }
}
