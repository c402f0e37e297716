//! Sources, as a running newsroom meets them.

mod push;
mod feedparser;
mod recognition;
mod sources;
