//! Corrections: what an edition said that was wrong, and everybody who should know of it.
//!
//! An editor notes one ([`correct`]), or the source corrects its own article ([`note_from_sources`]). It is then told in
//! three places: on the web copy of the edition that was wrong, dated; in the corrections block of the next regular
//! edition, which claims it, so that none is lost and none shown twice; and, if an editor wants it, in a mail to those
//! alone who got the wrong edition ([`draft_correction_mail`]), which a person approves. A correction alone makes no
//! edition: it waits for the next one with news. What was sealed never changes. Held to it by
//! `tests/it/editions/corrections.rs`.

use super::model::{Edition, EditionId, EditionKind, EditionState, Item, Placement};
use super::phrases::Phrases;
use super::store::{self, MailWords, Unnoted};
pub use super::store::{CorrectionNote, list_corrected};
pub(super) use super::store::{list_corrections_about, list_shown_corrections};
use super::verbs::{self, EditionError, advance, record};
use super::view::CorrectionView;
use super::words;
use crate::app::App;
use crate::base::text::{counted, cut_at_word, has_visible, one_line};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx, id_type, row};
use crate::gather::ArticleId;
use crate::operators::{Actor, Permission};
use crate::publications::{self, PublicationId};

id_type! { CorrectionId }

/// Of the headline in the subject of a correction mail, as a reader counts.
const SUBJECT_STORY_CHARS_MAX: usize = 60;

