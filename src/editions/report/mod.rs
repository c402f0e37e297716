//! The run report: why each article is in an edition or not, and all that led to it. Built from the books alone, at any
//! time, before the edition as after it.
//!
//! "Why is (or isn't) my story in tonight's mail?" is answered for every candidate of the edition's window, and by
//! [`why`] for any article at all. Deliveries are not this room's: `delivery::run_report` adds them. It changes nothing.
//! Held to it by `tests/it/editions/report.rs`.

mod sources;
mod verdict;

pub use super::store::{AskedArticle, Elsewhere, IntentLine, NextEdition};
pub use sources::{SourceAtCutoff, keep_sources};
pub use verdict::Verdict;

use super::corrections::{CorrectionNote, list_corrections_about, list_shown_corrections};
use super::model::{Edition, EditionEvent, EditionId, EditionState, Item, Placement, ScoreParts};
use super::store::{self, CandidateCount, ExplainedRow, Window};
use super::verbs::EditionError;
use super::{checks, render};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::limits::{EDITION_BYTES_AIM, EDITION_BYTES_MAX};
use crate::db::{StoreError, Tx};
use crate::gather::{self, ArticleId, identity};
use crate::publications::{self, Publication};
use serde::Serialize;
use std::collections::HashMap;

/// Candidates that are explained one by one; the rest is counted.
const CANDIDATES_MAX: i64 = 1_000;

/// Everything that is known of an edition but its deliveries.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct EditionReport {
    pub publication: String,
    pub publication_name: String,
    pub time_zone: String,
    pub edition: Edition,
    /// The candidates are those of this stretch, and what waited from before.
    pub window_after: Option<Timestamp>,
    pub window_before: Timestamp,
    /// In the order of the mail; what is not in it after that, by number.
    pub candidates: Vec<CandidateLine>,
    /// More than are listed.
    pub candidates_left_off: i64,
    pub sources: Vec<SourceAtCutoff>,
    pub intents: Vec<IntentLine>,
    /// What keeps it from going out; empty is green.
    pub checks: Vec<checks::Check>,
    /// What asking the web about links and images found.
    pub findings: serde_json::Value,
    pub size: Size,
    /// What stands lower than its score would have it, and why.
    pub demotions: Vec<Demotion>,
    pub events: Vec<EditionEvent>,
    /// Of them, those that decided whether it goes out.
    pub approvals: Vec<EditionEvent>,
    /// Shown in this edition: mistakes of earlier ones.
    pub corrections_shown: Vec<CorrectionNote>,
    /// Made since, of what this edition said.
    pub corrections_since: Vec<CorrectionNote>,
    /// All that the publication ever saw, by state.
    pub conservation: Vec<CandidateCount>,
    pub next: Option<NextEdition>,
}

/// An article, and why it is in the edition or not.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CandidateLine {
    pub article_id: ArticleId,
    pub title: String,
    pub url: String,
    pub source: String,
    pub section: String,
    pub first_seen_at: Option<Timestamp>,
    pub eligible_at: Option<Timestamp>,
    pub verdict: Verdict,
    pub in_mail: bool,
    pub why: String,
    /// From 1, in the mail.
    pub position: Option<i64>,
    pub score_millis: Option<i64>,
    pub score_parts: Option<ScoreParts>,
    /// Articles that tell the same story, and were folded into this one.
    pub copies: Vec<Copy>,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Copy {
    pub article_id: ArticleId,
    pub title: String,
    pub source: String,
}

#[derive(Clone, Copy, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct Size {
    /// Of the HTML part on the wire.
    pub bytes: usize,
    pub bytes_aim: usize,
    pub bytes_max: usize,
    /// Of the text part, links left out.
    pub words: usize,
    pub stories: usize,
}

#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Demotion {
    pub article_id: ArticleId,
    pub title: String,
    pub placement: Placement,
    pub reason: String,
}

