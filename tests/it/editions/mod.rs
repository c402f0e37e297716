//! From the day's articles to one sealed mail.

mod barrier;
mod claims;
mod composing;
mod corrections;
mod crashes;
mod determinism;
mod intents;
mod life_cycle;
mod months;
mod pool;
mod report;
mod sections;
mod shaping;
mod shaping_api;
mod shaping_laws;
mod simulate;
