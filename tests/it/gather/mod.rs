//! Sources, as a running newsroom meets them.

mod feedparser;
mod recognition;
mod sources;
