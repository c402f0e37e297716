//! Editions: from the day's articles to one sealed mail.
//!
//! The scheduler asks [`plan`] what is due; [`claim`] takes the day's articles, [`compose`] makes a draft of them,
//! [`verbs`] move it through its life cycle ([`lifecycle`]), [`freeze`] renders what everybody receives. An article is
//! in one edition, never two, never lost; what was sealed never changes. Who receives it, and whether it arrived, is
//! delivery's. Held to it by `tests/it/editions/`.

mod again;
mod announce;
pub mod archive;
pub mod brand;
mod breaking;
mod checks;
mod claim;
mod coming;
mod compose;
pub mod corrections;
mod fit;
mod freeze;
mod guard;
mod headings;
mod links;
mod lifecycle;
mod model;
pub mod phrases;
mod place;
mod notices;
pub mod plan;
pub mod pool;
mod rank;
mod render;
pub mod review_page;
mod shape;
pub mod report;
pub mod run_of_show;
mod store;
pub mod summary;
mod verbs;
pub mod view;
mod words;
#[cfg(test)]
mod fixtures;

pub use again::{BackRefusal, bring_back, draft_again};
pub use breaking::{BreakingError, break_news, take_breaking};
pub use checks::{Check, CheckKind, Severity, checks};
pub use claim::{Claimed, Cutoff, DraftError, claim, draft};
pub use coming::{Coming, list_coming};
pub use freeze::{Sealed, SealedVariant, preview, reading_of};
pub use headings::by_heading;
pub use links::{Findings, ask_web, web_is_due};
pub use model::{
    ChosenImage, Edition, EditionEvent, EditionId, EditionKind, EditionState, Item, ItemId, Origin, Placement,
    ScoreParts, Story, Variant,
};
pub(crate) use shape::obey_embargoes;
pub use shape::{
    EditionChange, ImageChange, IntentChange, ItemChange, Pin, Place, Removal, Seen, ShapeError, SubjectChange, add,
    change_edition, change_edition_wherever, change_item, change_item_wherever, clear_intent, edition_marks,
    item_marks, list_changed, list_intents, move_item, present_marks, refresh, remove, reorder, rerank, set_intent,
    take_in,
};
pub(crate) use store::statements;
pub use store::{
    Appearance, CandidateCount, EditionFilter, Intent, PoolLine, Standing, count_candidates, count_pool, find_edition,
    find_edition_by_label, find_variant, list_editions, list_events, list_items, list_open, list_recent, next_send,
    variants_with,
};
pub use verbs::{
    ApprovalRefusal, AtOnce, Conflict, EditionError, SkipReason, approve, approve_seen, begin_sending, cancel,
    cancel_seen, flag, hold, joined, make_due, mark_aborted, mark_sent, note_while_sending, pause, release, reopen,
    resume, resume_in, review, seal, send_on, skip,
};
pub(crate) use verbs::{miss, remind, said, skip_for};

/// Stands in a rendered mail where each person's unsubscribe link goes.
pub const UNSUBSCRIBE_MARK: &str = "https://unsubscribe.invalid/";
/// Stands in a rendered mail where each person's preferences link goes.
pub const PREFERENCES_MARK: &str = "https://preferences.invalid/";
