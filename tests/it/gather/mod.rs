//! Sources, as a running newsroom meets them.

mod conservation;
mod discovery;
mod feedparser;
mod kinds;
mod likeness;
mod manners;
mod operating;
mod overflow;
mod pages;
mod pages_read;
mod push;
mod recognition;
mod sources;
