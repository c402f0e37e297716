//! A mail as a flat list of parts, read from any bytes.
//!
//! Written for mail that is broken: every line end is taken, missing boundaries and header sections are lived with,
//! and the work is bounded by `limits`, without recursion. Not a general parser: what a bounce never carries is not
//! read.

mod addresses;
mod decode;
mod header;
mod parts;

pub use addresses::{clean, find, is_daemon, is_role};
pub use decode::cut;
pub use header::{Fields, fields, split};
pub use parts::{Part, Parts, lines, parse};
