//! `GET /desk` and `GET /desk/editions/{id}`: the run-of-show of an edition that has not gone out.
//!
//! Nothing but a rendering of [`RunOfShow`]: what the page says, in words; which buttons there are. A button that would be
//! refused is not shown, and the verb behind each asks again.

use super::mail_order::by_section;
use super::reach::Reach;
use super::remarks::{Remark, Remarks};
use super::today::Ended;
use crate::base::limits::{EDITION_BYTES_AIM, EDITION_BYTES_MAX};
use crate::base::text::one_line;
use crate::base::{Span, Timestamp};
use crate::delivery::Counts;
use crate::editions::run_of_show::RunOfShow;
use crate::editions::{Edition, EditionKind, EditionState, Item, Placement, edition_marks, item_marks};
use crate::gather::sources::SourceLine;
use crate::operators::Permission;
use crate::publications::Approval;
use crate::web::desk::frame::{Desk, DeskFrame, Moment};
use crate::web::desk::names::Names;
use crate::web::desk::setup::{FirstSteps, state_of_source};
use crate::web::desk::words::{at_desk, edition_name, place_in_words, state_in_words};
use askama::Template;
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "desk/tonight.html")]
pub(super) struct TonightPage {
    pub frame: DeskFrame,
    /// Shown until the first draft is there.
    pub first_steps: Option<FirstSteps>,
    /// The newsroom's publications, where there are several.
    pub choices: Vec<PublicationLink>,
    pub ways: Vec<OnItsWay>,
    /// Of today, at their end.
    pub today: Vec<Ended>,
    pub publication: String,
    /// `Monday 23 November 2026`
    pub label: String,
    /// Outside of the calendar: what approves it sends it.
    pub is_by_hand: bool,
    /// Its day has not begun yet: to send it now takes a second word.
    pub is_ahead: bool,
    pub id: i64,
    pub revision: i64,
    pub state: &'static str,
    pub is_approved: bool,
    pub has_stories: bool,
    pub attention: String,
    pub fate: String,
    pub reach: Reach,
    pub steps: Vec<Step>,
    /// By the service's clock, for countdowns.
    pub now: String,
    pub may: May,
    pub subject: String,
    pub subjects: Vec<String>,
    /// Which of them is ticked: its number, or `own`.
    pub subject_choice: String,
    /// Marks of the words at the top, as this page shows them.
    pub words_was: String,
    pub preheader: String,
    pub preheader_is_own: bool,
    pub note: String,
    pub stories: Vec<Story>,
    pub shown: usize,
    /// `City (1, 4), Culture (2)`; empty if the mail has the full stories in the order of the list.
    pub by_section: String,
    pub sections: Vec<(String, String)>,
    pub places: Vec<(&'static str, &'static str)>,
    pub pool: Vec<Waiting>,
    pub has_more_pool: bool,
    pub held: Vec<Waiting>,
    pub wishes: Vec<Wish>,
    pub sources: Vec<Source>,
    pub red: Vec<Remark>,
    pub warnings: Vec<Remark>,
    /// Pictures without words, where they are more than a few.
    pub undescribed: Vec<Remark>,
    pub size: Option<Size>,
    pub history: Vec<Done>,
}

/// What stands around the edition of the desk's first page.
#[derive(Default)]
pub(super) struct Around {
    pub choices: Vec<PublicationLink>,
    pub ways: Vec<OnItsWay>,
    pub today: Vec<Ended>,
    pub first_steps: Option<FirstSteps>,
}

/// A publication to look at instead.
pub(super) struct PublicationLink {
    pub slug: String,
    pub name: String,
    pub is_current: bool,
}

/// An edition that is being sent at this moment.
pub(super) struct OnItsWay {
    pub id: i64,
    pub name: String,
    pub paused: String,
    /// What else holds it back, as a sentence.
    pub held: String,
    pub counts: Counts,
}

impl OnItsWay {
    pub(super) const fn ended(&self) -> i64 {
        self.counts.audience - self.counts.waiting
    }
}

/// A moment of the evening: the cutoff, the approval, the sending.
pub(super) struct Step {
    pub name: &'static str,
    pub at: Moment,
    /// `in 2 h 14 min`; `past` if it was.
    pub wait: String,
    pub is_past: bool,
}

