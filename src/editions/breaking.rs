//! Breaking news: one story, at once, to those who chose it.
//!
//! An editor makes such an edition of any story that readers may see, or the newsroom's own program hands an article in
//! as breaking and the scheduler makes it. Its claim is of its own kind, so that a story is breaking news once, and the
//! evening edition carries it all the same. The day's number is limited; where nobody has chosen breaking news nothing is
//! made. What was handed in goes the publication's usual way: where the system approves it goes out at once, else it
//! waits for an editor; what an editor made waits for its editor. Held to it by `tests/it/editions/breaking.rs`.

use super::model::{Edition, EditionId, EditionKind, EditionState};
use super::plan::BETWEEN_TICKS_MAX;
use super::store::{self, ClaimedArticle, Told};
use super::verbs::{self, EditionError, advance};
use super::{announce, compose};
use crate::app::App;
use crate::base::text::{cut_at_word, one_line};
use crate::base::{CrashPoint, Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::gather::{ArticleId, CandidateState};
use crate::operators::{Actor, Permission};
use crate::publications::{self, Approval, Publication};
use crate::subscribers;

/// How long a breaking edition waits for a person; after that it is no longer breaking.
const WAITS: Span = Span::hours(2);
/// What is handed in at once; more waits for the next tick.
const AT_ONCE_MAX: i64 = 10;
const SUBJECT_CHARS_MAX: usize = 78;

#[derive(Debug, thiserror::Error)]
pub enum BreakingError {
    #[error("{publication} sends no breaking news; breaking_per_day_max in newsroom.toml says how many a day it may")]
    NotOffered { publication: String },
    #[error("{publication} has never seen article {article}; `lamplighter article list` shows what it has")]
    UnknownArticle { publication: String, article: ArticleId },
    #[error("{title:?} cannot go out: {why}")]
    Withheld { title: String, why: String },
    #[error("{title:?} was breaking news of this publication before; a story is so once")]
    ToldBefore { title: String },
    #[error(
        "{max} breaking editions have gone out today, which is all that the publication allows (breaking_per_day_max); the next regular edition carries the story"
    )]
    LimitReached { max: i64 },
    #[error("nobody has chosen breaking news of {publication}, so nothing was made")]
    NobodyChose { publication: String },
    #[error(transparent)]
    Edition(#[from] EditionError),
}

impl From<StoreError> for BreakingError {
    fn from(error: StoreError) -> Self {
        Self::Edition(error.into())
    }
}

/// Makes a draft of one story for those who chose breaking news, or finds the one that is not sent yet. It waits for its
/// editor, who sends it, or not.
///
/// # Errors
/// [`BreakingError`]; nothing is made then.
pub async fn break_news(
    app: &App,
    actor: Actor,
    publication: &Publication,
    article: ArticleId,
) -> Result<Edition, BreakingError> {
    actor.require(Permission::Edit).map_err(EditionError::from)?;
    make(app, actor, publication, article).await
}

/// Makes drafts of what the newsroom handed in as breaking. After a downtime only the latest, if it is late: one late
/// mail is enough.
///
/// # Errors
/// As the database says; a story that cannot be made is logged and left to the next regular edition.
pub async fn take_breaking(app: &App, publication: &Publication) -> Result<Vec<Edition>, EditionError> {
    if !publication.offers_breaking() {
        return Ok(Vec::new());
    }
    let now = app.now();
    let mut tx = app.db.read().await?;
    let waiting = store::list_handed_in(&mut tx, publication.id, now, now - WAITS, AT_ONCE_MAX).await?;
    if waiting.is_empty() || subscribers::count_breaking(&mut tx, publication.id).await? == 0 {
        return Ok(Vec::new());
    }
    let last_made_at = store::last_breaking(&mut tx, publication.id).await?;
    drop(tx);
    let is_late = |said_at: Timestamp| now.since(said_at) > BETWEEN_TICKS_MAX;
    let newest = waiting.len() - 1;
    let mut made = Vec::new();
    for (index, it) in waiting.iter().enumerate() {
        let another_is_enough = index < newest || last_made_at.is_some_and(|at| now.since(at) <= WAITS);
        if is_late(it.said_at) && another_is_enough {
            continue;
        }
        match make(app, Actor::System, publication, it.article_id).await {
            Ok(edition) => made.push(edition),
            Err(BreakingError::Edition(error)) => return Err(error),
            Err(error) => tracing::warn!(article = it.article_id.0, %error, "no breaking edition was made"),
        }
    }
    Ok(made)
}

