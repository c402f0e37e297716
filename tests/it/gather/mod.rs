//! Sources, as a running newsroom meets them.

mod pages;
mod recognition;
mod sources;
