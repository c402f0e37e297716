//! Readers between their mailbox and the books.

mod addresses;
mod at_once;
mod bombing;
mod joining;
mod timing;
mod welcome;
