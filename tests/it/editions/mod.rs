//! From the day's articles to one sealed mail.

mod barrier;
mod claims;
mod composing;
mod crashes;
mod determinism;
mod every_commit;
mod intents;
mod life_cycle;
mod pool;
mod months;
mod sections;
mod shaping;
mod shaping_api;
mod shaping_laws;
