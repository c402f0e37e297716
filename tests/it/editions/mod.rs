//! From the day's articles to one sealed mail.

mod approval;
mod approver;
mod barrier;
mod breaking;
mod checks;
mod claims;
mod composing;
mod corrections;
mod crashes;
mod determinism;
mod every_commit;
mod guard;
mod intents;
mod life_cycle;
mod months;
mod newsroom;
mod pool;
mod publications;
mod report;
mod run_of_show;
mod sections;
mod shaping;
mod shaping_api;
mod shaping_laws;
mod simulate;
mod test_send;