row! {
    #[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
    pub struct Correction {
        pub id: CorrectionId,
        pub publication_id: PublicationId,
        pub article_id: ArticleId,
        /// The edition that carried it wrong.
        pub edition_id: EditionId,
        /// May be empty: then the other words say both.
        pub was: String,
        pub now_reads: String,
        /// `system` if the source corrected itself.
        pub noted_by: String,
        pub noted_at: Timestamp,
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CorrectionError {
    #[error("edition {label} is {state}, not sent: change the draft itself")]
    NotSent { label: String, state: EditionState },
    #[error("article {article} is not shown in edition {label}; `lamplighter edition report {label}` lists what is")]
    NotShown { label: String, article: ArticleId },
    #[error("say what is right: the text of the correction is empty")]
    NoWords,
    #[error("what was wrong and what is right read the same; say what changed")]
    NothingChanged,
    #[error("the text of a correction is at most {WORDS_CHARS_MAX} characters; say it shorter")]
    TooLong,
    #[error("no correction of edition {label} waits for a mail; `lamplighter edition correct {label}` notes one")]
    NothingToMail { label: String },
    #[error("correction {id} is not one of edition {label}; `lamplighter edition report {label}` lists them")]
    OtherEdition { id: CorrectionId, label: String },
    #[error("correction {0} stands in another correction mail already; cancel that one first")]
    InAnotherMail(CorrectionId),
    #[error(transparent)]
    Edition(#[from] EditionError),
}

impl From<StoreError> for CorrectionError {
    fn from(error: StoreError) -> Self {
        Self::Edition(error.into())
    }
}

impl From<crate::operators::Forbidden> for CorrectionError {
    fn from(error: crate::operators::Forbidden) -> Self {
        Self::Edition(error.into())
    }
}

const WORDS_CHARS_MAX: usize = 1_000;
/// Corrections in one edition; more wait for the next.
const SHOWN_MAX: i64 = 20;
/// A source's correction is noted this long after it was seen, for a service that was away.
const NOTED_FOR: Span = Span::days(30);
/// A source that corrects itself this soon after an editor's note means the same mistake.
const SAME_MISTAKE: Span = Span::hours(24);
/// How long a correction mail waits for a person.
const MAIL_WAITS: Span = Span::days(7);

/// Notes what was wrong about an article in an edition that has gone out, and what is right. The same words twice are one
/// correction; words about what the source corrected itself, and nobody was shown yet, take the place of the source's.
///
/// # Errors
/// [`CorrectionError`] in words for the editor.
pub async fn correct(
    app: &App,
    actor: Actor,
    id: EditionId,
    article: ArticleId,
    was: &str,
    is: &str,
) -> Result<Correction, CorrectionError> {
    actor.require(Permission::Edit)?;
    let (was, is) = (one_line(was), one_line(is));
    if !has_visible(&is) {
        return Err(CorrectionError::NoWords);
    }
    if was == is {
        return Err(CorrectionError::NothingChanged);
    }
    if was.chars().count().max(is.chars().count()) > WORDS_CHARS_MAX {
        return Err(CorrectionError::TooLong);
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let edition = verbs::lock(&mut tx, id).await?;
    if edition.sealed_at.is_none() || edition.kind == EditionKind::Correction {
        return Err(CorrectionError::NotSent { label: edition.label, state: edition.state });
    }
    if !is_shown(&store::list_items(&mut tx, id).await?, article) {
        return Err(CorrectionError::NotShown { label: edition.label, article });
    }
    if let Some(same) = store::find_same_correction(&mut tx, id, article, &was, &is).await? {
        return Ok(same);
    }
    let correction = match store::find_to_complete(&mut tx, edition.publication_id, article).await? {
        Some(of_source) => {
            store::complete_correction(&mut tx, of_source.id, id, &was, &is, &actor.label()).await?;
            of_source.id
        }
        None => {
            let last = store::last_noted_at(&mut tx, edition.publication_id, article).await?;
            let noted_at = last.map_or(now, |last| now.max(last + Span::micros(1)));
            let new = Unnoted {
                publication_id: edition.publication_id,
                article_id: article,
                edition_id: id,
                now_reads: is.clone(),
                noted_at,
            };
            let inserted = store::insert_correction(&mut tx, &new, &was, &actor.label()).await?;
            inserted.ok_or(EditionError::Stale)?
        }
    };
    record(&mut tx, now, actor, &edition, edition.state, "correct", &told(article, &was, &is)).await?;
    let correction = store::find_correction(&mut tx, correction).await?.ok_or(EditionError::Unknown)?;
    tx.commit().await?;
    Ok(correction)
}

fn is_shown(items: &[Item], article: ArticleId) -> bool {
    let hides = |item: &Item| matches!(item.placement, Placement::Hidden | Placement::Overflow);
    items.iter().any(|item| item.article_id == article && !hides(item))
}

fn told(article: ArticleId, was: &str, is: &str) -> String {
    if was.is_empty() {
        format!("article {article}: {is}")
    } else {
        format!("article {article}: not {was:?} but {is:?}")
    }
}

/// Notes what sources have corrected of what was sent. To be called as often as one likes; answers how many are new.
///
/// # Errors
/// As the database says.
pub async fn note_from_sources(app: &App) -> Result<usize, EditionError> {
    let now = app.now();
    // Nothing is written, and nobody waits for the writer, while there is nothing to note.
    if store::list_unnoted(&mut app.db.read().await?, now - NOTED_FOR, SAME_MISTAKE).await?.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.begin().await?;
    let noted = note_in(&mut tx, now).await?;
    tx.commit().await?;
    Ok(noted)
}

async fn note_in(tx: &mut Tx, now: Timestamp) -> Result<usize, EditionError> {
    let mut noted = 0;
    for it in store::list_unnoted(tx, now - NOTED_FOR, SAME_MISTAKE).await? {
        let words = Unnoted { now_reads: cut_at_word(&one_line(&it.now_reads), WORDS_CHARS_MAX), ..it };
        if store::insert_correction(tx, &words, "", "system").await?.is_some() {
            let edition = verbs::lock(tx, words.edition_id).await?;
            let reason = told(words.article_id, "", &words.now_reads);
            record(tx, now, Actor::System, &edition, edition.state, "correct", &reason).await?;
            noted += 1;
        }
    }
    Ok(noted)
}

/// At the claim: corrections that no edition has shown go into this one, if it is a regular one.
pub(super) async fn claim_due(tx: &mut Tx, now: Timestamp, edition: &Edition) -> Result<(), EditionError> {
    if edition.kind == EditionKind::Regular {
        note_in(tx, now).await?;
        store::claim_corrections(tx, now, edition, SHOWN_MAX).await?;
    }
    Ok(())
}

/// The corrections block of an edition.
pub(super) async fn list_of_edition(tx: &mut Tx, edition: EditionId) -> Result<Vec<CorrectionView>, StoreError> {
    let view = |it: CorrectionNote| CorrectionView { headline: it.title, url: it.url, was: it.was, is: it.now_reads };
    Ok(list_shown_corrections(tx, edition).await?.into_iter().map(view).collect())
}

/// Corrections of every publication, the latest first; those before `before` if it is given.
///
/// # Errors
/// [`EditionError::Forbidden`], or as the database says.
pub async fn list_corrections(
    tx: &mut Tx,
    actor: Actor,
    before: Option<CorrectionId>,
    limit: i64,
) -> Result<Vec<CorrectionNote>, EditionError> {
    actor.require(Permission::View)?;
    Ok(store::list_corrections(tx, before, limit).await?)
}

/// What has been corrected since of what an edition said.
///
/// # Errors
/// [`EditionError::Forbidden`], or as the database says.
pub async fn corrections_about(
    tx: &mut Tx,
    actor: Actor,
    edition: &Edition,
) -> Result<Vec<CorrectionNote>, EditionError> {
    actor.require(Permission::View)?;
    Ok(list_corrections_about(tx, edition).await?)
}

/// The articles of an edition that were corrected and that no mail has told of yet: what a mail of its own would be about.
///
/// # Errors
/// [`EditionError::Forbidden`], or as the database says.
pub async fn articles_to_mail(tx: &mut Tx, actor: Actor, edition: &Edition) -> Result<Vec<ArticleId>, EditionError> {
    actor.require(Permission::View)?;
    let unmailed = store::list_unmailed(tx, edition.id).await?;
    let about = list_corrections_about(tx, edition).await?;
    Ok(about.into_iter().filter(|it| unmailed.contains(&it.id)).map(|it| it.article_id).collect())
}

/// The corrections that an edition itself shows.
///
/// # Errors
/// [`EditionError::Forbidden`], or as the database says.
pub async fn corrections_shown(
    tx: &mut Tx,
    actor: Actor,
    edition: EditionId,
) -> Result<Vec<CorrectionNote>, EditionError> {
    actor.require(Permission::View)?;
    Ok(list_shown_corrections(tx, edition).await?)
}

/// Drafts a mail to those alone whose delivery of this edition was accepted, or may have been, and whose variant held
/// the article. It tells of the corrections named, or of all that no mail has told of. A person approves and sends it;
/// whoever has left since gets none.
///
/// # Errors
/// [`CorrectionError`] in words for the editor.
pub async fn draft_correction_mail(
    app: &App,
    actor: Actor,
    id: EditionId,
    which: &[CorrectionId],
) -> Result<Edition, CorrectionError> {
    actor.require(Permission::Edit)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let wrong = verbs::lock(&mut tx, id).await?;
    if wrong.sealed_at.is_none() || wrong.kind == EditionKind::Correction {
        return Err(CorrectionError::NotSent { label: wrong.label, state: wrong.state });
    }
    let about: Vec<CorrectionNote> = list_corrections_about(&mut tx, &wrong).await?;
    let unmailed = store::list_unmailed(&mut tx, id).await?;
    let wanted: Vec<CorrectionId> = if which.is_empty() { unmailed } else { which.to_vec() };
    let mut chosen = Vec::new();
    for id in wanted {
        let found = about.iter().find(|it| it.id == id && it.edition_id == wrong.id);
        let Some(found) = found else { return Err(CorrectionError::OtherEdition { id, label: wrong.label }) };
        chosen.push(found);
    }
    let Some(first) = chosen.first() else { return Err(CorrectionError::NothingToMail { label: wrong.label }) };
    let publication =
        publications::find_publication(&mut tx, wrong.publication_id).await?.ok_or(EditionError::Unknown)?;
    let local_date = now.in_zone(publication.zone()).date_naive().to_string();
    let new = store::NewEdition {
        publication_id: publication.id,
        slot_id: None,
        kind: EditionKind::Correction,
        local_date: &local_date,
        cutoff_at: now,
        send_at: now,
        latest_send_at: now + MAIL_WAITS,
    };
    let mail = store::insert_edition(&mut tx, now, &new).await?.ok_or(EditionError::Stale)?;
    for it in &chosen {
        if store::claim_for_mail(&mut tx, now, mail, it.id).await? == 0 {
            return Err(CorrectionError::InAnotherMail(it.id));
        }
        store::copy_item(&mut tx, mail, wrong.id, it.article_id, &actor.label()).await?;
    }
    let phrases = Phrases::of(&publication.language);
    let date = wrong.local_date.parse().map_or_else(|_| wrong.local_date.clone(), |date| phrases.long_date(date));
    let words = MailWords {
        subject: &phrases.correction(&words::short(&one_line(&first.title), SUBJECT_STORY_CHARS_MAX)),
        preheader: &phrases.about(&publication.name, &date),
        note: phrases.we_were_wrong,
        // Nobody's own, and not to be written anew by the composer either.
        by: &Actor::System.label(),
    };
    store::set_corrects(&mut tx, mail, wrong.id, &words).await?;
    let mut mail = verbs::lock(&mut tx, mail).await?;
    let reason = format!("{} of edition {}", counted(chosen.len(), "correction", "corrections"), wrong.label);
    advance(&mut tx, now, actor, &mut mail, EditionState::Drafted, "draft", &reason).await?;
    tx.commit().await?;
    Ok(mail)
}
