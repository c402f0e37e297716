//! What the room keeps: one file a table.

mod breaking;
mod claims;
mod editions;
mod events;
mod intents;
mod items;
mod pool;
mod shaping;
mod variants;

pub(super) use breaking::{
    Told, claim_breaking, count_breaking, find_claiming, find_told, last_breaking, list_handed_in, lock_publication,
};
pub use claims::{CandidateCount, count_candidates, count_pool};
pub(super) use claims::{ClaimedArticle, claim_stories, list_left_over, release_claims};
pub(super) use editions::{
    NewEdition, find_of_slot, insert_edition, last_subject, list_sent, lock_edition, mark_state, retime, set_approval,
    set_attention, set_audience, set_collected, set_cutoff, set_paused, set_sealed, set_send_time, set_words,
};
pub use editions::{find_edition, find_edition_by_label, list_open, list_recent, next_send};
pub use events::list_events;
pub(super) use events::{insert_event, list_events_since};
pub use intents::{Intent, list_intents};
pub(super) use intents::{delete_intent, hold_intended, upsert_intent};
pub use items::list_items;
pub(super) use items::{insert_item, set_place};
pub use pool::{Appearance, PoolLine, Standing};
pub(super) use pool::{
    CandidateRow, Move, delete_claim, find_claim_of, find_claimant, insert_claim, list_appearances, list_pool,
    list_standings, lock_candidate, move_candidate, release_candidate,
};
pub(super) use shaping::{delete_item, mark_edited, mark_intended, set_editors_words, set_score, set_shape, set_story};
pub(super) use variants::insert_variant;
pub use variants::{find_variant, variants_with};

use crate::db::Statement;

/// For the test that prepares each of them on both engines.
pub fn statements() -> Vec<Statement> {
    [
        claims::STATEMENTS,
        editions::STATEMENTS,
        events::STATEMENTS,
        intents::STATEMENTS,
        items::STATEMENTS,
        pool::STATEMENTS,
        shaping::STATEMENTS,
        breaking::STATEMENTS,
        variants::STATEMENTS,
    ]
    .concat()
}
