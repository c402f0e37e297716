//! Sources, as a running newsroom meets them.

mod likeness;
mod manners;
mod overflow;
mod pages_read;
mod push;
mod feedparser;
mod recognition;
mod sources;
