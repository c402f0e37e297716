//! What articles have to do with each other, found in their words alone, without any outside service: copies of one
//! story, updates, related reading; the agency an article comes from; what an edit of it was.
//!
//! It promises: two stories are never taken for one (no false fold), what is folded is counted and says into what; what
//! is shown as related or as an agency's is right where it is shown, and otherwise nothing is shown; the same texts give
//! the same answers. It decides nothing about editions. Held to it by `tests/` here, by `lee.rs` against human ratings,
//! and by `tests/it/gather/likeness.rs`.

mod agency;
mod change;
mod differences;
mod fold;
#[cfg(test)]
mod lee;
mod lexicon;
mod likeness;
mod related;
mod settle;
mod shingles;
mod store;
mod terms;
#[cfg(test)]
mod tests;
mod words;

pub use agency::agency_of;
pub use change::{Change, Words, change_of};
pub use settle::{Settled, settle};
pub(crate) use store::STATEMENTS;
pub use store::{ArticleLink, LinkKind, list_links, list_related, unsettle};
