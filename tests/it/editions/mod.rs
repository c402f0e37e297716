//! From the day's articles to one sealed mail.

mod claims;
