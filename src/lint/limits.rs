//! What a mail may cost. Beyond a limit nothing is looked at, and the report says so.
//!
//! `tests/laws.rs` of this folder feeds mails beyond each of them.

/// Bytes of a mail that are read.
pub const MAIL_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of a header section that are read. Providers refuse far smaller ones.
pub const HEAD_BYTES_MAX: usize = 256 * 1024;
/// Bytes of the HTML that are taken apart; Gmail clips at a tenth of it.
pub const HTML_BYTES_MAX: usize = 1024 * 1024;
/// Elements of a page that is taken apart.
pub const ELEMENTS_MAX: usize = 12_000;
/// Attributes of one element, and bytes of one tag outside quotes: a parser compares each attribute with those before
/// it.
pub const ATTRIBUTES_MAX: usize = 64;
pub const TAG_BYTES_MAX: usize = 4 * 1024;
/// Bytes of the text part that are looked at.
pub const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// MIME parts that are looked at.
pub const PARTS_MAX: usize = 50;
/// Signatures that are looked at: each costs a digest of the body.
pub const SIGNATURES_MAX: usize = 5;
/// Findings of a report, and of one rule in it.
pub const FINDINGS_MAX: usize = 200;
pub const FINDINGS_OF_A_RULE_MAX: usize = 20;
/// Characters of what a finding quotes.
pub const EXCERPT_CHARS_MAX: usize = 80;

/// Gmail clips a page above this, and with it the link to unsubscribe at its end.
pub const CLIPPED_BYTES: usize = 102_400;
/// What an edition should stay below, for the links that become longer on the way.
pub const AIM_BYTES: usize = 80 * 1024;
/// A mail above this takes long to open on a telephone.
pub const LARGE_MAIL_BYTES: usize = 1024 * 1024;
/// Yahoo and Gmail refuse heads that are "too big" without saying where that begins.
pub const LARGE_HEAD_BYTES: usize = 16 * 1024;
pub const REFUSED_HEAD_BYTES: usize = 64 * 1024;
/// RFC 5322 2.1.1, without the line's end.
pub const LINE_BYTES_MAX: usize = 998;
pub const LINE_BYTES_AIM: usize = 78;
/// RFC 2045 6.7 and 6.8.
pub const ENCODED_LINE_BYTES_MAX: usize = 76;
