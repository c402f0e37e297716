//! The service by the clock alone.

mod clock_changes;
mod downtime;
mod evenings;