/// # Errors
/// [`EditionError::Unknown`]; else as rendering and the database say.
pub async fn edition_report(app: &App, tx: &mut Tx, id: EditionId) -> Result<EditionReport, EditionError> {
    let edition = store::find_edition(tx, id).await?.ok_or(EditionError::Unknown)?;
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    let items = store::list_items(tx, id).await?;
    let intents = store::list_intent_lines(tx, id).await?;
    let after = store::window_start(tx, publication.id, edition.cutoff_at).await?;
    let before = edition.cutoff_at.max(edition.send_at);
    let window = Window { after: after.unwrap_or(Timestamp::EPOCH), before };
    let (rows, count) = store::list_window(tx, publication.id, id, window, CANDIDATES_MAX).await?;
    let frame = frame(&edition, &publication, &intents);
    let candidates_left_off = count - i64::try_from(rows.len()).unwrap_or(count);
    let candidates = lines(&frame, &items, rows);
    let kept = store::find_kept(tx, id).await?;
    let events = store::list_events(tx, id).await?;
    let is_draft = matches!(edition.state, EditionState::Drafted | EditionState::InReview | EditionState::Approved);
    Ok(EditionReport {
        checks: if is_draft { checks::checks(app, tx, &edition).await? } else { Vec::new() },
        size: size(app, tx, &edition, &items).await?,
        demotions: demotions(&items),
        corrections_shown: list_shown_corrections(tx, id).await?,
        corrections_since: list_corrections_about(tx, &edition).await?,
        conservation: store::count_candidates(tx, publication.id).await?,
        next: store::find_next(tx, publication.id, edition.cutoff_at).await?,
        sources: kept.as_ref().and_then(|it| serde_json::from_str(&it.sources).ok()).unwrap_or_default(),
        findings: kept.and_then(|it| serde_json::from_str(&it.findings).ok()).unwrap_or_default(),
        approvals: events.iter().filter(|event| decides(event)).cloned().collect(),
        publication: publication.slug,
        publication_name: publication.name,
        time_zone: publication.time_zone,
        window_after: after,
        window_before: before,
        candidates,
        candidates_left_off,
        intents,
        events,
        edition,
    })
}

fn frame<'a>(edition: &'a Edition, publication: &Publication, intents: &'a [IntentLine]) -> verdict::Frame<'a> {
    verdict::Frame { edition, zone: publication.zone(), intents, full_items_max: publication.full_items_max }
}

fn decides(event: &EditionEvent) -> bool {
    use EditionState as S;
    matches!(event.to_state, S::Approved | S::InReview)
        || (event.from_state == S::Approved && event.to_state == S::Drafted)
}

fn lines(frame: &verdict::Frame<'_>, items: &[Item], rows: Vec<ExplainedRow>) -> Vec<CandidateLine> {
    let mut copies: HashMap<&str, Vec<Copy>> = HashMap::new();
    for row in rows.iter().filter(|row| row.state == gather::CandidateState::Folded) {
        let copy = Copy { article_id: row.article_id, title: row.title.clone(), source: row.source.clone() };
        copies.entry(&row.story_key).or_default().push(copy);
    }
    let by_article: HashMap<ArticleId, &ExplainedRow> = rows.iter().map(|row| (row.article_id, row)).collect();
    let of_items = items.iter().map(|item| {
        let row = by_article.get(&item.article_id).copied();
        let mut line = item_line(frame, item, row);
        line.copies = row.and_then(|row| copies.get(row.story_key.as_str()).cloned()).unwrap_or_default();
        line
    });
    let is_item = |row: &&ExplainedRow| items.iter().any(|item| item.article_id == row.article_id);
    let others = rows.iter().filter(|row| !is_item(row)).map(|row| candidate_line(frame, row));
    of_items.chain(others).collect()
}

fn item_line(frame: &verdict::Frame<'_>, item: &Item, row: Option<&ExplainedRow>) -> CandidateLine {
    let (verdict, why) = frame.of_item(item);
    CandidateLine {
        article_id: item.article_id,
        title: item.headline.clone().unwrap_or_else(|| item.story.title.clone()),
        url: item.story.url.clone(),
        source: row.map(|row| row.source.clone()).unwrap_or_default(),
        section: row.and_then(|row| row.section.clone()).unwrap_or_else(|| item.story.section.clone()),
        first_seen_at: row.map(|row| row.first_seen_at),
        eligible_at: row.map(|row| row.eligible_at),
        in_mail: verdict.is_in_mail(),
        verdict,
        why,
        position: Some(item.position),
        score_millis: Some(item.score_millis),
        score_parts: Some(item.score_parts.clone()),
        copies: Vec::new(),
    }
}

