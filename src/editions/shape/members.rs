//! Which stories a draft holds: taking one in after the cutoff, and taking one out.
//!
//! An editor may take in whatever the publication knows: what came late, what is held, what was no news (a baseline, the
//! dismissed), and what an earlier edition brought already. The claims stay what they are, one for each story: what was
//! no news becomes claimed, and goes back to what it was if the edition is given up; what another edition brought keeps
//! that edition's claim and stands here as `archive`. An embargo holds for editors too. What is taken out goes back to
//! where it came from, or is dismissed.

use super::item::{Pin, set_pin};
use super::text::{REASON_CHARS_MAX, line, quoted};
use super::{Draft, ShapeError, order};
use crate::app::App;
use crate::base::Span;
use crate::editions::compose;
use crate::editions::model::{Edition, EditionId, EditionKind, Origin};
use crate::editions::rank::Ranked;
use crate::editions::store::{self, CandidateRow, ClaimedArticle, Move};
use crate::editions::verbs::EditionError;
use crate::gather::{self, ArticleId, CandidateState};
use crate::operators::Actor;

/// Where a story goes that is taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Where it came from; for most, the pool: the next edition takes it.
    Back,
    /// Nowhere: no edition takes it, until it is restored. With a reason, which may be empty.
    Dismiss(String),
}

/// Takes an article into a draft, at a place of the order if one is given.
///
/// # Errors
/// [`EditionError::Shape`] says why it cannot be taken.
pub async fn add(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    article: ArticleId,
    at: Option<i64>,
) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "add").await?;
    let no = |why: &str| EditionError::from(ShapeError::NotNow { article, why: why.to_owned() });
    if !takes_articles(&draft.edition) {
        return Err(no("cannot be added: only a regular or an extra edition takes articles in"));
    }
    if draft.items().await?.iter().any(|item| item.article_id == article) {
        return Err(no("is in this edition already"));
    }
    let (publication, now) = (draft.publication.id, draft.now);
    let Some(candidate) = store::lock_candidate(&mut draft.tx, publication, article).await? else {
        let publication = draft.publication.slug.clone();
        return Err(ShapeError::NotACandidate { article, publication }.into());
    };
    if candidate.eligible_at > now {
        return Err(ShapeError::Embargo { article, until: candidate.eligible_at }.into());
    }
    if candidate.state == CandidateState::Gone || !gather::list_withdrawn(&mut draft.tx, &[article]).await?.is_empty() {
        return Err(no("is gone from its site"));
    }
    let origin = take(&mut draft, article, &candidate).await?;
    let claimed = [ClaimedArticle { article_id: article, section_id: candidate.section_id }];
    let place = i64::try_from(draft.items().await?.len()).unwrap_or(i64::MAX) + 1;
    let judged = compose::judge(&mut draft.tx, &draft.publication, &draft.edition, &claimed).await?;
    let Some(ranked) = judged.into_iter().next() else { return Err(no("cannot be read any more")) };
    store::insert_item(&mut draft.tx, id, place, &ranked, origin).await?;
    let mut changes = vec![format!("article {article} ({}), {origin}", quoted(&ranked.candidate.story.title))];
    if let Some(at) = at {
        let before = draft.items().await?;
        let mut items = before.clone();
        if let Some(index) = items.iter().position(|item| item.article_id == article) {
            set_pin(&mut items, index, Pin::At(at), &mut changes)?;
        }
        for (item, _) in items.iter().zip(&before).filter(|(item, before)| item != before) {
            store::set_shape(&mut draft.tx, item).await?;
        }
    }
    draft.keep(app, "add", &changes).await
}

/// Takes every story in that waits in the pool by now, ranked among the others; whatever editors did to the draft stays:
/// what they took out of it stays out. Nothing new leaves it as it is.
///
/// # Errors
/// [`EditionError::WrongState`] unless it is a draft; [`EditionError::Conflict`] if it was changed since it was seen.
pub async fn take_in(app: &App, actor: Actor, id: EditionId, seen: Option<i64>) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "take_in").await?;
    if !takes_articles(&draft.edition) {
        return Err(EditionError::WrongState { state: draft.edition.state, verb: "take_in" });
    }
    let before = draft.items().await?;
    let (tx, now) = (&mut draft.tx, draft.now);
    // One microsecond on: what was fetched in this very instant is in. What is under embargo waits for its hour.
    let till_now = Edition { cutoff_at: now + Span::micros(1), ..draft.edition.clone() };
    let mut claimed = store::claim_more(tx, now, &till_now).await?;
    claimed.retain(|it| before.iter().all(|item| item.article_id != it.article_id));
    let judged = compose::judge(tx, &draft.publication, &draft.edition, &claimed).await?;
    let first = i64::try_from(before.len()).unwrap_or(i64::MAX) + 1;
    for (ranked, place) in judged.iter().zip(first..) {
        store::insert_item(tx, id, place, ranked, Origin::Late).await?;
    }
    let change = |it: &Ranked| format!("article {} ({})", it.candidate.article_id, quoted(&it.candidate.story.title));
    let changes: Vec<String> = judged.iter().map(change).collect();
    draft.keep(app, "take_in", &changes).await
}