/// Which buttons there are.
#[derive(Clone, Copy, Default)]
pub(super) struct May {
    pub edit: bool,
    pub decide: bool,
    pub approve: bool,
    pub mark_read: bool,
    pub reopen: bool,
    pub hold: bool,
    pub release: bool,
    pub skip: bool,
    pub cancel: bool,
    pub send: bool,
    pub draft: bool,
    /// Take in what is new, draft it again.
    pub renew: bool,
}

pub(super) struct Story {
    pub article: i64,
    pub position: i64,
    pub headline: String,
    /// The article's own, where an editor wrote another.
    pub original: String,
    pub excerpt: String,
    pub excerpt_original: String,
    pub note: String,
    /// Marks of its words, as this page shows them.
    pub words_was: String,
    pub url: String,
    pub source: String,
    pub section: String,
    pub section_slug: String,
    pub place: &'static str,
    /// The word of [`Place`] that an editor chose; `auto` if none did.
    pub place_word: &'static str,
    pub placement_reason: String,
    pub is_pinned: bool,
    pub is_hidden: bool,
    pub is_late: bool,
    /// `own`, `none`, or `this` for one that an editor chose.
    pub image: &'static str,
    pub image_url: String,
    pub image_alt: String,
    /// What the article says otherwise by now.
    pub changed: String,
    pub is_first: bool,
    pub is_last: bool,
}

/// A story that no edition has.
pub(super) struct Waiting {
    pub article: i64,
    pub title: String,
    pub url: String,
    pub about: String,
    pub embargo: Option<Moment>,
}

/// What an editor wants of an article once there is a draft.
pub(super) struct Wish {
    pub article: i64,
    pub title: String,
    pub what: String,
}

pub(super) struct Source {
    pub name: String,
    pub state: &'static str,
    pub is_troubled: bool,
    pub last: Option<Moment>,
    pub remark: String,
}

pub(super) struct Size {
    pub kibibytes: usize,
    pub kibibytes_max: usize,
    /// Of what mailbox providers show whole.
    pub percent: usize,
    pub is_above_aim: bool,
}

pub(super) struct Done {
    pub at: Moment,
    pub who: String,
    pub what: String,
}

impl TonightPage {
    pub(super) fn of(frame: DeskFrame, desk: &Desk, show: RunOfShow, names: &Names, around: Around) -> Self {
        let Around { choices, ways, today, first_steps } = around;
        let zone = show.publication.zone();
        let edition = &show.edition;
        let may = May::of(desk, &show);
        let Remarks { red, warnings, undescribed } = Remarks::of(&show.summary.checks);
        let last = show.items.len();
        Self {
            first_steps,
            choices,
            ways,
            today,
            publication: show.publication.name.clone(),
            label: edition_name(&edition.label),
            is_by_hand: edition.slot_id.is_none(),
            is_ahead: edition.is_ahead(zone, show.now),
            id: edition.id.0,
            revision: edition.revision,
            state: state_in_words(edition.state),
            is_approved: edition.state == EditionState::Approved,
            has_stories: !show.items.is_empty(),
            attention: at_desk(edition.attention.as_deref().unwrap_or_default()),
            fate: show.summary.fate.clone(),
            reach: Reach::default(),
            steps: steps(&show, zone),
            now: Moment::of(show.now, zone).iso,
            may,
            subject: edition.subject.clone(),
            subject_choice: subject_choice(edition),
            words_was: edition_marks(edition),
            subjects: edition.subjects.clone(),
            preheader: edition.preheader.clone(),
            preheader_is_own: edition.preheader_by.is_some(),
            note: edition.note.clone(),
            stories: show.items.iter().zip(1..).map(|(item, at)| story(&show, item, at, at == last)).collect(),
            shown: show.summary.shown,
            by_section: by_section(&show.sections, &show.items),
            sections: show.sections.iter().map(|it| (it.slug.clone(), it.name.clone())).collect(),
            places: PLACES.to_vec(),
            pool: pool(&show, zone),
            has_more_pool: show.has_more_pool,
            held: held(&show, names),
            wishes: wishes(&show),
            sources: show.sources.iter().map(|it| source(it, zone)).collect(),
            red,
            warnings,
            undescribed,
            size: size(show.size_bytes),
            history: history(&show, names, zone),
            frame,
        }
    }
}

fn subject_choice(edition: &Edition) -> String {
    let proposed = edition.subjects.iter().position(|it| *it == edition.subject);
    let ticked = proposed.filter(|_| edition.subject_by.is_none());
    ticked.map_or_else(|| "own".to_owned(), |index| (index + 1).to_string())
}

