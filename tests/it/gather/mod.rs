//! Sources, as a running newsroom meets them.

mod discovery;
mod likeness;
mod operating;
mod manners;
mod overflow;
mod pages_read;
mod push;
mod feedparser;
mod pages;
mod recognition;
mod sources;
