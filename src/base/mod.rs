//! What every room stands on: time, chance, crash points, limits, text. Knows nothing of newsletters.
//!
//! Time and chance come in through [`Context`] alone, so that any test can stand at 02:30 on the night the clocks
//! change and see the same tokens twice. `clippy.toml` refuses the back doors.

pub mod clock;
pub mod context;
pub mod faults;
pub mod hash;
pub mod limits;
pub mod random;
pub mod selectors;
pub mod text;
pub mod time;

pub use clock::{Clock, FakeClock, SystemClock};
pub use context::Context;
pub use faults::{CrashPoint, Faults};

pub use random::Random;
pub use selectors::Selectors;
pub use time::{Every, Span, Timestamp};
