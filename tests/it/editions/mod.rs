//! From the day's articles to one sealed mail.

mod barrier;
mod claims;
mod crashes;
mod determinism;
mod life_cycle;
mod sections;
