//! The trial without a newsroom at hand: an invented one, and the story from its feed to a reader's mailbox.

pub mod newsroom;
