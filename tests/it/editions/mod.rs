//! From the day's articles to one sealed mail.

mod approval;
mod barrier;
mod checks;
mod claims;
mod composing;
mod corrections;
mod crashes;
mod determinism;
mod guard;
mod intents;
mod life_cycle;
mod newsroom;
mod pool;
mod months;
mod run_of_show;
mod report;
mod sections;
mod shaping;
mod shaping_api;
mod shaping_laws;
mod simulate;