async fn make(
    app: &App,
    actor: Actor,
    publication: &Publication,
    article: ArticleId,
) -> Result<Edition, BreakingError> {
    let name = || publication.slug.clone();
    if !publication.offers_breaking() {
        return Err(BreakingError::NotOffered { publication: name() });
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    store::lock_publication(&mut tx, publication.id).await?;
    let told = store::find_told(&mut tx, publication.id, article).await?;
    let told = told.ok_or_else(|| BreakingError::UnknownArticle { publication: name(), article })?;
    if let Some(why) = withheld_because(&told, now) {
        return Err(BreakingError::Withheld { title: told.title, why });
    }
    if let Some(before) = store::find_claiming(&mut tx, publication.id, &told.story_key).await? {
        // Whoever asks twice gets what is still to be sent.
        return if before.state.is_open() { Ok(before) } else { Err(BreakingError::ToldBefore { title: told.title }) };
    }
    if subscribers::count_breaking(&mut tx, publication.id).await? == 0 {
        return Err(BreakingError::NobodyChose { publication: name() });
    }
    let local_date = now.in_zone(publication.zone()).date_naive().to_string();
    let max = publication.breaking_per_day_max;
    let is_full = store::count_breaking(&mut tx, publication.id, &local_date, None).await? >= max;
    if is_full && actor != Actor::System {
        return Err(BreakingError::LimitReached { max });
    }
    let new = store::NewEdition {
        publication_id: publication.id,
        slot_id: None,
        kind: EditionKind::Breaking,
        local_date: &local_date,
        cutoff_at: now,
        send_at: now,
        latest_send_at: now + WAITS,
    };
    let id = store::insert_edition(&mut tx, now, &new).await?.ok_or(EditionError::Stale)?;
    if store::claim_breaking(&mut tx, now, publication.id, id, &told).await? == 0 {
        return Err(BreakingError::ToldBefore { title: told.title });
    }
    let mut edition = draft(app, &mut tx, actor, publication, id, &told).await?;
    let waits_for = match actor {
        Actor::System if is_full => Some(BreakingError::LimitReached { max }.to_string()),
        Actor::System => None,
        _ => Some("made by an editor, who sends it".to_owned()),
    };
    if let Some(why) = &waits_for {
        store::set_attention(&mut tx, id, Some(why)).await?;
    }
    edition.attention = waits_for;
    // Who makes one knows of it; what was handed in and waits for a person is told.
    if actor == Actor::System && (edition.attention.is_some() || publication.approval != Approval::Auto) {
        announce::tell(app, &mut tx, now, publication, &mut edition).await?;
    }
    app.context.faults.hit(CrashPoint::BeforeClaimCommit).await;
    tx.commit().await.map_err(EditionError::from)?;
    app.context.faults.hit(CrashPoint::AfterClaimCommit).await;
    if edition.announced_at.is_some() {
        app.wake.outbox();
    }
    Ok(edition)
}

async fn draft(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    publication: &Publication,
    id: EditionId,
    told: &Told,
) -> Result<Edition, EditionError> {
    let mut edition = verbs::lock(tx, id).await?;
    let claimed = [ClaimedArticle { article_id: told.article_id, section_id: told.section_id }];
    compose::compose(app, tx, publication, &mut edition, &claimed).await?;
    let reason = match actor {
        Actor::System => "the newsroom handed it in as breaking",
        _ => "",
    };
    advance(tx, app.now(), actor, &mut edition, EditionState::Drafted, "breaking", reason).await?;
    Ok(edition)
}

/// Why readers may not see a story, if they may not.
fn withheld_because(it: &Told, now: Timestamp) -> Option<String> {
    let reason = |text: &str| if it.reason.is_empty() { text.to_owned() } else { format!("{text} ({})", it.reason) };
    match it.state {
        _ if it.gone_at.is_some() => Some("it is gone from the site".to_owned()),
        _ if it.eligible_at > now => Some(format!("it is under embargo until {}", it.eligible_at.rfc3339())),
        CandidateState::Held => Some(reason("it is held back; release it first")),
        CandidateState::Dismissed => Some(reason("it was dismissed; restore it first")),
        CandidateState::Folded => Some(reason("it is a copy of another article; send that one")),
        CandidateState::Gone => Some(reason("it is gone from the site")),
        CandidateState::Pool | CandidateState::Claimed | CandidateState::Baseline => None,
    }
}

/// Of two breaking editions that are approved at once, the second counts the first.
pub(super) async fn lock_day(tx: &mut Tx, edition: &Edition) -> Result<(), EditionError> {
    if edition.kind == EditionKind::Breaking {
        store::lock_publication(tx, edition.publication_id).await?;
    }
    Ok(())
}

/// What keeps a breaking edition from going out beyond those of every edition; asked again at the approval, since others
/// may have gone out meanwhile.
pub(super) async fn day_is_full(tx: &mut Tx, edition: &Edition) -> Result<Option<String>, EditionError> {
    if edition.kind != EditionKind::Breaking {
        return Ok(None);
    }
    let publication = publications::find_publication(tx, edition.publication_id).await?.ok_or(EditionError::Unknown)?;
    let max = publication.breaking_per_day_max;
    let sent = store::count_breaking(tx, publication.id, &edition.local_date, Some(edition.id)).await?;
    Ok((sent >= max).then(|| BreakingError::LimitReached { max }.to_string()))
}

/// `Breaking: <headline>` in the language of the publication.
pub(super) fn subject(language: &str, headline: &str) -> String {
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let word = match primary.as_str() {
        "de" => "Eilmeldung",
        "fr" => "Derni\u{e8}re minute",
        "es" | "pt" => "\u{da}ltima hora",
        "it" => "Ultim\u{2019}ora",
        "nl" => "Laatste nieuws",
        "pl" => "Z ostatniej chwili",
        "ru" => "\u{421}\u{440}\u{43e}\u{447}\u{43d}\u{43e}",
        "uk" => "\u{422}\u{435}\u{440}\u{43c}\u{456}\u{43d}\u{43e}\u{432}\u{43e}",
        "ja" => "\u{901f}\u{5831}",
        "zh" => "\u{7a81}\u{53d1}",
        "ar" => "\u{639}\u{627}\u{62c}\u{644}",
        _ => "Breaking",
    };
    cut_at_word(&one_line(&format!("{word}: {headline}")), SUBJECT_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_says_that_it_is_breaking_in_the_language_of_the_publication() {
        assert_eq!(subject("en-GB", "Harbour on fire"), "Breaking: Harbour on fire");
        assert_eq!(subject("de", "Der Hafen brennt"), "Eilmeldung: Der Hafen brennt");
        assert_eq!(subject("tlh", "x\r\nBcc: y"), "Breaking: x Bcc: y");
        assert!(subject("en", &"word ".repeat(60)).chars().count() <= SUBJECT_CHARS_MAX);
    }

    #[test]
    fn what_readers_may_not_see_is_withheld_with_its_reason() {
        let now = Timestamp::from_seconds(1_000);
        let told = |state| Told {
            article_id: ArticleId(1),
            story_key: "a1".into(),
            section_id: None,
            state,
            reason: "dated three weeks ago".into(),
            eligible_at: now,
            title: "Harbour".into(),
            gone_at: None,
        };
        for state in [CandidateState::Pool, CandidateState::Claimed, CandidateState::Baseline] {
            assert_eq!(withheld_because(&told(state), now), None);
        }
        for (state, word) in [
            (CandidateState::Held, "release it first (dated three weeks ago)"),
            (CandidateState::Dismissed, "restore it first"),
            (CandidateState::Folded, "a copy"),
            (CandidateState::Gone, "gone"),
        ] {
            assert!(withheld_because(&told(state), now).unwrap().contains(word), "{state}");
        }
        let later = Told { eligible_at: now + Span::hours(1), ..told(CandidateState::Pool) };
        assert!(withheld_because(&later, now).unwrap().contains("embargo"));
        let gone = Told { gone_at: Some(now), ..told(CandidateState::Pool) };
        assert!(withheld_because(&gone, now).is_some());
    }
}