/// Claims the story for the draft, unless an earlier edition brought it already.
async fn take(draft: &mut Draft, article: ArticleId, candidate: &CandidateRow) -> Result<Origin, EditionError> {
    use CandidateState as C;
    let no = |why: String| EditionError::from(ShapeError::NotNow { article, why });
    let (publication, edition) = (draft.publication.id, draft.edition.id);
    let claimant = store::find_claimant(&mut draft.tx, publication, article, &candidate.story_key).await?;
    match claimant {
        Some(it) if it.article_id != article => {
            let (other, label) = (it.article_id, it.label);
            return Err(no(format!("tells the same story as article {other}, which edition {label} has")));
        }
        Some(it) if it.id != edition && it.state.is_open() => {
            let label = it.label;
            return Err(no(format!("is in edition {label}, which has not gone out; take it out there first")));
        }
        Some(_) => return Ok(Origin::Archive),
        None => {}
    }
    let origin = match candidate.state {
        C::Pool | C::Held => Origin::Late,
        C::Baseline | C::Dismissed => Origin::Archive,
        C::Folded => {
            return Err(no(format!("tells the same story as another article ({}); add that one", candidate.reason)));
        }
        C::Claimed | C::Gone => return Err(no(format!("is {}: {}", candidate.state, candidate.reason))),
    };
    let (tx, now) = (&mut draft.tx, draft.now);
    if store::insert_claim(tx, now, publication, edition, article, candidate).await? == 0 {
        return Err(EditionError::Stale);
    }
    let reason = format!("in edition {}, added by {}", draft.edition.label, draft.actor.label());
    let to = Move { from: candidate.state, to: C::Claimed, reason: &reason, eligible_at: candidate.eligible_at };
    if store::move_candidate(tx, now, publication, article, &to).await? == 0 {
        return Err(EditionError::Stale);
    }
    Ok(origin)
}

/// A breaking or a correction mail is about the one thing that it was made for.
pub(in crate::editions) const fn takes_articles(edition: &Edition) -> bool {
    matches!(edition.kind, EditionKind::Regular | EditionKind::Extra)
}

/// Takes a story out of a draft.
///
/// # Errors
/// [`EditionError::Shape`] if it is not in.
pub async fn remove(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    article: ArticleId,
    removal: &Removal,
) -> Result<Edition, EditionError> {
    let mut draft = Draft::open(app, actor, id, seen, "remove").await?;
    let mut items = draft.items().await?;
    let Some(index) = items.iter().position(|item| item.article_id == article) else {
        return Err(draft.no_item(article).into());
    };
    if !takes_articles(&draft.edition) {
        let kind = draft.edition.kind;
        let why = format!("is what this {kind} edition is about; `lamplighter edition cancel` gives it up");
        return Err(ShapeError::NotNow { article, why }.into());
    }
    let item = items.remove(index);
    let before = items.clone();
    if let Some(place) = item.pinned {
        order::close(&mut items, place);
    }
    for (item, _) in items.iter().zip(&before).filter(|(item, before)| item != before) {
        store::set_shape(&mut draft.tx, item).await?;
    }
    store::delete_item(&mut draft.tx, item.id).await?;
    let mut change = format!("article {article} ({})", quoted(&item.story.title));
    match store::find_claim_of(&mut draft.tx, id, article).await? {
        // Another edition brought it: it is that one's.
        None => change.push_str(" is out; an earlier edition keeps it"),
        Some(claim) => {
            store::delete_claim(&mut draft.tx, claim.id).await?;
            let label = &draft.edition.label;
            let (to, reason, told) = match removal {
                Removal::Back => {
                    let to = claim.taken_from;
                    let told = if to == CandidateState::Pool { "back in the pool" } else { to.as_str() };
                    (to, format!("{}{}", store::taken_out_of(&draft.edition), actor.label()), told.to_owned())
                }
                Removal::Dismiss(reason) => {
                    let reason = line("reason", reason, REASON_CHARS_MAX)?;
                    let why = reason.map(|it| format!(": {it}")).unwrap_or_default();
                    let by = format!("dismissed from edition {label} by {}{why}", actor.label());
                    (CandidateState::Dismissed, by, format!("dismissed{why}"))
                }
            };
            store::release_candidate(&mut draft.tx, draft.now, draft.publication.id, article, to, &reason).await?;
            change = format!("{change} is {told}");
        }
    }
    draft.keep(app, "remove", &[change]).await
}
