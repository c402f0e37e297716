//! What the room keeps: one file a table.

mod claims;
mod editions;
mod events;
mod items;
mod variants;

pub use claims::{CandidateCount, count_candidates, count_pool};
pub(super) use claims::{ClaimedArticle, claim_stories, release_claims};
pub(super) use editions::{
    NewEdition, find_of_slot, insert_edition, last_subject, list_sent, lock_edition, mark_state, retime, set_approval,
    set_attention, set_audience, set_collected, set_cutoff, set_paused, set_sealed, set_send_time, set_words,
};
pub use editions::{find_edition, find_edition_by_label, list_open, list_recent, next_send};
pub(super) use events::insert_event;
pub use events::list_events;
pub use items::list_items;
pub(super) use items::{insert_item, set_placement};
pub(super) use variants::insert_variant;
pub use variants::{find_variant, variants_with};

use crate::db::Statement;

/// For the test that prepares each of them on both engines.
pub fn statements() -> Vec<Statement> {
    [claims::STATEMENTS, editions::STATEMENTS, events::STATEMENTS, items::STATEMENTS, variants::STATEMENTS].concat()
}
