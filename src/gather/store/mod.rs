//! The tables of this room: one file for each group of them.

mod articles;
mod candidates;
mod days;
mod looks;
mod pages;
mod sources;
mod troubles;

pub(super) use articles::{
    Known, Namesake, add_key, enrich_article, find_article, insert_article, insert_revision, list_keys, list_known,
    list_namesakes, mark_corrected, set_gone, set_marks, set_story_keys, story_key, update_article, upsert_sightings,
};
pub use articles::{Withdrawn, count_sources_of_stories, list_article_heads, list_withdrawn};
pub(super) use candidates::{
    NewCandidate, Reader, fold, hold, insert_candidate, list_candidates, list_readers, list_unfiled, mark_back,
    mark_gone, move_embargo, set_section,
};
pub use days::{Seen, SourceDays, list_source_days};
pub use looks::{
    Retelling, Sighting, list_article_keys, list_images, list_retellings, list_sightings, look_up_article,
};
pub(super) use pages::{
    PageRow, WantedPage, fail_page, find_page, list_wanted_pages, postpone_page, retry_page, save_page, want_page,
    want_withdrawn,
};
pub(super) use sources::{
    FetchRow, FetchedMark, Source, Which, count_seen_since, insert_fetch, list_sources, lock_source, mark_failed,
    mark_fetched, mark_moved, mark_unchanged, quarantine, unquarantine,
};
pub use sources::{count_unread_sources, list_source_health};
pub use troubles::{OpenGap, list_recent_gaps, list_source_troubles};
pub(super) use troubles::{keep_gap, list_host_waits, upsert_host_wait};

/// Those of all tables.
pub(crate) fn statements() -> Vec<crate::db::Statement> {
    [
        articles::STATEMENTS,
        candidates::STATEMENTS,
        days::STATEMENTS,
        looks::STATEMENTS,
        pages::STATEMENTS,
        sources::STATEMENTS,
        troubles::STATEMENTS,
    ]
    .concat()
}
