//! A Maildir in which the mail server of this machine leaves mail (Dovecot, Postfix, Courier; `new/` and `cur/`).
//!
//! Promised: a mail is removed after it was taken, and not before; one that cannot be taken now stays. A file that
//! vanished or cannot be read is passed over with one warning. A mail of more than 10 MB is moved to the subfolder
//! `.too-big` of the same Maildir (made if need be), where a person can look at it: left in place it would be met again
//! for ever, and removing it would lose it. Flags and `tmp/` are not looked at.
//!
//! While one process looks, another one does not: a lock on `lamplighter.lock` in the Maildir says so, and the system
//! takes it back from a process that dies. Should a file system know no locks across machines (NFS), a mail may be
//! taken twice. The envelope is not told here; the mail's own fields have it. `tests.rs` holds it.

mod folder;
mod look;

#[cfg(test)]
mod tests;

pub use folder::Maildir;
pub use look::Look;
