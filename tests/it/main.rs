//! The suite that looks at the house from outside: one binary, one folder an area.
//!
//! A test is a sentence and runs on both engines ([`harness::both_engines`]); it stands on the verbs of
//! [`harness::Harness`], waits for conditions or moves the clock, and never for seconds.

mod harness;

mod browser;
mod db;
mod tidy;
