//! The house checks itself.
