//! The service by the clock alone.

mod clock_changes;
mod clock_jumps;
mod downtime;
mod evenings;
mod real_night;
mod slots;
