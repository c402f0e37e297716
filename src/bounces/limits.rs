//! What a mail from a stranger may cost. Whatever lies beyond a limit is not read; nothing is refused for it.
//!
//! `tests/it/bounces/laws.rs` feeds mails beyond each of them.

/// Bytes of a mail that are read; a report is some kilobytes, and what is larger quotes a mail.
pub const MAIL_BYTES_MAX: usize = 10 * 1024 * 1024;
/// MIME parts, of all levels together.
pub const PARTS_MAX: usize = 1000;
/// Multiparts within multiparts, enclosed mails counted.
pub const DEPTH_MAX: usize = 8;
/// Bytes of one header section, and fields in it.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;
pub const HEADER_FIELDS_MAX: usize = 1000;
/// Bytes of one field's value.
pub const FIELD_BYTES_MAX: usize = 8 * 1024;
/// Bytes of a text part, before and after its decoding.
pub const TEXT_BYTES_MAX: usize = 128 * 1024;
/// Bytes of text that are searched for what a server said of one recipient.
pub const SAID_BYTES_MAX: usize = 4 * 1024;
/// Bytes of a reply in a report.
pub const REPLY_BYTES_MAX: usize = 2 * 1024;
/// Recipients in a report.
pub const RECIPIENTS_MAX: usize = 300;
/// Values of one kind among the hints.
pub const HINTS_MAX: usize = 20;
/// Bytes of an address (RFC 5321 4.5.3.1 allows 254; an encoded foreign one may be longer).
pub const ADDRESS_BYTES_MAX: usize = 320;