/// Words of a form, and what a person reads.
pub(super) const PLACES: &[(&str, &str)] = &[
    ("auto", "As order and room make it"),
    ("top", "Top story"),
    ("full", "In full"),
    ("headline", "Headline only"),
    ("hidden", "Hidden"),
];

impl May {
    fn of(desk: &Desk, show: &RunOfShow) -> Self {
        use EditionState as S;
        let edition = &show.edition;
        let decide = desk.may(Permission::Approve) && edition.state.is_open();
        let edit = desk.may(Permission::Edit) && edition.state.is_open();
        let is_draft = matches!(edition.state, S::Drafted | S::InReview);
        let awaits_draft = matches!(edition.state, S::Planned | S::Collecting);
        let is_read = show.publication.approval != Approval::FourEyes || edition.state == S::InReview;
        Self {
            edit: edit && !awaits_draft,
            decide,
            approve: decide && is_draft && is_read,
            mark_read: decide && edition.state == S::Drafted && show.publication.approval == Approval::FourEyes,
            reopen: decide && matches!(edition.state, S::InReview | S::Approved),
            hold: decide && (is_draft || edition.state == S::Approved) && edition.attention.is_none(),
            release: decide && edition.attention.is_some(),
            skip: decide && edition.slot_id.is_some(),
            // What the calendar makes is skipped, the rest is given up: the stories go back either way.
            cancel: decide && edition.slot_id.is_none(),
            send: decide && (is_draft && is_read || edition.state == S::Approved),
            draft: desk.may(Permission::Edit) && awaits_draft,
            renew: edit && !awaits_draft && matches!(edition.kind, EditionKind::Regular | EditionKind::Extra),
        }
    }
}

fn steps(show: &RunOfShow, zone: Tz) -> Vec<Step> {
    let edition = &show.edition;
    if edition.slot_id.is_none() {
        return Vec::new();
    }
    let step = |name, at: Timestamp| Step {
        name,
        at: Moment::of(at, zone),
        wait: wait(at.since(show.now)),
        is_past: at <= show.now,
    };
    let is_stopped = show.summary.checks.iter().any(|it| it.is_red()) && !show.items.is_empty();
    let approval = show.approves_at.filter(|_| !is_stopped).map(|at| step("Approved by the service", at));
    // A red check or a missing approval may still keep it back: the hour alone is no promise.
    let name = if edition.state == EditionState::Approved { "Goes out" } else { "Due to go out" };
    let (first, last) = (step("Cutoff", edition.cutoff_at), step(name, edition.send_at));
    [Some(first), approval, Some(last)].into_iter().flatten().collect()
}

/// `in 2 h 14 min`, `in 3 days`, `past`.
pub(super) fn wait(span: Span) -> String {
    let minutes = span.as_seconds().div_euclid(60);
    match minutes {
        ..0 => "past".to_owned(),
        0 if span.as_seconds() == 0 => "now".to_owned(),
        0 => "in less than a minute".to_owned(),
        1..60 => format!("in {minutes} min"),
        60..1440 => format!("in {} h {} min", minutes / 60, minutes % 60),
        1440..2880 => format!("in 1 day {} h", minutes / 60 - 24),
        _ => format!("in {} days", minutes / 1440),
    }
}

fn story(show: &RunOfShow, item: &Item, position: usize, is_last: bool) -> Story {
    let section = show.sections.iter().find(|it| Some(it.id) == item.section_id);
    let source = show.sources.iter().find(|it| it.health.id == item.source_id);
    let by_hand = item.placement_by.is_some();
    let own = |ours: &Option<String>, theirs: &str| match ours {
        Some(ours) if ours != theirs => one_line(theirs),
        _ => String::new(),
    };
    let image = item.shown_image();
    Story {
        article: item.article_id.0,
        position: i64::try_from(position).unwrap_or(i64::MAX),
        headline: one_line(item.shown_headline()),
        original: own(&item.headline, &item.story.title),
        excerpt: item.shown_excerpt().to_owned(),
        excerpt_original: own(&item.excerpt, &item.story.excerpt),
        note: item.note.clone().unwrap_or_default(),
        words_was: item_marks(item),
        url: item.story.url.clone(),
        source: source.map(|it| it.health.name.clone()).unwrap_or_default(),
        section: section.map_or_else(|| one_line(&item.story.section), |it| it.name.clone()),
        section_slug: section.map(|it| it.slug.clone()).unwrap_or_default(),
        place: place_in_words(item.placement),
        place_word: match item.placement {
            Placement::Top if by_hand => "top",
            Placement::Full if by_hand => "full",
            Placement::Headline if by_hand => "headline",
            Placement::Hidden => "hidden",
            _ => "auto",
        },
        placement_reason: item.placement_reason.clone(),
        is_pinned: item.pinned.is_some(),
        is_hidden: item.placement == Placement::Hidden,
        is_late: item.origin != crate::editions::Origin::Claim,
        image: match &item.image {
            None => "own",
            Some(crate::editions::ChosenImage::None) => "none",
            Some(crate::editions::ChosenImage::This(_)) => "this",
        },
        image_url: image.map(|it| it.url.clone()).unwrap_or_default(),
        image_alt: image.map(|it| it.alt.clone()).unwrap_or_default(),
        changed: show.changed.get(&item.article_id).map(|fields| fields.join(", ")).unwrap_or_default(),
        is_first: position == 1,
        is_last,
    }
}

