//! Two articles become one story: which of them stays, in each publication that has both.
//!
//! It promises: the story goes by the key of the article seen first, and a claim is on the story; what stays is what an
//! edition has, else what an editor dismissed, else what waits in the pool, else what is held, and among equals the
//! article on the publication's own site, else the earliest; only what waits is ever folded; a publication that has but
//! one of them keeps it. An article that was known before (a baseline) or is gone keeps nothing back: what was folded
//! into an article that is taken down within a week is back in the pool with the next settling.

use super::store::{self, Member};
use crate::base::Timestamp;
use crate::base::text::{cut_at_word, one_line};
use crate::db::{StoreError, Tx};
use crate::gather::{ArticleId, CandidateState, identity};
use crate::publications::PublicationId;
use std::collections::BTreeMap;

const TITLE_CHARS_MAX: usize = 100;

/// Answers how many candidates were folded.
pub(super) async fn fold_into_one(
    tx: &mut Tx,
    now: Timestamp,
    earlier: ArticleId,
    later: ArticleId,
) -> Result<usize, StoreError> {
    let (Some(story), Some(own)) = (store::find_story(tx, earlier).await?, store::find_story(tx, later).await?) else {
        return Ok(0);
    };
    // It is of this story already, or the head of another one, whose members would be left behind.
    if story == own || store::lock_candidates(tx, &own, later).await?.iter().any(|it| it.article_id != later) {
        return Ok(0);
    }
    let members = store::lock_candidates(tx, &story, later).await?;
    // What an edition has under its own key keeps it: the claim names it.
    let is_claimed = members.iter().any(|it| it.article_id == later && it.state == CandidateState::Claimed);
    if !is_claimed {
        store::set_story(tx, later, &story).await?;
        for it in members.iter().filter(|it| it.article_id == later) {
            store::set_candidate_story(tx, it, &story).await?;
        }
    }
    let mut by_publication: BTreeMap<PublicationId, Vec<&Member>> = BTreeMap::new();
    for it in &members {
        by_publication.entry(it.publication_id).or_default().push(it);
    }
    let mut folded = 0;
    for members in by_publication.into_values() {
        let Some(head) = members.iter().filter(|it| rank(it.state).is_some()).min_by_key(|it| precedence(it)) else {
            continue;
        };
        let key = if is_claimed && head.article_id == later { &own } else { &story };
        for it in members.iter().filter(|it| it.article_id != head.article_id && waits(it.state)) {
            folded += usize::from(store::fold(tx, it, key, &reason(head), now).await? == 1);
        }
    }
    Ok(folded)
}

fn waits(state: CandidateState) -> bool {
    matches!(state, CandidateState::Pool | CandidateState::Held)
}

/// Who may stand for the story; the first of all is what cannot be taken back.
const fn rank(state: CandidateState) -> Option<u8> {
    match state {
        CandidateState::Claimed => Some(0),
        CandidateState::Dismissed => Some(1),
        CandidateState::Pool => Some(2),
        CandidateState::Held => Some(3),
        CandidateState::Baseline | CandidateState::Gone | CandidateState::Folded => None,
    }
}

fn precedence(it: &Member) -> (u8, bool, Timestamp, ArticleId) {
    let is_away = !identity::is_at_home(&it.site_url, &it.url);
    (rank(it.state).unwrap_or(u8::MAX), is_away, it.first_seen_at, it.article_id)
}

fn reason(head: &Member) -> String {
    let title = cut_at_word(&one_line(&head.title), TITLE_CHARS_MAX);
    let what = match head.state {
        CandidateState::Claimed => "is in an edition",
        CandidateState::Dismissed => "was dismissed",
        CandidateState::Held => "is held",
        _ => "is in the pool",
    };
    format!("another article of the same story {what}: {} \u{201c}{title}\u{201d}", head.article_id)
}
