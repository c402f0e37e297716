//! Who may do what: actors and their permissions, and the trail of what they did.
//!
//! Every verb takes an [`Actor`], asks it for a [`Permission`] and writes the trail ([`audit::record`]) in its own
//! transaction, so that no deed goes without its doer.

pub mod accounts;
pub mod actor;
pub mod alert;
pub mod audit;
pub mod idempotency;
mod passwords;
pub mod sessions;
pub mod signing_keys;
mod store;
pub mod tokens;

pub use accounts::{AccountError, Operator, create};
pub use actor::{Actor, Forbidden, OperatorId, Permission, Role};
pub use passwords::HashError;
pub use sessions::{LogInError, LoggedIn, log_in, log_out, session_operator};
pub(crate) use store::STATEMENTS;
