//! Sources, as a running newsroom meets them.
