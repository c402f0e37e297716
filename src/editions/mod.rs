//! Editions: one day's stories made into one mail.

pub mod view;
