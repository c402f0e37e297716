//! From the day's articles to one sealed mail.

mod barrier;
mod breaking;
mod claims;
mod composing;
mod crashes;
mod determinism;
mod intents;
mod life_cycle;
mod months;
mod pool;
mod publications;
mod sections;
mod shaping;
mod shaping_api;
mod shaping_laws;
mod test_send;
