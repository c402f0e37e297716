//! SPF (RFC 7208): which machines may send with a domain in the envelope.
//!
//! Promises: the whole grammar with macros ([`record`], [`macros`]), evaluation for one sender ([`evaluate`]), the
//! worst case of what a record makes others look up ([`survey`]), and both put into words ([`check`]). Explanations are
//! parsed and never fetched. The tests beside each file hold it.

pub mod check;
pub mod evaluate;
pub mod macros;
pub mod record;
pub mod survey;
