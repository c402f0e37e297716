//! Where articles come from: sources are fetched, feeds read, articles recognised, and each publication's candidates
//! kept.
//!
//! It promises: an article is one article, however often, from however many sources and under whatever headline it is
//! seen; a change is a revision; a source that fails is named and tried again, and hinders no other; a feed's dates never
//! decide what is news, but for one rule (an entry dated long ago is held for an editor). It chooses nothing for an
//! edition: that is for the room below. Held to it by `tests.rs` here and by `tests/it/gather/`.

mod alert;
mod article;
mod ask;
mod backfill;
pub mod discover;
mod enrich;
pub mod excerpt;
pub mod feed;
pub mod fetch;
mod hosts;
pub mod html;
pub mod identity;
mod inspect;
mod inspect_page;
pub mod kinds;
pub mod language;
pub mod meaning;
mod model;
mod named;
pub mod page;
pub mod push;
mod record;
mod refile;
mod report;
mod rules;
mod run;
pub mod sources;
mod store;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

pub use inspect::{InspectedEntry, InspectedFeed, inspect_feed};
pub use inspect_page::{InspectedPage, inspect_page};
pub use model::{Article, ArticleHead, ArticleId, CandidateState, FetchOutcome, SourceHealth, SourceStatus};
pub use named::find_named;
pub use report::{GatherReport, Progress, SourceReport};
pub use run::{GatherError, Mode, Scope, gather};
pub(crate) use store::statements;
pub use store::{
    OpenGap, Retelling, Seen, Sighting, SourceDays, Withdrawn, count_sources_of_stories, count_unread_sources,
    list_article_heads, list_article_keys, list_images, list_recent_gaps, list_retellings, list_sightings,
    list_source_days, list_source_health, list_source_troubles, list_withdrawn, look_up_article,
};
