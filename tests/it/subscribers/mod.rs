//! Readers between their mailbox and the books.
