//! What a verb needs of the outside world: the time, chance, and the points at which a test may crash it.

use super::{Clock, Faults, Random, SystemClock, Timestamp};
use std::sync::Arc;

#[derive(Clone)]
pub struct Context {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<Random>,
    pub faults: Faults,
}

impl Context {
    /// The machine's clock, the operating system's randomness, no faults.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(Random::system()), faults: Faults::none() }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
