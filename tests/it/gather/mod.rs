//! Sources, as a running newsroom meets them.

mod likeness;
mod recognition;
mod sources;
