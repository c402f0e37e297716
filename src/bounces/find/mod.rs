//! Recipients and what was said of them, wherever a mail has them.

mod complaint;
mod dsn;
mod free_text;
mod hints;
mod mention;
mod returned;
mod said;

pub use complaint::complaint;
pub use dsn::{groups, recipients as dsn_recipients, status_text};
pub use free_text::{Notice, notice, recipients as text_recipients};
pub use hints::hints;
pub use returned::{enclosed, split_off};
pub use said::{Said, one_line};
