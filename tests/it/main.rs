//! The suite that looks at the house from outside: one binary, one folder an area.
//!
//! A test is a sentence and runs on both engines ([`harness::both_engines`]); it stands on the verbs of
//! [`harness::Harness`], waits for conditions or moves the clock, and never for seconds.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod harness;

mod bounces;
mod browser;
mod cli;
mod config;
mod db;
mod delivery;
mod demo;
mod desk;
mod editions;
mod gather;
mod mail;
mod operators;
mod requirements;
mod returns;
mod service;
mod set_up;
mod subscribers;
mod tidy;
mod web;