fn pool(show: &RunOfShow, zone: Tz) -> Vec<Waiting> {
    let line = |it: &crate::editions::PoolLine| {
        let section = it.section.clone().unwrap_or_default();
        let about: Vec<String> = [it.source.clone(), section].into_iter().filter(|it| !it.is_empty()).collect();
        Waiting {
            article: it.article_id.0,
            title: one_line(&it.title),
            url: it.url.clone(),
            about: about.join(", "),
            embargo: it.embargoed_until(show.now).map(|at| Moment::of(at, zone)),
        }
    };
    show.pool.iter().map(line).collect()
}

fn held(show: &RunOfShow, names: &Names) -> Vec<Waiting> {
    let line = |it: &crate::editions::summary::HeldLine| Waiting {
        article: it.article_id.0,
        title: one_line(&it.title),
        url: String::new(),
        about: names.in_text(&it.reason),
        embargo: None,
    };
    show.summary.held.iter().map(line).collect()
}

fn wishes(show: &RunOfShow) -> Vec<Wish> {
    let line = |it: &crate::editions::Intent| {
        let mut what = Vec::new();
        if let Some(place) = it.pinned {
            what.push(format!("at place {place}"));
        }
        let mut note = |is_so: bool, words: &str| {
            if is_so {
                what.push(words.to_owned());
            }
        };
        note(it.hidden, "hidden");
        note(it.held, "held");
        note(it.headline.is_some(), "headline of your own");
        note(it.excerpt.is_some(), "excerpt of your own");
        note(it.note.is_some(), "with a note");
        note(it.image.is_some(), "image chosen");
        Wish { article: it.article_id.0, title: one_line(&it.title), what: what.join(", ") }
    };
    show.intents.iter().map(line).collect()
}

fn source(it: &SourceLine, zone: Tz) -> Source {
    Source {
        name: it.health.name.clone(),
        state: state_of_source(it).word,
        is_troubled: it.is_troubled(),
        last: it.health.last_success_at.map(|at| Moment::of(at, zone)),
        remark: at_desk(&it.next_steps().join("; ")),
    }
}

fn size(bytes: usize) -> Option<Size> {
    (bytes > 0).then(|| Size {
        kibibytes: bytes.div_ceil(1024),
        kibibytes_max: EDITION_BYTES_MAX / 1024,
        percent: (bytes * 100 / EDITION_BYTES_MAX).min(100),
        is_above_aim: bytes > EDITION_BYTES_AIM,
    })
}

fn history(show: &RunOfShow, names: &Names, zone: Tz) -> Vec<Done> {
    let done = |it: &crate::editions::EditionEvent| Done {
        at: Moment::of(it.at, zone),
        who: names.of_label(&it.actor),
        what: names.what(it),
    };
    show.events.iter().map(done).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editions::Place;

    #[test]
    fn a_wait_is_told_as_a_person_would() {
        assert_eq!(wait(Span::seconds(-1)), "past");
        assert_eq!(wait(Span::seconds(0)), "now");
        assert_eq!(wait(Span::seconds(59)), "in less than a minute");
        assert_eq!(wait(Span::minutes(59)), "in 59 min");
        assert_eq!(wait(Span::minutes(134)), "in 2 h 14 min");
        assert_eq!(wait(Span::hours(37)), "in 1 day 13 h");
        assert_eq!(wait(Span::days(3)), "in 3 days");
    }

    #[test]
    fn every_place_that_a_form_offers_is_one() {
        assert!(PLACES.iter().all(|(word, _)| Place::parse(word).is_some()));
        assert_eq!(PLACES.len(), Place::WORDS.len());
    }
}
