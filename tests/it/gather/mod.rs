//! Sources, as a running newsroom meets them.

mod push;
mod recognition;
mod sources;
