//! Lamplighter: gathers a newsroom's articles, composes the evening edition, and delivers it to people who asked for it.
//! `docs/ARCHITECTURE.md` is the way in.

pub mod app;
pub mod base;
pub mod config;
pub mod db;
pub mod mail;
pub mod publications;
