//! The pages.

pub mod mailbox;
