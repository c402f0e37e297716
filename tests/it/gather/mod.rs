//! Sources, as a running newsroom meets them.

mod manners;
mod overflow;
mod pages_read;
mod push;
mod feedparser;
mod recognition;
mod sources;