fn candidate_line(frame: &verdict::Frame<'_>, row: &ExplainedRow) -> CandidateLine {
    let (verdict, why) = frame.of_candidate(row);
    CandidateLine {
        article_id: row.article_id,
        title: row.title.clone(),
        url: row.url.clone(),
        source: row.source.clone(),
        section: row.section.clone().unwrap_or_default(),
        first_seen_at: Some(row.first_seen_at),
        eligible_at: Some(row.eligible_at),
        in_mail: false,
        verdict,
        why,
        position: None,
        score_millis: None,
        score_parts: None,
        copies: Vec::new(),
    }
}

async fn size(app: &App, tx: &mut Tx, edition: &Edition, items: &[Item]) -> Result<Size, EditionError> {
    let Some(variant) = super::freeze::preview_in(app, tx, edition).await? else { return Ok(Size::default()) };
    let frame = render::Frame::load(app, tx, edition).await?;
    let is_shown = |item: &&Item| !matches!(item.placement, Placement::Hidden | Placement::Overflow);
    let is_word = |word: &&str| !word.starts_with("http") && word.chars().any(char::is_alphanumeric);
    Ok(Size {
        bytes: render::size(&frame, edition, items)?,
        bytes_aim: EDITION_BYTES_AIM,
        bytes_max: EDITION_BYTES_MAX,
        words: variant.text.split_whitespace().filter(is_word).count(),
        stories: items.iter().filter(is_shown).count(),
    })
}

fn demotions(items: &[Item]) -> Vec<Demotion> {
    let is_demoted = |item: &&Item| {
        item.placement_by.is_none()
            && !item.placement_reason.is_empty()
            && matches!(item.placement, Placement::Headline | Placement::Overflow | Placement::Full)
    };
    let demotion = |item: &Item| Demotion {
        article_id: item.article_id,
        title: item.headline.clone().unwrap_or_else(|| item.story.title.clone()),
        placement: item.placement,
        reason: item.placement_reason.clone(),
    };
    items.iter().filter(is_demoted).map(demotion).collect()
}

/// The answer to "why is (or isn't) my story in this mail?".
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Why {
    pub publication: String,
    pub edition: String,
    /// None if it was never seen.
    pub article: Option<AskedArticle>,
    /// None if the publication has nothing to do with it.
    pub line: Option<CandidateLine>,
    /// In one sentence.
    pub answer: String,
    /// Other editions of the publication in which it stands.
    pub elsewhere: Vec<Elsewhere>,
}

/// Why an article, named by its number or address, is in an edition or not.
///
/// # Errors
/// [`EditionError::Unknown`] for an edition that is not there; as the database says.
pub async fn why(tx: &mut Tx, id: EditionId, wanted: &str) -> Result<Why, EditionError> {
    let edition = store::find_edition(tx, id).await?.ok_or(EditionError::Unknown)?;
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    let wanted = wanted.trim();
    let article = store::find_asked_article(tx, wanted.parse().ok(), identity::url_key(wanted), wanted).await?;
    let mut answer = Why {
        publication: publication.slug.clone(),
        edition: edition.label.clone(),
        article: article.clone(),
        line: None,
        answer: String::new(),
        elsewhere: Vec::new(),
    };
    let Some(article) = article else {
        answer.answer = never_seen(tx, &publication).await?;
        return Ok(answer);
    };
    answer.elsewhere = store::list_elsewhere(tx, publication.id, article.id, id).await?;
    let items = store::list_items(tx, id).await?;
    let intents = store::list_intent_lines(tx, id).await?;
    let frame = frame(&edition, &publication, &intents);
    let row = store::find_explained(tx, publication.id, article.id).await?;
    let line = match (items.iter().find(|item| item.article_id == article.id), &row) {
        (Some(item), row) => Some(item_line(&frame, item, row.as_ref())),
        (None, Some(row)) => Some(candidate_line(&frame, row)),
        (None, None) => None,
    };
    answer.answer = match &line {
        Some(line) => line.why.clone(),
        None => format!("its source, {}, is not one of {}'s", article.source, publication.name),
    };
    answer.line = line;
    Ok(answer)
}

async fn never_seen(tx: &mut Tx, publication: &Publication) -> Result<String, StoreError> {
    // Any trouble that stands open may be the reason, however old.
    let troubles = gather::list_source_troubles(tx, publication.id, Timestamp::EPOCH).await?;
    let words = "no source has shown it; `lamplighter inspect page URL` says how its page reads";
    Ok(match troubles.as_slice() {
        [] => words.to_owned(),
        troubles => format!("{words}; {}", troubles.join("; ")),
    })
}
