//! The service by the clock alone.

mod evenings;
