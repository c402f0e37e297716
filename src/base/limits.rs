//! Everything that can grow has a limit with a name and a unit. Those an operator may change are in `config`.

use super::Span;

/// Addresses of one test of an edition.
pub const TEST_RECIPIENTS_MAX: usize = 10;
/// Test mails that one operator or API key sends in an hour.
pub const TEST_MAILS_PER_HOUR_MAX: u32 = 60;
/// A form or API body from a visitor.
pub const FORM_BYTES_MAX: usize = 64 * 1024;
/// A body with which a newsroom's own program hands in articles.
pub const PUSH_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Articles handed in at once.
pub const PUSH_ARTICLES_MAX: usize = 100;
/// An embargo further away than this is a slip of the pen.
pub const EMBARGO_MAX: Span = Span::days(366);
/// The body of a publish hook; sites send the whole post, of which nothing is read.
pub const HOOK_BYTES_MAX: usize = 1024 * 1024;
/// The time on a publish hook may be off by this much.
pub const HOOK_AGE_MAX: Span = Span::minutes(5);
/// Publish hooks make a source due at most this often.
pub const HOOK_EVERY: Span = Span::seconds(10);
/// Answers are kept for this long for the same `Idempotency-Key`.
pub const IDEMPOTENCY_LIFE: Span = Span::hours(24);
/// A feed or page, after decompression.
pub const FETCH_BYTES_MAX: usize = 10 * 1024 * 1024;
/// One fetch from connecting to the last byte, redirects included.
pub const FETCH_TIME_MAX: Span = Span::seconds(20);
pub const FETCH_REDIRECTS_MAX: usize = 5;
/// Entries taken from one answer of a source.
pub const FEED_ENTRIES_MAX: usize = 500;
/// Sources fetched at the same time.
pub const FETCHES_AT_ONCE_MAX: usize = 8;
/// The HTML part of an edition, encoded: Gmail clips near 102,400 bytes.
pub const EDITION_BYTES_MAX: usize = 95 * 1024;
/// The size that composing aims at.
pub const EDITION_BYTES_AIM: usize = 80 * 1024;
/// Words of an edition that are read in the mail.
pub const EDITION_WORDS_MAX: i64 = 1500;
/// A gather asks nothing more after this time; what has come is kept.
pub const GATHER_TIME_MAX: Span = Span::seconds(100);
/// The claim waits this long for sources that are still being refreshed.
pub const GATHER_BARRIER_MAX: Span = Span::seconds(120);
/// The addresses of a draft that are asked at the same time, before it is approved.
pub const PROBES_AT_ONCE_MAX: usize = 6;
/// One of them, redirects included.
pub const PROBE_TIME_MAX: Span = Span::seconds(8);
/// All of them together; what was not asked by then is told.
pub const PROBES_TIME_MAX: Span = Span::seconds(45);
/// An image in a mail: a phone on the train has to load it.
pub const IMAGE_BYTES_MAX: u64 = 1_000_000;
/// Deliveries leased in one transaction.
pub const LEASE_BATCH_MAX: i64 = 500;
/// A mail does not begin when its reader's wishes were read longer ago than this: they are read anew.
pub const WISH_AGE_MAX: Span = Span::seconds(5);
/// A single mail's lease goes back after this time, even if its worker still speaks.
pub const LEASE_TIME: Span = Span::minutes(15);
/// A worker that has not spoken for this long is gone, and what it held is taken up again. The clocks of machines that
/// share a database must agree better than this.
pub const WORKER_SILENCE_MAX: Span = Span::seconds(20);
/// Rows of a page of a list, and rows that one statement of a sweep changes.
pub const PAGE_ROWS_MAX: i64 = 500;
/// The first 2 KiB of a relay's reply are kept.
pub const REPLY_BYTES_MAX: usize = 2048;
/// A graceful stop.
pub const DRAIN_TIME_MAX: Span = Span::seconds(10);

const _: () = assert!(WORKER_SILENCE_MAX.as_micros() < LEASE_TIME.as_micros());
const _: () = assert!(EDITION_BYTES_AIM < EDITION_BYTES_MAX);
const _: () = assert!(GATHER_BARRIER_MAX.as_micros() > GATHER_TIME_MAX.as_micros());
const _: () = assert!(GATHER_TIME_MAX.as_micros() > FETCH_TIME_MAX.as_micros());
