//! Readers between their mailbox and the books.

mod joining;
