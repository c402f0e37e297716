//! Sources, as a running newsroom meets them.

mod recognition;
mod sources;
