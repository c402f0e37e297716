//! What the room keeps: one file a table.

mod approval;
mod archive;
mod breaking;
mod claims;
mod corrections;
mod editions;
mod events;
mod intents;
mod items;
mod pool;
mod report;
mod reviews;
mod shaping;
mod variants;

pub(super) use approval::{
    clear_eyes, count_revision, list_findings, list_story_counts, set_announced, set_attention, set_findings,
    set_reminded, set_review,
};
pub(super) use archive::{count_archived, find_neighbours, list_archived};
pub(super) use breaking::{
    Told, claim_breaking, count_breaking, find_claiming, find_told, last_breaking, list_handed_in, lock_publication,
};
pub use claims::{CandidateCount, HeldLine, count_candidates, count_pool};
pub(super) use claims::{
    ClaimedArticle, claim_more, claim_stories, drop_story, list_held, list_left_over, release_claims, taken_out_of,
};
pub use corrections::{
    CorrectionNote, list_corrected, list_corrections, list_corrections_about, list_shown_corrections,
};
pub(super) use corrections::{
    MailWords, Unnoted, claim_corrections, claim_for_mail, complete_correction, copy_item, find_correction,
    find_same_correction, find_to_complete, insert_correction, last_noted_at, list_unmailed, list_unnoted,
    set_corrects,
};
pub use editions::{
    EditionFilter, find_edition, find_edition_by_label, list_editions, list_open, list_recent, next_send,
};
pub(super) use editions::{
    NewEdition, insert_edition, is_planned, last_subject, lock_edition, mark_state, retime, set_approval, set_audience,
    set_collected, set_cutoff, set_paused, set_sealed, set_send_time, set_times, set_words,
};
pub use events::list_events;
pub(super) use events::{insert_event, list_events_since};
pub use intents::{Intent, list_intents};
pub(super) use intents::{delete_intent, hold_intended, upsert_intent};
pub use items::list_items;
pub(super) use items::{insert_item, set_place};
pub use pool::{Appearance, PoolLine, Standing};
pub(super) use pool::{
    CandidateRow, Move, delete_claim, find_claim_of, find_claimant, insert_claim, list_appearances, list_embargoed,
    list_pool, list_standings, lock_candidate, move_candidate, release_candidate,
};
pub use report::{AskedArticle, Elsewhere, IntentLine, NextEdition};
pub(super) use report::{
    ExplainedRow, Window, find_asked_article, find_explained, find_kept, find_next, list_elsewhere, list_intent_lines,
    list_window, set_sources, window_start,
};
pub(super) use reviews::{find_review_link, review_link};
pub(super) use shaping::{
    delete_item, delete_items, mark_edited, mark_intended, set_editors_words, set_score, set_shape, set_story,
};
pub(super) use variants::insert_variant;
pub use variants::{find_variant, variants_with};

use crate::db::Statement;

/// For the test that prepares each of them on both engines.
pub fn statements() -> Vec<Statement> {
    [
        approval::STATEMENTS,
        archive::STATEMENTS,
        claims::STATEMENTS,
        corrections::STATEMENTS,
        editions::STATEMENTS,
        events::STATEMENTS,
        intents::STATEMENTS,
        items::STATEMENTS,
        pool::STATEMENTS,
        report::STATEMENTS,
        reviews::STATEMENTS,
        shaping::STATEMENTS,
        breaking::STATEMENTS,
        variants::STATEMENTS,
    ]
    .concat()
}
